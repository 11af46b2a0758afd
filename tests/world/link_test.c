/* SPDX-License-Identifier: Apache-2.0 */
/* Lines between nodes and broker in a world: how they behave, how they end, and that the cores live with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drills/world/pipe.h"
#include "tests/support/officer.h"

#define FRAMES 200

/* --- one direction alone --- */

struct bench {
    struct pipe pipe;
    struct stream random;
    struct link_nature nature;
};

static struct bench bench_of(struct link_nature nature)
{
    return (struct bench){.random = stream_of(5, "network", 0), .nature = nature};
}

static void say(struct bench *b, uint32_t number, uint64_t at_us)
{
    uint8_t bytes[100];
    memset(bytes, 0xab, sizeof bytes);
    memcpy(bytes, &number, sizeof number);
    pipe_put(&b->pipe, PARCEL_FRAME, bytes_of(bytes, sizeof bytes), at_us, &b->nature, WORLD_TO_NODE,
             &b->random);
}

/* What arrives, in order; the times too. */
struct heard {
    size_t count;
    uint32_t numbers[2 * FRAMES];
    uint64_t at_us[2 * FRAMES];
    unsigned changed; /* frames with other bytes than were said */
};

static struct heard hear(struct bench *b)
{
    struct heard heard = {.count = 0};
    while (pipe_next_us(&b->pipe) != PIPE_HELD) {
        uint64_t now = pipe_next_us(&b->pipe);
        assert_null(now == 0 ? NULL : pipe_take(&b->pipe, now - 1));
        struct parcel *parcel = pipe_take(&b->pipe, now);
        assert_non_null(parcel);
        assert_int_equal(parcel->size, 100);
        memcpy(&heard.numbers[heard.count], parcel->bytes, 4);
        bool changed = heard.numbers[heard.count] >= FRAMES;
        for (size_t i = 4; i < parcel->size; i++) {
            changed = changed || parcel->bytes[i] != 0xab;
        }
        heard.changed += changed;
        heard.at_us[heard.count++] = now;
        free(parcel);
    }
    return heard;
}

static void order_is_kept_whatever_the_delay(void **state)
{
    struct bench b = bench_of((struct link_nature){.delay_min_us = 10, .delay_max_us = 500000});
    bool differs = false;
    (void)state;
    for (uint32_t i = 0; i < FRAMES; i++) {
        say(&b, i, i * 100);
    }
    struct heard heard = hear(&b);
    assert_int_equal(heard.count, FRAMES);
    assert_int_equal(heard.changed, 0);
    for (uint32_t i = 0; i < FRAMES; i++) {
        assert_int_equal(heard.numbers[i], i);
        assert_true(heard.at_us[i] >= i * 100 + 10);
        assert_true(i == 0 || heard.at_us[i] >= heard.at_us[i - 1]);
        differs = differs || heard.at_us[i] > i * 100 + 1000;
    }
    assert_true(differs);
}

static void a_perfect_line_takes_no_time_and_no_numbers(void **state)
{
    struct bench b = bench_of((struct link_nature){.delay_max_us = 0});
    struct stream before = b.random;
    (void)state;
    say(&b, 0, 77);
    assert_int_equal(hear(&b).at_us[0], 77);
    assert_memory_equal(&before, &b.random, sizeof before);
}

static void bandwidth_makes_frames_wait_for_each_other(void **state)
{
    struct bench b =
        bench_of((struct link_nature){.bytes_per_s = 1000, .delay_min_us = 7, .delay_max_us = 7});
    (void)state;
    say(&b, 0, 0);
    say(&b, 1, 0);
    say(&b, 2, 1000000); /* the wire is free again */
    struct heard heard = hear(&b);
    assert_int_equal(heard.at_us[0], 100007);
    assert_int_equal(heard.at_us[1], 200007);
    assert_int_equal(heard.at_us[2], 1100007);
}

static void a_slow_reader_takes_so_many_a_second(void **state)
{
    struct bench b = bench_of((struct link_nature){.frames_per_s = {0, 4}});
    (void)state;
    for (uint32_t i = 0; i < 9; i++) {
        say(&b, i, 1000000);
    }
    struct heard heard = hear(&b);
    assert_int_equal(heard.at_us[8] - heard.at_us[0], 2000000);
}

