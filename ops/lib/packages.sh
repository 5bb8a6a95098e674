#!/usr/bin/env bash
# Debian packages the project needs, and how they get onto a fresh Debian 12 machine.
#
#   ops/lib/packages.sh [run|kafka|test]   installs what is missing of a group; test is all of them
#
# The other scripts of ops/ source this and do the same.
set -euo pipefail
# shellcheck source=ops/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# One package a line: group, name, reason. Group run is needed by all; kafka by ops/kafka and by
# the tests that use it; test by ops/test and ops/bench only.
packages() {
    cat <<'LIST'
run   g++-12                   the compiler of every build (C++23)
run   cmake                    configures the build from CMakeLists.txt and its presets
run   ninja-build              runs the build
run   ccache                   makes the second build of the same file instant
run   mold                     links in a fraction of the default linker's time
run   git                      tells ops/test which files are sources
run   libboost1.81-dev         Beast and Asio: the HTTP server and clients
run   librocksdb-dev           the event log of one machine
run   librdkafka-dev           the event log of many machines
run   libpqxx-dev              the read models' way into PostgreSQL
run   nlohmann-json3-dev       writes JSON and reads small documents
run   libsimdjson-dev          reads request bodies and events fast
run   libspdlog-dev            JSON logs
run   libfmt-dev               text formatting
run   libssl-dev               hashes, sealing, signatures
run   libargon2-dev            password hashing
run   libcurl4-openssl-dev     calls to the providers
run   prometheus-cpp-dev       /metrics
run   libmimalloc-dev          the allocator: memory allocated here is freed by another thread
run   libcli11-dev             the command line
run   doctest-dev              the C++ tests
run   postgresql-15            the read models
run   python3                  drives the sample trading day and the service tests
run   curl                     asks a starting server whether it is ready
run   ca-certificates          trust for outgoing TLS
run   util-linux               runuser, flock, setsid, setpriv
run   procps                   looks at processes this project started
kafka openjdk-17-jre-headless  runs Apache Kafka, and Maven
kafka maven                    fetches Apache Kafka
kafka kcat                     writes and reads records from outside
kafka iproute2                 a network for each node, which ops/chaos cuts
kafka python3-confluent-kafka  the example of an integration
kafka python3-yaml             reads asyncapi.yaml in its test
test  clang-19                 second compiler: sanitizers and fuzzing
test  libclang-rt-19-dev       the sanitizers' run-time
test  clang-tidy-19            static checks
test  clang-format-19          layout check
test  wrk                      load for ops/bench
test  jq                       reads JSON lines of ops/bench
LIST
}

# missing_packages GROUP: names not installed yet; each group includes run, test all of them.
missing_packages() {
    local wanted
    wanted=$(packages | awk -v group="$1" \
        '$1 == "run" || $1 == group || group == "test" { print $2 }')
    # shellcheck disable=SC2086  # One word per package is meant.
    comm -23 <(sort <<<"$wanted") \
        <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
            awk '$1 == "installed" { print $2 }' | sort)
}

# as_root COMMAND…: directly for root, else through sudo.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# without_main_cluster COMMAND…: Debian's PostgreSQL package makes and starts a cluster of its own,
# which nobody asked for here. A drop-in says no while COMMAND runs, and then goes again, also when
# COMMAND is interrupted.
without_main_cluster() (
    folder=/etc/postgresql-common/createcluster.d
    drop_in=$folder/pakashop-install.conf
    trap 'as_root rm -f "$drop_in"' EXIT
    as_root mkdir -p "$folder"
    echo 'create_main_cluster = false' | as_root tee "$drop_in" >/dev/null
    "$@"
)

# install_packages NAME…: one apt run, nothing recommended, no questions.
install_packages() {
    as_root apt-get update -qq || return
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >&2
}

# ensure_packages GROUP: installs what is missing; does not touch apt when nothing is.
ensure_packages() {
    command -v dpkg-query >/dev/null || die "this is not Debian or a system like it" \
        "install what $ROOT/ops/lib/packages.sh lists by your own means, or use Debian 12"
    local missing
    mapfile -t missing < <(missing_packages "$1")
    ((${#missing[@]} > 0)) || return 0
    ((EUID == 0)) || command -v sudo >/dev/null || die "packages are missing: ${missing[*]}" \
        "run as root, or: apt-get install ${missing[*]}"
    say "installing ${#missing[@]} packages: ${missing[*]}"
    without_main_cluster install_packages "${missing[@]}" || die \
        "apt could not install: ${missing[*]}" "read its message above; is the network there?"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    ! help_asked "$0" "$@" || exit 0
    [[ $# -le 1 && ${1:-test} =~ ^(run|kafka|test)$ ]] ||
        die "no such group: $*" "ops/lib/packages.sh --help" 64
    ensure_packages "${1:-test}"
fi
