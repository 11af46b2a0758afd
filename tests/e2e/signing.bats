#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Two officers of one party sign at two machines: each has a folder with a key of its own, and the node keeps the letter between.
load lib
bats_require_minimum_version 1.5.0

REFERENCE=XA-NCC-2026-0417

setup() {
    net_new XA,XB
    net_up
    # The machine of the head: a directory that knows whose node it is and where its API is, and one key.
    mkdir -m 700 "$NET_TOP/head" "$NET_TOP/head/officers"
    { cat "$NET/XB-poc/node.conf" && echo "socket = $NET/XB-poc/node.sock"; } >"$NET_TOP/head/node.conf"
    chmod 600 "$NET_TOP/head/node.conf"
    mv "$NET/XB-poc/officers/head.key" "$NET_TOP/head/officers/"
    as XA-poc request "$COMITY_REQUEST" --to XB/poc
    wait_until state_is XB-poc $REFERENCE REQUESTED
}

teardown() { net_down; }

head_of() { comity -C "$NET_TOP/head" "$@"; }
refuse() { as XB-poc refuse $REFERENCE --ground G21B --reason 'The server belongs to the ministry.' "$@"; }
# waiting: the id of the only letter that waits, in full.
waiting() { as XB-poc --json prepared | jq -re '.prepared | if length == 1 then .[0].letterId else error end'; }
count_waiting() { [ "$(as XB-poc --json prepared | jq '.prepared | length')" = "$1" ]; }

# letters_are PARTY N: in the case, looked at by no officer.
letters_are() { [ "$(api "$1" "cases/$REFERENCE" | jq '.letters | length')" = "$2" ]; }

@test "what is signed as read was shown before: by whatever command, and once" {
    run --separate-stderr as XB-poc ack $REFERENCE
    [[ $stderr == "REQUEST of XA/poc, letter 1 of that side"*"41 corporate mailboxes"*"duty signs ACK to XA/poc:"*"opened 1 letter of XA/poc"* ]]
    as XA-poc status $REFERENCE
    wait_until letters_are XB-poc 3
    run --separate-stderr as XB-poc held $REFERENCE --scope all --until +90d
    [[ $stderr == "STATUS_ASK of XA/poc, letter "*"duty signs HELD to XA/poc:"*"opened 1 letter of XA/poc"* ]]
    [[ $stderr != *"41 corporate mailboxes"* ]]
}

@test "what is unread is shown however far back it stands in the case" {
    echo '{"category": "TRAFFIC", "description": "Mail logs of the account", "identifiers": [{"kind": "ACCOUNT", "value": "eh-20931"}],
        "period": {"from": "2026-11-13T00:00:00Z", "to": "2026-11-15T00:00:00Z"}, "custodian": "Example Hosting", "link": "Rented it"}' \
        >"$NET/item.json"
    for i in {2..25}; do
        as XA-poc supplement $REFERENCE --add "$NET/item.json" --text "Addition $i."
    done
    wait_until letters_are XB-poc 25
    run --separate-stderr as XB-poc ack $REFERENCE
    [[ $stderr == "REQUEST of XA/poc, letter 1 of that side"*"41 corporate mailboxes"*"SUPPLEMENT of XA/poc, letter 25 "*"Addition 25."*"duty signs ACK to XA/poc:"*"opened 25 letters of XA/poc"* ]]
}

