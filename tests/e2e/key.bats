#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Keys of a live network: made where they are used, drafted into the roster, signed, used, replaced and revoked.
load lib
bats_require_minimum_version 1.5.0

REFERENCE=XA-NCC-2026-0417

setup() { net_new XA,XB; }
teardown() { net_down; }

# next VERSION OPTION...: that version, drafted by the program and signed by two roots.
next() {
    local version=$1 before=$NET/next/$(($1 - 1))
    shift
    [ -d "$before" ] || before=$NET/roster/$((version - 1))
    mkdir -p "$NET/next"
    comity roster draft "$before" --out "$NET/next/$version" "$@" || return
    roster_sign "$NET/next/$version/roster.json" root-1 root-1
    roster_sign "$NET/next/$version/roster.json" root-2 root-2
}
# everywhere VERSION: all daemons have it.
everywhere() {
    local name
    for name in broker XA-poc XB-poc; do
        give_roster $name "$1"
    done
    for name in broker XA-poc XB-poc; do
        wait_until log_has $name "event=roster.taken version=$1"
    done
}
digits_of() { comity --json key show "$1" | jq -re .key; }

@test "an officer's key is made, locked, added, used, and revoked" {
    echo 'four words and a comma' >"$NET/words"
    local key=$NET/XA-poc/officers/second.key
    COMITY_NEW_PASSPHRASE_FILE=$NET/words run comity key new officer "$key" --of XA/poc --name 'duty 2'
    [ "$status" = 0 ]
    [[ $output == *"--add-key $key.pub"*"public key $(digits_of "$key")"* ]]
    [ "$(stat -c %a "$key")" = 600 ]
    run grep -c argon2id "$key"
    [ "$output" = 1 ]
    run comity key show "$key"
    [[ $output == *"officer of XA/poc duty 2"*"locked with a passphrase"* ]]

    net_up
    run --separate-stderr next 2 --add-key "$key.pub"
    [[ $output == *"XA/poc  new officer $(digits_of "$key" | cut -c1-8)"* ]]
    everywhere 2
    run as XA-poc request "$COMITY_REQUEST" --to XB/poc --officer second </dev/null
    [[ $output == *"no passphrase was given"* ]]
    COMITY_PASSPHRASE_FILE=$NET/words as XA-poc request "$COMITY_REQUEST" --to XB/poc --officer second
    wait_until state_is XB-poc $REFERENCE REQUESTED

    next 3 --revoke-key "$(digits_of "$key" | cut -c1-12)=lost"
    everywhere 3
    COMITY_PASSPHRASE_FILE=$NET/words run as XA-poc status $REFERENCE --officer second
    [ "$status" -ne 0 ]
    [[ $output == *revoked* ]]
}

@test "a node's link and sealing keys are replaced by the next ones, and nothing is lost" {
    net_up
    comity key new link "$NET/XB-poc/keys/link-2.key" --of XB/poc --days 30
    comity key new seal "$NET/XB-poc/keys/seal-2.key" --of XB/poc
    comity key new node "$NET/XB-poc/keys/node-2.key" --of XB/poc
    next 2 --add-key "$NET/XB-poc/keys/link-2.key.pub" --add-key "$NET/XB-poc/keys/seal-2.key.pub" \
        --add-key "$NET/XB-poc/keys/node-2.key.pub"
    everywhere 2
    local before
    before=$(digits_of "$NET/XB-poc/keys/link.key")
    stop XB-poc
    as XA-poc request "$COMITY_REQUEST" --to XB/poc # it waits, sealed for a key that the old sealing key signed
    for role in link seal node; do
        mv "$NET/XB-poc/keys/$role-2.key" "$NET/XB-poc/keys/$role.key"
    done
    start XB-poc
    wait_until state_is XB-poc $REFERENCE REQUESTED
    next 3 --revoke-key "$before=replaced"
    everywhere 3
    as XB-poc ack $REFERENCE
    wait_until state_is XA-poc $REFERENCE ACKNOWLEDGED
}

