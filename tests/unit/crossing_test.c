/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that cross (docs/lifecycle.md): each pair folds on both sides to the same case, whoever learnt what when. */
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

static const Comity__Letter *plain(enum letter_kind kind, uint64_t ms)
{
    return letter_make(arena, kind, ms, 1);
}

static void withdrawal_crossing_a_hold_is_owed_a_release(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_ORDERED, RESULT_NONE);
    q_writes(&h, plain(LETTER_WITHDRAW, ms), ms);
    r_writes(&h, plain(LETTER_HELD, ms), ms, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold.items[0].state, ITEM_HELD);
    assert_int_equal(fold.ask_count, 1);
    assert_int_equal(fold.asks[0].kind, ASK_WITHDRAW);
    assert_non_null(fold_due(&fold, CLOCK_RELEASE, 1));
}

static void withdrawal_crossing_an_end_is_void(void **state)
{
    (void)state;
    for (size_t e = 0; e < ITEM_ENDS; e++) {
        struct history own;
        history_init(&own, arena);
        uint64_t ms = history_reach(&own, ITEM_ENDED, item_ends[e]);
        q_writes(&own, plain(LETTER_WITHDRAW, ms), ms);
        history_fold(&own, &fold);
        assert_int_equal(fold_last(&fold)->effect, EFFECT_VOID);
        assert_string_equal(fold_last(&fold)->void_code, "ENDED");
        assert_int_equal(fold.ask_count, 0);
        assert_int_equal(fold.due_count, 0);
    }
}

static void extension_crossing_expiry_counts_by_its_acceptance(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    history_fold(&h, &fold);
    uint64_t until = (uint64_t)fold.items[0].hold_until.ms;
    q_writes(&h, plain(LETTER_EXTEND, ms), until);
    uint64_t release = until + 80 * MS_PER_HOUR;
    r_writes(&h, letter_released(arena, COMITY__RELEASED__WHY__EXPIRED, release), release, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold.items[0].result, RESULT_EXPIRED);
    assert_int_equal(fold_last(&fold)->effect, EFFECT_FOLDED);
    assert_int_equal(fold.ask_count, 1);
    assert_true(fold.asks[0].late);
    h.q[1].accepted_ms = until + 1;
    history_fold(&h, &fold);
    assert_int_equal(fold_last(&fold)->effect, EFFECT_VOID);
    assert_string_equal(fold_last(&fold)->void_code, "LATE");
    assert_int_equal(fold.ask_count, 0);
}

static void information_crossing_a_refusal_is_void(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_ASKED, RESULT_NONE);
    r_writes(&h, plain(LETTER_INFO_ASKED, ms), ms, 1);
    q_writes(&h, plain(LETTER_INFO_GIVEN, ms), ms + 1);
    r_writes(&h, plain(LETTER_REFUSED, ms), ms + 2, 1);
    history_fold(&h, &fold);
    assert_int_equal(fold.state, CASE_CLOSED);
    assert_string_equal(fold_last(&fold)->void_code, "ENDED");
    assert_int_equal(fold.ask_count, 0);
    assert_int_equal(fold.due_count, 0);
}

/*
 * Every letter of Q against every letter of R, from every state, R having seen it or not: when all is delivered, Q, who
 * learnt of the letters and receipts in whatever order, folds what R folds, and on the way its items are those that R's
 * letters so far have made.
 */
static void same_case(const struct case_fold *a, const struct case_fold *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++) {
        assert_int_equal(a->items[i].state, b->items[i].state);
        assert_int_equal(a->items[i].result, b->items[i].result);
        assert_int_equal(a->items[i].hold_until.ms, b->items[i].hold_until.ms);
    }
    assert_int_equal(a->ask_count, b->ask_count);
    for (size_t i = 0; i < a->ask_count; i++) {
        assert_int_equal(a->asks[i].kind, b->asks[i].kind);
        assert_int_equal(a->asks[i].item, b->asks[i].item);
        assert_int_equal(a->asks[i].owed_by, b->asks[i].owed_by);
    }
    assert_int_equal(a->due_count, b->due_count);
    for (size_t i = 0; i < a->due_count; i++) {
        assert_memory_equal(&a->dues[i], &b->dues[i], offsetof(struct case_due, paused));
        assert_int_equal(a->dues[i].paused, b->dues[i].paused);
    }
}

static void check_crossing(const struct expected_row *by_q, const struct expected_row *by_r,
                           enum item_state from, bool seen)
{
    struct history at_r;
    struct case_fold r_view, q_view, before;
    history_init(&at_r, arena);
    uint64_t ms = history_reach(&at_r, from, RESULT_NOT_FOUND) + 70 * MS_PER_DAY;
    size_t reached = at_r.q_count;
    q_writes(&at_r, plain(by_q->kind, ms), ms - MS_PER_MINUTE);
    const Comity__Letter *letter =
        by_r->kind == LETTER_RELEASED ? letter_released(arena, by_r->why, ms) : plain(by_r->kind, ms);
    r_writes(&at_r, letter, ms, seen ? at_r.q_count : reached);
    history_fold(&at_r, &r_view);

    struct history at_q = at_r;
    at_q.r_count--; /* R's letter is on its way, Q's receipt too */
    at_q.q[reached].delivered_ms = 0;
    history_fold(&at_q, &before);
    at_q.q[reached].delivered_ms = at_r.q[reached].delivered_ms; /* the receipt first */
    history_fold(&at_q, &q_view);
    assert_int_equal(q_view.items[0].state, before.items[0].state); /* Q's letters move nothing */
    at_q.q[reached].delivered_ms = 0;                               /* the letter first */
    at_q.r_count++;
    history_fold(&at_q, &q_view);
    assert_int_equal(q_view.items[0].state, r_view.items[0].state);
    at_q.q[reached].delivered_ms = at_r.q[reached].delivered_ms;
    history_fold(&at_q, &q_view);
    same_case(&q_view, &r_view);
}

static void crossing_letters_fold_the_same_on_both_sides(void **state)
{
    (void)state;
    static const enum item_state from[] = {ITEM_ASKED, ITEM_ORDERED, ITEM_HELD, ITEM_ENDED};
    for (size_t i = 0; i < EXPECTED_ROWS * EXPECTED_ROWS; i++) {
        const struct expected_row *by_q = &expected_rows[i / EXPECTED_ROWS],
                                  *by_r = &expected_rows[i % EXPECTED_ROWS];
        for (size_t s = 0; s < 8 && by_q->side == SIDE_Q && by_r->side == SIDE_R; s++) {
            check_crossing(by_q, by_r, from[s / 2], s % 2 == 0);
        }
        arena_reset(arena);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(withdrawal_crossing_a_hold_is_owed_a_release),
        TEST(withdrawal_crossing_an_end_is_void),
        TEST(extension_crossing_expiry_counts_by_its_acceptance),
        TEST(information_crossing_a_refusal_is_void),
        TEST(crossing_letters_fold_the_same_on_both_sides),
    };
    return cmocka_run_group_tests_name("crossing", tests, NULL, NULL);
}
