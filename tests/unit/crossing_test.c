/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that cross (docs/lifecycle.md): each pair folds on both sides to the same case, whoever learnt what when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/row_letters.h"

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

/* --- the crossings of the text, letter by letter --- */

static const Comity__Letter *named(const char *name, uint64_t ms)
{
    return letter_named(arena, MACHINE_HOLD, name, ms);
}

/* R signs that letter without having seen what Q wrote last. */
static void r_crosses(const char *name, uint64_t ms)
{
    r_writes(&h, named(name, ms), ms, h.q_count - 1);
    history_fold(&h, &fold);
}

static void extension_crossing_assistance_owes_nothing(void **state)
{
    (void)state;
    uint64_t ms = machine_reach(&h, MACHINE_HOLD, ITEM_HELD, 1);
    q_writes(&h, named("EXTEND", ms), ms);
    r_crosses("MLA_RECEIVED", ms);
    assert_int_equal(fold.items[0].state, ITEM_HELD_OPEN);
    assert_string_equal(fold_last(&fold)->void_code, "NO_END");
    assert_int_equal(fold.ask_count, 0);
}

static void an_extension_given_unasked_leaves_the_one_asked_owed(void **state)
{
    (void)state;
    uint64_t ms = machine_reach(&h, MACHINE_HOLD, ITEM_HELD, 1);
    q_writes(&h, named("EXTEND", ms), ms);
    r_crosses("EXTENDED", ms);
    assert_int_equal(fold.items[0].state, ITEM_HELD);
    assert_true(ask_is_open(&fold, ASK_EXTEND, 1));
    assert_non_null(fold_due(&fold, CLOCK_EXTENSION, 1));
}

static void a_notice_crossing_expiry_is_owed_an_answer(void **state)
{
    (void)state;
    uint64_t ms = machine_reach(&h, MACHINE_HOLD, ITEM_HELD, 1) + 70 * MS_PER_DAY;
    q_writes(&h, named("MLA_NOTICE", ms), ms);
    r_crosses("RELEASED:EXPIRED", ms);
    assert_int_equal(fold.items[0].result, RESULT_EXPIRED);
    assert_true(ask_is_open(&fold, ASK_NOTICE, 1));
    assert_non_null(fold_due(&fold, CLOCK_SEARCH, 1));
    r_writes(&h, named("REOPENED", ms), ms, h.q_count);
    history_fold(&h, &fold);
    assert_int_equal(fold.items[0].state, ITEM_ASKED);
    r_writes(&h, named("STATUS:NOTICE", ms), ms, h.q_count);
    history_fold(&h, &fold);
    assert_int_equal(fold.ask_count, 0);
}

static void information_crossing_abandonment_is_void_and_can_reopen(void **state)
{
    (void)state;
    uint64_t ms = machine_reach(&h, MACHINE_HOLD, ITEM_ASKED, 1);
    r_writes(&h, named("INFO_ASKED", ms), ms, 1);
    ms += MS_PER_DAY;
    r_writes(&h, named("INFO_ASKED", ms), ms, 1);
    ms += 2 * MS_PER_DAY;
    q_writes(&h, named("INFO_GIVEN", ms), ms);
    r_crosses("RELEASED:ABANDONED", ms);
    assert_int_equal(fold.items[0].result, RESULT_ABANDONED);
    assert_string_equal(fold_last(&fold)->void_code, "ENDED");
    q_writes(&h, named("REOPEN_ASK", ms), ms);
    history_fold(&h, &fold);
    assert_true(ask_is_open(&fold, ASK_REOPEN, 1));
}

static void a_decision_to_stop_crossing_a_hold_is_owed_a_release(void **state)
{
    (void)state;
    uint64_t ms = machine_reach(&h, MACHINE_HOLD, ITEM_ORDERED, 1);
    r_writes(&h, named("WARNING", ms), ms, 1);
    q_writes(&h, named("DECIDE:STOP", ms), ms);
    r_crosses("HELD", ms);
    assert_int_equal(fold.items[0].state, ITEM_HELD);
    assert_false(ask_is_open(&fold, ASK_WARN, 1));
    assert_true(ask_is_open(&fold, ASK_STOP, 1));
    assert_non_null(fold_due(&fold, CLOCK_RELEASE, 1));
    r_writes(&h, named("RELEASED:STOPPED", ms), ms, h.q_count);
    history_fold(&h, &fold);
    assert_int_equal(fold.items[0].result, RESULT_STOPPED);
    assert_int_equal(fold.ask_count + fold.due_count, 0);
}

