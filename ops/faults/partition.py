"""Which partition of the log a key lies in, as events/partition.cpp has it."""

import hashlib

SLICES = 1024


def partition_of(key, partitions):
    """The first eight bytes of SHA-256 choose a slice; slices lie side by side in partitions."""
    first = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return first % SLICES * partitions // SLICES
