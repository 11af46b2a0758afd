/* SPDX-License-Identifier: Apache-2.0 */
/* What a world promises to those who play in it: the same run from the same seed, crashes at a chosen moment, actors that sleep. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ensure.h"
#include "tests/support/officer.h"

struct setting {
    struct slab *slab;
    struct fixture *fixture;
    struct world *world;
    char *request;
    size_t xa, xb;
    struct digest run;    /* over all that was said, heard, logged and told, with its time */
    unsigned said, heard; /* since the last look: by the watched actor; what of it arrived */
    size_t watched;
    unsigned downs;
    unsigned refused_rosters;
    unsigned commands;
};

static void add(struct setting *s, const char *what, size_t subject, struct bytes bytes)
{
    uint64_t numbers[2] = {world_now_us(s->world), subject};
    struct bytes parts[] = {digest_bytes(&s->run), bytes_of((uint8_t *)numbers, sizeof numbers), bytes};
    s->run = labelled_digest(what, parts, 3);
}

static bool is_watched(const struct setting *s, size_t party, enum world_direction direction)
{
    return direction == WORLD_TO_BROKER ? s->watched == party : s->watched == WORLD_BROKER;
}

static void saw_said(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct setting *s = context;
    add(s, direction == WORLD_TO_BROKER ? "said up" : "said down", party, frame);
    s->said += is_watched(s, party, direction);
}

static void saw_heard(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct setting *s = context;
    add(s, direction == WORLD_TO_BROKER ? "heard up" : "heard down", party, frame);
    s->heard += is_watched(s, party, direction);
}

static void saw_logged(void *context, size_t actor, const struct logged *logged)
{
    struct setting *s = context;
    add(s, logged->event, actor, bytes_of_text(logged->fields));
    s->refused_rosters += strcmp(logged->event, "roster.refused") == 0;
}

static void saw_fact(void *context, size_t actor, enum world_fact fact, const char *text)
{
    struct setting *s = context;
    add(s, "fact", actor * 10 + fact, bytes_of_text(text));
    s->downs += fact == WORLD_DOWN;
}

static void begin(struct setting *s, uint64_t seed)
{
    memset(&s->run, 0, sizeof s->run);
    s->world = officer_world(s->fixture, seed);
    s->xa = world_actor(s->world, "XA/poc");
    s->xb = world_actor(s->world, "XB/poc");
    s->watched = s->xa;
    world_set_witness(
        s->world,
        (struct world_witness){
            .context = s, .said = saw_said, .heard = saw_heard, .logged = saw_logged, .fact = saw_fact});
    assert_true(world_settle(s->world, 1000));
}

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_true(sodium_init() >= 0);
    s->slab = slab_new(512, NULL);
    s->fixture = fixture_new(s->slab);
    s->request = officer_sample_request();
    begin(s, 51);
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

/* Command ids are counted by world, so that two runs give the same ones: they lie on the disk. */
static unsigned send(struct setting *s)
{
    uint8_t id[16] = {0xc0, (uint8_t)++s->commands};
    json_t *answer = NULL;
    unsigned status = officer_sign(s->world, s->fixture, "XA/poc", "XB/poc", s->request, &answer);
    if (status == 200) {
        json_t *letter = answer;
        answer = NULL;
        status = officer_submit(s->world, "XA/poc", id, letter, &answer);
        json_decref(letter);
    }
    json_decref(answer);
    return status;
}

static size_t cases(struct setting *s, const char *party)
{
    json_t *inbox = officer_get(s->world, party, VERB_INBOX, "", "all=1");
    assert_non_null(inbox);
    size_t count = json_array_size(json_object_get(inbox, "cases"));
    json_decref(inbox);
    return count;
}

static void start(struct setting *s, size_t index)
{
    struct error error = {.text = ""};
    bool started = world_start(s->world, index, &error);
    if (!started) {
        fail_msg("actor %zu does not start: %s", index, error.text);
    }
}

/* --- the same run --- */

