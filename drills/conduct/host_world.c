/* SPDX-License-Identifier: Apache-2.0 */
/* The world as a host: simulated time and lines, real nodes and broker in this process. */
#include <stdlib.h>

#include "base/ensure.h"
#include "drills/conduct/play.h"

#define US_PER_MS UINT64_C(1000)
#define QUIET_MS                                                                                             \
    MS_PER_DAY /* a line is pinged: what a node knows of the time at the broker is renewed by that */
#define TICK_MS                                                                                              \
    (6 * MS_PER_HOUR) /* nodes wake by themselves for all that they wait for; this is for clocks that jump */
#define RECONNECT_US UINT64_C(30000000)

/* --- the network --- */

static void hear(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct play *play = context;
    if (direction == WORLD_TO_NODE && party >= 1 && party <= play->network->party_count) {
        play->heard[(party - 1) / 64] |= UINT64_C(1) << (party - 1) % 64;
        forged_hear(play, party, frame);
    }
}

static bool open_world(struct play *play, struct error *error)
{
    const struct conduct_setup *setup = play->setup;
    play->network = network_new(play->scenario, setup->seed, NETWORK_PORT, error);
    if (play->network == NULL) {
        return false;
    }
    play->heard = calloc(play->network->party_count / 64 + 1, sizeof *play->heard);
    play->letters = calloc(play->network->party_count, sizeof *play->letters);
    play->backups = calloc(play->scenario->faults.count + 1, sizeof(struct disk *));
    ensure(play->heard != NULL && play->letters != NULL && play->backups != NULL);
    play->world = network_world(play->network, setup->quiet_ms == 0 ? QUIET_MS : setup->quiet_ms, TICK_MS,
                                setup->scratch_directory, error);
    if (play->world == NULL) {
        return false;
    }
    world_set_witness(play->world, (struct world_witness){.context = play, .heard = hear});
    return true;
}

static void close_world(struct play *play)
{
    for (size_t i = 0; play->backups != NULL && i < play->scenario->faults.count; i++) {
        disk_free(play->backups[i]);
    }
    if (play->world != NULL) {
        play->result->figures = world_figures(play->world);
    }
    world_free(play->world);
    free(play->backups);
    free(play->heard);
    free(play->letters);
}

/* --- time --- */

static uint64_t now(const struct play *play)
{
    return world_now(play->world).ms;
}

static uint64_t next(const struct play *play)
{
    uint64_t us = world_next_us(play->world);
    return us == UINT64_MAX ? UINT64_MAX : play->scenario->clock.start_ms + (us + US_PER_MS - 1) / US_PER_MS;
}

static bool told(bool good, struct error *error)
{
    if (!good) {
        error_set(error, "the world would not go on: an instant does not end");
    }
    return good;
}

static bool pass(struct play *play, uint64_t until_ms, struct error *error)
{
    return told(world_pass(play->world, until_ms > now(play) ? until_ms - now(play) : 0), error);
}

static bool leap(struct play *play, uint64_t to_ms, struct error *error)
{
    return told(world_leap(play->world, to_ms - now(play)), error);
}

/* --- the nodes --- */

static bool is_up(const struct play *play, size_t actor)
{
    return world_is_up(play->world, actor);
}

static bool command(struct play *play, size_t party, const struct command *command, unsigned *ret_status,
                    json_t **ret_answer)
{
    return world_is_up(play->world, party + 1) &&
           world_command(play->world, party + 1, command, ret_status, ret_answer);
}

/* A frame came; of most frames people see nothing. */
static bool has_letter(struct play *play, size_t party)
{
    const struct node *node = world_node(play->world, party + 1);
    if (node == NULL) {
        return false;
    }
    play->heard[party / 64] &= ~(UINT64_C(1) << party % 64);
    uint64_t count = node_arrivals(node);
    bool changed = count != play->letters[party];
    play->letters[party] = count;
    return changed;
}

static size_t changed(struct play *play, size_t from)
{
    const size_t count = play->network->party_count;
    size_t party = from;
    while (party < count) {
        const uint64_t heard = play->heard[party / 64] >> party % 64;
        if (heard == 0) {
            party = (party / 64 + 1) * 64;
        } else if ((heard & 1) != 0 && has_letter(play, party)) {
            return party;
        } else {
            party++;
        }
    }
    return SIZE_MAX;
}

static void say_frame(struct play *play, size_t party, struct bytes frame)
{
    world_inject(play->world, party + 1, WORLD_TO_BROKER, frame);
}

static void retire(struct play *play, size_t actor)
{
    world_stop(play->world, actor);
}

/* --- faults --- */

static void crash(struct play *play, size_t actor)
{
    world_crash(play->world, actor, DISK_KEEP_ALL);
}

static bool start(struct play *play, size_t actor, struct error *error)
{
    return world_start(play->world, actor, error);
}

static void cut_line(struct play *play, size_t party, bool cut)
{
    world_want_link(play->world, party + 1, !cut);
    if (cut) {
        world_cut_link(play->world, party + 1);
    }
}

static void break_line(struct play *play, size_t party)
{
    world_cut_link(play->world, party + 1);
}

static void slow_line(struct play *play, size_t party, uint64_t latency_ms, uint64_t bytes_per_s)
{
    world_link(play->world, party + 1,
               &(struct link_nature){.delay_min_us = latency_ms * US_PER_MS,
                                     .delay_max_us = latency_ms * US_PER_MS * 3 / 2,
                                     .bytes_per_s = bytes_per_s,
                                     .reconnect_us = RECONNECT_US});
}

/* A node that is asked something looks at its clock; by itself it would only at its next tick. */
static void set_clock(struct play *play, size_t actor, int64_t off_ms)
{
    unsigned status = 0;
    json_t *answer = NULL;
    const struct command look = {
        .actor = "officer", .verb = VERB_STATUS, .target = "", .query = "", .body = NULL};
    world_set_clock(play->world, actor, off_ms, 0);
    if (actor != WORLD_BROKER && command(play, actor - 1, &look, &status, &answer)) {
        json_decref(answer);
    }
}

static void give_roster(struct play *play)
{
    for (size_t i = 0; i <= play->network->party_count; i++) {
        world_roster(play->world, i, play->network->newest_json, play->network->newest_minisigs,
                     NETWORK_ROOTS);
    }
}

static void back_up(struct play *play, size_t fault, size_t actor)
{
    play->backups[fault] = disk_new("drill-backup", play->setup->seed);
    world_backup(play->world, actor, play->backups[fault]);
}

static bool has_backup(const struct play *play, size_t fault)
{
    return play->backups[fault] != NULL;
}

static void restore(struct play *play, size_t fault, size_t actor)
{
    world_crash(play->world, actor, DISK_KEEP_ALL);
    world_restore(play->world, actor, play->backups[fault]);
}

static const struct play_host host = {
    .way = "world",
    .open = open_world,
    .close = close_world,
    .now = now,
    .next = next,
    .pass = pass,
    .leap = leap,
    .is_up = is_up,
    .command = command,
    .changed = changed,
    .say_frame = say_frame,
    .retire = retire,
    .crash = crash,
    .start = start,
    .cut_line = cut_line,
    .break_line = break_line,
    .slow_line = slow_line,
    .set_clock = set_clock,
    .give_roster = give_roster,
    .back_up = back_up,
    .has_backup = has_backup,
    .restore = restore,
};

bool conduct_world(const struct conduct_setup *setup, struct drill_record *record, struct conduct_result *ret,
                   struct error *error)
{
    return conduct(setup, &host, record, ret, error);
}
