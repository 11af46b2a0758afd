/* SPDX-License-Identifier: Apache-2.0 */
/* The check before signing in cases of every machine: what may follow, what gives way to an emergency, the bounds of a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/checked_letter.h"
#include "tests/support/row_letters.h"

static struct history h;
static struct case_fold fold;

static int setup(void **state)
{
    int failed = checked_letter_setup(state);
    history_init(&h, arena);
    return failed;
}

static uint64_t reach(enum machine machine, enum item_state state, size_t items)
{
    history_init(&h, arena);
    uint64_t now = machine_reach(&h, machine, state, items);
    assert_int_not_equal(now, 0);
    history_fold(&h, &fold);
    return now;
}

static bool is_next(enum side side, uint64_t now, enum letter_kind kind)
{
    enum letter_kind next[LETTER_KINDS + 1];
    letter_next(&fold, side, (wall_ms){.ms = now}, next);
    for (size_t i = 0; next[i] != LETTER_NONE; i++) {
        if (next[i] == kind) {
            return true;
        }
    }
    return false;
}

/* By the text of the table, cell for cell: nothing that a cell forbids may follow, and nothing of another machine. */
static void what_follows_is_of_the_machine_and_its_cells(void **state)
{
    (void)state;
    size_t row_count = 0, offered = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&row_count);
    for (unsigned m = MACHINE_NONE + 1; m < MACHINES; m++) {
        size_t states = 0;
        const enum item_state *all = machine_states((enum machine)m, &states);
        for (size_t s = 0; s < states; s++) {
            uint64_t now = reach((enum machine)m, all[s], 1);
            for (unsigned kind = 1; kind <= LETTER_KINDS; kind++) {
                bool possible[3] = {false, false, false};
                for (size_t i = 0; i < row_count; i++) {
                    const char *cell = cell_text(rows[i].machine, &rows[i].cells[all[s]]);
                    bool stops = strcmp(cell, "-") == 0 || strcmp(cell, "dup") == 0 ||
                                 rows[i].cells[all[s]].rule == CELL_VOID;
                    possible[rows[i].side] |=
                        rows[i].machine == (enum machine)m && rows[i].kind == kind && !stops;
                }
                bool of_q = is_next(SIDE_Q, now, (enum letter_kind)kind),
                     of_r = is_next(SIDE_R, now, (enum letter_kind)kind);
                assert_true(!of_q || possible[SIDE_Q]);
                assert_true(!of_r || possible[SIDE_R]);
                offered += of_q + of_r;
            }
        }
        arena_reset(arena);
    }
    assert_true(offered > 100);
}

static void a_new_case_begins_on_either_side(void **state)
{
    (void)state;
    enum letter_kind next[LETTER_KINDS + 1];
    letter_next(NULL, SIDE_Q, (wall_ms){.ms = T0_MS}, next);
    assert_int_equal(next[0], LETTER_REQUEST);
    assert_int_equal(next[1], LETTER_NONE);
    letter_next(NULL, SIDE_R, (wall_ms){.ms = T0_MS}, next);
    assert_int_equal(next[0], LETTER_ORAL_NOTED);
    assert_int_equal(next[1], LETTER_TAKEN_OVER);
    assert_int_equal(next[2], LETTER_NONE);
    letter = letter_named(arena, MACHINE_HOLD, "ORAL_NOTED", T0_MS);
    letter_check_at(SIDE_R, NULL, T0_MS);
    assert_null(letter_fault("", "NO_CASE"));
    r_writes(&h, letter, T0_MS, 0);
    history_fold(&h, &fold);
    assert_true(is_next(SIDE_Q, T0_MS, LETTER_REQUEST)); /* the written one */
    letter_check_at(SIDE_R, &fold, T0_MS);
    assert_non_null(letter_fault("items", "NOT_NOW"));
}

static void a_letter_of_another_machine_is_refused(void **state)
{
    (void)state;
    uint64_t now = reach(MACHINE_ENQUIRY, ITEM_ASKED, 1);
    letter = letter_named(arena, MACHINE_HOLD, "HELD", now);
    letter_check_at(SIDE_R, &fold, now);
    assert_non_null(letter_fault("", "NOT_OF_CASE"));
}

