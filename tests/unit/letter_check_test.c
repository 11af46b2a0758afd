/* SPDX-License-Identifier: Apache-2.0 */
/* The check before signing: each letter made wrong in one way has that fault and no other; all faults are named at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/lifecycle.h"
#include "tests/support/checked_letter.h"

static struct history h;
static struct case_fold fold;

static int setup(void **state)
{
    (void)checked_letter_setup(state);
    history_init(&h, arena);
    return 0;
}

#define EMPTY text_make(arena, "")

/* --- the other letters by themselves --- */

/* A letter of R in a case where it may be sent, made wrong in one way. */
#define WRONG_R(kind, from, change, path, code)                                                              \
    do {                                                                                                     \
        history_init(&h, arena);                                                                             \
        uint64_t now = history_reach(&h, from, RESULT_NONE);                                                 \
        history_fold(&h, &fold);                                                                             \
        letter = letter_make(arena, kind, now, 1);                                                           \
        letter_check_at(SIDE_R, &fold, now);                                                                 \
        expect_no_fault();                                                                                   \
        change;                                                                                              \
        letter_check_at(SIDE_R, &fold, now);                                                                 \
        expect_fault(path, code);                                                                            \
    } while (0)

static void each_fault_of_an_answer_is_named(void **state)
{
    (void)state;
    WRONG_R(LETTER_ACK, ITEM_ASKED, letter->ack->reference = EMPTY, "reference", "MISSING");
    WRONG_R(LETTER_ACK, ITEM_ASKED, letter->ack->answer = 0, "answer", "MISSING");
    WRONG_R(LETTER_ACK, ITEM_ASKED, letter->ack->form = EMPTY, "form", "MISSING");
    WRONG_R(LETTER_ACK, ITEM_ASKED, letter->ack->answer_by = NULL, "answerBy", "MISSING");
    WRONG_R(LETTER_ACK, ITEM_ASKED, letter->ack->answer_by = instant_make(arena, T0_MS), "answerBy", "PAST");
    WRONG_R(LETTER_ACK, ITEM_ASKED, letter->ack->answer = COMITY__ACK__ANSWER__WILL_NOT_ANSWER, "text",
            "MISSING");
    WRONG_R(LETTER_INFO_ASKED, ITEM_ASKED, letter->info_asked->n_questions = 0, "questions", "MISSING");
    WRONG_R(LETTER_INFO_ASKED, ITEM_ASKED, letter->info_asked->questions[0]->code = 0, "questions[0].code",
            "MISSING");
    WRONG_R(LETTER_INFO_ASKED, ITEM_ASKED, letter->info_asked->questions[0]->text = EMPTY,
            "questions[0].text", "MISSING");
    WRONG_R(LETTER_INFO_ASKED, ITEM_ASKED, letter->info_asked->by = instant_make(arena, T0_MS), "by", "PAST");
    WRONG_R(LETTER_ORDERED, ITEM_ASKED, letter->ordered->authorisation = NULL, "authorisation", "MISSING");
    WRONG_R(LETTER_ORDERED, ITEM_ASKED, letter->ordered->authorisation->authority = EMPTY,
            "authorisation.authority", "MISSING");
    WRONG_R(LETTER_ORDERED, ITEM_ASKED, letter->ordered->authorisation->kind = 0, "authorisation.kind",
            "MISSING");
    WRONG_R(LETTER_ORDERED, ITEM_ASKED, letter->ordered->authorisation->reference = EMPTY,
            "authorisation.reference", "MISSING");
    WRONG_R(LETTER_ORDERED, ITEM_ASKED, letter->ordered->authorisation->issued_at = NULL,
            "authorisation.issuedAt", "MISSING");
    WRONG_R(LETTER_ORDERED, ITEM_ASKED, letter->ordered->custodian = EMPTY, "custodian", "MISSING");
    WRONG_R(LETTER_ORDERED, ITEM_ASKED, letter->ordered->served_at = NULL, "servedAt", "MISSING");
    WRONG_R(LETTER_ORDERED, ITEM_ASKED, letter->ordered->served_at = instant_make(arena, T0_MS + MS_PER_DAY),
            "servedAt", "FUTURE");
    WRONG_R(LETTER_NOT_HELD, ITEM_ASKED, letter->not_held->cause = 0, "cause", "MISSING");
    WRONG_R(LETTER_NOT_HELD, ITEM_ASKED, letter->not_held->cause = COMITY__NOT_HELD__CAUSE__DUPLICATE_OF,
            "duplicateOf", "MISSING");
    WRONG_R(LETTER_NOT_HELD, ITEM_ASKED, letter->not_held->state = text_make(arena, "XC"), "state",
            "INCONSISTENT");
    WRONG_R(LETTER_REFUSED, ITEM_ASKED, letter->refused->ground = 0, "ground", "MISSING");
    WRONG_R(LETTER_REFUSED, ITEM_ASKED, letter->refused->text = EMPTY, "text", "MISSING");
    WRONG_R(LETTER_EXTENDED, ITEM_HELD, letter->extended->zone = EMPTY, "zone", "MISSING");
    WRONG_R(LETTER_STATUS, ITEM_HELD, letter->status->text = EMPTY, "text", "MISSING");
}

