"""What the tool says, in the words and exit codes of ops/lib/common.sh."""

import sys

USAGE, UNAVAILABLE, NOT_SERVING = 64, 69, 3


class Trouble(Exception):
    """Stops the tool with what happened, what to do about it and an exit code."""

    def __init__(self, what, remedy, code=UNAVAILABLE):
        super().__init__(what)
        self.remedy, self.code = remedy, code


def say(text):
    """One line of progress, on standard error so that output stays for results."""
    print(f"· {text}", file=sys.stderr, flush=True)


def report(trouble):
    """Says what went wrong; returns the exit code."""
    print(f"problem: {trouble}\n  what to do: {trouble.remedy}", file=sys.stderr)
    return trouble.code