static void a_refusal_that_owes_a_consultation_is_not_signed(void **state)
{
    (void)state;
    uint64_t now = reach(MACHINE_MLA, ITEM_ASKED, 1);
    letter = letter_named(arena, MACHINE_MLA, "REFUSED:P21", now);
    letter_check_at(SIDE_R, &fold, now);
    assert_non_null(letter_fault("items", "NOT_CONSULTED"));
    letter = letter_named(arena, MACHINE_MLA, "REFUSED:OTHER", now);
    letter_check_at(SIDE_R, &fold, now);
    assert_null(letter_fault("items", "NOT_CONSULTED"));
}

/* Named of no item it would end both, the one that nobody was consulted about, too. */
static void a_refusal_of_all_is_not_signed_where_one_owes_a_consultation(void **state)
{
    (void)state;
    uint32_t second[] = {2};
    uint64_t now = reach(MACHINE_MLA, ITEM_ASKED, 2);
    letter = letter_named(arena, MACHINE_MLA, "CONSULT", now);
    letter->consult->items = second;
    letter->consult->n_items = 1;
    r_writes(&h, letter, now, 1);
    letter = letter_named(arena, MACHINE_MLA, "REPLY:CONSULT", now);
    letter->reply->items = second;
    letter->reply->n_items = 1;
    q_writes(&h, letter, now);
    history_fold(&h, &fold);
    assert_int_equal(fold.items[0].state, ITEM_ASKED);
    assert_true(fold.items[1].facts.consulted);
    letter = letter_named(arena, MACHINE_MLA, "REFUSED:P21", now);
    letter_check_at(SIDE_R, &fold, now);
    assert_non_null(letter_fault("items", "NOT_CONSULTED"));
    letter->refused->items = second;
    letter->refused->n_items = 1;
    letter_check_at(SIDE_R, &fold, now);
    assert_null(letter_fault("items[0]", "NOT_CONSULTED"));
}

static void a_wrong_ground_is_refused_in_every_letter_that_has_one(void **state)
{
    (void)state;
    uint64_t now = reach(MACHINE_HOLD, ITEM_HELD, 1);
    q_writes(&h, letter_named(arena, MACHINE_HOLD, "EXTEND", now), now);
    history_fold(&h, &fold);
    letter = letter_named(arena, MACHINE_HOLD, "EXTENSION_REFUSED", now);
    letter->extension_refused->ground = COMITY__REFUSED__GROUND__FISCAL;
    letter_check_at(SIDE_R, &fold, now);
    assert_non_null(strstr(letter_fault("ground", "NOT_A_GROUND")->text, "refuses no extension"));
    letter->extension_refused->ground = COMITY__REFUSED__GROUND__NO_GROUND;
    letter->extension_refused->reason = COMITY__EXTENSION_REFUSED__REASON__DATA_GONE;
    letter_check_at(SIDE_R, &fold, now);
    assert_null(letter_fault("ground", "NOT_A_GROUND"));
    letter = letter_named(arena, MACHINE_HOLD, "DISCLOSED_43", now);
    letter->disclosed_43->withheld = 1;
    letter->disclosed_43->ground = COMITY__REFUSED__GROUND__RE;
    letter_check_at(SIDE_R, &fold, now);
    assert_non_null(strstr(letter_fault("ground", "NOT_A_GROUND")->text, "G21B, G21C, G22;"));
    now = reach(MACHINE_MLA, ITEM_ASKED, 1);
    letter = letter_named(arena, MACHINE_MLA, "REFUSED:OTHER", now);
    letter->refused->ground = COMITY__REFUSED__GROUND__BANK_SECRECY;
    letter_check_at(SIDE_R, &fold, now);
    assert_non_null(letter_fault("ground", "NOT_A_GROUND"));
}

/* --- what gives way --- */

