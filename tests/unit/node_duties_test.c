/* SPDX-License-Identifier: Apache-2.0 */
/* What a node says by itself as the requested side: echoes of pings, as far as its party consents. The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/letters.h"
#include "nodes/node_duties.h"
#include "nodes/node_private.h"
#include "nodes/node_says.h"
#include "tests/support/letter_bodies.h"
#include "tests/support/node_sent.h"

#define QUIET_FROM  (22 * 60)
#define QUIET_UNTIL (6 * 60)

static const struct day_span night[] = {{QUIET_FROM, QUIET_UNTIL}};

static void consent(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)arena;
    for (size_t i = 0; i < draft->party_count; i++) {
        if (strcmp(draft->parties[i].address.text, "XB/poc") == 0) {
            draft->parties[i].ping = context;
        }
    }
}

static Comity__Letter *ping_make(struct rig *rig)
{
    Comity__Letter *letter = arena_take(rig->arena, sizeof *letter);
    comity__letter__init(letter);
    letter->body_case = COMITY__LETTER__BODY_REQUEST;
    letter->request = (Comity__Request *)message_of_text(
        rig->arena, &comity__request__descriptor,
        "{\"type\": \"PING\", \"reference\": \"XA-P-1\", \"ping\": {\"by\": \"@24\"}}", rig->wall.ms, NULL);
    return letter;
}

/* XA/poc pings; the case. */
static struct case_id ping(struct rig *rig, struct sample *s, uint32_t seq, const struct sample *previous)
{
    struct case_id id;
    rig_letter(rig, s, LETTER_REQUEST, seq, 1, NULL);
    if (previous != NULL) {
        s->prev = previous->id.digest;
        s->header.prev = wire_binary(digest_bytes(&s->prev));
    }
    s->letter = ping_make(rig);
    rig_send(rig, s);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s->id));
    memcpy(id.bytes, s->case_id.bytes, sizeof id.bytes);
    rig_tick(rig, 1000);
    return id;
}

static const struct case_fold *fold_of(struct rig *rig, const struct case_id *id)
{
    const struct case_fold *fold = case_load(rig->node, id, rig->arena);
    assert_non_null(fold);
    return fold;
}

/* How many letters of that kind the node itself has written in the case. */
static size_t own_letters(struct rig *rig, const struct case_id *id, enum letter_kind kind)
{
    size_t count = 0, found = 0;
    const struct letter_row *rows = letter_list(rig->node, id, rig->arena, &count);
    for (size_t i = 0; i < count; i++) {
        found += rows[i].own && rows[i].kind == kind;
    }
    return found;
}

static void without_consent_no_ping_is_echoed(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_link(rig);
    struct case_id id = ping(rig, &s, 1, NULL);
    assert_int_equal(own_letters(rig, &id, LETTER_ECHO), 0);
    assert_int_equal(own_letters(rig, &id, LETTER_RELEASED), 1);
    assert_int_equal(fold_of(rig, &id)->items[0].result, RESULT_NO_CONSENT);
}

static void a_ping_is_echoed_once_and_ends_when_nobody_answers(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct ping_consent given = {.given = true, .per_year = 12, .answer_hours = 24};
    rig_change_roster(rig, consent, &given);
    rig_link(rig);
    struct case_id id = ping(rig, &s, 1, NULL);
    assert_int_equal(own_letters(rig, &id, LETTER_ECHO), 1);
    assert_int_equal(fold_of(rig, &id)->items[0].state, ITEM_ASKED);
    rig_tick(rig, 23 * MS_PER_HOUR);
    rig_tick(rig, 1000);
    assert_int_equal(fold_of(rig, &id)->items[0].state, ITEM_ASKED);
    rig_tick(rig, 2 * MS_PER_HOUR);
    rig_tick(rig, 1000);
    assert_int_equal(fold_of(rig, &id)->items[0].result, RESULT_SILENT);
    assert_int_equal(own_letters(rig, &id, LETTER_ECHO), 1);
    assert_int_equal(own_letters(rig, &id, LETTER_RELEASED), 1);
}

