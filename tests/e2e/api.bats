#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a process of its own; bats sets status, output, stderr
# The API over the real socket: whatever is refused is refused in JSON with error, code and next, and no client can hold up
# another.
load lib

setup() {
    net_new XA,XB
    start XA-poc
    SOCKET=$NET/XA-poc/node.sock
    COMMAND="Comity-Command: 000102030405060708090a0b0c0d0e0f"
}

teardown() { net_down; }

# ask METHOD PATH [CURL-OPTION]...: the answer's body, then its status on a line of its own.
ask() { curl -s --max-time 20 --unix-socket "$SOCKET" -X "$1" -w '\n%{http_code}\n' "${@:3}" "http://localhost$2"; }

# refused STATUS CODE METHOD PATH [CURL-OPTION]...
refused() {
    run ask "${@:3}"
    echo "$output"
    [ "${lines[-1]}" = "$1" ]
    jq -e --arg code "$2" '.code == $code and (.error | length > 3) and (.next | length > 3)' <<<"${lines[0]}"
}

@test "a wrong path, a wrong method, a command without an id" {
    refused 404 NO_SUCH_PATH GET /v1/nothing
    refused 404 NO_SUCH_PATH GET '/v1/%22%5c%0a'
    refused 404 NO_SUCH_PATH GET /
    refused 405 METHOD DELETE /v1/status
    refused 405 METHOD GET /v1/letters
    refused 400 COMMAND_ID POST /v1/letters -d '{}'
    refused 400 COMMAND_ID POST /v1/letters -d '{}' -H 'Comity-Command: 00'
    refused 400 COMMAND_ID POST /v1/letters -d '{}' -H 'Comity-Command: 00000000000000000000000000000000'
    refused 414 TOO_LARGE GET "/v1/inbox?all=$(printf '1%.0s' {1..600})"
    run curl -s -D - -o /dev/null --unix-socket "$SOCKET" -X PUT http://localhost/v1/cases/x/opened
    [[ $output == *"405"*"Allow: GET, POST"* ]]
}

@test "a body of 320 KiB is read, one byte more is refused" {
    local max=$((320 * 1024)) body=$NET_TOP/body
    head -c "$max" /dev/zero | tr '\0' ' ' >"$body"
    refused 400 NOT_JSON POST /v1/letters/prepare --data-binary "@$body" # nothing but blanks: read, and no JSON
    printf ' ' >>"$body"
    refused 413 TOO_LARGE POST /v1/letters/prepare --data-binary "@$body"
    refused 413 TOO_LARGE POST /v1/letters/prepare --data-binary "@$body" -H 'Transfer-Encoding: chunked'
    refused 413 TOO_LARGE POST /v1/letters/prepare --data-binary "@$body" -H 'Expect: 100-continue'
    api XA-poc status
}

@test "broken JSON is answered with line and column" {
    refused 400 NOT_JSON POST /v1/letters/prepare -d $'{"letter":\n  {"ack" 1}}'
    jq -e '.error | test("line 2, column [0-9]+")' <<<"${lines[0]}"
    refused 400 NOT_JSON POST /v1/letters/prepare -d $'{"a":"\xff"}'
    refused 400 NOT_JSON POST /v1/letters/prepare -d '{"a":1} and more'
    refused 400 DUPLICATE POST /v1/letters/prepare -d '{"to":"XB/poc","to":"XC/poc"}'
    jq -e '.error | test("line 1, column [0-9]+")' <<<"${lines[0]}"
    refused 400 NOT_JSON POST /v1/letters -H "$COMMAND" -d '"\"'
}

@test "nesting that would exhaust a parser is refused before it is parsed" {
    local deep
    deep=$(printf '[%.0s' {1..100000})
    refused 400 NOT_JSON POST /v1/letters/prepare --data-binary @<(echo "$deep")
    refused 400 NOT_JSON POST /v1/letters/prepare --data-binary @<(printf '{"a":%.0s' {1..17})
    jq -e '.error | test("nested")' <<<"${lines[0]}"
}

@test "JSON that is no object, and a body where none is expected" {
    refused 422 INCOMPLETE POST /v1/letters/prepare -d '[]'
    refused 422 INCOMPLETE POST /v1/letters/prepare
    refused 400 MALFORMED POST /v1/letters -H "$COMMAND" -d '[]'
    refused 400 NOT_JSON POST /v1/letters -H "$COMMAND" -d '7'
    run ask GET /v1/status -d '{}'
    [ "${lines[-1]}" = 200 ]
}