static struct digest played(struct setting *s, uint64_t seed)
{
    const struct link_nature bad = {.delay_min_us = 1000,
                                    .delay_max_us = 900000,
                                    .bytes_per_s = 20000,
                                    .reconnect_us = 70000,
                                    .corrupt = 5,
                                    .duplicate = 20,
                                    .reorder = 20};
    world_free(s->world);
    begin(s, seed);
    world_link(s->world, s->xa, &bad);
    world_link(s->world, s->xb, &bad);
    world_set_clock(s->world, s->xb, -7000, 150);
    world_slow(s->world, WORLD_BROKER, 900, 3000);
    for (int i = 0; i < 4; i++) {
        (void)send(s);
        assert_true(world_pass(s->world, 700));
        world_crash_in_turn(s->world, s->xb, (enum world_moment)(i % 3), DISK_TORN);
        assert_true(world_pass(s->world, 20000));
        if (!world_is_up(s->world, s->xb)) {
            start(s, s->xb);
        }
    }
    assert_true(world_pass(s->world, 100000));
    (void)world_fatals(s->world);
    return s->run;
}

static void the_same_seed_is_the_same_run(void **state)
{
    struct setting *s = *state;
    struct digest first = played(s, 99);
    struct digest other = played(s, 100);
    struct digest again = played(s, 99);
    assert_memory_equal(&first, &again, sizeof first);
    assert_memory_not_equal(&first, &other, sizeof first);
}

/* --- crashes at a moment --- */

/*
 * XA's node ends in the turn that takes the command, seals the letter and says the envelope: with all that was not synced lost,
 * the letter is there after a new start exactly if the turn was committed. One before it has brought the keys of XB.
 */
static unsigned crash_in_submit(struct setting *s, enum world_moment moment)
{
    assert_int_equal(send(s), 200);
    assert_true(world_settle(s->world, 1000));
    s->said = s->heard = s->downs = 0;
    s->watched = s->xa;
    world_crash_in_turn(s->world, s->xa, moment, DISK_LOSE_ALL);
    unsigned status = send(s);
    assert_true(world_settle(s->world, 1000));
    assert_int_equal(s->downs, 1);
    assert_false(world_is_up(s->world, s->xa));
    assert_int_equal(world_fatals(s->world), 0);
    assert_int_equal(world_cause_of_end(s->world, s->xa), WORLD_AT_ITS_MOMENT);
    start(s, s->xa);
    return status;
}

static void before_the_commit_nothing_is_said_and_nothing_kept(void **state)
{
    struct setting *s = *state;
    assert_int_equal(crash_in_submit(s, WORLD_BEFORE_COMMIT), 0);
    assert_int_equal(s->said, 0);
    assert_int_equal(cases(s, "XA/poc"), 1);
    assert_true(world_pass(s->world, 2000));
    assert_int_equal(cases(s, "XB/poc"), 1);
}

static void after_the_commit_nothing_is_said_but_all_kept(void **state)
{
    struct setting *s = *state;
    assert_int_equal(crash_in_submit(s, WORLD_AFTER_COMMIT), 0);
    assert_int_equal(s->said, 0);
    assert_int_equal(cases(s, "XA/poc"), 2);
    assert_true(world_pass(s->world, 2000));
    assert_int_equal(cases(s, "XB/poc"), 2);
}

/* XA connects again over a line of 100 ms; frames said in the turn in which the broker's Welcome comes. */
static unsigned say_after_welcome(struct setting *s, bool crash)
{
    world_link(s->world, s->xa, &(struct link_nature){.delay_min_us = 100000, .delay_max_us = 100000});
    world_cut_link(s->world, s->xa);
    assert_true(world_pass(s->world, 250));
    s->said = s->heard = s->downs = 0;
    if (crash) {
        world_crash_in_turn(s->world, s->xa, WORLD_HALF_SPOKEN, DISK_LOSE_ALL);
    }
    assert_true(world_pass(s->world, 60));
    return s->said;
}

