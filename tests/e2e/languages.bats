#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# Every text that people read comes from a catalogue: in a language that puts each in brackets no prose stands outside of them.
load lib
bats_require_minimum_version 1.5.0

setup_file() {
    export LOCALES
    LOCALES=$(mktemp -d /tmp/c.XXXXXX)
    "$COMITY_TOP/tests/support/pseudo_po.sh" "$LOCALES"
}

teardown_file() { rm -rf "$LOCALES"; }

setup() {
    export COMITY_LOCALE_DIR=$LOCALES
    unset LANGUAGE LC_ALL LC_MESSAGES LANG
    net_new XA,XB
    net_up
    as XA-poc request "$COMITY_REQUEST" --to XB/poc
    wait_until state_is XB-poc XA-NCC-2026-0417 REQUESTED
    as XB-poc show XA-NCC-2026-0417 >/dev/null # opened
    { # what is no prose: data, words of the machine, commands and their options
        as XB-poc --json show XA-NCC-2026-0417 | jq -r '.. | strings'
        as XB-poc --json roster show | jq -r '.. | strings'
        jq -r '.. | strings, (objects | keys[])' "$COMITY_REQUEST" "$COMITY_TOP"/tests/support/pseudo_words.json
        as XB-poc --json status | jq -r '.. | objects | keys[]'
        { comity --json help; comity --json help world; } | jq -r '.commands[] | .name, .synopsis, (.options[] | "--" + .name, .argument // "")'
    } | tr -cs 'a-zA-Z' '\n' | sort -u >"$NET_TOP/words"
}

teardown() { net_down; }

xx() { LANG=xx_XX.UTF-8 as "$@"; }

# prose: lower-case words of standard input that stand in no brackets and are no data. A line that was cut ends its bracket.
prose() {
    perl -0pe 's/\[[^\[\]\n]*\.\.\.$/ /gm; 1 while s/\[[^\[\]]*\]/ /' | grep -oE '\b[a-z]{2,}\b' | sort -u |
        comm -23 - "$NET_TOP/words"
}
is_said() {
    run prose
    echo "not in brackets: $output"
    [ -z "$output" ]
}

@test "the main screens have no prose outside of a catalogue" {
    xx XB-poc inbox --all | is_said
    xx XB-poc show XA-NCC-2026-0417 | is_said
    xx XA-poc show --full XA-NCC-2026-0417 | is_said
    xx XA-poc why XA-NCC-2026-0417 | is_said
    xx XA-poc status | is_said
    xx XA-poc roster show | is_said
    LANG=xx comity network status "$NET" | is_said
    LANG=xx comity help | is_said
    comity --json help | jq -r '.commands[].name' | while read -r name; do
        # shellcheck disable=SC2086 # two words
        LANG=xx comity help $name | is_said
    done
}

@test "why there is no link is told in the language" {
    stop broker
    in_the_language() { xx XA-poc status --json | jq -e '.link_trouble | startswith("[nobody answers]: tcp://")'; }
    wait_until in_the_language
}

@test "a letter that is sent is read and told in the language" {
    xx XB-poc ack XA-NCC-2026-0417 >"$NET_TOP/out" 2>&1
    is_said <"$NET_TOP/out"
    grep -qF '[XB/poc duty signs ACK to XA/poc:' "$NET_TOP/out"
    xx XB-poc refuse XA-NCC-2026-0417 --ground G21B --reason 'of the ministry' >"$NET_TOP/out" 2>&1
    sed -i 's/of the ministry//' "$NET_TOP/out"
    is_said <"$NET_TOP/out"
}

@test "a letter that waits for another officer is told in the language" {
    mv "$NET/XB-poc/officers/head.key" "$NET_TOP/"
    xx XB-poc refuse XA-NCC-2026-0417 --ground G21B --reason none --with head >"$NET_TOP/out" 2>&1
    is_said <"$NET_TOP/out"
    local id
    id=$(as XB-poc --json prepared | jq -r '.prepared[0].letterId')
    xx XB-poc prepared | is_said
    xx XB-poc prepared "$id" >"$NET_TOP/out"
    sed -i 's/none//' "$NET_TOP/out"
    is_said <"$NET_TOP/out"
    run ! xx XB-poc submit "$id" >"$NET_TOP/out" 2>&1
    is_said <"$NET_TOP/out"
    xx XB-poc discard "$id" | is_said
    xx XB-poc prepared | is_said
}

