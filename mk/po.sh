#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Collects every text that people read into a template for translators. Usage: mk/po.sh OUT.pot; run at the top of the tree.
#
# xgettext finds what stands as an argument of a function that looks it up. What is returned, assigned or chosen by ?: is
# looked up where it is used; such literals are marked here, in a copy, when they hold a blank: a single word is a word of
# the machine unless the source marks it with N_().
set -euo pipefail
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Left out: what the stores say to SQLite, and how the scan names a fault of the wire, which only tests read.
# Of the drills a world's account of itself is left out, too: trace, verdict and coverage are compared and quoted.
mapfile -t sources < <(find base keys proto nodes drills/cli drills/measure drills/report drills/scenario drills/play/plan.c drills/play/plan_words.c drills/play/swarm.c \( -name '*.c' -o -name '*.h' \) \
    ! -name 'store_*' ! -path proto/scan.c | LC_ALL=C sort)
mapfile -t tables < <(find nodes proto drills/measure drills/scenario -name '*.def' ! -name api.def ! -name events.def ! -name limits.def ! -name 'schema_*' | LC_ALL=C sort)
tar -cf - "${sources[@]}" "${tables[@]}" | tar -xf - -C "$work"

cd "$work"
perl -0pi -e '
    my $text = qr/"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*/;
    my $aside = qr{//[^\n]*|/\*.*?\*/|\x27(?:\\.|[^\x27\\])+\x27}s;
    my $mark = sub {
        my ($before, $t, $after) = @_;
        (my $plain = $t) =~ s/%[^a-zA-Z%]*(?:hh?|ll?|[jztL])?[a-zA-Z%]|\\.//g;
        return "${before}NULL$after" unless $plain =~ /\pL|\d/;
        my $moves = $before ne "" || $after =~ /\}/;
        return $moves && $t =~ / / && $t =~ /[a-z]{2}/ ? "${before}N_($t)$after" : "$before$t$after";
    };
    s/($aside)|((?:\breturn|[?:]|(?<![=!<>])=)\s*)?($text)(\s*\}?)/defined $1 ? $1 : $mark->($2 \/\/ "", $3, $4)/ge;
' "${sources[@]}"
perl -0pi -e '
    s{/\*.*?\*/}{}gs;
    s/^(KEY\(.*), "(?:[^"\\]|\\.)*"\)$/$1)/gm; # examples, and what holds without a word, are words of the machine
    s/INITIALLY\((?:[^()"]|\([^()]*\)|"[^"]*")*\)/MAY/g;
    s/("(?:[^"\\]|\\.)*")/index($1, " ") < 0 ? $1 : "N_($1)"/ge;
    s/^((?:CLOCK|MACHINE)\(\w+, )("\w+")/$1N_($2)/gm;
    s/^(LETTER\(\w+, "[\w-]*", \w+, )("\w+")/$1N_($2)/gm;
' "${tables[@]}"

# Functions that look up one argument; and, of those that look up two, the other.
# shellcheck disable=SC2054 # a comma of xgettext: singular and plural
first=(say:2 N_ cli_text:2 cli_print:2 cli_note:2 cli_usage:3 cli_fail:4 call_text:2 mistake_at:3 tree_unknown:3 answer_error:5 faults_add:4 fault_of_line:4 fault_of_row:4 fault_at:4 fault_missing:3
    error_set:2 error_say:2 set_trouble:2 node_uplink_break:4 plan_refuse:5 REFUSE:3 refuse:2,2t refuse:3,3t field:2 page_heading:2 page_field:2 wrong:3 heading:2 say_n:2,3 say_told:2 say_trouble:2 failed_story:4 step:2 at_last:2)
second=(cli_fail:3 answer_error:4 say_trouble:3)
extract() {
    xgettext --language=C --from-code=UTF-8 --add-location=file --no-wrap --package-name=comity \
        --copyright-holder='the authors of Comity' --keyword "$@" "${sources[@]}" "${tables[@]}"
}
extract --output=first.pot "${first[@]/#/--keyword=}"
extract --output=second.pot "${second[@]/#/--keyword=}"
msgcat --no-wrap --add-location=file --sort-by-file --use-first first.pot second.pot |
    sed -e '/^"POT-Creation-Date:/d' -e '/^"Project-Id-Version:/s/PACKAGE VERSION/comity/' -e 's/charset=CHARSET/charset=UTF-8/' \
        -e '1,4s/^# SOME DESCRIPTIVE TITLE\./# SPDX-License-Identifier: Apache-2.0/' >template.pot
cd - >/dev/null
mv "$work/template.pot" "$out"