static void what_stalls_arrives_in_order_when_it_is_let_go(void **state)
{
    struct bench b = bench_of((struct link_nature){.delay_min_us = 50, .delay_max_us = 50});
    (void)state;
    say(&b, 0, 0);
    say(&b, 1, 100); /* on its way when the line stalls */
    b.nature.stalled[WORLD_TO_NODE] = true;
    pipe_hold(&b.pipe, 120);
    say(&b, 2, 200);
    struct heard before = hear(&b);
    assert_int_equal(before.count, 1);
    assert_int_equal(before.numbers[0], 0);
    b.nature.stalled[WORLD_TO_NODE] = false;
    pipe_let_go(&b.pipe, 900, &b.nature, WORLD_TO_NODE, &b.random);
    say(&b, 3, 901);
    struct heard after = hear(&b);
    assert_int_equal(after.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(after.numbers[i], i + 1);
        assert_true(after.at_us[i] >= 950);
    }
}

static struct heard of_line(unsigned corrupt, unsigned duplicate, unsigned reorder)
{
    struct bench b =
        bench_of((struct link_nature){.corrupt = corrupt, .duplicate = duplicate, .reorder = reorder});
    for (uint32_t i = 0; i < FRAMES; i++) {
        say(&b, i, 0);
    }
    return hear(&b);
}

static unsigned out_of_order(const struct heard *heard)
{
    unsigned count = 0;
    for (size_t i = 1; i < heard->count; i++) {
        count += heard->numbers[i] < heard->numbers[i - 1];
    }
    return count;
}

static void only_a_hostile_line_lies(void **state)
{
    (void)state;
    struct heard honest = of_line(0, 0, 0);
    assert_int_equal(honest.count, FRAMES);
    assert_int_equal(honest.changed, 0);
    assert_int_equal(out_of_order(&honest), 0);
    struct heard corrupted = of_line(200, 0, 0);
    assert_int_equal(corrupted.count, FRAMES);
    assert_in_range(corrupted.changed, 15, 80);
    struct heard doubled = of_line(0, 200, 0);
    assert_in_range(doubled.count, FRAMES + 15, FRAMES + 80);
    assert_int_equal(doubled.changed, 0);
    assert_int_equal(out_of_order(&doubled), 0);
    struct heard reordered = of_line(0, 0, 200);
    assert_int_equal(reordered.count, FRAMES);
    assert_int_equal(reordered.changed, 0);
    assert_in_range(out_of_order(&reordered), 15, 80);
}

/* --- lines in a world --- */

struct setting {
    struct officer_scene scene;
    size_t xa, xb;
    unsigned ups, downs[2], replaced; /* of XB's links; the ends by direction */
    uint64_t said_us, heard_us;       /* to XB: the last */
    unsigned said, heard;
    char down_text[160];
};

static void saw_said(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct setting *s = context;
    (void)frame;
    if (party == s->xb && direction == WORLD_TO_NODE) {
        s->said++;
        s->said_us = world_now_us(s->scene.world);
    }
}

static void saw_heard(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct setting *s = context;
    (void)frame;
    if (party == s->xb && direction == WORLD_TO_NODE) {
        s->heard++;
        s->heard_us = world_now_us(s->scene.world);
    }
}

static void saw_logged(void *context, size_t actor, const struct logged *logged)
{
    struct setting *s = context;
    s->replaced += actor == WORLD_BROKER && strcmp(logged->event, "link.replaced") == 0;
}

