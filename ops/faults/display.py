"""What a person sees meanwhile, and the table in the end."""

import sys
import threading
import time

from broker.words import say

REDRAW_SECONDS = 0.2


class Row:
    """What was measured of one kind of fault."""

    def __init__(self, about):
        self.about, self.cycles, self.acknowledged = about, 0, 0
        self.struck, self.healed = [], []

    def add(self, acknowledged, struck, healed):
        """One cycle; a time that was not asked for is None."""
        self.cycles += 1
        self.acknowledged += acknowledged
        self.struck += [] if struck is None else [struck]
        self.healed += [] if healed is None else [healed]

    def worst(self):
        """The longest time until every partition was writable again."""
        return max(self.struck + self.healed, default=0.0)


def table(rows):
    """Per fault: cycles, acknowledged commands, and the worst recoveries."""
    head = (f"{'fault':<50}{'cycles':>7}{'acknowledged':>14}{'worst s after it':>18}"
            f"{'worst s after healing':>23}")
    lines = ["", head, "-" * len(head)]
    for row in sorted(rows, key=lambda row: row.about):
        lines.append(f"{row.about:<50}{row.cycles:>7}{row.acknowledged:>14}"
                     f"{worst(row.struck):>18}{worst(row.healed):>23}")
    return "\n".join(lines)


def worst(seconds):
    """The longest of some durations."""
    return f"{max(seconds):.1f}" if seconds else "-"


class Display:
    """On a terminal one line that is redrawn; elsewhere a line for each cycle."""

    def __init__(self, cycles, acknowledged):
        self.cycles, self.acknowledged = cycles, acknowledged
        self.cycle, self.text, self.since = 1, "", time.monotonic()
        self.began = self.since
        self._stop = threading.Event()
        self._painter = threading.Thread(target=self._paint, daemon=True)

    def __enter__(self):
        self._painter.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._painter.join()
        self._clear()

    def phase(self, text):
        """What is going on from now on."""
        self.text, self.since = text, time.monotonic()

    def done(self, text):
        """A cycle is over."""
        self._clear()
        say(f"{self.cycle}/{self.cycles} {text}")
        self.cycle += 1

    def _clear(self):
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")

    def _paint(self):
        while sys.stderr.isatty() and not self._stop.wait(REDRAW_SECONDS):
            count, now = self.acknowledged(), time.monotonic()
            sys.stderr.write(f"\r\x1b[K{self.cycle}/{self.cycles} {self.text} "
                             f"{now - self.since:.0f} s | {count} acknowledged, "
                             f"{count / (now - self.began):.0f}/s")
            sys.stderr.flush()
