#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Recording an incident and playing it again: real daemons with --record, and `comity world replay` of what they wrote.
load lib
bats_require_minimum_version 1.5.0

setup() {
    net_new XA,XB
    KEY=$NET_TOP/record.key
    world record-key "$KEY" >/dev/null
}
teardown() { net_down; }

world() { "$COMITY_BIN/comity-drill" world "$@"; }

# record NAME [OPTION]...: that daemon, recording into $NET_TOP/NAME.record.
record() {
    local name=$1 program=comity-node
    shift
    [ "$name" = broker ] && program=comity-broker
    "$COMITY_BIN/$program" -C "$NET/$name" --record "$NET_TOP/$name.record" "$@" </dev/null >/dev/null 2>>"$NET/$name/log" 3>&- &
    disown
}
recording() {
    record "$@"
    wait_until serves "$1"
}
# replays NAME END: the record plays to that end, and every byte is the same.
replays() {
    run world replay "$NET_TOP/$1.record" --key "$KEY" --json
    [ "$status" = 0 ]
    jq -e --arg how "$2" '.ok and .end == $how and .turns > 3 and .said > 0 and .sealed' <<<"$output"
    jq -e '(.build | test("^[0-9.]+ [(].+[)]$")) and .recorded_by == .replayed_by' <<<"$output"
}

