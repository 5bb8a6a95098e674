#!/usr/bin/env bash
# A private PostgreSQL 15 cluster in a directory of ours: fsync on, reachable over a unix socket by
# its owner and over loopback by role pakashop (SCRAM). Root gives it to user postgres.
#
#   ops/lib/postgres.sh start|stop|crash|status|reset|drop|url DIR
#
# start makes it if need be and prints the URL; stop ends it in order; crash stops it as a power cut
# would; reset drops the database and makes an empty one; drop removes the whole cluster; url prints
# what DATABASE_URL should be. DIR that user postgres cannot reach is replaced, see pg_home.
set -euo pipefail
# shellcheck source=ops/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}

# as_postgres COMMAND…: the cluster's owner: user postgres under root, else whoever calls.
as_postgres() {
    if ((EUID == 0)); then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

# pg_home DIR: where the cluster of DIR really lives. Parents that user postgres may not traverse
# (a checkout under /root) move it below /var/lib, under a name made from DIR.
pg_home() {
    local dir
    dir=$(realpath -m "$1")
    mkdir -p "$(dirname "$dir")"
    if as_postgres test -x "$(dirname "$dir")"; then
        echo "$dir"
    else
        echo "/var/lib/pakashop-postgres-$(short_hash "$dir")"
    fi
}

# pg_running HOME: true when its server is up.
pg_running() { as_postgres "$PG_BIN/pg_ctl" -D "$1/data" status >/dev/null 2>&1; }

# pg_make HOME: an empty cluster with its password, and who may come in. It is made beside its place
# and moved there whole, so that an interruption leaves nothing that looks like a cluster.
pg_make() {
    local home=$1 new=$1/data.new owner
    owner=$(as_postgres id -un)
    rm -rf "${new:?}"
    if ((EUID == 0)); then
        install -d -o postgres -g postgres -m 0700 "$home" "$home/socket"
    else
        install -d -m 0700 "$home" "$home/socket"
    fi
    as_postgres "$PG_BIN/initdb" -D "$new" --username=postgres --encoding=UTF8 --locale=C \
        --auth-local=peer --auth-host=scram-sha-256 >"$home/initdb.log" 2>&1 ||
        die "initdb failed" "read $home/initdb.log"
    (umask 077 && head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$home/password")
    as_postgres tee "$new/pg_hba.conf" >/dev/null <<'HBA'
local all      postgres              peer map=owner
host  pakashop pakashop 127.0.0.0/8 scram-sha-256
HBA
    as_postgres tee "$new/pg_ident.conf" >/dev/null <<<"owner $owner postgres"
    as_postgres tee -a "$new/postgresql.conf" >/dev/null <<<"include 'pakashop.conf'"
    mv -T "$new" "$home/data" || die "$home/data is in the way" "move it elsewhere"
}

# pg_settings HOME PORT: what a read model needs. Durability stays whole (fsync, synchronous
# commit), because a checkpoint in here is also a witness of the log.
pg_settings() {
    cat <<CONF
listen_addresses = '127.0.0.1'
port = $2
unix_socket_directories = '$1/socket'
max_connections = 80
shared_buffers = 256MB
work_mem = 16MB
fsync = on
synchronous_commit = on
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = lz4
jit = off
timezone = 'UTC'
log_min_duration_statement = 1000
CONF
}

# pg_port HOME: the port it had, or a free one; kept, so that a running server finds it again.
pg_port() {
    local port
    port=$(cat "$1/port" 2>/dev/null || free_port)
    port_is_free "$port" || port=$(free_port)
    echo "$port" | tee "$1/port"
}

# pg_query HOME SQL: as its owner, over the socket.
pg_query() {
    as_postgres psql -X -q -v ON_ERROR_STOP=1 -h "$1/socket" -p "$(cat "$1/port")" -U postgres \
        -d postgres -Atc "$2"
}

# pg_database HOME: the role and the database pakashop, made when absent.
pg_database() {
    local home=$1
    [[ -n $(pg_query "$home" "SELECT 1 FROM pg_roles WHERE rolname = 'pakashop'") ]] ||
        pg_query "$home" "CREATE ROLE pakashop LOGIN PASSWORD '$(cat "$home/password")'"
    [[ -n $(pg_query "$home" "SELECT 1 FROM pg_database WHERE datname = 'pakashop'") ]] ||
        pg_query "$home" "CREATE DATABASE pakashop OWNER pakashop"
}

# pg_start DIR: a running cluster with its database.
pg_start() {
    local home socket
    home=$(pg_home "$1")
    [[ $home == "$(realpath -m "$1")" ]] ||
        say "user postgres cannot reach $1; the cluster lives in $home"
    socket=$home/socket/.s.PGSQL.65535
    ((${#socket} < 107)) || die "$home is too long for a unix socket" "choose a shorter path"
    [[ -x $PG_BIN/initdb ]] || die "PostgreSQL 15 is not installed" "ops/lib/packages.sh run"
    [[ -s $home/data/PG_VERSION ]] || pg_make "$home"
    if ! pg_running "$home"; then
        pg_settings "$home" "$(pg_port "$home")" | as_postgres tee "$home/data/pakashop.conf" \
            >/dev/null
        as_postgres "$PG_BIN/pg_ctl" -D "$home/data" -l "$home/server.log" -w -t 60 start \
            >/dev/null || die "PostgreSQL did not start" "read $home/server.log"
    fi
    pg_database "$home"
    pg_url "$1"
}

# pg_stop DIR [MODE]: does nothing when it is not running.
pg_stop() {
    local home
    home=$(pg_home "$1")
    ! pg_running "$home" ||
        as_postgres "$PG_BIN/pg_ctl" -D "$home/data" -w -m "${2:-fast}" stop >/dev/null
}

# pg_reset DIR: an empty database in place of the old one, connections and all.
pg_reset() {
    local home
    home=$(pg_home "$1")
    pg_query "$home" "DROP DATABASE IF EXISTS pakashop WITH (FORCE)"
    pg_database "$home"
}

# pg_drop DIR: stops it and removes what pg_make made, and nothing that it did not make.
pg_drop() {
    local home
    home=$(pg_home "$1")
    [[ -s $home/data/PG_VERSION || -e $home/data.new ]] || return 0
    pg_stop "$1" immediate
    rm -rf "${home:?}/data" "$home/data.new" "$home/socket"
    rm -f "$home/port" "$home/password" "$home/server.log" "$home/initdb.log"
    rmdir "$home"
}

# pg_url DIR: for DATABASE_URL.
pg_url() {
    local home
    home=$(pg_home "$1")
    echo "postgresql://pakashop:$(cat "$home/password")@127.0.0.1:$(cat "$home/port")/pakashop"
}

# pg_status DIR: running or stopped, and where.
pg_status() {
    local home
    home=$(pg_home "$1")
    if pg_running "$home"; then echo "running $home $(cat "$home/port")"; else
        echo "stopped $home"
        return 3
    fi
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    ! help_asked "$0" "$@" || exit 0
    [[ $# -eq 2 ]] || die "usage: postgres.sh start|stop|crash|status|reset|drop|url DIR" "" 64
    case $1 in
        start | stop | status | reset | drop | url) "pg_$1" "$2" ;;
        crash) pg_stop "$2" immediate ;;
        *) die "no such order: $1" "start, stop, crash, status, reset, drop or url" 64 ;;
    esac
fi
