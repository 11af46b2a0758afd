/* SPDX-License-Identifier: Apache-2.0 */
/* The node's link against the broker's real socket, over loopback: how it comes up, goes down, comes back, and says why not. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/daemon/host.h"
#include "broker/daemon/hub.h"
#include "nodes/daemon/target.h"
#include "nodes/daemon/uplink.h"
#include "tests/support/roster_fixture.h"

#define BOUND_MS 20000

struct bench {
    uint8_t broker_secret[32], node_secret[32];
    struct public_key broker_key, node_key;
    bool refuse;
    struct hub *hub;
    struct uplink *uplink;
    const char *endpoints[2];
};

static bool admit(void *context, const struct public_key *key, struct address *ret_party)
{
    const struct bench *bench = context;
    return !bench->refuse && public_key_equal(key, &bench->node_key) &&
           address_read(bytes_of_text("XA/poc"), ret_party);
}

static void make_key(uint8_t secret[32], struct public_key *ret)
{
    host_random(NULL, secret, 32);
    assert_int_equal(crypto_scalarmult_base(ret->bytes, secret), 0);
}

static int bench_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = {.text = ""};
    assert_non_null(bench);
    make_key(bench->broker_secret, &bench->broker_key);
    make_key(bench->node_secret, &bench->node_key);
    bench->hub = hub_open("tcp://127.0.0.1:*", &bench->broker_key, bytes_of(bench->broker_secret, 32),
                          (struct hub_admission){.admit = admit, .context = bench}, &error);
    assert_string_equal(error.text, "");
    bench->uplink = uplink_new(&bench->node_key, bytes_of(bench->node_secret, 32), &error);
    assert_string_equal(error.text, "");
    bench->endpoints[0] = hub_endpoint(bench->hub);
    *state = bench;
    return 0;
}

static int bench_down(void **state)
{
    struct bench *bench = *state;
    uplink_free(bench->uplink);
    hub_close(bench->hub);
    free(bench);
    return 0;
}

static void target(struct bench *bench, const struct public_key *key)
{
    struct error error = {.text = ""};
    assert_true(uplink_target(bench->uplink, bench->endpoints, key, &error));
}

/* One round of both ends; what the hub got goes to *ret_hub. */
static struct uplink_input round_of(struct bench *bench, struct hub_input *ret_hub)
{
    struct error error = {.text = ""};
    void *sockets[2];
    zmq_pollitem_t items[2] = {{.events = ZMQ_POLLIN}, {.events = ZMQ_POLLIN}};
    mono_ms now = host_mono();
    (void)uplink_tend(bench->uplink, now);
    (void)hub_tend(bench->hub, now);
    size_t count = uplink_poll_sockets(bench->uplink, sockets);
    for (size_t i = 0; i < count; i++) {
        items[i].socket = sockets[i];
    }
    assert_true(zmq_poll(items, (int)count, 2) >= 0);
    assert_false(hub_wait(bench->hub, -1, 2, &error));
    *ret_hub = hub_next(bench->hub);
    return uplink_next(bench->uplink, now);
}

static struct uplink_input wait_for(struct bench *bench, enum uplink_event event)
{
    struct hub_input ignored;
    for (uint64_t end = host_mono().ms + BOUND_MS;;) {
        assert_true(host_mono().ms < end);
        struct uplink_input input = round_of(bench, &ignored);
        if (input.event == event) {
            return input;
        }
        assert_int_equal(input.event, UPLINK_NOTHING);
    }
}

static struct hub_input wait_for_hub(struct bench *bench, enum hub_event event)
{
    struct hub_input input;
    for (uint64_t end = host_mono().ms + BOUND_MS;;) {
        assert_true(host_mono().ms < end);
        assert_int_equal(round_of(bench, &input).event, UPLINK_NOTHING);
        if (input.event == event) {
            return input;
        }
        assert_int_equal(input.event, HUB_NOTHING);
    }
}

static void wait_for_trouble(struct bench *bench, const char *words)
{
    struct hub_input ignored;
    for (uint64_t end = host_mono().ms + BOUND_MS; strstr(uplink_trouble(bench->uplink), words) == NULL;) {
        assert_true(host_mono().ms < end);
        assert_int_equal(round_of(bench, &ignored).event, UPLINK_NOTHING);
    }
}

/* --- */

