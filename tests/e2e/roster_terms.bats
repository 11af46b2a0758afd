#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# What States publish in the roster: drafted offline, signed with the stock minisign program, taken, shown, and heeded before signing.
load lib
bats_require_minimum_version 1.5.0

setup() { net_new XA,XB --roots 3 --threshold 2; }

teardown() { net_down; }

calendar='{"week": ["sun", "mon", "tue", "wed", "thu"], "hours": "08:30-17:00", "holidays": ["2099-12-25", "2100-01-01"]}'
terms='{"languages": {"holds": ["fr"]}, "signatures": {"REQUEST": 2}, "hold": {"days_max": 60}, "text": "Call first."}'

draft() { comity roster draft "$NET/roster/1" --out "$NET/next/2" "$@"; }
sign_draft() {
    roster_sign "$NET/next/2/roster.json" root-1 root-1
    roster_sign "$NET/next/2/roster.json" root-3 root-3
}

@test "a draft grows until it is signed, and every node takes it" {
    mkdir "$NET/next"
    echo "$calendar" >"$NET/calendar.json"
    run draft --set-calendar "XB/poc=$NET/calendar.json"
    [ "$status" -eq 0 ]
    [[ $output == *"XB/poc  calendar"*"version 2 is drafted in $NET/next/2/roster.json"*"comity roster update $NET/next/2"* ]]
    run draft --verify 'XB/poc=XA/poc, by phone' --json
    [ "$status" -eq 0 ]
    jq -e '.version == 2 and .threshold == 2 and .changed == [{"party": "XB/poc", "what": "contacts"}]' <<<"$output"
    jq -e '.format == "comity-roster-2" and .parties[1].calendar.hours == "08:30-17:00"
        and .parties[1].contacts[0].verified_by == "XA/poc, by phone"' "$NET/next/2/roster.json"
    sign_draft
    run --separate-stderr draft --verify 'XB/poc=again'
    [ "$status" -eq 1 ]
    [[ $stderr == *"is signed already"* ]]
    start XA-poc
    run as XA-poc roster update "$NET/next/2"
    [ "$status" -eq 0 ]
    [[ $output == *"the node has taken version 2"* ]]
}

@test "what breaks a rule is named by its place, and nothing is written" {
    mkdir "$NET/next"
    echo '{"holidays": ["2026-12-25", "2026-02-30"]}' >"$NET/bad.json"
    run --separate-stderr draft --set-calendar "XB/poc=$NET/bad.json"
    [ "$status" -eq 1 ]
    [[ $stderr == *"E_ROSTER_FORMAT: parties[1].calendar.holidays[1]: not a date YYYY-MM-DD"* ]]
    echo '{"authorities": {"42": "XA/poc"}}' >"$NET/bad.json"
    run --separate-stderr draft --set-terms "XB/poc=$NET/bad.json"
    [ "$status" -eq 1 ]
    [[ $stderr == *"E_ROSTER_RULE: parties[1].terms.authorities.42: XA/poc is of another State"* ]]
    echo '{"week": [' >"$NET/bad.json"
    run --separate-stderr draft --set-calendar "XB/poc=$NET/bad.json"
    [ "$status" -eq 1 ]
    echo '{"signatures": {"REFUSAL": 2}, "insists": ["items.identifiers.prot", "items.identifiers.port"]}' >"$NET/bad.json"
    run --separate-stderr draft --set-terms "XB/poc=$NET/bad.json"
    [ "$status" -eq 1 ]
    [[ $stderr == *"name what no letter has: XB/poc: REFUSAL, XB/poc: items.identifiers.prot"* ]]
    run --separate-stderr draft --set-calendar "ZZ/poc=$NET/bad.json"
    [ "$status" -eq 1 ]
    [[ $stderr == *"ZZ/poc is not in the roster"* ]]
    run --separate-stderr draft --verify XB/poc
    [ "$status" -eq 2 ]
    [ ! -e "$NET/next/2/roster.json" ]
    run --separate-stderr comity roster draft "$NET/roster/1"
    [ "$status" -eq 2 ]
}

