#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# comity roster update on real daemons, with rosters signed by the stock minisign program: what holds is put into the directory
# and taken, what does not changes nothing.
load lib

setup() { net_new XA,XB --roots 3 --threshold 2; }

teardown() { net_down; }

holds() { [ "$(api "$1" roster | jq .version)" = "$2" ]; }
# What lies in the roster folder of a member, hidden files too.
folder_of() { (cd "$NET/$1/roster" && find . -mindepth 1 -maxdepth 1 | sort | tr -d './\n'); }

@test "a node takes a new version in without a restart, and says so" {
    start XA-poc
    roster_next 2 '.parties[0].name = "Aldoria, renamed"' root-1 root-3
    run as XA-poc roster update "$NET/next/2"
    [ "$status" -eq 0 ]
    [[ $output == *"roster version 2, 2 signatures needed"*"roster.json.root-1.minisig: counts, by root-1: comity roster"* ]]
    [[ $output == *"good: put into $NET/XA-poc/roster/2"*"the node has taken version 2"* ]]
    holds XA-poc 2
    cmp "$NET/next/2/roster.json" "$NET/XA-poc/roster/2/roster.json"
    [ "$(folder_of XA-poc)" = 12 ]
    run as XA-poc roster update "$NET/next/2/roster.json" # once more changes nothing
    [ "$status" -eq 0 ]
    [[ $output == *"it lies already in"*"the node has taken version 2"* ]]
}

@test "a node follows the zone of the newest roster without a restart, from the disk or from the broker" {
    start broker XA-poc XB-poc
    wait_until is_connected XB-poc
    roster_next 2 '.parties[].zone = "Nowhere/Else"' root-1 root-3 # a zone that is not there is logged as UTC
    as XA-poc roster update "$NET/next/2"
    wait_until log_has XA-poc 'event=zone.unknown'
    wait_until log_has XB-poc 'event=zone.unknown' # it came by frame
    [ "$(folder_of XB-poc)" = 1 ]
}

@test "a broker takes it in as well" {
    start broker
    roster_next 2 . root-1 root-2
    run as broker roster update "$NET/next/2"
    [ "$status" -eq 0 ]
    [[ $output == *"the broker was told"* ]]
    wait_until log_has broker 'event=roster.taken version=2'
}

@test "a node that does not run takes it at its next start" {
    roster_next 2 . root-1 root-2
    run as XA-poc --json roster update "$NET/next/2"
    [ "$status" -eq 0 ]
    jq -e '.outcome == "OK" and .daemon == "NOT_RUNNING" and .held_before == 1 and (.signatures | map(.counted) | all)' \
        <<<"$output"
    [ "$(jq -r .placed <<<"$output")" = "$NET/XA-poc/roster/2" ]
    start XA-poc
    holds XA-poc 2
}

@test "the first roster is that of the network in the configuration" {
    rm -r "$NET/XA-poc/roster"
    run as XA-poc roster update "$NET/roster/1"
    [ "$status" -eq 0 ]
    start XA-poc
    rm -r "$NET/XB-poc/roster"
    comity network new "$NET_TOP/other" --states XA,XB --port "$((PORT + 1))" >/dev/null
    run as XB-poc roster update "$NET_TOP/other/roster/1"
    [ "$status" -eq 1 ]
    [[ $output == *E_ROSTER_NETWORK* ]]
    [ ! -e "$NET/XB-poc/roster" ]
}

@test "what does not hold changes nothing" {
    start XA-poc
    roster_next 2 . root-1
    run as XA-poc roster update "$NET/next/2"
    [ "$status" -eq 1 ]
    [[ $output == *"E_ROSTER_THRESHOLD: signed by 1 of the roots of version 1, 2 are needed; do not use it"* ]]
    run as XA-poc --json roster update "$NET/next/2"
    [ "$status" -eq 1 ]
    jq -e '.outcome == "E_ROSTER_THRESHOLD" and .daemon == "NOT_TOLD" and (has("placed") | not)' <<<"$output"
    roster_next 2 . root-1 legacy:root-2
    run as XA-poc roster update "$NET/next/2"
    [ "$status" -eq 1 ]
    [[ $output == *"roster.json.root-2.minisig: is of the legacy kind"* ]]
    [ "$(folder_of XA-poc)" = 1 ]
    holds XA-poc 1
}

