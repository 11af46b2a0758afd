#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# A disk that is full: nothing is acknowledged that is not on it, who asks is told, and a restart with room goes on.
load lib

setup() { net_new XA,XB; }

teardown() { net_down; }

# start_limited NAME KIB: no file of that daemon may grow beyond so much, as on a disk without room.
start_limited() {
    (ulimit -f "$2" && run_daemon "$1")
    wait_until serves "$1"
}
# on_small_disk NAME: the folder of that daemon lies on a disk of 16 MiB, which is less than any of them needs.
on_small_disk() {
    [ "$(id -u)" = 0 ] || skip "only root can mount a small disk"
    mkdir "$NET_TOP/small"
    mount -t tmpfs -o size=16m tmpfs "$NET_TOP/small" 2>/dev/null || skip "mounting is not allowed here"
    MOUNTED=$NET_TOP/small
    cp -r "$NET/$1/." "$MOUNTED"
    rm -r "${NET:?}/$1"
    ln -s "$MOUNTED" "$NET/$1"
}
accepted_in() { grep -c '^ACCEPTED' "$1" || true; }
has_at_least() { [ "$(cases_of "$1")" -ge "$2" ]; }

@test "a broker without room acknowledges nothing that is not on its disk; a restart with room delivers all it had" {
    start broker XB-poc
    wait_until is_connected XB-poc
    wait_until log_has XB-poc 'event=prekeys.taken'
    stop XB-poc broker
    start_limited broker 4096
    peer XA-poc burst 3000 XB/poc >"$NET_TOP/said" 2>&1 || true
    accepted=$(accepted_in "$NET_TOP/said")
    echo "$accepted of 3000 accepted"
    tail -n 3 "$NET_TOP/said"
    [ "$accepted" -gt 0 ]
    [ "$accepted" -lt 3000 ]
    kill_hard broker
    start broker XB-poc
    wait_until has_at_least XB-poc "$accepted"
    # It serves on: the next one is taken, too.
    run peer XA-poc send none XB/poc
    [[ ${lines[-1]} == ACCEPTED* ]]
    wait_until has_at_least XB-poc $((accepted + 1))
}

@test "a node without room files nothing it cannot keep; a restart with room sends all it had answered" {
    start broker XB-poc XA-poc
    wait_until is_connected XB-poc
    stop XA-poc
    start_limited XA-poc 3072
    wait_until is_connected XA-poc
    (timeout 20 "$COMITY_TOOLS/requests" "$NET/XA-poc" XB/poc 1000 F >"$NET_TOP/answers" 2>"$NET_TOP/errors" || true)
    answered=$(wc -l <"$NET_TOP/answers")
    echo "$answered of 1000 answered"
    cat "$NET_TOP/errors"
    [ "$answered" -gt 0 ]
    [ "$answered" -lt 1000 ]
    kill_hard XA-poc
    start XA-poc
    wait_until has_at_least XB-poc "$answered"
    while read -r reference case _; do
        [ "$(case_of XB-poc "$reference" | jq -r .case)" = "$case" ]
    done < <(tail -n 20 "$NET_TOP/answers")
    run as XA-poc request "$COMITY_REQUEST" --to XB/poc 2>/dev/null
    [ "$status" = 0 ]
    wait_until state_is XB-poc XA-NCC-2026-0417 REQUESTED
}

@test "on a disk that is nearly full the broker says so and takes nothing; the sender keeps it and sends it when there is room" {
    on_small_disk broker
    net_up
    run peer XB-poc send none XA/poc
    [[ ${lines[-1]} == *"REJECTED tag=1 reason=E_QUOTA temporary=1 signed=0"*"disk is nearly full"* ]]
    as XA-poc request "$COMITY_REQUEST" --to XB/poc 2>/dev/null
    wait_until log_has XA-poc 'event=envelope.waits .*reason=E_QUOTA'
    state_is XA-poc XA-NCC-2026-0417 SENT
    run as XA-poc why XA-NCC-2026-0417
    [[ $output == *"does not take it for now (E_QUOTA"* ]]
    mount -o remount,size=600m "$MOUNTED"
    wait_until state_is XB-poc XA-NCC-2026-0417 REQUESTED
}

@test "a node whose disk is nearly full says so in its log, in its status and in that of the network; and that it is over" {
    on_small_disk XA-poc
    net_up
    wait_until log_has XA-poc 'event=disk.low free=[0-9]+ needed=67108864'
    as XA-poc --json status | jq -e '.disk_low and .troubles[0].what == "disk"'
    run comity network status "$NET"
    [ "$status" = 1 ]
    [[ $output == *"connected, but in trouble"*"bytes free"*"next: make room"* ]]
    mount -o remount,size=600m "$MOUNTED"
    as XA-poc status >/dev/null
    wait_until log_has XA-poc 'event=disk.enough free=[0-9]+ needed=67108864'
    run comity network status "$NET"
    [ "$status" = 0 ]
}
