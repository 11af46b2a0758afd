/* SPDX-License-Identifier: Apache-2.0 */
/* The fold: every cell of the table, the order that R sets, items, clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/lifecycle.h"
#include "tests/support/case_letters.h"

static struct arena *arena;
static struct history h;
static struct case_fold fold;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    assert_non_null(arena);
    history_init(&h, arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const Comity__Letter *of_items(enum letter_kind kind, uint64_t ms, uint32_t first, uint32_t second)
{
    uint32_t items[2] = {first, second};
    return letter_make_of(arena, kind, ms, items, second == 0 ? 1 : 2);
}

static const Comity__Letter *plain(enum letter_kind kind, uint64_t ms)
{
    return letter_make(arena, kind, ms, 1);
}

/* --- the table --- */

static enum item_state state_of_word(const char *cell)
{
    return cell[0] == 'O' ? ITEM_ORDERED : cell[0] == 'H' ? ITEM_HELD : ITEM_ENDED;
}

/* The item is in a state and R has taken in all; one letter more does what its cell says. */
static void check_cell(const struct expected_row *row, enum item_state state, enum item_result result)
{
    struct history own;
    history_init(&own, arena);
    uint64_t ms = history_reach(&own, state, result);
    bool expires = row->why == COMITY__RELEASED__WHY__EXPIRED;
    if (row->why == COMITY__RELEASED__WHY__WITHDRAWN) {
        q_writes(&own, plain(LETTER_WITHDRAW, ms), ms);
    }
    ms += expires ? 70 * MS_PER_DAY : MS_PER_HOUR;
    Comity__Letter *letter = letter_make(arena, row->kind, ms, 1);
    if (row->kind == LETTER_RELEASED) {
        letter->released->why = row->why;
    }
    if (row->side == SIDE_Q) {
        q_writes(&own, letter, ms);
    } else {
        r_writes(&own, letter, ms, own.q_count);
    }
    history_fold(&own, &fold);
    const char *cell = row->cells[state - 1];
    const struct folded_letter *last = fold_last(&fold);
    const struct case_item *item = &fold.items[0];
    const char *expect_void = strncmp(cell, "void:", 5) == 0 ? cell + 5
                              : strcmp(cell, "dup") == 0     ? "DUPLICATE"
                                                             : NULL;
    bool late_void = strcmp(cell, "late") == 0 && result != RESULT_EXPIRED;
    if (strcmp(cell, "-") == 0) {
        assert_int_equal(last->effect, EFFECT_BREACH);
        assert_int_equal(item->state, state);
    } else if (expect_void != NULL || late_void) {
        assert_int_equal(last->effect, EFFECT_VOID);
        assert_string_equal(last->void_code, late_void ? "ENDED" : expect_void);
        assert_int_equal(item->state, state);
    } else if (strcmp(cell, "ask") == 0 || strcmp(cell, "late") == 0) {
        assert_int_equal(last->effect, EFFECT_FOLDED);
        assert_int_equal(item->state, state);
        assert_ptr_equal(fold.asks[fold.ask_count - 1].opened_by, last->letter);
        assert_int_equal(fold.asks[fold.ask_count - 1].owed_by, SIDE_R);
    } else if (strcmp(cell, ".") == 0 || strcmp(cell, "note") == 0) {
        assert_true(last->effect == EFFECT_FOLDED || last->effect == EFFECT_NOTED);
        assert_int_equal(item->state, state);
    } else {
        assert_int_equal(last->effect, EFFECT_FOLDED);
        assert_int_equal(item->state, state_of_word(cell));
        assert_int_equal(item->moved_by, fold.letter_count - 1);
    }
    assert_int_equal(item->result, item->state == state              ? result
                                   : row->kind == LETTER_NOT_HELD    ? RESULT_NOT_FOUND
                                   : row->kind == LETTER_REFUSED     ? RESULT_REFUSED
                                   : !(row->kind == LETTER_RELEASED) ? RESULT_NONE
                                   : expires                         ? RESULT_EXPIRED
                                                                     : RESULT_WITHDRAWN);
}

