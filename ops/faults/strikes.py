"""What is done to the shop: each fault strikes, lasts a while and is healed."""

import signal

from broker import tail

from .shop import TOPIC

BATCHES_LOST_MAX = 3


class Fault:
    """One kind of fault. `strike` chooses its victim by `chance`, a seeded random.Random, and says
    who it was; it is in effect when it returns. `heal` undoes it."""

    name = about = ""
    lasts = False  # Whether it is held for a while before it is healed.
    of_brokers = of_network = False

    def strike(self, shop, chance):
        """To be overridden."""
        raise NotImplementedError

    def heal(self, shop):
        """To be overridden."""
        raise NotImplementedError


class KillLeader(Fault):
    """The node that leads most partitions is gone; the others must lead them."""

    name, about = "kill-leader", "kill -9 of the node that leads"

    def strike(self, shop, chance):
        self.node = self.victim(shop)
        self.node.kill()
        return f"node {self.node.name}"

    @staticmethod
    def victim(shop):
        """Who leads most."""
        return shop.by_leading()[0]

    def heal(self, shop):
        self.node.launch()


class KillStandby(KillLeader):
    """The node that leads fewest partitions is gone."""

    name, about = "kill-standby", "kill -9 of a node that stands by"

    @staticmethod
    def victim(shop):
        return shop.by_leading()[-1]


class PauseLeader(Fault):
    """The leading node stands still, and wakes beside the one that has taken over."""

    name, about, lasts = "pause-leader", "pause of the node that leads, which then wakes", True

    def strike(self, shop, chance):
        self.node = shop.by_leading()[0]
        self.node.send(signal.SIGSTOP)
        return f"node {self.node.name}"

    def heal(self, shop):
        self.node.send(signal.SIGCONT)


class CutNode(Fault):
    """A node runs and hears nobody: the leader, or another one."""

    name, about = "cut-node", "a node cut off from the network"
    lasts = of_network = True

    def strike(self, shop, chance):
        place = chance.choice((0, -1))
        self.node = shop.by_leading()[place]
        self.cut(shop)
        return f"node {self.node.name}, which {'stood by' if place else 'led'}"

    def cut(self, shop):
        """Keeps everything from the node."""
        shop.network.cut(self.node.number)

    def heal(self, shop):
        shop.network.mend(self.node.number)


class CutFromBrokers(CutNode):
    """A node that can write nothing, but renews its leases in PostgreSQL and hears the others."""

    name, about = "cut-from-brokers", "a node that no longer reaches the brokers"

    def cut(self, shop):
        shop.network.cut_from(self.node.number, shop.broker_ports())

    def heal(self, shop):
        shop.network.mend_from(self.node.number, shop.broker_ports())


class BrokerFault(Fault):
    """A fault of a broker: of the one that leads most partitions of the log, or another."""

    of_brokers = True

    def choose(self, shop, chance):
        """Sets `broker`; says which it is."""
        leaders = [leader for leader, _ in shop.topics()]
        ranked = sorted(shop.cluster.brokers, key=lambda one: -leaders.count(one.number))
        self.broker = chance.choice((ranked[0], ranked[-1]))
        return (f"broker {self.broker.number}, leader of {leaders.count(self.broker.number)} "
                "partitions")


class KillBroker(BrokerFault):
    """A broker is gone, and comes back on its data."""

    name, about = "kill-broker", "kill -9 of a broker"

    def strike(self, shop, chance):
        told = self.choose(shop, chance)
        shop.cluster.end([self.broker], signal.SIGKILL)
        return told

    def heal(self, shop):
        shop.cluster.launch([self.broker])
        shop.cluster.wait_until_serving([self.broker])


class PauseBroker(BrokerFault):
    """A broker stands still and keeps its connections."""

    name, about, lasts = "pause-broker", "pause of a broker", True

    def strike(self, shop, chance):
        told = self.choose(shop, chance)
        self.broker.send(signal.SIGSTOP)
        return told

    def heal(self, shop):
        self.broker.send(signal.SIGCONT)


class LoseTail(KillBroker):
    """A broker is gone, and comes back without its newest batches of every partition."""

    name, about = "lose-tail", "a broker that loses its unsynced tail"

    def strike(self, shop, chance):
        self.batches = chance.randint(1, BATCHES_LOST_MAX)
        return f"{super().strike(shop, chance)}, {self.batches} batches of each"

    def heal(self, shop):
        for partition in range(shop.partitions):
            tail.lose(self.broker.data, TOPIC, partition, self.batches)
        super().heal(shop)


class PostgresAway(Fault):
    """PostgreSQL is stopped as by a power cut: no leases, no read models; leaders go on."""

    name, about, lasts = "postgres-away", "PostgreSQL away", True

    def strike(self, shop, chance):
        shop.postgres("crash")
        return "leaders go on"

    def heal(self, shop):
        shop.postgres("start")


class BrokersAway(Fault):
    """No broker is there for a while: nothing can be accepted."""

    name, about, lasts = "brokers-away", "no broker at all", True
    of_brokers = True

    def strike(self, shop, chance):
        shop.cluster.end(shop.cluster.brokers, signal.SIGKILL)
        return "all brokers"

    def heal(self, shop):
        shop.cluster.launch(shop.cluster.brokers)
        shop.cluster.wait_until_serving(shop.cluster.brokers)


ALL = {fault.name: fault for fault in (KillLeader, KillStandby, PauseLeader, CutNode,
                                       CutFromBrokers, KillBroker, PauseBroker, LoseTail,
                                       PostgresAway)}
ASKED_FOR = {BrokersAway.name: BrokersAway}  # Only by name: nothing is writable meanwhile.
