#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# A broker alone, and hostile peers at its door: everything is refused with its own code and harms nobody else.
load lib

setup() {
    net_new XA,XB,XC
    start broker
}

teardown() { net_down; }

# After whatever happened, others are served.
others_are_served() {
    run peer XC-poc send none XB/poc
    [[ $output == *"ACCEPTED kind=accepted from=XC/poc"* ]]
}

@test "an unknown CURVE key, no security and a password are refused before the first frame" {
    for way in stranger null plain; do
        run peer XA-poc "$way"
        [ "$output" = "HANDSHAKE REFUSED" ]
    done
    run grep -c 'link.up' "$NET/broker/log"
    [ "$output" = 0 ]
    others_are_served
}

@test "a party that greets as another is told E_FROM and its link ends" {
    run peer XC-poc hello-as XA/poc
    [[ ${lines[0]} == "BYE reason=E_FROM"* ]]
    [ "${lines[1]}" = CLOSED ]
    log_has broker 'link.ended party=XC/poc reason=E_FROM'
    others_are_served
}

@test "a frame before Hello ends the link" {
    run peer XC-poc no-hello
    [[ ${lines[0]} == "BYE reason=E_FIELD"* ]]
    [ "${lines[1]}" = CLOSED ]
    others_are_served
}

@test "noise, an empty frame and every form of encoding but the one allowed end the link with a code" {
    run peer XA-poc garbage
    [[ $output == *"BYE reason=E_ENCODING"*CLOSED ]]
    run peer XA-poc empty
    [[ $output == *"BYE reason=E_FIELD"*CLOSED ]]
    for way in unknown repeated unsorted zero deep two; do
        run peer XA-poc frame "$way"
        [[ $output == *"BYE reason=E_ENCODING"*CLOSED ]]
    done
    log_has broker 'link.ended party=XA/poc reason=E_ENCODING' 7
    others_are_served
}

@test "a frame of one byte too many and a second frame end the connection unread" {
    for way in oversize second-frame; do
        run peer XA-poc "$way"
        [ "${lines[-1]}" = CLOSED ]
        [[ $output != *BYE* ]]
    done
    others_are_served
}

@test "a flood of MORE frames is cut while the broker's memory stays bounded" {
    peer XC-poc hello
    before=$(awk '/VmHWM/ {print $2}' "/proc/$(pid_of broker)/status")
    for _ in 1 2 3; do
        run peer XA-poc flood-more 512
        [ "${lines[-1]}" = CLOSED ]
    done
    after=$(awk '/VmHWM/ {print $2}' "/proc/$(pid_of broker)/status")
    echo "peak memory: $before kB before, $after kB after 1,536 MiB of MORE frames"
    [ $((after - before)) -lt 131072 ]
    others_are_served
}

@test "a newer link of a party ends the older one, which is told" {
    run peer XA-poc newer
    [[ $output == *'BYE reason=- text="a newer link of this party came up; does a second node run with its link key?"'*CLOSED ]]
}

