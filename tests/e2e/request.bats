#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# How a request is made: asked for field by field on a terminal, from a form, like another one.
load lib
load one_network
bats_require_minimum_version 1.5.0

setup_file() { network_of_file XA,XB,XC; } # as in the README

# asked SCRIPT [OPTION]...: an interview answered by the script; what was on the screen in $NET_TOP/screen.
asked() {
    local script=$1
    shift
    python3 "$COMITY_TOP/tests/e2e/typist.py" "$script" "$NET_TOP/screen" "$COMITY_BIN/comity" -C "$NET/XA-poc" request --interactive "$@"
}
screen_has() { tr -d '\r' <"$NET_TOP/screen" | grep -qF -- "$1"; }

# session_of FILE: what the session in it has on the screen, but for what is left out, the command, and the numbers and dates of the day.
session_of() {
    sed -n '/^\$ comity .* request --interactive/,/^```$/p' "$COMITY_TOP/$1" |
        grep -vE '^(```|\$ .*| *\.\.\.)?$|^[0-9a-f]{32}$|[0-9]{4}-[0-9]{2}-[0-9]{2}T.*[+]07:00|^  Such as: 20|comity show'
}

@test "somebody who never saw the tool makes a valid request with what it asks alone" {
    asked "$COMITY_TOP/tests/e2e/newcomer.txt"
    screen_has 'must be one of: TRAFFIC, SUBSCRIBER, CONTENT'
    screen_has '30 days are too short'
    screen_has 'has no time zone'
    wait_until state_is XB-poc ALD-2026-0417 REQUESTED
    case_of XB-poc ALD-2026-0417 | jq -e '.request | .holdDays == 90 and .confidential and .items[0].identifiers[0].port == 40110
        and .confirmation.phone == "+99 555 0100" and (.facts | test("\n"))'
    local line
    [ "$(session_of docs/first-request.md | wc -l)" -gt 180 ] && [ "$(session_of README.md | wc -l)" -gt 25 ]
    while IFS= read -r line; do
        screen_has "$line" || { echo "the session of the manual has, and the screen has not: $line" && false; }
    done < <(session_of docs/first-request.md && session_of README.md)
    tr -d '\r' <"$NET_TOP/screen" | awk 'length($0) > 80 && !/^(> |\[|\. )/ { print; bad = 1 } END { exit bad }'
}

@test "only the whole word signs: whoever types stop, save or exit is asked again" {
    sed -e 's/ALD-2026-0417/STOP-1/' -e '/^\[s\]ign and send/d' -e '/^Which field/d' -e '/=> +6d$/d' "$COMITY_TOP/tests/e2e/newcomer.txt" >"$NET_TOP/script"
    printf '%s\n' '[s]ign and send => stop' 'write s, e, w or q => save' 'write s, e, w or q => exit' 'write s, e, w or q => q' >>"$NET_TOP/script"
    run asked "$NET_TOP/script"
    [ "$status" = 1 ]
    screen_has 'nothing was sent'
    run as XA-poc show STOP-1
    [ "$status" = 1 ]
    sed -i 's/=> q$/=> sign/;s/STOP-1/STOP-2/' "$NET_TOP/script"
    asked "$NET_TOP/script"
    wait_until state_is XB-poc STOP-2 REQUESTED
}

@test "who leaves has sent nothing, and may keep what was filled in as a form that can be sent" {
    printf '%s\n' 'Your own file number => LEFT-1' 'The kind of data => !' "File to write => $NET_TOP/left.form" >"$NET_TOP/script"
    run asked "$NET_TOP/script" --type preservation --to XB/poc
    [ "$status" = 1 ]
    screen_has 'nothing was sent'
    grep -qxF 'reference: LEFT-1' "$NET_TOP/left.form"
    run as XA-poc show LEFT-1
    [ "$status" = 1 ]
}