@test "only the signatures that count are kept" {
    roster_next 2 . root-1 twice:root-2
    echo nonsense >"$NET/next/2/roster.json.noise.minisig"
    as XA-poc roster update "$NET/next/2"
    (cd "$NET/XA-poc/roster/2" && [ "$(echo *)" = "roster.json roster.json.root-1.minisig roster.json.root-2-again.minisig" ])
}

@test "a version too far ahead, and one that was copied by hand and does not hold, are told" {
    roster_next 2 . root-1 root-2
    roster_next 3 . root-1 root-2
    run as XA-poc roster update "$NET/next/3"
    [ "$status" -eq 1 ]
    [[ $output == *"version 3 cannot be next"*"the newest is 1; bring the versions before it first"* ]]
    mkdir "$NET/XA-poc/roster/2"
    cp "$NET/next/2/roster.json" "$NET/XA-poc/roster/2"
    run as XA-poc roster update "$NET/next/2"
    [ "$status" -eq 1 ]
    [[ $output == *"$NET/XA-poc/roster/2 is there and does not hold: move it away"* ]]
    rm -r "$NET/XA-poc/roster/2"
    as XA-poc roster update "$NET/next/2"
    as XA-poc roster update "$NET/next/3"
    [ "$(folder_of XA-poc)" = 123 ]
}

@test "a node that was told newer by its broker says so" {
    start broker XA-poc
    roster_next 2 . root-1 root-2
    roster_next 3 . root-1 root-2
    as broker roster update "$NET/next/2"
    as broker roster update "$NET/next/3"
    wait_until holds XA-poc 3
    run as XA-poc roster update "$NET/next/2"
    [ "$status" -eq 0 ]
    [[ $output == *"the node holds version 3 already, from its broker"* ]]
}

@test "wrong directories and wrong files are named" {
    run comity -C "$NET_TOP" roster update "$NET/roster/1"
    [ "$status" -eq 1 ]
    [[ $output == *"holds neither node.conf nor broker.conf"* ]]
    run as XA-poc roster update "$NET_TOP"
    [ "$status" -eq 1 ]
    [[ $output == *"cannot read $NET_TOP/roster.json"*"name a roster.json"* ]]
    run as XA-poc roster update
    [ "$status" -eq 2 ]
    sed -i '/^network/d' "$NET/XA-poc/node.conf"
    run as XA-poc roster update "$NET/roster/1"
    [ "$status" -eq 1 ]
    [[ $output == *"node.conf names no network"* ]]
}

@test "a full disk leaves nothing half done" {
    [ "$(id -u)" -eq 0 ] || skip "needs root to make a small disk"
    MOUNTED=$NET_TOP/disk
    mkdir "$MOUNTED"
    mount -t tmpfs -o size=256k comity-test "$MOUNTED" || skip "no disk may be made here"
    cp -r "$NET/XA-poc" "$MOUNTED/"
    roster_next 2 . root-1 root-2
    head -c 1M /dev/zero >"$MOUNTED/fill" || true
    run comity -C "$MOUNTED/XA-poc" roster update "$NET/next/2"
    [ "$status" -eq 1 ]
    [[ $output == *"No space left on device; nothing was changed"* ]]
    [ "$(cd "$MOUNTED/XA-poc/roster" && find . -mindepth 1 -maxdepth 1)" = ./1 ]
    rm "$MOUNTED/fill"
    comity -C "$MOUNTED/XA-poc" roster update "$NET/next/2"
}