static void frames_go_both_ways_and_a_link_that_ended_comes_back_with_a_new_number(void **state)
{
    struct bench *bench = *state;
    target(bench, &bench->broker_key);
    struct uplink_input up = wait_for(bench, UPLINK_UP);
    assert_string_equal(uplink_trouble(bench->uplink), "");
    assert_true(uplink_send(bench->uplink, up.link, bytes_of_text("hello")));
    link_id link = wait_for_hub(bench, HUB_LINK_UP).link;
    assert_true(bytes_equal(wait_for_hub(bench, HUB_FRAME).frame, bytes_of_text("hello")));
    assert_true(hub_send(bench->hub, link, bytes_of_text("welcome")));
    assert_true(bytes_equal(wait_for(bench, UPLINK_FRAME).frame, bytes_of_text("welcome")));

    hub_hang_up(bench->hub, link, host_mono());
    struct uplink_input down = wait_for(bench, UPLINK_DOWN);
    assert_int_equal(down.link.number, up.link.number);
    assert_false(uplink_send(bench->uplink, up.link, bytes_of_text("late")));
    assert_int_equal(wait_for(bench, UPLINK_UP).link.number, up.link.number + 1);
}

/* In how many ms the next attempt comes: by a clock that stands still meanwhile. */
static uint64_t hung_up(struct bench *bench, link_id link)
{
    const mono_ms now = host_mono();
    uplink_hang_up(bench->uplink, link, "the broker ended the link: why not", now);
    const mono_ms ends = uplink_tend(bench->uplink, now);
    assert_int_equal(uplink_tend(bench->uplink, ends).ms, ends.ms); /* that it went down is told first */
    assert_int_equal(uplink_next(bench->uplink, ends).event, UPLINK_DOWN);
    return uplink_tend(bench->uplink, ends).ms - ends.ms;
}

/* Two nodes with one key, or a broker that refuses what is said first: each time it lasts longer until the next, and why is told. */
static void a_link_that_is_ended_again_and_again_comes_back_later_and_later(void **state)
{
    struct bench *bench = *state;
    target(bench, &bench->broker_key);
    for (uint64_t wait_ms = 100; wait_ms <= 800; wait_ms *= 2) {
        link_id link = wait_for(bench, UPLINK_UP).link;
        assert_string_equal(uplink_trouble(bench->uplink), "");
        assert_int_equal(hung_up(bench, link), wait_ms);
        assert_string_equal(uplink_trouble(bench->uplink), "the broker ended the link: why not");
    }
    link_id link = wait_for(bench, UPLINK_UP).link;
    (void)uplink_tend(bench->uplink, mono_after(host_mono(), 60000)); /* it lasts */
    assert_int_equal(hung_up(bench, link), 100);
}

/* Of a broker that is gone since, what it said last is no news. */
static void a_broker_that_is_gone_is_not_said_to_have_hung_up(void **state)
{
    struct bench *bench = *state;
    target(bench, &bench->broker_key);
    (void)hung_up(bench, wait_for(bench, UPLINK_UP).link);
    hub_close(bench->hub);
    bench->hub = NULL;
    for (mono_ms now = host_mono();
         strstr(uplink_trouble(bench->uplink), "nobody answers: tcp://") == NULL;) {
        assert_true(now.ms < host_mono().ms + BOUND_MS);
        now = uplink_tend(bench->uplink, now);
        (void)uplink_next(bench->uplink, now);
    }
}

/* The hub ends the first links before it says a word: no memory, no room. */
static void a_link_on_which_nothing_was_heard_comes_back_later_too(void **state)
{
    struct bench *bench = *state;
    target(bench, &bench->broker_key);
    for (uint64_t i = 1; i <= 4; i++) {
        assert_true(uplink_send(bench->uplink, wait_for(bench, UPLINK_UP).link, bytes_of_text("hello")));
        hub_hang_up(bench->hub, wait_for_hub(bench, HUB_LINK_UP).link, host_mono());
        (void)wait_for(bench, UPLINK_DOWN);
    }
    mono_ms now = host_mono();
    assert_in_range(uplink_tend(bench->uplink, now).ms - now.ms, 201, 800); /* and 100 without */
    assert_non_null(strstr(uplink_trouble(bench->uplink), "without a word"));
}

static void full_turn_of_frames_fits_its_queue(void **state)
{
    struct bench *bench = *state;
    static uint8_t frame[4500];
    target(bench, &bench->broker_key);
    struct uplink_input up = wait_for(bench, UPLINK_UP);
    for (size_t i = 0; i < 256; i++) {
        assert_true(uplink_send(bench->uplink, up.link, bytes_of(frame, sizeof frame)));
    }
}