@test "an officer's passphrase is set, changed and taken away; the key stays the same" {
    local key=$NET/XA-poc/officers/duty.key was
    was=$(digits_of "$key")
    echo 'the first passphrase' >"$NET/first"
    echo 'another passphrase' >"$NET/second"
    COMITY_NEW_PASSPHRASE_FILE=$NET/first comity key passphrase "$key"
    COMITY_PASSPHRASE_FILE=$NET/second COMITY_NEW_PASSPHRASE_FILE=$NET/second run comity key passphrase "$key"
    [ "$status" = 1 ]
    [[ $output == *"wrong passphrase"* ]]
    COMITY_PASSPHRASE_FILE=$NET/first COMITY_NEW_PASSPHRASE_FILE=$NET/second comity key passphrase "$key"
    net_up
    COMITY_PASSPHRASE_FILE=$NET/second as XA-poc request "$COMITY_REQUEST" --to XB/poc
    COMITY_PASSPHRASE_FILE=$NET/second comity key passphrase "$key" --plain
    [ "$(stat -c %a "$key")" = 600 ]
    [ "$(digits_of "$key")" = "$was" ]
    as XA-poc status $REFERENCE
}

@test "a key that cannot be what it is asked to be is refused, and nothing is written" {
    # refuses CODE TEXT WORD...: ends so, says so, and leaves no file.
    refuses() {
        run comity key new "${@:3}"
        echo "$output"
        [ "$status" = "$1" ]
        [[ $output == *"$2"* ]]
        [ ! -e "$NET/k" ] && [ ! -e "$NET/k.pub" ]
    }
    refuses 2 "a key is of the role" root "$NET/k" --of XA/poc
    refuses 2 "--of says whose key" node "$NET/k"
    refuses 2 "keys of a party" node "$NET/k" --of broker-1
    refuses 2 "a key of a broker" receipt "$NET/k" --of XA/poc
    refuses 2 "--of names a party" link "$NET/k" --of 'XA/nobody at all'
    refuses 2 "--name says" officer "$NET/k" --of XA/poc
    refuses 2 "--name says" officer "$NET/k" --of XA/poc --plain --name "$(printf 'n%.0s' {1..65})"
    refuses 2 "daemons' keys have no passphrase" link "$NET/k" --of XA/poc --plain
    refuses 2 "from 1 to 3650" link "$NET/k" --of XA/poc --days 0
    refuses 2 "from 1 to 3650" link "$NET/k" --of XA/poc --days 3651
    refuses 1 "no passphrase was given" officer "$NET/k" --of XA/poc --name x </dev/null
    echo 'eleven char' >"$NET/words"
    COMITY_NEW_PASSPHRASE_FILE=$NET/words refuses 1 "12 characters" officer "$NET/k" --of XA/poc --name x
    echo 'twelve chars' >"$NET/words"
    COMITY_NEW_PASSPHRASE_FILE=$NET/words comity key new officer "$NET/twelve" --of XA/poc --name x
    comity key new officer "$NET/k" --of XA/poc --plain --name "$(printf 'n%.0s' {1..64})" # as long as may be
    run comity key new link "$NET/k" --of XA/poc
    [ "$status" = 1 ]
    [[ $output == *"is there already"* ]]
    run comity key passphrase "$NET/XA-poc/keys/link.key" --plain
    [[ $output == *"only officers' keys"* ]]
}

@test "what is no key for this roster is refused, and the draft is as it was" {
    mkdir "$NET/next"
    echo '{"owner": "XQ/poc", "key": {}}' >"$NET/no.pub"
    run comity roster draft "$NET/roster/1" --out "$NET/next/2" --add-key "$NET/no.pub"
    [[ $output == *"XQ/poc is not in the roster"* ]]
    echo '{"owner": "XA/poc", "key": {"role": "node"}}' >"$NET/no.pub"
    run comity roster draft "$NET/roster/1" --out "$NET/next/2" --add-key "$NET/no.pub"
    [[ $output == *"E_ROSTER_FORMAT"* ]]
    run comity roster draft "$NET/roster/1" --out "$NET/next/2" --add-key "$NET/roster/1/roster.json"
    [[ $output == *"holds no key for a roster"* ]]
    run comity roster draft "$NET/roster/1" --out "$NET/next/2" --revoke-key '00000000=lost'
    [[ $output == *"no key in the roster begins with 00000000"* ]]
    run comity roster draft "$NET/roster/1" --out "$NET/next/2" --revoke-key '0000=lost'
    [ "$status" = 2 ]
    [ ! -e "$NET/next/2/roster.json" ]
    comity key new link "$NET/one" --of XA/poc
    run comity roster draft "$NET/roster/1" --out "$NET/next/2" --add-key "$NET/one.pub" --add-key "$NET/one.pub"
    [[ $output == *"E_ROSTER_RULE"* ]]
}
