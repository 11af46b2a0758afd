#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# The clock of an exercise: whose it may be, and that days pass by it in the daemons and in the commands alike.
load lib
load letters
bats_require_minimum_version 1.5.0

teardown() { net_down; }

# ends_saying NAME REGEX: that daemon does not serve, and says why.
ends_saying() {
    run_daemon "$1"
    wait_until log_has "$1" "$2"
    wait_until is_gone "$1"
}

@test "a live network never takes the clock of an exercise" {
    local name version
    net_new XA,XB
    exercise_clock '2026-01-01T00:00:00Z 2026-02-01T00:00:00Z 1'
    for name in broker XA-poc; do # with its first roster still to be read, and with that in its store
        ends_saying "$name" 'exercise_clock is for networks whose roster is of exercises only'
        ends_saying "$name" 'exercise_clock is for networks whose roster is of exercises only'
    done
    exercise_clock none
    net_up
    as XA-poc status --json | jq -e --argjson now "$(now_ms)" '(.now | sub("\\.[0-9]+Z"; "Z") | fromdate * 1000 - $now) | fabs < 60000'
}

@test "a daemon with the clock of an exercise ends when its network is one of exercises no more" {
    net_new XA,XB --exercise
    exercise_clock '2026-01-01T00:00:00Z 2026-02-01T00:00:00Z 1'
    net_up
    roster_next 2 '(.parties[].keys[] | select(.role == "officer")).exercise = false' root-1 root-2
    for name in broker XA-poc; do
        give_roster "$name" 2
        wait_until log_has "$name" 'the clock of an exercise may not go on'
        wait_until is_gone "$name"
    done
}

@test "what is no clock is refused with how one is written" {
    net_new XA,XB --exercise
    for clock in '2026-01-01T00:00:00Z' '2026-01-01T00:00:00Z 2026-02-01T00:00:00Z 1441' 'faster'; do
        exercise_clock "$clock"
        for name in broker XA-poc; do
            ends_saying "$name" "exercise_clock = $clock is no clock; write a moment, the time"
            : >"$NET/$name/log"
        done
        run as XA-poc inbox
        [ "$status" = 1 ]
        [[ $output == *"exercise_clock = $clock is no clock"* ]]
    done
}

@test "at a day in a minute everybody stays in touch, and dates come when they come by that clock" {
    net_new XA,XB --exercise
    exercise_clock "$(date -u +%Y-%m-%dT%H:%M:%SZ) 2027-03-01T06:00:00Z 1440"
    net_up
    one_hold F1
    r F1 ask --item 1 --code PORT --question 'Which source port?' --by +2h # five seconds
    is_overdue() { as XB-poc next F1 | grep -A1 'They owe' | grep -q OVERDUE; }
    run ! is_overdue
    wait_until is_overdue
    alarmed() { as XA-poc --json alarms | jq -e '.alarms[] | select(.what == "info")'; }
    wait_until alarmed # the node looked by itself
    r F1 held
    case_of XA-poc F1 | jq -e '.letters[-1].body.held.heldFrom | startswith("2027-03-0")'
    for name in XA-poc XB-poc; do
        is_connected "$name"
        run ! log_has "$name" 'event=clock.off'
    done
}

@test "a node whose clock is ahead says so wherever one looks, and what to do; network status is not well" {
    net_new XA,XB --exercise
    echo "exercise_clock = 2026-01-01T00:00:00Z 2026-01-01T00:10:00Z 1" >>"$NET/XA-poc/node.conf"
    net_up
    as XA-poc request "$COMITY_REQUEST" --to XB/poc
    says_clock() { as XA-poc "$@" | tr -s ' \n' ' ' | grep -q "this machine's clock is [0-9]* minutes ahead of the broker's: nothing is sealed until it is right"; }
    wait_until says_clock why XA-NCC-2026-0417
    run as XA-poc why XA-NCC-2026-0417
    [[ $output == *"set this machine's clock"* ]]
    says_clock status
    run as XA-poc status
    head -n 5 <<<"$output" | grep -qE 'troubles #1.what +clock'
    run comity network status "$NET"
    [ "$status" = 1 ]
    [[ $output == *"XA-poc "*"connected, but in trouble"*"trouble: this machine's clock is"*"next: set this machine's clock"* ]]
    [[ $output != *"network up"* ]] # it helps nothing
    run --separate-stderr comity --json network status "$NET"
    [ "$status" = 1 ]
    jq -e '.good == false and .members[1].status.troubles[0].what == "clock"' <<<"$output"
}

@test "a node whose clock is before the link keys of the roster says that it may be the clock, and which day it shows" {
    net_new XA,XB --exercise
    echo "exercise_clock = 2026-01-01T00:00:00Z 2020-01-01T00:00:00Z 1" >>"$NET/XA-poc/node.conf"
    start broker XA-poc XB-poc
    wait_until log_has XA-poc "event=link.target cause=\"no link key of a broker in the roster is valid by this machine's clock; set it, or ask your registrar for a newer roster; it shows: 2020-"
    as XA-poc --json status | jq -e '.link_trouble | test("valid by this machine.s clock; set it, .*; it shows: 20[0-9-]{8}$")'
    run comity network status "$NET"
    [ "$status" = 1 ]
}

@test "a request that a clock ahead has spoiled stands in the inbox, and the command that is shown sends it again" {
    local now
    net_new XA,XB --exercise
    now=$(date -u +%s)
    clock_of() { printf 'exercise_clock = %s %s 1\n' "$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ)" "$(date -u -d "@$((now + $1))" +%Y-%m-%dT%H:%M:%SZ)"; }
    clock_of 400 >>"$NET/XA-poc/node.conf"
    net_up
    as XA-poc request "$COMITY_REQUEST" --to XB/poc
    stop XA-poc
    sed -i '/^exercise_clock/d' "$NET/XA-poc/node.conf"
    start XA-poc
    wait_until is_connected XA-poc
    failed() { as XA-poc inbox | grep -E '^ *U .*XA-NCC-2026-0417  hold 3 items .* FAILED'; }
    wait_until failed
    as XA-poc why XA-NCC-2026-0417 | tr -s '\n ' ' ' | grep -F 'next: set the clocks of this node'
    id=$(as XA-poc --json inbox | jq -r '.exercises[0].case')
    as XA-poc next "$id" | tr -s '\n ' ' ' | grep -F "comity request --like ${id:0:8} >FILE, then comity request FILE --confirm ${id:0:8}"
    as XA-poc show "$id" | tr -s '\n ' ' ' | grep -F "comity request --like ${id:0:8} >FILE, then comity request FILE --confirm ${id:0:8}"
    as XA-poc request --like "$id" >"$NET_TOP/again.form"
    sed -i 's/^reference:.*/reference: XA-NCC-2026-0417/' "$NET_TOP/again.form"
    as XA-poc request "$NET_TOP/again.form" --confirm "$id"
    wait_until state_is XB-poc "$id" REQUESTED
    run ! failed
}
