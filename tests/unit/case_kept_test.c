/* SPDX-License-Identifier: Apache-2.0 */
/* Kept cases are always what is stored, and are folded anew only when they are not. The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/node_private.h"
#include "nodes/store_letters.h"
#include "tests/support/node_sent.h"

static struct case_look look(struct rig *rig, const struct case_id *id)
{
    struct case_look look;
    assert_true(case_look(rig->node, id, rig->arena, &look));
    return look;
}

static void assert_is_row(const struct letter_row *kept, const struct letter_row *stored)
{
    assert_int_equal(kept->number, stored->number);
    assert_memory_equal(&kept->id, &stored->id, sizeof kept->id);
    assert_int_equal(kept->author, stored->author);
    assert_int_equal(kept->accepted_ms, stored->accepted_ms);
    assert_int_equal(kept->delivered_ms, stored->delivered_ms);
    assert_int_equal(kept->opened_ms, stored->opened_ms);
    assert_int_equal(kept->opened_here_ms, stored->opened_here_ms);
    assert_memory_equal(&kept->envelope, &stored->envelope, sizeof kept->envelope);
    assert_int_equal(kept->place, stored->place);
    assert_int_equal(kept->sending, stored->sending);
    assert_int_equal(kept->reason, stored->reason);
    assert_int_equal(kept->seals, stored->seals);
    assert_int_equal(kept->returned, stored->returned);
    assert_int_equal(kept->case_seq, stored->case_seq);
    assert_int_equal(kept->filed_ms, stored->filed_ms);
    assert_string_equal(kept->from.text, stored->from.text);
    assert_true(bytes_equal(kept->context, stored->context));
    assert_true(bytes_equal(kept->letter, stored->letter));
    assert_true(bytes_equal(kept->proofs, stored->proofs));
}

/* Rows, and letters of the fold: as many as are in effect, with their times. */
static void assert_is_what_is_stored(struct rig *rig, const struct case_id *id)
{
    size_t count = 0, in_effect = 0;
    const struct letter_row *rows = letter_list(rig->node, id, rig->arena, &count);
    const struct case_look now = look(rig, id);
    assert_int_equal(now.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_is_row(&now.rows[i], &rows[i]);
        in_effect += rows[i].place == PLACE_EFFECT;
    }
    assert_int_equal(now.sides->q_count + now.sides->r_count, in_effect);
    assert_int_equal(now.fold->letter_count, in_effect);
    for (size_t i = 0; i < now.fold->letter_count; i++) {
        const struct case_letter *letter = now.fold->letters[i].letter;
        struct letter_row row = rig_filed(rig, &letter->id);
        assert_int_equal(letter->delivered_ms, row.delivered_ms);
        assert_int_equal(letter->accepted_ms, row.accepted_ms);
        assert_int_equal(letter->opened_ms, row.opened_ms);
        assert_int_equal(letter->author, row.author);
        assert_int_equal(letter->kind, letter_kind(letter->letter));
    }
}

static bool is_kept(const struct rig *rig, const struct case_id *id)
{
    bool kept = false;
    for (size_t i = 0; i < CASES_KEPT; i++) {
        const struct kept_case *k = &rig->node->kept.list[i];
        kept |= k->signed_part != NULL && memcmp(k->id.bytes, id->bytes, sizeof id->bytes) == 0;
    }
    return kept;
}

struct written {
    struct rig *rig;
    struct case_id id;
    struct letter_id letter;
};

static struct written written(struct rig *rig)
{
    struct written w = {.rig = rig};
    w.letter = rig_write(rig, NULL, LETTER_REQUEST, &w.id);
    return w;
}

static void what_did_not_change_is_folded_once(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    const struct case_fold *fold = look(rig, &w.id).fold;
    assert_is_what_is_stored(rig, &w.id);
    assert_ptr_equal(look(rig, &w.id).fold, fold);
    rig_tick(rig, 1000);
    assert_ptr_equal(look(rig, &w.id).fold, fold);
    assert_ptr_equal(case_load(rig->node, &w.id, rig->arena), fold);
}

static void another_case_s_letter_does_not_drop_it(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    const struct case_fold *fold = look(rig, &w.id).fold;
    struct written other = written(rig);
    assert_is_what_is_stored(rig, &other.id);
    assert_ptr_equal(look(rig, &w.id).fold, fold);
}

/* --- each kind of write --- */

static void accept(const struct written *w)
{
    letter_accepted(w->rig->node, &w->letter, 11);
}

static void answer(const struct written *w)
{
    letter_answered(w->rig->node, &w->letter, 12, 0);
}

static void deliver(const struct written *w)
{
    letter_delivered(w->rig->node, &w->letter, 13, 14);
}

static void open_here(const struct written *w)
{
    letter_opened(w->rig->node, &w->letter, 15, true);
}

static void open_there(const struct written *w)
{
    letter_opened(w->rig->node, &w->letter, 16, false);
}

