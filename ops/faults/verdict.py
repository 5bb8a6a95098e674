"""What the clients' own file says, held against the log, and the log against itself."""

import json
import os
import re
import subprocess
from collections import Counter
from urllib.error import URLError

from day.log_checks import chain_verifies, rebuilds_equal
from day.money import ngwee
from day.money_checks import total
from day.tally import Tally
from world import BIN, until

CONTROLS = ("forget", "invent", "double")
SHOW_SECONDS = 900
QUIET_SECONDS = 90
UNPUBLISHED = ("login",)  # Families that outsiders never see.
NO_COMMAND = re.compile("0*")


class Log:
    """The history: what `pakashop log show --json` prints and is not void."""

    def __init__(self, lines):
        self.records = self.voids = 0
        self.commands, self.effects = Counter(), Counter()
        self.orders_of = Counter()
        self.public = {}  # By (family, partition): (sequence, id) of each event for outsiders.
        for line in lines:
            self.take(json.loads(line))

    def take(self, record):
        """Counts one record, unless a replaced leader wrote it."""
        if record.get("void"):
            self.voids += 1
            return
        self.records += 1
        if not NO_COMMAND.fullmatch(record["commandId"]):
            self.commands[record["commandId"]] += 1
        for index, event in enumerate(record["events"]):
            self.take_event(event["type"], event["data"])
            family = event["type"].split(".")[0]
            if family not in UNPUBLISHED:
                sequence = f"{record['position']:016d}.{index:05d}"
                place = self.public.setdefault((family, record["partition"]), [])
                place.append((sequence, event["id"]))

    def take_event(self, kind, data):
        """Counts what a client could have been acknowledged, by (kind, name)."""
        if kind == "product.stock_adjusted.v1":
            self.effects["stock", data["reason"]] += 1
        elif kind == "order.placed.v1":
            self.effects["order", data["order"]] += 1
            self.orders_of[data["buyer"]] += 1
        elif kind == "payment.initiated.v1":
            self.effects["payment", data["order"]] += 1
        elif kind == "payment.captured.v1":
            self.effects["capture", data["order"]] += 1


class Clients:
    """What the clients asked for and what they were acknowledged."""

    def __init__(self, lines):
        self.acknowledged, self.asked, self.buyers = [], Counter(), {}
        for entry in map(json.loads, lines):
            if "asking" in entry:
                self.asked[entry["client"], entry["asking"]] += 1
                continue
            kind = entry["acknowledged"]
            self.acknowledged.append((kind, entry["order"] if "order" in entry else entry["key"]))
            if "buyer" in entry:
                self.buyers[entry["buyer"]] = entry["client"]


def misled(control, clients, log):
    """Makes the mistake that the verdict must find."""
    if control == "forget":
        log.effects[clients.acknowledged[-1]] = 0
    elif control == "invent":
        clients.acknowledged.append(("stock", "never asked for"))
    elif control == "double":
        log.effects[clients.acknowledged[-1]] += 1


def nothing_lost(clients, log):
    """Each acknowledgement has its effect in the log."""
    tally = Tally()
    for each in clients.acknowledged:
        tally.expect(log.effects[each], f"{each[0]} {each[1]} was acknowledged and is lost")
    return tally


def nothing_doubled(clients, log):
    """No command, effect or payment is there twice, and nobody has more orders than they asked
    for."""
    tally = Tally()
    for command, times in log.commands.items():
        tally.expect(times == 1, f"command {command} is in the log {times} times")
    for (kind, name), times in log.effects.items():
        tally.expect(times <= 1, f"{kind} {name} is in the log {times} times")
    for buyer, client in clients.buyers.items():
        asked = clients.asked[client, "order"]
        tally.expect(log.orders_of[buyer] <= asked,
                     f"{client} asked for {asked} orders and has {log.orders_of[buyer]}")
    return tally


def controls_fail(clients, log, told):
    """Three of the checks find each mistake that is made on purpose."""
    tally = Tally()
    last = clients.acknowledged[-1]
    for times, check in ((0, nothing_lost), (2, nothing_doubled)):
        true, log.effects[last] = log.effects[last], times
        tally.expect(not check(clients, log).passed, f"{check.__name__} finds no fault")
        log.effects[last] = true
    place = next(iter(log.public))
    missing = {**told, place: told.get(place, [])[1:]}
    tally.expect(not outsiders_know_all(missing, log).passed, "outsiders_know_all finds no fault")
    return tally


