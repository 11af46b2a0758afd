#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Pings to many: live letters, a case each, and one report of what came of them.
load lib
load letters
bats_require_minimum_version 1.5.0

teardown() { net_down; }

@test "a ping to all tells who answered, after how long, and what of the directory is wrong" {
    net_new XA,XB,XC
    net_up
    roster_next 2 '.format = "comity-roster-2" | (.parties[] | select(.address == "XB/poc")).ping = {consent: true, quiet: [], per_year: 12, answer_hours: 24}' root-1 root-2
    for name in broker XA-poc XB-poc XC-poc; do
        give_roster "$name" 2
        taken() { log_has "$name" 'event=roster.taken version=2'; }
        wait_until taken
    done
    run as XA-poc ping --report last
    [ "$status" = 1 ] && [[ $output == *"comity ping --to all"* ]]
    as XA-poc ping --to all >/dev/null
    there() { as XA-poc ping --report last --json | jq -e '[.parties[] | select(.delivered)] | length == 2'; }
    wait_until there
    local id
    id=$(api XB-poc 'inbox?all=1' | jq -r '.cases[0].case')
    as XB-poc ping-answer "$id" --by-phone --check 'field: PHONE; right: yes' --check 'field: HOURS; right: no; correction: 08:00-16:00' >/dev/null
    answered() { as XA-poc ping --report last --json | jq -e '[.parties[] | select(.answered)] | length == 1'; }
    wait_until answered
    ended() { as XA-poc ping --report last --json | jq -e '.parties[] | select(.result == "NO_CONSENT")'; }
    wait_until ended
    as XA-poc ping --report last --json | jq -e '.parties[] | select(.party == "XB/poc") | .echo and .corrections == ["HOURS: 08:00-16:00"] and .by_phone'
    run as XA-poc ping --report last
    echo "$output"
    [[ $output == *"ended without an answer: NO_CONSENT"* ]] # XC, which is no reason to ask no others
    [[ $output == *"XB/poc "*"by phone"* && $output == *"to be corrected: HOURS: 08:00-16:00"* && $output == *"1 of 2 answered"* ]]
}

@test "a round goes to one State, and another round is another report" {
    net_new XA/poc,XB/poc,XB/central,XC/poc
    net_up
    as XA-poc ping --to XB >/dev/null
    as XA-poc ping --report last --json | jq -e '[.parties[].party] | sort == ["XB/central", "XB/poc"]'
    as XA-poc ping XC/poc >/dev/null # of no round
    as XA-poc ping --report last --json | jq -e '.parties | length == 2'
    run as XA-poc ping --to XQ
    [ "$status" = 1 ] && [[ $output == *"no other party of XQ"* ]]
    for wrong in '' '--to all --report last' 'XB/poc --to all' '--to everybody'; do
        # shellcheck disable=SC2086
        run as XA-poc ping $wrong
        [ "$status" = 2 ]
    done
}

@test "in a network for exercises a round is reported as one of an exercise" {
    net_new XA,XB --exercise
    net_up
    run as XA-poc ping --report last
    [ "$status" = 1 ] && [[ $output == *"this node knows no round of pings"* ]]
    run --separate-stderr as XA-poc ping --to all
    [ "$status" = 0 ] && [[ $stderr =~ comity\ ping\ --report\ (PING-[0-9]+) ]]
    local round=${BASH_REMATCH[1]}
    as XA-poc ping --report "$round" --json | jq -e '(.exercise | length) == 32 and [.parties[] | .party, .exercise] == ["XB/poc", .exercise]'
    run as XA-poc ping --report last
    [ "$status" = 0 ] && [[ $output == EXERCISE*"$round"*"XB/poc"* ]]
    as XA-poc ping --report last --html "$NET_TOP/report.html" >/dev/null
    grep -q 'EXERCISE  EXERCISE  EXERCISE' "$NET_TOP/report.html"
}