static void every_cell_does_what_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXPECTED_ROWS; i++) {
        check_cell(&expected_rows[i], ITEM_ASKED, RESULT_NONE);
        check_cell(&expected_rows[i], ITEM_ORDERED, RESULT_NONE);
        check_cell(&expected_rows[i], ITEM_HELD, RESULT_NONE);
        for (size_t e = 0; e < ITEM_ENDS; e++) {
            if (expected_rows[i].kind == LETTER_EXTEND && item_ends[e] == RESULT_EXPIRED) {
                continue; /* in time or too late: a test of its own */
            }
            check_cell(&expected_rows[i], ITEM_ENDED, item_ends[e]);
        }
        arena_reset(arena);
    }
}

/* The rows of this test are in the table as they stand here: each by its name, in the order of both. */
static void the_table_is_the_one_of_the_docs(void **state)
{
    (void)state;
    size_t count = 0, found = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    for (size_t i = 0; i < count && found < EXPECTED_ROWS; i++) {
        for (size_t e = 0; e < EXPECTED_ROWS; e++) {
            const struct expected_row *row = &expected_rows[e];
            if (rows[i].machine != MACHINE_HOLD || strcmp(rows[i].name, row->name) != 0) {
                continue;
            }
            found++;
            assert_int_equal(rows[i].side, row->side);
            assert_int_equal(rows[i].signatures, row->signatures);
            for (int s = ITEM_ASKED; s <= ITEM_ENDED; s++) {
                const char *cell = row->cells[s - 1];
                assert_string_equal(cell_text(MACHINE_HOLD, &rows[i].cells[s]),
                                    strncmp(cell, "void:", 5) == 0 ? cell + 5 : cell);
            }
        }
    }
    assert_int_equal(found, EXPECTED_ROWS);
}

static void a_letter_of_the_wrong_side_has_no_effect(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXPECTED_ROWS; i++) {
        const struct expected_row *row = &expected_rows[i];
        struct history own;
        history_init(&own, arena);
        uint64_t ms = history_reach(&own, ITEM_HELD, RESULT_NONE);
        const Comity__Letter *letter =
            row->kind == LETTER_RELEASED ? letter_released(arena, row->why, ms) : plain(row->kind, ms);
        if (row->side == SIDE_Q) {
            r_writes(&own, letter, ms, own.q_count);
        } else {
            q_writes(&own, letter, ms);
        }
        history_fold(&own, &fold);
        assert_int_equal(fold_last(&fold)->effect, row->side == SIDE_Q ? EFFECT_BREACH : EFFECT_VOID);
        assert_int_equal(fold.items[0].state, ITEM_HELD);
        assert_int_equal(fold.ask_count, 0);
    }
}

/* --- order --- */

static void what_is_on_its_way_is_folded_by_nobody(void **state)
{
    (void)state;
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, 2), T0_MS)->delivered_ms = 0;
    q_writes(&h, plain(LETTER_WITHDRAW, T0_MS),
             T0_MS + 1); /* its receipt came first: it waits for the request at R */
    history_fold(&h, &fold);
    assert_int_equal(fold.state, CASE_SENT);
    assert_int_equal(fold.item_count, 2);
    assert_int_equal(fold.due_count, 0);
    assert_int_equal(fold.ask_count, 0);
    assert_null(fold.last_q);
    assert_int_equal(fold.letters[0].effect, EFFECT_ON_ITS_WAY);
    assert_int_equal(fold.letters[1].effect, EFFECT_ON_ITS_WAY);
    h.q[0].delivered_ms = T0_MS + 5;
    history_fold(&h, &fold);
    assert_int_equal(fold.state, CASE_REQUESTED);
    assert_int_equal(fold.ask_count, 2);
}

static void a_letter_that_r_has_seen_needs_no_receipt(void **state)
{
    (void)state;
    q_writes(&h, plain(LETTER_REQUEST, T0_MS), T0_MS)->delivered_ms = 0;
    r_writes(&h, plain(LETTER_ACK, T0_MS + 1), T0_MS + 1, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold.state, CASE_ACKNOWLEDGED);
}

