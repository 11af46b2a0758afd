#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# kill -9 of broker, sender and receiver at random moments while requests and answers are under way. What was answered has taken
# effect exactly once, in order, and both sides have the same cases. COMITY_CHAOS_SEED repeats a choice of moments and victims.
load lib

REQUESTS=${COMITY_CHAOS_REQUESTS:-1000}
KILLS=${COMITY_CHAOS_KILLS:-60}
CLIENTS=4
ANSWERED=24 # cases that XB's officer takes up to HELD while all this goes on

setup() {
    WAIT_MS=120000
    net_new XA,XB
    net_up
}

teardown() {
    for pid in "${CLIENT_PIDS[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    net_down
}

answered() { cat "$NET_TOP"/answers.* | wc -l; }
answered_are() { [ "$(answered)" -ge "$1" ]; }
clients_run() { kill -0 "${CLIENT_PIDS[@]}" 2>/dev/null; }

# XB's officer: acknowledges, orders and holds, whatever the daemons do in between; what is done already is refused and passed.
take_up() {
    local reference state='' end
    end=$(($(now_ms) + 300000)) # of the whole: a case that is never held fails the test instead of holding it up
    for ((n = 1; n <= ANSWERED; n++)); do
        reference=C1-$n
        until [ "$state" = HELD ]; do
            [ "$(now_ms)" -lt "$end" ] || return 1
            state=$(case_of XB-poc "$reference" | jq -r .state)
            case $state in
                REQUESTED) as XB-poc ack "$reference" ;;
                ACKNOWLEDGED) as XB-poc ordered "$reference" ;;
                ORDERED) as XB-poc held "$reference" ;;
                *) sleep 0.02 ;; # not here yet, or the node is just coming back
            esac || true # what had no answer is seen in the state
        done
        state=
    done
} >/dev/null 2>&1

# One line a case, sorted: what both sides have to agree on.
lines_of() {
    api "$1" 'inbox?all=1' | jq -r '.cases[] | [.case, .reference, .state, (.items | tostring)] | join(" ")' | sort
}
sides_are_equal() {
    lines_of XA-poc >"$NET_TOP/xa"
    lines_of XB-poc >"$NET_TOP/xb"
    [ "$(wc -l <"$NET_TOP/xa")" = "$REQUESTS" ] && cmp "$NET_TOP/xa" "$NET_TOP/xb"
}

@test "60 kills in 1,000 requests: each takes effect exactly once, in order, and both sides are equal" {
    seed=${COMITY_CHAOS_SEED:-$((EPOCHSECONDS % 32768))}
    echo "seed $seed: COMITY_CHAOS_SEED=$seed"
    RANDOM=$seed
    CLIENT_PIDS=()
    for ((c = 1; c <= CLIENTS; c++)); do
        share=$((REQUESTS / CLIENTS + (c <= REQUESTS % CLIENTS)))
        "$COMITY_TOOLS/requests" "$NET/XA-poc" XB/poc "$share" "C$c" >"$NET_TOP/answers.$c" 2>"$NET_TOP/errors.$c" 3>&- &
        CLIENT_PIDS+=($!)
    done
    (take_up) 3>&- &
    officer=$!

    # Random moments: so many requests answered. Random victims.
    moments=$(for ((k = 0; k < KILLS; k++)); do echo $(((RANDOM * 32768 + RANDOM) % REQUESTS)); done | sort -n)
    killed=0
    for moment in $moments; do
        wait_until answered_are "$moment"
        victims=(broker XA-poc XB-poc)
        victim=${victims[RANDOM % 3]}
        wait_until is_running "$victim"
        kill_hard "$victim"
        run_daemon "$victim"
        wait_until is_running "$victim"
        killed=$((killed + 1))
    done
    for pid in "${CLIENT_PIDS[@]}"; do
        wait "$pid"
    done
    cat "$NET_TOP"/errors.*
    [ "$killed" = "$KILLS" ]
    [ "$(answered)" = "$REQUESTS" ]
    wait_until serves XA-poc
    wait_until serves XB-poc
    wait "$officer"

    # Nothing more is under way once both sides agree; nobody had to do anything for that.
    wait_until sides_are_equal
    # Every answer names a case that is there once, and only those.
    cut -d' ' -f1,2 "$NET_TOP"/answers.* | awk '{print $2, $1}' | sort >"$NET_TOP/answered"
    cut -d' ' -f1,2 "$NET_TOP/xb" | cmp - "$NET_TOP/answered"
    run grep -cvE ' (REQUESTED|HELD) 3$' "$NET_TOP/xb"
    [ "$output" = 0 ]
    [ "$(grep -c ' HELD 3$' "$NET_TOP/xb")" = "$ANSWERED" ]
    # Letter by letter: those that were taken up, and a sample of the others.
    for reference in $(seq -f "C1-%g" 1 "$ANSWERED") $(seq -f "C2-%g" 1 7 $((REQUESTS / CLIENTS))); do
        for side in XA-poc XB-poc; do
            case_of "$side" "$reference" |
                jq '[.state, .items, .ladder, [.letters[] | [.id, .letter, .by, .seq, .effect]]]' >"$NET_TOP/$side.case"
        done
        diff -U 3 "$NET_TOP/XA-poc.case" "$NET_TOP/XB-poc.case"
        expected='["REQUEST"]'
        [[ $reference == C1-* ]] && expected='["REQUEST","ACK","ORDERED","HELD"]'
        [ "$(jq -c '[.[3][][1]]' "$NET_TOP/XB-poc.case")" = "$expected" ]
    done
    echo "seed $seed: $KILLS kills, $REQUESTS requests"
}
