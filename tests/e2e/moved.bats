#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # status and output are bats's
# A hold that another party of the requested State goes on with, from the command line: handed over, taken over from the draft, as it stood.
load lib
bats_require_minimum_version 1.5.0

setup() {
    net_new XA/poc,XB/poc,XB/central
    net_up
    export NET NET_TOP PORT
}
teardown() { net_down; }

stands_as() { case_of "$1" "$2" | jq -e --arg state "$3" '.state == $state' >/dev/null; }
waits_for() { as "$1" --json worklist | jq -e --arg what "$2" '[.entries[].what] | index($what)' >/dev/null; }
asked() { case_of "$1" "$2" | jq -e '.asks | map(.ask) | index("EXTEND")' >/dev/null; }
no_more() { ! waits_for "$@"; }

@test "a hold goes on at another party with its date and what was asked" {
    jq '.reference = "H1"' "$COMITY_TOP/examples/preservation.json" >"$NET_TOP/H1.json"
    as XA-poc request "$NET_TOP/H1.json" --to XB/poc
    wait_until stands_as XB-poc H1 REQUESTED
    before=$(case_of XA-poc H1 | jq -r .case) # the case that goes on has the same reference
    as XB-poc held "$before"
    wait_until stands_as XA-poc "$before" HELD
    as XA-poc extend "$before" --days 30 --reason "It is being signed." --mla "Being signed."
    wait_until asked XB-poc "$before"
    as XB-poc handover "$before" --to XB/central
    wait_until waits_for XB-central TAKE_OVER
    waits_for XB-poc MOVED_ON
    link=$(as XB-central --json worklist | jq -r '.entries[] | select(.what == "TAKE_OVER").link')
    as XB-central draft "$link" --as takeover >"$NET_TOP/taken.form"
    as XB-central take-over "$NET_TOP/taken.form" --to XA/poc
    wait_until stands_as XA-poc "$before" CLOSED
    after=$(case_of XA-poc "$before" | jq -r '.moved_to[0].case')
    wait_until stands_as XA-poc "$after" HELD
    was=$(case_of XA-poc "$before" | jq -c '[.items[].held_until]')
    [ "$(case_of XA-poc "$after" | jq -c '[.items[].held_until]')" = "$was" ]
    [ "$(case_of XB-central "$after" | jq -c '[.asks[] | [.ask, .item]]')" = "$(case_of XA-poc "$after" | jq -c '[.asks[] | [.ask, .item]]')" ]
    asked XA-poc "$after"
    run as XA-poc show "$before"
    [[ $output == *"goes on"*"XB/central"* ]]
    run as XA-poc show "$after"
    [[ $output == *"came from"*"XB/poc"* ]]
    no_more XA-poc TAKEN_OVER_WRONG
    wait_until no_more XB-poc MOVED_ON
}
