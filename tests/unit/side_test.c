/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the sides of a live exercise: what is in such a file, what is refused, and how several become one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "drills/record/side.h"
#include "drills/record/side_join.h"
#include "tests/support/drill_scene.h"

#define CASE    "0102030405060708090a0b0c0d0e0f10"
#define REAL    "ffffffffffffffffffffffffffffffff"
#define END_MS  (T0_MS + 10 * MS_PER_HOUR)
#define Q_ENDED (T0_MS + 2 * MS_PER_HOUR)

/* --- the file --- */

static const struct side_head head = {
    .party = "XA/poc", .build = "1", .exercise = {7}, .scenario_hash = {8}, .ended_ms = END_MS};

/* A node with a case of the exercise, one of another, and a real one. */
static json_t *node(void *context, const char *verb, const char *target, const char *query,
                    unsigned *ret_status)
{
    (void)context;
    (void)query;
    *ret_status = 200;
    if (strcmp(verb, "INBOX") == 0) {
        return json_pack("{s:[{s:s}], s:[{s:s}, {s:s}]}", "cases", "case", REAL, "exercises", "case", CASE,
                         "case", "0" CASE);
    }
    if (strcmp(verb, "ALARMS") == 0) {
        return json_pack("{s:[{s:s}, {s:s}]}", "alarms", "case", CASE, "case", REAL);
    }
    if (strcmp(verb, "STATS") == 0) {
        return json_pack("{s:[{s:s}, {s:s}]}", "spans", "case", CASE, "case", REAL);
    }
    return json_pack("{s:s, s:s}", "case", target, "exercise",
                     strcmp(target, CASE) == 0 ? "07000000000000000000000000000000" : REAL);
}

/* As live exercises take it; free() it. */
static char *taken(uint8_t ret_hash[32])
{
    static const struct {
        const char *verb, *target;
    } asked[] = {{"INBOX", ""}, {"EXPORT", CASE}, {"EXPORT", "0" CASE}, {"ALARMS", ""}, {"STATS", ""}};
    const struct record_source source = {.ask = node};
    struct side_taking taking;
    json_t *journal =
        json_pack("[{s:I, s:s, s:s}, {s:I, s:s, s:s, s:[s]}, {s:I, s:s, s:s, s:s}]", "at", (json_int_t)T0_MS,
                  "what", "released", "inject", "hold", "at", (json_int_t)T0_MS, "what", "stop", "why",
                  "a live emergency: case " REAL, "emergencies", REAL, "at", (json_int_t)T0_MS, "what",
                  "note", "case", REAL, "text", "late");
    side_begin(&taking, &source, head.exercise);
    const struct record_source through = side_taking_source(&taking);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        unsigned status = 0;
        json_decref(through.ask(through.context, asked[i].verb, asked[i].target, "spans=x", &status));
    }
    char *text = side_end(&taking, &head, journal, ret_hash);
    json_decref(journal);
    assert_non_null(text);
    return text;
}

static void only_the_exercise_is_in_it_and_it_is_read_again(void **state)
{
    (void)state;
    uint8_t hash[32];
    struct side_record side;
    struct error error = {.text = ""};
    unsigned status = 0;
    char *text = taken(hash);
    assert_null(strstr(text, REAL));
    assert_null(strstr(text, "0" CASE));
    assert_true(side_read(bytes_of_text(text), "f", &side, &error));
    assert_memory_equal(side.hash, hash, sizeof hash);
    assert_string_equal(side.head.party, "XA/poc");
    assert_int_equal(side.head.ended_ms, END_MS);
    assert_int_equal(json_array_size(side.journal), 3);
    const struct record_source source = side_source(&side);
    json_t *inbox = source.ask(source.context, "INBOX", "", "", &status);
    assert_int_equal(json_array_size(json_object_get(inbox, "exercises")), 1);
    json_decref(inbox);
    side_close(&side);
    free(text);
}

static void every_byte_of_it_counts(void **state)
{
    (void)state;
    uint8_t hash[32];
    char *text = taken(hash);
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        struct side_record side;
        struct error error = {.text = ""};
        char was = text[i];
        text[i] = was == '7' ? '8' : '7';
        assert_false(side_read(bytes_of(text, size), "f", &side, &error));
        assert_string_not_equal(error.text, "");
        text[i] = was;
        assert_false(side_read(bytes_of(text, i), "f", &side, &error)); /* cut short */
    }
    free(text);
}

/* --- several --- */

static struct drill_record *part_new(void)
{
    struct drill_record *record = record_new();
    record->head = scene.record->head;
    for (size_t i = 0; i < scene.record->parties.count; i++) {
        (void)record_add_party(record, &scene.record->parties.list[i]);
    }
    return record;
}

/* The request of the one case, as a side shows it. */
static void show(struct drill_record *record, uint8_t id, uint64_t delivered_ms)
{
    const uint8_t ids[32] = {id};
    const size_t of_case = record_add_case(record, &(struct record_case){.id = {9}, .q = XA, .r = XB});
    (void)record_add_letter(record, &(struct record_letter){.of_case = of_case,
                                                            .side = RECORD_Q,
                                                            .seq = 1,
                                                            .word = "REQUEST",
                                                            .sealed_ms = T0_MS,
                                                            .delivered_ms = delivered_ms,
                                                            .id = bytes_of(ids, sizeof ids),
                                                            .letter = bytes_of_text("as it was signed")});
}

static void join(struct drill_record *q, struct drill_record *r)
{
    const struct side_part parts[] = {{.party = XA, .record = q, .ended_ms = Q_ENDED},
                                      {.party = XB, .record = r, .ended_ms = END_MS}};
    side_join(scene.record, parts, 2);
    record_free(q);
    record_free(r);
}

