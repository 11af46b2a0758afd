#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# comity drill: what it prints and refuses, with which exit code. What is said of each wrong scenario: tests/unit/scenario_test.c.
load lib
bats_require_minimum_version 1.5.0

setup() {
    scenarios=${COMITY_TOP:-$BATS_TEST_DIRNAME/../..}/drills/scenarios
    cd "$BATS_TEST_TMPDIR" || exit 1
}

@test "check says what it understood: people by hour, injects with local times, the hash" {
    run comity drill check "$scenarios/long-weekend/scenario.yaml"
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"Sat Sun Mon                  cccccccccccccccccccccccc"* ]] # PH: the weekend and its holiday
    [[ $output == *"Fri 2021-02-05 10:30 BD (2021-02-05T04:30:00Z)"* ]]
    [[ $output == *"alert-ph: request freeze-alert BD/poc -> PH/poc"* ]]
    [[ $output =~ hash\ +[0-9a-f]{64} ]]
}

@test "the hash is that of what is said: --set changes it, and --json says the same" {
    comity drill check "$scenarios/long-weekend/scenario.yaml" >a.txt
    comity drill check "$scenarios/long-weekend/scenario.yaml" --json >a.json
    comity --json drill check "$scenarios/long-weekend/scenario.yaml" --set desk.PH.people=4 >b.json
    grep -q "^hash      $(jq -r .scenario_hash a.json)$" a.txt
    [ "$(jq -r .scenario_hash a.json)" != "$(jq -r .scenario_hash b.json)" ]
    [ "$(jq -r '.states[] | select(.code == "PH").units[0].people_by_hour[0][8:17]' b.json)" = 444444444 ]
    [ "$(jq '.injects | length' a.json)" = "$(grep -c '^    [a-z-]*: ' a.txt)" ]
}

@test "what is wrong is said with its place on standard error, a line each, and nothing on standard output" {
    printf 'include: [%s/common/desks.yaml]\nscenario: 1\ntitel: Wrong\nclock: {start: 2026-02-30T00:00:00Z, length: 3d}\nstates: []\n' . >wrong.yaml
    mkdir common
    echo 'desks: {a: {people: -1}}' >common/desks.yaml
    run --separate-stderr comity drill check wrong.yaml
    echo "$stderr"
    [ "$status" = 1 ]
    [ -z "$output" ]
    [[ $stderr == *'wrong.yaml:3:1: "titel" is no key here; did you mean "title"?'* ]]
    [[ $stderr == *'wrong.yaml:4:16: start: there is no date "2026-02-30"'* ]]
    [[ $stderr == *'common/desks.yaml:1:21: people: "-1" is not taken; write a number from 0 to 500 (included from wrong.yaml:1:11)'* ]]
    run --separate-stderr comity drill check wrong.yaml --json
    [ "$status" = 1 ]
    [ "$(jq -r '.mistakes[] | select(.at.file == "common/desks.yaml") | .included_from[0].line' <<<"$output")" = 1 ]
}

@test "a file that is not there, is no file, or is too large is refused with exit code 1" {
    run --separate-stderr comity drill check none.yaml
    [ "$status" = 1 ] && [[ $stderr == *none.yaml* ]]
    mkfifo pipe.yaml
    run --separate-stderr timeout 10 comity drill check pipe.yaml
    [ "$status" = 1 ] && [[ $stderr == *"not a plain file"* ]]
    head -c 10000000 /dev/zero | tr '\0' '#' >large.yaml
    run --separate-stderr comity drill check large.yaml
    [ "$status" = 1 ] && [[ $stderr == *"the file has more than 1048576 bytes; divide it, and include the parts"* ]]
    printf 'scenario: 1\ninclude: [large.yaml]\n' >part.yaml
    run --separate-stderr comity drill check part.yaml
    echo "$stderr"
    [ "$status" = 1 ] && [[ $stderr == "large.yaml:1:1: "*"more than 1048576 bytes; divide it, and include the parts (included from part.yaml:2:11)"* ]]
}

@test "a scenario goes by its file, its folder, or the name of its folder" {
    comity drill check "$scenarios/ping/scenario.yaml" >a.txt
    comity drill check "$scenarios/ping" | diff a.txt -
    comity drill check "$scenarios/ping/" | diff a.txt -
    comity drill check "$scenarios/ping.yaml" | diff a.txt -
}

