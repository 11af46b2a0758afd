/* SPDX-License-Identifier: Apache-2.0 */
/* A record read from real nodes: both sides show the same case, and what is measured of it is what they measure. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drills/measure/measures.h"
#include "drills/record/read_node.h"
#include "tests/support/officer.h"

struct setting {
    struct slab *slab;
    struct fixture *fixture;
    struct world *world;
    char *request;
    char case_id[33];
    unsigned exports;
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    json_t *answer = NULL;
    assert_non_null(s);
    assert_true(sodium_init() >= 0);
    s->slab = slab_new(256, NULL);
    s->fixture = fixture_new(s->slab);
    s->world = officer_world(s->fixture, 11);
    s->request = officer_sample_request();
    assert_true(world_settle(s->world, 1000));
    assert_int_equal(officer_send(s->world, s->fixture, "XA/poc", "XB/poc", s->request, &answer), 200);
    (void)snprintf(s->case_id, sizeof s->case_id, "%s", json_string_value(json_object_get(answer, "case")));
    json_decref(answer);
    assert_true(world_settle(s->world, 100000));
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;
    world_free(s->world);
    fixture_free(s->fixture);
    slab_free(s->slab);
    free(s->request);
    free(s);
    return 0;
}

static void send(struct setting *s, const char *party, const char *letter)
{
    assert_int_equal(officer_send(s->world, s->fixture, party, s->case_id, letter, NULL), 200);
    assert_true(world_settle(s->world, 100000));
}

struct asked {
    struct setting *s;
    const char *party;
    bool silent, spoiled, drilled;
};

/* As if what is there belonged to that exercise. */
static void put_into_exercise(json_t *json, enum verb verb)
{
    if (verb == VERB_INBOX) {
        (void)json_object_set(json, "exercises", json_object_get(json, "cases"));
        (void)json_object_set_new(json, "cases", json_array());
    } else if (verb == VERB_EXPORT) {
        (void)json_object_set_new(json, "exercise", json_string("5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"));
    }
}

static json_t *ask(void *context, const char *verb, const char *target, const char *query,
                   unsigned *ret_status)
{
    const struct asked *asked = context;
    enum verb number = strcmp(verb, "INBOX") == 0    ? VERB_INBOX
                       : strcmp(verb, "EXPORT") == 0 ? VERB_EXPORT
                                                     : VERB_STATS;
    *ret_status = asked->silent ? 0 : 200;
    if (asked->silent) {
        return NULL;
    }
    asked->s->exports += number == VERB_EXPORT;
    json_t *json = officer_get(asked->s->world, asked->party, number, target, query);
    if (asked->drilled) {
        put_into_exercise(json, number);
    }
    if (asked->spoiled && number == VERB_EXPORT) { /* a byte of the letter is another one */
        json_t *letter = json_array_get(json_object_get(json, "letters"), 0);
        (void)json_object_set_new(letter, "letter", json_string("////"));
    }
    return json;
}

static struct drill_record *record_make(void)
{
    struct drill_record *record = record_new();
    static const char *const addresses[] = {"XA/poc", "XB/poc"};
    static const char *const codes[] = {"XA", "XB"};
    record->head.start_ms = 1;
    for (size_t i = 0; i < 2; i++) {
        size_t state = record_add_state(record, &(struct record_state){.code = codes[i], .name = codes[i]});
        (void)record_add_party(record, &(struct record_party){.address = addresses[i], .state = state});
    }
    return record;
}

static struct record_read read_node(struct setting *s, struct drill_record *record, const char *party)
{
    struct record_read read;
    struct asked asked = {.s = s, .party = party};
    assert_true(record_read_node(record, record_find_party(record, party),
                                 &(struct record_source){.context = &asked, .ask = ask}, &read));
    return read;
}

static const char ack[] =
    "{\"ack\": {\"reference\": \"XB-77\", \"answer\": \"WILL_ANSWER\", \"form\": \"letter\", \"answerBy\": "
    "\"2026-06-03T12:00:00Z\"}}";

static void both_sides_give_one_record(void **state)
{
    struct setting *s = *state;
    uint8_t one[32], other[32];
    send(s, "XB/poc", ack);
    struct drill_record *first = record_make(), *second = record_make();
    assert_int_equal(read_node(s, first, "XA/poc").letters, 2);
    assert_string_equal(read_node(s, first, "XB/poc").trouble, "");
    (void)read_node(s, second, "XB/poc");
    (void)read_node(s, second, "XA/poc");
    uint64_t end_ms = first->letters.list[1].sealed_ms + MS_PER_HOUR;
    record_finish(first, end_ms);
    record_finish(second, end_ms);
    record_hash(first, one);
    record_hash(second, other);
    assert_memory_equal(one, other, 32);
    assert_int_equal(first->cases.count, 1);
    assert_int_equal(first->letters.count, 2);
    const struct record_letter *request = record_letter(first, 1), *answer = record_letter(first, 2);
    assert_string_equal(request->word, "REQUEST");
    assert_int_equal(request->side, RECORD_Q);
    assert_true(request->human && request->accepted_ms != 0 && request->delivered_ms >= request->accepted_ms);
    assert_string_equal(answer->word, "ACK");
    assert_int_equal(answer->side, RECORD_R);
    assert_true(answer->opened_ms == 0 && answer->delivered_ms != 0);
    assert_true(request->opened_ms != 0); /* with the answer */
    assert_int_equal(first->cases.list[0].urgency, RECORD_URGENT);
    record_free(first);
    record_free(second);
}

