/* SPDX-License-Identifier: Apache-2.0 */
/* The node's side of the link: opening, rosters, own prekeys, life and end, a full disk (docs/protocol.md 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "keys/prekeys.h"
#include "nodes/inbox.h"
#include "nodes/node_private.h"
#include "nodes/prekeys.h"
#include "tests/support/node_sent.h"

static void assert_broken(struct rig *rig, enum reason reason)
{
    const Comity__Frame *bye = rig_heard(rig, COMITY__FRAME__BODY_BYE, 0);
    assert_non_null(bye);
    assert_int_equal(bye->bye->reason, reason);
    assert_true(rig->hung_up);
}

static void hello_comes_first_and_says_what_is_known(void **state)
{
    struct rig *rig = *state;
    rig_link_up(rig);
    assert_int_equal(rig->heard_count, 1);
    const Comity__Hello *hello = rig->heard[0]->hello;
    assert_int_equal(rig->heard[0]->body_case, COMITY__FRAME__BODY_HELLO);
    assert_string_equal(hello->party, "XB/poc");
    assert_int_equal(hello->roster, 1);
    assert_int_equal(hello->prekeys, 1);
    rig_welcome(rig, 1, 0);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_PREKEYS), 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_CREDIT), 0); /* what was lost is not known yet */
    rig_heads(rig, NULL);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_CREDIT), 3);
}

static void a_frame_that_does_not_read_ends_the_link(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    rig_say_bytes(rig, bytes_of("\xff\xff", 2));
    assert_broken(rig, REASON_ENCODING);
    rig_ping(rig, 1);
    assert_int_equal(rig->heard_count, 0); /* the link is gone: what still comes on it is not heard */
}

static void a_frame_of_the_other_direction_ends_the_link(void **state)
{
    struct rig *rig = *state;
    Comity__Credit credit = COMITY__CREDIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    rig_link(rig);
    credit.lane = 1;
    credit.envelopes = 1;
    frame.body_case = COMITY__FRAME__BODY_CREDIT;
    frame.credit = &credit;
    rig_say(rig, &frame);
    assert_broken(rig, REASON_FIELD);
}

static void nothing_is_taken_before_welcome(void **state)
{
    struct rig *rig = *state;
    rig_link_up(rig);
    rig_heads(rig, NULL);
    assert_broken(rig, REASON_FIELD);
}

static void heads_end_within_their_limit(void **state)
{
    struct rig *rig = *state;
    for (unsigned frames = 1023; frames <= 1025; frames++) {
        rig_link_up(rig);
        rig_welcome(rig, 1, 0);
        for (unsigned i = 1; i <= frames; i++) {
            assert_false(rig->hung_up);
            rig_heads_part(rig, NULL, 0, i == frames);
        }
        assert_int_equal(rig->hung_up, frames > 1024);
    }
    assert_broken(rig, REASON_FIELD);
}

static void a_quiet_link_is_pinged_and_a_silent_one_ended(void **state)
{
    struct rig *rig = *state;
    Comity__Pong pong = COMITY__PONG__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    rig_link(rig);
    rig_tick(rig, 19999);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_PING), 0);
    assert_true(node_deadline(rig->node).ms <= rig->mono.ms + 1000);
    rig_tick(rig, 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_PING), 1);
    rig_tick(rig, 10000);
    frame.body_case = COMITY__FRAME__BODY_PONG;
    frame.pong = &pong;
    rig_say(rig, &frame);
    rig_tick(rig, 59999);
    assert_false(rig->hung_up);
    rig_tick(rig, 1);
    assert_broken(rig, REASON_NONE);
}

/* The broker is there, and says nothing else. */
static void ping_and_tick(struct rig *rig, uint64_t ms)
{
    for (; ms > 15000; ms -= 15000) {
        rig_tick(rig, 15000);
        assert_false(rig->hung_up);
        rig_ping(rig, 1);
    }
    rig_tick(rig, ms);
}