static void saw_fact(void *context, size_t actor, enum world_fact fact, const char *text)
{
    struct setting *s = context;
    if (actor == s->xb && fact == WORLD_LINK_UP) {
        s->ups++;
    } else if (actor == s->xb && fact == WORLD_LINK_DOWN) {
        s->downs[strncmp(text, "node", 4) == 0 ? WORLD_TO_NODE : WORLD_TO_BROKER]++;
        (void)strncpy(s->down_text, text, sizeof s->down_text - 1);
    }
}

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    assert_non_null(s);
    officer_scene_open(&s->scene, 41);
    s->xa = world_actor(s->scene.world, "XA/poc");
    s->xb = world_actor(s->scene.world, "XB/poc");
    world_set_witness(
        s->scene.world,
        (struct world_witness){
            .context = s, .said = saw_said, .heard = saw_heard, .logged = saw_logged, .fact = saw_fact});
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;
    assert_int_equal(world_fatals(s->scene.world), 0);
    officer_scene_close(&s->scene);
    free(s);
    return 0;
}

static void send(struct setting *s)
{
    assert_int_equal(
        officer_send(s->scene.world, s->scene.fixture, "XA/poc", "XB/poc", s->scene.request, NULL), 200);
}

static size_t arrived(struct setting *s)
{
    json_t *inbox = officer_get(s->scene.world, "XB/poc", VERB_INBOX, "", "all=1");
    assert_non_null(inbox);
    size_t count = json_array_size(json_object_get(inbox, "cases"));
    json_decref(inbox);
    return count;
}

static void stalled_frames_arrive_on_the_same_link(void **state)
{
    struct setting *s = *state;
    world_link(s->scene.world, s->xb, &(struct link_nature){.stalled = {false, true}});
    send(s);
    assert_true(world_pass(s->scene.world, 15000));
    assert_true(s->said > 0);
    assert_int_equal(arrived(s), 0);
    world_link(s->scene.world, s->xb, &(struct link_nature){.delay_max_us = 0});
    assert_true(world_settle(s->scene.world, 1000));
    assert_int_equal(arrived(s), 1);
    assert_int_equal(s->ups + s->downs[0] + s->downs[1], 0);
}

static void a_long_stall_ends_the_link_by_silence_and_heals(void **state)
{
    struct setting *s = *state;
    world_link(s->scene.world, s->xb, &(struct link_nature){.stalled = {true, false}});
    send(s);
    assert_true(world_pass(s->scene.world, 200000));
    assert_int_equal(s->downs[WORLD_TO_NODE], 1);
    assert_int_equal(s->ups, 0); /* no handshake through it */
    world_link(s->scene.world, s->xb, &(struct link_nature){.delay_max_us = 0});
    assert_true(world_pass(s->scene.world, 2000));
    assert_int_equal(s->ups, 1);
    assert_int_equal(arrived(s), 1);
}

static void a_frame_without_room_ends_the_link(void **state)
{
    struct setting *s = *state;
    world_link(
        s->scene.world, s->xb,
        &(struct link_nature){.queue_frames = {0, 3}, .stalled = {false, true}, .reconnect_us = 1000000});
    for (int i = 0; i < 5; i++) {
        send(s);
        assert_true(world_pass(s->scene.world, 10));
    }
    assert_int_equal(world_figures(s->scene.world).links_ended_full, 1);
    assert_int_equal(s->downs[WORLD_TO_NODE], 1);
    assert_int_equal(s->downs[WORLD_TO_BROKER], 1);
    assert_non_null(strstr(s->down_text, "full"));
    assert_int_equal(s->heard, 0);
    world_link(s->scene.world, s->xb, &(struct link_nature){.delay_max_us = 0});
    assert_true(world_pass(s->scene.world, 2000));
    assert_int_equal(arrived(s), 5);
}

static void a_cut_loses_what_is_on_its_way_and_the_node_comes_back(void **state)
{
    struct setting *s = *state;
    world_link(
        s->scene.world, s->xb,
        &(struct link_nature){.delay_min_us = 300000, .delay_max_us = 300000, .reconnect_us = 5000000});
    send(s);
    assert_true(world_settle(s->scene.world, 1000));
    assert_true(s->said > 0);
    world_cut_link(s->scene.world, s->xb);
    assert_true(world_pass(s->scene.world, 4990));
    assert_int_equal(s->heard, 0);
    assert_int_equal(s->ups, 0);
    assert_int_equal(world_figures(s->scene.world).frames_lost, s->said);
    assert_true(world_pass(s->scene.world, 5000));
    assert_int_equal(s->ups, 1);
    assert_int_equal(s->downs[0] + s->downs[1], 2);
    assert_int_equal(arrived(s), 1);
}

