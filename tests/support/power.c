/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/power.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/officer.h"

#define REQUESTS 20

static const char ack[] = "{\"ack\":{\"reference\":\"XB-77\",\"desk\":\"duty\",\"answer\":\"WILL_ANSWER\","
                          "\"form\":\"by letter\",\"answerBy\":\"2026-06-02T12:00:00+02:00\"}}";

struct play {
    struct fixture *fixture;
    const char *request;
    struct world *world;
    enum disk_cut cut; /* what a disk keeps when its party goes down */
    uint64_t pass_ms;  /* patience of a settling: a party that was told to wait tries again by itself */
    unsigned recoveries;
    char cases[REQUESTS][33];
};

/* Brings back whoever went down: power was cut, so its disk keeps what the mode lets it keep. */
static void recover(struct play *play)
{
    for (size_t i = 0; i <= FIXTURE_PARTIES; i++) {
        struct error error = {.text = ""};
        if (!world_is_up(play->world, i)) {
            world_crash(play->world, i, play->cut);
            bool up = world_start(play->world, i, &error);
            if (!up) { /* the fault struck the start itself, which says so; whoever runs it starts it again */
                assert_string_not_equal(error.text, "");
                error.text[0] = '\0';
                world_crash(play->world, i, play->cut);
                up = world_start(play->world, i, &error);
            }
            if (!up) {
                fail_msg("actor %zu does not start again: %s", i, error.text);
            }
            play->recoveries++;
        }
    }
    (void)world_fatals(play->world);
}

static void settle(struct play *play)
{
    for (int round = 0; round < 4; round++) {
        assert_true(world_settle(play->world, 100000));
        recover(play);
    }
    assert_true(world_pass(play->world, play->pass_ms));
    recover(play);
    assert_true(world_pass(play->world, play->pass_ms));
    recover(play);
}

/* What an officer's command does: the same signed letter under the same command id until an answer comes. */
static void send(struct play *play, const char *party, const char *where, const char *letter,
                 char case_id[33])
{
    uint8_t id[16];
    json_t *signed_letter = NULL;
    json_t *answer = NULL;
    unsigned status = 0;
    officer_command_id(id);
    for (int tries = 0; tries < 3 && status != 200; tries++) {
        recover(play);
        status = officer_sign(play->world, play->fixture, party, where, letter, &signed_letter);
    }
    assert_int_equal(status, 200);
    status = 0;
    for (int tries = 0; tries < 3 && status != 200; tries++) {
        recover(play);
        status = officer_submit(play->world, party, id, signed_letter, &answer);
    }
    assert_int_equal(status, 200);
    if (case_id != NULL) {
        (void)snprintf(case_id, 33, "%s", json_string_value(json_object_get(answer, "case")));
    }
    json_decref(answer);
    json_decref(signed_letter);
}

static void assert_case_whole(struct play *play, const char *case_id)
{
    json_t *q = officer_get(play->world, "XA/poc", VERB_CASE, case_id, "");
    json_t *r = officer_get(play->world, "XB/poc", VERB_CASE, case_id, "");
    assert_non_null(q);
    assert_non_null(r);
    assert_string_equal(json_string_value(json_object_get(r, "state")), "ACKNOWLEDGED");
    assert_int_equal(json_array_size(json_object_get(r, "letters")), 2);
    assert_int_equal(json_array_size(json_object_get(q, "letters")), 2);
    static const char *const members[] = {"state", "items", "owed", "asks"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        assert_true(json_equal(json_object_get(q, members[i]), json_object_get(r, members[i])) == 1);
    }
    json_decref(q);
    json_decref(r);
}

static size_t case_count(struct play *play, const char *party)
{
    json_t *inbox = officer_get(play->world, party, VERB_INBOX, "", "all=1");
    size_t count = json_array_size(json_object_get(inbox, "cases"));
    json_decref(inbox);
    return count;
}

/* A trap in one actor's disk; nth 0: none. */
struct trap {
    size_t actor;
    uint64_t nth; /* operation, counted from the start of the play */
    enum disk_fault fault;
    enum disk_cut cut;
    uint64_t pass_ms;
};

struct played {
    uint64_t operations; /* of the actor's disk */
    uint64_t struck;     /* the operation that failed; 0: none */
    bool went_down;
};

static void set_trap(struct disk *disk, const struct trap *trap, uint64_t before)
{
    if (trap->nth != 0 && disk_failed(disk) == 0) {
        disk_fail_at(disk, before + trap->nth, trap->fault, false);
    }
}