static void order_is_what_r_had_seen(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    q_writes(&h, plain(LETTER_EXTEND, ms), ms);
    size_t unseen = h.q_count - 1;
    r_writes(&h, plain(LETTER_EXTENDED, ms), ms, unseen);
    history_fold(&h, &fold);
    assert_int_equal(fold_last(&fold)->letter->kind, LETTER_EXTEND);
    assert_int_equal(fold.ask_count, 1); /* EXTEND x EXTENDED: the ask stays, R answers again */
    h.r[h.r_count - 1].seen = h.q[h.q_count - 1].id;
    history_fold(&h, &fold);
    assert_int_equal(fold_last(&fold)->letter->kind, LETTER_EXTENDED);
    assert_int_equal(fold.ask_count, 0);
}

static void an_unknown_seen_takes_in_nothing(void **state)
{
    (void)state;
    q_writes(&h, plain(LETTER_REQUEST, T0_MS), T0_MS);
    memset(&r_writes(&h, plain(LETTER_ACK, T0_MS + 1), T0_MS + 1, 1)->seen, 0xEE, sizeof(struct letter_id));
    history_fold(&h, &fold);
    assert_int_equal(fold.letters[0].effect, EFFECT_BREACH);
    assert_int_equal(fold.state, CASE_REQUESTED);
}

/* --- items --- */

static void three_items_end_on_three_days(void **state)
{
    (void)state;
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, 3), T0_MS);
    r_writes(&h, of_items(LETTER_HELD, T0_MS + MS_PER_HOUR, 1, 0), T0_MS + MS_PER_HOUR, 1);
    r_writes(&h, of_items(LETTER_HELD, T0_MS + MS_PER_DAY, 3, 0), T0_MS + MS_PER_DAY, 1);
    r_writes(&h, of_items(LETTER_NOT_HELD, T0_MS + MS_PER_DAY, 2, 0), T0_MS + MS_PER_DAY, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold.state, CASE_HELD);
    assert_int_equal(fold.items[1].result, RESULT_NOT_FOUND);
    assert_int_equal(fold_due(&fold, CLOCK_HOLD, 1)->when_ms, T0_MS + MS_PER_HOUR + 61 * MS_PER_DAY);
    assert_int_equal(fold_due(&fold, CLOCK_HOLD, 3)->when_ms, T0_MS + 62 * MS_PER_DAY);
    assert_int_equal(fold_due(&fold, CLOCK_EXTEND, 1)->when_ms, T0_MS + MS_PER_HOUR + 51 * MS_PER_DAY);
    assert_int_equal(fold_due(&fold, CLOCK_MLA, 1)->owed_by, SIDE_Q);
    assert_null(fold_due(&fold, CLOCK_HOLD, 2));
    assert_null(fold_due(&fold, CLOCK_DECIDE, 2));
    assert_int_equal(fold.items[0].grace_until_ms, T0_MS + MS_PER_HOUR + 64 * MS_PER_DAY);
}

static void a_letter_that_names_one_item_it_may_not_is_a_breach_as_a_whole(void **state)
{
    (void)state;
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, 2), T0_MS);
    r_writes(&h, of_items(LETTER_REFUSED, T0_MS, 2, 0), T0_MS, 1);
    r_writes(&h, of_items(LETTER_HELD, T0_MS, 1, 2), T0_MS, 1);
    r_writes(&h, of_items(LETTER_HELD, T0_MS, 1, 3), T0_MS, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold.items[0].state, ITEM_ASKED);
    assert_int_equal(fold.letters[2].effect, EFFECT_BREACH);
    assert_int_equal(fold.letters[3].effect, EFFECT_BREACH);
}

