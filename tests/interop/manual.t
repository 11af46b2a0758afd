#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual says what the programs say: every command, option, environment variable and configuration key stands in it; it is
# well-formed for troff; and the completion of the shell knows every command and option.
set -uo pipefail
cd "${COMITY_TOP:-$(dirname "$0")/../..}" || exit 1
bin=${COMITY_BIN:-build/debug/bin}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

# verdict NAME: good when $work/missing is empty.
verdict() {
    count=$((count + 1))
    if [ -s "$work/missing" ]; then
        echo "not ok $count - $1"
        sed 's/^/# missing: /' "$work/missing"
    else
        echo "ok $count - $1"
    fi
    : >"$work/missing"
}
: >"$work/missing"

# plain FILE: the manual page without troff's escapes.
plain() { sed -e 's/\\-/-/g' -e 's/\\e/\\/g' -e 's/\\f[RIB]//g' "$1"; }
# has FILE TEXT
has() { grep -qF -e "$2" "$1" || echo "$2" >>"$work/missing"; }

"$bin/comity" help | sed -nE 's/^  (((roster|network|ping) )?[a-z-]+)  .*/\1/p' >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 20 ] || echo "the list of commands" >>"$work/missing"
verdict "help lists the commands"

# flat: lines as one, with one blank between words.
flat() { tr -s '\n ' ' '; }
# options: those of a help text, a line each, with what is said of it.
options() {
    awk '/^  --/ { if (o) print o; o = $0; next } /^   +[^ -]/ && o { o = o $0; next } o { print o; o = "" }' | tr -s ' ' |
        sed 's/^ //' | grep -vE -- '^--(json|help|version) '
}
# says COMMAND: the page has it as it is written, with every option: in its part, or in the section Officers if that says the same.
says() {
    local command=$1
    grep -qE "^\.B $command( |\$)" "$work/page" || echo "command $command" >>"$work/missing"
    # shellcheck disable=SC2086
    "$bin/comity" $command --help >"$work/help"
    sed -n 's/^usage: comity \(\[-C DIR\] \)\?/.B /p' "$work/help" >"$work/usage"
    has "$work/page" "$(cat "$work/usage")"
    # The part of the page about this command: up to the next line that begins a command.
    awk -v start=".B $command " 'index($0 " ", start) == 1 && !on { on = 1; print; next }
        on && /^\.(SS|SH)/ { exit } on && /^\.B [a-z]/ { exit } on' "$work/page" >"$work/part"
    options <"$work/help" >"$work/options"
    while read -r option about; do
        grep -qE "^\.B $option( |\$)" "$work/part" || grep -qF -e "$option $about " "$work/common" ||
            echo "$command $option" >>"$work/missing"
    done <"$work/options"
}
plain docs/man/comity.1 >"$work/page"
sed -n '/^\.SS Officers/,/^\.SS Dates/p' "$work/page" | sed 's/^\.B //' | flat >"$work/common"
while read -r command; do
    case $command in world | drill) ;; *) says "$command" ;; esac
done <"$work/commands"
has "$work/page" ".B world run|swarm|replay|record-key ..."
drill=$(sed -nE '/\.synopsis =/{/"/!N;s/.*"(.*)",/\1/p}' nodes/cli/cmd_drill.c) # it may stand in the next line
has "$work/page" ".B drill $drill"
verdict "comity(1) has every command, as it is written, with every option"

for name in -C --json --help --version; do
    grep -qE "^\.B $name( |\$)" "$work/page" || echo "$name" >>"$work/missing"
done
grep -rhoE 'getenv\("[A-Z_]+"\)|"COMITY_[A-Z_]+"' nodes/cli | grep -oE '[A-Z][A-Z_]+[A-Z]' | sort -u >"$work/variables"
while read -r variable; do
    has "$work/page" "$variable"
done < <(grep -vxE 'TMPDIR|PATH' "$work/variables")
verdict "comity(1) has the common options and the environment"

"$bin/comity-drill" --help | sed -nE 's/^usage: comity (world [a-z-]+).*/\1/p' >"$work/worlds"
[ "$(wc -l <"$work/worlds")" -ge 2 ] || echo "the list of commands about worlds" >>"$work/missing"
plain docs/man/comity-world.1 >"$work/page"
while read -r command; do
    says "$command"
done <"$work/worlds"
verdict "comity-world(1) has every command, as it is written, with every option"

"$bin/comity-drill" --help | sed -nE 's/^usage: comity (drill [a-z-]+).*/\1/p' >"$work/drills"
[ "$(wc -l <"$work/drills")" -ge 2 ] || echo "the list of commands about drills" >>"$work/missing"
plain docs/man/comity-drill.1 >"$work/page"
while read -r command; do
    says "$command"
    [[ "|${drill% ...}|" == *"|${command#drill }|"* ]] || echo "$command in nodes/cli/cmd_drill.c" >>"$work/missing"