static void half_spoken_a_beginning_is_said_and_arrives(void **state)
{
    struct setting *s = *state;
    unsigned all = say_after_welcome(s, false);
    assert_true(all >= 3);
    bool met[8] = {false};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        world_free(s->world);
        begin(s, seed);
        unsigned some = say_after_welcome(s, true);
        assert_in_range(some, 1, all - 1);
        met[some % 8] = true;
        assert_int_equal(s->downs, 1);
        assert_true(world_pass(s->world, 1000));
        assert_int_equal(s->heard, some);
        start(s, s->xa);
        assert_int_equal(send(s), 200);
        assert_true(world_pass(s->world, 2000));
        assert_int_equal(cases(s, "XB/poc"), 1);
    }
    assert_true(met[1] + met[2] + met[3] + met[4] >= 2); /* not always in the same place */
}

/* --- disks and restores --- */

static void a_backup_brings_back_what_was(void **state)
{
    struct setting *s = *state;
    struct disk *copy = disk_new("backup", 1);
    assert_int_equal(send(s), 200);
    assert_true(world_settle(s->world, 1000));
    world_backup(s->world, s->xa, copy);
    assert_int_equal(send(s), 200);
    assert_true(world_settle(s->world, 1000));
    assert_int_equal(cases(s, "XA/poc"), 2);
    world_crash(s->world, s->xa, DISK_KEEP_ALL);
    world_restore(s->world, s->xa, copy);
    assert_false(world_is_up(s->world, s->xa));
    start(s, s->xa);
    assert_int_equal(cases(s, "XA/poc"), 1);
    disk_free(copy);
}

static void a_kill_keeps_what_a_power_cut_right_after_it_may_lose(void **state)
{
    struct setting *s = *state;
    disk_lie_about_sync(world_disk(s->world, s->xa), true);
    assert_int_equal(send(s), 200);
    disk_lie_about_sync(world_disk(s->world, s->xa), false);
    world_crash(s->world, s->xa, DISK_KEEP_ALL);
    world_crash(s->world, s->xa, DISK_LOSE_ALL); /* before the next start, which syncs what it finds */
    start(s, s->xa);
    assert_int_equal(cases(s, "XA/poc"), 0);
    disk_lie_about_sync(world_disk(s->world, s->xa), true);
    assert_int_equal(send(s), 200);
    disk_lie_about_sync(world_disk(s->world, s->xa), false);
    world_crash(s->world, s->xa, DISK_KEEP_ALL);
    start(s, s->xa);
    assert_int_equal(cases(s, "XA/poc"), 1);
}

static void a_stopped_actor_is_closed_and_what_it_said_arrives(void **state)
{
    struct setting *s = *state;
    assert_int_equal(send(s), 200); /* asks for keys first */
    assert_true(world_settle(s->world, 1000));
    world_link(s->world, s->xa, &(struct link_nature){.delay_min_us = 200000, .delay_max_us = 200000});
    assert_int_equal(send(s), 200);
    world_stop(s->world, s->xa);
    assert_false(world_is_up(s->world, s->xa));
    assert_true(world_pass(s->world, 1000));
    assert_int_equal(cases(s, "XB/poc"), 2);
    assert_null(disk_file(world_disk(s->world, s->xa), "/node.db-wal").data);
}

static void what_ended_an_actor_is_told(void **state)
{
    struct setting *s = *state;
    world_stop(s->world, s->xa);
    assert_int_equal(world_cause_of_end(s->world, s->xa), WORLD_STOPPED);
    start(s, s->xa);
    world_crash(s->world, s->xa, DISK_KEEP_ALL);
    assert_int_equal(world_cause_of_end(s->world, s->xa), WORLD_CRASHED);
    start(s, s->xa);
    struct disk *disk = world_disk(s->world, s->xa);
    disk_fail_at(disk, disk_operations(disk) + 1, DISK_EIO_WRITE, false);
    world_crash_in_turn(s->world, s->xa, WORLD_AFTER_COMMIT, DISK_KEEP_ALL); /* which does not come */
    assert_int_equal(send(s), 0);
    assert_int_equal(world_cause_of_end(s->world, s->xa), WORLD_BY_ITSELF);
    assert_int_equal(world_fatals(s->world), 1);
}

