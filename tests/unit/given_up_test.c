/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that are not given up for a clock that is wrong, and those that were given up and were delivered all the same. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "nodes/node_private.h"
#include "nodes/outbox.h"
#include "nodes/recall.h"
#include "tests/support/node_sent.h"

static bool submitted(struct rig *rig, struct rig_sent *sent)
{
    struct envelope_id id;
    const Comity__Header *head = rig_submitted(rig, 0, &id);
    if (head != NULL) {
        sent->head = head;
        sent->id = id;
    }
    return head != NULL;
}

/* The next letter of its case. */
static struct rig_sent send_next(struct rig *rig, const struct rig_sent *request, enum letter_kind kind)
{
    struct rig_sent sent = *request;
    rig->wall.ms++; /* a letter that says the same is another one only by its time */
    sent.letter = rig_write(rig, &sent.case_id, kind, NULL);
    assert_true(submitted(rig, &sent));
    return sent;
}

static void give(struct rig *rig, const struct rig_sent *sent, enum receipt_kind kind, enum reason reason)
{
    rig_give_receipt(rig, kind, sent->head, &sent->id, reason);
}

static void assert_stands(struct rig *rig, const struct rig_sent *sent, enum letter_place place,
                          enum letter_sending sending)
{
    const struct letter_row row = rig_filed(rig, &sent->letter);
    assert_int_equal(row.place, place);
    assert_int_equal(row.sending, sending);
}

/* The minutes until the letter is submitted again, on a link that lives; 1,000: it is not. */
static unsigned minutes_until_submitted(struct rig *rig, struct rig_sent *sent)
{
    for (unsigned minute = 1; minute < 1000; minute++) {
        rig_tick(rig, 30000);
        rig_ping(rig, 1);
        rig_tick(rig, 30000);
        if (submitted(rig, sent)) {
            return minute;
        }
        rig_ping(rig, 1);
    }
    return 1000;
}

/* --- clocks --- */

/* Made a moment ago: it is the broker's clock that is wrong, or ours. Many times more than a letter has seals. */
static void a_letter_refused_for_a_clock_is_not_given_up(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    for (unsigned i = 0; i < 10; i++) {
        give(rig, &sent, RECEIPT_REJECTED, i % 2 == 0 ? REASON_EXPIRED : REASON_CLOCK);
        assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0); /* not at once */
        assert_stands(rig, &sent, PLACE_EFFECT, SENDING_WANTED);
        assert_true(minutes_until_submitted(rig, &sent) < 1000);
    }
    give(rig, &sent, RECEIPT_ACCEPTED, REASON_NONE);
    give(rig, &sent, RECEIPT_DELIVERED, REASON_NONE);
    assert_stands(rig, &sent, PLACE_EFFECT, SENDING_DELIVERED);
}

static void the_pause_for_a_clock_grows_to_an_hour_and_begins_anew(void **state)
{
    static const unsigned minutes[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        give(rig, &sent, RECEIPT_REJECTED, REASON_EXPIRED);
        assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_PING), 1); /* what time is it there? */
        assert_int_equal(minutes_until_submitted(rig, &sent), minutes[i]);
    }
    give(rig, &sent, RECEIPT_ACCEPTED, REASON_NONE);
    give(rig, &sent, RECEIPT_EXPIRED, REASON_NONE); /* at once */
    assert_int_equal(minutes_until_submitted(rig, &sent), 1);
}

/* Its word would stop what is for all others, too: a refusal like any other, of which a letter bears so many. */
static void a_recipient_that_refuses_for_a_clock_stops_nobody(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    for (unsigned i = 0; i < SEALS_AGAIN_MAX; i++) {
        give(rig, &sent, RECEIPT_REFUSED, i % 2 == 0 ? REASON_EXPIRED : REASON_CLOCK);
        assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_PING), 0);
        assert_true(submitted(rig, &sent)); /* at once */
    }
    give(rig, &sent, RECEIPT_REFUSED, REASON_CLOCK);
    assert_stands(rig, &sent, PLACE_DEAD, SENDING_FAILED);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    assert_true(submitted(rig, &sent));
}

/* --- what was delivered after all --- */

