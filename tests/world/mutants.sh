#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants each bug of tests/world/mutants/*.patch in a copy of the sources, builds what it touches, and looks who finds it: the
# swarm within SEEDS seeds, or the test that its "finder:" line names. Usage: tests/world/mutants.sh WORKDIR [NAME...]
# Environment: SEEDS (500), JOBS (processors). Prints a line a mutant; fails if one is not found.
set -uo pipefail
work=$1
shift
top=$PWD
seeds=${SEEDS:-500}
jobs=${JOBS:-$(nproc)}
build=$work/build
tree=$work/tree

mkdir -p "$tree"
rm -rf "${tree:?}"/* # the copy is made anew, the objects are kept: cp -p keeps times, so make builds what changed
cp -a Makefile mk base proto keys broker nodes drills tests examples "$tree/"
cd "$tree" || exit 1
# What a mutant of the last run changed is newer in the build than in the sources: it is made again.
sed -n 's/^+++ b\///p' "$top"/tests/world/mutants/*.patch | sort -u | xargs touch
make_quiet() {
    make --no-print-directory BUILD="$build" V=release "$@" > "$work/make.log" 2>&1
}
program=$build/release/bin/comity-drill
[ ! -e drills/cli/main.c ] || make_quiet -j"$jobs" "$program" || { tail -20 "$work/make.log" >&2; exit 1; }

names=("$@")
[ ${#names[@]} -eq 0 ] && mapfile -t names < <(cd tests/world/mutants && printf "%s\n" *.patch | sed 's/\.patch$//')

missed=0
number=0
echo "1..${#names[@]}"
for name in "${names[@]}"; do
    number=$((number + 1))
    patch=$top/tests/world/mutants/$name.patch
    what=$(head -1 "$patch")
    finder=$(sed -n 's/^finder: //p' "$patch")
    file=$(sed -n 's/^+++ b\///p' "$patch")
    if ! patch -s -p1 < "$patch"; then
        echo "not ok $number - $name: the patch no longer fits $file: make it anew"
        missed=1
        cp "$top/$file" "$file"
        continue
    fi
    started=$(date +%s)
    found=
    case $finder in
    swarm)
        target=$program
        ;;
    *)
        target=$build/release/$finder
        ;;
    esac
    if ! make_quiet "$target"; then
        echo "not ok $number - $name: does not compile"
        tail -5 "$work/make.log" | sed 's/^/# /'
        missed=1
    else
        if [ "$finder" = swarm ]; then
            if ! "$program" world swarm --seeds "1..$seeds" --jobs "$jobs" > "$work/out" 2>&1; then
                found="seed $(sed -n 's/.*seed \([0-9][0-9]*\).*/\1/p' "$work/out" | head -1)"
            fi
        elif ! env CMOCKA_MESSAGE_OUTPUT=TAP COMITY_TOP="$top" COMITY_POWER_STRIDE=1 \
            timeout 300 "$target" > "$work/out" 2>&1; then
            found="$finder ($(sed -n 's/^not ok [0-9]* - //p' "$work/out" | head -1))"
        fi
        took=$(($(date +%s) - started))
        if [ -n "$found" ]; then
            echo "ok $number - $name: found by $found after $took s"
        else
            echo "not ok $number - $name: NOT FOUND after $took s: $what"
            missed=1
        fi
    fi
    cp "$top/$file" "$file" # a new time: the next build makes it again
done
exit $missed
