#!/usr/bin/env bash
# Starting, watching and ending the long-running programs of ops/run and ops/bench. To be sourced
# after common.sh.
# Each program has a log RUN/NAME.log and, while it lives, RUN/NAME.pid.

# wait_for_http NAME URL SECONDS LOG: until URL answers 2xx; says why not otherwise.
wait_for_http() {
    local name=$1 url=$2 seconds=$3 log=$4 deadline
    deadline=$((SECONDS + seconds))
    until curl -fsS -o /dev/null --max-time 2 "$url" 2>/dev/null; do
        if ((SECONDS >= deadline)); then
            tail -n 5 "$log" >&2 || true
            die "$name did not answer on $url within $seconds s" "read $log"
        fi
        sleep 0.1
    done
}

# is_ours PID: true when that process is one of the programs built from this tree.
is_ours() {
    [[ -n $1 && $(readlink "/proc/$1/exe" 2>/dev/null) == "$ROOT"/build/*/pakashop* ]]
}

# is_alive PID: false too for one that has ended and waits for its parent to look.
is_alive() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    [[ ${stat##*) } != [ZX]* ]]
}

# end_process PID: asks it to finish, insists after ten seconds, gives up after another ten.
end_process() {
    local pid=$1 tries
    kill -TERM "$pid" 2>/dev/null || return 0
    for ((tries = 0; tries < 200; ++tries)); do
        is_alive "$pid" || return 0
        ((tries < 100)) || kill -KILL "$pid" 2>/dev/null || true
        sleep 0.1
    done
    say "process $pid does not end"
}

# claim FOLDER NAME: one NAME at a time works in FOLDER, as long as this script lives: what it leaves
# running must be started with 9>&-, or it holds the lock for ever.
claim() {
    mkdir -p "$1"
    exec 9>"$1/lock"
    flock -n 9 ||
        die "another $2 is at work in ${1#"$ROOT/"}/" "end it with Ctrl-C, then try again" 75
}

# end_leftovers RUN: ends supervisors and programs of an earlier run that was killed itself.
end_leftovers() {
    local file pid
    for file in "$1"/*.supervisor "$1"/*.pid; do
        [[ -s $file ]] || continue
        pid=$(<"$file")
        if is_ours "$pid" || grep -qzE 'ops/(run|bench)$' "/proc/$pid/cmdline" 2>/dev/null; then
            say "ending process $pid, left over from an earlier run"
            end_process "$pid"
        fi
        rm -f "$file"
    done
}

# supervise RUN NAME COMMAND…: keeps COMMAND running in the background. Killed from outside it is
# started again, as a service manager would; an exit of its own (78: refuses to start) is final.
# Neither of the two holds the lock of `claim`.
supervise() {
    local run=$1 name=$2
    shift 2
    (
        trap 'touch "$run/$name.ending"; end_process "$(cat "$run/$name.pid")"; exit 0' TERM
        trap '' INT
        rm -f "$run/$name.ending"
        while true; do
            setsid "$@" >>"$run/$name.log" 2>&1 &
            echo $! >"$run/$name.pid"
            status=0
            wait $! || status=$?
            [[ ! -e $run/$name.ending ]] || exit 0
            ((status > 128)) || break
            say "$name was killed (signal $((status - 128))); starting it again"
            sleep 0.2
        done
        say "$name ended with exit code $status; the end of $run/$name.log:"
        tail -n 5 "$run/$name.log" >&2
        exit "$status"
    ) 9>&- &
    echo $! >"$run/$name.supervisor"
}

# end_supervised RUN NAME: ends the program and its supervisor, in that order.
end_supervised() {
    local supervisor
    [[ -s $1/$2.supervisor ]] || return 0
    supervisor=$(<"$1/$2.supervisor")
    kill -TERM "$supervisor" 2>/dev/null || true
    wait "$supervisor" 2>/dev/null || true
    rm -f "$1/$2.supervisor" "$1/$2.pid" "$1/$2.ending"
}
