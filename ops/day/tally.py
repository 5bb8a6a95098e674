"""What a check counted."""


class Tally:
    """How many things a check looked at, and what was wrong with some."""

    def __init__(self):
        self.checked, self.wrong = 0, []

    def expect(self, condition, what):
        """Counts one thing looked at; `what` is told if it is not as it should be."""
        self.checked += 1
        if not condition:
            self.wrong.append(what)

    def equal(self, found, expected, what):
        """Counts one thing that should be equal to another."""
        self.expect(found == expected, f"{what}: {found!r} instead of {expected!r}")

    def fail(self, what):
        """Something was wrong that has no count of its own."""
        self.wrong.append(what)

    @property
    def passed(self):
        """Nothing wrong, and something looked at."""
        return self.checked > 0 and not self.wrong

    def line(self, title):
        """One line for people, with the first thing that was wrong."""
        verdict = "ok  " if self.passed else "FAIL"
        line = f"  {verdict}  checked {self.checked:>6}  {title}"
        if self.wrong:
            line += f"\n        {len(self.wrong)} wrong, first: {self.wrong[0]}"
        elif not self.checked:
            line += "\n        nothing was there to check"
        return line
