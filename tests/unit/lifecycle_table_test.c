/* SPDX-License-Identifier: Apache-2.0 */
/* The table itself: every cell has a rule or a refusal, and what one row begins another one ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/row_letters.h"

static struct arena *arena;
static struct case_fold fold;
static const struct lifecycle_row *rows;
static size_t row_count;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    assert_non_null(arena);
    rows = lifecycle_rows(&row_count);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void name_row(const struct lifecycle_row *row, const char *what)
{
    (void)fprintf(stderr, "%s %s: %s\n", machine_name(row->machine), row->name, what);
}

#define HOLDS(row, expression)                                                                               \
    do {                                                                                                     \
        if (!(expression)) {                                                                                 \
            name_row(row, #expression);                                                                      \
            fail();                                                                                          \
        }                                                                                                    \
    } while (0)

/* A case with one item in that state, of which nothing was said. */
static void bare_case(enum machine machine, enum item_state state)
{
    struct history h;
    history_init(&h, arena);
    q_writes(&h, letter_named(arena, machine, "REQUEST", T0_MS), T0_MS);
    history_fold(&h, &fold);
    assert_int_equal(fold.item_count, 1);
    assert_int_equal(fold.machine, machine);
    fold.items[0].state = state;
}

/* --- cells --- */

/*
 * By what the cell says and by nothing but it: a rule lets the letter through or stops it with a code and a text that people can
 * read; a need that does not hold stops it with its own.
 */
static void check_refusal(const struct lifecycle_row *row, const Comity__Letter *letter)
{
    struct need_scene scene = {
        .row = row, .fold = &fold, .item = &fold.items[0], .letter = letter, .at_ms = T0_MS + MS_PER_DAY};
    const struct cell *cell = &row->cells[fold.items[0].state];
    struct cell_refusal refusal = cell_refusal(&scene);
    enum need need = need_failing(&scene, row->needs);
    bool stops = cell->rule == CELL_FORBIDDEN || cell->rule == CELL_VOID || cell->rule == CELL_DUPLICATE ||
                 cell->rule == CELL_LATE;
    HOLDS(row, (refusal.code != NULL) == (stops || need != NEEDS));
    if (refusal.code == NULL) {
        return;
    }
    HOLDS(row, refusal.code[0] != '\0' && strlen(refusal.text) > 8);
    HOLDS(row, stops || strcmp(refusal.code, need_code(need)) == 0);
    HOLDS(row, cell->rule != CELL_VOID || strcmp(refusal.code, cell->code) == 0);
    HOLDS(row, cell->rule != CELL_FORBIDDEN || strcmp(refusal.code, "NOT_NOW") == 0);
}

static void every_cell_is_a_rule_or_a_refusal_with_code_and_text(void **state)
{
    (void)state;
    size_t cells = 0;
    for (size_t i = 0; i < row_count; i++) {
        size_t count = 0;
        const enum item_state *states = machine_states(rows[i].machine, &count);
        for (size_t s = 0; s < count; s++, cells++) {
            bare_case(rows[i].machine, states[s]);
            check_refusal(&rows[i], NULL);
            check_refusal(&rows[i], letter_of_row(arena, &rows[i], T0_MS + MS_PER_DAY, NULL, 0, 1));
        }
        arena_reset(arena);
    }
    assert_int_equal(cells, 636);
}

static void a_need_says_what_is_not_so(void **state)
{
    (void)state;
    for (unsigned need = 0; need < NEEDS; need++) {
        assert_true(need_name((enum need)need)[0] != '\0');
        assert_true(need_code((enum need)need)[0] != '\0');
        assert_true(strlen(need_text((enum need)need)) > 8);
        bool used = false;
        for (size_t i = 0; i < row_count; i++) {
            used |= (rows[i].needs & NEED_BIT(need)) != 0;
        }
        assert_true(used);
    }
}

/* Only R moves items, only Q asks: and what the fold reads of a letter for a cell is in that letter. */
static void cells_are_those_of_their_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const struct lifecycle_row *row = &rows[i];
        for (unsigned s = ITEM_ASKED; s < ITEM_STATES; s++) {
            enum cell_rule rule = row->cells[s].rule;
            bool asks = rule == CELL_ASK || rule == CELL_NOTE || rule == CELL_VOID ||
                        rule == CELL_DUPLICATE || rule == CELL_LATE;
            bool links = rule == CELL_ADD_LINK || rule == CELL_OPEN_LINK;
            bool unlinks = rule == CELL_END_LINK || rule == CELL_END_LINK_HOLD;
            bool has_state = strcmp(state_letter(row->machine, (enum item_state)s), "?") != 0;
            HOLDS(row, has_state || rule == CELL_FORBIDDEN);
            HOLDS(row, rule == CELL_FORBIDDEN || asks == (row->side == SIDE_Q));
            HOLDS(row, !has_state || row->side != SIDE_Q || asks);
            HOLDS(row, !links || row->kind == LETTER_MLA_RECEIVED);
            HOLDS(row, !unlinks || row->kind == LETTER_MLA_ENDED);
            HOLDS(row, rule != CELL_MOVE || row->cells[s].to != ITEM_ENDED ||
                           row->cells[s].result != RESULT_NONE || row->kind == LETTER_NOT_HELD);
            HOLDS(row, rule != CELL_MOVE || strcmp(state_letter(row->machine, row->cells[s].to), "?") != 0);
            HOLDS(row, rule != CELL_LATE || row->kind == LETTER_EXTEND);
            HOLDS(row, rule != CELL_DUPLICATE || row->kind == LETTER_REQUEST);
        }
    }
}

