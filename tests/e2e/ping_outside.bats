#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154,SC2016 # each test is a process of its own; bats sets status, output, stderr
# Pings of States without a node: a mail with a code, a script for the phone, one report, and corrections to sign.
load lib
load letters
bats_require_minimum_version 1.5.0

teardown() { net_down; }

# Two States with nodes, and three that stand in the directory only.
outside='.format = "comity-roster-2"
  | (.parties[] | select(.address == "XA/poc")).contacts = [{"role": "duty desk", "phone": "+999 10", "email": "desk@xa.example"}]
  | (.parties[] | select(.address == "XB/poc")).ping = {consent: true, quiet: [], per_year: 12, answer_hours: 24}
  | .parties += [
      {address: "XQ/poc", status: "active", name: "Quebrada", zone: "Africa/Tunis", keys: [], languages: ["fr", "en"],
       contacts: [{role: "duty officer", phone: "+999 71", email: "poc@xq.example", hours: "24/7"}],
       ping: {consent: true, quiet: ["22:00-06:00"], per_year: 2, answer_hours: 24}},
      {address: "XR/poc", status: "active", name: "Rivaria <b>&", zone: "Asia/Tokyo", keys: [], languages: ["en"],
       contacts: [{role: "desk", phone: "+999 81", email: "poc@xr.example, all@evil.example"}, {role: "head", phone: "+999 82"}],
       ping: {consent: true, quiet: [], per_year: 12, answer_hours: 24}},
      {address: "XS/poc", status: "active", name: "Santerra", zone: "UTC", keys: [], languages: ["en"],
       contacts: [{role: "desk", phone: "+999 91", email: "poc@xs.example"}]}]'

net_outside() {
    net_new XA,XB
    net_up
    roster_next 2 "$outside" root-1 root-2
    for name in broker XA-poc XB-poc; do
        give_roster "$name" 2
        taken() { log_has "$name" 'event=roster.taken version=2'; }
        wait_until taken
    done
}

round_of() { as XA-poc ping --report last --json | jq -r .round; }
# The body of the mail to that party, as its reader sees it.
mail_of() { sed '1,/^\r*$/d' "$NET/XA-poc/pings/$(round_of)/$1.eml" | base64 -di | tr -d '\r'; }
code_of() { mail_of "$1" | grep -oE '^    [A-Z]{2}(-[0-9A-Z]{4}){4}-[0-9A-Z]{2}$' | tr -d ' '; }
answered() { as XA-poc ping answered "$@"; }
row_of() { as XA-poc ping --report last --json | jq -c --arg party "$1" '.parties[] | select(.party == $party)'; }