static void each_fault_of_a_hold_is_named(void **state)
{
    (void)state;
    WRONG_R(LETTER_HELD, ITEM_ORDERED, letter->held->held_from = NULL, "heldFrom", "MISSING");
    WRONG_R(LETTER_HELD, ITEM_ORDERED, letter->held->hold_until = NULL, "holdUntil", "MISSING");
    WRONG_R(LETTER_HELD, ITEM_ORDERED, letter->held->zone = EMPTY, "zone", "MISSING");
    WRONG_R(LETTER_HELD, ITEM_ORDERED, letter->held->zone = text_make(arena, "/"), "zone", "NOT_A_ZONE");
    WRONG_R(LETTER_HELD, ITEM_ORDERED, letter->held->scope = EMPTY, "scope", "MISSING");
    WRONG_R(LETTER_HELD, ITEM_ORDERED, letter->held->custodian_reference = EMPTY, "custodianReference",
            "MISSING");
    WRONG_R(LETTER_HELD, ITEM_ORDERED, letter->held->held_from->ms += (int64_t)MS_PER_HOUR, "heldFrom",
            "FUTURE");
    WRONG_R(LETTER_HELD, ITEM_ORDERED, letter->held->held_from->ms = 0, "heldFrom", "TOO_EARLY");
    WRONG_R(LETTER_HELD, ITEM_ORDERED,
            letter->held->held_from->ms = letter->held->hold_until->ms = -(int64_t)MS_PER_DAY, "heldFrom",
            "TOO_EARLY");
    WRONG_R(LETTER_HELD, ITEM_ORDERED,
            letter->held->hold_until->ms = letter->held->held_from->ms + 30 * (int64_t)MS_PER_DAY,
            "holdUntil", "TOO_SHORT");
    WRONG_R(LETTER_HELD, ITEM_ORDERED,
            letter->held->hold_until->ms = letter->held->held_from->ms + 60 * (int64_t)MS_PER_DAY - 1,
            "holdUntil", "TOO_SHORT");
}

/* Six hours east of UTC without summer time: a TZif file (RFC 8536) of one type. */
static const struct zone *zone_plus_six(void)
{
    static const char v2[] =
        "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
        "\0\0\0\0\0\0"
        "XXX";
    uint8_t bytes[128];
    size_t used = 44 + 6 + 4;
    memcpy(bytes, v2, used);
    memset(bytes + 20, 0, 24);
    bytes[39] = 1; /* typecnt */
    bytes[43] = 4; /* charcnt */
    memcpy(bytes + 44, "\0\0\x54\x60\0\0+06", 10);
    memcpy(bytes + used, bytes, used);
    memcpy(bytes + 2 * used, "\n<+06>-6\n", 9);
    return zone_read(bytes_of(bytes, 2 * used + 9), arena);
}