@test "Ctrl-C leaves like !: what was answered is kept; a line with a zero byte is not cut, but refused" {
    printf '%s\n' 'Your own file number => CUT^@OFF' 'is not plain text => INT-1' 'The kind of data => ^C' "File to write => $NET_TOP/int.form" >"$NET_TOP/script"
    run asked "$NET_TOP/script" --type preservation --to XB/poc
    [ "$status" = 1 ]
    screen_has 'nothing was sent'
    grep -qxF 'reference: INT-1' "$NET_TOP/int.form"
}

@test "a line that is longer than a terminal takes is not sent cut off, but asked for again" {
    printf '%s\n' "Your own file number => $(printf 'x%.0s' {1..5000})" 'takes no more than 4,095 bytes => LONG-1' \
        'in words that the custodian understands => !' "File to write => $NET_TOP/long.form" >"$NET_TOP/script"
    run asked "$NET_TOP/script" --type preservation --to XB/poc
    [ "$status" = 1 ]
    grep -qxF 'reference: LONG-1' "$NET_TOP/long.form"
    printf '%s\n' 'Your own file number => LONG-2' "in words that the custodian understands => $(printf 'x%.0s' {1..4095})" \
        'takes no more than 4,095 bytes => !' "File to write => $NET_TOP/longer.form" >"$NET_TOP/script"
    run asked "$NET_TOP/script" --type preservation --to XB/poc
    [ "$status" = 1 ]
    run grep -c xxxx "$NET_TOP/longer.form"
    [ "$output" = 0 ]
}

@test "each kind of request is made with what is asked alone, and is what was answered" {
    local kind asked_for='del(.assistance.holds, .items[]?.holds[]?.items)' # those are written in a form
    run --separate-stderr as XA-poc request --type nothing --new
    read -ra kinds < <(grep -oE 'write one of: .*' <<<"$stderr" | cut -d: -f2)
    [ "${#kinds[@]}" -gt 20 ]
    for kind in "${kinds[@]}"; do
        example "$kind" | jq --arg reference "ALONE-$kind" '.reference = $reference' >"$NET_TOP/$kind.json"
        asked "$NET_TOP/$kind.json" --type "$kind" --to XB/poc || { tail -n 20 "$NET_TOP/screen" && false; }
        diff <(jq -S "$asked_for" "$NET_TOP/$kind.json") <(case_of XA-poc "ALONE-$kind" | jq -S ".request | $asked_for")
    done
}

@test "on a terminal of 60 columns no line is longer than that" {
    sed 's/ALD-2026-0417/ALD-60/' "$COMITY_TOP/tests/e2e/newcomer.txt" >"$NET_TOP/script"
    COLUMNS=60 asked "$NET_TOP/script"
    tr -d '\r' <"$NET_TOP/screen" | awk 'length($0) > 60 && !/^(> |\[|\. )|^Which field|comity show/ { print; bad = 1 } END { exit bad }'
}

@test "what was answered is not lost when the node ends in the middle" {
    printf '%s\n' 'Your own file number => KEPT-1' "File to write => $NET_TOP/screen" "File to write => $NET_TOP/kept.form" >"$NET_TOP/script"
    (
        wait_until screen_has 'Your own file number'
        kill_hard XA-poc
    ) &
    run asked "$NET_TOP/script" --type preservation --to XB/poc
    wait
    start XA-poc
    [ "$status" != 0 ]
    screen_has 'File exists'
    grep -qxF 'reference: KEPT-1' "$NET_TOP/kept.form"
}

@test "the form of every kind, sent as it is, is refused, and what is needed is named" {
    run --separate-stderr as XA-poc request --type nothing --new
    [ "$status" = 2 ]
    read -ra kinds < <(grep -oE 'write one of: .*' <<<"$stderr" | cut -d: -f2)
    [ "${#kinds[@]}" -gt 20 ]
    for kind in "${kinds[@]}"; do
        as XA-poc request --type "$kind" --new >"$NET_TOP/$kind.form"
        run --separate-stderr as XA-poc request "$NET_TOP/$kind.form" --to XB/poc
        [ "$status" = 1 ]
        needed=$(grep -c '(needed)' "$NET_TOP/$kind.form")
        [[ $stderr == *"reference: missing"* ]]
        [ "$needed" -gt 0 ]
        [ "$(as XA-poc request --type "$kind" --new --json | jq -r .type)" = "$kind" ]
    done
}