static void an_ended_item_owes_nothing_but_what_asks_for_it_late(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    q_writes(&h, plain(LETTER_EXTEND, ms), ms);
    q_writes(&h, plain(LETTER_WITHDRAW, ms), ms + 1);
    q_writes(&h, plain(LETTER_STATUS_ASK, ms), ms + 2);
    r_writes(&h, letter_released(arena, COMITY__RELEASED__WHY__WITHDRAWN, ms), ms + 3, h.q_count);
    history_fold(&h, &fold);
    assert_int_equal(fold.state, CASE_CLOSED);
    assert_int_equal(fold.ask_count, 1);
    assert_int_equal(fold.asks[0].kind, ASK_STATUS); /* stays until answered */
    assert_int_equal(fold.due_count, 1);
    r_writes(&h, plain(LETTER_STATUS, ms), ms + 4, h.q_count);
    history_fold(&h, &fold);
    assert_int_equal(fold.ask_count + fold.due_count, 0);
}

static void no_release_for_expiry_before_grace_or_over_an_open_extension(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    history_fold(&h, &fold);
    uint64_t grace = fold.items[0].grace_until_ms;
    assert_int_equal(grace, (uint64_t)fold.items[0].hold_until.ms + 72 * MS_PER_HOUR);
    struct case_letter *release =
        r_writes(&h, letter_released(arena, COMITY__RELEASED__WHY__EXPIRED, grace), grace - 1, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold_last(&fold)->effect, EFFECT_BREACH);
    assert_int_equal(fold.items[0].state, ITEM_HELD);
    release->signed_ms = grace;
    history_fold(&h, &fold);
    assert_int_equal(fold.items[0].state, ITEM_ENDED);
    q_writes(&h, plain(LETTER_EXTEND, ms), ms);
    release->seen = h.q[1].id;
    history_fold(&h, &fold);
    assert_int_equal(fold_last(&fold)->effect, EFFECT_BREACH);
    assert_int_equal(fold.items[0].state, ITEM_HELD);
}

static void a_promise_is_not_shortened(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    r_writes(&h, plain(LETTER_HELD, T0_MS), ms, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold_last(&fold)->effect, EFFECT_BREACH);
    Comity__Letter *extended = letter_make(arena, LETTER_EXTENDED, ms, 1);
    extended->extended->hold_until = instant_make(arena, (uint64_t)fold.items[0].hold_until.ms);
    r_writes(&h, extended, ms, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold_last(&fold)->effect, EFFECT_BREACH);
    extended->extended->hold_until->ms++;
    history_fold(&h, &fold);
    assert_int_equal(fold_last(&fold)->effect, EFFECT_FOLDED);
}

static void a_refusal_outside_the_list_is_folded_and_flagged(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_ASKED, RESULT_NONE);
    Comity__Letter *refused = letter_make(arena, LETTER_REFUSED, ms, 1);
    refused->refused->ground = COMITY__REFUSED__GROUND__DUAL_CRIMINALITY;
    r_writes(&h, refused, ms, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold.items[0].result, RESULT_REFUSED);
    assert_true(fold_last(&fold)->outside_treaty);
    refused->refused->ground = COMITY__REFUSED__GROUND__G21B;
    history_fold(&h, &fold);
    assert_false(fold_last(&fold)->outside_treaty);
}

/* --- clocks --- */

static void clocks_start_when_the_request_is_delivered(void **state)
{
    (void)state;
    q_writes(&h, plain(LETTER_REQUEST, T0_MS), T0_MS)->delivered_ms = T0_MS + MS_PER_HOUR;
    history_fold(&h, &fold);
    assert_int_equal(fold.due_count, 3);
    assert_int_equal(fold.lane, LANE_URGENT);
    assert_int_equal(fold_due(&fold, CLOCK_LOOK, 0)->when_ms, T0_MS + 2 * MS_PER_HOUR);
    assert_int_equal(fold_due(&fold, CLOCK_ANSWER, 0)->when_ms, T0_MS + 9 * MS_PER_HOUR);
    assert_int_equal(fold_due(&fold, CLOCK_DECIDE, 1)->when_ms, T0_MS + 25 * MS_PER_HOUR);
    assert_int_equal(fold.dues[0].clock, CLOCK_LOOK); /* the next first */
    assert_int_equal(fold.dues[2].clock, CLOCK_DECIDE);
}