@test "states without a node answer by the link of a mail and by phone, in the same report" {
    net_outside
    as XA-poc directory XQ/poc --json | jq -e '.parties[0].has_node == false'
    run --separate-stderr as XA-poc ping XQ/poc
    [ "$status" -eq 1 ]
    [[ $stderr == *"XQ/poc has no node; by mail and by phone: comity ping --to XQ"* ]]
    run --separate-stderr as XA-poc ping --to all --text 'Look at the hours.'
    echo "$output" "$stderr"
    [ "$status" -eq 0 ]
    [[ $output == *"XQ/poc has no node: send "*"/XQ-poc.eml, or call by "*"/XQ-poc.txt"* ]]
    [[ $output == *"XR/poc has no node, and there is no mail: call by "* ]]
    # the mail: one plain To, and a link that begins the answer
    local folder code
    folder=$NET/XA-poc/pings/$(round_of)
    [ ! -e "$folder/XR-poc.eml" ]
    [ ! -e "$folder/XS-poc.eml" ]
    [ ! -e "$folder/XS-poc.txt" ]
    tr -d '\r' <"$folder/XQ-poc.eml" | grep -qx 'To: poc@xq.example'
    tr -d '\r' <"$folder/XQ-poc.eml" | grep -qx 'From: desk@xa.example'
    code=$(code_of XQ-poc)
    mail_of XQ-poc | grep -q "^<mailto:desk@xa.example?subject=.*&body=$code%0D%0A"
    mail_of XQ-poc | grep -q 'Look at the hours'
    # the script: the directory's number, the hours, and no code to be read off it
    grep -q '+999 71  duty officer' "$folder/XQ-poc.txt"
    grep -q '22:00-06:00' "$folder/XQ-poc.txt"
    run grep -F "$code" "$folder/XQ-poc.txt"
    [ "$status" -eq 1 ]
    # by the node, by the code as it was typed, by phone
    local id
    there() { [ "$(cases_of XB-poc)" -ge 1 ]; }
    wait_until there
    id=$(api XB-poc 'inbox?all=1' | jq -r '.cases[0].case')
    as XB-poc ping-answer "$id" --check 'field: PHONE; right: yes' --check 'field: ZONE; right: no; correction: Europe/Lisbon' >/dev/null
    answered --code "$(tr 'A-Z-' 'a-z ' <<<"$code")" --check 'field: PHONE; right: no; correction: +999 72' >/dev/null
    run --separate-stderr answered --state XR --by phone --person 'head of desk' --knew-role no --at now \
        --check 'field: HOURS; right: no; correction: 08:00-16:00' --text 'The <b>desk</b> moved.'
    [ "$status" -eq 0 ]
    here() { row_of XB/poc | jq -e .answered; }
    wait_until here
    as XA-poc ping --report last --json >"$NET/report.json"
    jq -e '.summary == {asked: 3, answered: 3, waiting: 0, silent: 0, without_consent: 1, how: {node: 1, link: 1, phone: 1}}' "$NET/report.json"
    jq -e '.parties[] | select(.party == "XQ/poc") | .how == "link" and .with_code and .result == "REACHED" and .corrections == ["PHONE: +999 72"] and (.by_phone | not)' "$NET/report.json"
    jq -e '.parties[] | select(.party == "XR/poc") | .how == "phone" and .by_phone and .knew_role == false and .person == "head of desk" and .entered_by == "XA/poc duty"' "$NET/report.json"
    jq -e '.parties[] | select(.party == "XS/poc") | .result == "NO_CONSENT"' "$NET/report.json"
    run as XA-poc ping --report last --html "$NET/report.html"
    echo "$output"
    [[ $output == *"XQ/poc "*"by the link of a mail"*"XR/poc "*"by phone"*"head of desk; entered "*" by XA/poc duty"*"3 of 4 answered"* ]]
    grep -q 'The &lt;b&gt;desk&lt;/b&gt; moved.' "$NET/report.html"
    run grep -E '<b>|<script|https?://' "$NET/report.html"
    [ "$status" -eq 1 ]
    # and nothing is corrected but by who signs the roster
    as XA-poc ping --report last --corrections "$NET/corrections"
    jq -e '.party == "XQ/poc" and .how == "link" and .corrections == [{field: "PHONE", correction: "+999 72", contact: 1, now: "+999 71"}]' "$NET/corrections/$(round_of)-XQ-poc.json"
    as XA-poc directory XQ/poc --json | jq -e '.parties[0].contacts[0].phone == "+999 71"'
    draft() { comity roster draft "$NET/next/2" --out "$NET/next/3" --correct "$NET/corrections/$(round_of)-$1.json"; }
    run draft XQ-poc
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *'XQ/poc  PHONE: "+999 71" becomes "+999 72"'*"minisign"* ]]
    run --separate-stderr draft XQ-poc
    [ "$status" -eq 1 ]
    [[ $stderr == *"is not any more what it was"* ]]
    run --separate-stderr draft XR-poc
    [ "$status" -eq 1 ]
    [[ $stderr == *"does not say which of the 2 contacts of XR/poc"*'"contact": 1'* ]]
    sed -i 's/"contact": 0/"contact": 2/' "$NET/corrections/$(round_of)-XR-poc.json"
    draft XR-poc
    jq -e '.how == "node" and .case and .corrections == [{field: "ZONE", correction: "Europe/Lisbon"}]' "$NET/corrections/$(round_of)-XB-poc.json"
    draft XB-poc
    jq -e '.parties[] | select(.address == "XB/poc") | .zone == "Europe/Lisbon"' "$NET/next/3/roster.json"
    jq -e '.parties[] | select(.address == "XR/poc") | .contacts[1].hours == "08:00-16:00"' "$NET/next/3/roster.json"
    run --separate-stderr as XA-poc roster update "$NET/next/3"
    [ "$status" -eq 1 ] # nobody has signed it
    roster_sign "$NET/next/3/roster.json" root-1 root-1
    roster_sign "$NET/next/3/roster.json" root-2 root-2
    as XA-poc roster update "$NET/next/3" >/dev/null
    as XA-poc directory XQ/poc --json | jq -e '.parties[0].contacts[0].phone == "+999 72"'
}

