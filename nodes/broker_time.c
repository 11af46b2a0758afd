/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/broker_time.h"

#include "keys/envelope.h"
#include "nodes/due.h"
#include "nodes/link.h"

#define CLOCK_OFF_MS      (5 * MS_PER_MINUTE)
#define SET_BACK_MS       MS_PER_SECOND /* less is the way of a frame */
#define PAUSE_MS          MS_PER_MINUTE
#define PAUSE_MS_MAX      MS_PER_HOUR
#define PAUSES_DOUBLE_MAX 6 /* so often, to more than PAUSE_MS_MAX */

bool broker_time_now(const struct node *node, const struct turn *turn, wall_ms *ret)
{
    const struct live *live = &node->live;
    if (live->broker_told.ms == 0) {
        return false;
    }
    ret->ms = live->broker_told.ms + (turn_mono(turn).ms - live->broker_told_at.ms) * node->options.wall_rate;
    return true;
}

bool broker_time_differs(const struct node *node, const struct turn *turn)
{
    uint64_t own = turn_wall(turn).ms;
    wall_ms theirs;
    return broker_time_now(node, turn, &theirs) &&
           (theirs.ms > own + CLOCK_OFF_MS || theirs.ms + CLOCK_OFF_MS < own);
}

void broker_time_told(struct node *node, struct turn *turn, uint64_t now_ms)
{
    struct live *live = &node->live;
    wall_ms expected;
    if (!time_in_range(now_ms)) {
        return;
    }
    if (broker_time_now(node, turn, &expected) && now_ms + SET_BACK_MS < expected.ms) {
        due_at_once(node);
    }
    live->broker_told.ms = now_ms;
    live->broker_told_at = turn_mono(turn);
    bool off = broker_time_differs(node, turn);
    if (off && !live->clock_was_off) {
        node_event(turn, EVENT_CLOCK_OFF, "own=%llu broker=%llu", (unsigned long long)turn_wall(turn).ms,
                   (unsigned long long)now_ms);
    }
    live->clock_was_off = off;
}

bool broker_time_refuses(const struct node *node, const struct turn *turn)
{
    uint64_t own = turn_wall(turn).ms;
    wall_ms theirs;
    return broker_time_now(node, turn, &theirs) &&
           (own > theirs.ms + CLOCK_AHEAD_MS || theirs.ms >= own + node->options.life_ms);
}

static void seal_after(struct node *node, struct turn *turn, uint64_t ms)
{
    node->live.seal_after = mono_after(turn_mono(turn), ms);
    node_uplink_ping(node, turn);
}

bool broker_time_may_seal(struct node *node, struct turn *turn)
{
    if (turn_mono(turn).ms < node->live.seal_after.ms) {
        return false;
    }
    bool stops = broker_time_refuses(node, turn);
    if (stops) {
        seal_after(node, turn, PAUSE_MS);
    }
    return !stops;
}

bool broker_time_disputed(const struct node *node, const struct turn *turn, enum reason reason,
                          uint64_t created_ms, uint64_t expires_ms)
{
    uint64_t half_ms = created_ms + (expires_ms - created_ms) / 2;
    return reason == REASON_CLOCK || (reason == REASON_EXPIRED && broker_time_sure(node, turn).ms < half_ms);
}

void broker_time_pause(struct node *node, struct turn *turn)
{
    struct live *live = &node->live;
    if (turn_mono(turn).ms < live->seal_after.ms) {
        return; /* it was under way when the pause began */
    }
    uint64_t ms = PAUSE_MS << live->clock_pauses;
    live->clock_pauses += live->clock_pauses < PAUSES_DOUBLE_MAX ? 1 : 0;
    seal_after(node, turn, ms < PAUSE_MS_MAX ? ms : PAUSE_MS_MAX);
}

void broker_time_agrees(struct node *node)
{
    node->live.clock_pauses = 0;
}

wall_ms broker_time_sure(const struct node *node, const struct turn *turn)
{
    wall_ms own = turn_wall(turn);
    wall_ms theirs;
    if (!broker_time_now(node, turn, &theirs)) {
        return turn_mono(turn).ms - node->began.ms < MS_PER_DAY ? (wall_ms){.ms = 0} : own;
    }
    return theirs.ms < own.ms ? theirs : own;
}

mono_ms broker_time_sure_at(const struct node *node, const struct turn *turn, wall_ms at)
{
    wall_ms now = broker_time_sure(node, turn);
    bool unsure = now.ms == 0; /* then it is our own, once the first day is over */
    uint64_t shown = unsure ? turn_wall(turn).ms : now.ms;
    mono_ms then = mono_after(turn_mono(turn), at.ms <= shown ? 0 : at.ms - shown);
    mono_ms day = mono_after(node->began, MS_PER_DAY);
    return unsure && then.ms < day.ms ? day : then;
}