static void a_node_that_lost_its_link_replaces_it_at_the_broker(void **state)
{
    struct setting *s = *state;
    world_link(s->scene.world, s->xb, &(struct link_nature){.reconnect_us = 2000000});
    world_cut_half(s->scene.world, s->xb, WORLD_TO_NODE);
    send(s);
    assert_true(world_pass(s->scene.world, 1990));
    assert_true(s->said > 0); /* the broker believes */
    assert_int_equal(s->heard, 0);
    assert_int_equal(s->replaced, 0);
    assert_true(world_pass(s->scene.world, 2000));
    assert_int_equal(s->replaced, 1);
    assert_int_equal(s->ups, 1);
    assert_int_equal(s->downs[WORLD_TO_NODE], 1);
    assert_int_equal(s->downs[WORLD_TO_BROKER], 1);
    assert_int_equal(arrived(s), 1);
}

static void a_node_believes_in_a_dead_link_until_it_is_silent_too_long(void **state)
{
    struct setting *s = *state;
    world_cut_half(s->scene.world, s->xb, WORLD_TO_BROKER);
    assert_true(world_pass(s->scene.world, 30000));
    assert_int_equal(s->downs[WORLD_TO_BROKER], 1);
    assert_int_equal(s->downs[WORLD_TO_NODE], 0);
    send(s);
    assert_true(world_pass(s->scene.world, 40000));
    assert_int_equal(s->downs[WORLD_TO_NODE], 1);
    assert_int_equal(s->ups, 1);
    assert_int_equal(s->replaced, 0);
    assert_true(world_pass(s->scene.world, 2000));
    assert_int_equal(arrived(s), 1);
}

static void half_a_cut_of_a_link_that_is_not_up_yet_ends_it(void **state)
{
    struct setting *s = *state;
    world_link(
        s->scene.world, s->xb,
        &(struct link_nature){.delay_min_us = 300000, .delay_max_us = 300000, .reconnect_us = 1000000});
    world_cut_link(s->scene.world, s->xb);
    assert_true(world_pass(s->scene.world, 1100));
    assert_int_equal(s->ups, 0); /* the handshake is on its way */
    world_cut_half(s->scene.world, s->xb, WORLD_TO_BROKER);
    assert_true(world_pass(s->scene.world, 10000));
    assert_int_equal(s->ups, 1);
    send(s);
    assert_true(world_pass(s->scene.world, 10000));
    assert_int_equal(arrived(s), 1);
}

static void half_a_cut_loses_what_is_on_its_way_to_the_end_that_believes(void **state)
{
    struct setting *s = *state;
    world_link(s->scene.world, s->xb, &(struct link_nature){.delay_min_us = 300000, .delay_max_us = 300000});
    send(s);
    assert_true(world_settle(s->scene.world, 1000));
    assert_true(s->said > 0);
    world_cut_half(s->scene.world, s->xb, WORLD_TO_BROKER);
    assert_true(world_pass(s->scene.world, 1000));
    assert_int_equal(s->heard, 0);
    assert_int_equal(s->downs[WORLD_TO_NODE], 0);
}

static void a_dead_link_takes_no_more_than_a_live_one(void **state)
{
    struct setting *s = *state;
    world_link(s->scene.world, s->xb, &(struct link_nature){.queue_frames = {0, 3}, .reconnect_us = 3000000});
    world_cut_half(s->scene.world, s->xb, WORLD_TO_NODE);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(world_figures(s->scene.world).links_ended_full, 0);
        send(s);
        assert_true(world_pass(s->scene.world, 10));
        if (s->said == 4) {
            break;
        }
    }
    assert_int_equal(world_figures(s->scene.world).links_ended_full, 1);
    assert_int_equal(s->downs[WORLD_TO_BROKER], 1);
    assert_true(world_pass(s->scene.world, 5000));
    assert_int_equal(s->replaced, 0);
    assert_int_equal(s->ups, 1);
}

static void suspend_xb(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)arena;
    (void)context;
    draft->parties[1].status = PARTY_SUSPENDED;
}