static void emergency_and_routine_have_their_own_spans(void **state)
{
    (void)state;
    Comity__Letter *request = letter_make(arena, LETTER_REQUEST, T0_MS, 1);
    q_writes(&h, request, T0_MS)->delivered_ms = T0_MS;
    request->request->necessity->urgency = COMITY__NECESSITY__URGENCY__EMERGENCY;
    history_fold(&h, &fold);
    assert_int_equal(fold_due(&fold, CLOCK_LOOK, 0)->when_ms, T0_MS + 30 * MS_PER_MINUTE);
    request->request->necessity->urgency = COMITY__NECESSITY__URGENCY__ROUTINE;
    history_fold(&h, &fold);
    assert_int_equal(fold.lane, LANE_ROUTINE);
    assert_int_equal(fold_due(&fold, CLOCK_ANSWER, 0)->when_ms,
                     T0_MS + 3 * MS_PER_DAY); /* Monday to Thursday */
}

static void working_days_leave_the_weekend_out(void **state)
{
    (void)state;
    uint64_t friday = T0_MS + 4 * MS_PER_DAY;
    assert_int_equal(workdays_after(friday, 1), friday + 3 * MS_PER_DAY);
    assert_int_equal(workdays_after(friday + MS_PER_DAY, 1), friday + 3 * MS_PER_DAY); /* from Saturday */
    assert_int_equal(workdays_after(T0_MS, 5), T0_MS + 7 * MS_PER_DAY);
    assert_int_equal(workdays_after(T0_MS, 0), T0_MS);
}

/* The first letter of an officer, about one item of two. */
static void first_letter(enum letter_kind kind)
{
    struct history own;
    history_init(&own, arena);
    q_writes(&own, letter_make(arena, LETTER_REQUEST, T0_MS, 2), T0_MS);
    r_writes(&own, of_items(kind, T0_MS, 1, 0), T0_MS, 1);
    history_fold(&own, &fold);
    assert_null(fold_due(&fold, CLOCK_LOOK, 0));
    assert_non_null(fold_due(&fold, CLOCK_DECIDE, 2));
}

static void any_letter_of_an_officer_is_a_look_and_a_decision_is_an_answer(void **state)
{
    (void)state;
    static const enum letter_kind no_answer[] = {LETTER_INFO_ASKED, LETTER_STATUS};
    static const enum letter_kind decisions[] = {LETTER_ORDERED, LETTER_HELD, LETTER_NOT_HELD,
                                                 LETTER_REFUSED};
    for (size_t i = 0; i < sizeof no_answer / sizeof no_answer[0]; i++) {
        first_letter(no_answer[i]);
        assert_non_null(fold_due(&fold, CLOCK_ANSWER, 0));
        assert_non_null(fold_due(&fold, CLOCK_DECIDE, 1));
    }
    for (size_t i = 0; i < sizeof decisions / sizeof decisions[0]; i++) {
        first_letter(decisions[i]);
        assert_null(fold_due(&fold, CLOCK_ANSWER, 0));
        assert_null(fold_due(&fold, CLOCK_DECIDE, 1));
    }
    history_reach(&h, ITEM_HELD, RESULT_NONE);
    history_fold(&h, &fold);
    assert_null(fold_due(&fold, CLOCK_CONFIRM, 1));
}

static void an_order_stops_decide_and_starts_confirm(void **state)
{
    (void)state;
    history_reach(&h, ITEM_ORDERED, RESULT_NONE);
    history_fold(&h, &fold);
    assert_int_equal(fold.due_count, 1); /* look and answer are met too */
    assert_int_equal(fold_due(&fold, CLOCK_CONFIRM, 1)->when_ms, T0_MS + 49 * MS_PER_HOUR);
}

static void an_ack_that_does_not_know_yet_leaves_the_answer_owed(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_ASKED, RESULT_NONE);
    Comity__Letter *ack = letter_make(arena, LETTER_ACK, ms, 1);
    ack->ack->answer = COMITY__ACK__ANSWER__NOT_YET_KNOWN;
    r_writes(&h, ack, ms, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold.state, CASE_ACKNOWLEDGED);
    assert_null(fold_due(&fold, CLOCK_LOOK, 0));
    assert_non_null(fold_due(&fold, CLOCK_ANSWER, 0));
    r_writes(&h, plain(LETTER_ACK, ms), ms + 1, 1);
    r_writes(&h, plain(LETTER_ACK, ms), ms + 2, 1);
    history_fold(&h, &fold);
    assert_null(fold_due(&fold, CLOCK_ANSWER, 0));
    assert_int_equal(fold.letters[2].effect, EFFECT_FOLDED);
    assert_int_equal(fold.letters[3].effect, EFFECT_BREACH);
}