static void a_hold_ends_at_a_midnight_of_r_where_its_zone_is_known(void **state)
{
    (void)state;
    const struct zone *zone = zone_plus_six();
    assert_non_null(zone);
    uint64_t floor_ms = hold_floor_ms(T0_MS, 60, zone);
    assert_int_equal(floor_ms,
                     T0_MS + 60 * MS_PER_DAY + 10 * MS_PER_HOUR); /* 14:00 there: midnight is 10 h on */
    assert_int_equal(hold_floor_ms(T0_MS, 90, NULL), T0_MS + 90 * MS_PER_DAY);
    assert_int_equal(hold_floor_ms(T0_MS, 30, NULL), T0_MS + 60 * MS_PER_DAY);
    history_reach(&h, ITEM_ORDERED, RESULT_NONE);
    history_fold(&h, &fold);
    letter = letter_make(arena, LETTER_HELD, T0_MS, 1);
    letter->held->hold_until = instant_make(arena, floor_ms - 1);
    struct letter_terms terms = {.q = &checked_q, .r = &checked_r, .r_zone = zone, .now = {.ms = T0_MS}};
    letter_check(letter, SIDE_R, &fold, &terms, &faults);
    expect_fault("holdUntil", "TOO_SHORT");
    assert_non_null(strstr(faults.list[0].text, "2027-01-15T18:00:00Z"));
    letter->held->hold_until->ms++;
    faults_init(&faults, arena);
    letter_check(letter, SIDE_R, &fold, &terms, &faults);
    expect_no_fault();
}

static void each_fault_of_the_requesting_side_is_named(void **state)
{
    (void)state;
    uint64_t now = history_reach(&h, ITEM_HELD, RESULT_NONE);
    r_writes(&h, letter_make(arena, LETTER_INFO_ASKED, now, 1), now, 1);
    history_fold(&h, &fold);
    letter = letter_make(arena, LETTER_EXTEND, now, 1);
    letter->extend->days = 0;
    letter->extend->text = EMPTY;
    letter->extend->mla_progress = EMPTY;
    letter_check_at(SIDE_Q, &fold, now);
    assert_int_equal(faults.count, 3);
    letter = letter_make(arena, LETTER_INFO_GIVEN, now, 1);
    letter_check_at(SIDE_Q, &fold, now);
    expect_no_fault();
    letter->info_given->answers[0]->text = EMPTY;
    letter_check_at(SIDE_Q, &fold, now);
    expect_fault("answers[0].text", "MISSING");
    letter = letter_make(arena, LETTER_INFO_GIVEN, now, 1);
    letter->info_given->answers[0]->question = 2;
    letter_check_at(SIDE_Q, &fold, now);
    assert_int_equal(faults.count, 2);
    assert_non_null(letter_fault("answers", "UNANSWERED"));
    assert_non_null(letter_fault("answers[0].question", "NO_QUESTION"));
}

/* --- against the case --- */

static void a_wrong_ground_is_refused_and_the_right_ones_named(void **state)
{
    (void)state;
    history_reach(&h, ITEM_ASKED, RESULT_NONE);
    Comity__Letter *request = (Comity__Letter *)(uintptr_t)h.q[0].letter;
    history_fold(&h, &fold);
    letter = letter_make(arena, LETTER_REFUSED, T0_MS, 1);
    letter->refused->ground = COMITY__REFUSED__GROUND__DUAL_CRIMINALITY;
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_fault("ground", "NOT_A_GROUND");
    assert_non_null(strstr(faults.list[0].text, "G21B, G21C, G22;"));
    letter->refused->ground = COMITY__REFUSED__GROUND__RE; /* an offence of arts 7-17 */
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_fault("ground", "NOT_A_GROUND");
    request->request->offence->codes[0] = COMITY__OFFENCE__CODE__SERIOUS_CRIME;
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_no_fault();
    request->request->basis->instrument = COMITY__BASIS__INSTRUMENT__BUDAPEST;
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_fault("ground", "NOT_A_GROUND");
    assert_non_null(strstr(faults.list[0].text, "POLITICAL_OFFENCE, B29_5_B, B29_4;"));
    request->request->basis->instrument = COMITY__BASIS__INSTRUMENT__OTHER;
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_no_fault();
}