static void own_rules_give_way_in_an_emergency_alone_and_with_a_reason(void **state)
{
    (void)state;
    Comity__Acted acted = COMITY__ACTED__INIT;
    Comity__Acted__Rule rules[] = {COMITY__ACTED__RULE__CALL_BACK};
    letter->request->confirmation->phone = text_make(arena, "+1 555");
    letter_check_at(SIDE_Q, NULL, T0_MS);
    assert_non_null(letter_fault("confirmation.phone", "NOT_IN_ROSTER"));
    letter->acted = &acted;
    letter_check_at(SIDE_Q, NULL, T0_MS);
    assert_non_null(letter_fault("acted", "NO_EMERGENCY"));
    assert_non_null(letter_fault("acted.rules", "MISSING"));
    assert_non_null(letter_fault("acted.why", "MISSING"));
    acted.rules = rules;
    acted.n_rules = 1;
    acted.why = text_make(arena, "He called from the place itself.");
    letter_check_at(SIDE_Q, NULL, T0_MS);
    assert_non_null(letter_fault("confirmation.phone", "NOT_IN_ROSTER")); /* it is urgent, no emergency */
    letter->request->necessity->urgency = COMITY__NECESSITY__URGENCY__EMERGENCY;
    letter_check_at(SIDE_Q, NULL, T0_MS);
    assert_null(letter_fault("confirmation.phone", "NOT_IN_ROSTER"));
    assert_null(letter_fault("acted", "NO_EMERGENCY"));
    assert_true(letter_overrules(letter, NULL, COMITY__ACTED__RULE__CALL_BACK));
    assert_false(letter_overrules(letter, NULL, COMITY__ACTED__RULE__TERMS));
    rules[0] = COMITY__ACTED__RULE__TERMS;
    letter_check_at(SIDE_Q, NULL, T0_MS);
    assert_non_null(letter_fault("confirmation.phone", "NOT_IN_ROSTER"));
}

/* --- bounds and dates --- */

static void a_case_has_a_bound_of_items(void **state)
{
    (void)state;
    uint64_t now = reach(MACHINE_HOLD, ITEM_HELD, CASE_ITEMS_MAX);
    letter = letter_named(arena, MACHINE_HOLD, "SUPPLEMENT", now);
    letter_check_at(SIDE_Q, &fold, now);
    assert_non_null(letter_fault("items", "TOO_MANY"));
    assert_non_null(letter_fault("firstItem", "RENUMBERED"));
    letter->supplement->first_item = CASE_ITEMS_MAX;
    now = reach(MACHINE_HOLD, ITEM_HELD, CASE_ITEMS_MAX - 1);
    letter_check_at(SIDE_Q, &fold, now);
    assert_null(letter_fault("items", "TOO_MANY"));
    assert_null(letter_fault("firstItem", "RENUMBERED"));
}

/* Whoever took a case over says that something was asked, and not what: any answer will do, and none is looked for in that letter. */
static void what_a_case_taken_over_asked_has_no_words_to_be_answered(void **state)
{
    (void)state;
    Comity__Restated restated = COMITY__RESTATED__INIT;
    Comity__Restated *list[] = {&restated};
    Comity__OpenAsk info = COMITY__OPEN_ASK__INIT;
    Comity__OpenAsk *asks[] = {&info};
    uint32_t first[] = {1};
    uint64_t now = T0_MS;
    history_init(&h, arena);
    Comity__Letter *taken = letter_named(arena, MACHINE_HOLD, "TAKEN_OVER", now);
    restated.item = 1;
    restated.state = text_make(arena, "ASKED");
    info.ask = text_make(arena, "INFO");
    info.items = first;
    info.n_items = 1;
    info.since = instant_make(arena, now);
    taken->taken_over->asks = asks;
    taken->taken_over->n_asks = 1;
    taken->taken_over->restated = list;
    taken->taken_over->n_restated = 1;
    r_writes(&h, taken, now, 0);
    history_fold(&h, &fold);
    assert_true(ask_is_open(&fold, ASK_INFO, 1));
    letter = letter_make(arena, LETTER_INFO_GIVEN, now, 1);
    letter_check_at(SIDE_Q, &fold, now);
    assert_null(letter_fault("answers", "UNANSWERED"));
    assert_null(letter_fault("items", "NOT_ASKED"));
}