static void a_delivery_of_a_letter_given_up_counts(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    give(rig, &sent, RECEIPT_REJECTED, REASON_FIELD);
    assert_stands(rig, &sent, PLACE_DEAD, SENDING_FAILED);
    give(rig, &sent, RECEIPT_DELIVERED, REASON_NONE);
    assert_stands(rig, &sent, PLACE_EFFECT, SENDING_DELIVERED);
    (void)send_next(rig, &sent, LETTER_STATUS_ASK); /* the case goes on */
}

/* They wait there for the one before them; the third never came there, and its officer was told so. */
static void those_delivered_behind_it_stand_again_too(void **state)
{
    struct rig *rig = *state;
    struct rig_sent first = rig_request(rig);
    struct rig_sent second = send_next(rig, &first, LETTER_STATUS_ASK);
    struct rig_sent third = send_next(rig, &first, LETTER_WITHDRAW);
    give(rig, &second, RECEIPT_DELIVERED, REASON_NONE);
    give(rig, &first, RECEIPT_REJECTED, REASON_FIELD);
    assert_stands(rig, &second, PLACE_DEAD, SENDING_FAILED);
    give(rig, &first, RECEIPT_DELIVERED, REASON_NONE);
    assert_stands(rig, &first, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(rig, &second, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(rig, &third, PLACE_DEAD, SENDING_FAILED);
    give(rig, &third, RECEIPT_DELIVERED, REASON_NONE); /* but it did */
    assert_stands(rig, &third, PLACE_EFFECT, SENDING_DELIVERED);
}

static void it_does_not_stand_before_what_it_follows(void **state)
{
    struct rig *rig = *state;
    struct rig_sent first = rig_request(rig);
    struct rig_sent second = send_next(rig, &first, LETTER_STATUS_ASK);
    give(rig, &first, RECEIPT_REJECTED, REASON_FIELD);
    give(rig, &second, RECEIPT_DELIVERED, REASON_NONE);
    assert_stands(rig, &second, PLACE_DEAD, SENDING_FAILED);
    give(rig, &first, RECEIPT_DELIVERED, REASON_NONE);
    assert_stands(rig, &second, PLACE_EFFECT, SENDING_DELIVERED);
}

/* A letter that was given up, and what its officer wrote in its place; the request before it has arrived. */
static void write_again(struct rig *rig, struct rig_sent *ret_first, struct rig_sent *ret_second)
{
    struct rig_sent request = rig_request(rig);
    give(rig, &request, RECEIPT_DELIVERED, REASON_NONE);
    *ret_first = send_next(rig, &request, LETTER_STATUS_ASK);
    give(rig, ret_first, RECEIPT_REJECTED, REASON_FIELD);
    *ret_second = send_next(rig, &request, LETTER_STATUS_ASK);
}

/* The other side has the first, and can never take the second. */
static void what_was_written_in_its_place_gives_way(void **state)
{
    struct rig *rig = *state;
    struct rig_sent first, second;
    write_again(rig, &first, &second);
    give(rig, &first, RECEIPT_DELIVERED, REASON_NONE);
    assert_stands(rig, &first, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(rig, &second, PLACE_DEAD, SENDING_FAILED);
}

/* The other side says that it has both: which one is in effect there it tells by a refusal, not by this. */
static void what_was_delivered_in_its_place_stays(void **state)
{
    struct rig *rig = *state;
    struct rig_sent first, second;
    write_again(rig, &first, &second);
    give(rig, &second, RECEIPT_DELIVERED, REASON_NONE);
    give(rig, &first, RECEIPT_DELIVERED, REASON_NONE);
    assert_stands(rig, &first, PLACE_DEAD, SENDING_FAILED);
    assert_stands(rig, &second, PLACE_EFFECT, SENDING_DELIVERED);
}

/* --- what does not follow at the other side --- */

static bool is_loss(struct rig *rig)
{
    struct recall_state states[1];
    return recall_states(rig->node, 1, states) != 0;
}

/* A case with a letter of ours that was delivered: the request. */
static struct rig_sent open_case(struct rig *rig)
{
    struct rig_sent request = rig_request(rig);
    give(rig, &request, RECEIPT_DELIVERED, REASON_NONE);
    return request;
}

static void a_place_that_is_taken_by_nothing_known_here_is_a_loss(void **state)
{
    struct rig *rig = *state;
    struct rig_sent request = open_case(rig);
    struct rig_sent first = send_next(rig, &request, LETTER_STATUS_ASK);
    give(rig, &first, RECEIPT_REFUSED, REASON_CASE);
    assert_stands(rig, &first, PLACE_DEAD, SENDING_FAILED);
    assert_true(is_loss(rig));
}

/* The second one was there first. */
static void a_place_that_was_written_anew_is_no_loss(void **state)
{
    struct rig *rig = *state;
    struct rig_sent request = open_case(rig);
    struct rig_sent first = send_next(rig, &request, LETTER_STATUS_ASK);
    give(rig, &first, RECEIPT_REJECTED, REASON_FIELD);
    struct rig_sent second = send_next(rig, &request, LETTER_STATUS_ASK);
    give(rig, &second, RECEIPT_DELIVERED, REASON_NONE);
    give(rig, &first, RECEIPT_REFUSED, REASON_CASE);
    assert_stands(rig, &first, PLACE_DEAD, SENDING_FAILED);
    assert_stands(rig, &second, PLACE_EFFECT, SENDING_DELIVERED);
    assert_false(is_loss(rig));
}

/* It was not sent: it cannot be what the other side has there. */
static void what_was_written_anew_and_not_sent_explains_nothing(void **state)
{
    struct rig *rig = *state;
    struct rig_sent request = open_case(rig);
    struct rig_sent first = send_next(rig, &request, LETTER_STATUS_ASK);
    give(rig, &first, RECEIPT_REJECTED, REASON_FIELD);
    rig_link_down(rig);
    rig->wall.ms++;
    (void)rig_write(rig, &request.case_id, LETTER_STATUS_ASK, NULL);
    rig->wall.ms -=
        2 * (uint64_t)MS_PER_HOUR; /* the broker refuses what is made ahead of its clock: nothing is sealed */
    rig_link(rig);
    rig->wall.ms += 2 * (uint64_t)MS_PER_HOUR;
    give(rig, &first, RECEIPT_REFUSED, REASON_CASE);
    assert_true(is_loss(rig));
}

/* It waits there for one that was refused, until another one comes in that one's place. */
static void a_letter_behind_one_given_up_is_no_loss(void **state)
{
    struct rig *rig = *state;
    struct rig_sent request = open_case(rig);
    struct rig_sent first = send_next(rig, &request, LETTER_STATUS_ASK);
    struct rig_sent behind = send_next(rig, &request, LETTER_WITHDRAW);
    give(rig, &behind, RECEIPT_DELIVERED, REASON_NONE);
    give(rig, &first, RECEIPT_REFUSED, REASON_CONTEXT);
    assert_stands(rig, &behind, PLACE_DEAD, SENDING_FAILED);
    struct rig_sent second = send_next(rig, &request, LETTER_STATUS_ASK);
    give(rig, &second, RECEIPT_DELIVERED, REASON_NONE);
    give(rig, &behind, RECEIPT_REFUSED, REASON_CASE);
    assert_stands(rig, &second, PLACE_EFFECT, SENDING_DELIVERED);
    assert_false(is_loss(rig));
}

/* The first one came after all, and what was written anew there has one behind it. The word that it was delivered comes last. */
static void a_letter_behind_one_that_was_written_anew_is_no_loss(void **state)
{
    struct rig *rig = *state;
    struct rig_sent request = open_case(rig);
    struct rig_sent first = send_next(rig, &request, LETTER_STATUS_ASK);
    give(rig, &first, RECEIPT_REJECTED, REASON_FIELD);
    struct rig_sent second = send_next(rig, &request, LETTER_STATUS_ASK);
    struct rig_sent behind = send_next(rig, &request, LETTER_WITHDRAW);
    give(rig, &behind, RECEIPT_REFUSED, REASON_CASE);
    give(rig, &second, RECEIPT_REFUSED, REASON_CASE);
    assert_false(is_loss(rig));
    give(rig, &first, RECEIPT_DELIVERED, REASON_NONE);
    assert_stands(rig, &first, PLACE_EFFECT, SENDING_DELIVERED);
    assert_stands(rig, &behind, PLACE_DEAD, SENDING_FAILED);
}

/* --- what is said of it --- */

/* What the node answers about the case; a new reference. */
static json_t *told(struct rig *rig, enum verb verb, const char *query, const struct rig_sent *sent)
{
    char case_id[33];
    struct answer answer = {.status = 0};
    struct command command = {.actor = "officer", .verb = verb, .query = query};
    command.target = hex_write(case_id, bytes_of(sent->case_id.bytes, sizeof sent->case_id.bytes));
    rig_begin(rig);
    assert_int_equal(node_command(rig->node, rig->turn, &command, &answer), DOOR_OK);
    json_t *json = json_loadb((const char *)answer.json.data, answer.json.size, 0, NULL);
    rig_end(rig);
    assert_int_equal(answer.status, 200);
    return json;
}

/* What WHY advises about the first envelope of a case. */
static const char *why_next(struct rig *rig, const struct rig_sent *sent)
{
    json_t *json = told(rig, VERB_WHY, "", sent);
    const json_t *first = json_array_get(json_object_get(json, "envelopes"), 0);
    const char *next = text_make(rig->arena, json_string_value(json_object_get(first, "next")));
    json_decref(json);
    return next;
}

static bool has_word(const json_t *list, const char *word)
{
    bool has = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        has |= strcmp(json_string_value(json_array_get(list, i)), word) == 0;
    }
    return has;
}

/* Does its line stand in the inbox with that flag, first of all? */
static bool stands_failed(struct rig *rig, const struct rig_sent *sent)
{
    json_t *inbox = told(rig, VERB_INBOX, "", sent), *view = told(rig, VERB_CASE, "", sent);
    const json_t *line = json_array_get(json_object_get(inbox, "cases"), 0);
    bool failed = has_word(json_object_get(line, "flags"), "FAILED");
    assert_int_equal(has_word(json_object_get(view, "flags"), "FAILED"), failed);
    if (failed) {
        assert_string_equal(json_string_value(json_object_get(line, "rank")), "LOSS");
        assert_string_not_equal(json_string_value(json_object_get(line, "type")), "");
    }
    json_decref(inbox);
    json_decref(view);
    return failed;
}

/* How many alarms were raised of a letter refused, all of this case and for the duty officer. */
static size_t refused_alarms(struct rig *rig, const struct rig_sent *sent)
{
    char case_id[33];
    size_t i = 0, count = 0;
    const json_t *alarm = NULL;
    for (size_t tick = 0; tick < 7; tick++) { /* beyond a minute, in which one that fails is no news */
        rig_tick(rig, 10 * MS_PER_SECOND);
        rig_ping(rig, tick + 1);
    }
    json_t *json = told(rig, VERB_ALARMS, "", sent);
    json_array_foreach(json_object_get(json, "alarms"), i, alarm)
    {
        if (strcmp(json_string_value(json_object_get(alarm, "what")), "letter refused") == 0) {
            assert_true(count != 0 || strcmp(json_string_value(json_object_get(alarm, "to")), "duty") == 0);
            assert_string_equal(
                json_string_value(json_object_get(alarm, "case")),
                hex_write(case_id, bytes_of(sent->case_id.bytes, sizeof sent->case_id.bytes)));
            count++;
        }
    }
    json_decref(json);
    return count;
}

/* Who is not looking is told as of a date that passed: once of each letter. */
static void each_letter_that_failed_raises_one_alarm(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    assert_int_equal(refused_alarms(rig, &sent), 0);
    give(rig, &sent, RECEIPT_REFUSED, REASON_CONTEXT);
    assert_int_equal(refused_alarms(rig, &sent), 1);
    assert_int_equal(refused_alarms(rig, &sent), 1);
    struct rig_sent again = send_next(rig, &sent, LETTER_REQUEST);
    assert_int_equal(refused_alarms(rig, &sent), 1);
    give(rig, &again, RECEIPT_REFUSED, REASON_CONTEXT);
    assert_int_equal(refused_alarms(rig, &sent), 2);
}

/* Dated by when it was known, not by when it was written: its head is told on the next working day, not at once. */
static void a_letter_that_fails_days_later_is_an_alarm_of_that_day(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    rig->wall.ms += 3 * MS_PER_DAY;
    give(rig, &sent, RECEIPT_REFUSED, REASON_CONTEXT);
    assert_int_equal(refused_alarms(rig, &sent), 1);
    rig->wall.ms += 4 * MS_PER_DAY; /* over a weekend */
    assert_int_equal(refused_alarms(rig, &sent), 2);
}

static void its_sender_is_told_what_a_sender_can_do(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    give(rig, &sent, RECEIPT_REFUSED, REASON_CONTEXT);
    assert_string_equal(why_next(rig, &sent), reason_next_sender(REASON_CONTEXT));
    assert_string_not_equal(why_next(rig, &sent), reason_next(REASON_CONTEXT));
}

/* Nobody else will say so: it waits for us until it is written again. */
static void a_request_that_failed_stands_in_the_inbox_until_it_is_written_again(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    assert_false(stands_failed(rig, &sent));
    give(rig, &sent, RECEIPT_REFUSED, REASON_CONTEXT);
    assert_true(stands_failed(rig, &sent));
    json_t *draft = told(rig, VERB_DRAFT, "as=like", &sent); /* comity request --like */
    assert_non_null(json_object_get(json_object_get(draft, "letter"), "request"));
    json_decref(draft);
    struct rig_sent again = send_next(rig, &sent, LETTER_REQUEST);
    assert_false(stands_failed(rig, &sent));
    give(rig, &again, RECEIPT_DELIVERED, REASON_NONE);
    assert_false(stands_failed(rig, &sent));
}

static void a_letter_that_failed_later_stands_there_too(void **state)
{
    struct rig *rig = *state;
    struct rig_sent request = open_case(rig);
    struct rig_sent ask = send_next(rig, &request, LETTER_STATUS_ASK);
    (void)send_next(rig, &request, LETTER_EXTEND);
    give(rig, &ask, RECEIPT_REFUSED, REASON_CONTEXT);
    assert_true(stands_failed(rig, &request));
    (void)send_next(rig, &request, LETTER_STATUS_ASK);
    assert_false(stands_failed(rig, &request));
}

/* Nothing seals it again any more. */
static void what_was_sealed_too_often_is_not_said_to_go_on(void **state)
{
    struct rig *rig = *state;
    struct rig_sent sent = rig_request(rig);
    for (unsigned i = 0; i < SEALS_AGAIN_MAX; i++) {
        give(rig, &sent, RECEIPT_REFUSED, REASON_EXPIRED);
        assert_true(submitted(rig, &sent));
    }
    give(rig, &sent, RECEIPT_REFUSED, REASON_EXPIRED);
    assert_stands(rig, &sent, PLACE_DEAD, SENDING_FAILED);
    assert_non_null(strstr(why_next(rig, &sent), "given up"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_refused_for_a_clock_is_not_given_up),
        TEST(the_pause_for_a_clock_grows_to_an_hour_and_begins_anew),
        TEST(a_recipient_that_refuses_for_a_clock_stops_nobody),
        TEST(a_delivery_of_a_letter_given_up_counts),
        TEST(those_delivered_behind_it_stand_again_too),
        TEST(it_does_not_stand_before_what_it_follows),
        TEST(what_was_written_in_its_place_gives_way),
        TEST(what_was_delivered_in_its_place_stays),
        TEST(a_place_that_is_taken_by_nothing_known_here_is_a_loss),
        TEST(a_place_that_was_written_anew_is_no_loss),
        TEST(what_was_written_anew_and_not_sent_explains_nothing),
        TEST(a_letter_behind_one_given_up_is_no_loss),
        TEST(a_letter_behind_one_that_was_written_anew_is_no_loss),
        TEST(its_sender_is_told_what_a_sender_can_do),
        TEST(a_request_that_failed_stands_in_the_inbox_until_it_is_written_again),
        TEST(a_letter_that_failed_later_stands_there_too),
        TEST(each_letter_that_failed_raises_one_alarm),
        TEST(a_letter_that_fails_days_later_is_an_alarm_of_that_day),
        TEST(what_was_sealed_too_often_is_not_said_to_go_on),
    };
    return cmocka_run_group_tests_name("given up", tests, NULL, NULL);
}