@test "schema prints the table of keys, or a part of it; bad usage is exit code 2" {
    comity drill schema >all.txt
    grep -q '^injects$' all.txt
    comity drill schema desks --json | jq -e '.sections[0].keys[] | select(.key == "people").needed'
    run --separate-stderr comity drill schema injekts
    [ "$status" = 2 ] && [[ $stderr == *"did you mean: injects"* ]]
    run --separate-stderr comity drill check
    [ "$status" = 2 ]
    run --separate-stderr comity drill chekc x
    [ "$status" = 2 ] && [[ $stderr == *"did you mean: comity drill check"* ]]
}

@test "run plays it in seconds: the same twice to the byte, and says when the data were held and the bank was told" {
    run timeout 60 comity drill run "$scenarios/long-weekend" --out a
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"From which minute on were the data of the PH accounts preserved?"*"from "*"PH, "*" after it was asked for"* ]]
    [[ $output == *"From which minute on had the bank in PH been told?"*"from "*"PH, "*" after it was asked for"* ]]
    [[ $output == *"accounts: held from "* ]]
    [[ $output =~ transcript\ [0-9a-f]{64} ]]
    head -1 a/events.csv | grep -q '^at,at_ms,party,who,case,reference,inject,event,letter,why,class,item,detail'
    grep -q 'BD-accounts-ph,accounts-ph,.*HELD' a/events.csv
    comity drill run "$scenarios/long-weekend" --out b >b.txt
    comity drill run "$scenarios/long-weekend" --out b --json |
        jq -e --slurpfile report b/report.json '.expect == [$report[0].expectations[] | {id, result, by, at}]'
    cmp a/events.csv b/events.csv
    grep -qF "$(grep '^transcript' <<<"$output")" b.txt
}

@test "run leaves its report in a new folder here, named after the scenario and the time, or where it is told to" {
    comity drill run "$scenarios/ping" >said.txt
    folder=$(ls -d ping-20*)
    grep -q "^report  *$folder/report.html" said.txt
    comity drill run "$scenarios/first-request" --out one | grep -E '^1 case, [0-9]+ letters; '
    [ "$(ls "$folder")" = $'events.csv\nreport.html\nreport.json' ]
    run ! grep -q '@REPORT_JSON@' "$folder/report.html"
    [ "$(comity drill run "$scenarios/ping.yaml" --json | jq -r .report)" != "$folder/report.html" ]
    folders=(ping-20*)
    [ "${#folders[@]}" = 2 ] # the first was not written over
    comity drill run "$scenarios/ping" --out mine --json | jq -e '.report == "mine/report.html"'
    comity drill run "$scenarios/ping" --out mine >again.txt # written over, whole
    grep -q "^report  *mine/report.html" again.txt && [ "$(ls mine)" = $'events.csv\nreport.html\nreport.json' ]
    mkdir -p no-room/report.json # as if it could not be written
    run --separate-stderr comity drill run "$scenarios/ping" --out no-room
    [ "$status" = 1 ] && [[ $output == *transcript* ]] && [[ $output != *$'\nreport '* ]] && [[ $stderr == *no-room/report.json* ]]
    : >file
    run --separate-stderr comity drill run "$scenarios/ping" --out file # before anything is played
    [ "$status" = 1 ] && [ -z "$output" ] && [[ $stderr == *"file: Not a directory; name a folder"* ]]
    run --separate-stderr comity drill run "$scenarios/ping" --out /proc/nowhere
    [ "$status" = 1 ] && [ -z "$output" ] && [[ $stderr == *"/proc/nowhere: "*"--out DIR"* ]]
}

@test "run: two at once give one transcript; one changed byte of the scenario changes its hash, and a comment does not" {
    cp -r "$scenarios/common" .
    cp "$BATS_TEST_DIRNAME/drill_trouble.yaml" a.yaml
    comity drill run a.yaml --out a --json >a.json &
    comity drill run a.yaml --out b --json >b.json
    wait $!
    [ "$(jq -r .transcript_hash a.json)" = "$(jq -r .transcript_hash b.json)" ]
    cmp a/events.csv b/events.csv && cmp a/report.json b/report.json
    sed 's/^seed: 11/seed: 12/' a.yaml >c.yaml
    sed 's/^# All that goes wrong/# What goes wrong/' a.yaml >d.yaml
    comity drill run c.yaml --out c --json >c.json
    comity drill run d.yaml --out d --json >d.json
    [ "$(jq -r .scenario_hash c.json)" != "$(jq -r .scenario_hash a.json)" ]
    [ "$(jq -r .transcript_hash c.json)" != "$(jq -r .transcript_hash a.json)" ]
    [ "$(jq -r '.scenario_hash + .transcript_hash' d.json)" = "$(jq -r '.scenario_hash + .transcript_hash' a.json)" ]
}

