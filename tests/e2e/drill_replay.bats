#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# comity drill replay: all lines at once where nobody looks, keys where somebody does, and no report that can do harm.
load lib
bats_require_minimum_version 1.5.0

setup() {
    report=$COMITY_TOP/tests/data/report/long-weekend.json
    cd "$BATS_TEST_TMPDIR" || exit 1
}

@test "replay prints a line a moment, in UTC and in the clock of who did it" {
    comity drill replay "$report" >all.txt
    head -5 all.txt
    grep -q '^EXERCISE: The long weekend' all.txt
    tail -n +2 all.txt | cut -c1-19 | sort -c # in order of time
    grep -Eq '^2016-02-0[0-9] [0-9:]{8}  (Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-9:]{5}  [A-Z]{2}/poc ' all.txt
    [ "$(comity drill replay "$report" --json | jq '.moments | length')" = "$(($(wc -l <all.txt) - 1))" ]
    mkdir folder
    cp "$report" folder/report.json
    comity drill replay folder | cmp - all.txt
}

@test "replay: a part of it" {
    comity drill replay "$report" >all.txt
    from=$(sed -n 10p all.txt | cut -c1-19) until=$(sed -n 20p all.txt | cut -c1-19)
    comity drill replay "$report" --from "${from/ /T}Z" --until "${until/ /T}.999Z" >part.txt
    cmp <(tail -n +2 part.txt) <(awk -v a="$from" -v b="$until" 'NR > 1 && substr($0, 1, 19) >= a && substr($0, 1, 19) <= b' all.txt)
    comity drill replay "$report" --from 2030-01-01T00:00:00Z 2>&1 | grep -q 'nothing happened'
}

@test "replay: what is no time and no speed is said with what to write" {
    for wrong in '--from yesterday' '--until 2026-02-30T00:00:00Z' '--speed 0x' '--speed fast' '--speed 99999999999999999999x' \
        '--from 2026-01-02T00:00:00Z --until 2026-01-01T00:00:00Z'; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr comity drill replay "$report" $wrong
        echo "$wrong: $stderr"
        [ "$status" = 2 ] && [ -z "$output" ]
    done
    [[ $stderr == *"--until is before --from"* ]]
}

@test "replay on a terminal: keys pause, step, change the speed and end; the terminal is as before" {
    run "$COMITY_TOP/tests/e2e/keys.py" screen comity drill replay "$report" --speed 60x <<'KEYS'
PLAY => \x20
PAUSE => \x1b[C
1/ => \x1b[C
2/ => \x1b[D
PAUSE => +
120x => -
60x => q
KEYS
    cat screen
    [ "$status" = 0 ]
    [ "$output" = cooked ]
    grep -q '^< ' <(tr '\r' '\n' <screen | sed 's/\x1b\[K//') # a step back
    run "$COMITY_TOP/tests/e2e/keys.py" screen comity drill replay "$report" <<<'PLAY => \x03'
    [ "$status" = 0 ] && [ "$output" = cooked ]
    run "$COMITY_TOP/tests/e2e/keys.py" screen comity drill replay "$report" --speed 2592000x </dev/null
    [ "$status" = 0 ] && [ "$output" = cooked ] # it ends by itself
}

@test "replay: a report that somebody else wrote" {
    refused() { # WORDS
        run --separate-stderr timeout 60 comity drill replay odd.json
        echo "$1: $status $stderr"
        [ "$status" = 1 ] && [ -z "$output" ] && [[ $stderr == *"$1"* ]]
    }
    echo '{}' >odd.json
    refused 'no report of the format comity-drill-report-1'
    echo '[' >odd.json
    refused 'odd.json:'
    head -c 100000 /dev/zero | tr '\0' '[' >odd.json
    refused 'odd.json:'
    jq '.clock.end = -1' "$report" >odd.json
    refused 'clock'
    jq '.events.rows[3] = 7' "$report" >odd.json
    refused 'events.rows'
    jq '.events.rows[0][1] = 1e18' "$report" >odd.json
    refused 'events.rows'
    truncate -s 300M odd.json
    refused 'larger than'
    jq '.title = "\u001b]0;gone\u0007\u202e" | .injects[0].text = "\u001b[2Jx\ny"' "$report" >odd.json
    comity drill replay odd.json >out.txt
    [ "$(LC_ALL=C grep -c "$(printf '[\033\007]')" out.txt)" = 0 ]
    jq '.states[].zone = "../../etc/passwd"' "$report" >odd.json
    comity drill replay odd.json >out.txt # UTC alone
    jq 'del(.events, .cases, .injects, .faults, .notes, .states)' "$report" >odd.json
    comity drill replay odd.json 2>&1 | grep -q 'nothing happened'
}
