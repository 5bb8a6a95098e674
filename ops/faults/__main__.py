"""The command line of ops/chaos."""

import argparse
import os
import random
import signal
import sys
import time
from contextlib import ExitStack

from broker.words import USAGE, Trouble, report, say
from brokers import Brokers
from day.client import Problem

from . import strikes, verdict
from .display import Display, Row, table
from .load import Load
from .network import Network, Unavailable
from .shop import PATIENCE_SECONDS, Shop

WRITABLE_SECONDS = 10
GIVEN_UP_SECONDS = 60  # A fault after which nothing is writable for so long ends the run.
NAMES = {**strikes.ALL, **strikes.ASKED_FOR}


class Parser(argparse.ArgumentParser):
    """Speaks of mistakes as the other scripts do."""

    def error(self, message):
        sys.exit(report(Trouble(message, f"{self.prog} --help", USAGE)))


def at_least(least):
    """A whole number from `least` on."""
    def number(text):
        found = int(text)
        if found < least:
            raise ValueError(text)
        return found

    number.__name__ = f"number from {least} on"
    return number


def faults_named(text):
    """A list of names of faults."""
    names = text.split(",")
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no fault {unknown[0]}")
    return [NAMES[name] for name in names]


def options():
    """The command line."""
    told = "".join(f"\n  {name:<17} {fault.about}" for name, fault in NAMES.items())
    parser = Parser(prog="ops/chaos", description=__doc__, allow_abbrev=False)
    subjects = parser.add_subparsers(metavar="SUBJECT", required=True)
    kafka = subjects.add_parser(
        "kafka", help="a shop of several nodes on real brokers", allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Hurts a shop of several nodes on real brokers while clients trade.",
        epilog=f"faults:{told}\n\nbrokers-away is met only where --only names it.")
    kafka.add_argument("--cycles", type=at_least(1), required=True, help="so many faults")
    kafka.add_argument("--brokers", type=int, choices=(1, 3), default=3, help="real brokers (3)")
    kafka.add_argument("--nodes", type=int, choices=range(2, 6), default=3, help="nodes (3)")
    kafka.add_argument("--partitions", type=at_least(1), default=8, help="of the log (8)")
    kafka.add_argument("--seed", type=int, help="of what happens when and to whom")
    kafka.add_argument("--only", type=faults_named, metavar="F,…", help="some faults only")
    kafka.add_argument("--hold", type=at_least(1), default=15,
                       help="seconds that a pause, a cut or an absence lasts (15)")
    kafka.add_argument("--within", type=at_least(1), default=WRITABLE_SECONDS, metavar="SECONDS",
                       help=f"until every partition is writable again ({WRITABLE_SECONDS})")
    kafka.add_argument("--control", choices=verdict.CONTROLS,
                       help="a mistake of our own, which the verdict must find")
    return parser


def possible(chosen, network):
    """The faults that can be had here; says loudly which cannot."""
    faults = chosen.only or list(strikes.ALL.values())
    left = [fault for fault in faults if network or not fault.of_network]
    if not left:
        raise Trouble("none of these faults can be had here", "run as root", USAGE)
    return left


def schedule(faults, cycles, chance):
    """So many faults: all of them in some order, then again in another."""
    plan = []
    while len(plan) < cycles:
        plan += chance.sample(faults, len(faults))
    return plan[:cycles]


