"""Takes the newest batches of a partition from a broker that is down: a tail it never synced."""

import struct
from dataclasses import dataclass

from .words import Trouble

# Offset of the first record, length of what follows these 12 bytes; the last record's distance
# from the first lies at 23 (Kafka's record batch, version 2).
HEAD, HEAD_SIZE = ">qi", 12
LAST_DELTA, LAST_DELTA_AT = ">i", 23
DERIVED = (".index", ".timeindex", ".txnindex")


@dataclass
class Batch:
    """Where a batch lies in its file and which offsets it holds."""

    position: int
    first: int
    last: int


def batches(data):
    """The whole batches of a segment; a torn one at the end ends the list."""
    found, position = [], 0
    while position + HEAD_SIZE <= len(data):
        first, length = struct.unpack_from(HEAD, data, position)
        if position + HEAD_SIZE + length > len(data):
            break
        delta, = struct.unpack_from(LAST_DELTA, data, position + LAST_DELTA_AT)
        found.append(Batch(position, first, first + delta))
        position += HEAD_SIZE + length
    return found


def newest_segment(folder):
    """The last file of a partition that holds anything."""
    segments = [file for file in sorted(folder.glob("*.log")) if file.stat().st_size]
    if not segments:
        raise Trouble(f"{folder} holds no records", "see ops/kafka topic --describe")
    return segments[-1]


def lose(data_dir, topic, partition, count):
    """Cuts `count` batches off; returns the first and the last offset that are gone."""
    folder = data_dir / f"{topic}-{partition}"
    if not folder.is_dir():
        raise Trouble(f"this broker holds no partition {partition} of {topic}",
                      "see ops/kafka topic --describe")
    segment = newest_segment(folder)
    found = batches(segment.read_bytes())
    if count > len(found):
        raise Trouble(f"the newest segment holds {len(found)} batches", "ask for no more")
    gone = found[-count:]
    with open(segment, "r+b") as file:
        file.truncate(gone[0].position)
    for suffix in DERIVED:
        segment.with_suffix(suffix).unlink(missing_ok=True)
    # With this mark Kafka would trust its files instead of looking at them.
    (data_dir / ".kafka_cleanshutdown").unlink(missing_ok=True)
    return gone[0].first, gone[-1].last