static void a_disk_that_is_nearly_full_is_noticed(void **state)
{
    struct setting *s = *state;
    disk_capacity(world_disk(s->world, WORLD_BROKER),
                  disk_bytes(world_disk(s->world, WORLD_BROKER)) + 1000000);
    assert_true(world_pass(s->world, 30000));
    assert_int_equal(send(s), 200);
    assert_true(world_pass(s->world, 5000));
    struct broker_figures figures;
    broker_figures(world_broker(s->world), &figures);
    assert_true(figures.refused[REASON_QUOTA] > 0);
    disk_capacity(world_disk(s->world, WORLD_BROKER), UINT64_MAX);
    assert_true(world_pass(s->world, 600000));
    assert_int_equal(cases(s, "XB/poc"), 1);
    assert_int_equal(world_fatals(s->world), 0);
}

/* --- sleep and slowness --- */

static void a_frozen_actor_waits_and_then_goes_on(void **state)
{
    struct setting *s = *state;
    unsigned status = 0;
    json_t *answer = NULL;
    struct command inbox = {.actor = "officer", .verb = VERB_INBOX, .target = "", .query = ""};
    world_freeze(s->world, s->xb, world_now_us(s->world) + 10000000);
    assert_int_equal(send(s), 200);
    assert_true(world_pass(s->world, 9990));
    assert_false(world_command(s->world, s->xb, &inbox, &status, &answer));
    assert_true(world_pass(s->world, 20));
    assert_int_equal(cases(s, "XB/poc"), 1);
    world_freeze(s->world, s->xb, UINT64_MAX); /* for so long that the broker gives the link up */
    assert_true(world_pass(s->world, 100000));
    world_freeze(s->world, s->xb, 0);
    assert_int_equal(send(s), 200);
    assert_true(world_pass(s->world, 2000));
    assert_int_equal(cases(s, "XB/poc"), 2);
}

/* XB's node is told of the end of its link in one turn and of a new link in the next, where it says Hello. */
static void turns_of_a_slow_actor_follow_each_other(void **state)
{
    struct setting *s = *state;
    s->watched = s->xb;
    s->said = s->heard = 0;
    world_slow(s->world, s->xb, 500000, 0);
    world_cut_link(s->world, s->xb);
    assert_true(world_pass(s->world, 499));
    assert_int_equal(s->said, 0);
    assert_true(world_pass(s->world, 2));
    assert_int_equal(s->said, 1);
    assert_true(world_pass(s->world, 498));
    assert_int_equal(s->heard, 0);
    assert_true(world_pass(s->world, 2));
    assert_int_equal(s->heard, 1);
}

static void an_instant_that_would_not_end_is_said(void **state)
{
    struct setting *s = *state;
    assert_int_equal(send(s), 200);
    assert_false(world_settle(s->world, 1));
    assert_true(world_settle(s->world, 1000));
}

/* --- rosters --- */

static void rosters_are_handed_in_until_they_are_held(void **state)
{
    struct setting *s = *state;
    struct bytes minisigs[2];
    struct disk *copy = disk_new("backup", 1);
    world_backup(s->world, s->xb, copy);
    assert_true(world_leap(s->world, UINT64_C(3) * 86400000));
    world_want_link(s->world, s->xb, false);
    world_crash(s->world, s->xb, DISK_LOSE_ALL);
    struct roster *second = fixture_next(s->fixture, s->fixture->roster, NULL, NULL, minisigs);
    world_roster(s->world, s->xb, roster_json(second), minisigs, 2);
    struct roster *third = fixture_next(s->fixture, second, NULL, NULL, minisigs);
    world_roster(s->world, s->xb, roster_json(third), minisigs, 2);
    start(s, s->xb);
    assert_true(world_settle(s->world, 1000));
    assert_int_equal(roster_version(node_current_roster(world_node(s->world, s->xb))), 3);
    world_crash(s->world, s->xb, DISK_KEEP_ALL);
    world_restore(s->world, s->xb, copy);
    start(s, s->xb);
    assert_int_equal(roster_version(node_current_roster(world_node(s->world, s->xb))), 1);
    assert_true(world_settle(s->world, 1000));
    assert_int_equal(roster_version(node_current_roster(world_node(s->world, s->xb))), 3);
    assert_int_equal(s->refused_rosters, 0);
    disk_free(copy);
    roster_free(second);
    roster_free(third);
}

