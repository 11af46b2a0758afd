#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Rosters on real daemons, signed with the stock minisign program: a good one takes effect, a bad one changes nothing and its
# code is in the log, whether it comes from the disk or from a node.
load lib

setup() {
    net_new XA,XB,XC --roots 5 --threshold 3
    start broker
}

teardown() { net_down; }

# Refused from the disk with that code, and from a node, and version 1 stays in effect.
is_refused_with() {
    give_roster broker 2
    wait_until log_has broker "event=roster.refused.*code=$1( |\$)"
    rm -r "$NET/broker/roster/2"
    log_lines=$(wc -l <"$NET/broker/log")
    run peer XC-poc roster "$NET/next" 2
    [[ ${lines[0]} == "WELCOME roster=1 "* ]]
    log_has_after "$log_lines" "event=roster.(refused|fork).*"
    run peer XC-poc hello
    [[ ${lines[0]} == "WELCOME roster=1 "* ]]
}
log_has_after() { tail -n "+$1" "$NET/broker/log" | grep -qE -- "$2"; }

@test "a roster signed by k roots with stock minisign takes effect without a restart" {
    roster_next 2 '.parties[0].name = "Aldoria, renamed"' root-1 root-3 root-5
    give_roster broker 2
    wait_until log_has broker 'event=roster.taken version=2'
    run peer XC-poc hello
    [[ ${lines[0]} == "WELCOME roster=2 "* ]]
}

@test "k-1 signatures are too few" {
    roster_next 2 . root-1 root-2
    is_refused_with E_ROSTER_THRESHOLD
}

@test "a signer counts once, however many files carry its signature" {
    roster_next 2 . root-1 twice:root-2
    is_refused_with E_ROSTER_THRESHOLD
}

@test "legacy minisign signatures count nothing" {
    roster_next 2 . root-1 root-2 legacy:root-3
    is_refused_with E_ROSTER_THRESHOLD
}

@test "a signature over other bytes counts nothing" {
    roster_next 2 . root-1 root-2 root-3
    sed -i 's/Aldoria/Aldorie/' "$NET/next/2/roster.json"
    is_refused_with E_ROSTER_THRESHOLD
}

@test "two disjoint quorums are not allowed: 2k must exceed n" {
    roster_next 2 '.roots.threshold = 2' root-1 root-2 root-3
    is_refused_with E_ROSTER_RULE
}

@test "a key that vanished is against the rules" {
    roster_next 2 '.parties[0].keys |= .[1:]' root-1 root-2 root-3
    is_refused_with E_ROSTER_RULE
}

@test "an unknown member is against the format" {
    roster_next 2 '.surprise = 1' root-1 root-2 root-3
    is_refused_with E_ROSTER_FORMAT
}

@test "another predecessor is a fork" {
    roster_next 2 '.previous = ("0" * 64)' root-1 root-2 root-3
    is_refused_with E_ROSTER_FORK
}

@test "another network's roster is refused" {
    roster_next 2 '.network = ("1" * 64)' root-1 root-2 root-3
    is_refused_with E_ROSTER_NETWORK
}

@test "a rollback is refused, another version 2 is a fork and an alarm" {
    roster_next 2 . root-1 root-2 root-3
    give_roster broker 2
    wait_until log_has broker 'event=roster.taken version=2'
    mkdir -p "$NET/next"
    cp -r "$NET/roster/1" "$NET/next/1"
    give_roster broker 1 3
    wait_until log_has broker 'event=roster.refused.*code=E_ROSTER_VERSION'
    cp -r "$NET/next/2" "$NET/next/2-first"
    roster_next 2 '.parties[0].name = "other"' root-1 root-2 root-3
    give_roster broker 2 3
    wait_until log_has broker 'event=roster.refused.*code=E_ROSTER_FORK'
    wait_until log_has broker 'event=roster.fork version=2'
    run peer XC-poc hello
    [[ ${lines[0]} == "WELCOME roster=2 "* ]]
}

@test "what was refused is not taken after a restart either" {
    roster_next 2 . root-1 root-2
    cp -r "$NET/next/2" "$NET/broker/roster/2"
    stop broker
    start broker
    run peer XC-poc hello
    [[ ${lines[0]} == "WELCOME roster=1 "* ]]
}

@test "a party whose link key is revoked is cut off at once; the others go on" {
    (peer XC-poc hoard 30 >"$NET_TOP/cut" 2>&1 &)
    wait_until log_has broker 'link.up party=XC/poc'
    roster_next 2 '(.parties[] | select(.address == "XC/poc").keys[] | select(.role == "link").revoked) =
        {"at": "2026-01-01T00:00:00Z", "reason": "stolen"}' root-1 root-2 root-3
    give_roster broker 2
    wait_until log_has broker 'event=roster.taken version=2'
    wait_until grep -q CLOSED "$NET_TOP/cut"
    run peer XC-poc hello
    [[ $output == *"HANDSHAKE REFUSED"* ]]
    run peer XA-poc send none XB/poc
    [[ ${lines[-1]} == ACCEPTED* ]]
}

@test "a suspended party is neither admitted nor written to" {
    roster_next 2 '(.parties[] | select(.address == "XC/poc").status) = "suspended"' root-1 root-2 root-3
    give_roster broker 2
    wait_until log_has broker 'event=roster.taken version=2'
    run peer XC-poc hello
    [[ $output == *"HANDSHAKE REFUSED"* ]]
    run peer XA-poc send none XC/poc
    [[ ${lines[-1]} == "REJECTED tag=1 reason=E_TO"* ]]
}

@test "a revoked node key signs nothing that is accepted" {
    roster_next 2 '(.parties[] | select(.address == "XA/poc").keys[] | select(.role == "node").revoked) =
        {"at": "2026-01-01T00:00:00Z", "reason": "stolen"}' root-1 root-2 root-3
    give_roster broker 2
    wait_until log_has broker 'event=roster.taken version=2'
    run peer XA-poc send none XB/poc
    [[ ${lines[-1]} == "REJECTED tag=1 reason=E_REVOKED temporary=0 signed=1"* ]]
    run peer XB-poc send none XC/poc
    [[ ${lines[-1]} == ACCEPTED* ]]
}

@test "nodes fetch a new roster from the broker and refuse what does not hold" {
    start XA-poc XB-poc
    wait_until is_connected XB-poc
    roster_next 2 '.parties[0].name = "Aldoria, renamed"' root-1 root-2 root-3
    give_roster broker 2
    for name in XA-poc XB-poc; do
        wait_until log_has "$name" 'event=roster.taken version=2'
    done
    roster_next 3 . root-1
    give_roster XA-poc 3
    wait_until log_has XA-poc 'event=roster.refused.*E_ROSTER_THRESHOLD'
    [ "$(api XA-poc status | jq .roster.version)" = 2 ]
}
