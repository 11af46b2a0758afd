#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; bats sets status, output, stderr
# comity drill rehearse: the scenario that a world plays, on daemons, which all have ended whatever happened.
load lib
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || exit 1
    TMPDIR=$(mktemp -d /tmp/r.XXXXXX)
    export TMPDIR
    NET=$TMPDIR/net
}
teardown() { rm -rf "$TMPDIR"; }

# scenario LENGTH [LINE]...: two States with a desk each; the lines are put behind it.
scenario() {
    cat <<EOS
scenario: 1
title: Small
summary: A hold and a question
teaches: That daemons do what a world does
classification: TLP:CLEAR
clock: {start: 2026-01-05T08:00:00Z, length: $1, compression: 1440${JUMPS:+, jumps: $JUMPS}}
seed: 3
links: {latency: 90ms, loss: 50 %}
times: {quick: {p0: 5m, p50: 20m, p100: 1h}, custodian: {p0: 1h, p50: 2h, p100: 4h}}
desks: {d: {hours: 24/7, people: 1}}
habits: {h: {power: own, times: {look: quick, ack: quick, decide: quick, order: quick, answer: quick}}}
states:
  - {code: XA, name: A, zone: UTC, units: [{name: poc, desk: d, habits: h, phone: +99 555 0001}]}
  - {code: XB, name: B, zone: UTC, units: [{name: poc, desk: d, habits: h, phone: +99 555 0002}]}
providers:
  - name: Host
    state: XB
    custodian: custodian
    data: [{label: logs, kind: TRAFFIC, identifier: {kind: IP_ADDRESS, value: 203.0.113.77}}]
injects:
  - {id: hold, at: 2026-01-05T08:10:00Z, kind: request, from: XA/poc, to: XB/poc, type: preservation, class: urgent, data: [logs], hold_days: 90}
EOS
    printf '%s\n' "${@:2}"
}

# left: every process of the network in $NET has ended, and nothing else is left.
left() {
    run ! pgrep -f -- "-C $TMPDIR/"
    [ -z "$(find "$TMPDIR" -mindepth 1 -maxdepth 1 ! -path "$NET")" ]
}
event() { jq -e --arg id "$2" --arg event "$3" '.injects[] | select(.id == $id).events[$event]' "$1"; }

