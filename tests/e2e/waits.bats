#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# What waits, goes on by itself: nobody has to do anything when a daemon that was down is back.
load lib

setup() {
    net_new XA,XB
    net_up
}

teardown() { net_down; }

request() {
    request_to "$NET_TOP/$1.json" "$1" "${2:-.}"
    as XA-poc request "$NET_TOP/$1.json" --to XB/poc 2>/dev/null
}
is_accepted() { case_of XA-poc "$1" | jq -e '.ladder | any(.step == "accepted")'; }

@test "the recipient is down: accepted, waits, and arrives when it starts" {
    stop XB-poc
    request R-1
    wait_until is_accepted R-1
    state_is XA-poc R-1 SENT
    as XA-poc why R-1 | grep -q 'ACCEPTED'
    start XB-poc
    wait_until state_is XB-poc R-1 REQUESTED
    wait_until state_is XA-poc R-1 REQUESTED
}

@test "the broker is down: kept, and sent when it is back" {
    stop broker
    wait_until is_not_connected XA-poc
    request R-1
    state_is XA-poc R-1 SENT
    run is_accepted R-1
    [ "$status" -ne 0 ]
    start broker
    wait_until state_is XB-poc R-1 REQUESTED
    wait_until state_is XA-poc R-1 REQUESTED
}

@test "everybody is killed with a request on its way: it is there after all have started" {
    stop XB-poc
    request R-1
    kill_hard XA-poc broker
    start broker XA-poc XB-poc
    wait_until state_is XB-poc R-1 REQUESTED
}

@test "an answer to a party that is down reaches it" {
    request R-1
    wait_until state_is XB-poc R-1 REQUESTED
    kill_hard XA-poc
    as XB-poc ack R-1
    as XB-poc ordered R-1
    as XB-poc held R-1
    start XA-poc
    wait_until state_is XA-poc R-1 HELD
}

@test "a repeated command has one effect, and gets the stored answer" {
    COMITY_TWICE=1 run "$COMITY_TOOLS/requests" "$NET/XA-poc" XB/poc 20 REP
    [ "$status" = 0 ]
    wait_until cases_are XB-poc 20
    [ "$(cases_of XA-poc)" = 20 ]
    [ "$(case_of XA-poc REP-20 | jq '.letters | length')" = 1 ]
}

@test "an urgent request overtakes 500 routine ones that wait, and takes effect" {
    stop XB-poc
    "$COMITY_TOOLS/requests" "$NET/XA-poc" XB/poc 500 ROUTINE 1 ROUTINE >/dev/null 2>&1
    request URGENT-1 '.necessity.urgency = "URGENT"'
    wait_until is_accepted URGENT-1
    wait_until is_accepted ROUTINE-500
    start XB-poc
    wait_until cases_are XB-poc 501
    wait_until state_is XB-poc URGENT-1 REQUESTED
    # The order in which letters took effect is the order of the node's log.
    id=$(case_of XB-poc URGENT-1 | jq -r '.letters[0].id[0:16]')
    place=$(grep 'event=letter.effect' "$NET/XB-poc/log" | grep -n "id=$id" | cut -d: -f1)
    echo "the urgent request was number $place of 501"
    [ "$place" -le 20 ] # at most the routine ones that credit had let through before it
}