static void a_letter_of_two_is_one_and_its_reader_knows_when_it_came(void **state)
{
    (void)state;
    struct drill_record *q = part_new(), *r = part_new();
    show(q, 1, T0_MS + 7);
    show(r, 1, T0_MS + 5);
    join(q, r);
    assert_int_equal(scene.record->letters.count, 1);
    assert_int_equal(record_letter(scene.record, 1)->delivered_ms, T0_MS + 5);
    assert_int_equal(scene.record->disputes.count, 1);
    assert_string_equal(scene.record->disputes.list[0].what, "delivered");
    struct arena *arena = arena_new(4096);
    struct bytes letter = record_letter_bytes(scene.record, record_letter(scene.record, 1), arena);
    assert_true(bytes_equal(letter, bytes_of_text("as it was signed")));
    arena_free(arena);
}

static void what_is_the_same_is_no_dispute(void **state)
{
    (void)state;
    struct drill_record *q = part_new(), *r = part_new();
    show(q, 1, 0); /* no receipt yet */
    show(r, 1, T0_MS + 5);
    join(q, r);
    assert_int_equal(scene.record->letters.count, 1);
    assert_int_equal(scene.record->disputes.count, 0);
}

static void two_letters_in_one_place_are_disputed_and_the_author_is_followed(void **state)
{
    (void)state;
    struct drill_record *q = part_new(), *r = part_new();
    show(q, 1, 0);
    show(r, 2, T0_MS + 5);
    join(q, r);
    assert_int_equal(scene.record->letters.count, 1);
    assert_int_equal(record_letter(scene.record, 1)->id.data[0], 1);
    assert_int_equal(record_letter(scene.record, 1)->delivered_ms, 0);
    assert_int_equal(scene.record->disputes.count, 1);
    assert_string_equal(scene.record->disputes.list[0].what, "letter");
}

static void what_a_receipt_says_has_come_is_missed_where_it_is_not_shown(void **state)
{
    (void)state;
    struct drill_record *q = part_new(), *r = part_new();
    show(q, 1, T0_MS + 7);
    join(q, r);
    assert_int_equal(scene.record->disputes.count, 1);
    assert_string_equal(scene.record->disputes.list[0].second_says, "");
    scene_anew();
    q = part_new(), r = part_new();
    show(q, 1, 0); /* under way */
    join(q, r);
    assert_int_equal(scene.record->disputes.count, 0);
    assert_int_equal(scene.record->letters.count, 1);
}

/* --- what is not known --- */

/* XB gave nothing, XA was looked at for two hours: the rest of the ten is nobody's time. */
static void a_case_is_open_until_it_was_looked_at_last(void **state)
{
    (void)state;
    (void)scene_write(scene_case(1), MACHINE_HOLD, "REQUEST", T0_MS);
    scene.record->parties.list[XA - 1].read_ms = Q_ENDED;
    scene.record->parties.list[XB - 1].missing = true;
    scene_measure(END_MS, NULL);
    const struct measured_event *event = scene_event(METRIC_ACKNOWLEDGE);
    struct metric_row row;
    const struct row_wanted wanted = {.metric = METRIC_ACKNOWLEDGE,
                                      .urgency = event->event.urgency == URGENCY_EMERGENCY ? RECORD_EMERGENCY
                                                 : event->event.urgency == URGENCY_URGENT  ? RECORD_URGENT
                                                                                           : RECORD_ROUTINE};
    assert_int_equal(event->event.outcome, STAT_OPEN);
    assert_int_equal(event->event.stop_ms, Q_ENDED);
    assert_true(measure_row(scene.measures, &wanted, &row));
    assert_int_equal(row.open, 1);
    assert_true(row.longest_ms <= 2 * MS_PER_HOUR);
}

static void who_gave_nothing_leaves_its_injects_unknown(void **state)
{
    (void)state;
    const struct record_inject mail = {.id = "m", .kind = "mail", .to = XB, .planned_ms = T0_MS};
    const struct record_inject request = {.id = "r", .kind = "request", .from = XB, .to = XA};
    const size_t told = record_add_inject(scene.record, &mail),
                 asked = record_add_inject(scene.record, &request);
    scene.record->parties.list[XB - 1].missing = true;
    scene.record->parties.list[XA - 1].read_ms = Q_ENDED;
    scene.record->head.end_ms = END_MS;
    assert_int_equal(record_inject_known_ms(scene.record, told, true), 0);
    assert_int_equal(record_inject_known_ms(scene.record, asked, true), Q_ENDED); /* XA would have seen it */
    record_inject_is(scene.record, told, RECORD_UNSEEN, 0);
    scene_measure(END_MS, NULL);
    assert_int_equal(scene_events(MEASURE_INJECT_RELEASE), 0);
}

#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SCENE_TEST(only_the_exercise_is_in_it_and_it_is_read_again),
        SCENE_TEST(every_byte_of_it_counts),
        SCENE_TEST(a_letter_of_two_is_one_and_its_reader_knows_when_it_came),
        SCENE_TEST(what_is_the_same_is_no_dispute),
        SCENE_TEST(two_letters_in_one_place_are_disputed_and_the_author_is_followed),
        SCENE_TEST(what_a_receipt_says_has_come_is_missed_where_it_is_not_shown),
        SCENE_TEST(a_case_is_open_until_it_was_looked_at_last),
        SCENE_TEST(who_gave_nothing_leaves_its_injects_unknown),
    };
    return cmocka_run_group_tests_name("records of sides", tests, NULL, NULL);
}
