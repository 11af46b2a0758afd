# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # what tests use is set here, and bats sets the rest
# What the tests share that write letters: a case between two nodes, $ASKING and $ASKED, level on both sides after each word.
ASKING=XA-poc
ASKED=XB-poc

# Both sides have the same letters and see the same: states, asks, what is owed.
case_is() { case_of "$1" "$2" | jq -S '[.state, .items, .asks, .owed, [.letters[] | [.letter, .by, .effect, .code]]]'; }
is_level() {
    [ "$(case_is "$ASKING" "$1")" = "$(case_is "$ASKED" "$1")" ] && ! case_of "$ASKING" "$1" | jq -e '.flags | index("ON_ITS_WAY")'
}

# begin EXAMPLE REFERENCE [JQ-FILTER]: asks for what the example of that name asks for.
begin() {
    example "$1" | jq --arg reference "$2" ".reference = \$reference | ${3:-.}" >"$NET_TOP/$2.json"
    if ! as "$ASKING" request "$NET_TOP/$2.json" --to "${ASKED/-//}" >"$NET_TOP/said" 2>&1; then
        cat "$NET_TOP/said"
        return 1
    fi
    wait_until is_level "$2"
}
# one_hold REFERENCE: a hold of one item.
one_hold() { begin preservation "$1" '.items |= .[:1] | del(.items[].dataDies)'; }

# q REFERENCE COMMAND [OPTION]...: the requesting side says it, and it arrives; r: the requested side does.
said() {
    local node=$1 reference=$2 command=$3
    shift 3
    if ! as "$node" "$command" "$reference" "$@" >"$NET_TOP/said" 2>&1; then
        cat "$NET_TOP/said"
        return 1
    fi
    wait_until is_level "$reference"
}
letter() { # NODE KIND REFERENCE [OPTION]...: in the general way
    as "$1" letter "${@:2}" 2>"$NET_TOP/said" || return 1
    wait_until is_level "$3"
}
q() { said "$ASKING" "$@"; }
r() { said "$ASKED" "$@"; }

# may_not NODE REFERENCE CODE COMMAND...: refused before it is signed, with that code.
may_not() {
    local node=$1 reference=$2 code=$3 command=$4
    shift 4
    run as "$node" --json "$command" "$reference" "$@"
    [ "$status" = 1 ] && jq -e --arg code "$code" '[.faults[].code] | index($code)' <<<"$output" >/dev/null && return 0
    echo "$output"
    return 1
}

stands() {
    [ "$(case_of "$ASKING" "$1" | jq -r '[.items[] | .state, .result] | join(" ") | gsub(" +$"; "")')" = "$2" ]
}
asks_are() { [ "$(case_of "$ASKING" "$1" | jq -r '[.asks[].ask] | unique | join(" ")')" = "$2" ]; }
# has_letter REFERENCE KIND: a letter of that kind is there.
has_letter() { case_of "$ASKING" "$1" | jq -e --arg kind "$2" '[.letters[].letter] | index($kind)'; }
# all_cases NODE: their ids.
all_cases() { api "$1" 'inbox?all=1' | jq -r '(.cases + (.exercises // []))[].case'; }
# newest NODE TYPE: the newest case of that type.
newest() {
    all_cases "$1" | while read -r id; do case_of "$1" "$id"; done |
        jq -rs --arg type "$2" 'map(select(.type == $type)) | max_by(.letters[0].signed).case'
}

# rows_met NODE: "MACHINE LETTER:WHY" as in nodes/lifecycle.def of every letter that took effect in any of its cases.
rows_met() {
    all_cases "$1" | while read -r id; do
        api "$1" "cases/$id?letters=all" | jq -r '{PRESERVE: "HOLD"} as $names | (.type | $names[.] // .) as $machine | .letters[] |
            select(.effect == "FOLDED" or .effect == "NOTED") | (.body | to_entries[] | select(.key != "acted") | .value) as $body |
            ({RELEASED: $body.why, STATUS: $body.on, DECIDE: $body.what, REPLY: $body.to, EVIDENCE: $body.part, ANSWERED: $body.part,
              DISCLOSED: $body.part, TIED: $body.match, EVIDENCE_RECEIPT: (if $body.bad then "BAD" else "OK" end),
              REFUSED: (if $machine == "HOLD" then null elif ($body.ground // "" | startswith("G21")) then "P21" else "OTHER" end),
              DECLINED: (if $body.what == "CONDITIONS" then "CONDITIONS" else null end)}[.letter]) as $why |
            "\($machine) \(.letter)\(if $why then ":" + $why else "" end)"'
    done
}
# rows_of_table: the same of every row of the table.
rows_of_table() {
    sed -nE 's/^ROW(_EARLY)?\(([A-Z]+), ([A-Z0-9_]+), ([A-Z0-9_]+),.*/\2 \3:\4/p' "$COMITY_TOP/nodes/lifecycle.def" | sed 's/:NONE$//'
}
