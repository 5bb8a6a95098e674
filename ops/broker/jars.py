"""Apache Kafka itself: fetched once by Maven as pom.xml names it, and called through Java."""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .words import Trouble, say

HERE = Path(__file__).resolve().parent
VAR = HERE.parents[1] / "var" / "kafka"
POM = HERE / "pom.xml"
HOME = VAR / f"jars-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"  # Another pom, other jars.
ARCHIVE = HOME / "classes.jsa"
FETCH_LOG = VAR / "fetch.log"
FETCH_SECONDS = 600
SAY_EACH_SECONDS = 3

# The serial collector and the first compiler alone start fastest and cost least on two cores.
OPTIONS = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
           "-XX:+ExitOnOutOfMemoryError",
           f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"]


def java(main, *arguments, options=(), level="INFO"):
    """The command that runs a class of Kafka's."""
    if not HOME.exists():
        raise Trouble(f"Apache Kafka is not in {HOME}", "ops/kafka fetch")
    archive = [f"-XX:SharedArchiveFile={ARCHIVE}"] if ARCHIVE.exists() else []
    classpath = ":".join(str(jar) for jar in sorted(HOME.glob("*.jar")))
    return ["java", *OPTIONS, *archive, f"-Dpakashop.loglevel={level}", *options,
            "-cp", classpath, main, *map(str, arguments)]


@contextlib.contextmanager
def locked(path):
    """One process at a time; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def megabytes(folder):
    """What lies in a folder that is being written."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # Maven renames what has arrived.
            total += file.stat().st_size
    return total / 1e6


def watch(maven, folder):
    """Says how far `maven` has come until it ends; returns its exit code."""
    began = said = time.monotonic()
    while maven.poll() is None:
        time.sleep(0.1)
        now = time.monotonic()
        if now - began > FETCH_SECONDS:
            maven.kill()
        if now - said > SAY_EACH_SECONDS:
            said = now
            say(f"{megabytes(folder):.0f} MB so far")
    return maven.wait()


def run_maven(scratch):
    """Fetches into `scratch`/jars; Maven's own repository goes with `scratch`."""
    repository = scratch / "repository"
    command = ["mvn", "-B", "--strict-checksums", "-f", POM, f"-Dmaven.repo.local={repository}",
               "dependency:copy-dependencies", "-DincludeScope=runtime",
               f"-DoutputDirectory={scratch / 'jars'}"]
    with open(FETCH_LOG, "wb") as log:
        maven = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        code = watch(maven, repository)
    if code:
        raise Trouble(f"Maven could not fetch Apache Kafka (exit code {code})",
                      f"read {FETCH_LOG}; is the network there?")
    return megabytes(repository)


def fetch():
    """Brings the jars if they are not there; files that arrived half never count."""
    with locked(VAR / "fetch.lock"):
        if HOME.exists():
            return
        began = time.monotonic()
        say("fetching Apache Kafka through Maven (once, about 70 MB)")
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=VAR) as scratch:
            fetched = run_maven(Path(scratch))
            shutil.move(Path(scratch) / "jars", HOME)
        say(f"fetched {fetched:.0f} MB in {time.monotonic() - began:.0f} s")
