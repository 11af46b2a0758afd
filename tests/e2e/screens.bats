#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# What an officer sees: 80 columns, nothing twice, colour on a terminal only, and no complaint when a pipe is closed early.
load lib
bats_require_minimum_version 1.5.0

setup() {
    net_new XA,XB
    net_up
    as XA-poc request "$COMITY_REQUEST" --to XB/poc
    wait_until state_is XB-poc XA-NCC-2026-0417 REQUESTED
    as XB-poc show XA-NCC-2026-0417 # opened
}

teardown() { net_down; }

# on_terminal COMMAND...: what it prints to a terminal, without carriage returns.
on_terminal() { script -qec "$*" /dev/null </dev/null | tr -d '\r'; }
is_narrow() { ! sed 's/\x1b\[[0-9;]*m//g' | grep -nE '.{81}'; }

@test "no screen is wider than 80 columns" {
    as XB-poc show XA-NCC-2026-0417 | is_narrow
    as XA-poc show --full XA-NCC-2026-0417 | is_narrow
    as XA-poc why XA-NCC-2026-0417 | is_narrow
    as XA-poc status | is_narrow
    on_terminal comity -C "$NET/XB-poc" inbox --all | is_narrow
    comity help | is_narrow
    comity --json help | jq -r '.commands[].name' | while read -r name; do
        # shellcheck disable=SC2086 # two words
        comity help $name | is_narrow
    done
}

@test "what is due of several items at one time is one line, with each clock once" {
    run as XB-poc show XA-NCC-2026-0417
    [ "$(grep -cE '^  decide ' <<<"$output")" = 1 ]
    grep -qE '^  decide 1-3 +in [0-9h]+: .* here \| .*[0-9:]{5} XA/poc \| .*[0-9:]{5}Z$' <<<"$output"
    as XB-poc not-held XA-NCC-2026-0417 --item 2 --cause NOT_FOUND --text searched
    run as XB-poc show XA-NCC-2026-0417
    grep -qE '^  decide 1,3 ' <<<"$output"
}

@test "facts are cut to three lines, and are whole with --full" {
    run as XB-poc show XA-NCC-2026-0417
    [[ $output == *"..."* && $output != *"in the requested State."* ]]
    run as XB-poc show XA-NCC-2026-0417 --full
    [[ $output == *"State."* && $output != *"..."* ]]
}

@test "the inbox is one line a case for programs" {
    [ "$(as XB-poc inbox | wc -l)" = 1 ]
}

@test "colour is for terminals, and not where NO_COLOR is set" {
    run on_terminal comity -C "$NET/XB-poc" show XA-NCC-2026-0417
    [[ $output == *$'\e['* ]]
    NO_COLOR=1 run on_terminal comity -C "$NET/XB-poc" show XA-NCC-2026-0417
    [[ $output != *$'\e['* ]]
    run as XB-poc show XA-NCC-2026-0417
    [[ $output != *$'\e['* ]]
}

@test "a reader that goes early is no fault" {
    local command
    for command in "show XA-NCC-2026-0417" "roster show" "inbox --all --json" help; do
        # shellcheck disable=SC2086
        run --separate-stderr bash -o pipefail -c "comity -C $NET/XB-poc $command | true"
        [ "$status" = 0 ]
        [ -z "$stderr" ]
    done
    run --separate-stderr bash -c "comity help >/dev/full"
    [ "$status" = 1 ]
    [[ $stderr == *"could not be written"* ]]
}

@test "help, version and completion are JSON too where it is asked for" {
    comity --json help | jq -e '.commands | map(.name) | index("roster update")'
    comity --json show --help | jq -e '.commands[0].options | map(.name) | index("full")'
    comity --json --version | jq -e '.version | length > 0'
    comity --json completion bash | jq -er .completion | bash -n
}
