"""Ports for programs that are about to be started."""

import random
import socket
from pathlib import Path

PORTS = 12_000
TRIES = 100
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port(taken=()):
    """A loopback port nobody listens on, none of `taken`, outside the range that outgoing
    connections get: a client that tries again and again to reach a dead server could be given the
    server's own port. OSError when none is found."""
    first = int(RANGE.read_text("utf-8").split()[0])
    candidates = range(max(1024, first - PORTS), first) or range(1024, 65536)
    for _ in range(TRIES):
        port = random.choice(candidates)
        with socket.socket() as probe:
            if port not in taken and probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise OSError(f"no free loopback port was found below {candidates.stop}")