/* A queue that overflowed is told in the next round, not when the next connection is due. */
static void overflow_ends_the_link_and_is_due_at_once(void **state)
{
    struct bench *bench = *state;
    static uint8_t frame[4500];
    target(bench, &bench->broker_key);
    struct uplink_input up = wait_for(bench, UPLINK_UP);
    for (size_t sent = 0; uplink_send(bench->uplink, up.link, bytes_of(frame, sizeof frame)); sent++) {
        assert_in_range(sent, 0, 1000000);
    }
    mono_ms now = host_mono();
    assert_true(uplink_tend(bench->uplink, now).ms <= now.ms);
    assert_int_equal(uplink_next(bench->uplink, now).event, UPLINK_DOWN);
}

static void trouble_says_why_there_is_no_link(void **state)
{
    struct bench *bench = *state;
    assert_non_null(strstr(uplink_trouble(bench->uplink), "names no broker"));
    bench->refuse = true;
    target(bench, &bench->broker_key);
    wait_for_trouble(bench, "refuses this party's link key");
    bench->refuse = false;
    target(bench, &bench->node_key); /* not the key of who listens there */
    wait_for_trouble(bench, "not the roster's broker");
    target(bench, &bench->broker_key);
    (void)wait_for(bench, UPLINK_UP);
}

static void another_target_ends_the_link(void **state)
{
    struct bench *bench = *state;
    target(bench, &bench->broker_key);
    struct uplink_input up = wait_for(bench, UPLINK_UP);
    target(bench, &bench->broker_key); /* the same: nothing happens */
    assert_true(uplink_send(bench->uplink, up.link, bytes_of_text("hello")));
    target(bench, &bench->node_key);
    assert_int_equal(uplink_next(bench->uplink, host_mono()).event, UPLINK_DOWN);
}

/* Its key was revoked or has run out, and the roster has no other. */
static void no_target_ends_the_link_until_there_is_one(void **state)
{
    struct bench *bench = *state;
    target(bench, &bench->broker_key);
    (void)wait_for(bench, UPLINK_UP);
    uplink_untarget(bench->uplink, "the roster names no broker with a valid link key", "");
    assert_int_equal(uplink_next(bench->uplink, host_mono()).event, UPLINK_DOWN);
    assert_int_equal(uplink_tend(bench->uplink, host_mono()).ms, MONO_NEVER.ms);
    assert_non_null(strstr(uplink_trouble(bench->uplink), "no broker with a valid link key"));
    target(bench, &bench->broker_key);
    (void)wait_for(bench, UPLINK_UP);
}

/* The first day with a link key, and the last: outside of them it may be this machine's clock that is wrong. */
static void no_target_may_be_for_our_own_clock(void **state)
{
    (void)state;
    struct slab *slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
    struct fixture *fixture = fixture_new(slab);
    const struct {
        uint64_t ms;
        bool clock;
    } rows[] = {{FIXTURE_FROM_MS - 1, true}, {FIXTURE_UNTIL_MS, true}, {FIXTURE_FROM_MS, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool clock = !rows[i].clock;
        const char *why = target_none_because(fixture->roster, (wall_ms){.ms = rows[i].ms}, &clock);
        assert_int_equal(clock, rows[i].clock);
        assert_int_equal(strstr(why, "by this machine's clock") != NULL, rows[i].clock);
        assert_int_equal(strstr(why, "; set it, or ask your registrar") != NULL, rows[i].clock);
    }
    fixture_free(fixture);
    slab_free(slab);
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(frames_go_both_ways_and_a_link_that_ended_comes_back_with_a_new_number),
        TEST(a_link_that_is_ended_again_and_again_comes_back_later_and_later),
        TEST(a_broker_that_is_gone_is_not_said_to_have_hung_up),
        TEST(a_link_on_which_nothing_was_heard_comes_back_later_too),
        TEST(full_turn_of_frames_fits_its_queue),
        TEST(overflow_ends_the_link_and_is_due_at_once),
        TEST(trouble_says_why_there_is_no_link),
        TEST(another_target_ends_the_link),
        TEST(no_target_ends_the_link_until_there_is_one),
        cmocka_unit_test(no_target_may_be_for_our_own_clock),
    };
    return cmocka_run_group_tests_name("uplink", tests, NULL, NULL);
}