static struct world *world_of(struct setting *s, struct world_setup setup)
{
    struct world_party parties[FIXTURE_PARTIES];
    struct error error = {.text = ""};
    for (size_t i = 0; i < FIXTURE_PARTIES; i++) {
        parties[i] = (struct world_party){.address = s->fixture->parties[i].address,
                                          .node_signer = &s->fixture->parties[i].node_signer,
                                          .seal_signer = &s->fixture->parties[i].seal_signer};
    }
    setup.network = s->fixture->network;
    setup.roster_json = s->fixture->json;
    setup.minisigs = s->fixture->minisig;
    setup.minisig_count = FIXTURE_ROOTS;
    setup.broker_id = "hub";
    setup.receipt_signer = &s->fixture->broker_receipt_signer;
    setup.parties = parties;
    setup.party_count = FIXTURE_PARTIES;
    setup.slab = s->slab;
    setup.start = FIXTURE_NOW;
    setup.seed = 3;
    struct world *world = world_new(&setup, &error);
    if (world == NULL) {
        fail_msg("%s", error.text);
    }
    return world;
}

static void spool_and_quota_of_the_setup_bind_the_broker(void **state)
{
    struct setting *s = *state;
    world_free(s->world);
    s->world = world_of(s, (struct world_setup){.quota_envelopes = 1});
    assert_true(world_settle(s->world, 1000));
    world_want_link(s->world, 2, false);
    assert_int_equal(send(s), 200);
    assert_int_equal(send(s), 200);
    assert_true(world_pass(s->world, 1000));
    struct broker_figures figures;
    broker_figures(world_broker(s->world), &figures);
    assert_int_equal(figures.waiting_envelopes, 1);
    assert_true(figures.refused[REASON_QUOTA] > 0);
}

/* --- scratch --- */

static struct digest run_on(struct setting *s, const char *directory)
{
    world_free(s->world);
    s->world = world_of(s, (struct world_setup){.scratch_directory = directory});
    memset(&s->run, 0, sizeof s->run);
    s->commands = 0;
    world_set_witness(s->world, (struct world_witness){.context = s, .said = saw_said, .heard = saw_heard});
    for (int i = 0; i < 6; i++) {
        assert_true(world_pass(s->world, 1000));
        assert_int_equal(send(s), 200);
        world_crash(s->world, s->xa, DISK_TORN);
        start(s, s->xa);
    }
    assert_true(world_pass(s->world, 1000));
    for (size_t i = 0; i < world_actor_count(s->world); i++) {
        add(s, "disk", i, disk_file(world_disk(s->world, i), world_store_path(s->world, i)));
    }
    return s->run;
}

static void a_scratch_file_changes_nothing(void **state)
{
    struct setting *s = *state;
    struct digest memory = run_on(s, NULL);
    struct digest scratch = run_on(s, "/tmp");
    assert_memory_equal(&memory, &scratch, sizeof memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_seed_is_the_same_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(before_the_commit_nothing_is_said_and_nothing_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(after_the_commit_nothing_is_said_but_all_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_spoken_a_beginning_is_said_and_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_backup_brings_back_what_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kill_keeps_what_a_power_cut_right_after_it_may_lose, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_stopped_actor_is_closed_and_what_it_said_arrives, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_ended_an_actor_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_is_nearly_full_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frozen_actor_waits_and_then_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turns_of_a_slow_actor_follow_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_instant_that_would_not_end_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rosters_are_handed_in_until_they_are_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spool_and_quota_of_the_setup_bind_the_broker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_scratch_file_changes_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