@test "one connection serves many requests, refusals between them" {
    local url=http://localhost/v1
    run curl -sv --unix-socket "$SOCKET" "$url/status" "$url/nothing" -X GET "$url/inbox" "$url/cases/none" "$url/roster"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^< HTTP/1.1 200' <<<"$output")" = 3 ]
    [ "$(grep -c '^< HTTP/1.1 404' <<<"$output")" = 2 ]
    [ "$(grep -c 'Connected to' <<<"$output")" = 1 ]
}

# at_once COUNT: so many clients, each with a connection of its own; prints how many were answered.
at_once() {
    local i urls=()
    for ((i = 0; i < $1; i++)); do urls+=(-o /dev/null http://localhost/v1/status); done
    curl -s --max-time 20 --no-keepalive -H 'Connection: close' --parallel --parallel-immediate --parallel-max "$1" \
        --unix-socket "$SOCKET" -w '%{http_code}\n' "${urls[@]}" | grep -c '^200$'
}

@test "64 connections at once, and more than are served at a time" {
    [ "$(at_once 64)" = 64 ]
    [ "$(at_once 150)" = 150 ]
    api XA-poc status
}

descriptors() { find "/proc/$(pid_of XA-poc)/fd" -mindepth 1 | wc -l; }
few_descriptors() { [ "$(descriptors)" -le "$1" ]; }

@test "clients that go away while they wait harm nobody" {
    local i before pid clients=()
    api XA-poc status
    before=$(descriptors)
    pid=$(pid_of XA-poc)
    kill -STOP "$pid" # so that they wait for as long as we like
    for ((i = 0; i < 20; i++)); do
        curl -s --max-time 20 --unix-socket "$SOCKET" -d '{}' http://localhost/v1/letters/prepare >/dev/null 3>&- &
        clients+=($!)
    done
    waiting() { [ "$(grep -c "$SOCKET" /proc/net/unix)" -ge 21 ]; }
    wait_until waiting
    kill -KILL "${clients[@]}"
    kill -CONT "$pid"
    [ "$(api XA-poc status | jq -r .party)" = XA/poc ]
    wait_until few_descriptors "$before"
    [ "$(pid_of XA-poc)" = "$pid" ]
}

@test "what is no HTTP is let go" {
    head -c 100000 /dev/urandom >"$NET_TOP/noise"
    curl -s --max-time 5 --unix-socket "$SOCKET" -H "X: $(head -c 60000 /dev/zero | tr '\0' x)" http://localhost/v1/status || true
    curl -s --max-time 5 --unix-socket "$SOCKET" telnet://localhost <"$NET_TOP/noise" || true
    api XA-poc status
}

@test "another user may not act for this party" {
    [ "$(id -u)" -eq 0 ] && command -v setpriv || skip "needs root and setpriv to be somebody else"
    chmod 711 "$NET_TOP" "$NET" "$NET/XA-poc"
    run setpriv --reuid=65534 --regid=65534 --clear-groups curl -s --max-time 5 --unix-socket "$SOCKET" http://localhost/v1/status
    [ "$status" -eq 7 ] # the socket is its user's alone
    chmod 666 "$SOCKET" # and were it not, the node looks who it is
    run setpriv --reuid=65534 --regid=65534 --clear-groups curl -s --max-time 5 --unix-socket "$SOCKET" \
        -w '\n%{http_code}\n' http://localhost/v1/status
    [ "${lines[-1]}" = 403 ]
    jq -e '.code == "NOT_ALLOWED" and (.next | length > 3)' <<<"${lines[0]}"
}

@test "a zone by its old name, which is a link, is found; one that is not there is told" {
    stop XA-poc
    roster_next 2 '.parties[0].zone = "Asia/Saigon"' root-1 root-2
    as XA-poc roster update "$NET/next/2"
    start XA-poc
    run log_has XA-poc 'event=zone.unknown'
    [ "$status" -ne 0 ]
    roster_next 3 '.parties[0].zone = "Mars/Olympus"' root-1 root-2
    stop XA-poc
    as XA-poc roster update "$NET/next/3"
    start XA-poc
    log_has XA-poc 'event=zone.unknown'
}