@test "run: what is set changes what comes of it, and nothing at other desks" {
    comity drill run "$scenarios/long-weekend" --json >phone.json
    comity drill run "$scenarios/long-weekend" --json --set ph_desk=mailbox >mailbox.json
    comity drill run "$scenarios/long-weekend" --json --seed 7 >seed.json
    held() { jq --arg id "$2" '.injects[] | select(.id == $id).events.held' "$1"; }
    [ "$(jq '.troubles' phone.json)" = 0 ]
    [ "$(held phone.json accounts-ph)" -lt "$(held mailbox.json accounts-ph)" ]
    [ "$(held phone.json holder-lk)" = "$(held mailbox.json holder-lk)" ]
    [ "$(jq -r .transcript_hash phone.json)" != "$(jq -r .transcript_hash seed.json)" ]
}

@test "run: with more people nobody waits for the one who is busy" {
    cat >busy.yaml <<EOS
scenario: 1
title: Busy
summary: Six questions at once
teaches: What one more is worth
classification: TLP:CLEAR
parameters: {people: 1}
clock: {start: 2026-01-05T00:00:00Z, length: 5d}
seed: 3
times: {hour: {p0: 1h, p100: 1h}}
desks: {d: {hours: 24/7, people: "\${people}"}}
habits: {h: {power: own, times: {answer: hour}}}
states:
  - {code: XA, name: A, zone: UTC, units: [{name: poc, desk: d, habits: h, phone: +99 555 0001}]}
  - {code: XB, name: B, zone: UTC, units: [{name: poc, desk: d, habits: h, phone: +99 555 0002}]}
injects:
$(for i in 1 2 3 4 5 6; do echo "  - {id: q$i, at: day 2 09:00 XB, kind: request, from: XA/poc, to: XB/poc, type: legal-info, class: urgent}"; done)
EOS
    last() { jq '[.injects[].events.answered] | max' "$1"; }
    comity drill run busy.yaml --json >one.json
    comity drill run busy.yaml --json --set people=3 >three.json
    [ $(($(last one.json) - $(last three.json))) -ge $((3 * 3600000)) ]
    [ "$(jq '[.injects[].events.answered] | min' one.json)" = "$(jq '[.injects[].events.answered] | min' three.json)" ]
}

@test "run: a scenario that no network can have is refused with what to change" {
    sed 's/2021-0/2016-0/' "$scenarios/long-weekend/scenario.yaml" | sed "s|\.\./common|$scenarios/common|g" >old.yaml
    cp -r "$scenarios/common" .
    sed -i "s|$scenarios/common|common|g" old.yaml
    run --separate-stderr comity drill run old.yaml
    echo "$stderr"
    [ "$status" = 1 ] && [ -z "$output" ] && [[ $stderr == *"from 2020 on"* ]]
}

@test "run: people extend, send for assistance, execute, withdraw, disclose, answer; nobody is stuck" {
    cp -r "$scenarios/common" .
    cp "$BATS_TEST_DIRNAME/drill_all.yaml" .
    timeout 120 comity drill run drill_all.yaml --json --out out >all.json
    event() { jq -e --arg id "$1" --arg event "$2" '.injects[] | select(.id == $id).events[$event]' all.json; }
    for event in delivered opened acknowledged asked given ordered held "extension asked" extended "mla sent" "mla received" admitted evidence "evidence received"; do
        event hold "$event"
    done
    event boxes "not held" # deleted before the custodian looked
    event hold2 withdrawn && event hold2 "hold released"
    event life disclosed && event ask answered && event ping answered
    event boxes "hold released" # after the evidence was received
    [ "$(event written acknowledged)" -lt "$(event written released)" ] # the call was noted before
    event written held
    [ "$(jq .troubles all.json)" = 0 ]
    [ "$(jq '[.cases.rows[] | select(.[2] != "LINK")] | length' out/report.json)" = "$(jq .cases all.json)" ]
    [ "$(jq -r .transcript_hash out/report.json)" = "$(jq -r .transcript_hash all.json)" ]
}