class Run:
    """The cycles, and what was measured in them."""

    def __init__(self, chosen, shop, load, display):
        self.chosen, self.shop, self.load, self.display = chosen, shop, load, display
        self.rows = {}

    def cycle(self, kind, chance):
        """One fault, from a whole shop to a whole shop."""
        row = self.rows.setdefault(kind.name, Row(kind.about))
        before, fault = self.load.acks.count, kind()
        self.display.phase(kind.about)
        victim = fault.strike(self.shop, chance)
        struck = self.measure(kind is not strikes.BrokersAway and self.stands_in(kind))
        self.last_until_held(fault)
        self.display.phase(f"{kind.about}: healing")
        fault.heal(self.shop)
        healed = self.measure(True)
        self.shop.until_whole()
        count = self.load.acks.count - before
        row.add(count, struck, healed)
        self.display.done(f"{kind.about} ({victim}): writable {told(struck)} after it, "
                          f"{told(healed)} after healing; {count} acknowledged")

    def stands_in(self, kind):
        """Whether somebody is left to do the work of what is struck."""
        return not kind.of_brokers or self.chosen.brokers > 1

    def measure(self, expected):
        """The seconds until every partition acknowledges a command that was begun after now; None
        where none is expected to."""
        self.load.watch.start()
        if not expected:
            return None
        took = self.load.watch.wait(GIVEN_UP_SECONDS)
        if took is None:
            missing = ", ".join(map(str, self.load.watch.missing()))
            raise Trouble(f"partitions {missing} not writable within {GIVEN_UP_SECONDS} s",
                          f"read node-*.log in {self.shop.dir}")
        return took

    def last_until_held(self, fault):
        """Waits until the fault has lasted as long as it should."""
        if fault.lasts:
            end = self.load.watch.began + self.chosen.hold
            while time.monotonic() < end:
                time.sleep(0.1)

    def late(self):
        """The faults after which some partition was not writable in time."""
        return [row.about for row in self.rows.values() if row.worst() > self.chosen.within]


def told(seconds):
    """A duration for people."""
    return "not asked" if seconds is None else f"{seconds:.1f} s"


def network_for(chosen, stack):
    """Namespaces for the nodes; None, and a loud word, where there are none."""
    try:
        network = Network.make(chosen.nodes)
    except Unavailable as why:
        say(f"NO NODE WILL BE CUT OFF: {why}")
        return None
    stack.callback(network.remove)
    return network


def hurt(chosen):
    """The whole run; its exit code."""
    seed = chosen.seed if chosen.seed is not None else random.randrange(10**6)
    chance = random.Random(seed)
    os.environ["PAKASHOP_KEEP"] = "1"  # What is left of a run that fails is its evidence.
    say(f"seed {seed}, {chosen.cycles} cycles, {chosen.nodes} nodes, {chosen.brokers} brokers")
    with ExitStack() as stack:
        network = network_for(chosen, stack)
        faults = possible(chosen, network)
        brokers = Brokers.start(chosen.brokers)
        stack.callback(brokers.stop)
        shop = Shop.open(brokers, network, chosen.nodes, chosen.partitions)
        stack.callback(shop.stop)
        load = Load(shop, patience=chosen.hold + PATIENCE_SECONDS)
        with Display(chosen.cycles, lambda: load.acks.count) as display:
            run = Run(chosen, shop, load, display)
            load.start()
            try:
                for kind in schedule(faults, chosen.cycles, chance):
                    run.cycle(kind, chance)
            except (KeyboardInterrupt, SystemExit):
                forget()
                raise
            finally:
                load.stop()
        if not report_on(run, network, seed):
            return 1
        forget()
    return 0


def forget():
    """Nothing of the run is kept."""
    os.environ.pop("PAKASHOP_KEEP")


def report_on(run, network, seed):
    """Prints the table and the verdict; True when everything was as it must be."""
    print(table(run.rows.values()))
    for fault in strikes.ALL.values():
        if fault.of_network and not network:
            print(f"{fault.about}: NOT RUN, there are no network namespaces here")
    sound = verdict.judge(run.shop, run.load, run.chosen.control)
    late = run.late()
    for about in late:
        print(f"  FAIL  not writable within {run.chosen.within} s: {about}")
    print(f"{'every check passed' if sound and not late else 'FAILED'}, seed {seed}")
    return sound and not late


def main():
    """Runs; what went wrong is said with what to do about it."""
    chosen = options().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return hurt(chosen)
    except (Trouble, Problem, OSError, RuntimeError) as wrong:
        trouble = wrong if isinstance(wrong, Trouble) else Trouble(
            f"{type(wrong).__name__}: {wrong}", "run again with PAKASHOP_KEEP=1, read the logs")
        return report(trouble)


if __name__ == "__main__":
    sys.exit(main())
