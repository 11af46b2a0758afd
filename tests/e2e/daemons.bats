#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2153,SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# How the daemons start and end: locks, keys, ports, signals, and a restart from the disk alone.
load lib
bats_require_minimum_version 1.5.0

setup() { net_new XA,XB; }
teardown() { net_down; }

# refuses TEXT PROGRAM NAME: does not start, says so on one line, and has code 1.
refuses() {
    run timeout 20 "$COMITY_BIN/$2" -C "$NET/$3"
    echo "$output"
    [ "$status" = 1 ]
    [[ $output == *"$1"* ]]
    [ "${#lines[@]}" = 1 ]
}

@test "two daemons in one directory are refused, the first goes on" {
    start broker XA-poc
    refuses "$(pid_of broker)" comity-broker broker
    refuses "$(pid_of XA-poc)" comity-node XA-poc
    wait_until is_connected XA-poc
}

@test "a key file that others can read or write, or that is no plain file, is refused with the remedy" {
    chmod 644 "$NET/broker/keys/link.key"
    refuses "chmod 600 $NET/broker/keys/link.key" comity-broker broker
    chmod 600 "$NET/broker/keys/link.key"
    for key in node seal link; do
        chmod 620 "$NET/XA-poc/keys/$key.key"
        refuses "chmod 600 $NET/XA-poc/keys/$key.key" comity-node XA-poc
        chmod 600 "$NET/XA-poc/keys/$key.key"
    done
    mv "$NET/XA-poc/keys/node.key" "$NET_TOP/node.key"
    ln -s "$NET_TOP/node.key" "$NET/XA-poc/keys/node.key"
    refuses "$NET/XA-poc/keys/node.key" comity-node XA-poc
    start broker XB-poc
    chmod 644 "$NET/XB-poc/officers/duty.key"
    run --separate-stderr as XB-poc request "$COMITY_REQUEST" --to XA/poc
    [ "$status" = 1 ]
    [[ $stderr == *"chmod 600 $NET/XB-poc/officers/duty.key"* ]]
}

@test "a configuration with faults names all of them and the daemon does not start" {
    printf 'colour = blue\nquota_envelopes = many\n' >>"$NET/broker/broker.conf"
    run timeout 20 "$COMITY_BIN/comity-broker" -C "$NET/broker"
    [ "$status" = 1 ]
    [[ $output == *colour* ]]
    [[ $output == *quota_envelopes* ]]
}

@test "a broker elsewhere than the roster says: nodes say that nobody answers, and serve on" {
    sed -i 's/^bind = .*/bind = tcp:\/\/127.0.0.1:*/' "$NET/broker/broker.conf"
    start broker XA-poc
    wait_until log_has XA-poc "event=link.trouble cause=\"nobody answers: tcp://127.0.0.1:$PORT\""
    is_not_connected XA-poc
    as XA-poc request "$COMITY_REQUEST" --to XB/poc # kept until there is a link
    state_is XA-poc XA-NCC-2026-0417 SENT
    run as XA-poc why XA-NCC-2026-0417
    [[ $output == *"the link to the broker is down"* ]]
}

@test "a port that is taken is said, and that nodes find another only when it is named to them" {
    start broker
    cp -r "$NET/broker" "$NET_TOP/second"
    rm -f "$NET_TOP/second/broker.lock"
    run timeout 20 "$COMITY_BIN/comity-broker" -C "$NET_TOP/second"
    [ "$status" = 1 ]
    [[ $output == *"cannot listen on tcp://127.0.0.1:$PORT"*"end that one"*"only when the roster, or through ="* ]]
}

@test "a node key of another party is said in the log and wherever one looks, with what to do" {
    cp "$NET/XB-poc/keys/node.key" "$NET/XA-poc/keys/node.key"
    net_up
    why='keys/node.key is not a node key that roster 1 names for XA/poc'
    wait_until log_has XA-poc "event=key.unusable role=node cause=\"$why\" next=\"put this party's own key there"
    as XA-poc request "$COMITY_REQUEST" --to XB/poc
    run as XA-poc why XA-NCC-2026-0417
    [[ $(tr -s ' \n' ' ' <<<"$output") == *"$why"*"put this party's own key there"* ]]
    as XA-poc --json status | jq -e --arg why "$why" '.troubles[0] | .what == "node_key" and .why == $why'
    run comity network status "$NET"
    [ "$status" = 1 ]
    [[ $(tr -s ' \n' ' ' <<<"$output") == *"connected, but in trouble"*"$why"* ]]
}