# Forged requests that were refused before anybody acted.
refused() { jq '[.measures[] | select(.word == "forged").rows[] | select(.state == null).on_time] | add' "$1/report.json"; }
# How often a word of the record stands beside an inject.
acts() { grep -c ",$1,$2," "$3/events.csv"; }

@test "run: forgeries are stopped where their key ends, and by whom; people see through the one with all keys, or do not" {
    cp -r "$scenarios/common" .
    cp "$BATS_TEST_DIRNAME/drill_trouble.yaml" .
    timeout 120 comity drill run drill_trouble.yaml --json --out out >out.json
    event() { jq -e --arg id "$1" --arg event "$2" '.injects[] | select(.id == $id).events[$event]' "${3:-out.json}"; }
    [ "$(jq .troubles out.json)" = 0 ] && [ "$(jq .not_played out.json)" = 0 ]
    event by-mail rejected && event by-link rejected && event by-node rejected && event by-revoked rejected
    grep -q ',by-link,rejected,.*E_KEY.*by the broker' out/events.csv
    grep -q ',by-node,rejected,.*E_OFFICER.*by XB/poc' out/events.csv
    grep -q ',by-revoked,rejected,.*E_OFFICER.*by XB/poc' out/events.csv
    grep -q ',by-mail,rejected,.*it came by mail' out/events.csv
    [ "$(acts by-officer "called back" out)" = 1 ] && [ "$(acts by-officer "warned network" out)" = 1 ]
    run ! event by-officer disclosed
    [ "$(refused out)" = 5 ]
    timeout 120 comity drill run drill_trouble.yaml --json --set "notices=0 %" --out blind >blind.json
    [ "$(refused blind)" = 4 ]
    event by-officer disclosed blind.json # nobody looked twice: acted upon
    [ "$(acts by-officer "called back" blind)" = 0 ]
    event twice held blind.json && run ! event twice held
    jq -e '.measures[] | select(.word == "duplicate-found").rows[] | select(.state == null) | .on_time == 0' blind/report.json
}

@test "run: a trail over two States, assistance by embassy, a written form, wrong numbers, a flood that is left out" {
    cp -r "$scenarios/common" .
    cp "$BATS_TEST_DIRNAME/drill_trouble.yaml" .
    timeout 120 comity drill run drill_trouble.yaml --json --out out >out.json
    event() { jq -e --arg id "$1" --arg event "$2" '.injects[] | select(.id == $id).events[$event]' out.json; }
    jq -e '.measures[] | select(.word == "chain-saved").rows[] | select(.state == null) | .n == 1 and .on_time == 1' out/report.json
    event first "mla sent" && event first "mla received" && event first evidence && event first "hold released"
    grep -q ',XA-first,first,mla received,,,.*DIPLOMATIC' out/events.csv
    [ "$(jq '[.cases.rows[] | select(.[2] == "ENQUIRY")] | length' out/report.json)" = 60 ]
    jq -e '.measures[] | select(.word == "acknowledge").left_out[] | select(.why == "under an injected fault") | .n >= 60' out/report.json
    jq -e '.measures[] | select(.word == "call-knew-role").rows[] | select(.state == null) | .n == 4 and .on_time == 2' out/report.json
    jq -e '.faults[] | select(.id == "deaf").where == "XB/poc, XB/central"' out/report.json # all that it strikes
    jq -e '.faults[] | select(.id == "old") | .until == .from + 1' out/report.json # a moment: what comes later counts
    jq -e '.injects[] | select(.id == "wrong-number").state == "skipped"' out.json
    jq -e '.injects[] | select(.id == "by-hand").state == "planned"' out.json
    jq -e '[.injects[] | select(.id == "listed-number" or .id == "right-number") | .received - .released] | .[0] > 86400000 and .[1] == 0' out.json
    grep -q ',XB/poc,poc[A-C]2,.*,on duty,' out/events.csv
    event no-help refused
    [ "$(grep -c ',no-help,accepted,CONSULT,' out/events.csv)" = 1 ] # before it is refused
    [ "$(grep -c ',XA-first,first,order renewed,' out/events.csv)" -ge 1 ]
    grep -q 'order asked,' out/events.csv && grep -q 'order given,' out/events.csv && grep -q ',alarm,' out/events.csv
    timeout 120 comity drill run drill_trouble.yaml --set injects.by-hand.at="day 3 09:00 XB" --json | jq -e '.injects[] | select(.id == "by-hand").state == "done"'
}