static void seal(const struct written *w)
{
    const struct envelope_id envelope = {.digest = {.bytes = {17}}};
    letter_sealed(w->rig->node, &w->letter, &envelope);
}

static void want_again(const struct written *w)
{
    letter_want_again(w->rig->node, &w->letter, REASON_PREKEY, true);
}

static void place(const struct written *w)
{
    store_letter_place(w->rig->node->store, &w->letter, PLACE_DEAD, REASON_CASE);
}

static void kill(const struct written *w)
{
    store_letters_kill(w->rig->node->store, &w->id, "XB/poc", 1, REASON_QUOTA);
}

static void revive(const struct written *w)
{
    kill(w);
    assert_is_what_is_stored(w->rig, &w->id);
    store_letter_revive(w->rig->node->store, &w->letter);
}

static void author(const struct written *w)
{
    store_letter_author(w->rig->node->store, &w->letter, SIDE_R);
}

static void times_returned(const struct written *w)
{
    store_letter_times_returned(w->rig->node->store, &w->letter);
}

static void one_more(const struct written *w)
{
    struct letter_row row = rig_filed(w->rig, &w->letter);
    row.id.digest.bytes[0] ^= 1;
    row.place = PLACE_HELD_BACK;
    store_letter_put(w->rig->node->store, &row);
}

static void (*const writes[])(const struct written *) = {
    accept, answer, deliver, open_here,      open_there, seal,  want_again,
    place,  kill,   author,  times_returned, one_more,   revive};

static void each_write_is_seen(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        assert_is_what_is_stored(rig, &w.id);
        const struct case_fold *fold = look(rig, &w.id).fold;
        store_savepoint(rig->node->store);
        writes[i](&w);
        assert_is_what_is_stored(rig, &w.id);
        assert_ptr_not_equal(look(rig, &w.id).fold, fold);
        assert_int_equal(store_savepoint_undo(rig->node->store), STORE_OK);
    }
}

static void what_was_undone_is_not_kept(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        store_savepoint(rig->node->store);
        writes[i](&w);
        const struct case_fold *undone = look(rig, &w.id).fold;
        assert_int_equal(store_savepoint_undo(rig->node->store), STORE_OK);
        assert_ptr_not_equal(look(rig, &w.id).fold, undone);
        assert_is_what_is_stored(rig, &w.id);
    }
}

/* What was read while the input was played may never have been. */
static void what_an_input_without_room_read_is_let_go(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    struct sample s;
    rig_link(rig);
    (void)look(rig, &w.id);
    assert_true(is_kept(rig, &w.id));
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    store_bytes_max(rig->node->store, store_bytes_used(rig->node->store));
    rig_send(rig, &s);
    store_bytes_max(rig->node->store, UINT64_C(1) << 40);
    assert_false(is_kept(rig, &w.id));
    assert_is_what_is_stored(rig, &w.id);
}

/* Another letter takes the number that one had whose input was undone. */
static void a_number_that_is_given_again_is_another_letter(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    struct letter_row row = rig_filed(rig, &w.letter);
    row.place = PLACE_HELD_BACK;
    for (uint8_t i = 1; i <= 2; i++) {
        row.id.digest.bytes[0] ^= i;
        store_savepoint(rig->node->store);
        store_letter_put(rig->node->store, &row);
        assert_is_what_is_stored(rig, &w.id);
        assert_int_equal(store_savepoint_undo(rig->node->store), STORE_OK);
    }
}

/* --- what it is folded by --- */

static void change_nothing(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)draft;
    (void)arena;
    (void)context;
}

static void another_roster_or_zone_folds_it_anew(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    uint64_t stamp = 0;
    (void)look(rig, &w.id);
    stamp = rig->node->kept.list[0].calendars_stamp;
    rig_change_roster(rig, change_nothing, NULL);
    (void)look(rig, &w.id);
    assert_int_not_equal(rig->node->kept.list[0].calendars_stamp, stamp);
    node_zones(rig->node, NULL);
    const struct case_fold *fold = rig->node->kept.list[0].look.fold;
    assert_ptr_not_equal(look(rig, &w.id).fold, fold);
}

/* --- how many, how large, how long --- */

static void the_one_looked_at_longest_ago_makes_way(void **state)
{
    struct rig *rig = *state;
    struct written w[CASES_KEPT + 1];
    for (size_t i = 0; i <= CASES_KEPT; i++) {
        w[i] = written(rig);
    }
    for (size_t i = 0; i < CASES_KEPT; i++) {
        (void)look(rig, &w[i].id);
    }
    for (size_t i = 0; i < CASES_KEPT; i++) {
        assert_true(is_kept(rig, &w[i].id));
    }
    const struct case_fold *first = look(rig, &w[0].id).fold; /* and so the second is the oldest */
    (void)look(rig, &w[CASES_KEPT].id);
    assert_true(is_kept(rig, &w[CASES_KEPT].id));
    assert_false(is_kept(rig, &w[1].id));
    assert_ptr_equal(look(rig, &w[0].id).fold, first);
    assert_is_what_is_stored(rig, &w[1].id);
}

