/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs/lifecycle.md shows the tables as the code has them. With the argument "print" the program writes the part of the
 * document that lies behind its line "<!-- tables -->".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/lifecycle.h"
#include "tests/support/case_letters.h"

#define DOCS_BYTES ((size_t)128 * 1024)
#define MARK       "<!-- tables -->\n"

static struct arena *arena;

/* "stops LOOK, ANSWER", with "; " before it where something stands already. */
static void add_words(char *text, size_t size, const char *verb, unsigned mask, size_t count,
                      const char *(*name)(unsigned))
{
    const char *before = verb;
    for (unsigned i = 0; i < count; i++) {
        if ((mask >> i & 1U) != 0) {
            size_t used = strlen(text);
            const char *gap = used == 0 || before != verb ? "" : "; ";
            (void)snprintf(text + used, size - used, "%s%s%s", gap, before, name(i));
            before = ", ";
        }
    }
}

static const char *clock_word(unsigned clock)
{
    size_t count = 0;
    return clock_rules(&count)[clock].name;
}

static const char *ask_word(unsigned kind)
{
    return ask_name((enum ask_kind)kind);
}

static const char *need_word(unsigned need)
{
    return need_name((enum need)need);
}

static const char *state_word(unsigned state)
{
    return item_state_name((enum item_state)state);
}

/* "| A | O |" */
static char *states_header(enum machine machine)
{
    size_t count = 0;
    const enum item_state *states = machine_states(machine, &count);
    char *names = text_make(arena, "| letter | sign |"), *line = text_make(arena, "|---|---|");
    for (size_t i = 0; i < count; i++) {
        names = arena_format(arena, "%s %s |", names, state_letter(machine, states[i]));
        line = arena_format(arena, "%s---|", line);
    }
    return arena_format(arena, "%s needs | does |\n%s---|---|\n", names, line);
}

static char *row_text(const struct lifecycle_row *row)
{
    char cells[256] = "", needs[256] = "", does[512] = "";
    size_t count = 0;
    const enum item_state *states = machine_states(row->machine, &count);
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &row->cells[states[i]];
        size_t used = strlen(cells);
        (void)snprintf(cells + used, sizeof cells - used, " %s%s |", cell->rule == CELL_VOID ? "void:" : "",
                       cell_text(row->machine, cell));
    }
    add_words(needs, sizeof needs, "", row->needs, NEEDS, need_word);
    add_words(does, sizeof does, "opens ", row->opens, ASK_KINDS, ask_word);
    add_words(does, sizeof does, "answers ", row->answers, ASK_KINDS, ask_word);
    add_words(does, sizeof does, "stops ", row->stops, CLOCKS, clock_word);
    add_words(does, sizeof does, "starts ", row->starts, CLOCKS, clock_word);
    return arena_format(arena, "| %s | %u |%s %s | %s%s |\n", row->name, row->signatures, cells, needs, does,
                        row->early ? "; flagged before its date" : "");
}

static char *letters_table(enum machine machine, enum side side)
{
    char *text = states_header(machine);
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].machine == machine && rows[i].side == side) {
            text = arena_format(arena, "%s%s", text, row_text(&rows[i]));
        }
    }
    return text;
}

static char *machines_table(void)
{
    char *text =
        text_make(arena, "| machine | request | states | the case is in the first of |\n|---|---|---|---|\n");
    for (unsigned m = MACHINE_NONE + 1; m < MACHINES; m++) {
        const struct machine_rule *rule = machine_rule((enum machine)m);
        char *states = text_make(arena, ""), *first = text_make(arena, "");
        for (size_t i = 0; i < rule->state_count; i++) {
            states = arena_format(arena, "%s%s%s %s", states, i == 0 ? "" : ", ",
                                  state_letter((enum machine)m, rule->states[i]),
                                  item_state_name(rule->states[i]));
        }
        for (size_t i = 0; i < rule->first_count; i++) {
            first = arena_format(arena, "%s%s%s", first, i == 0 ? "" : ", ",
                                 state_letter((enum machine)m, rule->first[i]));
        }
        text = arena_format(
            arena, "%s| %s | %s | %s | %s |\n", text, rule->name,
            protobuf_c_enum_descriptor_get_value(&comity__request__type__descriptor, (int)rule->type)->name,
            states, first);
    }
    return text;
}

