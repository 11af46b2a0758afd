#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# comity drill combine: what each side of a live exercise wrote at its end becomes one report.
load lib
load letters
load live_net
bats_require_minimum_version 1.5.0

# One exercise of three sides for all tests; what it wrote is in $SIDES, real work beside it is REAL-1.
setup_file() {
    live_net
    SIDES=$NET_TOP/sides
    mkdir "$SIDES"
    export NET NET_TOP PORT SIDES
    scenario >"$NET_TOP/drill.yaml"
    one_hold REAL-1
    for node in XA-poc XB-poc XC-poc; do live $node >/dev/null; done
    drilled XA-hold preservation
    ASKED=XC-poc drilled XA-tell legal-info
    ASKING=XB-poc ASKED=XC-poc drilled XB-ask legal-info
    as XB-poc ack XA-hold --officer drill && as XB-poc ordered XA-hold --officer drill
    wait_until is_level XA-hold
    as XC-poc ack XB-ask --officer drill
    ASKING=XB-poc ASKED=XC-poc wait_until is_level XB-ask
    drill release XC-poc word >/dev/null
    drill note XC-poc 'the line was bad' --by 'Officer 3' --case XB-ask >/dev/null
    drill note XA-poc 'about something real' --case REAL-1 >/dev/null
    example emergency | jq '.reference = "REAL-E"' >"$NET_TOP/e.json"
    as XA-poc request "$NET_TOP/e.json" --to XB/poc >/dev/null
    wait_until is_level REAL-E
    live XB-poc >/dev/null # which suspends it there
    for node in XA-poc XB-poc XC-poc; do
        drill end $node --json >"$NET_TOP/$node.ended"
        cp "$NET_TOP/$node/$node.side.json" "$SIDES"
    done
}
teardown_file() { net_down; }

scenario() {
    cat <<EOS
scenario: 1
title: Three sides
summary: Who knows what
teaches: That a letter is one letter
classification: TLP:CLEAR
parameters: {start: "$(date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ)"}
clock: {start: "\${start}", length: 2h}
seed: 3
times: {quick: {p0: 5m, p100: 1h}}
desks: {d: {hours: 24/7, people: 1}}
habits: {h: {power: own, times: {look: quick}}}
states:
  - {code: XA, name: A, zone: UTC, units: [{name: poc, desk: d, habits: h, players: [Officer 1]}]}
  - {code: XB, name: B, zone: UTC, units: [{name: poc, desk: d, habits: h, players: [Officer 2]}]}
  - {code: XC, name: C, zone: UTC, units: [{name: poc, desk: d, habits: h, players: [Officer 3]}]}
providers:
  - name: Host
    state: XB
    custodian: quick
    data: [{label: logs, kind: TRAFFIC, identifier: {kind: IP_ADDRESS, value: 203.0.113.77}}]
injects:
  - {id: hold, at: "\${start}", kind: request, from: XA/poc, to: XB/poc, type: preservation, class: urgent, data: [logs], hold_days: 90}
  - {id: tell, at: "\${start}", kind: request, from: XA/poc, to: XC/poc, type: legal-info}
  - {id: ask, at: "\${start}", kind: request, from: XB/poc, to: XC/poc, type: legal-info}
  - {id: word, manual: yes, kind: mail, to: XC/poc, script: Somebody says it}
expect:
  - {id: quick, who: XB/poc, what: acknowledged, of: hold, by: 60m}
  - {id: mute, who: XC/poc, what: acknowledged, of: tell, by: "$(date -u -d '-5 minutes' +%Y-%m-%dT%H:%M:%SZ)"}
  - {id: known, who: XC/poc, what: received, of: word, by: "$(date -u -d '-5 minutes' +%Y-%m-%dT%H:%M:%SZ)"}
EOS
}

combine() { comity drill combine "$NET_TOP/drill.yaml" "$@"; }
report() { jq -e "$@" "$BATS_TEST_TMPDIR/out/report.json"; }

