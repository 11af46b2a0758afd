#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Worlds: every plan of this folder, every seed that once failed (seeds.txt), then COMITY_SEEDS new ones from COMITY_FIRST.
# A plan with a line "# waits for: ..." expects what is not built yet.
set -uo pipefail
cd "${COMITY_TOP:-$(dirname "$0")/../..}" || exit 1
bin=${COMITY_BIN:-build/debug/bin}
seeds=${COMITY_SEEDS:-100}
first=${COMITY_FIRST:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

# verdict STATUS NAME [TODO]: with what was printed when it failed.
verdict() {
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2${3:+ # TODO $3}"
    else
        echo "not ok $count - $2${3:+ # TODO $3}"
        sed 's/^/# /' "$work/said"
    fi
}

for plan in tests/world/*.plan; do
    name=$(basename "$plan" .plan)
    waits=$(sed -n 's/^# waits for: //p' "$plan" | head -1)
    "$bin/comity" world run --plan "$plan" >"$work/said" 2>&1
    verdict $? "plan ${name//-/ }" "$waits"
done

# seed SEED WHAT...
seed() {
    "$bin/comity" world run --seed "$1" >"$work/said" 2>&1
    verdict $? "seed $1: ${*:2}"
}
while read -r number what; do
    # shellcheck disable=SC2086
    seed "$number" $what
done < <(grep -vE '^(#|$)' tests/world/seeds.txt)

if [ "$seeds" != 0 ]; then
    last=$((first + seeds - 1))
    "$bin/comity" world swarm --seeds "$first..$last" --jobs "${COMITY_JOBS:-2}" --coverage "$work/coverage" >"$work/said" 2>&1
    verdict $? "seeds $first to $last keep every promise"
fi
echo "1..$count"
