/* SPDX-License-Identifier: Apache-2.0 */
/* docs/lifecycle.md shows the tables as the code has them. */
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

static struct arena *arena;

static void add_clocks(char *text, size_t size, const char *verb, unsigned clocks)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    const char *before = verb;
    for (size_t i = 0; i < count; i++) {
        if ((clocks >> i & 1U) != 0) {
            size_t used = strlen(text);
            const char *gap = used == 0 || before != verb ? "" : "; ";
            (void)snprintf(text + used, size - used, "%s%s%s", gap, before, rules[i].name);
            before = ", ";
        }
    }
}

static const char *const ask_words[] = {"", "INFO", "WITHDRAW", "EXTEND", "STATUS"};

static char *letters_table(enum side side)
{
    char *text =
        text_make(arena, "| letter | sign | A | O | H | M | Z | does |\n|---|---|---|---|---|---|---|---|\n");
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    for (size_t i = 0; i < count; i++) {
        char cells[256] = "", does[256] = "";
        for (int s = ITEM_ASKED; s <= ITEM_ENDED; s++) {
            const struct cell *cell = &rows[i].cells[s];
            size_t used = strlen(cells);
            (void)snprintf(cells + used, sizeof cells - used, " %s%s |",
                           cell->rule == CELL_VOID ? "void:" : "", cell_text(cell));
        }
        if (rows[i].opens != 0) {
            (void)snprintf(does, sizeof does, "opens %s", ask_words[rows[i].opens]);
        }
        if (rows[i].answers != 0) {
            (void)snprintf(does, sizeof does, "answers %s", ask_words[rows[i].answers]);
        }
        add_clocks(does, sizeof does, "stops ", rows[i].stops);
        add_clocks(does, sizeof does, "starts ", rows[i].starts);
        if (rows[i].side == side) {
            text = arena_format(arena, "%s| %s | %u |%s %s |\n", text, rows[i].name, rows[i].signatures,
                                cells, does);
        }
    }
    return text;
}

static const char *span_text(struct span span)
{
    unsigned long n = (unsigned long)span.amount;
    switch (span.kind) {
    case SPAN_WORKDAYS:
        return arena_format(arena, "%lu wd", n);
    case SPAN_HOLD_END:
        return n == 0 ? "hold_until"
                      : arena_format(arena, "hold_until - %lu d", n / (unsigned long)MS_PER_DAY);
    case SPAN_MS:
        break;
    }
    if (n % MS_PER_HOUR != 0) {
        return arena_format(arena, "%lu min", n / (unsigned long)MS_PER_MINUTE);
    }
    return arena_format(arena, "%lu h", n / (unsigned long)MS_PER_HOUR);
}

static char *clocks_table(void)
{
    char *text = text_make(
        arena,
        "| clock | owes | of | emergency | urgent | routine | waits for |\n|---|---|---|---|---|---|---|\n");
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; i < count; i++) {
        text = arena_format(arena, "%s| %s | %s | %s | %s | %s | %s | %s |\n", text, rules[i].name,
                            rules[i].owed_by == SIDE_Q ? "Q" : "R", rules[i].per_item ? "item" : "case",
                            span_text(rules[i].spans[URGENCY_EMERGENCY]),
                            span_text(rules[i].spans[URGENCY_URGENT]),
                            span_text(rules[i].spans[URGENCY_ROUTINE]), rules[i].waits_for);
    }
    return text;
}

static char *grounds_table(void)
{
    static const char *const words[] = {"no", "yes", "only outside arts 7-17"};
    char *text =
        text_make(arena, "| ground | UN_CYBERCRIME | BUDAPEST | OTHER | says |\n|---|---|---|---|---|\n");
    size_t count = 0;
    const struct ground_rule *rules = ground_rules(&count);
    for (size_t i = 0; i < count; i++) {
        const enum ground_scope *scope = rules[i].scope;
        text = arena_format(arena, "%s| %s | %s | %s | %s | %s |\n", text, ground_name(rules[i].ground),
                            words[scope[BASIS_UN_CYBERCRIME]], words[scope[BASIS_BUDAPEST]],
                            words[scope[BASIS_OTHER]], rules[i].text);
    }
    return text;
}

static void the_docs_have_the_tables_of_the_code(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 20);
    assert_non_null(arena);
    const char *top = getenv("COMITY_TOP");
    char *path = arena_format(arena, "%s/docs/lifecycle.md", top == NULL ? "." : top);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *docs = arena_zero(arena, 1, 65536);
    assert_true(fread(docs, 1, 65535, file) > 0);
    fclose(file);
    const char *tables[] = {letters_table(SIDE_R), letters_table(SIDE_Q), clocks_table(), grounds_table()};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (strstr(docs, tables[i]) == NULL) {
            (void)fprintf(stderr, "docs/lifecycle.md does not have this table as it is in the code:\n%s\n",
                          tables[i]);
            fail();
        }
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_docs_have_the_tables_of_the_code)};
    return cmocka_run_group_tests_name("lifecycle_docs", tests, NULL, NULL);
}