@test "run: who answers in the wrong case is noticed a day later, and takes it back" {
    cp -r "$scenarios/common" .
    cp "$BATS_TEST_DIRNAME/drill_trouble.yaml" .
    timeout 120 comity drill run drill_trouble.yaml --json --set "wrong_case=60 %" --out out >out.json
    [ "$(grep -c ",wrong case,,," out/events.csv)" -ge 10 ]
    [ "$(grep -c ",accepted,REOPENED," out/events.csv)" -ge 5 ]
    [ "$(jq "[.cases.rows[] | select(.[2] == \"ENQUIRY\" and .[15] == \"ANSWERED\")] | length" out/report.json)" = 60 ]
    [ "$(jq .troubles out.json)" = 0 ]
}

# people at two desks, to which the injects are added.
small() {
    cat <<EOS
scenario: 1
title: Two desks
clock: {start: 2026-12-01T00:00:00Z, length: 2d}
times: {soon: {p0: 5m, p100: 10m}}
desks: {day: {hours: 24/7, people: 2}}
habits: {plain: {chances: {ask: 100 %, ask_again: 100 %}}}
states:
  - {code: XA, name: Aldoria, zone: Europe/Oslo, units: [{name: poc, desk: day, habits: plain}]}
  - {code: XB, name: Bravonia, zone: Europe/Lisbon, units: [{name: poc, desk: day, habits: plain}]}
providers:
  - {name: Phones, state: XB, custodian: soon, data: [{label: phone, kind: TRAFFIC, identifier: {kind: PHONE, value: +99 555 1}}]}
faults:
  - {id: dark, kind: node-down, at: day 2 03:00 XB, lasts: 1h, where: [XB/poc]}
EOS
}

@test "run: what takes people no time is done once" {
    small >a.yaml
    cat >>a.yaml <<EOS
injects:
  - {id: ask, at: day 1 10:00 XA, kind: request, from: XA/poc, to: XB/poc, type: stored-data, data: [phone]}
  - {id: hold, at: day 1 11:00 XA, kind: request, from: XA/poc, to: XB/poc, type: preservation, data: [phone]}
EOS
    timeout 60 comity drill run a.yaml --json --out out >out.json
    jq -e '[.injects[].events | has("given")] == [true, true] and (.injects[0].events | has("evidence received"))' out.json
    [ "$(grep -c 'sealed,EVIDENCE_RECEIPT' out/events.csv)" = 1 ]
    [ "$(grep -c 'sealed,INFO_GIVEN' out/events.csv)" = 4 ] # two questions in each case
}

@test "run: nor does anybody spend time on it again while it is on its way" {
    small | sed 's/^habits:.*/habits: {plain: {times: {verify: half}}}/; s/^times: {/times: {half: {p0: 30m, p100: 30m}, /' >a.yaml
    cat >>a.yaml <<EOS
injects:
  - {id: ask, at: day 1 10:00 XA, kind: request, from: XA/poc, to: XB/poc, type: stored-data, data: [phone]}
EOS
    comity drill run a.yaml --json --out out >out.json
    jq -e '.injects[0].events | has("evidence received")' out.json
    jq -e '[.people[] | select(.party == "XA/poc").hours[].busy_ms] | add == 1800000' out/report.json
}

@test "run: what could not be sent is said in the end, and nobody is blamed for it" {
    small >a.yaml
    cat >>a.yaml <<EOS
injects:
  - {id: money, at: day 1 10:00 XA, kind: request, from: XA/poc, to: XB/poc, type: freeze-alert}
expect:
  - {id: told, who: XB/poc, what: told, of: money, by: 1h}
EOS
    run comity drill run a.yaml --out out
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"1 inject was not sent: money: 422 INCOMPLETE: enquiry.amount"* ]]
    [[ $output == *"cut     told: XB/poc told of money"* ]]
    [ "$(jq -r '.expectations[0].result' out/report.json)" = cut ]
    [[ $(comity drill check a.yaml) == *"1 inject, 1 expectation, 1 fault"* ]]
}