/* Can the cell lead an item from one state to another? */
static bool leads(const struct cell *cell, enum item_state to)
{
    bool either = cell->rule == CELL_MOVE_HOLD && to == ITEM_HELD_OPEN;
    return cell->to == to || either;
}

/* For Mermaid: an arrow from state to state, with the letters that lead there. */
static char *diagram(enum machine machine)
{
    size_t states = 0, count = 0;
    const enum item_state *state = machine_states(machine, &states);
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    char *text = text_make(arena, "```mermaid\nstateDiagram-v2\n    [*] --> ASKED\n");
    for (size_t from = 0; from < states; from++) {
        for (size_t to = 0; to < states; to++) {
            char *letters = text_make(arena, "");
            for (size_t i = 0; i < count && from != to; i++) {
                if (rows[i].machine == machine && leads(&rows[i].cells[state[from]], state[to])) {
                    char *name = text_make(arena, rows[i].name);
                    name[strcspn(name, ":")] =
                        name[strcspn(name, ":")] == '\0' ? '\0' : ' '; /* it begins a label */
                    letters = arena_format(arena, "%s%s%s", letters, letters[0] == '\0' ? "" : ", ", name);
                }
            }
            if (letters[0] != '\0') {
                text = arena_format(arena, "%s    %s --> %s: %s\n", text, item_state_name(state[from]),
                                    item_state_name(state[to]), letters);
            }
        }
    }
    return arena_format(arena, "%s```\n", text);
}

static const char *owes(enum side side)
{
    return side == SIDE_NONE ? "other" : side == SIDE_Q ? "Q" : "R";
}

static char *asks_table(void)
{
    char *text = text_make(arena, "| ask | owes | of | closed in | waits for |\n|---|---|---|---|---|\n");
    for (unsigned kind = ASK_NONE + 1; kind < ASK_KINDS; kind++) {
        const struct ask_rule *rule = ask_rule((enum ask_kind)kind);
        char closed[128] = "";
        add_words(closed, sizeof closed, "", rule->closed_by, ITEM_STATES, state_word);
        text = arena_format(arena, "%s| %s | %s | %s | %s | %s |\n", text, rule->name, owes(rule->owed_by),
                            rule->per_item ? "item" : "case", closed, rule->text);
    }
    return text;
}

static char *needs_table(void)
{
    char *text = text_make(arena, "| need | code | else | what is not so then |\n|---|---|---|---|\n");
    for (unsigned need = 0; need < NEEDS; need++) {
        const char *otherwise = (needs_of(NEED_VOID) & NEED_BIT(need)) != 0   ? "void"
                                : (needs_of(NEED_FLAG) & NEED_BIT(need)) != 0 ? "flagged"
                                                                              : "not signed";
        text = arena_format(arena, "%s| %s | %s | %s | %s |\n", text, need_name((enum need)need),
                            need_code((enum need)need), otherwise, need_text((enum need)need));
    }
    return text;
}

static const char *span_text(struct span span)
{
    unsigned long n = (unsigned long)span.amount;
    const char *text = n % MS_PER_HOUR != 0 ? arena_format(arena, "%lu min", n / (unsigned long)MS_PER_MINUTE)
                       : n % (24 * MS_PER_HOUR) != 0 || n < 6 * MS_PER_DAY
                           ? arena_format(arena, "%lu h", n / (unsigned long)MS_PER_HOUR)
                           : arena_format(arena, "%lu d", n / (unsigned long)MS_PER_DAY);
    switch (span.kind) {
    case SPAN_WORKDAYS:
        text = arena_format(arena, "%lu wd", n);
        break;
    case SPAN_HOLD_END:
        return "hold_until";
    case SPAN_HOLD_LEAD:
        return arena_format(arena, "hold_until - %u d", (unsigned)HOLD_LEAD_DAYS);
    case SPAN_MS:
        break;
    }
    return span.stated        ? arena_format(arena, "stated (%s)", text)
           : span.within_hold ? arena_format(arena, "%s, by hold_until", text)
                              : text;
}

