/* SPDX-License-Identifier: Apache-2.0 */
/* When a node looks at what it stores: at each moment that something is due, and not at every tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keys/prekeys.h"
#include "nodes/due.h"
#include "nodes/prekeys.h"
#include "nodes/rosters.h"
#include "tests/support/node_sent.h"

/* A private half whose time is over, that no door of the node has seen. */
static void put_overdue_key(struct rig *rig, uint8_t n)
{
    const struct public_key key = {.bytes = {n}};
    const uint8_t secret[32] = {n};
    store_begin(rig->node->store);
    store_prekey_put(rig->node->store, &key, secret, 1, rig->wall.ms - MS_PER_DAY);
    assert_int_equal(store_commit(rig->node->store), STORE_OK);
}

static bool was_erased(struct rig *rig, uint8_t n)
{
    const struct public_key key = {.bytes = {n}};
    uint8_t secret[32];
    return store_prekey_find(rig->node->store, &key, secret) == SLOT_ERASED;
}

static struct bytes pong_frame(struct rig *rig, uint64_t now_ms)
{
    Comity__Pong pong = COMITY__PONG__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    pong.now_ms = now_ms;
    frame.body_case = COMITY__FRAME__BODY_PONG;
    frame.pong = &pong;
    return frame_pack(rig->arena, &frame);
}

static void pong_at(struct rig *rig, uint64_t now_ms)
{
    rig_say_bytes(rig, pong_frame(rig, now_ms));
}

/* The host's next tick: on the node's deadline, and not sooner. A ping is answered. How many letters it submitted. */
static size_t next_tick(struct rig *rig)
{
    const uint64_t at = node_deadline(rig->node).ms;
    assert_true(at > rig->mono.ms);
    rig_tick(rig, at - rig->mono.ms);
    size_t letters = rig_letters(rig);
    if (rig_count(rig, COMITY__FRAME__BODY_PING) != 0) {
        pong_at(rig, rig->wall.ms);
    }
    return letters;
}

/* A node that has looked, with a link on which nothing happens. */
static void idle(struct rig *rig)
{
    rig_link(rig);
    rig_tick(rig, 0);
    rig_tick(rig, MS_PER_SECOND);
    assert_false(due_is_reached(rig->node, rig->turn));
}

/* --- what is not looked at --- */

static void a_tick_before_anything_is_due_looks_at_nothing(void **state)
{
    struct rig *rig = *state;
    idle(rig);
    put_overdue_key(rig, 1);
    for (unsigned i = 0; i < 10; i++) {
        (void)next_tick(rig);
    }
    assert_false(was_erased(rig, 1));
    due_at_once(rig->node);
    rig_tick(rig, 0);
    assert_true(was_erased(rig, 1));
}

static void a_ping_and_a_pong_are_no_work(void **state)
{
    struct rig *rig = *state;
    idle(rig);
    rig_ping(rig, 7);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_PONG), 1);
    rig_begin(rig);
    assert_int_equal(node_frame(rig->node, rig->turn, rig->link, pong_frame(rig, rig->wall.ms)), DOOR_OK);
    assert_false(rig->node->work);
    rig_end(rig);
    assert_int_equal(node_deadline(rig->node).ms,
                     rig->mono.ms + 20 * MS_PER_SECOND); /* when it is quiet again */
}

/* Every gap is looked at once an hour, and mostly there is none. */
static void where_no_number_is_missing_nobody_looks_for_one(void **state)
{
    struct rig *rig = *state;
    idle(rig);
    assert_int_not_equal(rig->node->live.gaps_after.ms, 0);
    assert_int_equal(rig->node->live.due.mono.ms, UINT64_MAX);
}