static void who_looks_may_hold_it_until_the_input_ends(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    const struct case_look before = look(rig, &w.id);
    letter_delivered(rig->node, &w.letter, 13, 14);
    const struct case_look after = look(rig, &w.id);
    assert_int_equal(before.rows[0].delivered_ms, 0);
    assert_int_equal(before.fold->state, CASE_SENT);
    assert_int_equal(after.fold->state, CASE_REQUESTED);
    assert_non_null(rig->node->kept.let_go);
    rig_tick(rig, 1000);
    assert_null(rig->node->kept.let_go);
    assert_int_equal(look(rig, &w.id).fold->state, CASE_REQUESTED);
}

static void one_that_is_too_large_goes_with_the_input(void **state)
{
    struct rig *rig = *state;
    for (size_t over = 0; over < 2; over++) {
        struct written w = written(rig);
        (void)look(rig, &w.id);
        for (size_t i = 0; i < CASES_KEPT; i++) {
            const struct kept_case *k = &rig->node->kept.list[i];
            if (k->signed_part != NULL && memcmp(k->id.bytes, w.id.bytes, sizeof w.id.bytes) == 0) {
                size_t used = arena_used(k->signed_part->arena) + arena_used(k->state->arena);
                assert_true(used < CASE_KEPT_BYTES);
                assert_non_null(arena_take(k->state->arena, CASE_KEPT_BYTES - used + over));
            }
        }
        assert_true(is_kept(rig, &w.id));
        kept_cases_settle(&rig->node->kept);
        assert_int_equal(is_kept(rig, &w.id), over == 0);
        assert_is_what_is_stored(rig, &w.id);
    }
}

static void memory_that_ends_is_told_and_nothing_is_kept(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    struct case_look now;
    struct arena *arena = arena_new(1024);
    (void)look(rig, &w.id);
    struct arena *piece = rig->node->kept.list[0].signed_part->arena;
    assert_non_null(arena_take(piece, KEPT_PIECE_BYTES_MAX - arena_used(piece)));
    store_savepoint(rig->node->store);
    one_more(&w);
    assert_false(case_look(rig->node, &w.id, arena, &now));
    assert_true(arena_exhausted(arena));
    assert_false(is_kept(rig, &w.id));
    kept_cases_settle(&rig->node->kept);
    assert_is_what_is_stored(rig, &w.id);
    assert_int_equal(store_savepoint_undo(rig->node->store), STORE_OK);
    arena_free(arena);
}

/* One input may look at cases without end; what it let go is bounded. */
static void all_that_an_input_lets_go_has_a_limit(void **state)
{
    struct rig *rig = *state;
    struct written w = written(rig);
    struct arena *arena = arena_new(1024);
    struct case_look now;
    (void)look(rig, &w.id);
    letter_delivered(rig->node, &w.letter, 13, 14);
    rig->node->kept.let_go_bytes = LET_GO_BYTES_MAX;
    assert_true(case_look(rig->node, &w.id, arena, &now));
    letter_delivered(rig->node, &w.letter, 11, 12);
    rig->node->kept.let_go_bytes = LET_GO_BYTES_MAX + 1;
    assert_false(case_look(rig->node, &w.id, arena, &now));
    assert_true(arena_exhausted(arena));
    kept_cases_settle(&rig->node->kept);
    assert_is_what_is_stored(rig, &w.id);
    arena_free(arena);
}

static void a_case_that_is_not_known_is_a_case_of_nothing(void **state)
{
    struct rig *rig = *state;
    const struct case_id none = {.bytes = {9}};
    struct case_look nothing = look(rig, &none);
    assert_int_equal(nothing.count, 0);
    assert_int_equal(nothing.fold->letter_count, 0);
    assert_int_equal(nothing.fold->machine, MACHINE_NONE);
}

#define KEPT_TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEPT_TEST(what_did_not_change_is_folded_once),
        KEPT_TEST(another_case_s_letter_does_not_drop_it),
        KEPT_TEST(each_write_is_seen),
        KEPT_TEST(what_was_undone_is_not_kept),
        KEPT_TEST(what_an_input_without_room_read_is_let_go),
        KEPT_TEST(a_number_that_is_given_again_is_another_letter),
        KEPT_TEST(another_roster_or_zone_folds_it_anew),
        KEPT_TEST(the_one_looked_at_longest_ago_makes_way),
        KEPT_TEST(who_looks_may_hold_it_until_the_input_ends),
        KEPT_TEST(one_that_is_too_large_goes_with_the_input),
        KEPT_TEST(memory_that_ends_is_told_and_nothing_is_kept),
        KEPT_TEST(all_that_an_input_lets_go_has_a_limit),
        KEPT_TEST(a_case_that_is_not_known_is_a_case_of_nothing),
    };
    return cmocka_run_group_tests_name("case_kept", tests, NULL, NULL);
}
