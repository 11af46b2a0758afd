#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# comity drill live: an exercise over a network that works, beside what is real there, which it leaves as it was.
load lib
load letters
load live_net
bats_require_minimum_version 1.5.0

teardown() { net_down; }

# scenario [LINE]...: XA asks XB for data, and for more once that has come; XC is in it, too.
scenario() {
    cat >"$NET_TOP/drill.yaml" <<EOS
scenario: 1
title: A small live drill
summary: One hold
teaches: How long it takes
classification: TLP:CLEAR
parameters: {start: "$(date -u -d '-1 minute' +%Y-%m-%dT%H:%M:%SZ)"}
clock: {start: "\${start}", length: 2h}
seed: 3
times: {quick: {p0: 5m, p100: 1h}}
desks: {d: {hours: 24/7, people: 1}}
habits: {h: {power: own, times: {look: quick}}}
states:
  - {code: XA, name: A, zone: UTC, units: [{name: poc, desk: d, habits: h, players: [Officer 1]}]}
  - {code: XB, name: B, zone: UTC, units: [{name: poc, desk: d, habits: h, players: [Officer 2]}]}
providers:
  - name: Host
    state: XB
    custodian: quick
    data: [{label: logs, kind: TRAFFIC, identifier: {kind: IP_ADDRESS, value: 203.0.113.77}}]
injects:
  - {id: call, at: "\${start}", kind: phone, caller: XA/poc, to: XB/poc, script: "EXERCISE. A request follows."}
  - {id: hold, at: "\${start}", kind: request, from: XA/poc, to: XB/poc, type: preservation, class: urgent, data: [logs], hold_days: 90}
  - {id: more, after: {event: delivered, of: hold}, kind: request, from: XA/poc, to: XB/poc, type: legal-info}
  - {id: later, manual: yes, kind: mail, to: XA/poc, script: Somebody decides}
expect:
  - {id: quick, who: XB/poc, what: acknowledged, of: hold, by: 60m}
EOS
}
# real NODE: all of its store that is real, as it stands on the disk.
real() {
    rm -rf "$NET_TOP/copy" && mkdir "$NET_TOP/copy" && cp "$NET/$1"/node.db* "$NET_TOP/copy" # the node has it locked
    python3 - "$NET_TOP/copy/node.db" <<'EOS'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
real = "(SELECT case_id FROM case_file WHERE exercise IS NULL)"
for table in ("case_file", "letter", "taken", "note", "watch", "alarm", "hold_order_item", "fingerprint", "stat_event", "case_line"):
    for row in db.execute(f"SELECT * FROM {table} WHERE case_id IN {real} ORDER BY 1, 2, 3"):
        print(table, row)
for row in db.execute("SELECT * FROM hold_order ORDER BY 1"):
    print("hold_order", row)
EOS
}
# What real work shows: every case as exported, the inbox without exercises, the statistics of what has ended.
shown() {
    local case
    for case in $(api "$1" 'inbox?all=1' | jq -r '.cases[].case'); do
        api "$1" "cases/$case/export" | jq -S 'del(.at, .exported, .now)'
    done
    api "$1" 'inbox?all=1' | jq -S '.cases'
    api "$1" stats | jq -S '[.. | objects | select(has("n")) | {n, done, missed, left}]'
}

@test "a live drill leaves every real case, hold and statistic as it was, and its own apart" {
    live_net
    one_hold REAL-1
    r REAL-1 ack && r REAL-1 ordered && r REAL-1 held
    one_hold REAL-2 # open
    scenario
    for node in XA-poc XB-poc; do
        real $node >"$NET_TOP/$node.real"
        shown $node >"$NET_TOP/$node.shown"
        live $node >"$NET_TOP/$node.joined"
    done
    jq -e '[.offers[].inject] == ["call", "hold"]' "$NET_TOP/XA-poc.joined" # its own, which are due
    jq -e '.offers == []' "$NET_TOP/XB-poc.joined"
    [ "$(jq -r .exercise "$NET_TOP/XA-poc.joined")" = "$(jq -r .exercise "$NET_TOP/XB-poc.joined")" ]
    drilled XA-hold preservation
    as XB-poc ack XA-hold --officer drill && as XB-poc ordered XA-hold --officer drill && as XB-poc held XA-hold --officer drill
    wait_until is_level XA-hold
    live XA-poc | jq -e '[.offers[].inject] == ["more"]' # what it waited for has come
    drill note XA-poc 'nobody knew the number' --by 'Officer 1' >/dev/null
    drill note XA-poc 'held at ten already' --case XA-hold --corrects 'held from' >/dev/null
    for node in XA-poc XB-poc; do
        drill end $node --out "$NET_TOP/$node.out" --json | jq -e '.stays | .cases == 1 and .letters >= 4'
        real $node | diff "$NET_TOP/$node.real" -
        shown $node | diff "$NET_TOP/$node.shown" -
    done
    jq -e '.way == "live" and (.cases.rows | length) == 1 and (.notes | length) == 2 and .notes[1].corrects == "held from"' "$NET_TOP/XA-poc.out/report.json"
    jq -e '[.injects[] | select(.id == "hold").state] == ["received"]' "$NET_TOP/XA-poc.out/report.json"
    jq -e '.expectations[0].result == "met"' "$NET_TOP/XB-poc.out/report.json"
    # Real work goes on where it was, the exercise does not.
    r REAL-2 ack
    run as XB-poc --json release XA-hold --officer drill
    [ "$status" = 1 ] && jq -e '.code == "EXERCISE"' <<<"$output"
}

