"""Measures what a broker takes from Kafka's own kafka-producer-perf-test, beside our log.

    python3 raw_kafka.py BROKERS TOPIC RESULTS SECONDS      (prints one JSON line)

Records are as large as those that RESULTS tells of the figure kafka, acknowledged by all in sync.
The best of several runs counts: it is what ours is compared to.
"""

import json
import re
import subprocess
import sys

from broker import jars

RUNS, FIRST_RECORDS = 3, 100_000
RUN_SECONDS = 300
RATE = re.compile(r"^(\d+) records sent, ([\d.]+) records/sec.* ([\d.]+) ms 50th", re.MULTILINE)
# A client that runs for seconds is worth compiling well, unlike a broker that starts for a test.
JAVA = ("-XX:TieredStopAtLevel=4", "-Xmx512m")


def run(brokers, topic, size, records):
    """Records each second of one run, and its p50 in ms."""
    command = jars.java("org.apache.kafka.tools.ProducerPerformance", "--topic", topic,
                        "--num-records", records, "--record-size", size, "--throughput", -1,
                        "--producer-props", f"bootstrap.servers={brokers}", "acks=all",
                        options=JAVA, level="ERROR")
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=RUN_SECONDS)
    found = RATE.findall(done.stdout)
    if done.returncode or not found:
        sys.exit(f"kafka-producer-perf-test failed: {(done.stdout + done.stderr)[-800:]}")
    return float(found[-1][1]), float(found[-1][2])


def main(brokers, topic, results, seconds):
    """Runs several times, each for about so long, and prints the best."""
    with open(results, encoding="utf-8") as lines:
        figures = [json.loads(line) for line in lines if line.startswith("{")]
    size = round(next(one["bytes"] for one in figures if one["figure"] == "kafka"))
    records, runs = FIRST_RECORDS, []
    for _ in range(RUNS):
        runs.append(run(brokers, topic, size, records))
        records = max(FIRST_RECORDS, int(runs[-1][0] * float(seconds)))
    rate, p50 = max(runs)
    print(json.dumps({"figure": "raw_kafka", "measured": rate, "p50_ms": p50, "bytes": size,
                      "runs": [round(one) for one, _ in runs]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
