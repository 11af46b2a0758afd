#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# comity drill sweep: the same numbers however many processes play, what was played is kept, and what is wrong is said before.
load lib
bats_require_minimum_version 1.5.0

# Six questions at once, an hour each: with one person the last waits for five hours more than with six.
setup() {
    cd "$BATS_TEST_TMPDIR" || exit 1
    cat >busy.yaml <<EOS
scenario: 1
title: Busy
summary: Six questions at once
teaches: What one more is worth
classification: TLP:CLEAR
parameters: {people: 1, note: x}
clock: {start: 2026-01-05T00:00:00Z, length: 3d}
seed: 3
questions: [{id: last, text: "When is the last one answered?", measure: M9, of: {inject: q6}}]
times: {hour: {p0: 50m, p100: 70m}}
desks: {d: {hours: 24/7, people: "\${people}"}}
habits: {h: {power: own, times: {answer: hour}}}
states:
  - {code: XA, name: A, zone: UTC, units: [{name: poc, desk: d, habits: h, phone: +99 555 0001}]}
  - {code: XB, name: B, zone: UTC, units: [{name: poc, desk: d, habits: h, phone: +99 555 0002}]}
injects:
$(for i in 1 2 3 4 5 6; do echo "  - {id: q$i, at: day 2 09:00 XB, kind: request, from: XA/poc, to: XB/poc, type: legal-info, class: urgent}"; done)
expect:
  - {id: soon, who: XB/poc, what: answered, of: q6, by: 4h}
EOS
}

chance() { jq --arg id "$2" '.columns[] | select(.measure == "expect" and .word == $id) | .cells[].value' "$1"; }

@test "sweep: one job and two give the same bytes, and more people answer in time" {
    comity drill sweep busy.yaml --set people=1,6 --runs 10 --jobs 1 --out one >one.txt
    comity drill sweep busy.yaml --set people=1,6 --runs 10 --jobs 2 --out two >two.txt
    cat one.txt
    cmp one/sweep.json two/sweep.json
    cmp one/sweep.csv two/sweep.csv
    cmp one/sweep.html two/sweep.html
    sort one/runs.jsonl | cmp - <(sort two/runs.jsonl)
    diff <(grep -v ^report one.txt) <(grep -v ^report two.txt)
    mapfile -t met < <(chance one/sweep.json soon)
    [ "${met[0]}" -lt 500 ] && [ "${met[1]}" = 1000 ]
    grep -q '^expectation soon: met' one.txt
    grep -q '^  people=6  *100.0 %  (72.[0-9] % to 100.0 %)' one.txt
    jq -e '.done == 20 and .of == 20 and .names[0].values == ["1", "6"] and (.points | length) == 2' one/sweep.json
    head -1 one/sweep.csv | grep -q '^people,measure,word,class,state,what,unit,runs,value,low,high,beyond'
    grep -q '^6,expect,soon,,,met,permille,10,1000,72[0-9],1000,' one/sweep.csv
}

@test "sweep: what was played is kept, and only what lacks is played" {
    comity drill sweep busy.yaml --set people=1 --runs 3 --out kept >/dev/null
    cp kept/runs.jsonl before.jsonl
    printf '{"scenario_hash":"cut off' >>kept/runs.jsonl
    comity drill sweep busy.yaml --set people=1,2 --runs 4 --out kept >out.txt 2>err.txt
    cat err.txt
    grep -q '3 of 8 runs are there already' err.txt
    cmp before.jsonl <(head -3 kept/runs.jsonl)
    [ "$(grep -c transcript_hash kept/runs.jsonl)" = 8 ]
    comity drill sweep busy.yaml --set people=1,2 --runs 4 --out fresh >/dev/null
    cmp kept/sweep.json fresh/sweep.json
    # nothing is played: it is all there
    comity drill sweep busy.yaml --set people=1,2 --runs 4 --out kept 2>&1 | grep -q '8 of 8 runs are there already'
    cmp kept/sweep.json fresh/sweep.json
}

