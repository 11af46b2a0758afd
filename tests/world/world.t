#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Worlds: every plan of this folder, every seed that once failed (seeds.txt), then COMITY_SEEDS new ones from COMITY_FIRST.
# A plan with a line "# waits for: ..." expects what is not built yet.
set -uo pipefail
cd "${COMITY_TOP:-$(dirname "$0")/../..}" || exit 1
bin=${COMITY_BIN:-build/debug/bin}
seeds=${COMITY_SEEDS:-100}
first=${COMITY_FIRST:-1}
jobs=${COMITY_JOBS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

# play NAME ARGUMENTS...: one world, as soon as one of the jobs is free; how it ends is in NAME.status, what it says in NAME.said.
play() {
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
        wait -n
    done
    {
        "$bin/comity" world run "${@:2}" >"$work/$1.said" 2>&1
        echo $? >"$work/$1.status"
    } &
}

# verdict NAME WHAT [TODO]: with what was said when it failed.
verdict() {
    count=$((count + 1))
    if [ "$(cat "$work/$1.status")" = 0 ]; then
        echo "ok $count - $2${3:+ # TODO $3}"
    else
        echo "not ok $count - $2${3:+ # TODO $3}"
        sed 's/^/# /' "$work/$1.said"
    fi
}

past() {
    grep -vE '^(#|$)' tests/world/seeds.txt
}

while read -r number what; do
    play "seed-$number" --seed "$number"
done < <(past)
for plan in tests/world/*.plan; do
    play "$(basename "$plan")" --plan "$plan"
done
wait
for plan in tests/world/*.plan; do
    name=$(basename "$plan" .plan)
    verdict "$name.plan" "plan ${name//-/ }" "$(sed -n 's/^# waits for: //p' "$plan" | head -1)"
done
while read -r number what; do
    verdict "seed-$number" "seed $number: $what"
done < <(past)

if [ "$seeds" != 0 ]; then
    last=$((first + seeds - 1))
    "$bin/comity" world swarm --seeds "$first..$last" --jobs "$jobs" --coverage "$work/coverage" >"$work/swarm.said" 2>&1
    echo $? >"$work/swarm.status"
    verdict swarm "seeds $first to $last keep every promise"
fi
echo "1..$count"