/* kill -9 and a start, which reads and is part of what can fail. */
static void kill_and_start(struct play *play, const struct trap *trap, uint64_t before)
{
    struct error error = {.text = ""};
    world_crash(play->world, trap->actor, DISK_KEEP_ALL); /* takes the trap away */
    set_trap(world_disk(play->world, trap->actor), trap, before);
    if (world_start(play->world, trap->actor, &error)) {
        return;
    }
    assert_string_not_equal(error.text, "");
    recover(play);
}

/* Plays it all with the trap set, and checks that nothing is missing, doubled or different. */
static struct played play_once(struct fixture *fixture, const char *request, const struct trap *trap)
{
    struct play play = {.fixture = fixture, .request = request, .cut = trap->cut, .pass_ms = trap->pass_ms};
    play.world = officer_world(fixture, 11);
    struct disk *disk = world_disk(play.world, trap->actor);
    uint64_t before = disk_operations(disk);
    set_trap(disk, trap, before);
    assert_true(world_settle(play.world, 100000));
    for (size_t i = 0; i < REQUESTS; i++) {
        send(&play, "XA/poc", "XB/poc", request, play.cases[i]);
    }
    settle(&play);
    kill_and_start(&play, trap, before);
    for (size_t i = 0; i < REQUESTS; i++) {
        send(&play, "XB/poc", play.cases[i], ack, NULL);
    }
    settle(&play);
    struct played played = {.operations = disk_operations(disk) - before, .went_down = play.recoveries != 0};
    played.struck = disk_failed(disk) == 0 ? 0 : disk_failed(disk) - before;
    disk_fail_never(disk); /* from here on the test itself reads */
    assert_int_equal(case_count(&play, "XA/poc"), REQUESTS);
    assert_int_equal(case_count(&play, "XB/poc"), REQUESTS);
    for (size_t i = 0; i < REQUESTS; i++) {
        assert_case_whole(&play, play.cases[i]);
    }
    world_free(play.world);
    return played;
}

struct stage {
    struct slab *slab;
    struct fixture *fixture;
    char *request;
    uint64_t stride;
};

static struct stage stage_open(const char *stride_variable)
{
    const char *given = getenv(stride_variable);
    struct stage stage = {.stride = given == NULL ? 1 : strtoull(given, NULL, 10)};
    stage.stride = stage.stride == 0 ? 1 : stage.stride;
    assert_true(sodium_init() >= 0);
    stage.slab = slab_new(512, NULL);
    stage.fixture = fixture_new(stage.slab);
    stage.request = officer_sample_request();
    return stage;
}

static void stage_close(struct stage *stage)
{
    free(stage->request);
    fixture_free(stage->fixture);
    slab_free(stage->slab);
}

void power_cuts_lose_nothing(size_t actor)
{
    struct stage stage = stage_open("COMITY_POWER_STRIDE");
    struct trap trap = {.actor = actor, .fault = DISK_CUT, .cut = DISK_LOSE_ALL, .pass_ms = 3000};
    uint64_t operations = play_once(stage.fixture, stage.request, &trap).operations;
    uint64_t cuts = 0;
    assert_true(operations > REQUESTS);
    for (trap.nth = 1; trap.nth <= operations; trap.nth += stage.stride) {
        trap.cut = trap.nth % 4 == 3 ? DISK_TORN : DISK_LOSE_ALL;
        cuts += play_once(stage.fixture, stage.request, &trap).went_down;
    }
    print_message("# %llu power cuts in %llu operations\n", (unsigned long long)cuts,
                  (unsigned long long)operations);
    assert_true(cuts > 0);
    stage_close(&stage);
}

void disk_faults_lose_nothing(size_t actor)
{
    static const struct {
        enum disk_fault fault;
        const char *name;
    } kinds[] = {{DISK_NO_SPACE, "no space"},
                 {DISK_EIO_READ, "read"},
                 {DISK_EIO_WRITE, "write"},
                 {DISK_EIO_SYNC, "sync"}};
    struct stage stage = stage_open("COMITY_FAULT_STRIDE");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct trap trap = {
            .actor = actor, .nth = 1 + i, .fault = kinds[i].fault, .cut = DISK_KEEP_ALL, .pass_ms = 90000};
        uint64_t faults = 0;
        uint64_t downs = 0;
        for (;;) {
            struct played played = play_once(stage.fixture, stage.request, &trap);
            if (played.struck == 0) {
                break; /* no operation that late can have this fault */
            }
            faults++;
            downs += played.went_down;
            trap.nth = played.struck + stage.stride;
        }
        print_message("# %s: %llu faults, %llu ended the party, which a restart continued\n", kinds[i].name,
                      (unsigned long long)faults, (unsigned long long)downs);
        assert_true(faults > 0);
    }
    stage_close(&stage);
}
