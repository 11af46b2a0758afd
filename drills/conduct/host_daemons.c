/* SPDX-License-Identifier: Apache-2.0 */
/* Daemons of this machine as a host: their time goes by itself, as fast as the scenario says. */
#include <string.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "drills/conduct/daemons.h"
#include "drills/conduct/play.h"

#define LOOK_EVERY_MS 25

static void trouble(struct play *play, size_t actor, const char *what)
{
    play_trouble(play, actor == 0 ? NULL : play->network->parties[actor - 1].unit, what);
}

static const char *lacks_fault(const struct scenario_fault *fault)
{
    switch (fault->kind) {
    case SCENARIO_FAULT_SLOW_LINK:
        return "lines between daemons of one machine cannot be made slow";
    case SCENARIO_FAULT_PARTITION:
        return fault->parties.count == 0 ? "a rehearsal cuts the lines of parties: name them" : NULL;
    case SCENARIO_FAULT_CLOCK_OFF:
    case SCENARIO_FAULT_NODE_DOWN:
    case SCENARIO_FAULT_BROKER_DOWN:
    case SCENARIO_FAULT_REVOKED_KEY:
    case SCENARIO_FAULT_RESTORED:
    case SCENARIO_FAULT_WRONG_DIRECTORY:
    case SCENARIO_FAULT_OVERLOAD:
    case SCENARIO_FAULT_NONE:
        break;
    }
    return NULL;
}

static const char *lacks_inject(const struct scenario_inject *inject)
{
    return inject->forged == SCENARIO_FORGERY_NONE || inject->forged == SCENARIO_FORGERY_NOTHING
               ? NULL
               : "an attacker who holds a key needs a line of his own, and those of daemons give him none";
}

/* --- the network --- */

static bool may_begin(const struct play *play, struct error *error)
{
    const uint64_t rate = play->scenario->clock.compression;
    if (rate > EXERCISE_CLOCK_RATE_MAX) {
        error_set(
            error,
            "clock.compression: daemons run at most %d times as fast as real time, the scenario says %llu",
            EXERCISE_CLOCK_RATE_MAX, (unsigned long long)rate);
        return false;
    }
    if (play->network->party_count > REHEARSAL_PARTIES_MAX) {
        error_set(error, "a rehearsal has at most %d parties, a process each; the scenario has %zu",
                  REHEARSAL_PARTIES_MAX, play->network->party_count);
        return false;
    }
    return true;
}

static bool open_daemons(struct play *play, struct error *error)
{
    uint64_t keys = 0; /* not those of the seed: whoever reads the scenario shall not hold them */
    unsigned port = daemons_free_port();
    host_random(NULL, (uint8_t *)&keys, sizeof keys);
    if (port == 0) {
        error_set(error, "no port of this machine is free");
        return false;
    }
    play->network = network_new(play->scenario, keys, port, error);
    if (play->network == NULL || !may_begin(play, error)) {
        return false;
    }
    play->daemons = daemons_new(play->setup->rehearsal);
    return daemons_begin(play->daemons, play->network, play->scenario->clock.start_ms,
                         play->scenario->clock.compression, error);
}

static void close_daemons(struct play *play)
{
    daemons_free(play->daemons);
}

/* --- time --- */

static uint64_t now(const struct play *play)
{
    (void)play;
    return host_wall().ms;
}

static uint64_t next(const struct play *play)
{
    (void)play;
    return UINT64_MAX;
}

/* Who ended by itself is started again, as on any machine that is looked after. */
static bool revive(struct play *play, struct error *error)
{
    for (size_t ended = daemons_ended(play->daemons); ended != SIZE_MAX;
         ended = daemons_ended(play->daemons)) {
        trouble(play, ended, "its daemon ended by itself and was started again");
        if (!daemons_start(play->daemons, ended, error)) {
            return false;
        }
    }
    return true;
}