static void a_blocking_question_pauses_decide_of_its_item_alone(void **state)
{
    (void)state;
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, 2), T0_MS);
    uint64_t asked = T0_MS + MS_PER_HOUR;
    r_writes(&h, of_items(LETTER_INFO_ASKED, asked, 2, 0), asked, 1);
    history_fold(&h, &fold);
    uint64_t decide = fold_due(&fold, CLOCK_DECIDE, 1)->when_ms;
    assert_false(fold_due(&fold, CLOCK_DECIDE, 1)->paused);
    assert_true(fold_due(&fold, CLOCK_DECIDE, 2)->paused);
    assert_int_equal(fold_due(&fold, CLOCK_INFO, 2)->when_ms,
                     asked + MS_PER_MINUTE + 24 * MS_PER_HOUR); /* from its delivery */
    assert_int_equal(fold_due(&fold, CLOCK_INFO, 2)->owed_by, SIDE_Q);
    assert_null(fold_due(&fold, CLOCK_INFO, 1));
    assert_int_equal(fold.asks[0].owed_by, SIDE_Q);
    q_writes(&h, plain(LETTER_INFO_GIVEN, asked), asked + 2 * MS_PER_HOUR);
    history_fold(&h, &fold);
    assert_int_equal(fold.ask_count, 0);
    assert_null(fold_due(&fold, CLOCK_INFO, 2));
    assert_false(fold_due(&fold, CLOCK_DECIDE, 2)->paused);
    assert_int_equal(fold_due(&fold, CLOCK_DECIDE, 1)->when_ms, decide);
    assert_int_equal(fold_due(&fold, CLOCK_DECIDE, 2)->when_ms, decide + 2 * MS_PER_HOUR + MS_PER_MINUTE);
}

static void questions_on_their_way_to_q_have_no_date_yet(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_ASKED, RESULT_NONE);
    r_writes(&h, plain(LETTER_INFO_ASKED, ms), ms, 1)->delivered_ms = 0;
    history_fold(&h, &fold);
    assert_null(fold_due(&fold, CLOCK_INFO, 1));
    assert_int_equal(fold.ask_count, 1);
}

static void asking_again_does_not_start_the_clock_anew(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    q_writes(&h, plain(LETTER_WITHDRAW, ms), ms);
    q_writes(&h, plain(LETTER_STATUS_ASK, ms), ms);
    history_fold(&h, &fold);
    uint64_t release = fold_due(&fold, CLOCK_RELEASE, 1)->when_ms,
             status = fold_due(&fold, CLOCK_STATUS, 0)->when_ms;
    q_writes(&h, plain(LETTER_WITHDRAW, ms), ms + MS_PER_DAY);
    q_writes(&h, plain(LETTER_STATUS_ASK, ms), ms + MS_PER_DAY);
    history_fold(&h, &fold);
    assert_int_equal(fold.ask_count, 2);
    assert_int_equal(fold_due(&fold, CLOCK_RELEASE, 1)->when_ms, release);
    assert_int_equal(fold_due(&fold, CLOCK_STATUS, 0)->when_ms, status);
    assert_int_equal(fold_last(&fold)->effect, EFFECT_NOTED);
}

static void an_extension_asked_stops_reminding_until_it_is_given(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    q_writes(&h, plain(LETTER_EXTEND, ms), ms);
    history_fold(&h, &fold);
    assert_null(fold_due(&fold, CLOCK_EXTEND, 1));
    r_writes(&h, plain(LETTER_EXTENDED, ms), ms + MS_PER_DAY, 2);
    history_fold(&h, &fold);
    assert_int_equal(fold_due(&fold, CLOCK_HOLD, 1)->when_ms, ms + 150 * MS_PER_DAY);
    assert_int_equal(fold_due(&fold, CLOCK_EXTEND, 1)->when_ms, ms + 140 * MS_PER_DAY);
    assert_int_equal(fold.items[0].grace_until_ms, ms + 153 * MS_PER_DAY);
}