# changed FILE JQ-FILTER: the record of a side that somebody made, with a hash that holds.
changed() {
    jq "$2" "$SIDES/$1.side.json" | python3 -c '
import hashlib, json, sys
side = json.load(sys.stdin)
del side["hash"]
text = json.dumps(side, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
head = b"comity/v1/side".ljust(16, b"\0") + bytes([1]) + len(text).to_bytes(8, "big")
side["hash"] = hashlib.blake2b(head + text, digest_size=32).hexdigest()
json.dump(side, sys.stdout)' >"$BATS_TEST_TMPDIR/$1.side.json"
    echo "$BATS_TEST_TMPDIR/$1.side.json"
}

@test "a letter that two sides show is one letter, and the sides agree" {
    combine "$SIDES" --out "$BATS_TEST_TMPDIR/out" --json >"$BATS_TEST_TMPDIR/said"
    jq -e '.cases == 3 and ([.sides[].given] == [true, true, true])' "$BATS_TEST_TMPDIR/said"
    report '.cases.rows | length == 3'
    [ "$(grep -c ',sealed,' "$BATS_TEST_TMPDIR/out/events.csv")" = "$(jq .letters "$BATS_TEST_TMPDIR/said")" ]
    [ "$(jq .letters "$BATS_TEST_TMPDIR/said")" = 6 ]
    report '[.disputes[] | select(.what != "STOP")] == []'
    report '[.measures[] | select(.id == "M1").rows[].done] | add > 0' # what the letters say is measured
    report '[.injects[].state] == ["received", "received", "received", "released"]'
    report '.expectations | map({id, result}) | .[0].result == "met" and .[1].result == "missed"'
    report '[.notes[].text] | sort == ["about something real", "the line was bad"]'
    for node in XA-poc XB-poc XC-poc; do
        report --arg hash "$(jq -r .side_hash "$NET_TOP/$node.ended")" '[.sides[].hash] | index($hash)'
    done
    [ -s "$BATS_TEST_TMPDIR/out/report.html" ]
}

@test "whatever order the sides are named in, the report has the same bytes" {
    combine "$SIDES"/X[ABC]-poc.side.json --out "$BATS_TEST_TMPDIR/one" >/dev/null
    combine "$SIDES"/XC-poc.side.json "$SIDES"/XA-poc.side.json "$SIDES"/XB-poc.side.json --out "$BATS_TEST_TMPDIR/other" >/dev/null
    diff <(jq 'del(.command)' "$BATS_TEST_TMPDIR/one/report.json") <(jq 'del(.command)' "$BATS_TEST_TMPDIR/other/report.json")
    cmp "$BATS_TEST_TMPDIR/one/events.csv" "$BATS_TEST_TMPDIR/other/events.csv"
}

@test "nothing real is in the record of a side" {
    local id
    for id in $(api XA-poc 'inbox?all=1' | jq -r '.cases[].case') REAL-; do
        run ! grep -l "$id" "$SIDES"/*.side.json
    done
    jq -e '[.journal[] | select(.what == "stop").why] == ["a live emergency"]' "$SIDES/XB-poc.side.json"
    [ "$(jq '.inbox | length' "$SIDES/XA-poc.side.json")" = 2 ]
}

@test "a side that stopped while others went on is named, and its time is cut out" {
    combine "$SIDES" --out "$BATS_TEST_TMPDIR/out" >/dev/null
    report '[.disputes[] | select(.what == "STOP") | [.first, .second]] == [["XB/poc", "XC/poc"]] or
        [.disputes[] | select(.what == "STOP") | [.first, .second]] == [["XB/poc", "XA/poc"], ["XB/poc", "XC/poc"]]'
    report '.clock.frozen_ms > 0'
}

@test "a side that gave no record is named, and what only it could tell is made up by nobody" {
    run combine "$SIDES/XA-poc.side.json" "$SIDES/XB-poc.side.json" --out "$BATS_TEST_TMPDIR/out"
    [ "$status" = 0 ] && [[ $output == *"2 of 3: XA/poc, XB/poc"* && $output == *"missing    XC/poc"* ]]
    report '[.sides[] | select(.given | not).party] == ["XC/poc"]'
    report '.injects[3].state == "unknown"'                 # only XC could tell
    report '[.expectations[].result] == ["met", "missed", "cut"]' # XA saw that no answer came; what XC took nobody else saw
    report '.cases.rows | length == 3'                      # two of them with XC, from the other end
    # And with XC alone what the other two did between them is not there.
    combine "$SIDES/XC-poc.side.json" --out "$BATS_TEST_TMPDIR/alone" >/dev/null
    jq -e '.cases.rows | length == 2' "$BATS_TEST_TMPDIR/alone/report.json"
    jq -e '.injects[0].state == "unknown" and .expectations[0].result == "cut"' "$BATS_TEST_TMPDIR/alone/report.json"
}

@test "what two sides say differently is shown, and who knows at first hand is followed" {
    local later first
    later='(.cases[] | select(.reference == "XA-hold").letters[0].delivered) = "2031-01-01T00:00:00Z"'
    combine "$(changed XA-poc "$later")" "$SIDES/XB-poc.side.json" --out "$BATS_TEST_TMPDIR/out" >/dev/null
    report '[.disputes[] | select(.what != "STOP")] | length == 1 and .[0].what == "delivered" and .[0].letter == "REQUEST" and
        (.[0].first_says | startswith("2031-01-01T00:00:00"))'
    run ! grep "^2031-" "$BATS_TEST_TMPDIR/out/events.csv" # no other column: ids and milliseconds may have those digits
    rm -r "$BATS_TEST_TMPDIR/out"
    # XB does not show the request that its receipt says it has.
    combine "$SIDES/XA-poc.side.json" "$(changed XB-poc 'del(.cases[] | select(.reference == "XA-hold").letters[0])')" --out "$BATS_TEST_TMPDIR/out" >/dev/null
    report '[.disputes[] | select(.what != "STOP")] | length == 1 and .[0].what == "delivered" and .[0].second == "XB/poc" and .[0].second_says == ""'
}

# refused FILE TEXT: that file is refused, with that in what is said.
refused() {
    run comity drill combine "$NET_TOP/drill.yaml" "$SIDES/XB-poc.side.json" "$1" --out "$BATS_TEST_TMPDIR/no"
    [ "$status" = 1 ] && [[ $output == *"$2"* ]] && [ ! -e "$BATS_TEST_TMPDIR/no" ] && return 0
    echo "$status: $output"
    return 1
}

@test "a record that does not hold is refused, and says what is wrong with it" {
    local bad=$BATS_TEST_TMPDIR/bad.side.json side=$SIDES/XA-poc.side.json
    refused "$BATS_TEST_TMPDIR/none" 'none'
    echo '{' >"$bad" && refused "$bad" 'is no JSON'
    echo '[]' >"$bad" && refused "$bad" 'is no record of a side'
    jq -c '.party = "XC/poc"' "$side" >"$bad" && refused "$bad" 'its hash does not hold'
    jq -c 'del(.alarms)' "$side" >"$bad" && refused "$bad" 'it has no "alarms"'
    jq -c '.cases = []' "$side" >"$bad" && refused "$bad" 'its "cases" is not an object'
    jq -c '.hash = "77"' "$side" >"$bad" && refused "$bad" '64 digits of hex'
    refused "$(changed XA-poc '.party = "XQ/poc"')" 'is of XQ/poc, who is not in the scenario'
    refused "$(changed XA-poc '.party = "XB/poc"')" 'are both of XB/poc'
    refused "$(changed XA-poc '.party = "XC/poc"')" 'shows a case of others: XA-hold'
    refused "$(changed XA-poc '.exercise = ("7" * 32)')" 'is of another exercise'
    refused "$(changed XA-poc '.ended = 5')" 'later than its end'
    refused "$(changed XA-poc '.ended = -5')" 'is no moment'
    refused "$(changed XA-poc '.ended = 1000 | .journal = []')" 'ended before the exercise began'
    refused "$(changed XA-poc '.journal += [7]')" 'of its journal has no time'
    refused "$(changed XA-poc '.inbox += [.inbox[0]]')" 'are not those that it shows'
    refused "$(changed XA-poc '.inbox = []')" 'are not those that it shows'
    head -c 67108865 /dev/zero >"$bad" && refused "$bad" 'bytes'
    run comity drill combine "$NET_TOP/drill.yaml" "$NET_TOP/keys"
    [ "$status" = 1 ] && [[ $output == *"ends in .side.json"* ]]
}

@test "a letter that is not what it is said to be is left out, and that is said" {
    local bad
    bad=$(changed XA-poc '(.cases[] | select(.reference == "XA-hold").letters[0].id) = ("0" * 64)')
    run combine "$bad" "$SIDES/XB-poc.side.json" --out "$BATS_TEST_TMPDIR/out"
    [ "$status" = 0 ] && [[ $output == *"not what it is said to be"* ]]
    report '.sides[0] | .skipped == 1 and (.trouble | contains("not what it is said to be"))'
    report '[.disputes[] | select(.what == "signed")] | length == 1' # XB shows it
}