# for_exercises: makes version 1 of the roster again with officers who sign exercises only, and joins everybody to one.
for_exercises() {
    local name before after
    before=$(b2sum -l 256 <"$NET/roster/1/roster.json" | cut -d' ' -f1)
    jq -S --indent 2 '(.parties[].keys[] | select(.role == "officer")).exercise = true' "$NET/roster/1/roster.json" >"$NET_TOP/r.json"
    mv "$NET_TOP/r.json" "$NET/roster/1/roster.json"
    rm "$NET"/roster/1/*.minisig
    for name in root-1 root-2 root-3; do
        [ ! -e "$NET/roots/$name.key" ] || roster_sign "$NET/roster/1/roster.json" "$name" "$name"
    done
    after=$(b2sum -l 256 <"$NET/roster/1/roster.json" | cut -d' ' -f1)
    for name in broker $(nodes); do
        rm -r "$NET/$name/roster/1"
        cp -r "$NET/roster/1" "$NET/$name/roster/1"
        sed -i "s/$before/$after/" "$NET/$name"/*.conf
        [ "$name" = broker ] || echo "exercise = 00112233445566778899aabbccddeeff" >>"$NET/$name/node.conf"
    done
}

@test "a request and its answer, recorded by all, happen again byte for byte, of a process that was killed too" {
    recording broker --record-key "$KEY.pub"
    for name in XA-poc XB-poc; do
        recording "$name" --record-key "$KEY.pub"
        wait_until is_connected "$name"
    done
    as XA-poc request "$COMITY_REQUEST" --to XB/poc 2>/dev/null
    wait_until state_is XB-poc XA-NCC-2026-0417 REQUESTED
    as XB-poc ack XA-NCC-2026-0417 2>/dev/null
    wait_until state_is XA-poc XA-NCC-2026-0417 ACKNOWLEDGED
    kill_hard XA-poc
    end_with ABRT XB-poc
    stop broker
    replays broker ended
    replays XA-poc cut
    replays XB-poc cut
    [ "$(stat -c %a "$NET_TOP/XA-poc.record")" = 600 ]
    # Nothing of the case can be read from the files.
    run ! grep -qa 'XA-NCC-2026-0417' "$NET_TOP"/*.record
    # The next process begins with the store that this one left.
    mv "$NET_TOP/XA-poc.record" "$NET_TOP/before.record"
    mv "$NET_TOP/broker.record" "$NET_TOP/broker-before.record"
    recording broker --record-key "$KEY.pub"
    recording XA-poc --record-key "$(sed -n 's/^public //p' "$KEY.pub")"
    wait_until is_connected XA-poc
    stop XA-poc broker
    replays XA-poc ended
    replays broker ended
    run world replay "$NET_TOP/XA-poc.record" --key "$KEY" --trace --until 2 --dump "$NET_TOP/dump"
    [ "$status" = 0 ]
    [[ $output == *"turn 1 20"*"turn 2 20"* ]]
    [[ $output != *"turn 3 "* ]]
    [ "$(sqlite3 "$NET_TOP/dump/store.db" 'SELECT q_reference FROM case_file')" = XA-NCC-2026-0417 ]
    # A dump overwrites nothing, and then nothing is played either.
    run world replay "$NET_TOP/XA-poc.record" --key "$KEY" --dump "$NET_TOP/dump"
    [ "$status" = 1 ]
    [[ $output == *"dump/store.db exists already"* && $output != *played* ]]
    run world replay "$NET_TOP/before.record" --key "$KEY" --trace
    [[ $output == *"command SUBMIT"*"says to link 1: Submit tag 1 XA/poc -> XB/poc urgent"* ]]
}

@test "a record is for the one it is sealed to, and says what is wrong with it" {
    recording broker --record-key "$KEY.pub"
    stop broker
    run world replay "$NET_TOP/broker.record"
    [ "$status" = 1 ]
    [[ $output == *"the record is sealed; give the key"* ]]
    world record-key "$NET_TOP/other.key" >/dev/null
    run world replay "$NET_TOP/broker.record" --key "$NET_TOP/other.key"
    [ "$status" = 1 ]
    [[ $output == *"sealed to another key"* ]]
    run world replay "$COMITY_REQUEST" --key "$KEY"
    [ "$status" = 1 ]
    [[ $output == *"not a record"* ]]
    head -c -20 "$NET_TOP/broker.record" >"$NET_TOP/cut.record"
    run world replay "$NET_TOP/cut.record" --key "$KEY"
    [ "$status" = 0 ]
    [[ $output == *"cut off"* ]]
    for size in 300 400; do
        head -c "$size" "$NET_TOP/broker.record" >"$NET_TOP/cut.record"
        run world replay "$NET_TOP/cut.record" --key "$KEY"
        [ "$status" = 1 ]
        [[ $output == *"cut off before its first turn"*"get the whole file"* && $output != *played\ 0* ]]
    done
    (head -c 3000 "$NET_TOP/broker.record" && printf X && tail -c +3002 "$NET_TOP/broker.record") >"$NET_TOP/bad.record"
    run world replay "$NET_TOP/bad.record" --key "$KEY"
    [ "$status" = 1 ]
    [[ $output == *"damaged or was changed"* ]]
}

@test "an open record is refused where anything could be real, and made where the roster is of exercises only" {
    start broker XA-poc
    stop XA-poc broker
    for name in broker XA-poc; do
        record "$name"
        wait_until log_has "$name" 'for networks whose roster is of exercises only'
        wait_until is_gone "$name"
        [ ! -e "$NET_TOP/$name.record" ]
        rm "$NET/$name"/*.db*
    done
    for_exercises
    start broker XA-poc
    stop XA-poc broker
    recording broker
    recording XA-poc
    wait_until is_connected XA-poc
    stop XA-poc broker
    for name in broker XA-poc; do
        run world replay "$NET_TOP/$name.record" --json
        [ "$status" = 0 ]
        jq -e '.end == "ended" and .said > 0 and (.sealed | not)' <<<"$output"
    done
}

@test "a file that is there is never overwritten, and a wish without sense is refused" {
    echo mine >"$NET_TOP/broker.record"
    record broker --record-key "$KEY.pub"
    wait_until log_has broker 'never overwritten'
    wait_until is_gone broker
    [ "$(cat "$NET_TOP/broker.record")" = mine ]
    ln -sf "$NET_TOP/elsewhere" "$NET_TOP/XA-poc.record"
    record XA-poc --record-key "$KEY.pub"
    wait_until log_has XA-poc 'cannot make the record'
    [ ! -e "$NET_TOP/elsewhere" ]
    for wrong in "--record-key $KEY.pub" "--record-max 1MiB" "--record" "--record f --record-max 5" "--record f --record-max 1e9"; do
        # shellcheck disable=SC2086 # words
        run comity-broker -C "$NET/broker" $wrong
        [ "$status" = 2 ]
    done
    run comity-broker -C "$NET/broker" --record "$NET_TOP/f" --record-key "$NET/broker/broker.conf"
    [ "$status" = 1 ]
    [[ $output == *"no key of records"* ]]
}

# takes_all N: the broker accepts so many envelopes and goes on until it is told to end, whatever became of its record.
takes_all() {
    peer XA-poc burst "$1" XB/poc >/dev/null
    stop broker
    tail -n 2 "$NET/broker/log"
    log_has broker "event=broker.figures accepted=$1 "
}

@test "a record that has reached its size ends, and the daemon goes on" {
    start broker XB-poc
    wait_until log_has XB-poc 'event=prekeys.taken'
    stop XB-poc broker
    recording broker --record-key "$KEY.pub" --record-max 1MiB
    takes_all 600
    log_has broker 'event=record.ended .*--record-max'
    [ "$(stat -c %s "$NET_TOP/broker.record")" -le 1048576 ]
    run world replay "$NET_TOP/broker.record" --key "$KEY" --json
    [ "$status" = 0 ]
    jq -e '.end == "ended" and (.text | contains("--record-max"))' <<<"$output"
}

@test "a full disk ends the record and nothing else" {
    [ "$(id -u)" = 0 ] || skip "only root can mount a small disk"
    mkdir "$NET_TOP/small"
    mount -t tmpfs -o size=1m tmpfs "$NET_TOP/small" 2>/dev/null || skip "mounting is not allowed here"
    MOUNTED=$NET_TOP/small
    start broker XB-poc
    wait_until log_has XB-poc 'event=prekeys.taken'
    stop XB-poc broker
    "$COMITY_BIN/comity-broker" -C "$NET/broker" --record "$NET_TOP/small/broker.record" --record-key "$KEY.pub" \
        </dev/null >/dev/null 2>>"$NET/broker/log" 3>&- &
    disown
    wait_until serves broker
    takes_all 600
    log_has broker 'event=record.ended .*No space left'
    run world replay "$NET_TOP/small/broker.record" --key "$KEY" --json
    [ "$status" = 0 ]
    jq -e '.end == "cut" and .turns > 0' <<<"$output"
}
