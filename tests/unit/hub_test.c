/* SPDX-License-Identifier: Apache-2.0 */
/* The broker's socket with real clients of libzmq over loopback: what a peer can do to the table of links. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/daemon/host.h"
#include "broker/broker.h"
#include "broker/daemon/hub.h"

#define BOUND_MS   10000
#define AT_ONCE_MS 1000 /* far below BOUND_MS, far above what a busy machine needs */

struct client_key {
    struct public_key key;
    char public_z85[41], secret_z85[41];
};

struct bench {
    struct hub *hub;
    struct client_key server, member;
    bool revoked; /* the roster no longer names the member's key */
    void *context, *client;
};

static struct client_key make_key(void)
{
    struct client_key made;
    assert_int_equal(zmq_curve_keypair(made.public_z85, made.secret_z85), 0);
    assert_non_null(zmq_z85_decode(made.key.bytes, made.public_z85));
    return made;
}

static bool admit(void *context, const struct public_key *key, struct address *ret_party)
{
    const struct bench *bench = context;
    if (bench->revoked || !public_key_equal(key, &bench->member.key)) {
        return false;
    }
    return address_read(bytes_of_text("XA/poc"), ret_party);
}

static int bench_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = {.text = ""};
    uint8_t secret[32];
    assert_non_null(bench);
    bench->server = make_key();
    bench->member = make_key();
    assert_non_null(zmq_z85_decode(secret, bench->server.secret_z85));
    bench->hub = hub_open("tcp://127.0.0.1:*", &bench->server.key, bytes_of(secret, sizeof secret),
                          (struct hub_admission){.admit = admit, .context = bench}, &error);
    if (bench->hub == NULL) {
        fail_msg("%s", error.text);
    }
    bench->context = zmq_ctx_new();
    assert_non_null(bench->context);
    *state = bench;
    return 0;
}

static int bench_down(void **state)
{
    struct bench *bench = *state;
    int at_once = 0;
    if (bench->client != NULL) { /* the test failed */
        (void)zmq_setsockopt(bench->client, ZMQ_LINGER, &at_once, sizeof at_once);
        (void)zmq_close(bench->client);
    }
    (void)zmq_ctx_term(bench->context);
    hub_close(bench->hub);
    free(bench);
    return 0;
}

static void *connect_member(struct bench *bench)
{
    int linger = BOUND_MS; /* what was said still leaves */
    int one = 1;           /* what it does not ask for stays on the way */
    int never = -1;
    void *client = zmq_socket(bench->context, ZMQ_DEALER);
    assert_non_null(client);
    assert_int_equal(zmq_setsockopt(client, ZMQ_LINGER, &linger, sizeof linger), 0);
    assert_int_equal(zmq_setsockopt(client, ZMQ_RCVHWM, &one, sizeof one), 0);
    assert_int_equal(zmq_setsockopt(client, ZMQ_RECONNECT_IVL, &never, sizeof never), 0);
    assert_int_equal(zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, bench->server.public_z85, 41), 0);
    assert_int_equal(zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, bench->member.public_z85, 41), 0);
    assert_int_equal(zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, bench->member.secret_z85, 41), 0);
    assert_int_equal(zmq_connect(client, hub_endpoint(bench->hub)), 0);
    bench->client = client;
    return client;
}

static void disconnect_member(struct bench *bench)
{
    (void)zmq_close(bench->client);
    bench->client = NULL;
}

static void say(void *client, const char *text)
{
    assert_int_equal(zmq_send(client, text, strlen(text), 0), strlen(text));
}

static void wait_once(struct bench *bench, int64_t timeout_ms)
{
    struct error error = {.text = ""};
    mono_ms now = host_mono();
    mono_ms tend_at = hub_tend(bench->hub, now);
    int64_t left = tend_at.ms <= now.ms ? 0 : (int64_t)(tend_at.ms - now.ms);
    assert_false(hub_wait(bench->hub, -1, left < timeout_ms ? left : timeout_ms, &error));
    assert_string_equal(error.text, "");
}

/* The next input, waited for within the bound. */
static struct hub_input next_input(struct bench *bench)
{
    uint64_t end = host_mono().ms + BOUND_MS;
    struct hub_input input = hub_next(bench->hub);
    while (input.event == HUB_NOTHING) {
        assert_true(host_mono().ms < end);
        wait_once(bench, 100);
        input = hub_next(bench->hub);
    }
    return input;
}

static link_id up(struct bench *bench, void *client)
{
    say(client, "hello");
    struct hub_input input = next_input(bench);
    assert_int_equal(input.event, HUB_LINK_UP);
    assert_string_equal(input.party.text, "XA/poc");
    link_id link = input.link;
    input = next_input(bench);
    assert_int_equal(input.event, HUB_FRAME);
    assert_int_equal(input.link.number, link.number);
    assert_true(bytes_equal(input.frame, bytes_of_text("hello")));
    return link;
}

static void wait_for_connections(struct bench *bench, uint64_t count)
{
    uint64_t end = host_mono().ms + BOUND_MS;
    while (hub_figures(bench->hub)->connections != count) {
        assert_true(host_mono().ms < end);
        wait_once(bench, 10);
    }
}