static void a_hold_lasts_on_after_assistance(void **state)
{
    (void)state;
    uint64_t now = reach(MACHINE_HOLD, ITEM_HELD_OPEN, 1);
    uint64_t promised = (uint64_t)fold.items[0].hold_until.ms;
    letter = letter_named(arena, MACHINE_HOLD, "MLA_ENDED", now);
    letter->mla_ended->hold_until = instant_make(arena, promised - 1);
    letter_check_at(SIDE_R, &fold, now);
    assert_non_null(letter_fault("items", "TOO_SHORT")); /* shorter than was promised */
    letter->mla_ended->hold_until = instant_make(arena, promised);
    letter_check_at(SIDE_R, &fold, now);
    assert_null(letter_fault("items", "TOO_SHORT"));
    letter_check_at(SIDE_R, &fold, promised - 14 * MS_PER_DAY + 1);
    assert_non_null(letter_fault("items", "TOO_SHORT")); /* less than 14 days */
    letter->mla_ended->reference = text_make(arena, "another");
    letter_check_at(SIDE_R, &fold, now);
    assert_non_null(letter_fault("items", "NOT_LINKED"));
}

/* Who asks for another use of what came is who has it: of evidence Q, of information given without a request R. */
static void a_letter_that_either_side_writes_is_of_the_one_of_the_machine(void **state)
{
    static const struct {
        enum machine machine;
        enum item_state state;
        const char *name;
        enum side side;
    } of[] = {
        {MACHINE_MLA, ITEM_DELIVERED, "USE_ASK", SIDE_Q},
        {MACHINE_MLA, ITEM_DELIVERED, "USE_ANSWER", SIDE_R},
        {MACHINE_MLA, ITEM_DELIVERED, "EXCULPATORY", SIDE_Q},
        {MACHINE_SPONTANEOUS, ITEM_ASKED, "USE_ASK", SIDE_R},
        {MACHINE_SPONTANEOUS, ITEM_ASKED, "USE_ANSWER", SIDE_Q},
        {MACHINE_SPONTANEOUS, ITEM_ASKED, "EXCULPATORY", SIDE_R},
    };
    const struct letter_terms terms = {.now = {.ms = T0_MS + 90 * MS_PER_DAY}};
    (void)state;
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        uint64_t now = reach(of[i].machine, of[i].state, 1);
        enum side other = of[i].side == SIDE_Q ? SIDE_R : SIDE_Q;
        letter = letter_named(arena, of[i].machine, of[i].name, now);
        letter_check_at(of[i].side, &fold, now);
        assert_null(letter_fault("", "WRONG_SIDE"));
        letter_check_at(other, &fold, now);
        assert_non_null(letter_fault("", "WRONG_SIDE"));
        struct faults arrived;
        faults_init(&arrived, arena);
        letter_check_arrived(letter, of[i].side, &terms, &arrived);
        for (size_t k = 0; k < arrived.count; k++) {
            assert_string_not_equal(arrived.list[k].code, "WRONG_SIDE");
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, checked_letter_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_follows_is_of_the_machine_and_its_cells),
        TEST(a_new_case_begins_on_either_side),
        TEST(a_letter_of_another_machine_is_refused),
        TEST(a_refusal_that_owes_a_consultation_is_not_signed),
        TEST(a_refusal_of_all_is_not_signed_where_one_owes_a_consultation),
        TEST(a_wrong_ground_is_refused_in_every_letter_that_has_one),
        TEST(own_rules_give_way_in_an_emergency_alone_and_with_a_reason),
        TEST(a_case_has_a_bound_of_items),
        TEST(what_a_case_taken_over_asked_has_no_words_to_be_answered),
        TEST(a_hold_lasts_on_after_assistance),
        TEST(a_letter_that_either_side_writes_is_of_the_one_of_the_machine),
    };
    return cmocka_run_group_tests_name("letter_check_machines", tests, NULL, NULL);
}