@test "a code counts once, in time, for its State, and as it was signed" {
    net_outside
    as XA-poc ping --to XQ >/dev/null
    wait_until as XA-poc ping --to XR --by +2h # a round a second
    local round xq folder
    round=$(as XA-poc ping --report last --json | jq -r .round)
    folder=$NET/XA-poc/pings
    xq=$(for mail in "$folder"/PING-*/XQ-poc.eml; do sed '1,/^\r*$/d' "$mail" | base64 -di; done | tr -d '\r' | grep -oE '^    XQ-.{22}$' | tr -d ' ')
    no() { # no PATTERN ARGUMENT...
        local pattern=$1
        shift
        run --separate-stderr answered "$@"
        echo "$status" "$stderr"
        [ "$status" -eq 1 ] && [[ $stderr == *$pattern* ]]
    }
    # typos
    no "too short or too long" --code "${xq%?}"
    no "a character that no code has" --code "${xq:0:3}U${xq:4}"
    no "is wrong, or two changed places" --code "${xq:0:3}$(tr '0-9A-HJKMNP-TV-Z' '1-9A-HJKMNP-TV-Z0' <<<"${xq:3:1}")${xq:4}"
    # forged, and of another State: well formed, given to nobody
    no "has given that code to nobody of XQ" --code XQ-0000-0000-0000-0000-CG
    no "has given that code to nobody of XR" --code XR-0000-0000-0000-0000-T3
    # too late, too early
    run --separate-stderr answered --code "$xq" --at 2020-01-01T00:00:00Z
    [ "$status" -eq 1 ]
    [[ $stderr == *"was sent at"* ]]
    run --separate-stderr answered --code "$xq" --at 2099-01-01T00:00:00Z
    [ "$status" -ne 0 ]
    # a file in which somebody made it hold for longer
    local file=$folder/$round.json
    cp "$file" "$NET/kept.json"
    sed -i 's/"until": "[0-9]*/"until": "2099/' "$file"
    no "its signature does not hold" --state XR --by phone --person desk
    row_of XR/poc | jq -e '.fault and (.answered | not)'
    cp "$NET/kept.json" "$file"
    # once
    answered --code "$xq" >/dev/null
    no "was answered already at" --code "$xq"
    no "was answered already at" --state XQ --by phone --person somebody
    # an answer that nobody signed is none
    answered --state XR --by phone --person desk >/dev/null
    row_of XR/poc | jq -e .answered
    sed -i 's/"person": "desk"/"person": "head"/' "$folder/$round/XR-poc.answer.json"
    row_of XR/poc | jq -e '(.answered | not) and .fault'
    # the year's number: two for XQ
    wait_until as XA-poc ping --to XQ
    wait_until as XA-poc ping --to XQ
    row_of XQ/poc | jq -e '.result == "NO_CONSENT"'
    for wrong in '' '--code A --state XQ' '--state XQ' '--state XQ --by phone' '--state XQ --by mail --person x' '--code A --by pigeon' '--code A --knew-role perhaps'; do
        # shellcheck disable=SC2086
        run answered $wrong
        [ "$status" -eq 2 ]
    done
}