@test "terms that no letter heeds are told when a roster is verified" {
    roster_next 2 '.format = "comity-roster-2" | .parties[0].terms = {signatures: {REFUSAL: 2, REFUSED: 2}, insists: ["facts", "items.identifiers.prot"]}' root-1 root-2
    run comity roster verify "$NET/next/2" --held "$NET/roster/1"
    [ "$status" -eq 0 ]
    [[ $output == *"so that it asks for nothing: XA/poc: REFUSAL, XA/poc: items.identifiers.prot"* ]]
    run comity --json roster verify "$NET/next/2" --held "$NET/roster/1"
    [ "$(jq -r .unknown_terms <<<"$output")" = 'XA/poc: REFUSAL, XA/poc: items.identifiers.prot' ]
}

@test "a zone that this machine does not have is refused in a draft and told when a roster is verified" {
    roster_next 2 '.parties[0].zone = "Nowhere/Else"' root-1 root-2
    run comity roster verify "$NET/next/2" --held "$NET/roster/1"
    [ "$status" -eq 0 ]
    [[ $output == *"tzdata does not have Nowhere/Else"* ]]
    run comity --json roster verify "$NET/next/2" --held "$NET/roster/1"
    [ "$(jq -r .unknown_zones <<<"$output")" = Nowhere/Else ]
    run --separate-stderr comity roster draft "$NET/next/2" --out "$NET/next/3"
    [ "$status" -eq 1 ]
    [[ $stderr == *"tzdata does not have Nowhere/Else"* ]]
}

@test "the directory shows what is published, and what is not" {
    mkdir "$NET/next"
    echo "$calendar" >"$NET/calendar.json"
    echo "$terms" >"$NET/terms.json"
    draft --set-calendar "XB/poc=$NET/calendar.json" --set-terms "XB/poc=$NET/terms.json" --verify 'XB/poc=its head'
    sign_draft
    start XA-poc
    run as XA-poc directory XB
    [ "$status" -eq 0 ]
    [[ $output == *"XB/poc  active"*"never verified"*"mon tue wed thu fri (not published: assumed)"*"none published"* ]]
    as XA-poc roster update "$NET/next/2"
    run as XA-poc directory XB
    [ "$status" -eq 0 ]
    [[ $output == *"verified 0 days ago, its head"*"mon tue wed thu sun"*"08:30-17:00"*"2099-12-25, 2100-01-01"* ]]
    [[ $output == *"for holds"*"fr"*"60 days at most at a time"*"Call first."*"only after asking"* ]]
    [[ $output != *XA/poc* ]]
    run as XA-poc --json directory XB/poc
    jq -e '.parties | length == 1 and .[0].calendar_published and (.[0].ping_published | not)
        and (.[0].staffing | IN("STAFFED", "CLOSED")) and .[0].contacts[0].days_since_verified == 0' <<<"$output"
    run as XA-poc --json directory XA
    jq -e '.parties[0] | has("staffing") | not' <<<"$output"
    run --separate-stderr as XA-poc directory ZZ
    [ "$status" -eq 1 ]
    run --separate-stderr as XA-poc directory xb
    [ "$status" -eq 2 ]
}

@test "terms are heeded before signing: conditions are faults, the rest is told, the own State's signatures count" {
    roster_next 2 ".parties[1].terms = $terms | .parties[0].terms = {\"signatures\": {\"REQUEST\": 2}} | .format = \"comity-roster-2\"" \
        root-1 root-2
    start broker XA-poc XB-poc
    wait_until is_connected XA-poc
    wait_until is_connected XB-poc
    as XA-poc roster update "$NET/next/2"
    request=$NET/request.json
    request_to "$request" XA-0417
    run --separate-stderr as XA-poc request --to XB/poc "$request"
    [ "$status" -eq 1 ]
    [[ $stderr == *"language"*"XB/poc reads fr"* ]]
    jq '.language = "fr"' "$request" >"$NET/fr.json"
    run --separate-stderr as XA-poc request --to XB/poc "$NET/fr.json" --officer duty
    [ "$status" -eq 1 ]
    [[ $stderr == *"REQUEST needs 2 signatures"* ]]
    run --separate-stderr as XA-poc request --to XB/poc "$NET/fr.json"
    [ "$status" -eq 0 ]
    [[ $stderr == *"note: holdDays: XB/poc holds for 60 days at most at a time"* ]]
}