/* Everything that arrives complete is filed: the fold flags what the table or the treaty forbids. */
static void what_arrives_is_checked_for_completeness_alone(void **state)
{
    (void)state;
    struct letter_terms terms = {.q = &checked_q, .r = &checked_r, .now = {.ms = T0_MS}};
    letter = letter_make(arena, LETTER_REFUSED, T0_MS, 1);
    letter->refused->ground = COMITY__REFUSED__GROUND__DUAL_CRIMINALITY;
    letter_check_arrived(letter, SIDE_R, &terms, &faults);
    expect_no_fault();
    letter_check_arrived(letter, SIDE_Q, &terms, &faults);
    expect_fault("", "WRONG_SIDE");
    faults_init(&faults, arena);
    letter->refused->text = EMPTY;
    letter_check_arrived(letter, SIDE_R, &terms, &faults);
    expect_fault("text", "MISSING");
    faults_init(&faults, arena);
    letter_check_arrived(letter_make(arena, LETTER_NONE, T0_MS, 1), SIDE_R, &terms, &faults);
    expect_fault("", "MISSING");
    faults_init(&faults, arena);
    letter = letter_make(arena, LETTER_REQUEST, T0_MS, 1);
    letter->request->confirmation->phone = text_make(arena, "+1");
    letter_check_arrived(letter, SIDE_Q, &terms, &faults);
    expect_no_fault();
}

static bool is_next(const struct case_fold *against, enum side side, uint64_t now, enum letter_kind kind)
{
    enum letter_kind next[LETTER_KINDS + 1];
    letter_next(against, side, (wall_ms){.ms = now}, next);
    for (size_t i = 0; next[i] != LETTER_NONE; i++) {
        if (next[i] == kind) {
            return true;
        }
    }
    return false;
}

/* By every cell: what the table forbids or makes void may not be signed, all else may. "next" says the same. */
static void the_check_and_next_follow_every_cell(void **state)
{
    (void)state;
    static const enum item_state states[] = {ITEM_ASKED, ITEM_ORDERED, ITEM_HELD, ITEM_ENDED};
    for (size_t i = 0; i < EXPECTED_ROWS * 4; i++) {
        const struct expected_row *row = &expected_rows[i / 4];
        enum item_state from = states[i % 4];
        history_init(&h, arena);
        uint64_t now = history_reach(&h, from, RESULT_NOT_FOUND);
        if (row->kind == LETTER_INFO_GIVEN && from != ITEM_ENDED) {
            r_writes(&h, letter_make(arena, LETTER_INFO_ASKED, now, 1), now, 1);
        }
        if (row->why == COMITY__RELEASED__WHY__WITHDRAWN) {
            q_writes(&h, letter_make(arena, LETTER_WITHDRAW, now, 1), now);
        }
        now += row->why == COMITY__RELEASED__WHY__EXPIRED ? 70 * MS_PER_DAY : MS_PER_HOUR;
        history_fold(&h, &fold);
        letter = letter_make(arena, row->kind, now, 1);
        if (row->kind == LETTER_RELEASED) {
            letter->released->why = row->why;
        }
        const char *cell = row->cells[from - 1];
        bool may = strcmp(cell, "-") != 0 && strncmp(cell, "void", 4) != 0 && strcmp(cell, "dup") != 0 &&
                   strcmp(cell, "late") != 0;
        letter_check_at(row->side, &fold, now);
        if (may) {
            expect_no_fault();
        } else {
            assert_true(faults.count != 0);
        }
        assert_int_equal(is_next(&fold, row->side, now, row->kind), may);
        letter_check_at(row->side == SIDE_Q ? SIDE_R : SIDE_Q, &fold, now);
        assert_non_null(letter_fault("", "WRONG_SIDE"));
        assert_int_equal(letter_signatures_needed(row->kind, letter), row->signatures);
        arena_reset(arena);
    }
}

