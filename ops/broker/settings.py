"""What a broker is told: safe with data, small in memory, quick to notice that another is gone."""

SETTINGS = """\
process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CLIENT://127.0.0.1:{port}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
log.dirs={data}

# Nothing appears unasked, and nobody leads who may lack what was acknowledged.
auto.create.topics.enable=false
unclean.leader.election.enable=false
default.replication.factor={copies}
min.insync.replicas={copies_least}
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=1
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={copies_least}
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={copies_least}
share.coordinator.state.topic.num.partitions=1

# A broker that is killed or paused is given up after three seconds.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0

# Two cores, 256 MB of heap.
num.network.threads=2
num.io.threads=4
num.replica.fetchers=1
num.recovery.threads.per.data.dir=1
background.threads=2
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=8388608
"""


def properties(broker, brokers):
    """The text of server.properties of `broker` among `brokers`."""
    voters = ",".join(f"{one.number}@127.0.0.1:{one.controller_port}" for one in brokers)
    copies = len(brokers)
    return SETTINGS.format(number=broker.number, port=broker.port, data=broker.data,
                           controller_port=broker.controller_port, voters=voters, copies=copies,
                           copies_least=max(1, copies - 1))
