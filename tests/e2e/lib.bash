# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # what tests use is set here
# What the end-to-end tests share: a network of real daemons in a directory of its own, and waiting with a bound.
# COMITY_BIN: the programs; COMITY_TOP: the sources. Both are set by `make test`.
COMITY_TOP=${COMITY_TOP:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
COMITY_BIN=${COMITY_BIN:-$COMITY_TOP/build/debug/bin}
COMITY_TOOLS=$COMITY_BIN/../tests/e2e
COMITY_REQUEST=$COMITY_TOP/examples/preservation.json
export COMITY_TOP COMITY_BIN COMITY_REQUEST
PATH=$COMITY_BIN:$PATH

# A quarantine of freed memory below what a test of a peak allows.
export ASAN_OPTIONS=${ASAN_OPTIONS:-quarantine_size_mb=16}
WAIT_MS=${COMITY_WAIT_MS:-30000} # how long anything may take; sanitizers and busy machines are slow

now_ms() {
    local s=${EPOCHREALTIME/[.,]/}
    echo "$((s / 1000))"
}

# wait_until COMMAND [WORD]...: true as soon as the command is, false after WAIT_MS.
wait_until() {
    local end=$(($(now_ms) + WAIT_MS))
    until "$@" >/dev/null 2>&1; do
        if [ "$(now_ms)" -gt "$end" ]; then
            echo "not within $WAIT_MS ms: $*"
            return 1
        fi
        sleep 0.02
    done
}

# net_new STATE,STATE... [OPTION]...: makes a network in $NET; of States, or of parties (XA/poc). The path is short, for a Unix socket's is at most 107 bytes.
net_new() {
    NET_TOP=$(mktemp -d /tmp/c.XXXXXX)
    NET=$NET_TOP/n
    # A range of ports for each test file, from the number of the process that runs it: files run side by side.
    local port=$((10000 + ($$ * 7 + BATS_TEST_NUMBER * 131) % 20000))
    while (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        port=$((port + 1))
    done
    local by=--states
    if [[ $1 == */* ]]; then by=--parties; fi
    comity network new "$NET" "$by" "$1" --port "$port" "${@:2}" >/dev/null
    PORT=$port
}

# pid_of NAME: the process that runs the daemon of that directory; nothing when none does.
pid_of() {
    local kind=node pid=
    [ "$1" = broker ] && kind=broker
    [ -r "$NET/$1/$kind.lock" ] && read -r pid <"$NET/$1/$kind.lock"
    [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "-C $NET/$1 " && echo "$pid"
}

is_running() { [ -n "$(pid_of "$1")" ]; }
is_gone() { ! is_running "$1"; }

api() { curl -s --fail-with-body --max-time 10 --unix-socket "$NET/$1/node.sock" "http://localhost/v1/$2"; }

serves() {
    if [ "$1" = broker ]; then
        local pid
        pid=$(pid_of broker) && [ "$(cat "$NET/broker/ready" 2>/dev/null)" = "$pid" ]
    else
        api "$1" status
    fi
}
is_connected() { api "$1" status | jq -e .connected; }
is_not_connected() { api "$1" status | jq -e '.connected | not'; }

# run_daemon NAME: in the background, with its log; does not wait.
run_daemon() {
    local program=comity-node
    [ "$1" = broker ] && program=comity-broker
    "$COMITY_BIN/$program" -C "$NET/$1" </dev/null >/dev/null 2>>"$NET/$1/log" 3>&- &
    disown
}

# start NAME...: runs each and waits until it serves.
start() {
    local name
    for name in "$@"; do
        run_daemon "$name"
    done
    for name in "$@"; do
        wait_until serves "$name"
    done
}

# stop NAME...: SIGTERM, and waits until it is gone; kill_hard the same without asking.
end_with() {
    local signal=$1 name pid
    shift
    for name in "$@"; do
        pid=$(pid_of "$name" || true)
        [ -z "$pid" ] || kill "-$signal" "$pid" 2>/dev/null || true # it may end by itself just now
    done
    for name in "$@"; do
        wait_until is_gone "$name"
    done
}
stop() { end_with TERM "$@"; }
kill_hard() { end_with KILL "$@"; }

# exercise_clock CLOCK: the line of that key in every configuration, for the next start.
exercise_clock() {
    local file
    for file in "$NET"/*/broker.conf "$NET"/*/node.conf; do
        sed -i '/^exercise_clock/d' "$file"
        echo "exercise_clock = $1" >>"$file"
    done
}

# net_up: everybody runs and every node is connected.
net_up() {
    local name names
    mapfile -t names < <(nodes)
    start broker "${names[@]}"
    for name in $(nodes); do
        wait_until is_connected "$name"
    done
}

nodes() { (cd "$NET" && ls -d [A-Z][A-Z]-*); }

# Ends what this test started, and nothing else; tells what the daemons said when the test failed.
net_down() {
    local name names
    [ -n "${NET_TOP:-}" ] || return 0
    if [ -d "$NET" ]; then
        mapfile -t names < <(nodes)
        for name in broker "${names[@]}"; do
            if [ -z "${BATS_TEST_COMPLETED:-}" ] && [ -s "$NET/$name/log" ]; then
                echo "--- $name"
                tail -n 15 "$NET/$name/log"
            fi
        done
        kill_hard broker "${names[@]}" || true
    fi
    [ -z "${MOUNTED:-}" ] || umount "$MOUNTED"
    rm -rf "$NET_TOP"
}

# as NAME COMMAND...: comity of that node.
as() {
    local name=$1
    shift
    comity -C "$NET/$name" "$@"
}

peer() { timeout 60 "$COMITY_TOOLS/peer" "$NET" "$@"; }

# log_has NAME REGEX [COUNT]: at least so many lines (1).
log_has() { [ "$(grep -cE -- "$2" "$NET/$1/log" 2>/dev/null)" -ge "${3:-1}" ]; }

# example NAME: that example as of today: its dates moved on by the days that passed since they were written, and those told from now
# written out.
example() {
    jq 'def days: ([now - 1795132800, 0] | max) / 86400 | floor;
        walk(if type == "string" and test("^202[67]-[0-9]{2}-[0-9]{2}(T|$)")
             then (.[0:10] | strptime("%Y-%m-%d") | mktime + days * 86400 | strftime("%Y-%m-%d")) + .[10:]
             elif type == "string" and test("^[+][0-9]+[hd]$")
             then (now | floor) + (.[1:-1] | tonumber) * (if endswith("h") then 3600 else 86400 end) | todate else . end)' \
        "$COMITY_TOP/examples/$1.json"
}

# request_to FILE REFERENCE [JQ-FILTER]: the example request with another reference, changed as the filter says.
request_to() { jq --arg reference "$2" ".reference = \$reference | ${3:-.}" "$COMITY_REQUEST" >"$1"; }

# case_of NODE REFERENCE: the case as that node holds it.
case_of() { api "$1" "cases/$2"; }
state_is() { [ "$(case_of "$1" "$2" | jq -r .state)" = "$3" ]; }
cases_of() { api "$1" 'inbox?all=1' | jq '.cases | length'; }
cases_are() { [ "$(cases_of "$1")" -eq "$2" ]; }

# roster_next VERSION JQ-FILTER SIGNER...: version VERSION in $NET/next/VERSION, made from the one before it and signed with
# the stock minisign program by those roots ("root-1"); "legacy:root-1" signs in the old way, "twice:root-1" gives two files.
roster_next() {
    local version=$1 filter=$2 before signer name
    shift 2
    before=$NET/next/$((version - 1))
    [ -d "$before" ] || before=$NET/roster/$((version - 1))
    rm -rf "$NET/next/$version"
    mkdir -p "$NET/next/$version"
    local file=$NET/next/$version/roster.json network
    network=$(b2sum -l 256 <"$NET/roster/1/roster.json" | cut -d' ' -f1)
    jq -S --indent 2 --arg network "$network" --arg previous "$(b2sum -l 256 <"$before/roster.json" | cut -d' ' -f1)" \
        --argjson version "$version" \
        ".network = \$network | .previous = \$previous | .version = \$version | $filter" \
        "$before/roster.json" >"$file"
    for signer in "$@"; do
        name=${signer#*:}
        case $signer in
            legacy:*) roster_sign "$file" "$name" "$name" -l ;;
            twice:*)
                roster_sign "$file" "$name" "$name"
                roster_sign "$file" "$name" "$name-again"
                ;;
            *) roster_sign "$file" "$name" "$name" ;;
        esac
    done
}
roster_sign() {
    minisign -S "${@:4}" -s "$NET/roots/$2.key" -m "$1" -x "$1.$3.minisig" -t "comity roster" >/dev/null 2>&1 </dev/null
}
# give_roster NAME VERSION [AS]: puts it where the daemon of NAME looks, as version AS, and tells it to look.
give_roster() {
    rm -rf "${NET:?}/$1/roster/${3:-$2}"
    cp -r "$NET/next/$2" "$NET/$1/roster/${3:-$2}"
    kill -HUP "$(pid_of "$1")"
}