static void a_process_begins_with_a_look(void **state)
{
    struct rig *rig = *state;
    struct own_list list;
    idle(rig);
    rig->wall.ms -= 60 * MS_PER_DAY; /* while no process ran */
    rig_restart(rig);
    rig->begins = false;
    rig_link_up(rig); /* a turn without a tick does not put it off */
    assert_true(store_prekey_list_newest(rig->node->store, &list));
    assert_int_equal(list.number, 1);
    assert_true(node_deadline(rig->node).ms <= rig->mono.ms + MS_PER_SECOND);
    rig_tick(rig, MS_PER_SECOND);
    assert_true(store_prekey_list_newest(rig->node->store, &list));
    assert_int_equal(list.number, 2); /* one that does not begin in the future */
}

/* --- what is due is not missed --- */

static void a_key_is_erased_on_its_moment(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    struct prekeys list;
    assert_int_equal(prekeys_read(NULL, rig->my_prekeys, rig->fixture->roster, rig->arena, &list),
                     REASON_NONE);
    struct public_key first;
    memcpy(first.bytes, list.list->key[0].data, sizeof first.bytes);
    const uint64_t erase_ms = prekey_erase_ms(list.first_ms, 0);
    uint8_t secret[32];
    rig_tick(rig, erase_ms - rig->wall.ms - MS_PER_HOUR - 7);
    rig_link(rig);
    rig_tick(rig, 0);
    while (rig->wall.ms < erase_ms) {
        assert_int_equal(store_prekey_find(rig->node->store, &first, secret), SLOT_MINE);
        (void)next_tick(rig);
    }
    assert_true(rig->wall.ms < erase_ms + MS_PER_SECOND); /* no tick is sooner after another one */
    assert_int_equal(store_prekey_find(rig->node->store, &first, secret), SLOT_ERASED);
}

static void a_submit_without_an_answer_is_made_again_on_its_moment(void **state)
{
    struct rig *rig = *state;
    size_t letters = 0;
    (void)rig_request(rig);
    const uint64_t again = rig->mono.ms + ANSWER_MS;
    rig_tick(rig, 0);
    while (rig->mono.ms < again) {
        assert_int_equal(letters, 0);
        letters = next_tick(rig);
    }
    assert_true(rig->mono.ms < again + MS_PER_SECOND);
    assert_int_equal(letters, 1);
}

/* By the earlier of both clocks, and nothing spins until that one has come so far. */
static void an_expiry_waits_for_both_clocks_and_comes_with_the_later(void **state)
{
    struct rig *rig = *state;
    rig->options.life_ms = MS_PER_HOUR;
    rig_restart(rig);
    struct rig_sent sent = rig_request(rig);
    rig_reject(rig, rig_tag(rig, 0), NULL, REASON_FIELD, false); /* parked */
    const uint64_t theirs = rig->wall.ms;
    rig->wall.ms += 2 * MS_PER_HOUR;
    rig_tick(rig, MS_PER_SECOND);
    rig_tick(rig, MS_PER_SECOND);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_SEALED);
    assert_true(node_deadline(rig->node).ms > rig->mono.ms + MS_PER_SECOND);
    pong_at(rig, theirs + 2 * MS_PER_HOUR);
    assert_true(node_deadline(rig->node).ms <= rig->mono.ms + MS_PER_SECOND);
    (void)next_tick(rig);
    assert_int_equal(rig_out_state(rig, &sent.id), OUT_VOIDED);
}

static void a_clock_that_jumps_ahead_makes_due_with_the_next_tick(void **state)
{
    struct rig *rig = *state;
    struct own_list list;
    idle(rig);
    rig->wall.ms += 60 * MS_PER_DAY;
    (void)next_tick(rig);
    assert_true(store_prekey_list_newest(rig->node->store, &list));
    assert_int_equal(list.number, 2); /* the first was to be renewed long ago */
}