/* After so many steps (Welcome, then frames of heads) the opening does not go on. */
static void assert_opening_ends(struct rig *rig, unsigned steps)
{
    size_t count = 0;
    rig_link_up(rig);
    for (unsigned i = 0; i < steps; i++) {
        ping_and_tick(rig, 59999); /* each step may take as long */
        assert_false(rig->hung_up);
        if (i == 0) {
            rig_welcome(rig, 1, 0);
        } else {
            rig_heads_part(rig, NULL, 0, false);
        }
    }
    ping_and_tick(rig, 59999);
    assert_false(rig->hung_up);
    assert_int_equal(node_deadline(rig->node).ms, rig->mono.ms + 1000); /* no turn is sooner than a second */
    rig_tick(rig, 1);
    const struct logged *logged = turn_logged(rig->turn, &count);
    assert_true(count > 0);
    assert_string_equal(logged[0].event, "link.unopened");
    assert_broken(rig, REASON_NONE);
    ping_and_tick(rig, 60001); /* once */
    assert_false(rig->hung_up);
}

static void an_opening_that_does_not_go_on_ends_the_link(void **state)
{
    struct rig *rig = *state;
    for (unsigned steps = 0; steps <= 3; steps++) {
        assert_opening_ends(rig, steps);
    }
    rig_link(rig); /* the next one is as good as any */
    ping_and_tick(rig, 3600000);
    assert_false(rig->hung_up);
}

/* Each frame of heads is a step, and there may be many: they do not hold up a link for hours. */
static void an_opening_that_does_not_end_ends_the_link(void **state)
{
    struct rig *rig = *state;
    rig_link_up(rig);
    rig_welcome(rig, 1, 0);
    for (unsigned i = 1; i < 20; i++) {
        rig_tick(rig, 30000);
        assert_false(rig->hung_up);
        rig_heads_part(rig, NULL, 0, false);
    }
    rig_tick(rig, 29999);
    assert_false(rig->hung_up);
    rig_tick(rig, 1);
    assert_broken(rig, REASON_NONE);
}

static void a_ping_is_answered_with_its_nonce(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    rig_ping(rig, 4711);
    assert_int_equal(rig_heard(rig, COMITY__FRAME__BODY_PONG, 0)->pong->nonce, 4711);
}

/* --- rosters --- */

static struct bytes bundle_of(struct rig *rig, const struct roster *roster, const struct bytes minisigs[2])
{
    Comity__Roster message = COMITY__ROSTER__INIT;
    ProtobufCBinaryData list[] = {wire_binary(minisigs[0]), wire_binary(minisigs[1])};
    message.json = wire_binary(roster_json(roster));
    message.n_minisig = 2;
    message.minisig = list;
    return roster_bundle_pack(rig->arena, &message);
}

static void say_part(struct rig *rig, uint64_t version, uint32_t part, uint32_t parts, struct bytes data)
{
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.version = version;
    message.part = part;
    message.parts = parts;
    message.data = wire_binary(data);
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = &message;
    rig_say(rig, &frame);
}

static void a_roster_comes_in_parts_and_is_in_use(void **state)
{
    struct rig *rig = *state;
    struct bytes minisigs[2];
    struct roster *two = fixture_next(rig->fixture, rig->fixture->roster, NULL, NULL, minisigs);
    struct bytes bundle = bundle_of(rig, two, minisigs);
    size_t half = bundle.size / 2;
    rig_link_up(rig);
    rig_welcome(rig, 2, 1);
    const Comity__Frame *ask = rig_heard(rig, COMITY__FRAME__BODY_ROSTER, 0);
    assert_non_null(ask);
    assert_int_equal(ask->roster->ask, 2);
    say_part(rig, 2, 1, 2, bytes_of(bundle.data, half));
    assert_int_equal(roster_version(node_current_roster(rig->node)), 1);
    say_part(rig, 2, 2, 2, bytes_of(bundle.data + half, bundle.size - half));
    assert_int_equal(roster_version(node_current_roster(rig->node)), 2);
    rig_restart(rig);
    assert_int_equal(roster_version(node_current_roster(rig->node)), 2);
    roster_free(two);
}

static void parts_nobody_asked_for_end_the_link(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    say_part(rig, 2, 1, 1, bytes_of("x", 1));
    assert_broken(rig, REASON_FIELD);
}

static void an_announcement_is_asked_for_once(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    say_part(rig, 2, 0, 0, bytes_of(NULL, 0));
    assert_int_equal(rig_heard(rig, COMITY__FRAME__BODY_ROSTER, 0)->roster->ask, 2);
    say_part(rig, 2, 0, 0, bytes_of(NULL, 0)); /* the answer: the broker does not have it after all */
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_ROSTER), 0);
}