static bool pass(struct play *play, uint64_t until_ms, struct error *error)
{
    const uint64_t rate = play->scenario->clock.compression, at = now(play);
    const uint64_t wait = until_ms <= at ? 0 : (until_ms - at + rate - 1) / rate;
    if (until_ms < at && at - until_ms > play->result->late_ms) {
        play->result->late_ms = at - until_ms;
    }
    if (!daemons_wait(play->daemons, wait < LOOK_EVERY_MS ? wait : LOOK_EVERY_MS)) {
        error_set(error, "interrupted; everything that was started has ended");
        return false;
    }
    return revive(play, error);
}

static bool leap(struct play *play, uint64_t to_ms, struct error *error)
{
    return daemons_leap(play->daemons, to_ms, error);
}

/* --- the nodes --- */

static bool is_up(const struct play *play, size_t actor)
{
    return daemons_is_up(play->daemons, actor);
}

static bool command(struct play *play, size_t party, const struct command *command, unsigned *ret_status,
                    json_t **ret_answer)
{
    return daemons_command(play->daemons, party + 1, command, ret_status, ret_answer);
}

/* Nobody listens on their lines: each is asked. */
static size_t changed(struct play *play, size_t from)
{
    size_t party = from;
    while (party < play->network->party_count && !daemons_changed(play->daemons, party + 1)) {
        party++;
    }
    return party < play->network->party_count ? party : SIZE_MAX;
}

/* --- faults --- */

static void crash(struct play *play, size_t actor)
{
    daemons_crash(play->daemons, actor);
}

static bool start(struct play *play, size_t actor, struct error *error)
{
    return daemons_start(play->daemons, actor, error);
}

static void tell(struct play *play, size_t actor, bool good, const struct error *error)
{
    if (!good) {
        trouble(play, actor, error->text);
    }
}

/* A line is cut by the only means a node has: it looks for its broker where nobody is. */
static void cut_line(struct play *play, size_t party, bool cut)
{
    struct error error = {.text = ""};
    play->daemons->actors[party + 1].cut = cut;
    tell(play, party + 1, daemons_restart(play->daemons, party + 1, &error), &error);
}

static void set_clock(struct play *play, size_t actor, int64_t off_ms)
{
    struct error error = {.text = ""};
    play->daemons->actors[actor].off_ms = off_ms;
    tell(play, actor, daemons_restart(play->daemons, actor, &error), &error);
}

static void give_roster(struct play *play)
{
    struct error error = {.text = ""};
    tell(play, 0, daemons_roster(play->daemons, &error), &error);
}

static void back_up(struct play *play, size_t fault, size_t actor)
{
    struct error error = {.text = ""};
    (void)fault;
    tell(play, actor, daemons_back_up(play->daemons, actor, &error), &error);
}

static bool has_backup(const struct play *play, size_t fault)
{
    const struct scenario_fault *of = &play->scenario->faults.list[fault];
    return play->daemons->actors[play_party(play, of->parties.count == 0 ? NULL : of->parties.list[0])]
        .backed_up;
}

static void restore(struct play *play, size_t fault, size_t actor)
{
    struct error error = {.text = ""};
    (void)fault;
    tell(play, actor, daemons_restore(play->daemons, actor, &error), &error);
}

static const struct play_host host = {
    .way = "rehearsal",
    .lacks_fault = lacks_fault,
    .lacks_inject = lacks_inject,
    .open = open_daemons,
    .close = close_daemons,
    .now = now,
    .next = next,
    .pass = pass,
    .leap = leap,
    .is_up = is_up,
    .command = command,
    .changed = changed,
    .crash = crash,
    .start = start,
    .cut_line = cut_line,
    .set_clock = set_clock,
    .give_roster = give_roster,
    .back_up = back_up,
    .has_backup = has_backup,
    .restore = restore,
};

bool conduct_rehearsal(const struct conduct_setup *setup, struct drill_record *record,
                       struct conduct_result *ret, struct error *error)
{
    ensure(setup->rehearsal != NULL);
    return conduct(setup, &host, record, ret, error);
}