done <"$work/drills"
verdict "comity-drill(1) has every command, as it is written, with every option"
plain docs/man/comity-world.1 >"$work/page"

while read -r words; do
    grep -qxF -e "$words" "$work/page" || echo "$words" >>"$work/missing"
done < <(sed -nE 's/^STATEMENT\(.*"(.*)"\)$/\1/p' drills/play/plan_words.def)
grep -q '^wait until quiet$' "$work/page" || echo "the language of plans" >>"$work/missing"
verdict "comity-world(1) has every statement of a plan"

# lists NAME: the page's list of that word is the one on standard input, in its order, and nothing else.
lists() {
    awk -v start=".B $1" '$0 == start { on = 1; next } on && /^\.(TP|SH)/ { exit } on' "$work/page" |
        grep -E '[.,]$' | tr '\n' ' ' | sed -e 's/^ *//' -e 's/\. *$//' -e 's/, */\n/g' | awk 1 >"$work/listed"
    [ -s "$work/listed" ] || echo "the list of $1" >>"$work/missing"
    diff - "$work/listed" | sed -n "s/^[<>]/$1:/p" >>"$work/missing"
}
sed -nE 's/^    \{"(X[A-Z]\/[a-z]+)", .*/\1/p' drills/play/cast.c | lists PARTIES
sed -nE 's/^LETTER_KIND\([0-9]+, ([A-Z0-9_]+),.*/\L\1/p' proto/codes.def | grep -vx request | lists LETTER
sed -nE 's/^FAULT\(([A-Z_]+),.*/\L\1/p' drills/play/faults.def | lists FAULT
sed -nE 's/^FLAW\([A-Z_]+, "([a-z-]+)", ([A-Z_]+),.*/\1 E_\2/p' drills/play/flaws.def | grep -v '^none ' | lists FLAW
sed -nE 's/^EVENT\([A-Z_]+, [A-Z]+, "([a-z.-]+)".*/\1/p' nodes/events.def | lists 'EVENT of a node'
sed -nE 's/^EVENT\([A-Z_]+, "([a-z.-]+)".*/\1/p' broker/events.def | lists 'EVENT of hub'
verdict "comity-world(1) has every word that a plan may name"

for program in comity-node comity-broker; do
    plain "docs/man/$program.8" >"$work/page"
    "$bin/$program" --sample-config >"$work/sample"
    while read -r key; do
        grep -qxE "\.B $key" "$work/page" || echo "key $key" >>"$work/missing"
    done < <(sed -nE 's/^(# )?([a-z_]+) = ?.*/\2/p' "$work/sample")
    while read -r default; do
        has "$work/page" "Default: ${default#* = }."
    done < <(grep -E '^[a-z_]+ = ' "$work/sample")
    while read -r file; do
        has "$work/page" "$file"
    done < <("$bin/$program" --help | sed -n '/^In DIR:/,/^$/p' | sed -nE 's/^  ([^ ]+) .*/\1/p')
    verdict "$program(8) has every key with its default, and every file"
done

if command -v groff >/dev/null; then
    for page in docs/man/*; do
        groff -man -Tutf8 -ww -z "$page" 2>>"$work/missing" || echo "$page is not well-formed" >>"$work/missing"
    done
    verdict "the pages are well-formed"
else
    count=$((count + 1))
    echo "ok $count - the pages are well-formed # SKIP no groff"
fi

# completes TEXT...: the last word completed in bash, one candidate a line.
completes() {
    "$bin/comity" completion bash >"$work/completion"
    bash --norc -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _comity
        printf "%s\n" "${COMPREPLY[@]}"' bash "$work/completion" comity "$@"
}
completes '' >"$work/words"
cut -d' ' -f1 "$work/commands" | sort -u | while read -r word; do
    grep -qx "$word" "$work/words" || echo "$word" >>"$work/missing"
done
[ "$(completes -C DIR he)" = "$(printf 'held\nhelp')" ] || echo "held and help after -C DIR he" >>"$work/missing"
[ "$(completes world s)" = swarm ] || echo "swarm after world s" >>"$work/missing"
[ "$(completes roster v)" = verify ] || echo "verify after roster v" >>"$work/missing"
[ "$(completes held X --un)" = --until ] || echo "--until after held" >>"$work/missing"
[ "$(completes roster verify --he)" = "$(printf -- '--held\n--help')" ] || echo "--held after roster verify" >>"$work/missing"
verdict "bash completes commands and options"
echo "1..$count"