static void a_forged_roster_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct bytes minisigs[2];
    struct roster *two = fixture_next(rig->fixture, rig->fixture->roster, NULL, NULL, minisigs);
    minisigs[1] = minisigs[0]; /* one root twice */
    struct bytes bundle = bundle_of(rig, two, minisigs);
    rig_link_up(rig);
    rig_welcome(rig, 2, 1);
    say_part(rig, 2, 1, 1, bundle);
    assert_int_equal(roster_version(node_current_roster(rig->node)), 1);
    roster_free(two);
}

static void the_broker_is_given_the_roster_it_lacks(void **state)
{
    struct rig *rig = *state;
    struct bytes minisigs[2];
    enum roster_outcome outcome;
    struct error error = {.text = ""};
    Comity__Roster *given = NULL;
    struct roster *two = fixture_next(rig->fixture, rig->fixture->roster, NULL, NULL, minisigs);
    rig_link(rig);
    rig_begin(rig);
    assert_int_equal(node_roster(rig->node, rig->turn, roster_json(two), minisigs, 2, &outcome, &error),
                     DOOR_OK);
    rig_end(rig);
    assert_int_equal(outcome, ROSTER_OK);
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_ROSTER, 0);
    assert_non_null(frame);
    assert_int_equal(frame->roster->version, 2);
    assert_int_equal(frame->roster->parts, 1);
    assert_int_equal(roster_bundle_unpack(wire_bytes(frame->roster->data), rig->arena, &given, NULL),
                     WIRE_OK);
    assert_true(bytes_equal(wire_bytes(given->json), roster_json(two)));
    roster_free(two);
}

/* A roster is large and asking for one is cheap: a broker that asks a hundred times must not use up the turn. */
static void however_often_a_roster_is_asked_for_it_is_given_once_a_turn(void **state)
{
    struct rig *rig = *state;
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = &message;
    rig_link(rig);
    message.ask = 1;
    struct bytes bytes = frame_pack(rig->arena, &frame);
    rig_begin(rig);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(node_frame(rig->node, rig->turn, rig->link, bytes), DOOR_OK);
    }
    rig_end(rig);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_ROSTER), 1);
    assert_int_equal(rig_heard(rig, COMITY__FRAME__BODY_ROSTER, 0)->roster->version, 1);
    rig_tick(rig, 0);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_ROSTER), 0);
    message.ask = 9; /* not held */
    rig_say(rig, &frame);
    assert_int_equal(rig_heard(rig, COMITY__FRAME__BODY_ROSTER, 0)->roster->version, 9);
    assert_int_equal(rig_heard(rig, COMITY__FRAME__BODY_ROSTER, 0)->roster->parts, 0);
}

/* --- own prekeys --- */

static struct prekeys published(struct rig *rig)
{
    struct prekeys list;
    assert_int_equal(prekeys_read(NULL, rig->my_prekeys, rig->fixture->roster, rig->arena, &list),
                     REASON_NONE);
    return list;
}

static enum slot_key slot(struct rig *rig, const Comity__PrekeyList *list, size_t i)
{
    uint8_t secret[32];
    struct public_key key;
    memcpy(key.bytes, list->key[i].data, sizeof key.bytes);
    const struct slot_keys keys = node_prekeys_slots(rig->node);
    return keys.find(keys.context, &key, secret);
}

static void prekeys_are_renewed_and_erased(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    struct prekeys first = published(rig);
    size_t last = first.list->n_key - 1;
    rig_settle(rig, &first.digest, 1);
    assert_int_equal(slot(rig, first.list, 0), SLOT_MINE);
    rig_tick(rig, (first.list->n_key - 13) * MS_PER_DAY); /* fewer than 14 days are left */
    rig_link(rig);
    struct prekeys second = published(rig);
    assert_int_equal(second.number, 2);
    assert_int_equal(slot(rig, first.list, 0), SLOT_ERASED);
    assert_int_equal(slot(rig, first.list, last), SLOT_MINE);
    rig_tick(rig, 40 * MS_PER_DAY); /* its day and more are over, but the broker still gives it out */
    assert_int_equal(slot(rig, first.list, last - 1), SLOT_ERASED);
    assert_int_equal(slot(rig, first.list, last), SLOT_MINE);
    rig_link(rig);
    second = published(rig);
    rig_settle(rig, &second.digest, 1);
    rig_tick(rig, 14 * MS_PER_DAY);
    assert_int_equal(slot(rig, first.list, last), SLOT_MINE);
    rig_tick(rig, 2 * MS_PER_DAY);
    assert_int_equal(slot(rig, first.list, last), SLOT_ERASED);
}

