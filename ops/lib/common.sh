#!/usr/bin/env bash
# Words and small tools every script of this folder shares. To be sourced.

# ROOT is the top of the source tree, whatever the caller's working directory, and however they came
# there: the kernel names the programs of running processes by this path.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export ROOT

# say TEXT: one line of progress, on standard error so that output stays for results.
say() { printf '· %s\n' "$*" >&2; }

# die WHAT REMEDY [CODE]: stops with what happened and what to do about it.
die() {
    printf 'problem: %s\n' "$1" >&2
    [[ -z ${2:-} ]] || printf '  what to do: %s\n' "$2" >&2
    exit "${3:-69}"
}

# help_asked SCRIPT ARGUMENT…: when an ARGUMENT is -h or --help, prints the head of SCRIPT.
help_asked() {
    local script=$1 word
    shift
    for word in "$@"; do
        [[ $word == -h || $word == --help ]] || continue
        sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$script"
        return 0
    done
    return 1
}

# is_port TEXT: true for a number that a server can listen on.
is_port() { [[ $1 =~ ^[0-9]{1,5}$ ]] && ((10#$1 > 0 && 10#$1 < 65536)); }

# free_port: a loopback port nobody listens on, outside the range that outgoing connections get: one
# that tries again and again to reach a dead server could be given the server's own port.
free_port() {
    PYTHONPATH=$ROOT/ops python3 -c 'from day.ports import free_port; print(free_port())'
}

# port_is_free PORT: true when nobody listens on that loopback port.
port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# short_hash TEXT: eight hex digits that name TEXT in a path.
short_hash() { printf '%s' "$1" | sha256sum | cut -c1-8; }