@test "a request like another one has its words but not its number" {
    request_to "$NET_TOP/r.json" LIKE-1
    as XA-poc request "$NET_TOP/r.json" --to XB/poc
    as XA-poc request --like LIKE-1 >"$NET_TOP/like.form"
    grep -qxF 'reference:' "$NET_TOP/like.form"
    sed -i 's/^reference:$/reference: LIKE-2/' "$NET_TOP/like.form"
    as XA-poc request "$NET_TOP/like.form" --to XB/poc
    wait_until state_is XB-poc LIKE-2 REQUESTED
    diff <(case_of XB-poc LIKE-1 | jq '.request | del(.reference, .necessity.answerWantedBy)') \
        <(case_of XB-poc LIKE-2 | jq '.request | del(.reference)')
    # The requested side asks a third State like it: who asks is another.
    as XB-poc request --like LIKE-1 >"$NET_TOP/hop.form"
    grep -qxF 'authority.organisation:' "$NET_TOP/hop.form"
}

@test "a request like another one, asked for with Enter alone, has all that the other one has" {
    jq '.reference = "ROWS-1" | .items += [.items[0] | .description = "Logs of the second server"] | .items += [.items[0] | .description = "Logs of the third"]' \
        "$COMITY_REQUEST" >"$NET_TOP/rows.json"
    as XA-poc request "$NET_TOP/rows.json" --to XB/poc
    printf '%s\n' 'Your own file number => ROWS-2' '[s]ign and send => sign' >"$NET_TOP/script"
    asked "$NET_TOP/script" --like ROWS-1 --to XB/poc
    wait_until state_is XB-poc ROWS-2 REQUESTED
    diff <(case_of XB-poc ROWS-1 | jq -S .request.items) <(case_of XB-poc ROWS-2 | jq -S .request.items)
}

@test "a case that was exported becomes a request again; a number that is taken is told before it is signed" {
    request_to "$NET_TOP/r.json" TWICE-1
    as XA-poc request "$NET_TOP/r.json" --to XB/poc
    as XA-poc export TWICE-1 >"$NET_TOP/case.json"
    as XA-poc import "$NET_TOP/case.json" >"$NET_TOP/again.form"
    as XA-poc import "$NET_TOP/case.json" --to XB/poc | diff - "$NET_TOP/again.form"
    for to in ZZ/poc XA/poc 'garbage!!'; do
        run as XA-poc --json import "$NET_TOP/case.json" --to "$to"
        [ "$status" = 1 ]
        [ "$(jq -r .code <<<"$output")" = RECIPIENT ]
    done
    run --separate-stderr as XA-poc request "$NET_TOP/again.form" --to XB/poc
    [ "$status" = 0 ]
    [[ $stderr == *'note: reference: a case of yours has the number TWICE-1 already'* ]]
    diff <(case_of XA-poc "$output" | jq -S .request) <(jq -S '.letters[0].body.request' "$NET_TOP/case.json")
    run --separate-stderr as XA-poc show TWICE-1
    [ "$status" = 1 ]
    [[ $stderr == *"$output"*'XA/poc -> XB/poc  TWICE-1'* ]]
}

@test "a text is given as it is, from a file by its @name, and with @@ when it begins with @, to every command alike" {
    request_to "$NET_TOP/r.json" AT-1
    as XA-poc request "$NET_TOP/r.json" --to XB/poc
    wait_until state_is XB-poc AT-1 REQUESTED
    echo 'Two lines
of text' >"$NET_TOP/text"
    as XB-poc status AT-1 --text "@$NET_TOP/text"
    as XB-poc letter STATUS AT-1 --text "@$NET_TOP/text"
    as XB-poc status AT-1 --text '@@ten'
    as XB-poc letter STATUS AT-1 --text '@@ten'
    case_of XB-poc AT-1 | jq -e '[.letters[] | select(.letter == "STATUS") | .body.text // .body.status.text] == ["Two lines\nof text", "Two lines\nof text", "@ten", "@ten"]'
    run as XB-poc status AT-1 --text "@$NET_TOP/no-such-file"
    [ "$status" = 2 ]
}