def books_balance(shop):
    """The books balance, and say what the provider's own ledger says, once payments have ended."""
    tally = Tally()

    def settled():
        books = shop.finance.get("/admin/books")
        rows = [row for row in shop.sandbox.get("/sandbox/ledger")
                if row["kind"] == "deposit" and row["status"] == "COMPLETED"]
        agree = ngwee(books["captured"]) == total(rows)
        return (books, rows) if agree and books["difference"] == "0.00" else None

    try:
        books, rows = until(settled, QUIET_SECONDS, "books that balance", pause=1)
    except TimeoutError as late:
        tally.fail(f"{late}: {shop.finance.get('/admin/books')}")
        return tally
    tally.checked = len(rows)
    tally.expect(books["checked"]["orders"], "the books looked at no order")
    return tally


def read_log(shop):
    """The history of the shop's log, by the command line."""
    with subprocess.Popen([BIN / "pakashop", "log", "show", "--json"], env=shop.environment,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shown:
        log = Log(shown.stdout)
        problem = shown.stderr.read()
        if shown.wait(SHOW_SECONDS):
            raise RuntimeError(f"log show: exit code {shown.returncode}: {problem[-500:]}")
    return log


def told_to_outsiders(shop):
    """By (family, partition), what the public topics hold: (sequence, id) of each message. Waits
    until all is published."""
    try:
        until(lambda: any(node.publishes_all() for node in shop.nodes), QUIET_SECONDS,
              "all events published", pause=1)
    except (TimeoutError, URLError) as late:
        print(f"the public topics are read as they are: {late}")
    told = {}
    for place, message in shop.brokers.public_messages():
        headers = message["headers"]
        told.setdefault(place, []).append((headers["ce_sequence"], headers["ce_id"]))
    return told


def without_repeats(events):
    """As consumers read them: a relay that was replaced may leave repeats behind, which their
    sequence betrays. What looks like one and is none ends the list."""
    once, seen = [], set()
    for event in events:
        if event in seen:
            continue
        once.append(event)
        if len(once) > 1 and event[0] <= once[-2][0]:
            break
        seen.add(event)
    return once


def outsiders_know_all(told, log):
    """The public topics hold each event that stands in the log, in its order, and no other."""
    tally = Tally()
    for place, known in sorted(log.public.items()):
        # What was written after the log was read comes on top.
        found = without_repeats(told.get(place, []))[:len(known)]
        tally.checked += len(found)
        if found != known:
            both = zip(found, known)
            first = next((at for at, (one, other) in enumerate(both) if one != other), len(found))
            tally.fail(f"{'.'.join(map(str, place))}: differs from the log at event {first} of "
                       f"{len(known)}")
    return tally


def of_day(check, shop):
    """A check of the sample day, which runs the program beside the server."""
    tally = Tally()
    os.environ.update(shop.environment, PAKASHOP=str(BIN / "pakashop"))
    check(None, tally)
    return tally


def nodes_behaved(shop, load):
    """No node crashed or refused to start, no client met anything but success."""
    tally = Tally()
    for code, count in shop.bad_exits().items():
        tally.fail(f"{count} nodes ended with exit code {code}")
    for failure in load.failures:
        tally.fail(failure)
    tally.checked = len(shop.nodes) + len(load.clients)
    return tally


def judge(shop, load, control=None):
    """Runs every check and prints a line for each; True when all of them passed."""
    books = books_balance(shop)
    with open(load.acks.path, encoding="utf-8") as lines:
        clients = Clients(lines)
    log = read_log(shop)
    told = told_to_outsiders(shop)
    misled(control, clients, log)
    checks = {
        "acknowledged commands are in the log, 0 lost": nothing_lost(clients, log),
        "commands and effects, 0 doubled": nothing_doubled(clients, log),
        "mistakes made on purpose, which the checks find": controls_fail(clients, log, told),
        "deposits of the provider are in books that balance": books,
        "records of the log, chain whole": of_day(chain_verifies, shop),
        "events told to outsiders, each as it stands in the log": outsiders_know_all(told, log),
        "read models equal to a rebuild": of_day(rebuilds_equal, shop),
        "nodes and clients without a failure of their own": nodes_behaved(shop, load),
    }
    print(f"\nthe log holds {log.records} records and {log.voids} void ones of replaced leaders")
    for title, tally in checks.items():
        print(tally.line(title))
    return all(tally.passed for tally in checks.values())