/* --- hostile and full --- */

static void a_case_that_begins_without_a_request_is_empty(void **state)
{
    (void)state;
    q_writes(&h, plain(LETTER_WITHDRAW, T0_MS), T0_MS);
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, 0), T0_MS);
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, CASE_ITEMS_MAX + 1), T0_MS);
    q_writes(&h, plain(LETTER_NONE, T0_MS), T0_MS);
    r_writes(&h, plain(LETTER_HELD, T0_MS), T0_MS, 1);
    r_writes(&h, plain(LETTER_NONE, T0_MS), T0_MS, 1);
    history_fold(&h, &fold);
    assert_null(fold.request);
    assert_int_equal(fold.item_count, 0);
    assert_int_equal(fold.letter_count, 6);
}

static void the_largest_case_fits(void **state)
{
    (void)state;
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, CASE_ITEMS_MAX), T0_MS);
    r_writes(&h, plain(LETTER_HELD, T0_MS), T0_MS, 1);
    r_writes(&h, plain(LETTER_INFO_ASKED, T0_MS), T0_MS, 1);
    q_writes(&h, plain(LETTER_WITHDRAW, T0_MS), T0_MS);
    q_writes(&h, plain(LETTER_EXTEND, T0_MS), T0_MS);
    q_writes(&h, plain(LETTER_STATUS_ASK, T0_MS), T0_MS);
    history_fold(&h, &fold);
    assert_int_equal(fold.ask_count, 3 * CASE_ITEMS_MAX + 1);
    assert_int_equal(fold.due_count,
                     5 * CASE_ITEMS_MAX + 1); /* HOLD, MLA, INFO, RELEASE, EXTENSION; STATUS */
}

static void an_arena_that_ends_is_an_outcome(void **state)
{
    (void)state;
    history_reach(&h, ITEM_HELD, RESULT_NONE);
    struct arena *small = arena_new(64);
    assert_non_null(small);
    assert_false(case_fold(h.q, h.q_count, h.r, h.r_count, NULL, small, &fold));
    arena_free(small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_cell_does_what_the_table_says),
        TEST(the_table_is_the_one_of_the_docs),
        TEST(a_letter_of_the_wrong_side_has_no_effect),
        TEST(what_is_on_its_way_is_folded_by_nobody),
        TEST(a_letter_that_r_has_seen_needs_no_receipt),
        TEST(order_is_what_r_had_seen),
        TEST(an_unknown_seen_takes_in_nothing),
        TEST(three_items_end_on_three_days),
        TEST(a_letter_that_names_one_item_it_may_not_is_a_breach_as_a_whole),
        TEST(an_ended_item_owes_nothing_but_what_asks_for_it_late),
        TEST(no_release_for_expiry_before_grace_or_over_an_open_extension),
        TEST(a_promise_is_not_shortened),
        TEST(a_refusal_outside_the_list_is_folded_and_flagged),
        TEST(clocks_start_when_the_request_is_delivered),
        TEST(emergency_and_routine_have_their_own_spans),
        TEST(working_days_leave_the_weekend_out),
        TEST(any_letter_of_an_officer_is_a_look_and_a_decision_is_an_answer),
        TEST(an_order_stops_decide_and_starts_confirm),
        TEST(an_ack_that_does_not_know_yet_leaves_the_answer_owed),
        TEST(a_blocking_question_pauses_decide_of_its_item_alone),
        TEST(questions_on_their_way_to_q_have_no_date_yet),
        TEST(asking_again_does_not_start_the_clock_anew),
        TEST(an_extension_asked_stops_reminding_until_it_is_given),
        TEST(a_case_that_begins_without_a_request_is_empty),
        TEST(the_largest_case_fits),
        TEST(an_arena_that_ends_is_an_outcome),
    };
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
