"""Sets what was measured beside floor and goal.

    python3 table.py RESULTS [FIGURE=RATE…]  (JSON lines: figure, measured, …; exit 1 below a floor)

RATE is what was asked of a paced load. What was measured beside a load that did not reach it, or
that was refused, is not a measurement.
"""

import json
import sys

# figure: (what, unit, floor, goal, whether less is better)
FIGURES = {
    "echo": ("bare echo of the same stack", "requests/s", None, None, False),
    "place": ("orders placed over HTTP", "orders/s", 4_000, 10_000, False),
    "place_half": ("p99 at half the floor's load", "ms", 30, 30, True),
    "append": ("commands through the shard", "commands/s", 50_000, 100_000, False),
    "replay": ("events folded from the log", "events/s", 200_000, 1_000_000, False),
    "rebuild": ("events into a rebuilt read model", "events/s", 65_000, None, False),
    "lag": ("commit to visible, p99 at 1,500 orders/s", "ms", 1_000, 1_000, True),
    "verify": ("chain verified, beside SHA-256 alone", "MB/s", None, None, False),
    "kafka": ("commands through the shard to a broker", "commands/s", None, None, False),
    "kafka_p50": ("p50 of a command at a tenth of that", "ms", None, None, True),
    "kafka_p99": ("p99 of a command at a tenth of that", "ms", None, None, True),
    "raw_kafka": ("the broker from kafka-producer-perf-test", "records/s", None, None, False),
    "egress_lag": ("commit to message on a public topic, p99", "ms", 1_000, 1_000, True),
    "take_over": ("kill -9 of the leading node to all writable", "s", 5, 5, True),
}

LOADS = {"lag": "lag_load"}  # A figure that was measured beside another one's load.
REACHED = 0.95  # Of the rate that was asked for.

# Floor and goal of our log, of what the same broker takes from its own tool.
KAFKA_SHARES = 0.15, 0.30


def what_went_wrong(result, asked):
    """Why a result, or a load, counts for nothing; empty when nothing went wrong."""
    if result is None:
        return "no load beside it"
    refused, errors = result.get("refused", 0), result.get("errors", 0)
    if refused or errors:
        return f"{refused} refused, {errors} errors"
    rate = asked.get(result["figure"])
    if rate and result["measured"] < REACHED * rate:
        return f"{result['measured']:.0f} of {rate:.0f}/s reached"
    return ""


def rows(results, asked):
    """One row for each figure measured: what, unit, floor, goal, measured, ratio, and what is wrong
    with it."""
    by_figure = {one["figure"]: one for one in results}
    alone = {one["figure"]: one["measured"] for one in results}
    for result in results:
        if result["figure"] not in FIGURES:
            continue
        what, unit, floor, goal, less = FIGURES[result["figure"]]
        measured = result["p99_ms"] if result["figure"] == "place_half" else result["measured"]
        if result["figure"] == "verify":
            floor, goal = result["limit"] / 2, result["limit"]
        if result["figure"] == "place" and "echo" in alone:
            what += f" ({100 * measured / alone['echo']:.0f} % of the echo)"
        if result["figure"] == "append":
            what += f" ({100 * measured / result['limit']:.0f} % of its syncs alone)"
        if result["figure"] == "kafka":
            floor, goal = (share * alone["raw_kafka"] for share in KAFKA_SHARES)
            what += f" ({100 * measured / alone['raw_kafka']:.0f} % of it alone)"
        ratio = None if floor is None else (floor / measured if less else measured / floor)
        wrong = what_went_wrong(result, asked)
        if result["figure"] in LOADS:
            wrong = wrong or what_went_wrong(by_figure.get(LOADS[result["figure"]]), asked)
        if ratio is not None and ratio < 1:
            wrong = wrong or "below the floor"
        yield what, unit, floor, goal, measured, ratio, wrong


def show(number):
    """A number for people; nothing where there is none."""
    if number is None:
        return "-"
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"


def main(path, *paces):
    """Prints the table; returns the exit code."""
    asked = {figure: float(rate) for figure, rate in (pace.split("=") for pace in paces)}
    with open(path, encoding="utf-8") as lines:
        results = [json.loads(line) for line in lines if line.startswith("{")]
    table = list(rows(results, asked))
    head = f"{'figure':<58}{'unit':<12}{'floor':>11}{'goal':>11}{'measured':>12}{'x floor':>9}"
    print(head + "\n" + "-" * len(head))
    for what, unit, floor, goal, measured, ratio, wrong in table:
        print(f"{what:<58}{unit:<12}{show(floor):>11}{show(goal):>11}{show(measured):>12}"
              f"{show(ratio):>9}{'   ' + wrong if wrong else ''}")
    return 0 if table and not any(row[-1] for row in table) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
