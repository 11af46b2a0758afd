#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Alarms with real daemons: the hook program is told of each, once, also after a restart; it never holds up the daemon.
load lib

setup() {
    net_new XA,XB
    TOLD=$NET_TOP/told
    HOOK=$NET_TOP/hook
}

teardown() { net_down; }

# hook_is SCRIPT: the program that XB's node runs from its next start on.
hook_is() {
    printf '#!/bin/sh\n%s\n' "$1" >"$HOOK"
    chmod 0700 "$HOOK"
    sed -i '/^hook/d' "$NET/XB-poc/node.conf"
    echo "hook = $HOOK" >>"$NET/XB-poc/node.conf"
}

# held_case REFERENCE: XA asks, XB holds all of it.
held_case() {
    request_to "$NET_TOP/request.json" "$1"
    as XA-poc request "$NET_TOP/request.json" --to XB/poc
    wait_until state_is XB-poc "$1" REQUESTED
    as XB-poc held "$1"
    wait_until state_is XB-poc "$1" HELD
}

# order_until REFERENCE DAYS: an order under its first item that ends so soon that its renewal is overdue.
order_until() {
    local id=$RANDOM$RANDOM
    curl -s --fail-with-body --max-time 10 --unix-socket "$NET/XB-poc/node.sock" -X POST \
        -H "Comity-Command: $(printf '%032d' "$id")" http://localhost/v1/orders -d "$(
            jq -n --arg case "$1" --arg until "$(date -u -d "+$2 days" +%FT%TZ)" \
                '{custodian: "Example Hosting", reference: "12/26", served: "2026-01-05T08:00:00Z", until: $until,
                  items: [{case: $case, item: 1}]}'
        )"
}

lines_are() { [ "$(wc -l <"$1")" -ge "$2" ]; }
untold_are() { [ "$(api XB-poc 'alarms?hook=1' | jq '.alarms | length')" -eq "$1" ]; }

@test "the hook program is told of an alarm once, without a word of the case" {
    hook_is "cat >>$TOLD"
    net_up
    held_case REF-1
    order_until REF-1 5
    wait_until lines_are "$TOLD" 1
    wait_until untold_are 0
    jq -es 'all(.what == "renew" and .party == "XB/poc" and (.case | length) == 32) and (map(.alarm) | unique | length) == length' "$TOLD"
    [ "$(grep -cE 'REF-1|Example|XA/poc' "$TOLD")" -eq 0 ]
    before=$(wc -l <"$TOLD")
    stop XB-poc
    start XB-poc
    wait_until is_connected XB-poc
    wait_until untold_are 0
    [ "$(wc -l <"$TOLD")" -eq "$before" ]
    api XB-poc alarms | jq -e '.alarms | length > 0'
}

@test "a program that hangs holds up nobody, and what it was not told is told after a restart" {
    hook_is "exec sleep 1000"
    net_up
    held_case REF-2
    order_until REF-2 5
    wait_until log_has XB-poc alarm.raised
    for _ in 1 2 3; do api XB-poc status >/dev/null; done
    stop XB-poc
    hook_is "cat >>$TOLD"
    start XB-poc
    wait_until lines_are "$TOLD" 1
    wait_until untold_are 0
}

@test "alarms of an exercise say so, to people and to the hook program; those of an order name it" {
    net_down
    net_new XA,XB --exercise
    TOLD=$NET_TOP/told
    HOOK=$NET_TOP/hook
    hook_is "cat >>$TOLD"
    net_up
    held_case REF-3
    order_until REF-3 5
    wait_until lines_are "$TOLD" 1
    jq -es 'all(.exercise)' "$TOLD"
    run as XB-poc alarms
    [ "$status" -eq 0 ]
    [[ $output == EXERCISE*"order 1"*REF-3* ]]
}

@test "a hook that cannot be run is no hook" {
    sed -i '/^hook/d' "$NET/XB-poc/node.conf"
    echo 'hook = /nonexistent/hook' >>"$NET/XB-poc/node.conf"
    run timeout 20 "$COMITY_BIN/comity-node" -C "$NET/XB-poc"
    [ "$status" -ne 0 ]
    [[ $output == *"no program that can be run"* ]]
}