static void a_lost_list_is_replaced_by_a_higher_number(void **state)
{
    struct rig *rig = *state;
    rig_link_up(rig);
    rig_welcome(rig, 1, 9); /* this node was restored: the broker knows a list whose keys are lost */
    assert_int_equal(published(rig).number, 10);
}

/* The store was lost, the keys of the party were not: the new store's first list has a number the broker knows. */
static void a_list_the_broker_may_know_by_other_bytes_gets_a_new_number(void **state)
{
    struct rig *rig = *state;
    rig_link_up(rig);
    rig_welcome(rig, 1, 1);
    assert_int_equal(published(rig).number, 2);
    rig_tick(rig, 1000);
    rig_link_down(rig);
    rig_hello(rig);
    assert_int_equal(published(rig).number, 2);
    struct digest digest = published(rig).digest;
    rig_settle(rig, &digest, 1);
    rig_tick(rig, 1000);
    rig_link_down(rig);
    rig_link_up(rig);
    rig_welcome(rig, 1, 2); /* confirmed: it is ours */
    assert_int_equal(published(rig).number, 2);
}

static void a_number_no_list_can_have_reached_is_not_believed(void **state)
{
    struct rig *rig = *state;
    rig_link_up(rig);
    rig_welcome(rig, 1, UINT64_C(1) << 62);
    struct own_list newest;
    assert_true(store_prekey_list_newest(rig->node->store, &newest));
    assert_int_equal(newest.number, 1);
}

static void a_clock_that_was_ahead_does_not_spoil_the_prekeys(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    struct prekeys first = published(rig);
    rig_settle(rig, &first.digest, 1);
    rig_tick(rig,
             100 * MS_PER_DAY); /* the clock is wrong: the first list is erased, the second begins too late */
    rig_link(rig);
    struct prekeys second = published(rig);
    assert_int_equal(second.number, 2);
    rig_settle(rig, &second.digest, 1);
    rig->wall.ms -= 100 * MS_PER_DAY;
    rig_tick(rig, 1000);
    struct prekeys third = published(rig);
    assert_int_equal(third.number, 3);
    assert_int_equal(third.first_ms, first.first_ms);
    rig_settle(rig, &third.digest, 1);
    rig_tick(rig, 16 * MS_PER_DAY); /* no key of the wrong days is left behind */
    for (size_t i = 0; i < second.list->n_key; i++) {
        assert_int_equal(slot(rig, second.list, i), SLOT_ERASED);
    }
    assert_int_equal(published(rig).number, 3);
    assert_int_equal(slot(rig, third.list, 2), SLOT_MINE);
}

/* A machine that starts with a wrong clock, or whose clock jumps, erases nothing before its time. */
static void a_clock_ahead_of_the_brokers_erases_no_key(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    struct prekeys list = published(rig);
    rig_settle(rig, &list.digest, 1);
    rig->wall.ms += 100 * MS_PER_DAY;
    rig_tick(rig, 1000);
    assert_int_equal(slot(rig, list.list, 0), SLOT_MINE);
    rig_restart(rig);
    rig->mono.ms += 30 * MS_PER_DAY; /* the machine is up for weeks */
    rig_tick(rig, 1000);             /* nobody has told the time yet */
    assert_int_equal(slot(rig, list.list, 0), SLOT_MINE);
    rig_tick(rig, MS_PER_DAY - 1);
    assert_int_equal(slot(rig, list.list, 0), SLOT_MINE);
    rig_tick(rig, 1); /* and nobody does: keys have to go some day */
    assert_int_equal(slot(rig, list.list, 0), SLOT_ERASED);
}

static void pass_hours(struct rig *rig, unsigned hours)
{
    for (unsigned hour = 0; hour < hours; hour++) {
        rig_tick(rig, MS_PER_HOUR);
    }
}