static void a_decision_to_go_on_crossing_the_stop_is_void(void **state)
{
    (void)state;
    uint64_t ms = machine_reach(&h, MACHINE_HOLD, ITEM_HELD, 1);
    for (int i = 0; i < 2; i++) {
        Comity__Letter *warning = letter_named(arena, MACHINE_HOLD, "WARNING", ms);
        warning->warning->default_stop = 1;
        r_writes(&h, warning, ms, 1);
        ms += MS_PER_DAY + MS_PER_HOUR;
    }
    q_writes(&h, named("DECIDE:GO_ON", ms), ms);
    r_crosses("RELEASED:STOPPED", ms);
    assert_int_equal(fold.items[0].result, RESULT_STOPPED);
    assert_string_equal(fold_last(&fold)->void_code, "ENDED");
}

static void a_supplement_crossing_the_end_is_void(void **state)
{
    (void)state;
    uint64_t ms = machine_reach(&h, MACHINE_HOLD, ITEM_ASKED, 1);
    q_writes(&h, named("SUPPLEMENT", ms), ms);
    r_crosses("REFUSED", ms);
    assert_string_equal(fold_last(&fold)->void_code, "NEW_CASE");
    assert_int_equal(fold.item_count, 1);
    assert_int_equal(fold.state, CASE_CLOSED);
}

/* --- all crossings --- */

/*
 * Exhaustively: from each state of each machine, each letter of Q against each of R, and each two of one side against one of
 * the other, each letter of R having seen what it can have. Whoever knows how much: what a letter has done stands when more
 * is learnt, and the items are those that R's letters have made.
 */
#define CROSSING_ITEMS 3
#define PAIR           2

struct scene {
    struct history base;
    size_t q_base, r_base;
    enum machine machine;
    uint64_t ms;
    const struct lifecycle_row *q_rows[64], *r_rows[64];
    const Comity__Letter *q_letters[64], *r_letters[64];
    size_t q_count, r_count;
    size_t checked;
};

static void fold_known(const struct history *own, size_t q_count, size_t r_count, struct case_fold *ret)
{
    assert_true(case_fold(own->q, q_count, own->r, r_count, NULL, own->arena, ret));
}

/* What each letter did is the same in both, as far as the shorter one goes. */
static void effects_stand(const struct case_fold *less, const struct case_fold *more, size_t folded)
{
    for (size_t i = 0; i < folded; i++) {
        assert_ptr_equal(less->letters[i].letter, more->letters[i].letter);
        assert_int_equal(less->letters[i].effect, more->letters[i].effect);
        assert_ptr_equal(less->letters[i].void_code, more->letters[i].void_code);
    }
}

static void same_items(const struct case_fold *a, const struct case_fold *b)
{
    for (size_t i = 0; i < a->item_count && i < b->item_count; i++) {
        assert_int_equal(a->items[i].state, b->items[i].state);
        assert_int_equal(a->items[i].result, b->items[i].result);
        assert_int_equal(a->items[i].links, b->items[i].links);
        assert_int_equal(a->items[i].hold_until.ms, b->items[i].hold_until.ms);
    }
}

static struct case_fold at_end, at_r, at_q;

/* Both sides at every moment: R when it wrote its n-th letter, Q when that arrived and no receipt was there. */
static void check_moments(struct scene *s, const struct history *own)
{
    fold_known(own, own->q_count, own->r_count, &at_end);
    for (size_t r = s->r_base; r <= own->r_count; r++) {
        struct history known = *own;
        size_t seen = s->q_base;
        for (size_t i = s->q_base; r != s->r_base && i < own->q_count; i++) {
            seen = digest_equal(&own->q[i].id.digest, &own->r[r - 1].seen.digest) ? i + 1 : seen;
        }
        fold_known(own, seen, r, &at_r);
        effects_stand(&at_r, &at_end, at_r.letter_count);
        for (size_t i = seen; i < own->q_count; i++) {
            known.q[i].delivered_ms = 0;
        }
        fold_known(&known, own->q_count, r, &at_q);
        same_items(&at_q, &at_r);
        assert_int_equal(at_q.ask_count, at_r.ask_count);
        assert_int_equal(at_q.due_count, at_r.due_count);
    }
    s->checked++;
}

/* false: R would not have signed its last letter. */
static bool r_may(const struct scene *s, const struct history *own, size_t q_known)
{
    fold_known(own, q_known, own->r_count, &at_r);
    return at_r.letters[at_r.letter_count - 1].effect != EFFECT_BREACH || own->r_count == s->r_base + 1;
}