@test "a list is answered row by row: the screen says what lacks, shows each row, and an answer is read line by line before it is signed" {
    example preservation-rows | jq '.reference = "LIST-1"' >"$NET_TOP/list.json"
    as XA-poc request "$NET_TOP/list.json" --to XB/poc
    wait_until state_is XB-poc LIST-1 REQUESTED
    as XB-poc show LIST-1 --full >"$NET_TOP/page"
    grep -qF '4 rows, none answered yet' "$NET_TOP/page"
    grep -qE '^ +203\.0\.113\.91,1044,udp,[0-9T:-]+Z$' "$NET_TOP/page"
    run as XB-poc held LIST-1 --rows '1-2,5'
    [ "$status" = 1 ]
    printf '1-2\n4 only since noon\n' >"$NET_TOP/rows.txt"
    run as XB-poc held LIST-1 --rows "@$NET_TOP/rows.txt"
    [ "$status" = 0 ]
    grep -qE '^  rows +1-2$' <<<"$output"
    grep -qE '^ +4 only since noon$' <<<"$output"
    as XB-poc show LIST-1 | grep -F '4 rows: 1-2,4 answered; 3 not yet'
    wait_until state_is XA-poc LIST-1 HELD
    diff <(case_of XA-poc LIST-1 | jq .items) <(case_of XB-poc LIST-1 | jq .items)
    as XB-poc held LIST-1 --rows '3 not found'
    as XB-poc show LIST-1 | grep -xE ' +4 rows: 1-4 answered'
    request_to "$NET_TOP/r.json" PERIOD-1
    as XA-poc request "$NET_TOP/r.json" --to XB/poc
    as XA-poc show PERIOD-1 | grep -E '^ +from 202[0-9-]+T00:00:00Z to 202[0-9-]+T00:00:00Z$'
}

@test "the same data asked for twice: the screen says in which case, and the draft that it names ends one as a duplicate" {
    local twin
    for twin in SAME-1 SAME-2; do
        request_to "$NET_TOP/r.json" "$twin" '.items |= .[:1] | .items[0].identifiers[0].value = "203.0.113.201"'
        as XA-poc request "$NET_TOP/r.json" --to XB/poc
        wait_until state_is XB-poc "$twin" REQUESTED
    done
    as XA-poc show SAME-2 | grep -E '^  same data in +[0-9a-f]{8} XB/poc SAME-1, REQUESTED: items 1 of this one$'
    as XB-poc show SAME-2 >"$NET_TOP/page"
    grep -E '^  same data in +[0-9a-f]{8} XA/poc SAME-1, REQUESTED: items 1 of this one$' "$NET_TOP/page"
    grep -oE 'comity draft [0-9a-f]{8} --as duplicate' "$NET_TOP/page"
    as XB-poc draft SAME-2 --as duplicate >"$NET_TOP/duplicate.form"
    as XB-poc letter not-held SAME-2 "$NET_TOP/duplicate.form"
    wait_until state_is XA-poc SAME-2 CLOSED
    state_is XB-poc SAME-1 REQUESTED
}

@test "what is not said, or not so, is usage" {
    run --separate-stderr as XA-poc request
    [ "$status" = 2 ]
    [[ $stderr == *'FILE is missing'*--interactive* ]]
    run --separate-stderr as XA-poc request --new
    [ "$status" = 2 ]
    [[ $stderr == *'--type is missing'* ]]
    run --separate-stderr as XA-poc request --interactive --json
    [ "$status" = 2 ]
    run --separate-stderr as XA-poc request --interactive --type preservation --to ZZ/poc </dev/null
    [ "$status" = 1 ] && [ -z "$output" ] # before anything is asked
    [[ $stderr == *'ZZ/poc is no other party of this network; see who is: comity directory'* ]]
    run --separate-stderr as XA-poc request --like nothing-like-it
    [ "$status" = 1 ]
}