static void a_case_begins_with_a_request_and_has_one(void **state)
{
    (void)state;
    assert_true(is_next(NULL, SIDE_Q, T0_MS, LETTER_REQUEST));
    assert_false(is_next(NULL, SIDE_R, T0_MS, LETTER_ACK));
    letter = letter_make(arena, LETTER_WITHDRAW, T0_MS, 1);
    letter_check_at(SIDE_Q, NULL, T0_MS);
    expect_fault("", "NO_CASE");
    history_reach(&h, ITEM_ASKED, RESULT_NONE);
    history_fold(&h, &fold);
    letter = letter_make(arena, LETTER_REQUEST, T0_MS, 1);
    letter_check_at(SIDE_Q, &fold, T0_MS);
    expect_fault("", "DUPLICATE");
}

static void a_refused_item_is_named_with_its_state_and_what_is_possible(void **state)
{
    (void)state;
    q_writes(&h, letter_make(arena, LETTER_REQUEST, T0_MS, 3), T0_MS);
    uint32_t two = 2, list[4] = {1, 2, 9, 1};
    r_writes(&h, letter_make_of(arena, LETTER_NOT_HELD, T0_MS, &two, 1), T0_MS, 1);
    history_fold(&h, &fold);
    letter = letter_make_of(arena, LETTER_HELD, T0_MS, list, 4);
    letter_check_at(SIDE_R, &fold, T0_MS);
    assert_int_equal(faults.count, 3);
    const char *text = letter_fault("items[1]", "NOT_NOW")->text;
    assert_non_null(strstr(text, "item 2, which is ENDED (NOT_FOUND)"));
    assert_non_null(strstr(text, "possible now: INFO_ASKED, ORDERED, HELD, NOT_HELD, REFUSED, STATUS"));
    assert_non_null(letter_fault("items[2]", "NO_ITEM"));
    assert_non_null(letter_fault("items[3]", "DUPLICATE"));
    letter = letter_make(arena, LETTER_HELD, T0_MS, 1); /* unnamed: items 1 and 3 */
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_no_fault();
}

static void a_hold_is_not_released_as_expired_before_its_grace(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    history_fold(&h, &fold);
    uint64_t grace = fold.items[0].grace_until_ms;
    letter = letter_make(arena, LETTER_RELEASED, T0_MS, 1);
    letter->released->why = COMITY__RELEASED__WHY__EXPIRED;
    letter_check_at(SIDE_R, &fold, grace - 1);
    expect_fault("items", "TOO_EARLY");
    assert_false(is_next(&fold, SIDE_R, grace - 1, LETTER_RELEASED));
    letter_check_at(SIDE_R, &fold, grace);
    expect_no_fault();
    assert_true(is_next(&fold, SIDE_R, grace, LETTER_RELEASED));
    q_writes(&h, letter_make(arena, LETTER_EXTEND, ms, 1), ms);
    history_fold(&h, &fold);
    letter_check_at(SIDE_R, &fold, grace);
    expect_fault("items", "WAITED_FOR");
}

static void an_extension_is_asked_after_expiry_only_up_to_the_date(void **state)
{
    (void)state;
    history_reach(&h, ITEM_ENDED, RESULT_EXPIRED);
    history_fold(&h, &fold);
    uint64_t until = (uint64_t)fold.items[0].hold_until.ms;
    letter = letter_make(arena, LETTER_EXTEND, T0_MS, 1);
    letter_check_at(SIDE_Q, &fold, until + 1);
    expect_fault("items", "LATE");
    letter_check_at(SIDE_Q, &fold, until);
    expect_no_fault();
}