/* A broker that is years behind keeps them 15 days longer, and no more; a clock of ours that jumps shortens nothing. */
static void a_broker_whose_clock_stays_behind_keeps_no_key_for_ever(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    struct prekeys list = published(rig);
    rig_settle(rig, &list.digest, 1);
    rig_tick(rig, 16 * MS_PER_DAY - 1 - (rig->wall.ms - list.first_ms)); /* of its day and after it */
    rig_link_up(rig);
    rig_welcome_at(rig, 1, 1, T0_MS);
    rig->wall.ms++; /* now it is due here */
    rig_tick(rig, 0);
    assert_int_equal(slot(rig, list.list, 0), SLOT_MINE);
    pass_hours(rig, 7 * 24);
    rig_restart(rig); /* nobody tells the time for the first day: that holds them back just the same */
    rig_tick(rig, 0);
    pass_hours(rig, 23);
    rig_link_up(rig);
    rig_welcome_at(rig, 1, 1, T0_MS);
    pass_hours(rig, 7 * 24);
    rig_tick(rig, MS_PER_HOUR - 1);
    assert_int_equal(slot(rig, list.list, 0), SLOT_MINE);
    rig_tick(rig, 1);
    assert_int_equal(slot(rig, list.list, 0), SLOT_ERASED);
    assert_int_equal(slot(rig, list.list, 15), SLOT_ERASED); /* that of today went with it */
    assert_int_equal(slot(rig, list.list, 16), SLOT_MINE);
    rig_tick(rig, MS_PER_DAY); /* it is counted anew */
    assert_int_equal(slot(rig, list.list, 16), SLOT_MINE);
}

/* --- a full disk --- */

static void a_full_store_undoes_the_input_and_says_wait(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct in_row row;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_seal(rig, &s);
    store_bytes_max(rig->node->store, store_bytes_used(rig->node->store));
    rig_deliver(rig, s.bytes);
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_REJECTED, 0);
    assert_non_null(frame);
    assert_int_equal(frame->rejected->reason, REASON_QUOTA);
    assert_true(frame->rejected->temporary);
    assert_false(inbox_get(rig->node, &s.id, &row));
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_CREDIT), 1);
    struct node_figures figures;
    node_figures(rig->node, &figures);
    assert_int_equal(figures.received, 0); /* memory is put back with the store */
    store_bytes_max(rig->node->store, UINT64_C(1) << 40);
    rig_deliver(rig, s.bytes);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s.id));
}

/* What the broker says only once is said again on the next link: without one, an answer would be missed for days. */
static void a_frame_that_finds_no_room_ends_the_link(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    store_bytes_max(rig->node->store, store_bytes_used(rig->node->store));
    rig_give_prekeys(rig, 1);
    const Comity__Frame *bye = rig_heard(rig, COMITY__FRAME__BODY_BYE, 0);
    assert_non_null(bye);
    assert_int_equal(bye->bye->reason, REASON_QUOTA);
    assert_true(rig->hung_up);
    store_bytes_max(rig->node->store, UINT64_C(1) << 40);
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(hello_comes_first_and_says_what_is_known),
        TEST(a_frame_that_does_not_read_ends_the_link),
        TEST(a_frame_of_the_other_direction_ends_the_link),
        TEST(nothing_is_taken_before_welcome),
        TEST(heads_end_within_their_limit),
        TEST(a_quiet_link_is_pinged_and_a_silent_one_ended),
        TEST(an_opening_that_does_not_go_on_ends_the_link),
        TEST(an_opening_that_does_not_end_ends_the_link),
        TEST(a_ping_is_answered_with_its_nonce),
        TEST(a_roster_comes_in_parts_and_is_in_use),
        TEST(parts_nobody_asked_for_end_the_link),
        TEST(an_announcement_is_asked_for_once),
        TEST(a_forged_roster_is_not_taken),
        TEST(the_broker_is_given_the_roster_it_lacks),
        TEST(prekeys_are_renewed_and_erased),
        TEST(however_often_a_roster_is_asked_for_it_is_given_once_a_turn),
        TEST(a_lost_list_is_replaced_by_a_higher_number),
        TEST(a_list_the_broker_may_know_by_other_bytes_gets_a_new_number),
        TEST(a_number_no_list_can_have_reached_is_not_believed),
        TEST(a_clock_that_was_ahead_does_not_spoil_the_prekeys),
        TEST(a_clock_ahead_of_the_brokers_erases_no_key),
        TEST(a_broker_whose_clock_stays_behind_keeps_no_key_for_ever),
        TEST(a_full_store_undoes_the_input_and_says_wait),
        TEST(a_frame_that_finds_no_room_ends_the_link),
    };
    return cmocka_run_group_tests_name("node link", tests, NULL, NULL);
}