static void cross(struct scene *s, const size_t *q, size_t q_count, const size_t *r, size_t r_count)
{
    for (size_t first = 0; first <= q_count; first++) {
        for (size_t second = first; second <= (r_count == 1 ? first : q_count); second++) {
            struct history own = s->base;
            bool may = true;
            for (size_t i = 0; i < q_count; i++) {
                q_writes(&own, s->q_letters[q[i]], s->ms + i);
            }
            for (size_t i = 0; i < r_count; i++) {
                size_t seen = i == 0 ? first : second;
                r_writes(&own, s->r_letters[r[i]], s->ms + i, s->q_base + seen);
                may = may && (r_count == 1 || r_may(s, &own, s->q_base + seen));
            }
            if (may) {
                check_moments(s, &own);
            }
        }
    }
}

/* Letters that do something; two of a side are tried with these. */
static bool has_effect(const struct lifecycle_row *row)
{
    bool moves = false;
    for (unsigned state = ITEM_ASKED; state < ITEM_STATES; state++) {
        enum cell_rule rule = row->cells[state].rule;
        moves |= rule != CELL_FORBIDDEN && rule != CELL_STAY && rule != CELL_NOTE && rule != CELL_VOID &&
                 rule != CELL_DUPLICATE;
    }
    return moves || row->opens != 0 || row->answers != 0;
}

static void cross_all(struct scene *s)
{
    for (size_t q = 0; q < s->q_count; q++) {
        for (size_t r = 0; r < s->r_count; r++) {
            cross(s, &q, 1, &r, 1);
            for (size_t other = 0; other < s->r_count && has_effect(s->r_rows[r]); other++) {
                const size_t two[PAIR] = {r, other};
                if (has_effect(s->r_rows[other]) && has_effect(s->q_rows[q])) {
                    cross(s, &q, 1, two, PAIR);
                }
            }
            for (size_t other = 0; other < s->q_count && has_effect(s->q_rows[q]); other++) {
                const size_t two[PAIR] = {q, other};
                if (has_effect(s->q_rows[other]) && has_effect(s->r_rows[r])) {
                    cross(s, two, PAIR, &r, 1);
                }
            }
        }
    }
}

static void scene_init(struct scene *s, enum machine machine, enum item_state from)
{
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    const uint32_t two[] = {1, 2};
    *s = (struct scene){.machine = machine};
    history_init(&s->base, arena);
    size_t items = machine_rule(machine)->lists_items ? CROSSING_ITEMS : 1;
    s->ms = machine_reach(&s->base, machine, from, items) + 64 * MS_PER_DAY;
    s->q_base = s->base.q_count;
    s->r_base = s->base.r_count;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].machine != machine) {
            continue;
        }
        const Comity__Letter *letter =
            letter_of_row(arena, &rows[i], s->ms, two, rows[i].side == SIDE_R && items > 1 ? 2 : 0, items);
        if (rows[i].side == SIDE_Q) {
            s->q_rows[s->q_count] = &rows[i];
            s->q_letters[s->q_count++] = letter;
        } else {
            s->r_rows[s->r_count] = &rows[i];
            s->r_letters[s->r_count++] = letter;
        }
    }
}

static void crossing_letters_fold_the_same_on_both_sides(void **state)
{
    (void)state;
    static struct scene s;
    size_t checked = 0;
    for (unsigned m = MACHINE_NONE + 1; m < MACHINES; m++) {
        size_t count = 0;
        const enum item_state *states = machine_states((enum machine)m, &count);
        for (size_t i = 0; i < count; i++) {
            arena_reset(arena);
            scene_init(&s, (enum machine)m, states[i]);
            cross_all(&s);
            checked += s.checked;
        }
    }
    print_message("# %zu crossings\n", checked);
    assert_true(checked > 50000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(withdrawal_crossing_a_hold_is_owed_a_release),
        TEST(withdrawal_crossing_an_end_is_void),
        TEST(extension_crossing_expiry_counts_by_its_acceptance),
        TEST(information_crossing_a_refusal_is_void),
        TEST(extension_crossing_assistance_owes_nothing),
        TEST(an_extension_given_unasked_leaves_the_one_asked_owed),
        TEST(a_notice_crossing_expiry_is_owed_an_answer),
        TEST(information_crossing_abandonment_is_void_and_can_reopen),
        TEST(a_decision_to_stop_crossing_a_hold_is_owed_a_release),
        TEST(a_decision_to_go_on_crossing_the_stop_is_void),
        TEST(a_supplement_crossing_the_end_is_void),
        TEST(crossing_letters_fold_the_same_on_both_sides),
    };
    return cmocka_run_group_tests_name("crossing", tests, NULL, NULL);
}
