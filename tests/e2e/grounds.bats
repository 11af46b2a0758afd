#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Grounds for refusal, as a real daemon judges them.
load lib
load one_network
load letters
bats_require_minimum_version 1.5.0

# ground_of NODE CASE LETTER-JSON: "yes" if the ground may stand there, whatever else is wrong with the letter.
ground_of() {
    curl -s --max-time 10 --unix-socket "$NET/$1/node.sock" -H 'Content-Type: application/json' \
        -d "{\"case\": \"$2\", \"signers\": [], \"letter\": $3}" http://localhost/v1/letters/prepare |
        jq -r 'if ([.faults[]?.code] | index("NOT_A_GROUND")) then "no" else "yes" end'
}

@test "every ground is tried on every letter under every legal basis: allowed where the text says, and nowhere else" {
    own='G21A G21B G21C G21D G22 RE POLITICAL_OFFENCE B29_5_B B29_4 DUAL_CRIMINALITY DE_MINIMIS FISCAL OTHER_INSTRUMENT B30_2_B B27_4_B B25_4 OTHER_CHANNEL LATE_OR_INSUFFICIENT'
    hold_UN_CYBERCRIME='G21B G21C G22'
    hold_BUDAPEST='POLITICAL_OFFENCE B29_5_B'
    hold_OTHER=$own
    withheld_UN_CYBERCRIME='G21B G21C G22'
    withheld_BUDAPEST='POLITICAL_OFFENCE B30_2_B'
    withheld_OTHER='OTHER_INSTRUMENT'
    mla_UN_CYBERCRIME='G21A G21B G21C G21D G22 DUAL_CRIMINALITY DE_MINIMIS OTHER_CHANNEL'
    mla_BUDAPEST='POLITICAL_OFFENCE B27_4_B B25_4'
    mla_OTHER=$own
    all='BANK_SECRECY'
    diff <(tr ' ' '\n' <<<"$own $all" | LC_ALL=C sort) <(sed -nE 's/^GROUND_RULE\(([A-Z0-9_]+),.*/\1/p' "$COMITY_TOP/nodes/grounds.def" | LC_ALL=C sort)
    for basis in UN_CYBERCRIME BUDAPEST OTHER; do
        begin preservation "GH-$basis" ".basis = {instrument: \"$basis\", text: (if \"$basis\" == \"OTHER\" then \"Treaty of Exemplia\" else null end)}"
        begin records "GM-$basis" ".basis = {instrument: \"$basis\", text: (if \"$basis\" == \"OTHER\" then \"Treaty of Exemplia\" else null end)}"
        for ground in $own $all; do
            for try in hold:GH:refused:text extension:GH:extensionRefused:text withheld:GH:disclosed43:text mla:GM:refused:text; do
                IFS=: read -r of case letter text <<<"$try"
                extra=
                [ "$of" != withheld ] || extra=', "withheld": true'
                list=${of/extension/hold}_$basis
                want=no
                [[ " ${!list} " != *" $ground "* ]] || want=yes
                got=$(ground_of XB-poc "$case-$basis" "{\"$letter\": {\"ground\": \"$ground\", \"$text\": \"Reasons.\"$extra}}")
                [ "$got" = "$want" ] || { echo "$of under $basis by $ground: $got"; touch "$NET_TOP/wrong"; }
            done
        done
    done
    [ ! -e "$NET_TOP/wrong" ]
}
