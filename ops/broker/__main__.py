"""The commands of ops/kafka."""

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

from . import jars, tail
from .cluster import Cluster, prepare
from .words import NOT_SERVING, USAGE, Trouble, report, say

HOME = jars.VAR / "cluster"


class Parser(argparse.ArgumentParser):
    """Speaks of mistakes as the other scripts do."""

    def error(self, message):
        sys.exit(report(Trouble(message, f"{self.prog} --help", USAGE)))


def found(chosen):
    """The cluster of --dir, which must be there."""
    cluster = Cluster.find(chosen.dir)
    if not cluster:
        raise Trouble(f"there is no cluster in {chosen.dir}", "ops/kafka up")
    return cluster


def found_or_made(chosen):
    """The cluster of --dir, made when absent, anew with --fresh."""
    cluster = Cluster.find(chosen.dir)
    if cluster and chosen.fresh:
        say(f"forgetting the cluster in {chosen.dir}")
        cluster.forget()
        cluster = None
    if not cluster:
        return Cluster.make(chosen.dir, chosen.brokers or 1)
    if chosen.brokers not in (None, len(cluster.brokers)):
        raise Trouble(f"the cluster in {chosen.dir} has {len(cluster.brokers)} broker(s)",
                      "--fresh forgets it; --dir DIR makes another", USAGE)
    return cluster


def fetch(_):
    """For those who want the wait to be over before anything is measured or tested."""
    prepare()
    say(f"Apache Kafka is in {jars.HOME}")


def up(chosen):
    """Every broker serves in the end, whatever state it was in."""
    prepare()
    with jars.locked(chosen.dir / "lock"):
        cluster = found_or_made(chosen)
        if all(broker.serves() for broker in cluster.brokers):
            say(f"already running in {chosen.dir}")
        else:
            say(f"starting {len(cluster.brokers)} broker(s) in {chosen.dir}")
            cluster.launch(cluster.brokers)
    cluster.wait_until_serving(cluster.brokers)
    where = "" if chosen.dir == HOME else f" --dir {chosen.dir}"
    say(f"next: PAKASHOP_LOG=kafka://{cluster.bootstrap}; ops/kafka status{where}; "
        f"ops/kafka down{where}")
    print(cluster.bootstrap)


def down(chosen):
    """Ends what runs; says so when nothing does."""
    cluster = found(chosen)
    if all(broker.state() == "stopped" for broker in cluster.brokers):
        say(f"nothing runs in {chosen.dir}")
        return
    cluster.end(cluster.brokers)
    say(f"ended; the data stay in {chosen.dir}")


def kill(chosen):
    """Those that do not run are a mistake of the caller: nothing would be tested."""
    brokers = each(chosen, "running", "paused")
    Cluster.end(brokers, signal.Signals[f"SIG{chosen.signal}"])
    for broker in brokers:
        say(f"broker {broker.number} is gone")


def pause(chosen):
    """Stops the brokers' processes where they are."""
    for broker in each(chosen, "running"):
        broker.send(signal.SIGSTOP)
        say(f"broker {broker.number} is paused")


def resume(chosen):
    """Lets paused brokers go on."""
    for broker in each(chosen, "paused"):
        broker.send(signal.SIGCONT)
        say(f"broker {broker.number} goes on")


def start(chosen):
    """Waits until they serve, if a majority of brokers is there to let them."""
    cluster, brokers = found(chosen), each(chosen, "stopped")
    with jars.locked(chosen.dir / "lock"):
        cluster.launch(brokers)
    if not cluster.has_majority():
        say("started; nobody serves until most of the brokers run")
        return
    cluster.wait_until_serving(brokers)
    say("serving")


def each(chosen, *states):
    """The brokers named on the command line, all of them in one of `states`."""
    brokers = [found(chosen).broker(number) for number in chosen.numbers]
    for broker in brokers:
        if broker.state() not in states:
            raise Trouble(f"broker {broker.number} is {broker.state()}", "see ops/kafka status")
    return brokers