/* --- */

static void first_frame_of_a_link_waits_for_nothing(void **state)
{
    struct bench *bench = *state;
    struct error error = {.text = ""};
    void *client = connect_member(bench);
    say(client, "hello");
    assert_int_equal(next_input(bench).event, HUB_LINK_UP);
    uint64_t before = host_mono().ms; /* the turn ends here, for its two milliseconds are over */
    assert_false(hub_wait(bench->hub, -1, BOUND_MS, &error));
    assert_in_range(host_mono().ms - before, 0, AT_ONCE_MS);
    assert_int_equal(hub_next(bench->hub).event, HUB_FRAME);
    disconnect_member(bench);
}

static void all_that_a_link_may_be_owed_fits_its_queue(void **state)
{
    struct bench *bench = *state;
    uint8_t frame[1000] = {0};
    void *client = connect_member(bench);
    link_id link = up(bench, client);
    for (size_t i = 0; i < BROKER_UNANSWERED_FRAMES; i++) {
        assert_true(hub_send(bench->hub, link, bytes_of(frame, sizeof frame)));
    }
    disconnect_member(bench);
}

static void link_that_takes_nothing_ends_and_is_reported_at_once(void **state)
{
    struct bench *bench = *state;
    struct error error = {.text = ""};
    uint8_t frame[1000] = {0};
    void *client = connect_member(bench);
    link_id link = up(bench, client);
    size_t sent = 0;
    while (hub_send(bench->hub, link, bytes_of(frame, sizeof frame))) {
        assert_in_range(++sent, 0, 1000000);
    }
    assert_false(hub_send(bench->hub, link, bytes_of(frame, sizeof frame)));
    assert_int_equal(hub_figures(bench->hub)->unspeakable, 1);
    uint64_t before = host_mono().ms;
    assert_false(hub_wait(bench->hub, -1, BOUND_MS, &error));
    assert_in_range(host_mono().ms - before, 0, AT_ONCE_MS);
    struct hub_input input = hub_next(bench->hub);
    assert_int_equal(input.event, HUB_LINK_DOWN);
    assert_int_equal(input.link.number, link.number);
    disconnect_member(bench);
}

/* What an ended connection had sent before is read after its end was told: it is no new link. */
static void late_message_of_an_ended_connection_begins_no_link(void **state)
{
    struct bench *bench = *state;
    void *client = connect_member(bench);
    link_id link = up(bench, client);
    say(client, "one");
    say(client, "two");
    disconnect_member(bench);
    wait_for_connections(bench, 0);
    struct hub_input input = hub_next(bench->hub);
    assert_int_equal(input.event, HUB_LINK_DOWN);
    assert_int_equal(input.link.number, link.number);
    assert_int_equal(hub_next(bench->hub).event, HUB_NOTHING);

    client = connect_member(bench);
    (void)up(bench, client); /* and the next connection is served, whatever descriptor it got */
    disconnect_member(bench);
}

/* After a second frame nothing of that connection is looked at, also what is in the queue already. */
static void message_after_a_second_frame_begins_no_link(void **state)
{
    struct bench *bench = *state;
    void *client = connect_member(bench);
    link_id link = up(bench, client);
    assert_int_equal(zmq_send(client, "a", 1, ZMQ_SNDMORE), 1);
    say(client, "b");
    say(client, "c");
    struct hub_input input = next_input(bench);
    assert_int_equal(input.event, HUB_LINK_DOWN);
    assert_int_equal(input.link.number, link.number);
    wait_for_connections(bench, 0);
    assert_int_equal(hub_next(bench->hub).event, HUB_NOTHING);
    assert_int_equal(hub_figures(bench->hub)->second_frames, 1);
    disconnect_member(bench);
}

/* A connection that was made while the key was good and kept silent cannot begin a link after the key was revoked. */
static void key_is_asked_for_again_when_a_link_begins(void **state)
{
    struct bench *bench = *state;
    uint64_t served = hub_figures(bench->hub)->admitted_keys + 1;
    void *client = connect_member(bench);
    wait_for_connections(bench, 1);
    uint64_t end = host_mono().ms + BOUND_MS;
    while (hub_figures(bench->hub)->admitted_keys < served) {
        assert_true(host_mono().ms < end);
        wait_once(bench, 10);
    }
    bench->revoked = true;
    say(client, "hello");
    while (hub_figures(bench->hub)->connections != 0) {
        assert_true(host_mono().ms < end);
        assert_int_equal(hub_next(bench->hub).event, HUB_NOTHING);
        wait_once(bench, 10);
    }
    disconnect_member(bench);
}

