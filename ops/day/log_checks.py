"""The log: its chain verifies, read models equal their rebuild, it shows no personal text."""

import base64
import os
import re
import subprocess
from pathlib import Path

from .cast import Character
from .market import AGENTS, SHOPS

RECORDS = re.compile(r"^ *all +(\d+)", re.MULTILINE)


def pakashop(*arguments):
    """Runs the program beside the server; returns (exit code, what it printed)."""
    done = subprocess.run([os.environ.get("PAKASHOP", "build/dev/pakashop"), *arguments],
                          capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def chain_verifies(_, tally):
    """`pakashop log verify` walks every record and finds the chain whole."""
    code, printed = pakashop("log", "verify")
    tally.checked += sum(int(count) for count in RECORDS.findall(printed))
    if code != 0:
        tally.fail(f"exit code {code}: {printed.strip()[-300:]}")


def read_models():
    """The names `pakashop rebuild --list` prints, one a line."""
    code, printed = pakashop("rebuild", "--list")
    if code != 0:
        raise RuntimeError(f"rebuild --list: exit code {code}: {printed.strip()[-300:]}")
    return printed.split()


def rebuilds_equal(_, tally):
    """Every read model equals a rebuild of it from the log, by digest."""
    for name in read_models():
        code, printed = pakashop("rebuild", name, "--check")
        tally.expect(code == 0, f"{name}: exit code {code}: {printed.strip()[-300:]}")


def markers():
    """Texts of which one is in every personal text that the day planted."""
    people = [Character("buyer", number) for number in range(200)]
    people += [Character("agent", number) for number in range(AGENTS)]
    people += [Character("seller", number) for number in range(SHOPS)]
    return set().union(*(person.markers() for person in people))


def spellings(text):
    """A text as bytes, in hex, and in base64 at each of the three places it may begin."""
    raw = text.encode()
    yield raw
    yield raw.hex().encode()
    for lead in range(3):
        coded = base64.b64encode(b"\0" * lead + raw)
        first = -(-lead * 8 // 6)  # Characters that the lead has a part in.
        last = len(coded) - (0 if (lead + len(raw)) % 3 == 0 else 4) or None
        yield coded[first:last]


def log_bytes(directory):
    """The bytes of every file of the log, one after the other."""
    for path in sorted(Path(directory).rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


def no_personal_text(_, tally):
    """Nothing planted is readable in the log's files, nor in what `log show` prints of them."""
    directory = os.environ["PAKASHOP_LOG_FILES"]
    code, shown = pakashop("log", "show")
    if code != 0:
        tally.fail(f"log show: exit code {code}")
    blobs = [("log show", shown.encode()), *log_bytes(directory)]
    for name, blob in blobs:
        tally.checked += 0 if name == "log show" else len(blob)
        for text in markers():
            for spelling in spellings(text):
                if spelling in blob:
                    tally.fail(f"{spelling!r}, which is {text!r}, in {name}")


CHECKS = [
    ("records of the log, chain whole", chain_verifies),
    ("read models equal to a rebuild", rebuilds_equal),
    ("bytes of the log without a personal text", no_personal_text),
]
