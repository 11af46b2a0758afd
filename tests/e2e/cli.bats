#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# What comity(1) refuses, in which words, with which exit code: 0 done, 1 refused or failed, 2 usage, 3 not reachable.
load lib
load one_network
bats_require_minimum_version 1.5.0

# fails CODE TEXT COMMAND...: that exit code, nothing on standard output, and one line on standard error with that text and a
# next step after a semicolon.
fails() {
    local code=$1 text=$2
    shift 2
    run --separate-stderr "$@"
    echo "$*: code $status: $stderr"
    [ "$status" = "$code" ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" = 1 ] &&
        [[ ${stderr_lines[0]} == *"$text"*"; "* ]]
}

# faulty FILTER TEXT...: the example changed so is refused before it is signed, and each fault is named.
faulty() {
    local text
    request_to "$NET_TOP/faulty.json" FAULTY "$1"
    shift
    run --separate-stderr as XA-poc request "$NET_TOP/faulty.json" --to XB/poc
    echo "$stderr"
    [ "$status" = 1 ]
    [ -z "$output" ]
    for text in "$@"; do
        [[ $stderr == *"$text"* ]]
    done
    run as XA-poc show FAULTY
    [ "$status" = 1 ] # nothing was filed
}

@test "no time zone, a hold of 30 days, no link to the offence: refused before signing, the fault named" {
    faulty '.items[1].period.from = "2026-11-13T00:00:00"' 'items[1].period.from: has no time zone'
    faulty '.holdDays = 30' 'holdDays: 30 days are too short: ask for 60 or more'
    faulty 'del(.items[2].link)' 'items[2].link: missing'
}

@test "several faults are named at once" {
    faulty '.holdDays = 30 | del(.items[0].link) | del(.facts)' 'holdDays:' 'items[0].link:' 'facts:'
    faulty '.items[0].period.from = "yesterday" | .surprise = 1' 'items[0].period.from:' 'surprise:'
}

# form_of FILE: a request of JSON as a form of lines "path: value".
form_of() {
    echo "# a comment"
    jq -r 'paths(scalars) as $p | ($p | reduce .[] as $s (""; if ($s | type) == "number" then . + "[\($s)]"
        elif . == "" then $s else . + "." + $s end)) + ": " + (getpath($p) | tostring)' "$1"
}

@test "a form says what JSON says, and its faults lead to its lines" {
    request_to "$NET_TOP/form.json" FORM-1
    form_of "$NET_TOP/form.json" >"$NET_TOP/form.txt"
    sed 's/^holdDays: .*/holdDays: 30/; /^facts:/d' "$NET_TOP/form.txt" >"$NET_TOP/short.txt"
    run --separate-stderr as XA-poc request "$NET_TOP/short.txt" --to XB/poc
    echo "$stderr"
    [ "$status" = 1 ]
    [[ $stderr == *"holdDays: 30 days are too short"* && $stderr == *"facts: missing"* ]]
    run --separate-stderr as XA-poc request - --to XB/poc <<<$'reference: FORM-1\nfacts'
    [ "$status" = 1 ]
    [[ $stderr == *"line 2: there is no colon"* ]]
    as XA-poc request "$NET_TOP/form.txt" --to XB/poc
    wait_until state_is XB-poc FORM-1 REQUESTED
}

@test "a ground that the legal basis does not know is refused before signing; one that it knows is sent" {
    request_to "$NET_TOP/g.json" GROUND-1
    as XA-poc request "$NET_TOP/g.json" --to XB/poc
    wait_until state_is XB-poc GROUND-1 REQUESTED
    for ground in DUAL_CRIMINALITY BANK_SECRECY FISCAL POLITICAL_OFFENCE G21A; do
        run --separate-stderr as XB-poc refuse GROUND-1 --ground "$ground" --reason 'because of the law of this State'
        echo "$stderr"
        [ "$status" = 1 ]
        [[ $stderr == *"$ground"* ]]
    done
    state_is XB-poc GROUND-1 REQUESTED
    [ "$(case_of XB-poc GROUND-1 | jq '.letters | length')" = 1 ]
    as XB-poc refuse GROUND-1 --ground G21B --reason 'The server belongs to the ministry of defence of Belmora.'
    wait_until state_is XA-poc GROUND-1 CLOSED
}