@test "another process at the broker's port is not taken for the broker" {
    # A broker of another network, with other keys, where ours should be.
    first=$NET port=$PORT
    NET=$NET_TOP/other
    comity network new "$NET" --states XA,XB --port "$port" >/dev/null
    start broker
    NET=$first
    start XA-poc
    wait_until log_has XA-poc 'event=link.trouble cause="what answers is not the roster.s broker'
    is_not_connected XA-poc
    NET=$NET_TOP/other
    stop broker
    NET=$first
}

@test "a node whose link key the roster does not name says so" {
    start broker
    roster_next 2 '(.parties[] | select(.address == "XA/poc").keys[] | select(.role == "link").revoked) =
        {"at": "2026-01-01T00:00:00Z", "reason": "lost"}' root-1 root-2
    give_roster broker 2
    wait_until log_has broker 'event=roster.taken version=2'
    start XA-poc
    wait_until log_has XA-poc "event=link.trouble cause=\"the broker refuses this party's link key"
    wait_until log_has broker 'event=hub.refused keys=[1-9]'
}

@test "SIGTERM and SIGINT end a daemon cleanly with code 0" {
    for name in broker XA-poc; do
        program=comity-node
        [ "$name" = broker ] && program=comity-broker
        for signal in TERM INT; do
            "$COMITY_BIN/$program" -C "$NET/$name" 2>>"$NET/$name/log" 3>&- &
            job=$!
            wait_until serves "$name"
            kill -"$signal" "$job"
            code=0
            wait "$job" || code=$?
            [ "$code" = 0 ]
        done
        log_has "$name" 'event=(broker|node).stopped' 2
    done
    [ ! -e "$NET/broker/ready" ]
    [ ! -e "$NET/XA-poc/node.sock" ]
}

@test "a bare directory and bad usage are said with code 2 or 1" {
    run "$COMITY_BIN/comity-broker" --bogus
    [ "$status" = 2 ]
    [ "${#lines[@]}" = 1 ]
    run "$COMITY_BIN/comity-node"
    [ "$status" = 2 ]
    [ "${#lines[@]}" = 1 ]
    run "$COMITY_BIN/comity-node" -C "$NET_TOP"
    [ "$status" = 1 ]
    for program in comity-broker comity-node; do
        "$COMITY_BIN/$program" --help | grep -q "keys/link.key"
        "$COMITY_BIN/$program" --version
        "$COMITY_BIN/$program" --sample-config | grep -q "network"
    done
}

tells_of_twin() { [[ $(api "$1" status | jq -r .link_trouble) == *"newer link of this party came up"* ]]; }

@test "two nodes with one link key end each other's link ever more rarely, and both say why" {
    net_up
    cp -r "$NET/XB-poc" "$NET/XB-twin"
    rm -f "$NET"/XB-twin/node.{db*,sock,lock} "$NET/XB-twin/log"
    start XB-twin
    local told='event=link.bye .*a newer link of this party came up; does a second node run with its link key'
    wait_until log_has XB-twin "$told"
    wait_until log_has XB-poc "$told"
    wait_until tells_of_twin XB-poc
    wait_until log_has XB-twin "$told" 4
    # The last two ends that the twin was told of are a second apart at least; they would be a fifth of one.
    local -a ends
    mapfile -t ends < <(grep -E "$told" "$NET/XB-twin/log" | sed 's/^ts=\([^ ]*\).*/\1/' | xargs -I{} date -d {} +%s%3N)
    [ $((ends[3] - ends[2])) -ge 700 ]
}

@test "everything comes back from the disk alone: a copy of the directories elsewhere goes on" {
    net_up
    as XA-poc request "$COMITY_REQUEST" --to XB/poc 2>/dev/null
    wait_until state_is XB-poc XA-NCC-2026-0417 REQUESTED
    kill_hard broker XA-poc XB-poc
    mv "$NET" "$NET_TOP/m"
    NET=$NET_TOP/m
    net_up
    state_is XB-poc XA-NCC-2026-0417 REQUESTED
    as XB-poc ack XA-NCC-2026-0417
    wait_until state_is XA-poc XA-NCC-2026-0417 ACKNOWLEDGED
}

@test "a secret is in no log and no database" {
    net_up
    as XA-poc request "$COMITY_REQUEST" --to XB/poc 2>/dev/null
    wait_until state_is XB-poc XA-NCC-2026-0417 REQUESTED
    stop broker XA-poc XB-poc
    run grep -rlaF "corporate mailboxes" "$NET/broker"
    [ -z "$output" ] # the broker's disk has nothing that can be read
    for key in "$NET"/*/keys/*.key "$NET"/*/officers/*.key; do
        secret=$(sed -n '4s/^plain //p' "$key")
        [ ${#secret} = 64 ]
        run grep -rlF "$secret" "$NET" --include=log --include='*.db*'
        [ -z "$output" ]
    done
}
