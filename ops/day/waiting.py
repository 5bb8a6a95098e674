"""Waiting, bounded, for something that happens a moment later."""

import time


def until(question, seconds, what, pause=0.1):
    """The first true answer of `question()`; TimeoutError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(pause)