static void what_is_measured_is_what_the_node_measures(void **state)
{
    struct setting *s = *state;
    send(s, "XB/poc", ack);
    struct drill_record *record = record_make();
    (void)read_node(s, record, "XA/poc");
    (void)read_node(s, record, "XB/poc");
    record_finish(record, record->letters.list[1].sealed_ms + MS_PER_HOUR);
    struct drill_measures *m = measures_new(record, NULL);
    json_t *stats = officer_get(s->world, "XB/poc", VERB_STATS, "", "spans=acknowledge");
    const json_t *span = json_array_get(json_object_get(stats, "spans"), 0);
    struct instant start, stop;
    assert_int_equal(json_array_size(json_object_get(stats, "spans")), 1);
    assert_null(json_object_get(stats, "rows")); /* nothing else is measured for it */
    assert_int_equal(instant_read(bytes_of_text(json_string_value(json_object_get(span, "start"))), &start),
                     INSTANT_OK);
    assert_int_equal(instant_read(bytes_of_text(json_string_value(json_object_get(span, "stop"))), &stop),
                     INSTANT_OK);
    assert_string_equal(json_string_value(json_object_get(span, "outcome")), "done");
    assert_int_equal(m->facts[0].delivered_ms, (uint64_t)start.ms);
    assert_int_equal(m->facts[0].acknowledged_ms, (uint64_t)stop.ms);
    json_decref(stats);
    stats = officer_get(s->world, "XB/poc", VERB_STATS, "", "spans=nonsense");
    assert_string_equal(json_string_value(json_object_get(stats, "code")), "MALFORMED");
    json_decref(stats);
    measures_free(m);
    record_free(record);
}

static void a_case_that_ended_is_asked_for_once(void **state)
{
    struct setting *s = *state;
    send(s, "XB/poc",
         "{\"referred\": {\"state\": \"XC\", \"party\": \"XC/poc\", \"toldBy\": \"REQUESTING_SIDE_TELLS\", "
         "\"text\": \"There.\"}}");
    struct drill_record *record = record_make();
    s->exports = 0;
    (void)read_node(s, record, "XA/poc");
    assert_int_equal(s->exports, 1);
    (void)read_node(s, record, "XB/poc");
    assert_int_equal(s->exports, 1);
    assert_int_equal(record->letters.count, 2);
    record_free(record);
}

static void a_node_that_is_silent_or_lies_is_told_of(void **state)
{
    struct setting *s = *state;
    struct record_read read;
    struct drill_record *record = record_make();
    struct asked asked = {.s = s, .party = "XA/poc", .silent = true};
    const struct record_source source = {.context = &asked, .ask = ask};
    assert_false(record_read_node(record, 1, &source, &read));
    assert_string_not_equal(read.trouble, "");
    asked.silent = false;
    asked.spoiled = true;
    assert_true(record_read_node(record, 1, &source, &read));
    assert_int_equal(read.skipped, 1);
    assert_int_equal(record->letters.count, 0);
    assert_string_not_equal(read.trouble, "");
    record_free(record);
}

/* A node keeps the cases of exercises that are over. */
static void another_exercise_is_no_part_of_this_one(void **state)
{
    struct setting *s = *state;
    struct record_read read;
    struct drill_record *record = record_make();
    struct asked asked = {.s = s, .party = "XA/poc", .drilled = true};
    record->head.has_exercise = true;
    memset(record->head.exercise, 0x5f, sizeof record->head.exercise);
    s->exports = 0;
    assert_true(record_read_node(record, 1, &(struct record_source){.context = &asked, .ask = ask}, &read));
    assert_int_equal(s->exports, 1);
    assert_int_equal(read.skipped, 0);
    assert_string_equal(read.trouble, "");
    assert_int_equal(record->cases.count, 0);
    record_free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_sides_give_one_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_measured_is_what_the_node_measures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_case_that_ended_is_asked_for_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_node_that_is_silent_or_lies_is_told_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_exercise_is_no_part_of_this_one, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("record from nodes", tests, NULL, NULL);
}