/* Nor does a link outlive its key: once a minute it is asked for. */
static void link_ends_when_its_key_is_no_more(void **state)
{
    struct bench *bench = *state;
    void *client = connect_member(bench);
    link_id link = up(bench, client);
    mono_ms asked_at = hub_tend(bench->hub, host_mono());
    bench->revoked = true;
    (void)hub_tend(bench->hub, (mono_ms){.ms = host_mono().ms + MS_PER_MINUTE / 2});
    assert_int_equal(hub_next(bench->hub).event, HUB_NOTHING);
    assert_true(asked_at.ms <= host_mono().ms + MS_PER_MINUTE);
    (void)hub_tend(bench->hub, (mono_ms){.ms = host_mono().ms + MS_PER_MINUTE});
    struct hub_input input = hub_next(bench->hub);
    assert_int_equal(input.event, HUB_LINK_DOWN);
    assert_int_equal(input.link.number, link.number);
    wait_for_connections(bench, 0);
    disconnect_member(bench);
}

/* --- memory --- */

/* The watchdog runs although there is no link yet. */
static void message_of_endless_parts_is_cut_before_there_is_a_link(void **state)
{
    struct bench *bench = *state;
    static uint8_t part[64 * 1024];
    void *client = connect_member(bench);
    wait_for_connections(bench, 1);
    assert_in_range(hub_tend(bench->hub, host_mono()).ms, 0, host_mono().ms + AT_ONCE_MS);
    for (size_t i = 0; i < 4096; i++) {
        zmq_msg_t message;
        assert_int_equal(zmq_msg_init_data(&message, part, sizeof part, NULL, NULL), 0);
        assert_int_equal(zmq_msg_send(&message, client, i < 4095 ? ZMQ_SNDMORE : 0), sizeof part);
    }
    uint64_t end = host_mono().ms + BOUND_MS;
    while (hub_figures(bench->hub)->connections != 0) {
        assert_true(host_mono().ms < end);
        assert_int_equal(hub_next(bench->hub).event, HUB_NOTHING);
        wait_once(bench, 10);
    }
    assert_int_equal(hub_figures(bench->hub)->flooded, 1);
    assert_int_equal(hub_figures(bench->hub)->second_frames, 0);
    disconnect_member(bench);
}

/* All that a node may have under way is no flood, however long the broker does not look. */
static void full_queue_of_submits_is_no_flood(void **state)
{
    struct bench *bench = *state;
    static uint8_t frame[264 * 1024];
    void *client = connect_member(bench);
    link_id link = up(bench, client);
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(zmq_send(client, frame, sizeof frame, 0), sizeof frame);
    }
    for (size_t rounds = 0; rounds < 20;
         rounds++) { /* the watchdog's, while the kernel has time to take it all in */
        wait_once(bench, 0);
        assert_int_equal(zmq_poll(NULL, 0, 50), 0);
    }
    assert_int_equal(hub_figures(bench->hub)->flooded, 0);
    for (size_t i = 0; i < 64; i++) {
        struct hub_input input = next_input(bench);
        assert_int_equal(input.event, HUB_FRAME);
        assert_int_equal(input.link.number, link.number);
        assert_int_equal(input.frame.size, sizeof frame);
    }
    disconnect_member(bench);
}

/* Of frames that their peer does not take, the bytes are bounded and not only the number. */
static void peer_that_takes_nothing_is_cut_by_bytes(void **state)
{
    struct bench *bench = *state;
    static uint8_t frame[300 * 1024];
    void *client = connect_member(bench);
    link_id link = up(bench, client);
    for (size_t i = 0; i < 200; i++) {
        assert_true(hub_send(bench->hub, link, bytes_of(frame, sizeof frame)));
    }
    (void)hub_tend(bench->hub, mono_after(host_mono(), BOUND_MS));
    assert_int_equal(hub_figures(bench->hub)->flooded, 1);
    assert_int_equal(next_input(bench).event, HUB_LINK_DOWN);
    disconnect_member(bench);
}

static void connection_that_says_nothing_is_cut(void **state)
{
    struct bench *bench = *state;
    (void)connect_member(bench);
    wait_for_connections(bench, 1);
    mono_ms now = host_mono();
    (void)hub_tend(bench->hub, mono_after(now, 1000)); /* seen */
    (void)hub_tend(bench->hub, mono_after(now, 10000));
    assert_int_equal(hub_figures(bench->hub)->flooded, 0);
    (void)hub_tend(bench->hub, mono_after(now, 17000));
    assert_int_equal(hub_figures(bench->hub)->flooded, 1);
    disconnect_member(bench);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(first_frame_of_a_link_waits_for_nothing),
        TEST(all_that_a_link_may_be_owed_fits_its_queue),
        TEST(link_that_takes_nothing_ends_and_is_reported_at_once),
        TEST(late_message_of_an_ended_connection_begins_no_link),
        TEST(message_after_a_second_frame_begins_no_link),
        TEST(key_is_asked_for_again_when_a_link_begins),
        TEST(link_ends_when_its_key_is_no_more),
        TEST(message_of_endless_parts_is_cut_before_there_is_a_link),
        TEST(full_queue_of_submits_is_no_flood),
        TEST(peer_that_takes_nothing_is_cut_by_bytes),
        TEST(connection_that_says_nothing_is_cut),
    };
    return cmocka_run_group_tests_name("hub", tests, NULL, NULL);
}
