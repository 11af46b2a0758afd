# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2317 # what lib.bash sets, and wait_until calls
# Live exercises beside real work: a network whose officers have keys for exercises, one side of a drill, a request in it.

# A live network in which one officer of each party has a key for exercises besides: officers/drill.key, in roster version 2.
live_net() {
    net_new XA,XB,XC
    local filter=. name party key
    comity network new "$NET_TOP/keys" --states XA,XB,XC --exercise >/dev/null
    for name in XA-poc XB-poc XC-poc; do
        party=${name/-//}
        key=$(sed -n 3p "$NET_TOP/keys/$name/officers/duty.key")
        sed "2s/ duty\$/ drill/" "$NET_TOP/keys/$name/officers/duty.key" >"$NET/$name/officers/drill.key"
        chmod 600 "$NET/$name/officers/drill.key"
        filter="$filter | (.parties[] | select(.address == \"$party\").keys) |= (. + [(map(select(.name == \"head\"))[0] | .key = \"$key\" | .name = \"drill\" | .exercise = true)] | sort_by(.role, .key))"
    done
    net_up
    roster_next 2 "$filter" root-1 root-2
    for name in broker XA-poc XB-poc XC-poc; do
        give_roster "$name" 2
        has_roster() { log_has "$name" 'event=roster.taken version=2'; }
        wait_until has_roster
    done
}

live() { comity drill live "$NET_TOP/drill.yaml" --node "$NET/$1/node.sock" --dir "$NET_TOP/$1" --once --json; }
drill() { comity drill "$1" "$NET_TOP/$2" "${@:3}"; }

# drilled REFERENCE EXAMPLE: a request of $ASKING to $ASKED in the exercise, there and here.
drilled() {
    example "$2" | jq --arg reference "$1" '.reference = $reference | if .items then .items |= .[:1] else . end' >"$NET_TOP/$1.json"
    as "$ASKING" request "$NET_TOP/$1.json" --to "${ASKED/-//}" --officer drill >/dev/null
    wait_until is_level "$1"
}