@test "a mail is in the languages of who reads it, and in English; the script in that of who calls" {
    net_outside
    mkdir -p "$NET/locale/fr/LC_MESSAGES"
    printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "It counts once, until %%s.\\n"\nmsgstr "Une seule réponse, avant %%s.\\n"\n\nmsgid "Call, in this order:"\nmsgstr "Appeler :"\n' |
        msgfmt --output-file="$NET/locale/fr/LC_MESSAGES/comity.mo" -
    COMITY_LOCALE_DIR=$NET/locale as XA-poc ping --to XQ >/dev/null
    mail_of XQ-poc | grep -q 'Une seule réponse, avant .* 20[0-9][0-9] '
    mail_of XQ-poc | grep -q 'It counts once, until '
    [ "$(code_of XQ-poc | sort -u | wc -l)" -eq 1 ]
    grep -q 'Call, in this order:' "$NET/XA-poc/pings/$(round_of)/XQ-poc.txt"
}

@test "who is silent stays in the report as that, and a code that comes too late changes nothing" {
    net_outside
    as XA-poc ping --to XQ --by "$(date -u -d '+3 seconds' +%FT%TZ)" >/dev/null
    local code sent
    code=$(code_of XQ-poc)
    sent=$(row_of XQ/poc | jq -r .sent)
    row_of XQ/poc | jq -e '.state == "SENT" and .waited_ms >= 0 and (.result | not)'
    silent() { row_of XQ/poc | jq -e '.result == "SILENT" and .state == "CLOSED" and .waited_ms <= 3000'; }
    wait_until silent
    run --separate-stderr answered --code "$code"
    echo "$stderr"
    [ "$status" -eq 1 ]
    [[ $stderr == *"was to be answered until"*"say with --at when the answer came"* ]]
    as XA-poc ping --report last --json | jq -e '.summary | .asked == 1 and .silent == 1 and .answered == 0'
    # it came in time, and was only entered late: both stand in the report
    answered --code "$code" --at "$sent" --person 'duty officer' >/dev/null
    row_of XQ/poc | jq -e '.result == "REACHED" and .entered[:19] >= .until[:19] and .answered[:19] < .until[:19]'
}

@test "a correction that does not fit is refused by its cause, and nothing is drafted" {
    net_new XA,XB --roots 3 --threshold 2
    local network
    network=$(b2sum -l 256 <"$NET/roster/1/roster.json" | cut -d' ' -f1)
    record() { # record FILTER: a good one, changed
        jq -n --arg network "$network" '{format: "comity-corrections-1", network: $network, party: "XB/poc", corrections:
            [{field: "PHONE", contact: 1, correction: "+999 72"}]} | '"$1" >"$NET/record.json"
    }
    draft() { comity roster draft "$NET/roster/1" --out "$NET/next" --correct "$NET/record.json"; }
    no() { # no PATTERN FILTER
        record "$2"
        run --separate-stderr draft
        echo "$status" "$stderr"
        [ "$status" -eq 1 ] && [[ $stderr == *$1* ]] && [ ! -e "$NET/next/roster.json" ]
    }
    no "it is no record of corrections" '.format = "other"'
    no "it is of another network" '.network = "00"'
    no "its party is not in the roster" '.party = "XZ/poc"'
    no "does not say which of the" '.corrections[0].contact = 9'
    no "is not any more what it was" '.corrections[0].now = "+999 000"'
    no "is no plain mail address" '.corrections[0] = {field: "EMAIL", contact: 1, correction: "a@b, c@d"}'
    no "is no correction of a field" '.corrections[0].field = "STATUS"'
    no "is no correction of a field" '.corrections[0].correction = "+999\nBcc: x"'
    no "tzdata does not have Nowhere" '.corrections[0] = {field: "ZONE", correction: "Nowhere/Else"}'
    record '.corrections += [{field: "KEY", correction: "00"}, {field: "LANGUAGES", correction: "fr, en"}]'
    run --separate-stderr draft
    [ "$status" -eq 0 ]
    [[ $stderr == *"KEY of XB/poc is not changed by a correction"* ]]
    jq -e '.parties[] | select(.address == "XB/poc") | .contacts[0].phone == "+999 72" and .languages == ["fr", "en"]' "$NET/next/roster.json"
}
