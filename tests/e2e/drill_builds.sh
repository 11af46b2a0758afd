#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: drill_builds.sh BUILD VARIANT...: every scenario that ships, and the two of the tests, gives one transcript in each of these
# builds, also when two run at once; prints what differs, and how long each took in the last of them.
set -euo pipefail
build=$(realpath "$1")
shift
top=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$top/drills/scenarios/common" "$top"/tests/e2e/drill_*.yaml "$work"
bad=0

# play VARIANT SCENARIO OUT: the transcript hash.
play() { "$build/$1/bin/comity-drill" drill run "$2" --out "$3" --json | jq -r .transcript_hash; }

for scenario in "$top"/drills/scenarios/*/scenario.yaml "$work"/drill_*.yaml; do
    first=
    for variant in "$@"; do
        begin=$(date +%s%N)
        one=$(play "$variant" "$scenario" "$work/one")
        took=$((($(date +%s%N) - begin) / 1000000))
        play "$variant" "$scenario" "$work/two" >"$work/hash" &
        other=$(play "$variant" "$scenario" "$work/one")
        wait $!
        [ -n "$first" ] || first=$one
        for hash in "$other" "$(cat "$work/hash")" "$one"; do
            [ "$hash" = "$first" ] || { echo "$scenario: $variant gives $hash, not $first"; bad=1; }
        done
        cmp "$work/one/events.csv" "$work/two/events.csv" || bad=1
    done
    echo "${first:0:16} $took ms ${scenario#"$top"/}"
done
exit $bad
