#!/usr/bin/env python3
"""with_kafka.py BROKERS PROGRAM [ARGUMENT…]: runs it beside real brokers, which it may strike.

The program finds the brokers by PAKASHOP_TEST_KAFKA (host:port), and ops/kafka finds it by the
directory in PAKASHOP_TEST_KAFKA_DIR. Nothing is left behind."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "service"))
from brokers import Brokers  # noqa: E402  pylint: disable=wrong-import-position,import-error


def main():
    """The program's exit code."""
    brokers = Brokers.start(int(sys.argv[1]))
    try:
        told = {"PAKASHOP_TEST_KAFKA": brokers.bootstrap, "PAKASHOP_TEST_KAFKA_DIR": brokers.dir}
        return subprocess.run(sys.argv[2:], env={**os.environ, **told}, check=False).returncode
    finally:
        brokers.stop()


if __name__ == "__main__":
    sys.exit(main())
