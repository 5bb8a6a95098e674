"""A network of its own for each node, which can be cut while the node runs: Linux namespaces.

A bridge joins the namespaces and this machine. Brokers, PostgreSQL and the sandbox listen on
127.0.0.1, so that address is taken from each namespace's own loopback and routed over the bridge:
what goes through is real TCP over a link that can be taken down, or that some ports cannot be
reached over. Needs root.
"""

import contextlib
import os
import random
import subprocess

HERE, HOST = "127.0.0.1", 254
SUBNETS = 250
LOCALNET = "/proc/sys/net/ipv4/conf/{}/route_localnet"  # Lets 127.* leave the loopback device.


class Unavailable(Exception):
    """This machine gives us no network namespaces, and why."""


def ip(*words, check=True):
    """Runs `ip`; says what it said when it fails."""
    try:
        done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True,
                              check=False, timeout=20)
    except OSError as error:
        raise Unavailable(f"ip cannot be run: {error}") from error
    if check and done.returncode:
        raise Unavailable(f"ip {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout



def rule_against(port):
    """A rule that leaves what goes to a port without a route."""
    return ("pref", "100", "ipproto", "tcp", "dport", port, "unreachable")


class Network:
    """One namespace for each of the nodes 1 to `count`, all joined."""

    def __init__(self, subnet, count):
        self.subnet, self.numbers = subnet, range(1, count + 1)
        self.bridge = f"pk{subnet}"

    @classmethod
    def make(cls, count):
        """Raises Unavailable where there is no such thing; nothing is left behind then."""
        if os.geteuid() != 0:
            raise Unavailable("network namespaces need root")
        for subnet in random.sample(range(1, SUBNETS), SUBNETS - 1):
            if f"127.77.{subnet}." not in ip("route", "show", "table", "all"):
                break
        network = cls(subnet, count)
        try:
            network.build()
        except (Unavailable, OSError) as error:
            network.remove()
            raise Unavailable(str(error)) from error
        return network

    def address(self, number):
        """The address of a node; HOST's is this machine's."""
        return f"127.77.{self.subnet}.{number}"

    def namespace(self, number):
        """The name of a node's namespace."""
        return f"{self.bridge}n{number}"

    def build(self):
        """The bridge with this machine on it, then the nodes."""
        ip("link", "add", self.bridge, "type", "bridge")
        ip("addr", "add", f"{self.address(HOST)}/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")
        with open(LOCALNET.format(self.bridge), "w", encoding="utf-8") as setting:
            setting.write("1")
        # The table of this machine's own addresses is asked first, and says 127.0.0.0/8 is here.
        ip("route", "add", f"{self.address(0)}/24", "dev", self.bridge, "table", "local",
           "src", self.address(HOST))
        for number in self.numbers:
            self.join(number)

    def join(self, number):
        """A namespace on the bridge, in which 127.0.0.1 is this machine."""
        name = self.namespace(number)
        ip("netns", "add", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", name, "master", self.bridge, "up")
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "addr", "del", f"{HERE}/8", "dev", "lo")
        ip("-n", name, "addr", "add", f"{self.address(number)}/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        ip("netns", "exec", name, "sh", "-c", "echo 1 >" + LOCALNET.format("eth0"))
        ip("-n", name, "route", "add", HERE, "dev", "eth0", "src", self.address(number))

    def inside(self, number):
        """The words before a command that is to run in a node's namespace, as that process."""
        return ["ip", "netns", "exec", self.namespace(number)]

    def cut(self, number):
        """Nothing gets to the node or away from it; connections hear nothing of it."""
        ip("link", "set", self.namespace(number), "down")

    def mend(self, number):
        """Lets everything through again."""
        ip("link", "set", self.namespace(number), "up")

    def cut_from(self, number, ports):
        """Nothing that the node sends gets to these ports; all else passes, either way."""
        for port in ports:
            ip("-n", self.namespace(number), "rule", "add", *rule_against(port))

    def mend_from(self, number, ports):
        """Takes away what `cut_from` did for the same ports."""
        for port in ports:
            ip("-n", self.namespace(number), "rule", "del", *rule_against(port))

    def remove(self):
        """After the nodes have ended."""
        for number in self.numbers:
            with contextlib.suppress(Unavailable):
                ip("netns", "del", self.namespace(number), check=False)
        with contextlib.suppress(Unavailable):
            ip("link", "del", self.bridge, check=False)
