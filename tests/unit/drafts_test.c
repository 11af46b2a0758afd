/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that follow from a case: what the case says is in them, and completeness names only what people know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/daemon/files.h"
#include "nodes/completeness.h"
#include "nodes/drafts.h"
#include "tests/support/checked_letter.h"

static struct history h;
static struct case_fold fold;
static struct draft_source source;
static Comity__Request *draft;

static int setup(void **state)
{
    history_init(&h, NULL);
    int failed = checked_letter_setup(state);
    history_init(&h, arena);
    source = (struct draft_source){.fold = &fold, .case_id = {.bytes = {7}}, .r = {"XB/poc"}, .own = SIDE_Q};
    draft = NULL;
    return failed;
}

static void r_says(enum letter_kind kind, uint32_t item)
{
    r_writes(&h, letter_make_of(arena, kind, T0_MS, &item, item == 0 ? 0 : 1), T0_MS, 1);
}

static void asked_for(size_t items)
{
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, items), T0_MS);
    history_fold(&h, &fold);
}

static enum draft_outcome make(enum draft_kind kind)
{
    history_fold(&h, &fold);
    return draft_make(&source, kind, arena, &draft);
}

/* What completeness misses of the draft, for an officer at that time. */
static void look(uint64_t now_ms)
{
    struct completeness c = {.faults = &faults, .now_ms = now_ms};
    letter = letter_make(arena, LETTER_REQUEST, now_ms, 1);
    letter->request = draft;
    faults_init(&faults, arena);
    letter_complete(&c, letter);
}

static void the_same_once_more_lacks_its_number_alone(void **state)
{
    (void)state;
    asked_for(2);
    assert_int_equal(make(DRAFT_LIKE), DRAFT_OK);
    assert_int_equal(draft->n_items, 2);
    assert_null(draft->parent);
    look(T0_MS);
    expect_fault("reference", "MISSING");
    assert_string_equal(h.q[0].letter->request->reference, "XA-NCC-2026-0417"); /* the letter is as it was */
}

static void what_the_other_side_said_of_itself_is_in_no_draft(void **state)
{
    (void)state;
    asked_for(1);
    assert_int_equal(make(DRAFT_LIKE), DRAFT_OK);
    assert_non_null(draft->authority);
    assert_non_null(draft->confirmation);
    source.own = SIDE_R;
    h.q[0].letter->request->proceedings = (char *)(uintptr_t) "4 Kls 77/26";
    r_says(LETTER_HELD, 0);
    r_writes(&h, letter_make(arena, LETTER_DISCLOSED_43, T0_MS, 1), T0_MS, 1);
    static const enum draft_kind kinds[] = {DRAFT_LIKE, DRAFT_PRESERVE, DRAFT_HOP, DRAFT_MLA};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_int_equal(make(kinds[i]), DRAFT_OK);
        assert_null(draft->authority);
        assert_null(draft->confirmation);
        assert_null(draft->investigating);
        assert_null(draft->custodian_told);
        assert_string_equal(draft->proceedings, "");
    }
}

static void assistance_is_asked_for_with_what_is_held(void **state)
{
    (void)state;
    asked_for(3);
    assert_int_equal(make(DRAFT_MLA), DRAFT_NOTHING);
    r_says(LETTER_ACK, 0);
    r_says(LETTER_HELD, 2);
    r_says(LETTER_NOT_HELD, 3);
    assert_int_equal(make(DRAFT_MLA), DRAFT_OK);
    assert_int_equal(draft->type, COMITY__REQUEST__TYPE__MLA);
    assert_int_equal(draft->n_items, 1);
    const Comity__HoldRef *hold = draft->items[0]->holds[0];
    assert_string_equal(hold->party, "XB/poc");
    assert_string_equal(hold->reference, "XB-2026-88");
    assert_int_equal(hold->case_id.data[0], 7);
    assert_int_equal(hold->items[0], 2);
    look(T0_MS);
    assert_int_equal(faults.count, 3);
    assert_non_null(letter_fault("reference", "MISSING"));
    assert_non_null(letter_fault("assistance", "MISSING"));
    assert_non_null(letter_fault("proceedings", "MISSING"));
}

