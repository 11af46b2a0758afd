#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Holds the objects of the cores against mk/symbols.allow: what they take from outside, and that they have no writable
# static data. Usage: mk/symbols.sh BUILD_VARIANT_DIRECTORY; reads its lib/lib{base,proto,keys,broker,nodes}.a.
set -euo pipefail
build=$1
allow=$(dirname "$0")/symbols.allow
case $(basename "$build") in
asan | cov | fuzz)
    echo "symbols: not checked for $(basename "$build"), whose objects carry the sanitizer's or the coverage's own"
    exit 0
    ;;
esac

for library in base proto keys broker nodes; do
    archive=$build/lib/lib$library.a
    [ -e "$archive" ] || { echo "symbols: $archive is not there; run make check-symbols" >&2; exit 1; }
    echo "library $library"
    nm "$archive" 2>/dev/null || true
    echo "sections $library"
    objdump -t "$archive" 2>/dev/null || true
done | awk -v allow="$allow" '
function pattern(glob) {
    gsub(/[.]/, "[.]", glob)
    gsub(/[*]/, ".*", glob)
    gsub(/[?]/, ".", glob)
    return "^" glob "$"
}
function refuse(object, symbol, why) {
    printf "%s: %s: %s\n", object, symbol, why
    bad = 1
}
BEGIN {
    while ((getline line < allow) > 0) {
        if (line ~ /^#/ || split(line, word, " ") < 2) continue
        rules++
        denies[rules] = sub(/^!/, "", word[1])
        symbols[rules] = pattern(word[1])
        places[rules] = pattern(word[2])
    }
    if (rules == 0) { print "symbols: no rules in " allow; bad = 1 }
}
$1 == "library" && NF == 2  { library = $2; tables = 0; next }
$1 == "sections" && NF == 2 { tables = 1; next }
# nm: "arena.o:", then "                 U calloc" or "0000000000000000 T arena_new"
!tables && /^[^ ]+[.]o:$/   { object = library ":" substr($0, 1, length($0) - 1); next }
!tables && NF == 2 && ($1 == "U" || $1 == "w" || $1 == "v") { taken[object " " $2] = 1; next }
!tables && NF == 3 && $2 ~ /^[A-Z]$/ { defined[$3] = 1; next }
# objdump -t: "arena.o:     file format ...", then "VALUE FLAGS SECTION SIZE NAME"
tables && /file format/     { object = library ":" substr($1, 1, length($1) - 1); next }
tables && NF >= 4 && $(NF - 2) ~ /^([.](data|bss|tdata|tbss)|[*]COM[*])/ && $(NF - 2) !~ /^[.]data[.]rel[.]ro/ && $0 !~ / d +[.]/ {
    refuse(object, $NF, "writable static data (" $(NF - 2) "): state belongs into an object or the store")
}
END {
    for (t in taken) {
        split(t, word, " ")
        verdict = (word[2] in defined) ? 1 : 0
        for (i = 1; i <= rules; i++) {
            if (word[2] ~ symbols[i] && word[1] ~ places[i]) { verdict = denies[i] ? -1 : 1; break }
        }
        if (verdict < 0) refuse(word[1], word[2], "refused by mk/symbols.allow: a core may not call this")
        if (verdict == 0) refuse(word[1], word[2], "not on mk/symbols.allow for this object")
    }
    exit bad
}' | LC_ALL=C sort || { echo "symbols: the cores take more than they may; hosts have clocks, sockets, files and randomness" >&2; exit 1; }