/* --- rows --- */

static void a_row_is_found_by_what_its_letter_says(void **state)
{
    (void)state;
    bool met[LETTER_KINDS + 1] = {false};
    for (size_t i = 0; i < row_count; i++) {
        const Comity__Letter *letter = letter_of_row(arena, &rows[i], T0_MS, NULL, 0, 1);
        HOLDS(&rows[i], lifecycle_row_of(rows[i].machine, letter) == &rows[i]);
        HOLDS(&rows[i], lifecycle_row_any(letter) != NULL && lifecycle_row_any(letter)->side != SIDE_NONE);
        met[rows[i].kind] = true;
    }
    for (unsigned kind = 1; kind <= LETTER_KINDS; kind++) {
        assert_true(met[kind]);
    }
    assert_null(lifecycle_row_of(MACHINE_PING, letter_make(arena, LETTER_HELD, T0_MS, 1)));
    assert_null(lifecycle_row_of(MACHINE_NONE, letter_make(arena, LETTER_HELD, T0_MS, 1)));
    assert_null(lifecycle_row_of(MACHINE_HOLD, letter_released(arena, COMITY__RELEASED__WHY__NO_WHY, T0_MS)));
}

/*
 * How many sign is known before the case is (check 23), so it is the same for what the letter says in all machines; but a
 * request says its machine.
 */
static void how_many_sign_follows_from_the_letter_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const Comity__Letter *letter = letter_of_row(arena, &rows[i], T0_MS, NULL, 0, 1);
        HOLDS(&rows[i], letter_signatures_needed(rows[i].kind, letter) == rows[i].signatures);
        for (size_t k = 0; k < i; k++) {
            bool same = rows[k].kind == rows[i].kind && rows[k].why == rows[i].why;
            HOLDS(&rows[i], !same || rows[k].machine != rows[i].machine);
            HOLDS(&rows[i],
                  !same || rows[i].kind == LETTER_REQUEST || rows[k].signatures == rows[i].signatures);
        }
    }
}

/* In LINK and SPONTANEOUS the sides of a word differ from those elsewhere: who writes it follows from the machine. */
static void a_node_alone_ends_nothing_that_q_still_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        for (unsigned s = ITEM_ASKED; s < ITEM_STATES && rows[i].signatures == 0; s++) {
            const struct cell *cell = &rows[i].cells[s];
            bool ends = cell->rule == CELL_MOVE && cell->to == ITEM_ENDED;
            bool harmless = cell->result == RESULT_COMPLETED || cell->result == RESULT_SILENT ||
                            cell->result == RESULT_NO_CONSENT || cell->result == RESULT_CLOSED;
            HOLDS(&rows[i], !ends || harmless);
        }
    }
}

/* --- asks and clocks --- */

static unsigned of_machine(enum machine machine, unsigned (*mask)(const struct lifecycle_row *))
{
    unsigned all = 0;
    for (size_t i = 0; i < row_count; i++) {
        all |= rows[i].machine == machine ? mask(&rows[i]) : 0;
    }
    return all;
}

static unsigned opens(const struct lifecycle_row *row)
{
    return row->opens;
}

static unsigned answers(const struct lifecycle_row *row)
{
    return row->answers;
}

static unsigned starts(const struct lifecycle_row *row)
{
    return row->starts;
}

static unsigned stops(const struct lifecycle_row *row)
{
    return row->stops;
}

/* Who owes the answer can give it: in the same machine, by a letter of that side or of one that stands for its silence. */
static void every_ask_is_answered_by_who_owes_it(void **state)
{
    (void)state;
    for (unsigned m = MACHINE_NONE + 1; m < MACHINES; m++) {
        enum machine machine = (enum machine)m;
        unsigned opened = of_machine(machine, opens);
        assert_int_equal(opened & ~of_machine(machine, answers), 0);
        for (size_t i = 0; i < row_count; i++) {
            for (unsigned kind = ASK_NONE + 1; kind < ASK_KINDS; kind++) {
                enum side owed_by = ask_rule((enum ask_kind)kind)->owed_by;
                bool opens_it = rows[i].machine == machine && (rows[i].opens & ASK_BIT(kind)) != 0;
                HOLDS(&rows[i],
                      !opens_it || owed_by != rows[i].side || kind == ASK_TRANSLATION); /* promised */
            }
        }
    }
}