@test "a refusal is prepared, signed at two machines and sent" {
    run refuse
    [ "$status" -ne 0 ]
    [[ $output == *"2 officers must sign"* ]]
    run --separate-stderr refuse --with head
    [ "$status" -eq 0 ]
    [[ $output == "REFUSED "*" waits for the signature of "*"head: comity sign "* ]]
    [[ $stderr == *"duty signs REFUSED to XA/poc:"*"The server belongs to the ministry."* ]]
    local id
    id=$(waiting)
    [ "$(as XB-poc --json prepared | jq -r '.prepared[0] | "\(.kind) \(.missing) \([.signers[].signed])"')" = "REFUSED 1 [true,false]" ]
    state_is XB-poc $REFERENCE REQUESTED # nothing is sent yet

    run as XB-poc submit "${id:0:12}"
    [ "$status" -eq 1 ]
    [[ $output == *"waits for"*head* ]]
    run as XB-poc sign "$id" --yes # the duty officer has signed
    [ "$status" -eq 1 ]
    [[ $output == *"no key here is wanted"* ]]

    run head_of sign "${id:0:12}" </dev/null
    [ "$status" -eq 2 ]
    [[ $output == *"REFUSED to XA/poc:"*"of the case $(case_of XB-poc $REFERENCE | jq -r .case) $REFERENCE, letter 1 of"*"The server belongs to the ministry."*"--yes"* ]]
    run --separate-stderr head_of sign "${id:0:12}" --yes
    [ "$status" -eq 0 ]
    [[ $output == "all have signed REFUSED ${id:0:12}; send it: comity submit ${id:0:12}" ]]
    [[ $stderr == *"head signs REFUSED to XA/poc:"*"The server belongs to the ministry."* ]]

    run as XB-poc submit "${id:0:12}"
    [ "$status" -eq 0 ]
    [[ $output == "REFUSED filed in case "* ]]
    wait_until state_is XA-poc $REFERENCE CLOSED
    [ "$(case_of XA-poc $REFERENCE | jq -r '[.letters[] | select(.letter == "REFUSED") | .signers[].name] | sort | join(" ")')" = "duty head" ]
    count_waiting 0
    run as XB-poc submit "$id"
    [ "$status" -eq 1 ]
}

@test "who signs sees it on a terminal and is asked" {
    refuse --with head
    local id
    id=$(waiting)
    run script -qec "comity -C $NET_TOP/head sign $id" /dev/null <<<"no"
    [[ $output == *"The server belongs to the ministry."*"Sign it?"*"nothing was signed"* ]]
    [ "$(as XB-poc --json prepared | jq -r '.prepared[0].missing')" = 1 ]
    run script -qec "comity -C $NET_TOP/head sign $id" /dev/null <<<"yes"
    [[ $output == *"all have signed"* ]]
}

@test "when the case has moved nobody signs or sends what was prepared" {
    refuse --with head
    local id
    id=$(waiting)
    as XA-poc withdraw $REFERENCE --reason 'suspect cleared'
    moved() { as XB-poc --json prepared | jq -e '.prepared[0].refused.code == "CASE_MOVED"'; }
    wait_until moved
    run head_of sign "$id" --yes
    [ "$status" -eq 1 ]
    [[ $output == *"a letter of the requesting side came in"*"prepare the letter anew"* ]]
    run as XB-poc prepared
    [[ $output == *"cannot be sent any more"* ]]
    run as XB-poc discard "$id"
    [ "$status" -eq 0 ]
    count_waiting 0

    refuse --with head # anew, with what came in seen; signed, and then the case moves once more
    id=$(waiting)
    head_of sign "$id" --yes
    as XA-poc answer $REFERENCE --text 'nothing was asked' || true
    as XB-poc ack $REFERENCE
    run as XB-poc submit "$id"
    [ "$status" -eq 1 ]
    [[ $output == *"another letter of this side was filed"* ]]
}

@test "a letter that waits outlives the node, and only its officers sign it" {
    refuse --with head
    local id
    id=$(waiting)
    kill_hard XB-poc
    start XB-poc
    [ "$(waiting)" = "$id" ]
    run comity -C "$NET/XA-poc" prepared "$id"
    [ "$status" -eq 1 ] # it is XB's alone
    run head_of sign 0123456789abcdef --yes
    [ "$status" -eq 1 ]
    [[ $output == *"no letter 0123456789abcdef waits"* ]]
    run refuse --with nobody
    [ "$status" -eq 2 ]
    [[ $output == *"names no officer nobody"* ]]
    head_of sign "$id" --yes
    as XB-poc submit "$id"
    wait_until state_is XA-poc $REFERENCE CLOSED
}

@test "a new request waits, too, and one who has no key may prepare" {
    rm "$NET/XB-poc/officers/"*.key
    local phone
    phone=$(as XB-poc --json roster show | jq -r '.parties[] | select(.address == "XB/poc") | .contacts[0].phone')
    request_to "$NET_TOP/own.json" XB-2026-1 ".confirmation.phone = \"$phone\""
    run as XB-poc request "$NET_TOP/own.json" --to XA/poc --with head
    [ "$status" -eq 0 ]
    local id
    id=$(waiting)
    run as XB-poc prepared
    [[ $output == *"REQUEST to XA/poc, a new case"*"waits for head"* ]]
    head_of sign "$id" --yes
    head_of submit "$id"
    wait_until state_is XA-poc XB-2026-1 REQUESTED
}