@test "bad usage of each command is one line with the next step and code 2" {
    fails 2 'no command "bogus"' comity bogus
    fails 2 'no directory given' comity inbox
    fails 2 'there is no option --bogus' as XA-poc inbox --bogus
    for command in show why ack ask ordered held not-held refuse release answer extend withdraw; do
        fails 2 ' is missing' as XB-poc "$command"
    done
    fails 2 '--to is missing' as XA-poc request "$COMITY_REQUEST"
    fails 2 'is no address' as XA-poc request "$COMITY_REQUEST" --to nobody
    fails 2 'FILE is missing' as XA-poc request --to XB/poc
    fails 2 '--state is missing' as XA-poc wait X
    fails 2 '--state is one of' as XA-poc wait X --state DONE
    fails 2 '' comity roster verify
    fails 2 '' comity network new
    fails 2 'give either' comity network new "$NET_TOP/other"
    fails 2 'not a party address' comity network new "$NET_TOP/other" --states XX1
    fails 2 '--threshold takes' comity network new "$NET_TOP/other" --states XA --roots 5 --threshold 2
    fails 2 '' comity network up
    fails 2 '' comity network down
    fails 2 '' comity network status
    fails 2 '' comity demo one two
    fails 2 '' comity help bogus
    fails 2 '' comity completion bogus
}

@test "what is refused has code 1 and says what to do next" {
    fails 1 'there is no case' as XA-poc show nothing-like-it
    fails 1 'this party itself' as XA-poc request "$COMITY_REQUEST" --to XA/poc
    fails 1 'not in the roster' as XA-poc request "$COMITY_REQUEST" --to XQ/poc
    fails 1 'No such file' as XA-poc request "$NET_TOP/none.json" --to XB/poc
    fails 1 'node.conf' comity -C "$NET_TOP" inbox
    fails 1 'not empty' comity network new "$NET" --states XA
    fails 1 'No such file' comity network up "$NET_TOP/none"
    fails 1 'No such file' comity network down "$NET_TOP/none"
    fails 1 'cannot read' comity demo --request "$NET_TOP/none.json"
}

@test "a node that does not run is code 3, in words and in JSON" {
    stop XB-poc
    for command in inbox "show X" "why X" "status" directory "roster show" "ack X" "wait X --state HELD --timeout 1s"; do
        # shellcheck disable=SC2086
        fails 3 'no node answers' as XB-poc $command
        # shellcheck disable=SC2086
        run --separate-stderr as XB-poc $command --json
        [ "$status" = 3 ]
        [ "$(jq -r .code <<<"$output")" = UNREACHABLE ]
    done
    start XB-poc
}

@test "every command is in the manual and in the completion, and each that has options shows an example" {
    comity --json help | jq -r '.commands[] | .name' | while read -r name; do
        grep -qE "^\\.B ${name//-/.?-}( |\$)" "$COMITY_TOP/docs/man/comity.1" || { echo "not in the manual: $name" && false; }
        comity completion bash | grep -qF "'$name')" || comity completion bash | grep -qF "${name%% *}) words=" ||
            { echo "not in the completion: $name" && false; }
    done
    comity --json help | jq -e '[.commands[] | select((.options | length) > 0 and .name != "world" and (.help // "" | test("Example") | not)) | .name]
        | if . == [] then true else error(tostring) end'
}

@test "every command answers --help with code 0 and --json with an object" {
    for command in inbox show request wait why ack ask ordered held not-held refuse release answer extend withdraw status \
        directory "roster show" "roster verify" "roster update" "roster draft" "key new" "key show" "key passphrase" "network new" "network up" "network down" "network status" demo help completion; do
        # shellcheck disable=SC2086
        run comity $command --help
        [ "$status" = 0 ]
        [[ $output == *"comity "*"$command"* ]]
    done
    for command in "inbox" "status" "roster show"; do
        # shellcheck disable=SC2086
        as XA-poc $command --json | jq -e type
    done
}

tells_trouble() { as "$1" status --json | jq -e '.link_trouble | test("nobody answers")' > /dev/null; }

@test "network up, status and down tell who runs, and by their codes whether all is well" {
    run comity network status "$NET"
    [ "$status" = 0 ]
    [[ $output == *"broker "*"running"*"XA-poc "*"connected"*"XB-poc "*"connected"* ]]
    stop broker
    wait_until is_not_connected XA-poc
    wait_until tells_trouble XA-poc
    run comity network status "$NET"
    [ "$status" = 1 ]
    [[ $output == *"broker "*"down"*"no link to the broker"*"next: comity network up"* ]]
    [[ $output == *"no link: nobody answers: tcp://"* ]]
    run as XA-poc status
    [[ $output == *"link_trouble "*"nobody answers: tcp://"* ]]
    run comity network down "$NET"
    [ "$status" = 0 ]
    is_gone XA-poc
    is_gone XB-poc
    run comity network down "$NET"
    [ "$status" = 0 ]
    [[ $output == *"nothing was running"* ]]
    run comity network up "$NET" --detach
    [ "$status" = 0 ]
    wait_until is_connected XB-poc
    run comity network up "$NET" --detach # who runs already is left alone
    [ "$status" = 0 ]
}
