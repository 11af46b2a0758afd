#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What translators get: po/comity.pot is what the sources say now, no prose of the command line or the API is missing in it,
# and every language in po/ is a catalogue that msgfmt takes.
set -uo pipefail
cd "${COMITY_TOP:-$(dirname "$0")/../..}" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

# verdict NAME: good when $work/wrong is empty.
verdict() {
    count=$((count + 1))
    if [ -s "$work/wrong" ]; then
        echo "not ok $count - $1"
        sed 's/^/# /' "$work/wrong"
    else
        echo "ok $count - $1"
    fi
    : >"$work/wrong"
}

mk/po.sh "$work/now.pot" >"$work/wrong" 2>&1
verdict "the texts can be collected"

diff po/comity.pot "$work/now.pot" >"$work/diff" || { echo "run: make po"; head -20 "$work/diff"; } >"$work/wrong"
verdict "the template is that of the sources"

# plain FILE: its texts, a line each.
plain() { sed -nE 's/^(msgid(_plural)? )?(".*")$/\3/p' "$1" | sort -u; }
# Of literals with two words, those that are no prose: configuration and key files, scripts, commands, readings, columns, log lines.
cat >"$work/machine" <<'M'
"(comity|\\r|%s to %s|%s, key|%s, letter|version %llu|signed (at|by):)
"(authority|authority_kind|bind|id|network|party|order_days|scope) = 
"#|"by letter over this network|"head of unit|"[a-z_]+=%
"( |-C --json|--json --help|complete)
"letter (%s)?"$
^"(%[-0-9.*]*(s|zu|d|ll[du])| )*"$
"<(!doctype|html|div|th|tr)[ ><]
"comity: no memory|"a set of kinds has 32 bits
M
xgettext --extract-all --language=C --from-code=UTF-8 --no-wrap --output="$work/all.pot" \
    nodes/cli/*.c nodes/command*.c nodes/view*.c nodes/completeness.c nodes/request_*.c nodes/letter_check.c \
    nodes/item_rows.c nodes/csv.c drills/cli/*.c drills/play/plan.c drills/play/plan_words.c 2>"$work/said" ||
    cp "$work/said" "$work/wrong"
plain "$work/all.pot" | grep -E '[a-z]{2,} ' | comm -23 - <(plain po/comity.pot) | grep -vE -f "$work/machine" >>"$work/wrong"
verdict "no prose is missing in the template"

for language in po/*.po; do
    [ -e "$language" ] || continue
    msgfmt --check --output-file=/dev/null "$language" 2>>"$work/wrong"
done
verdict "every language is a catalogue"

echo "1..$count"