static void resume_xb(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)arena;
    (void)context;
    draft->parties[1].status = PARTY_ACTIVE;
}

static struct roster *give_next(struct setting *s, const struct roster *held, fixture_mutate *mutate)
{
    struct bytes minisigs[2];
    struct roster *next = fixture_next(s->scene.fixture, held, mutate, NULL, minisigs);
    world_roster(s->scene.world, WORLD_BROKER, roster_json(next), minisigs, 2);
    return next;
}

static void who_is_not_admitted_gets_no_connection(void **state)
{
    struct setting *s = *state;
    assert_true(world_pass(s->scene.world, UINT64_C(86400000)));
    struct roster *second = give_next(s, s->scene.fixture->roster, suspend_xb);
    assert_true(world_pass(s->scene.world, 60000));
    assert_int_equal(s->downs[WORLD_TO_NODE], 1); /* by the broker's Bye, which arrived */
    assert_non_null(strstr(s->down_text, "node: the other end"));
    assert_int_equal(s->ups, 0);
    struct roster *third = give_next(s, second, resume_xb);
    assert_true(world_settle(s->scene.world, 1000));
    assert_int_equal(s->ups, 1);
    roster_free(second);
    roster_free(third);
}

static void the_word_of_a_slow_actor_leaves_at_the_end_of_its_turn(void **state)
{
    struct setting *s = *state;
    world_slow(s->scene.world, WORLD_BROKER, 40000, 5000);
    send(s);
    assert_true(world_pass(s->scene.world, 1000));
    assert_true(s->heard > 0);
    assert_true(s->heard_us >= s->said_us + 45000); /* what it said was committed with at least one sync */
    world_slow(s->scene.world, WORLD_BROKER, 0, 0);
    send(s);
    assert_true(world_pass(s->scene.world, 1000));
    assert_int_equal(s->heard_us, s->said_us);
}

static enum world_verdict take_all(void *context, size_t party, enum world_direction direction,
                                   struct bytes *frame)
{
    const struct setting *s = context;
    (void)frame;
    return party == s->xb && direction == WORLD_TO_NODE ? WORLD_DROP : WORLD_PASS;
}

static void a_tap_takes_frames_away_and_puts_them_in(void **state)
{
    struct setting *s = *state;
    world_set_tap(s->scene.world, (struct world_tap){.frame = take_all, .context = s});
    send(s);
    assert_true(world_settle(s->scene.world, 1000));
    assert_true(s->said > 0);
    assert_int_equal(s->heard, 0);
    world_set_tap(s->scene.world, (struct world_tap){.frame = NULL});
    world_inject(s->scene.world, s->xb, WORLD_TO_NODE, bytes_of_text("not a frame"));
    assert_true(world_pass(s->scene.world, 2000));
    assert_int_equal(s->ups, 1); /* the node ended that link, and what was taken away came again */
    assert_int_equal(arrived(s), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_kept_whatever_the_delay),
        cmocka_unit_test(a_perfect_line_takes_no_time_and_no_numbers),
        cmocka_unit_test(bandwidth_makes_frames_wait_for_each_other),
        cmocka_unit_test(a_slow_reader_takes_so_many_a_second),
        cmocka_unit_test(what_stalls_arrives_in_order_when_it_is_let_go),
        cmocka_unit_test(only_a_hostile_line_lies),
        cmocka_unit_test_setup_teardown(stalled_frames_arrive_on_the_same_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_stall_ends_the_link_by_silence_and_heals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_without_room_ends_the_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_loses_what_is_on_its_way_and_the_node_comes_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_node_that_lost_its_link_replaces_it_at_the_broker, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_node_believes_in_a_dead_link_until_it_is_silent_too_long, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(half_a_cut_of_a_link_that_is_not_up_yet_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_cut_loses_what_is_on_its_way_to_the_end_that_believes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_dead_link_takes_no_more_than_a_live_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_not_admitted_gets_no_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_word_of_a_slow_actor_leaves_at_the_end_of_its_turn, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_tap_takes_frames_away_and_puts_them_in, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
