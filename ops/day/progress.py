"""The display of the day: what has happened so far, and how fast."""

import shutil
import sys
import threading
import time

FIELDS = ("shops", "products", "agents", "buyers", "orders", "paid", "delivered", "cancelled",
          "failed payments", "payouts")
BAR = 24


class Progress:
    """Counters that any thread may raise, drawn by a thread of its own.

    On a terminal one line is redrawn ten times a second; elsewhere a line is printed every 5 s.
    """

    def __init__(self, orders, stream=sys.stderr):
        self._goal, self._stream = max(1, orders), stream
        self._live = stream.isatty()
        self._counts = dict.fromkeys(FIELDS, 0)
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._began = self.first_order = None
        self._painter = threading.Thread(target=self._paint, daemon=True)

    def __enter__(self):
        self._began = time.monotonic()
        self._painter.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._painter.join()
        self._draw()
        if self._live:
            self._stream.write("\n")

    def __getitem__(self, field):
        return self._counts[field]

    def add(self, field, count=1):
        """Counts something that happened."""
        with self._lock:
            self._counts[field] = self._counts.get(field, 0) + count
            if field == "orders" and self.first_order is None:
                self.first_order = self.seconds()

    def seconds(self):
        """Since the display began."""
        return time.monotonic() - self._began

    def _paint(self):
        while not self._stop.wait(0.1 if self._live else 5):
            self._draw()

    def line(self):
        """One line: stage bar, counts, orders ended each second."""
        counts = self._counts
        ended = counts["delivered"] + counts["cancelled"]
        full = BAR * min(ended, self._goal) // self._goal
        told = ", ".join(f"{field} {counts[field]}" for field in FIELDS if counts[field])
        rate = ended / max(self.seconds(), 0.001)
        return (f"[{'#' * full}{'.' * (BAR - full)}] {ended}/{self._goal} orders ended, "
                f"{rate:.1f}/s | {told}")

    def _draw(self):
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + self.line()[:width].ljust(width))
        else:
            self._stream.write(self.line() + "\n")
        self._stream.flush()