def described(broker):
    """What status tells of a broker."""
    process = broker.process()
    return {"id": broker.number, "state": broker.state(), "serving": broker.serves(),
            "pid": process and process[0], "port": broker.port,
            "controllerPort": broker.controller_port, "residentKb": broker.resident_kb(),
            "log": str(broker.log)}


def status(chosen):
    """Exit code 0 only when every broker serves."""
    cluster = found(chosen)
    brokers = [described(broker) for broker in cluster.brokers]
    if chosen.json:
        print(json.dumps({"dir": str(chosen.dir), "clusterId": cluster.id,
                          "bootstrap": cluster.bootstrap, "brokers": brokers}))
    else:
        print(f"cluster  {chosen.dir}\nclients  {cluster.bootstrap}")
        for one in brokers:
            serving = "serving" if one["serving"] else "not serving"
            print(f"broker {one['id']}  {one['state']:8} {serving:12} port {one['port']}  "
                  f"pid {one['pid'] or '-'}  {one['residentKb'] // 1024} MB  {one['log']}")
    return 0 if all(one["serving"] for one in brokers) else NOT_SERVING


def topic(chosen):
    """Kafka's own topic tool, told where the cluster is."""
    cluster = found(chosen)
    command = jars.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server",
                        cluster.bootstrap, *chosen.rest, level="ERROR")
    return subprocess.run(command, check=False).returncode


def lose_tail(chosen):
    """Only of a broker that is down: a running one holds its files open."""
    broker = each(chosen, "stopped")[0]
    first, last = tail.lose(broker.data, chosen.topic, chosen.partition, chosen.batches)
    say(f"broker {broker.number} lost offsets {first} to {last} of {chosen.topic}-"
        f"{chosen.partition}; next: ops/kafka start {broker.number}")
    print(first)


def positive(text):
    """A number from 1 on."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def options():
    """The command line."""
    parser = Parser(prog="ops/kafka", allow_abbrev=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name, work, text):
        made = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        made.add_argument("--dir", type=lambda path: Path(path).resolve(),
                          default=HOME, help="where it lives (var/kafka/cluster)")
        made.set_defaults(work=work, name=name)
        return made

    def on_brokers(name, work, text, count="+"):
        made = command(name, work, text)
        made.add_argument("numbers", metavar="N", type=positive, nargs=count, help="a broker")
        return made

    command("fetch", fetch, "bring Apache Kafka and make it ready, start nothing")
    upward = command("up", up, "start every broker; print host:port,host:port")
    upward.add_argument("--brokers", type=int, choices=(1, 3), help="of a new cluster (1)")
    upward.add_argument("--fresh", action="store_true", help="forget an earlier cluster's data")
    command("down", down, "end every broker; data stay")
    command("status", status, "what runs and serves; exit 3 if anything does not").add_argument(
        "--json", action="store_true")
    on_brokers("kill", kill, "end brokers at once").add_argument(
        "--signal", choices=("KILL", "TERM"), default="KILL")
    on_brokers("pause", pause, "stop brokers where they are (SIGSTOP)")
    on_brokers("resume", resume, "let paused brokers go on (SIGCONT)")
    on_brokers("start", start, "start killed brokers on the data they have")
    command("topic", topic, "Kafka's own topic tool: --create --topic T, --describe, …")
    losing = on_brokers("lose-tail", lose_tail, "cut a killed broker's newest batches off", 1)
    losing.add_argument("--topic", required=True)
    losing.add_argument("--partition", type=int, required=True)
    losing.add_argument("--batches", type=positive, required=True)
    return parser


def main():
    """Runs one command; its exit code."""
    parser = options()
    chosen, chosen.rest = parser.parse_known_args()
    if chosen.rest and chosen.work is not topic:
        parser.error(f"unknown option {chosen.rest[0]}")
    try:
        return chosen.work(chosen) or 0
    except Trouble as trouble:
        return report(trouble)


sys.exit(main())