# near A B: two moments are within ten minutes of the drill, which are less than half a second of the machine's.
near() {
    local apart=$(($1 - $2))
    [ ${apart#-} -le 600000 ] || { echo "$1 and $2 are apart"; false; }
}

@test "daemons play what the world plays, and the report says how" {
    scenario 5h >small.yaml
    comity drill run small.yaml --json >world.json
    timeout 100 comity drill rehearse small.yaml --json --out out >daemons.json
    for event in delivered opened acknowledged ordered held; do
        near "$(event world.json hold $event)" "$(event daemons.json hold $event)"
    done
    [ "$(jq .troubles daemons.json)" = 0 ]
    jq -e '.way == "rehearsal" and (.exercise | length) == 32 and .clock.compression == 1440' out/report.json
    grep -q ',XA-hold,hold,sealed,HELD,' out/events.csv
    [ -s out/report.html ]
    [ ! -e "$NET" ] && left
}

@test "daemons are killed, cut off, put wrong, revoked, restored, and sleep for weeks; what was asked is answered" {
    JUMPS='[{at: 2026-01-05T17:00:00Z, to: day 60 12:00 XA}]' scenario '59d 9h' \
        '  - {id: ask, at: 2026-01-05T12:10:00Z, kind: request, from: XA/poc, to: XB/poc, type: legal-info, class: urgent}' \
        '  - {id: late, at: day 60 12:10 XA, kind: request, from: XA/poc, to: XB/poc, type: legal-info, class: urgent}' \
        'faults:' \
        '  - {id: dark, kind: node-down, at: 2026-01-05T09:00:00Z, lasts: 1h, where: [XB/poc]}' \
        '  - {id: hub, kind: broker-down, at: 2026-01-05T11:00:00Z, lasts: 20m}' \
        '  - {id: cut, kind: partition, at: 2026-01-05T12:00:00Z, lasts: 90m, where: [XB/poc]}' \
        '  - {id: fast, kind: clock-off, at: 2026-01-05T15:00:00Z, lasts: 20m, where: [XA/poc], off: 10m, side: ahead}' \
        '  - {id: key, kind: revoked-key, at: 2026-01-05T15:30:00Z, where: [XB/poc]}' \
        '  - {id: old, kind: restored, at: 2026-01-05T16:00:00Z, where: [XB/poc], off: 1h}' >faults.yaml
    timeout 200 comity drill rehearse faults.yaml --json --out out --dir "$NET" >faults.json
    event faults.json hold held
    event faults.json late answered
    [ "$(event faults.json ask delivered)" -ge "$(date -d 2026-01-05T13:30:00Z +%s000)" ] # not through a cut line
    event faults.json ask answered
    [ "$(jq .troubles faults.json)" = 0 ]
    [ "$(jq '.faults | length' out/report.json)" = 6 ]
    [ "$(grep -c event=node.ready "$NET/XB-poc/log")" = 6 ] # first, dark, cut, no more, restored, awake
    [ -d "$NET/XA-poc/roster/2" ]
    left
}

@test "whatever ends it, every process has ended and the folder is gone" {
    scenario 2d >small.yaml
    for signal in INT TERM HUP; do
        comity drill rehearse small.yaml --json >out.json 2>err.txt 3>&- &
        local pid=$!
        started() { [ "$(find "$TMPDIR" -name node.sock | wc -l)" = 2 ]; }
        wait_until started
        kill -s "$signal" "$pid"
        local code=0
        wait "$pid" || code=$?
        [ "$code" = 1 ]
        jq -e '.error | contains("interrupted")' out.json
        left
    done
}

@test "a daemon that ends by itself is started again, and that is told" {
    scenario 5h >small.yaml
    comity drill rehearse small.yaml --json --dir "$NET" >out.json 3>&- &
    local pid=$!
    began() { api XB-poc status >status.json && jq -e '.now > "2026-01-05T08:00:30"' status.json; } # everybody has come up
    wait_until began
    local node
    node=$(pid_of XB-poc)
    kill -9 "$node"
    again() { local now && now=$(pid_of XB-poc) && [ "$now" != "$node" ]; }
    wait_until again
    wait "$pid"
    [ "$(jq .troubles out.json)" = 1 ]
    jq -e '.trouble | contains("ended by itself")' out.json
    event out.json hold held
    left
}

@test "what daemons cannot be given is refused before anything is started" {
    refuses() { # TEXT SCENARIO-LINE...
        scenario 5h "${@:2}" >wrong.yaml
        run --separate-stderr comity drill rehearse wrong.yaml
        echo "$stderr"
        [ "$status" = 1 ] && [ -z "$output" ] && [[ $stderr == *"$1"* ]]
        left && [ ! -e "$NET" ]
    }
    refuses 'fault slow (slow-link): lines between daemons of one machine cannot be made slow' \
        'faults: [{id: slow, kind: slow-link, at: 2026-01-05T09:00:00Z, where: [XB/poc], latency: 5s}]'
    refuses 'inject fake: an attacker who holds a key needs a line of his own' \
        '  - {id: fake, at: 2026-01-05T09:00:00Z, kind: request, from: XA/poc, to: XB/poc, type: legal-info, forged: link-key}'
    scenario 5h >small.yaml
    run --separate-stderr comity drill rehearse small.yaml --set clock.compression=1441
    [ "$status" = 1 ] && [[ $stderr == *"at most 1440 times as fast"* ]]
    mkdir "$NET" && touch "$NET/something"
    run --separate-stderr comity drill rehearse small.yaml --dir "$NET"
    [ "$status" = 1 ] && [[ $stderr == *"is there and not empty"* ]]
    rm -r "$NET" && left
}

none_runs() { ! pgrep -f -- "-C $TMPDIR/"; }

# killed: a rehearsal that was killed when all its daemons served, one of which stands still; its folder in $FOLDER.
killed() {
    scenario 2d >small.yaml
    comity drill rehearse small.yaml >out.txt 2>err.txt 3>&- &
    local pid=$!
    all_serve() { [ "$(find "$TMPDIR" -name node.sock | wc -l)" = 2 ] && [ "$(pgrep -c -f -- "-C $TMPDIR/")" = 3 ]; }
    wait_until all_serve
    FOLDER=$(dirname "$(find "$TMPDIR" -name broker.conf -printf '%h')")
    kill -STOP "$(head -n 1 "$FOLDER/XB-poc/node.lock")"
    kill -9 "$pid"
    wait "$pid" || true
}

@test "a rehearsal that is killed takes every daemon with it, also one that stands still" {
    killed
    wait_until none_runs
    [ -e "$FOLDER/broker/broker.conf" ] # nobody was there to remove it
}

@test "a network that was left over is told of, and how to end it; one that is in use is not" {
    killed
    scenario 5h >small.yaml
    wait_until none_runs
    run --separate-stderr timeout 100 comity drill rehearse small.yaml --out out
    [ "$status" = 0 ] && [[ $stderr == *"its network is left: rm -r $FOLDER"* ]]
    run --separate-stderr comity drill rehearse small.yaml --dir "$FOLDER"
    [ "$status" = 1 ] && [[ $stderr == *"$FOLDER: the network of a rehearsal is left there, and nothing of it runs"* ]]
    # Daemons that somebody started in it again.
    comity network up "$FOLDER" --detach >/dev/null
    run --separate-stderr comity drill rehearse small.yaml --dir "$FOLDER"
    [ "$status" = 1 ] && [[ $stderr == *"its daemons run; end them with comity network down DIR"* ]]
    run --separate-stderr comity drill rehearse small.yaml --set nothing=1 # refused later, but not before it has looked
    [[ $stderr == *"end them: comity network down $FOLDER"* ]]
    comity network down "$FOLDER" >/dev/null
    rm -r "$FOLDER"
    # While one runs.
    scenario 2d >long.yaml
    comity drill rehearse long.yaml >out.txt 2>err.txt 3>&- &
    local pid=$!
    in_use() { FOLDER=$(find "$TMPDIR" -name rehearsal.lock -printf '%h') && [ -n "$FOLDER" ]; }
    wait_until in_use
    run --separate-stderr comity drill rehearse small.yaml --set nothing=1
    [[ $stderr != *"killed"* ]]
    run --separate-stderr comity drill rehearse small.yaml --dir "$FOLDER"
    [ "$status" = 1 ] && [[ $stderr == *"a rehearsal runs in it"* ]]
    kill "$pid"
    wait "$pid" || true
    left
}
