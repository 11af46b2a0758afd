#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What ships in drills/scenarios: each is understood, plays to its end as it is written, and holds people to something.

load lib
bats_require_minimum_version 1.5.0

setup() {
    scenarios=${COMITY_TOP:-$BATS_TEST_DIRNAME/../..}/drills/scenarios
    cd "$BATS_TEST_TMPDIR" || exit 1
}

each() { # a function of the name of each scenario
    local file
    for file in "$scenarios"/*/scenario.yaml; do
        "$1" "$(basename "$(dirname "$file")")"
    done
}

is_understood() {
    comity drill check "$scenarios/$1" --json >"$1.json"
    grep -q '^# ' "$scenarios/$1/README.md"
    grep -qi 'what to look for' "$scenarios/$1/README.md"
}

@test "each scenario that ships is understood and says what to look for" {
    each is_understood
}

# The year of 386 parties takes minutes to begin: it is checked above, and played by who measures. Streams of requests are thinner here.
plays() {
    local thinner=()
    case $1 in
        load-model) return 0 ;;
        friday-worm) thinner=(--set flood=4) ;;
        scam-compound) thinner=(--set a_year=150) ;;
    esac
    comity drill run "$scenarios/$1" --json --out "$1" "${thinner[@]}" >"$1.json"
    jq -e '.not_played == 0 and ([.injects[] | select(.state == "skipped")] | length) == 0' "$1.json" >/dev/null ||
        { echo "$1: $(jq -c '[.not_played, [.injects[] | select(.state == "skipped") | {id, why}]]' "$1.json")"; return 1; }
    jq -e '[.expect[] | select(.result == "met")] | length > 0' "$1.json" >/dev/null
    [ "$(wc -c <"$1/report.html")" -lt 2097152 ]
}

@test "each scenario that ships is played as it is written, and some of what it expects is met" {
    each plays
}

@test "worse desks make what a scenario expects fail" {
    comity drill run "$scenarios/eve-of-a-holiday" --set ua_desk=mailbox --json --out a >a.json
    jq -e '[.expect[] | select(.id == "answers" and .result == "met")] == []' a.json
    comity drill run "$scenarios/third-state" --set xc_desk=mailbox --json --out b >b.json
    jq -e '[.expect[] | select(.id == "three-saved" and .result == "met")] == []' b.json
    comity drill run "$scenarios/almost-lapsed" --set arrives='day 65 07:50 XB' --json --out c >c.json
    jq -e '[.expect[] | select(.id == "in-time" and .result == "met")] == []' c.json
    jq -e '.lapses | length > 0' c/report.json
    comity drill run "$scenarios/almost-lapsed" --out d >/dev/null
    jq -e '.lapses | length == 0' d/report.json
}

# The line of that case reads as it did when the letter before it came, which was read in the meantime.
@test "a letter is read although its line in the inbox reads as before" {
    comity drill run "$scenarios/third-state" --out t >/dev/null
    grep -q '^2026-11-17T13.*,middle-b,opened,DISCLOSED_43,' t/events.csv
}
