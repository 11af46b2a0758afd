#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# comity world: what it prints and refuses, with which exit code; tests/world/world.t plays the plans and seeds.
load lib
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || exit 1
    cat >short.plan <<'END'
parties XA/poc XB/poc
XA/poc writes request to XB/poc as theft
wait until quiet
expect XB/poc sees theft state REQUESTED
END
}

# refuses CODE TEXT COMMAND...: that exit code, nothing on standard output, one line on standard error with that text.
refuses() {
    local code=$1 text=$2
    shift 2
    run --separate-stderr "$@"
    echo "$*: code $status: $stderr"
    [ "$status" = "$code" ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" = 1 ] && [[ ${stderr_lines[0]} == *"$text"* ]]
}

@test "the same seed and plan give the same transcript, with and without a trace" {
    comity world run --plan short.plan --seed 3 --json >a.json
    comity world run --plan short.plan --seed 3 --trace >b.txt
    [ "$(jq -r .ok a.json)" = true ]
    [ "$(jq -r .seed a.json)" = 3 ]
    grep -q "^transcript  $(jq -r .transcript a.json)$" b.txt
    grep -q 'XA/poc -> hub  Submit' b.txt
    comity world run --plan short.plan --seed 4 --json >c.json
    [ "$(jq -r .transcript a.json)" != "$(jq -r .transcript c.json)" ]
}

@test "--json may stand before world; then standard output is JSON and nothing else" {
    comity --json world run --plan short.plan --trace 2>trace | jq -e '.coverage and .figures.letters == 1'
    grep -q 'plan 2: XA/poc writes' trace
}

@test "an expectation that does not hold: exit code 1, the line, the last events, the command that plays it again" {
    sed -i 's/REQUESTED/HELD/' short.plan
    run comity world run --plan short.plan
    [ "$status" = 1 ]
    [[ $output == *"short.plan:4: XB/poc sees of theft at state: REQUESTED; expected: HELD"* ]]
    [[ $output == *"again       comity world run --seed 1 --plan short.plan --trace"* ]]
    [[ $output == *"build       "* ]]
    run comity world run --plan short.plan --json
    [ "$status" = 1 ]
}

@test "a failure whose text is cut within a character is told as JSON all the same" {
    local long
    long=$(printf 'ä%.0s' {1..300})
    for value in "$long" "x$long"; do # whichever of the two it is that the cut falls into
        sed "s/REQUESTED/\"$value\"/" short.plan >long.plan
        run --separate-stderr comity world run --plan long.plan --json
        [ "$status" = 1 ]
        jq -e '.broken.invariant == "PLAN" and (.broken.text | contains("expected: ")) and .broken.again' <<<"$output"
    done
}

@test "a lie is noted in the trace, with what is wrong" {
    sed -i 's/^parties.*/& XC\/poc/' short.plan
    sed -i '2i XC/poc lies with padding to XB/poc' short.plan
    comity world run --plan short.plan --trace | grep -F 'XC/poc **  lies to XB/poc with padding: the padding ends with another byte'
}

# unmet LINE TEXT STATEMENT...: the short plan with these statements after it fails at that line with that text.
unmet() {
    local where=$1 text=$2
    shift 2
    cp short.plan unmet.plan
    printf '%s\n' "$@" >>unmet.plan
    run comity world run --plan unmet.plan
    tail -4 <<<"$output"
    [ "$status" = 1 ] && grep -qF "unmet.plan:$where: $text" <<<"$output"
}

@test "each kind of expectation can fail" {
    unmet 7 'state of theft differs: XA/poc sees REQUESTED, XB/poc sees ACKNOWLEDGED' \
        'cut the link of XB/poc' 'XB/poc writes ack in theft' 'expect both see the same of theft'
    unmet 5 'XB/poc knows of theft' 'expect XB/poc knows nothing of theft'
    unmet 5 'the last write was answered 200' 'expect 422 of the last write'
    unmet 5 'XB/poc has not logged chain.gap' 'expect XB/poc logs chain.gap'
    unmet 5 'XA/poc has logged letter.filed' 'expect XA/poc never logs letter.filed'
    unmet 5 'hub is up' 'expect hub is down'
    unmet 5 'XB/poc sees of theft at letters.count: 1; expected: 2' 'expect XB/poc sees theft letters.count 2'
    unmet 5 'XB/poc sees of theft at items[9].state: nothing' 'expect XB/poc sees theft items[9].state ASKED'
    unmet 5 'hub is up' 'start hub' 'expect hub is up' # what cannot be played fails, too
    unmet 6 'XA/poc is down' 'crash XA/poc losing nothing' 'crash XA/poc losing torn' 'expect XA/poc is down'
}

@test "a plan that cannot be read: exit code 2, line, column and the nearest right word" {
    sed -i 's/writes/wirtes/' short.plan
    refuses 2 'short.plan:2:8: "wirtes" is not understood here; did you mean "writes"?' comity world run --plan short.plan
    refuses 1 'no.plan' comity world run --plan no.plan
    : >empty.plan
    refuses 2 'empty.plan:1: the plan is empty' comity world run --plan empty.plan
    head -c 65537 /dev/zero | tr '\0' '\n' >large.plan
    refuses 1 'large.plan is larger than 65536 bytes' comity world run --plan large.plan
    mkfifo pipe
    refuses 1 'it is not a plain file' timeout 10 comity world run --plan pipe
    refuses 1 'it is not a plain file' timeout 10 comity world replay pipe
}

@test "what is to be pasted can be: the seed, and a plan whose name has blanks and quotes" {
    sed 's/REQUESTED/HELD/' short.plan >"the officer's.plan"
    run comity world run --plan "the officer's.plan" --seed 200397
    [ "$status" = 1 ]
    grep -x 'seed        200397' <<<"$output"
    again=$(sed -n 's/^again       //p' <<<"$output")
    run bash -c "$again"
    [ "$status" = 1 ]
    [[ $output == *"expected: HELD"*"again       $again"* ]]
}

@test "an answer that cannot be written is said to be that" {
    run bash -c 'comity world run --plan short.plan --json >/dev/full'
    [ "$status" = 1 ]
    [ "$output" = "comity: the output could not be written" ]
}

@test "usage: exit code 2, what is wrong, what to write" {
    refuses 2 '--seed or --plan is missing' comity world run
    refuses 2 'is no seed' comity world run --seed seven
    refuses 2 'the first and the last seed' comity world swarm --seeds 5..1
    refuses 2 'the first and the last seed' comity world swarm --seeds 7
    refuses 2 'is no number from 1 to 256' comity world swarm --seeds 1..2 --jobs 0
    refuses 2 'comity world run' comity world
    refuses 2 'did you mean: comity world swarm' comity world swram
    refuses 2 'there is no option --sed; did you mean: --seed' comity world run --sed 1
}

@test "a swarm adds up what its seeds met, and writes it" {
    run comity world swarm --seeds 1..2 --jobs 2 --twice 1000 --keep-going --coverage coverage.json --json
    jq -e '.done == 2 and .coverage' <<<"$output"
    jq -e 'length > 0' coverage.json
    [ "$(jq '.failures | map(select(.invariant == "I12" or .invariant == "ABORT" or .invariant == "HANG")) | length' <<<"$output")" = 0 ]
}

@test "without comity-drill beside it comity says what is missing" {
    mkdir alone
    cp "$COMITY_BIN/comity" alone/
    PATH=/usr/bin:/bin refuses 1 'comity-drill that plays worlds cannot be started' alone/comity world run --seed 1
}