/* In a turn with a tick, and in one without; of the broker's clock, too. */
static void a_clock_that_is_set_back_is_a_reason_to_look(void **state)
{
    struct rig *rig = *state;
    idle(rig);
    put_overdue_key(rig, 1);
    rig->wall.ms -= 2;
    rig_tick(rig, 1);
    assert_true(was_erased(rig, 1));
    idle(rig);
    put_overdue_key(rig, 2);
    rig->wall.ms -= 1;
    rig_ping(rig, 1);
    assert_true(node_deadline(rig->node).ms <= rig->mono.ms + MS_PER_SECOND);
    rig_tick(rig, MS_PER_SECOND);
    assert_true(was_erased(rig, 2));
    idle(rig);
    pong_at(rig, rig->wall.ms - MS_PER_SECOND);
    assert_false(due_is_reached(rig->node, rig->turn)); /* the way of a frame */
    pong_at(rig, rig->wall.ms - 2 * MS_PER_SECOND - 1);
    assert_true(due_is_reached(rig->node, rig->turn));
}

static void what_a_roster_says_of_now_changes_on_its_moments(void **state)
{
    struct rig *rig = *state;
    idle(rig);
    const struct roster *roster = node_roster_now(rig->node);
    const uint64_t stale_ms = roster_expires_ms(roster) + 1;
    struct due due = DUE_NEVER;
    node_rosters_due(rig->node, rig->turn, &due);
    assert_int_equal(due.own.ms, stale_ms);
    rig->wall.ms = stale_ms;
    rig_begin(rig);
    due = DUE_NEVER;
    node_rosters_due(rig->node, rig->turn, &due);
    assert_int_equal(due.own.ms, stale_ms + roster_grace_ms(roster));
    rig->wall.ms = FIXTURE_FROM_MS - 1; /* its own keys do not hold yet */
    rig_begin(rig);
    due = DUE_NEVER;
    node_rosters_due(rig->node, rig->turn, &due);
    assert_int_equal(due.own.ms, FIXTURE_FROM_MS);
}

static bool logged(const struct rig *rig, const char *event)
{
    size_t count = 0;
    const struct logged *lines = turn_logged(rig->turn, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].event, event) == 0) {
            return true;
        }
    }
    return false;
}

static void a_roster_that_grows_stale_is_told_on_its_moment(void **state)
{
    struct rig *rig = *state;
    const uint64_t stale_ms = roster_expires_ms(rig->fixture->roster) + 1;
    rig->wall.ms = stale_ms - 10 * MS_PER_SECOND;
    idle(rig);
    assert_int_equal(node_deadline(rig->node).ms, rig->mono.ms + stale_ms - rig->wall.ms);
    (void)next_tick(rig);
    assert_true(logged(rig, "roster.stale"));
}

/* However often it is asked something meanwhile. */
static void questions_put_off_nothing(void **state)
{
    struct rig *rig = *state;
    idle(rig);
    const uint64_t deadline = node_deadline(rig->node).ms;
    for (unsigned i = 0; i < 30; i++) {
        rig->mono.ms += 100;
        rig->wall.ms += 100;
        rig_begin(rig);
        rig_end(rig);
    }
    assert_int_equal(node_deadline(rig->node).ms, deadline);
    due_at_once(rig->node); /* overdue: the same */
    const uint64_t soonest = rig->mono.ms;
    for (unsigned i = 0; i < 30; i++) {
        rig->mono.ms += 100;
        rig->wall.ms += 100;
        rig_begin(rig);
        rig_end(rig);
        assert_true(node_deadline(rig->node).ms <= soonest + MS_PER_SECOND);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tick_before_anything_is_due_looks_at_nothing),
        TEST(a_ping_and_a_pong_are_no_work),
        TEST(where_no_number_is_missing_nobody_looks_for_one),
        TEST(a_process_begins_with_a_look),
        TEST(a_key_is_erased_on_its_moment),
        TEST(a_submit_without_an_answer_is_made_again_on_its_moment),
        TEST(an_expiry_waits_for_both_clocks_and_comes_with_the_later),
        TEST(a_clock_that_jumps_ahead_makes_due_with_the_next_tick),
        TEST(a_clock_that_is_set_back_is_a_reason_to_look),
        TEST(what_a_roster_says_of_now_changes_on_its_moments),
        TEST(a_roster_that_grows_stale_is_told_on_its_moment),
        TEST(questions_put_off_nothing),
    };
    return cmocka_run_group_tests_name("node_due", tests, NULL, NULL);
}