static void a_trail_is_followed_to_the_next_state(void **state)
{
    (void)state;
    asked_for(1);
    r_says(LETTER_HELD, 0);
    assert_int_equal(make(DRAFT_HOP), DRAFT_NOTHING);
    Comity__Letter *said = letter_make(arena, LETTER_DISCLOSED_43, T0_MS, 1);
    r_writes(&h, said, T0_MS, 1);
    assert_int_equal(make(DRAFT_HOP), DRAFT_OK);
    assert_int_equal(draft->parent->relation, COMITY__PARENT__RELATION__HOP);
    assert_string_equal(draft->parent->state, "XB");
    assert_int_equal(draft->parent->hops, 1);
    assert_string_equal(draft->items[0]->custodian, "Example Transit");
    assert_string_equal(draft->items[0]->identifiers[0]->value, "198.51.100.7");
    look(T0_MS);
    expect_fault("reference", "MISSING");
    said->disclosed_43->withheld = 1;
    assert_int_equal(make(DRAFT_HOP), DRAFT_NOTHING);
    said->disclosed_43->withheld = 0;
    Comity__Parent before = COMITY__PARENT__INIT;
    before.relation = COMITY__PARENT__RELATION__HOP;
    before.hops = 15;
    Comity__Request *request = h.q[0].letter->request;
    request->parent = &before;
    assert_int_equal(make(DRAFT_HOP), DRAFT_OK);
    assert_int_equal(draft->parent->hops, 16);
    before.hops = 16;
    assert_int_equal(make(DRAFT_HOP), DRAFT_TOO_FAR);
}

static void what_was_referred_and_what_ended_is_asked_for_again(void **state)
{
    (void)state;
    asked_for(3);
    assert_int_equal(make(DRAFT_REOPEN), DRAFT_NOTHING);
    r_says(LETTER_NOT_HELD, 1);
    r_says(LETTER_REFERRED, 2);
    assert_int_equal(make(DRAFT_REFERRAL), DRAFT_OK);
    assert_int_equal(draft->n_items, 1);
    assert_int_equal(draft->parent->relation, COMITY__PARENT__RELATION__REFERRED);
    assert_string_equal(draft->parent->state, "XB");
    assert_string_equal(draft->parent->reference, "XA-NCC-2026-0417"); /* R gave no number of its own */
    assert_int_equal(make(DRAFT_REOPEN), DRAFT_OK);
    assert_int_equal(draft->n_items, 2);
    assert_int_equal(draft->parent->relation, COMITY__PARENT__RELATION__REOPENS);
    assert_string_equal(draft->previous, "XA-NCC-2026-0417");
    look(T0_MS);
    expect_fault("reference", "MISSING");
}

static void a_hold_is_drafted_of_anything(void **state)
{
    (void)state;
    asked_for(1);
    Comity__Request *request = h.q[0].letter->request;
    Comity__Emergency emergency = COMITY__EMERGENCY__INIT;
    request->type = COMITY__REQUEST__TYPE__EMERGENCY;
    request->emergency = &emergency;
    request->mla = NULL;
    request->hold_days = 0;
    assert_int_equal(make(DRAFT_PRESERVE), DRAFT_OK);
    assert_null(draft->emergency);
    assert_int_equal(draft->hold_days, 90);
    assert_true(draft->mla->intended);
    look(T0_MS);
    expect_fault("reference", "MISSING");
}

static void nothing_is_drafted_of_nothing_or_without_room(void **state)
{
    (void)state;
    enum draft_kind kind = DRAFT_LIKE;
    fold.request = NULL;
    assert_int_equal(draft_make(&source, DRAFT_LIKE, arena, &draft), DRAFT_NO_REQUEST);
    asked_for(1);
    r_says(LETTER_HELD, 0);
    for (unsigned i = 0; i < DRAFT_KINDS; i++) {
        struct arena *small = arena_new(64);
        history_fold(&h, &fold);
        enum draft_outcome outcome = draft_make(&source, (enum draft_kind)i, small, &draft);
        assert_true(outcome == DRAFT_EXHAUSTED || outcome == DRAFT_NOTHING);
        arena_free(small);
        assert_true(draft_kind_of_name(draft_name((enum draft_kind)i), &kind));
        assert_int_equal(kind, i);
    }
    assert_null(draft);
    assert_false(draft_kind_of_name("copy", &kind));
}

static void the_description_of_the_api_has_every_word(void **state)
{
    (void)state;
    const char *top = getenv("COMITY_TOP");
    const char *path = arena_format(arena, "%s/docs/api.yaml", top == NULL ? "." : top);
    const char *words = arena_format(arena, "enum: [%s]", draft_names(arena));
    struct error error = {.text = ""};
    struct bytes text;
    assert_int_equal(files_read(path, (size_t)1 << 20, arena, &text, &error), FILES_OK);
    assert_non_null(strstr((const char *)text.data, words));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, checked_letter_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_same_once_more_lacks_its_number_alone),
        TEST(what_the_other_side_said_of_itself_is_in_no_draft),
        TEST(assistance_is_asked_for_with_what_is_held),
        TEST(a_trail_is_followed_to_the_next_state),
        TEST(what_was_referred_and_what_ended_is_asked_for_again),
        TEST(a_hold_is_drafted_of_anything),
        TEST(nothing_is_drafted_of_nothing_or_without_room),
        TEST(the_description_of_the_api_has_every_word),
    };
    return cmocka_run_group_tests_name("drafts", tests, NULL, NULL);
}
