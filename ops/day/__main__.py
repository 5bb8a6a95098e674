"""Trades the sample day against a running server, then checks its books.

    python3 -m day --env var/dev.env [--orders N] [--books-only]

The server's own settings and PAKASHOP (the binary) must be in the environment for the checks that
run it. Exit code 0: every check passed, and every check had something to check.
"""

import argparse
import subprocess
import sys
import time

from . import books
from .client import Api, Person, Sandbox
from .progress import Progress
from .trading_day import set_up, trade

PATIENCE = 60  # Seconds of 503, lag or restart that the day sits out.


def read_env(path):
    """NAME=value lines as a dict."""
    with open(path, encoding="utf-8") as lines:
        return dict(line.rstrip("\n").split("=", 1) for line in lines if "=" in line)


def staff(api, env, who):
    """ADMIN or FINANCE of dev.env, logged in."""
    return Person(api, env[f"{who}_EMAIL"], env[f"{who}_PASSWORD"],
                  env[f"{who}_TOTP_SECRET"]).login()


def options():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 -m day", description=__doc__.splitlines()[0])
    parser.add_argument("--env", required=True, help="var/dev.env of ops/run")
    parser.add_argument("--orders", type=int, default=400)
    parser.add_argument("--books-only", action="store_true", help="trade nothing, only check")
    return parser.parse_args()


def day(chosen):
    """Trades unless told not to, checks, tells one order's life; returns the failed checks."""
    env = read_env(chosen.env)
    api = Api(env["API_URL"], env["PAKASHOP_CLIENT_KEY"], env["INTERNAL_API_KEY"], PATIENCE)
    sandbox = Sandbox(env["SANDBOX_URL"], PATIENCE)
    admin, finance = staff(api, env, "ADMIN"), staff(api, env, "FINANCE")
    if not chosen.books_only:
        with Progress(chosen.orders) as progress:
            market = set_up(api, admin, finance, sandbox, progress)
            trade(api, market, chosen.orders, progress)
        print(f"\nfirst order {progress.first_order:.1f} s after the first call, "
              f"{chosen.orders} orders in {progress.seconds():.1f} s")
    failed, orders = books.check(admin, finance, sandbox)
    delivered = [order["id"] for order in orders if order["status"] == "DELIVERED"]
    if delivered:
        tell(delivered[-1])
    return failed


def tell(order_id):
    """The life of one order as its events tell it."""
    print(f"\nthe life of {order_id}\n", flush=True)
    subprocess.run([books.binary(), "explain", order_id], check=False, timeout=60)


def main():
    """Runs the day; a failure in it is told in one line, not in a trace."""
    began = time.monotonic()
    try:
        failed = day(options())
    except (OSError, RuntimeError, TimeoutError, books.Problem) as error:
        print(f"\nproblem: the day stopped: {error}", file=sys.stderr)
        return 1
    verdict = f"{failed} checks FAILED" if failed else "all checks passed"
    print(f"\n{verdict}; the day took {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