@test "who joins is told with which key to sign, and warned where there is none for exercises" {
    live_net
    scenario
    live XA-poc | jq -e '.officers == ["drill"] and (has("warning") | not)'
    run --separate-stderr comity drill live "$NET_TOP/drill.yaml" --node "$NET/XA-poc/node.sock" --dir "$NET_TOP/XA-poc" --once
    [ "$status" = 0 ] && [ -z "$stderr" ] && [[ $output == *"comity -C $NET/XA-poc request FILE --to PARTY --officer drill"* ]]
    mv "$NET/XA-poc/officers/drill.key" "$NET_TOP/drill.key" # it is in the roster, and at another machine
    live XA-poc | jq -e '.officers == [] and (.warning | contains("no officer'"'"'s key for exercises is at this node"))'
    run --separate-stderr comity drill live "$NET_TOP/drill.yaml" --node "$NET/XA-poc/node.sock" --dir "$NET_TOP/XA-poc" --once
    [ "$status" = 0 ] && [[ $stderr == "WARNING: no officer's key"*REAL* && $output != *--officer* ]]
}

@test "who joins without a key for exercises in the roster is warned that letters are real" {
    net_new XA,XB,XC
    net_up
    scenario
    live XA-poc | jq -e '.officers == [] and (.warning | contains("the roster has no officer'"'"'s key for exercises of XA/poc"))'
    run --separate-stderr comity drill live "$NET_TOP/drill.yaml" --node "$NET/XA-poc/node.sock" --dir "$NET_TOP/XA-poc" --once
    [ "$status" = 0 ] && [[ $stderr == "WARNING: the roster has no officer's key"*REAL* ]]
}

@test "who has not joined refuses a letter of the exercise with a code; after its end so does who had" {
    live_net
    scenario
    live XA-poc >/dev/null
    example preservation | jq '.reference = "XA-hold"' >"$NET_TOP/hold.json"
    as XA-poc request "$NET_TOP/hold.json" --to XB/poc --officer drill >/dev/null
    refused() { log_has XB-poc 'event=envelope.refused.*EXERCISE'; }
    wait_until refused
    told() { as XA-poc why XA-hold | grep -q EXERCISE; }
    wait_until told
    [ "$(api XB-poc 'inbox?all=1' | jq '.cases + .exercises | length')" = 0 ]
}

# reminded NODE: how many dates of exercises it keeps an eye on.
reminded() {
    rm -rf "$NET_TOP/copy" && mkdir "$NET_TOP/copy" && cp "$NET/$1"/node.db* "$NET_TOP/copy"
    python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM watch WHERE case_id IN (SELECT case_id FROM case_file WHERE exercise IS NOT NULL)").fetchone()[0])' "$NET_TOP/copy/node.db"
}

@test "after its end its dates remind nobody, whatever still comes in; joined again they do" {
    live_net
    scenario
    live XA-poc >/dev/null && live XB-poc >/dev/null
    drilled XA-hold preservation
    as XB-poc ack XA-hold --officer drill
    wait_until is_level XA-hold
    [ "$(reminded XB-poc)" -gt 0 ]
    drill end XB-poc >/dev/null
    [ "$(reminded XB-poc)" = 0 ]
    as XA-poc show XA-hold --officer drill >/dev/null # who is still in it looks at the answer
    opened() { case_of XB-poc XA-hold | jq -e '[.. | .opened? // empty] | length > 1'; }
    wait_until opened
    [ "$(reminded XB-poc)" = 0 ]
    rm -r "$NET_TOP/XB-poc"
    run comity drill live "$NET_TOP/drill.yaml" --node "$NET_TOP/nobody.sock"
    [ "$status" = 3 ] && [[ $output == *"nobody.sock; start it, or name the socket"* ]]
    live XB-poc >/dev/null
    [ "$(reminded XB-poc)" -gt 0 ]
}

