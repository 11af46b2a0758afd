#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Holds every #include against the picture of docs/architecture.md: arrows point down only.
# Usage: mk/layers.sh [DIRECTORY]; prints each include that points elsewhere and fails if there is one.
set -euo pipefail
cd "${1:-.}"

mapfile -t files < <(find base proto keys broker nodes drills -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
[ ${#files[@]} -eq 0 ] && { echo "layers: no source files in $PWD" >&2; exit 1; }

awk '
# What each part may include, itself aside. The first line whose folder begins the path is its part.
BEGIN {
    part(++n, "base/daemon",   "base")
    part(++n, "broker/daemon", "base base/daemon proto keys broker")
    part(++n, "nodes/daemon",  "base base/daemon proto keys nodes")
    part(++n, "nodes/cli",     "base base/daemon proto keys nodes")
    part(++n, "base",   "")
    part(++n, "proto",  "base")
    part(++n, "keys",   "base proto")
    part(++n, "broker", "base proto keys")
    part(++n, "nodes",  "base proto keys")
    part(++n, "drills/oracle", "base")
    part(++n, "drills/scenario", "base base/daemon proto nodes") # of proto and nodes: tables of words
    part(++n, "drills/conduct", "base base/daemon proto keys broker nodes nodes/cli drills drills/scenario") # nodes/cli: daemons are asked as commands ask them
    part(++n, "drills/cli", "base base/daemon proto keys nodes nodes/cli drills drills/conduct drills/oracle drills/scenario")
    part(++n, "drills", "base base/daemon proto keys broker nodes drills/oracle drills/scenario")
    part(++n, "tests",  "")
}
function part(i, name, list,    words, k) {
    names[i] = name
    allowed[name, name] = 1
    split(list, words, " ")
    for (k in words) allowed[name, words[k]] = 1
}
function part_of(path,    i) {
    for (i = 1; i <= n; i++) if (index(path, names[i] "/") == 1) return names[i]
    return ""
}
function refuse(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why
    bad = 1
}
FNR == 1 { own = part_of(FILENAME) }
/^[ \t]*#[ \t]*include/ {
    line = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", line)
    quote = substr(line, 1, 1)
    if (quote != "\"" && quote != "<") { refuse("an include that is made by a macro hides what it includes"); next }
    path = substr(line, 2)
    sub(/[">].*/, "", path)
    part_there = part_of(path)
    if (quote == "\"" && part_there == "") { refuse("\"" path "\": write the path from the top of the repository") }
    else if (path ~ /\.\.\// || path ~ /\.c$/) { refuse("\"" path "\": no way around the headers of a part") }
    else if (part_there != "" && !((own, part_there) in allowed)) { refuse(own " may not include " part_there " (" path ")") }
    else if (path == "sqlite3.h" && FILENAME !~ /\/store_[a-z0-9_]*\.c$/ && own != "drills") { refuse("sqlite3.h belongs into files named store_*.c") }
    else if (path == "zmq.h" && own !~ /daemon|cli|drills/) { refuse("zmq.h belongs to hosts") }
}
END { exit bad }
' "${files[@]}" || { echo "layers: the includes above point the wrong way; see the picture in docs/architecture.md" >&2; exit 1; }
