#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants each bug of tests/world/mutants/*.patch in a copy of the sources, builds what it touches, and looks who finds it: the
# swarm within SEEDS seeds, or the test or plan that its "finder:" line names. What fails without the bug, too, finds nothing.
# Usage: tests/world/mutants.sh WORKDIR [NAME...]. Environment: SEEDS (500), JOBS (processors), FINDER (instead of what the
# patches name). Prints a line a mutant and writes WORKDIR/report.txt; fails if one is not found.
set -uo pipefail
work=$1
shift
top=$PWD
seeds=${SEEDS:-500}
jobs=${JOBS:-$(nproc)}
build=$work/build
tree=$work/tree
program=$build/release/bin/comity-drill
sound=$work/comity-drill # without any bug

mkdir -p "$tree"
rm -rf "${tree:?}"/* # the copy is made anew, the objects are kept: cp -p keeps times, so make builds what changed
cp -a Makefile mk base proto keys broker nodes drills tests examples "$tree/"
cd "$tree" || exit 1

# files PATCH...: what they change.
files() {
    sed -n 's/^+++ b\///p' "$@" | sort -u
}
make_quiet() {
    make --no-print-directory BUILD="$build" V=release -j"$jobs" "$@" >"$work/make.log" 2>&1
}
# swarm_finds PROGRAM: true at the first seed that breaks a promise, and breaks none without the bug; its words in $work/out.
swarm_finds() {
    local first=1 seed
    while [ "$first" -le "$seeds" ] &&
        ! "$1" world swarm --seeds "$first..$seeds" --jobs "$jobs" >"$work/out" 2>&1; do
        seed=$(failed_seed)
        [ -n "$seed" ] || return 1
        if "$sound" world run --seed "$seed" >"$work/out.sound" 2>&1; then
            return 0
        fi
        echo "# seed $seed fails without a bug planted: $(head -1 "$work/out.sound")"
        first=$((seed + 1))
    done
    return 1
}
failed_seed() {
    sed -n 's/.*--seed \([0-9][0-9]*\).*/\1/p' "$work/out" | head -1
}
# finds FINDER PROGRAM: true if it fails; its words in $work/out.
finds() {
    case $1 in
    swarm) swarm_finds "$2" ;;
    *.plan) ! "$2" world run --plan "$top/$1" >"$work/out" 2>&1 ;;
    *)
        { # that it aborts is told by bash, too: not here
            ! env CMOCKA_MESSAGE_OUTPUT=TAP COMITY_TOP="$top" COMITY_POWER_STRIDE=1 \
                timeout 300 "$build/release/$1" >"$work/out" 2>&1
        } 2>/dev/null
        ;;
    esac
}
# target FINDER: what it needs to be built.
target() {
    case $1 in
    swarm | *.plan) echo "$program" ;;
    *) echo "$build/release/$1" ;;
    esac
}
# A finder that fails without any bug finds nothing: asked once, before its first mutant (a seed: when it has found something).
declare -A holds
holds_without() {
    if [ -z "${holds[$1]:-}" ]; then
        holds[$1]=no
        if [ "$1" = swarm ]; then
            holds[$1]=yes
        elif make_quiet "$(target "$1")" && ! finds "$1" "$sound"; then
            holds[$1]=yes
        fi
    fi
    [ "${holds[$1]}" = yes ]
}
# found_by FINDER: who found it, and the promise that was broken or the test that failed.
found_by() {
    local what
    case $1 in
    swarm)
        what=$(sed -n 's/^seed [0-9]* breaks \([A-Z0-9]*\) .*/\1/p' "$work/out" | head -1)
        echo "seed $(failed_seed)${what:+ ($what)}"
        ;;
    *.plan) echo "$1" ;;
    *)
        what=$(sed -n 's/^not ok [0-9]* - //p' "$work/out" | head -1)
        : "${what:=$(tail -1 "$work/out")}"
        echo "$1 (${what%%: this is a bug of ours*})"
        ;;
    esac
}

# What a mutant of the last run changed is newer in the build than in the sources: it is made again.
files "$top"/tests/world/mutants/*.patch | xargs touch
make_quiet "$program" || {
    tail -20 "$work/make.log" >&2
    exit 1
}
cp "$program" "$sound"

names=("$@")
[ ${#names[@]} -eq 0 ] && mapfile -t names < <(cd tests/world/mutants && printf "%s\n" *.patch | sed 's/\.patch$//')

missed=0
number=0
begun=$(date +%s)
: >"$work/report.txt"
echo "1..${#names[@]}"
# verdict NAME WHO SECONDS: a line of the run and one of the report; WHO begins with "-" when it was not found.
verdict() {
    local ok=ok
    [ "${2:0:1}" != - ] || { ok="not ok" && missed=$((missed + 1)); }
    echo "$ok $number - $1: ${2#-} ($3 s)"
    printf '%-36s %-60s %5s\n' "$1" "${2#-}" "$3" >>"$work/report.txt"
}
for name in "${names[@]}"; do
    number=$((number + 1))
    patch=$top/tests/world/mutants/$name.patch
    finder=${FINDER:-$(sed -n 's/^finder: //p' "$patch")}
    started=$(date +%s)
    if ! holds_without "$finder"; then
        who="-$finder fails or does not build without the bug"
    elif ! patch -s -f -N -p1 <"$patch" >"$work/make.log" 2>&1; then
        who="-the patch no longer fits: make it anew"
    elif ! make_quiet "$(target "$finder")"; then
        who="-does not compile"
        tail -5 "$work/make.log" | sed 's/^/# /'
    elif finds "$finder" "$program"; then
        who=$(found_by "$finder")
    else
        who="-NOT FOUND by $finder: $(head -1 "$patch")"
    fi
    verdict "$name" "$who" "$(($(date +%s) - started))"
    for file in $(files "$patch"); do
        cp "$top/$file" "$file" # a new time: the next build makes it again
    done
done
summary="$((number - missed)) of $number found in $((($(date +%s) - begun + 59) / 60)) minutes"
echo "# $summary"
echo "$summary" >>"$work/report.txt"
[ "$missed" = 0 ]