static void rows_are_answered_where_they_were_asked_for(void **state)
{
    (void)state;
    Comity__Letter *request = letter_make(arena, LETTER_REQUEST, T0_MS, 2);
    request->request->items[1]->rows = text_make(arena, "value,at\n203.0.113.5,2026-11-14T02:11:09Z\n"
                                                        "203.0.113.6,2026-11-14T02:11:10Z");
    q_writes(&h, request, T0_MS);
    history_fold(&h, &fold);
    uint32_t one = 1, two = 2;
    letter = letter_make_of(arena, LETTER_HELD, T0_MS, &two, 1);
    letter->held->rows = text_make(arena, "1 held\n2 not kept");
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_no_fault();
    letter->held->rows = text_make(arena, "1-3 held");
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_fault("rows", "NO_ROW");
    letter = letter_make_of(arena, LETTER_NOT_HELD, T0_MS, &one, 1);
    letter->not_held->rows = text_make(arena, "1");
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_fault("rows", "NO_ROWS");
    letter = letter_make(arena, LETTER_NOT_HELD, T0_MS, 1); /* both items */
    letter->not_held->rows = text_make(arena, "1");
    letter_check_at(SIDE_R, &fold, T0_MS);
    expect_fault("rows", "NO_ROWS");
}

static void a_call_is_answered_on_a_number_of_the_roster(void **state)
{
    (void)state;
    letter = letter_make(arena, LETTER_ORAL_NOTED, T0_MS, 1);
    letter_check_at(SIDE_R, NULL, T0_MS);
    expect_no_fault();
    letter->oral_noted->number_called_back = text_make(arena, "+99 555 0101");
    letter_check_at(SIDE_R, NULL, T0_MS);
    expect_fault("numberCalledBack", "NOT_IN_ROSTER");
}

static void nothing_is_asked_twice(void **state)
{
    (void)state;
    uint64_t ms = history_reach(&h, ITEM_HELD, RESULT_NONE);
    static const enum letter_kind asks[] = {LETTER_WITHDRAW, LETTER_EXTEND, LETTER_STATUS_ASK};
    for (size_t i = 0; i < 3; i++) {
        q_writes(&h, letter_make(arena, asks[i], ms, 1), ms);
    }
    history_fold(&h, &fold);
    for (size_t i = 0; i < 3; i++) {
        letter = letter_make(arena, asks[i], ms, 1);
        letter_check_at(SIDE_Q, &fold, ms);
        expect_fault("items", "ALREADY_ASKED");
    }
    letter = letter_make(arena, LETTER_INFO_GIVEN, ms, 1);
    letter_check_at(SIDE_Q, &fold, ms);
    expect_fault("items", "NOT_ASKED");
}

static void two_sign_a_refusal(void **state)
{
    (void)state;
    assert_int_equal(letter_signatures_needed(LETTER_REFUSED, NULL), 2);
    assert_int_equal(letter_signatures_needed(LETTER_HELD, NULL), 1);
    assert_int_equal(letter_signatures_needed(LETTER_NONE, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, checked_letter_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_fault_of_an_answer_is_named),
        TEST(each_fault_of_a_hold_is_named),
        TEST(a_hold_ends_at_a_midnight_of_r_where_its_zone_is_known),
        TEST(each_fault_of_the_requesting_side_is_named),
        TEST(a_wrong_ground_is_refused_and_the_right_ones_named),
        TEST(what_arrives_is_checked_for_completeness_alone),
        TEST(the_check_and_next_follow_every_cell),
        TEST(a_case_begins_with_a_request_and_has_one),
        TEST(a_refused_item_is_named_with_its_state_and_what_is_possible),
        TEST(a_hold_is_not_released_as_expired_before_its_grace),
        TEST(an_extension_is_asked_after_expiry_only_up_to_the_date),
        TEST(rows_are_answered_where_they_were_asked_for),
        TEST(a_call_is_answered_on_a_number_of_the_roster),
        TEST(nothing_is_asked_twice),
        TEST(two_sign_a_refusal),
    };
    return cmocka_run_group_tests_name("letter_check", tests, NULL, NULL);
}