static char *clocks_table(void)
{
    char *text = text_make(arena, "| clock | owes | of | emergency | urgent | routine | starts in | goes "
                                  "with | waits while | waits for |\n"
                                  "|---|---|---|---|---|---|---|---|---|---|\n");
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; i < count; i++) {
        char in[128] = "", with[128] = "", pauses[128] = "";
        if (rules[i].starts_in != ~0U) {
            add_words(in, sizeof in, "", rules[i].starts_in, ITEM_STATES, state_word);
        }
        add_words(with, sizeof with, "", rules[i].goes_with, ASK_KINDS, ask_word);
        add_words(pauses, sizeof pauses, "", rules[i].paused_by, ASK_KINDS, ask_word);
        text = arena_format(arena, "%s| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", text,
                            rules[i].name, owes(rules[i].owed_by), rules[i].per_item ? "item" : "case",
                            span_text(rules[i].spans[URGENCY_EMERGENCY]),
                            span_text(rules[i].spans[URGENCY_URGENT]),
                            span_text(rules[i].spans[URGENCY_ROUTINE]), in, with, pauses, rules[i].waits_for);
    }
    return text;
}

/* "HREF, HEXT outside" */
static const char *ground_cell(unsigned letters)
{
    static const char *const words[] = {"", "HREF", "HEXT", "D43", "M21", "MOTH"};
    char *text = text_make(arena, "");
    for (unsigned i = REFUSES_HOLD; i < GROUND_LETTERS; i++) {
        if ((letters & GROUND_LETTER_BIT(i)) != 0) {
            text = arena_format(arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ", words[i]);
        }
    }
    return arena_format(arena, "%s%s%s", text, (letters & GROUND_IF_OUTSIDE) != 0 ? " if outside" : "",
                        (letters & GROUND_IF_CONFISCATION) != 0 ? " for confiscation" : "");
}

static char *grounds_table(void)
{
    char *text =
        text_make(arena, "| ground | UN_CYBERCRIME | BUDAPEST | OTHER | says |\n|---|---|---|---|---|\n");
    size_t count = 0;
    const struct ground_rule *rules = ground_rules(&count);
    for (size_t i = 0; i < count; i++) {
        const unsigned *letters = rules[i].letters;
        text = arena_format(arena, "%s| %s | %s | %s | %s | %s |\n", text, ground_name(rules[i].ground),
                            ground_cell(letters[BASIS_UN_CYBERCRIME]), ground_cell(letters[BASIS_BUDAPEST]),
                            ground_cell(letters[BASIS_OTHER]), rules[i].text);
    }
    return text;
}

static char *all_tables(void)
{
    char *text = arena_format(arena, "\n## Machines\n\n%s", machines_table());
    for (unsigned m = MACHINE_NONE + 1; m < MACHINES; m++) {
        text = arena_format(arena,
                            "%s\n## %s: states\n\n%s\n## %s: letters of R\n\n%s\n## %s: letters of Q\n\n%s",
                            text, machine_name((enum machine)m), diagram((enum machine)m),
                            machine_name((enum machine)m), letters_table((enum machine)m, SIDE_R),
                            machine_name((enum machine)m), letters_table((enum machine)m, SIDE_Q));
    }
    return arena_format(arena,
                        "%s\n## Needs\n\n%s\n## Asks\n\n%s\n## Clocks\n\n%s\n## Grounds of refusal\n\n%s",
                        text, needs_table(), asks_table(), clocks_table(), grounds_table());
}

static void the_docs_have_the_tables_of_the_code(void **state)
{
    (void)state;
    const char *top = getenv("COMITY_TOP");
    char *path = arena_format(arena, "%s/docs/lifecycle.md", top == NULL ? "." : top);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *docs = arena_zero(arena, 1, DOCS_BYTES);
    assert_true(fread(docs, 1, DOCS_BYTES - 1, file) > 0);
    fclose(file);
    const char *mark = strstr(docs, MARK);
    assert_non_null(mark);
    assert_string_equal(mark + strlen(MARK), all_tables());
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_docs_have_the_tables_of_the_code)};
    arena = arena_new((size_t)64 << 20);
    if (arena == NULL) {
        return 1;
    }
    if (argc == 2 && strcmp(argv[1], "print") == 0) {
        return fputs(all_tables(), stdout) == EOF;
    }
    int failed = cmocka_run_group_tests_name("lifecycle_docs", tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