@test "a live letter never has a key for exercises, nor one of an exercise another" {
    live_net
    one_hold REAL-1
    run as XB-poc --json ack REAL-1 --officer drill
    [ "$status" = 1 ] && jq -e '.code == "OFFICER"' <<<"$output" # joined or not
    run as XA-poc --json request "$NET_TOP/REAL-1.json" --to XC/poc --officer drill
    [ "$status" = 1 ] && jq -e '.code == "OFFICER"' <<<"$output"
    scenario
    live XA-poc >/dev/null && live XB-poc >/dev/null
    run as XB-poc --json ack REAL-1 --officer drill
    [ "$status" = 1 ] && jq -e '.code == "OFFICER"' <<<"$output"
    drilled XA-hold preservation
    run as XB-poc --json ack XA-hold
    [ "$status" = 1 ] && jq -e '.code == "OFFICER"' <<<"$output"
    one_hold REAL-2 # and a real one begins as ever
    case_of XB-poc REAL-2 | jq -e '.exercise == null'
    case_of XB-poc XA-hold | jq -e --arg id "$(api XB-poc status | jq -r .exercise)" '.exercise == $id'
    r REAL-2 ack
}

@test "everything of it that is shown or exported says EXERCISE" {
    live_net
    scenario
    live XA-poc >/dev/null && live XB-poc >/dev/null
    drilled XA-hold preservation
    as XB-poc show XA-hold --officer drill | grep -q EXERCISE
    for command in timeline next why; do
        as XB-poc "$command" XA-hold | grep -q EXERCISE || { echo "$command says nothing"; false; }
    done
    as XB-poc inbox | grep -q EXERCISE
    as XB-poc export XA-hold | jq -e '.exercise'
    drill stop XA-poc --why 'coffee' | grep -q EXERCISE
    drill end XA-poc | grep -q EXERCISE
}

@test "STOP, RESUME, a release by hand; a real emergency suspends it; ended once it has ended" {
    live_net
    scenario
    live XB-poc >/dev/null
    live XA-poc >/dev/null
    drill stop XA-poc --why coffee >/dev/null
    run drill stop XA-poc
    [ "$status" = 1 ] && [[ $output == *"stopped already"* ]]
    drilled XA-hold preservation
    live XA-poc | jq -e '.offers == [] and .stopped == "coffee"'
    drill resume XA-poc >/dev/null
    live XA-poc | jq -e '[.offers[].inject] == ["more"] and .stopped == null'
    drill release XA-poc later >/dev/null
    run drill release XA-poc nothing
    [ "$status" = 1 ] && [[ $output == *"no inject nothing"* ]]
    example emergency | jq '.reference = "REAL-E"' >"$NET_TOP/e.json"
    as XA-poc request "$NET_TOP/e.json" --to XB/poc >/dev/null
    wait_until is_level REAL-E
    live XB-poc | jq -e '.stopped | contains("a live emergency")'
    drill resume XB-poc >/dev/null
    live XB-poc | jq -e '.stopped == null' # once
    drill end XA-poc --json | jq -e .report
    jq -e '.clock.frozen_ms > 0' "$NET_TOP/XA-poc/report.json"
    run drill note XA-poc late
    [ "$status" = 1 ] && [[ $output == *"has ended"* ]]
}

@test "what the disk refused is done again: joining, and the end" {
    live_net
    scenario
    run bash -c "trap '' XFSZ; ulimit -f 0; comity drill live '$NET_TOP/drill.yaml' --node '$NET/XA-poc/node.sock' --dir '$NET_TOP/XA-poc' --once"
    [ "$status" = 1 ] && [[ $output == *drill.json* ]] && [ ! -e "$NET_TOP/XA-poc" ]
    mkdir "$NET_TOP/XA-poc" # as who was ended there left it
    live XA-poc >/dev/null && live XB-poc >/dev/null
    drilled XA-hold preservation
    printf '%4194304s\n' '' >>"$NET_TOP/XA-poc/journal.jsonl" # too large already for what comes
    run bash -c "trap '' XFSZ; ulimit -f 4096; comity drill end '$NET_TOP/XA-poc'"
    [ "$status" = 1 ] && [[ $output == *journal.jsonl* ]]
    api XA-poc status | jq -e '.exercise == null' # it has left
    drill end XA-poc --json | jq -e '.stays.cases == 1'
    run drill end XA-poc
    [ "$status" = 1 ] && [[ $output == *"has ended"* ]]
}

@test "it goes on after it was ended and begun again, and another exercise is refused meanwhile" {
    live_net
    scenario
    live XA-poc | jq -e '.offers | length >= 1'
    live XA-poc | jq -e '.offers == []'
    kill -9 "$(pid_of XA-poc)"
    wait_until is_gone XA-poc
    start XA-poc
    api XA-poc status | jq -e .exercise
    printf '{"what":"note","te' >>"$NET_TOP/XA-poc/journal.jsonl" # its writer was ended, too
    drill stop XA-poc --why coffee >/dev/null
    live XA-poc | jq -e '.stopped == "coffee"'
    sed -i 's/title: .*/title: Another one/' "$NET_TOP/drill.yaml"
    run live XA-poc
    [ "$status" = 1 ] && [[ $output == *"another exercise"* ]]
    run drill end XA-poc
    [ "$status" = 1 ] && [[ $output == *"something else now"* ]]
}