static void more_pings_in_a_year_than_consented_to_are_refused(void **state)
{
    struct rig *rig = *state;
    struct sample first, second;
    struct ping_consent given = {.given = true, .per_year = 1, .answer_hours = 24};
    rig_change_roster(rig, consent, &given);
    rig_link(rig);
    struct case_id id = ping(rig, &first, 1, NULL);
    assert_int_equal(own_letters(rig, &id, LETTER_ECHO), 1);
    id = ping(rig, &second, 2, &first);
    assert_int_equal(own_letters(rig, &id, LETTER_ECHO), 0);
    assert_int_equal(fold_of(rig, &id)->items[0].result, RESULT_NO_CONSENT);
}

/* What is real goes on as ever beside an exercise, and says nothing of it. */
static void a_node_in_an_exercise_goes_on_with_a_real_case(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig->options.has_exercise = true;
    rig->options.exercise.bytes[0] = 5;
    rig_restart(rig);
    rig->link.number = 70;
    rig_link(rig);
    struct case_id id = ping(rig, &s, 1, NULL);
    assert_int_equal(own_letters(rig, &id, LETTER_RELEASED), 1);
    rig_give_prekeys(rig, 1);
    struct envelope_id envelope;
    const Comity__Header *header = rig_submitted(rig, 0, &envelope);
    assert_non_null(header);
    assert_int_equal(header->exercise.len, 0);
}

/* Refused for good, it would be refused again at once, and so on without end. */
static void what_failed_for_good_is_said_again_after_a_pause(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct envelope_id envelope;
    rig_link(rig);
    struct case_id id = ping(rig, &s, 1, NULL);
    assert_int_equal(own_letters(rig, &id, LETTER_RELEASED), 1);
    rig_give_prekeys(rig, 1);
    const Comity__Header *header = rig_submitted(rig, 0, &envelope);
    assert_non_null(header);
    rig_give_receipt(rig, RECEIPT_REFUSED, header, &envelope, REASON_EXERCISE);
    rig_tick(rig, 1000);
    rig_tick(rig, SAY_AGAIN_MS);
    rig_tick(rig, 1000);
    assert_int_equal(own_letters(rig, &id, LETTER_RELEASED), 1);
    rig_tick(rig, SAY_AGAIN_MS);
    rig_tick(rig, 1000);
    assert_int_equal(own_letters(rig, &id, LETTER_RELEASED), 2);
}

static void quiet_hours_are_those_of_the_wall_there(void **state)
{
    const struct ping_consent consents = {.given = true, .quiet = night, .quiet_count = 1, .per_year = 12};
    const uint64_t day = UINT64_C(1794787200000); /* 2026-11-16T00:00:00Z */
    (void)state;
    assert_non_null(ping_refusal(&consents, NULL, day, 0));
    assert_non_null(ping_refusal(&consents, NULL, day + QUIET_UNTIL * MS_PER_MINUTE - 1, 0));
    assert_null(ping_refusal(&consents, NULL, day + QUIET_UNTIL * MS_PER_MINUTE, 0));
    assert_null(ping_refusal(&consents, NULL, day + QUIET_FROM * MS_PER_MINUTE - 1, 0));
    assert_non_null(ping_refusal(&consents, NULL, day + QUIET_FROM * MS_PER_MINUTE, 0));
    assert_null(ping_refusal(&consents, NULL, day + 12 * MS_PER_HOUR, 11));
    assert_non_null(ping_refusal(&consents, NULL, day + 12 * MS_PER_HOUR, 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
        CASE(without_consent_no_ping_is_echoed),
        CASE(a_ping_is_echoed_once_and_ends_when_nobody_answers),
        CASE(more_pings_in_a_year_than_consented_to_are_refused),
        CASE(a_node_in_an_exercise_goes_on_with_a_real_case),
        CASE(what_failed_for_good_is_said_again_after_a_pause),
        cmocka_unit_test(quiet_hours_are_those_of_the_wall_there),
    };
    return cmocka_run_group_tests_name("node_duties", tests, NULL, NULL);
}