@test "another's routing id gives nobody another's link" {
    run peer XA-poc squat XC-poc
    second=${output#*SECOND}
    second=${second%FIRST*}
    [[ $second != *WELCOME* ]]
    run grep -c 'link.up party=XC' "$NET/broker/log"
    [ "$output" = 0 ]
    others_are_served
}

@test "bytes that are no ZeroMQ harm nobody" {
    for _ in 1 2 3 4 5; do
        (exec 9<>"/dev/tcp/127.0.0.1/$PORT" && head -c 100000 /dev/urandom >&9) 2>/dev/null || true
    done
    others_are_served
}

@test "each wrong form of a header is refused with E_ENCODING, a wrong size with E_SIZE" {
    for flaw in header-unknown header-unsorted header-repeated header-zero header-deep; do
        run peer XA-poc send "$flaw" XB/poc
        [[ ${lines[-1]} == "REJECTED tag=1 reason=E_ENCODING temporary=1 signed=0"* ]]
    done
    run peer XA-poc send body-size XB/poc
    [[ ${lines[-1]} == "REJECTED tag=1 reason=E_SIZE temporary=1 signed=0"* ]]
    log_has broker 'submit.refused party=XA/poc reason=E_ENCODING' 5
    log_has broker 'submit.refused party=XA/poc reason=E_SIZE'
}

@test "another's envelope, another's key and an unknown recipient are refused without spending the number" {
    run peer XC-poc foreign-from XA-poc
    [[ ${lines[-1]} == "REJECTED tag=1 reason=E_FROM temporary=1 signed=0"* ]]
    run peer XA-poc foreign-key XC-poc
    [[ ${lines[-1]} == "REJECTED tag=1 reason=E_KEY temporary=0 signed=0"* ]]
    run peer XA-poc send none XZ/poc
    [[ ${lines[-1]} == "REJECTED tag=1 reason=E_TO temporary=0 signed=0"* ]]
    log_has broker 'submit.refused party=XC/poc reason=E_FROM'
}

@test "what is expired, of the future, forked or out of sequence is refused with a signed receipt" {
    run peer XA-poc expired
    [[ ${lines[-1]} == "REJECTED tag=1 reason=E_EXPIRED temporary=0 signed=1"* ]]
    run peer XA-poc future
    [[ ${lines[-1]} == "REJECTED tag=1 reason=E_CLOCK temporary=0 signed=1"* ]]
    run peer XA-poc fork
    [[ ${lines[-2]} == "ACCEPTED"* ]]
    [[ ${lines[-1]} == "REJECTED tag=2 reason=E_FORK temporary=0 signed=1"* ]]
    log_has broker 'event=chain.fork from=XA/poc to=XB/poc'
    run peer XA-poc sequence
    [[ ${lines[-1]} == "REJECTED tag=2 reason=E_SEQUENCE temporary=0 signed=1"* ]]
}

@test "a replay is answered with the same receipt and stored once" {
    run peer XA-poc replay XB/poc 4
    echo "$output"
    [ "$(grep -c ACCEPTED <<<"$output")" = 4 ]
    [ "$(grep ACCEPTED <<<"$output" | sort -u | wc -l)" = 1 ]
    [[ $(peer XA-poc hello) == *"HEADS count=1 last=1"* ]]
}

@test "none of the single-bit flips of an envelope is accepted, each has a code, the envelope itself still is" {
    run peer XA-poc flip XB/poc
    flips=$(grep FLIPPED <<<"$output")
    echo "$flips"
    [[ $flips == *"accepted=0 "*E_ENCODING=*E_SIGNATURE=* ]]
    total=$(awk '{print $2}' <<<"$flips")
    [ "$total" -gt 4000 ]
    # Every one of them was answered with a code: the counts add up.
    [ "$(grep -oE 'E_[A-Z]+=[0-9]+' <<<"$flips" | awk -F= '{n += $2} END {print n}')" = "$total" ]
    [[ ${lines[-1]} == ACCEPTED* ]]
    log_has broker 'submit.refused party=XA/poc reason=E_SIGNATURE' 1000
}

@test "accepted envelopes, chains and forks outlive kill -9 and come back from the disk alone" {
    peer XA-poc burst 50 XB/poc >/dev/null
    kill_hard broker
    start broker
    run peer XB-poc hoard 1
    [ "$(grep -c 'DELIVER from=XA/poc' <<<"$output")" = 8 ] # the credit of the lane
    [[ $(peer XA-poc hello) == *"HEADS count=1 last=1"* ]]
}

@test "a recipient that takes and never answers holds up only itself" {
    peer XA-poc burst 50 XB/poc >/dev/null
    (peer XB-poc hoard 20 >/dev/null 2>&1 &)
    wait_until log_has broker 'link.up party=XB/poc'
    others_are_served
    run peer XA-poc send none XC/poc
    [[ ${lines[-1]} == ACCEPTED* ]]
}
