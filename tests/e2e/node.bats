#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# What the broker cannot see, the recipient's node refuses: with a signed receipt that names the reason, counted, and without
# effect on anybody else. The real nodes of XA and XC are down here: hostile ones have their keys and their links.
load lib

setup() {
    net_new XA,XB,XC
    start broker XB-poc
    wait_until is_connected XB-poc
}

teardown() { net_down; }

refused_by_recipient() {
    run peer "${3:-XA-poc}" letter "$1" XB/poc
    echo "$output"
    [[ ${lines[-1]} == "RECEIPT kind=refused from="*" to=XB/poc "*" reason=$2" ]]
    wait_until log_has XB-poc "event=envelope.refused .*reason=$2"
    [ "$(api XB-poc status | jq ".figures.refused.$2")" -ge 1 ]
}

@test "a letter that holds is delivered and takes effect" {
    run peer XA-poc letter none XB/poc
    [[ $output == *"RECEIPT kind=delivered from=XA/poc to=XB/poc"* ]]
    wait_until cases_are XB-poc 1
}

@test "each flaw under the seal is refused with its own code, and none has an effect" {
    refused_by_recipient resigned-body E_BODY
    refused_by_recipient two-keys E_COMMIT
    refused_by_recipient slot E_SLOT
    refused_by_recipient padding E_PADDING
    refused_by_recipient inner E_INNER
    refused_by_recipient context E_CONTEXT
    refused_by_recipient officer E_OFFICER
    refused_by_recipient officer-signature E_OFFICER_SIGNATURE
    refused_by_recipient letter-unknown E_LETTER
    refused_by_recipient letter-incomplete E_LETTER
    [ "$(cases_of XB-poc)" = 0 ]
    run peer XA-poc letter none XB/poc # the next good one is taken
    [[ ${lines[-1]} == "RECEIPT kind=delivered"* ]]
    wait_until cases_are XB-poc 1
}

@test "a letter sealed again to a third party is refused with E_CONTEXT" {
    run peer XC-poc third-party XB/poc XA-poc
    [[ ${lines[-1]} == "RECEIPT kind=refused from=XC/poc to=XB/poc "*" reason=E_CONTEXT" ]]
    [ "$(cases_of XB-poc)" = 0 ]
}

@test "a replayed envelope takes effect once" {
    run peer XA-poc replay XB/poc 5 REPLAYED-1
    wait_until state_is XB-poc REPLAYED-1 REQUESTED
    run peer XA-poc letter none XB/poc # what comes after it is there too: nothing of the replay is still on its way
    wait_until cases_are XB-poc 2
    [ "$(case_of XB-poc REPLAYED-1 | jq '.letters | length')" = 1 ]
}

@test "a fork reaches the recipient as a signed refusal of the broker, the first one stands" {
    run peer XA-poc fork XB/poc
    [[ $output == *"REJECTED tag=2 reason=E_FORK temporary=0 signed=1"* ]]
    wait_until cases_are XB-poc 1
}

@test "the party whose copy sent in its name goes on by itself in a new incarnation, and both requests are there" {
    run peer XA-poc letter none XB/poc
    [[ ${lines[-1]} == "RECEIPT kind=delivered"* ]]
    start XA-poc
    wait_until is_connected XA-poc
    run as XA-poc request "$COMITY_REQUEST" --to XB/poc 2>/dev/null
    [ "$status" = 0 ]
    wait_until state_is XB-poc XA-NCC-2026-0417 REQUESTED
    wait_until cases_are XB-poc 2
}
