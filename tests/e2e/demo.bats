#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# The demo: what somebody who just cloned this sees first.
load lib
bats_require_minimum_version 1.5.0

setup() { NET_TOP=$(mktemp -d /tmp/c.XXXXXX); }
teardown() { rm -rf "$NET_TOP"; }

nobody_lives_in() { ! pgrep -f -- "-C $1/"; }

@test "the demo ends with the case HELD on both sides, a full ladder, and nothing left" {
    begin=$(now_ms)
    TMPDIR=$NET_TOP run comity demo
    [ "$status" = 0 ]
    [[ $output == *"is HELD at XB/poc and HELD at XA/poc."* ]]
    for step in sealed accepted delivered opened acknowledged ordered held; do
        grep -qE "^  $step +20[0-9-]+T[0-9:.]+Z +20[0-9-]+T[0-9:.]+Z +[A-Za-z]" <<<"$output"
    done
    [[ $output != *missing* ]]
    [ $(($(now_ms) - begin)) -lt 20000 ]
    [ -z "$(ls "$NET_TOP")" ]
    nobody_lives_in "$NET_TOP"
}

@test "with --json it prints one object with both sides' case, equal in state, items and ladder" {
    TMPDIR=$NET_TOP run --separate-stderr comity demo --json
    [ "$status" = 0 ]
    jq -e '.held and .requested.state == "HELD" and .requesting.state == "HELD"' <<<"$output"
    jq -e '.requested.ladder == .requesting.ladder and (.requested.ladder | length) == 7' <<<"$output"
    jq -e '.requested.items == .requesting.items' <<<"$output"
}

@test "it ends everything when interrupted, whenever that is" {
    for after in 0.05 0.1 0.2 0.3 0.5; do
        TMPDIR=$NET_TOP run timeout --foreground -s INT "$after" comity demo
        [ -z "$(ls "$NET_TOP")" ]
        nobody_lives_in "$NET_TOP"
    done
}

@test "it ends everything when its terminal is closed" {
    TMPDIR=$NET_TOP run timeout --foreground -s HUP 0.2 comity demo
    [ -z "$(ls "$NET_TOP")" ]
    nobody_lives_in "$NET_TOP"
}

@test "a request that is refused ends it with code 1 and everything stopped" {
    jq '.holdDays = 30' "$COMITY_REQUEST" >"$NET_TOP/short.json"
    mkdir "$NET_TOP/t"
    TMPDIR=$NET_TOP/t run comity demo --request "$NET_TOP/short.json"
    [ "$status" = 1 ]
    [[ $output == *"holdDays: 30 days are too short"* ]]
    [ -z "$(ls "$NET_TOP/t")" ]
    nobody_lives_in "$NET_TOP"
    TMPDIR=$NET_TOP/t run --separate-stderr comity demo --json --request "$NET_TOP/short.json"
    [ "$status" = 1 ]
    jq -e '.code == "FAILED" and (.error | startswith("a step failed"))' <<<"$output"
}

@test "no keys are put where everybody may write" {
    mkdir "$NET_TOP/open"
    chmod 0777 "$NET_TOP/open"
    run comity network new "$NET_TOP/open" --states XA,XB
    [ "$status" = 1 ]
    [[ $output == *"everybody may write to it"* ]]
    [ -z "$(ls "$NET_TOP/open")" ]
}

@test "a directory that was named is kept, and the network in it starts again" {
    run comity demo "$NET_TOP/n"
    [ "$status" = 0 ]
    nobody_lives_in "$NET_TOP"
    NET=$NET_TOP/n
    start broker XB-poc
    state_is XB-poc XA-NCC-2026-0417 HELD
    net_down
    mkdir -p "$NET_TOP"
}
