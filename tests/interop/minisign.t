#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signatures and key files in both directions between us and the stock minisign program.
set -u
top=${COMITY_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
ours=${COMITY_BIN:-$top/build/debug/bin}/../tests/unit/minisign_test

if ! command -v minisign >/dev/null; then
    echo "1..0 # SKIP minisign is not installed"
    exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

count=0
# expect CODE NAME COMMAND...
expect() {
    local want=$1 name=$2
    shift 2
    "$@" >out 2>err
    local got=$?
    count=$((count + 1))
    if [ "$got" -eq "$want" ]; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        sed 's/^/# /' out err
        echo "# exit code $got, not $want"
    fi
}
# Outcomes of `minisign_test verify`: 10 + enum minisig_outcome.
legacy=12 other_key=13 bad=14

minisign -G -W -f -p theirs.pub -s theirs.sec >/dev/null 2>&1
their_key=$(sed -n 2p theirs.pub)
(umask 077 && "$ours" secret 7 >our.sec)
"$ours" public 7 >our.pub
our_key=$(sed -n 2p our.pub)
head -c 5000 /dev/urandom >roster.json
cp roster.json other.json
echo >>other.json

expect 0 "our signature with our key file" "$ours" sign our.sec roster.json "comity roster 1"
cp out ours.minisig
expect 0 "stock minisign takes it, prehashed only" minisign -V -H -p our.pub -m roster.json -x ours.minisig
expect 0 "stock minisign shows our trusted comment" minisign -V -H -Q -P "$our_key" -m roster.json -x ours.minisig
cp out comment
expect 0 "the comment is the one given" grep -qx "comity roster 1" comment
expect 1 "stock minisign refuses it over other bytes" minisign -V -p our.pub -m other.json -x ours.minisig

expect 0 "stock minisign signs with our key file" \
    minisign -S -s our.sec -m roster.json -x ours2.minisig -t "comity roster 1"
expect 0 "we take that" "$ours" verify "$our_key" roster.json ours2.minisig
expect 0 "both made the same signature" diff <(tail -n +2 ours.minisig) <(tail -n +2 ours2.minisig)

expect 0 "stock minisign signs with its own key file" minisign -S -s theirs.sec -m roster.json -x theirs.minisig
expect 0 "we take that" "$ours" verify "$their_key" roster.json theirs.minisig
expect $bad "we refuse it over other bytes" "$ours" verify "$their_key" other.json theirs.minisig
expect $other_key "we refuse it for another key" "$ours" verify "$our_key" roster.json theirs.minisig
expect 0 "we sign with the stock key file" "$ours" sign theirs.sec roster.json "comity roster 1"
cp out theirs2.minisig
expect 0 "stock minisign takes that" minisign -V -H -p theirs.pub -m roster.json -x theirs2.minisig

expect 0 "stock minisign makes a legacy signature" minisign -S -l -s theirs.sec -m roster.json -x legacy.minisig
expect 0 "stock minisign takes a legacy signature" minisign -V -p theirs.pub -m roster.json -x legacy.minisig
expect $legacy "we refuse it" "$ours" verify "$their_key" roster.json legacy.minisig

echo "1..$count"