@test "note: an empty one is refused" {
    for text in '' '  '; do
        run --separate-stderr comity drill note somewhere "$text"
        [ "$status" = 2 ] && [[ $stderr == *"the note is empty"* ]]
    done
}

@test "run: every key of a scenario is played" {
    comity drill run "${COMITY_TOP:-$BATS_TEST_DIRNAME/../..}/tests/data/scenarios/all.yaml" --set load.a_year=200 --set faults.flood.an_hour=5 --out out --json >out.json
    jq -e '.not_played == 0 and .troubles == 0' out.json
    [ "$(jq -r '[.injects[] | select(.state == "skipped").id] | join(" ")' out.json)" = again ] # asks for a longer hold of what is not held
}

@test "run: a load model sends what it says, finds what is there, merges what is asked twice; the report states its values" {
    cp -r "$scenarios/common" .
    cp "$BATS_TEST_DIRNAME/drill_load.yaml" load.yaml
    timeout 120 comity drill run load.yaml --out out --json >out.json
    [ "$(jq .troubles out.json)" = 0 ]
    [ "$(comity drill run load.yaml --json | jq -r .transcript_hash)" = "$(jq -r .transcript_hash out.json)" ]
    sent=$(jq '[.cases.rows[] | select(.[2] != "LINK")] | length' out/report.json)
    [ "$sent" -ge 140 ] && [ "$sent" -le 170 ] # 148, and requests for assistance that follow
    jq -e '.load.a_year.value == 900 and .load.a_year.sure == "low"' out/report.json
    found() { jq --arg word "$1" '[.measures[] | select(.word == $word).rows[] | select(.state == null) | .on_time] | add' out/report.json; }
    [ "$(found saved-in-time)" -ge 40 ] && [ "$(found duplicate-found)" -ge 1 ]
    run ! grep -q ',not sent,' out/events.csv
}

@test "run leaves nothing where it is interrupted" {
    for out in "" "--out mine"; do
        # shellcheck disable=SC2086
        comity drill run "$scenarios/load-model" $out >said.txt 2>&1 &
        playing() { [ "$(awk '{print $14 + $15}' "/proc/$!/stat")" -gt 50 ]; } # half a second of work
        wait_until playing
        kill -TERM $! # as Ctrl-C does: which bash has its jobs ignore
        wait $! || true
        run ! compgen -G "load-model-20*"
        [ ! -e mine ]
    done
}

@test "compare says what is better and what is worse, and what is no report" {
    golden=${COMITY_TOP:-$BATS_TEST_DIRNAME/../..}/tests/unit/drill_report.json
    mkdir after
    jq '.expectations[0].margin += 36000000 | .expectations[1].result = "late" | .transcript_hash = "00"' "$golden" >after/report.json
    run comity drill compare "$golden" after
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"better"*"-14 h 0 min"*"-4 h 0 min  expectation answers: time to spare"* ]]
    [[ $output == *"worse"*"expectations met, by weight"* ]]
    [[ $output == *"B against A: 1 better, 1 worse"* ]]
    comity drill compare "$golden" after --json | jq -e '.same_scenario and (.same_transcript | not) and .worse == 1'
    run comity drill compare "$golden" "$golden"
    [[ $output == *"one hash"*"0 better, 0 worse"* ]]
    echo '{"format": "x"}' >other.json
    run --separate-stderr comity drill compare "$golden" other.json
    [ "$status" = 1 ]
    [[ $stderr == *"comity-drill-report-1"* ]]
    echo '{' >broken.json
    run --separate-stderr comity drill compare "$golden" broken.json
    [ "$status" = 1 ]
    [[ $stderr == *"broken.json:"* ]]
}

@test "compare writes its page: what is worse stands in it" {
    golden=${COMITY_TOP:-$BATS_TEST_DIRNAME/../..}/tests/unit/drill_report.json
    jq '.expectations[0].margin -= 36000000 | .title = "</script><b>x"' "$golden" >after.json
    comity drill compare "$golden" after.json --out cmp >cmp.txt
    grep -q 'cmp/compare.html' cmp.txt
    jq -e '.format == "comity-drill-compare-1" and .worse == 1' cmp/compare.json
    [ "$(grep -c '</script>' cmp/compare.html)" = "$(grep -c '</script>' "$COMITY_BIN/../share/comity/report.html")" ]
}
