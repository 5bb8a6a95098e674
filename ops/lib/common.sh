#!/usr/bin/env bash
# Words and small tools every script of this folder shares. To be sourced.

# ROOT is the top of the source tree, whatever the caller's working directory.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export ROOT

# say TEXT: one line of progress, on standard error so that output stays for results.
say() { printf '· %s\n' "$*" >&2; }

# die WHAT REMEDY [CODE]: stops with what happened and what to do about it.
die() {
    printf 'problem: %s\n' "$1" >&2
    [[ -z ${2:-} ]] || printf '  what to do: %s\n' "$2" >&2
    exit "${3:-69}"
}

# free_port: a loopback port nobody listens on at this moment.
free_port() {
    python3 -c 'import socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])'
}

# port_is_free PORT: true when nobody listens on that loopback port.
port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# short_hash TEXT: eight hex digits that name TEXT in a path.
short_hash() { printf '%s' "$1" | sha256sum | cut -c1-8; }