@test "sweep: Ctrl-C says what was played, writes it, and the same command goes on" {
    set -m
    comity drill sweep busy.yaml --set people=1..6 --runs 100 --jobs 2 --out half >out.txt 2>err.txt &
    pid=$!
    wait_until grep -q transcript_hash half/runs.jsonl
    kill -INT "$pid"
    code=0
    wait "$pid" || code=$?
    cat err.txt
    [ "$code" = 1 ]
    grep -q 'of 600 runs were played' err.txt
    grep -q 'goes on from there' err.txt
    jq -e '.done > 0 and .done < 600' half/sweep.json
    done=$(jq .done half/sweep.json)
    [ "$done" = "$(grep -c transcript_hash half/runs.jsonl)" ]
}

@test "sweep: points whose scenarios are the same are played once" {
    comity drill sweep busy.yaml --set note=x,y --runs 2 --out same >/dev/null
    [ "$(grep -c transcript_hash same/runs.jsonl)" = 2 ]
    jq -e '[.columns[].differs] | any | not' same/sweep.json
}

@test "sweep: what is wrong at a point is said before anything is played, with the nearest right word" {
    refused() { # EXIT-CODE WORDS [OPTION]...
        local code=$1 words=$2
        shift 2
        run --separate-stderr comity drill sweep busy.yaml "$@" --out wrong
        echo "$* : $stderr"
        [ "$status" = "$code" ] && [ -z "$output" ] && [[ $stderr == *"$words"* ]] && [ ! -e wrong ]
    }
    refused 1 'did you mean "people"' --set peopel=1..2
    refused 1 'did you mean "XB"' --set states.XBB.units.poc.people=1..2
    refused 1 'did you mean "latency"' --set links.latancy=1ms,2ms
    refused 1 '"-1" is not taken; write a number from 0 to 500' --set people=1,-1
    refused 1 'write a number from 0 to 500' --set people=1,501
    refused 2 'from 4 to 1 there is nothing' --set people=4..1
    refused 2 'more than 100 values' --set people=1..101
    refused 2 '--runs: "0" is no number from 1 to 1000' --set people=1 --runs 0
    refused 2 '--runs: "1001" is no number' --set people=1 --runs 1001
    refused 2 'more than 10000 runs' --set people=1..11 --runs 1000
    refused 2 '--jobs: "0"' --set people=1 --jobs 0
    refused 2 '--seed: "x"' --set people=1 --seed x
}

@test "sweep: a run that fails is named with the command that looks at it" {
    { # more parties than a world has
        sed -e '/^questions/d' -e '/^states:/,$d' busy.yaml
        echo 'inspired_by: no record at all'
        echo 'states:'
        for code in {A..C}{A..Q}; do
            echo "  - {code: $code, name: $code, zone: UTC, units: [$(printf '{name: u%d, desk: d, habits: h},' {1..8})]}"
        done
    } >large.yaml
    run --separate-stderr comity drill sweep large.yaml --set people=2 --runs 1
    echo "$stderr"
    [ "$status" = 1 ]
    [[ $stderr == *"a run failed: "*"1 to 400 parties"*"comity drill run large.yaml --set 'people=2' --seed 3"* ]]
}

@test "sweep: a folder that is none, and runs that somebody else wrote" {
    echo x >file
    run --separate-stderr comity drill sweep busy.yaml --set people=1 --runs 1 --out file
    [ "$status" = 1 ] && [[ $stderr == *file* ]]
    mkdir odd
    {
        head -c 3000000 /dev/zero | tr '\0' '['
        printf '\n{}\n\377\376\n{"scenario_hash": 7}\n'
    } >odd/runs.jsonl
    comity drill sweep busy.yaml --set people=1 --runs 1 --out odd >/dev/null
    jq -e '.done == 1' odd/sweep.json
    rm odd/runs.jsonl
    mkfifo odd/runs.jsonl
    run --separate-stderr timeout 20 comity drill sweep busy.yaml --set people=1 --runs 1 --out odd
    [ "$status" = 1 ] && [[ $stderr == *"not a plain file"* ]]
}
