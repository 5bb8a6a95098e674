"""Asks one broker who is in the cluster, in Kafka's own protocol: no client has to be started."""

import socket
import struct

METADATA, VERSION, CORRELATION = 3, 1, 1


def exactly(connection, count):
    """The next `count` bytes."""
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise OSError("the broker closed the connection")
        data += part
    return data


def question():
    """A metadata request about no topic, length first."""
    no_client_id, no_topics = struct.pack(">h", -1), struct.pack(">i", 0)
    body = struct.pack(">hhi", METADATA, VERSION, CORRELATION) + no_client_id + no_topics
    return struct.pack(">i", len(body)) + body


def text(reply, place):
    """A string of the reply that may be absent; returns the place after it."""
    length, = struct.unpack_from(">h", reply, place)
    return place + 2 + max(length, 0)


def broker_ids(reply):
    """The ids of the brokers a reply lists."""
    count, = struct.unpack_from(">i", reply, 4)
    place, ids = 8, set()
    for _ in range(count):
        ids.add(struct.unpack_from(">i", reply, place)[0])
        after_host = text(reply, place + 4)
        place = text(reply, after_host + 4)  # The port, then the rack.
    return ids


def members(port, seconds=1.0):
    """The brokers that the one on `port` sees in the cluster; empty while it does not answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), seconds) as connection:
            connection.sendall(question())
            length, = struct.unpack(">i", exactly(connection, 4))
            return broker_ids(exactly(connection, length))
    except OSError:
        return set()