@test "errors of the program, of the node and of a letter are said in the language" {
    refused() { ! xx "$@" >"$NET_TOP/out" 2>&1 && grep -qF '[' "$NET_TOP/out" && is_said <"$NET_TOP/out"; }
    refused XB-poc held
    refused XB-poc hedl
    refused XB-poc ack --hlep
    refused XB-poc ack XA-NCC-2026-0417 --by yesterday
    refused XB-poc show 12345678
    refused XB-poc extend XA-NCC-2026-0417 --until 2027-04-01
    refused XB-poc held XA-NCC-2026-0417 --until +1d
    refused XB-poc refuse XA-NCC-2026-0417 --ground FISCAL --reason none
    jq '.basis = null | .facts = "" | .holdDays = 3' "$COMITY_REQUEST" >"$NET_TOP/bad.json"
    refused XA-poc request "$NET_TOP/bad.json" --to XB/poc
    refused XA-poc request "$NET_TOP/bad.json" --to XZ/poc
    refused nobody inbox
}

@test "what is asked of a world is told in the language; its course is not" {
    LANG=xx comity world run --seed 7 >"$NET_TOP/out"
    sed -E '/^\[(build|transcript)\]/d' "$NET_TOP/out" | is_said
    printf 'parties XA/poc XB/pco\n' >"$NET_TOP/wrong.plan"
    run ! env LANG=xx comity world run --plan "$NET_TOP/wrong.plan"
    [[ $output == *'["XB/pco" is no party of a world[; did you mean "XB/poc"?]]'* ]]
    trace() { comity world run --seed 7 --trace | sed '/^\[*seed\]* *7$/,$d'; }
    diff <(trace) <(LANG=xx trace)
}

@test "words of the machine are the same in every language" {
    diff <(as XB-poc --json show XA-NCC-2026-0417) <(xx XB-poc --json show XA-NCC-2026-0417)
    diff <(comity --json help) <(LANG=xx comity --json help)
    run xx XB-poc --json show 12345678
    [ "$(jq -r .code <<<"$output")" = NOT_FOUND ]
    [[ $(jq -r .error <<<"$output") == "["* ]]
}

@test "the API answers in the language that it is asked in" {
    asked() { curl -s --unix-socket "$NET/XB-poc/node.sock" -H "Accept-Language: $1" http://localhost/v1/cases/zzzz | jq -r .error; }
    [[ $(asked xx) == "["* ]]
    [[ $(asked 'fr, xx-XX;q=0.5') == "["* ]]
    [[ $(asked 'en, xx;q=0.5') == "there is"* ]]
    [[ $(asked 'xx;q=0, de') == "there is"* ]]
    [[ $(asked '*') == "there is"* ]]
    [[ $(asked "$(printf '%0300d' 0 | tr 0 ,);q=xx") == "there is"* ]]
}

@test "the environment names the language as for other programs" {
    said() { env "$@" comity shwo 2>&1 || true; }
    [[ $(said LANG=xx_XX.UTF-8) == *"[there"* ]]
    [[ $(said LANG=C LANGUAGE=xx) != *"[there"* ]]
    [[ $(said LANG=en_GB.UTF-8 LANGUAGE=yy:xx) == *"[there"* ]]
    [[ $(said LANG=xx LC_ALL=en_GB.UTF-8) != *"[there"* ]]
    [[ $(said LANG=xx LC_MESSAGES=C) != *"[there"* ]]
    [[ $(said LANG=../xx) != *"[there"* ]]
    [[ $(said LANG=xx COMITY_LOCALE_DIR=/nowhere) != *"[there"* ]]
}