static void every_clock_is_stopped(void **state)
{
    (void)state;
    for (unsigned m = MACHINE_NONE + 1; m < MACHINES; m++) {
        unsigned started = of_machine((enum machine)m, starts), stopped = of_machine((enum machine)m, stops);
        assert_int_equal(started & ~stopped & ~CLOCK_BIT(CLOCK_HOLD), 0);
        assert_int_equal(stopped & ~started, 0);
    }
}

/* What is asked for has a date: who opens an ask starts a clock that goes with it, and no other such clock. */
static void a_clock_that_goes_with_an_ask_starts_with_it(void **state)
{
    (void)state;
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; i < row_count; i++) {
        unsigned dated = 0;
        for (unsigned c = 0; c < count; c++) {
            bool begins = (rows[i].starts & CLOCK_BIT(c)) != 0;
            bool restates = rows[i].kind == LETTER_TAKEN_OVER; /* asks that were open elsewhere */
            HOLDS(&rows[i], !begins || restates || rules[c].goes_with == 0 ||
                                (rows[i].opens & rules[c].goes_with) != 0);
            dated |= begins ? rules[c].goes_with : 0;
        }
        HOLDS(&rows[i], (rows[i].opens & ~dated) == 0);
    }
}

/* --- machines --- */

static void a_machine_begins_asked_and_ends(void **state)
{
    (void)state;
    for (unsigned m = MACHINE_NONE + 1; m < MACHINES; m++) {
        const struct machine_rule *rule = machine_rule((enum machine)m);
        assert_int_equal(rule->states[0], ITEM_ASKED);
        assert_int_equal(rule->states[rule->state_count - 1], ITEM_ENDED);
        assert_int_equal(rule->first_count, rule->state_count - 1);
        for (size_t i = 0; i < rule->state_count; i++) {
            size_t shown = 0;
            for (size_t k = 0; k < rule->first_count; k++) {
                shown += rule->first[k] == rule->states[i];
            }
            assert_int_equal(shown, rule->states[i] == ITEM_ENDED ? 0 : 1);
        }
        struct history h;
        for (size_t i = 0; i < rule->state_count; i++) {
            history_init(&h, arena);
            assert_int_not_equal(machine_reach(&h, (enum machine)m, rule->states[i], 1), 0);
            history_fold(&h, &fold);
            assert_int_equal(fold.items[0].state, rule->states[i]);
            assert_true(fold.letters[fold.letter_count - 1].effect == EFFECT_FOLDED);
        }
    }
    assert_null(machine_rule(MACHINE_NONE));
    assert_null(machine_rule((enum machine)MACHINES));
}

static void a_request_without_items_is_one_where_the_machine_has_none(void **state)
{
    (void)state;
    Comity__Letter *request = letter_named(arena, MACHINE_ENQUIRY, "REQUEST", T0_MS);
    assert_int_equal(request->request->n_items, 0);
    assert_int_equal(machine_items(request->request), 1);
    request->request->type = COMITY__REQUEST__TYPE__PRESERVE;
    assert_int_equal(machine_items(request->request), 0);
    request->request->type = COMITY__REQUEST__TYPE__NO_TYPE;
    assert_int_equal(machine_of(request->request), MACHINE_NONE);
    assert_int_equal(machine_items(request->request), 0);
    request = letter_make(arena, LETTER_REQUEST, T0_MS, CASE_ITEMS_MAX + 1);
    assert_int_equal(machine_items(request->request), 0);
    request->request->n_items = CASE_ITEMS_MAX;
    assert_int_equal(machine_items(request->request), CASE_ITEMS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_cell_is_a_rule_or_a_refusal_with_code_and_text),
        TEST(a_need_says_what_is_not_so),
        TEST(cells_are_those_of_their_side),
        TEST(a_row_is_found_by_what_its_letter_says),
        TEST(how_many_sign_follows_from_the_letter_alone),
        TEST(a_node_alone_ends_nothing_that_q_still_needs),
        TEST(every_ask_is_answered_by_who_owes_it),
        TEST(every_clock_is_stopped),
        TEST(a_clock_that_goes_with_an_ask_starts_with_it),
        TEST(a_machine_begins_asked_and_ends),
        TEST(a_request_without_items_is_one_where_the_machine_has_none),
    };
    return cmocka_run_group_tests_name("lifecycle_table", tests, NULL, NULL);
}
