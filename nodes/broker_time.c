/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/broker_time.h"

#include "keys/envelope.h"

#define CLOCK_OFF_MS (5 * MS_PER_MINUTE)

bool broker_time_now(const struct node *node, const struct turn *turn, wall_ms *ret)
{
    const struct live *live = &node->live;
    if (live->broker_told.ms == 0) {
        return false;
    }
    ret->ms = live->broker_told.ms + (turn_mono(turn).ms - live->broker_told_at.ms);
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
    if (now_ms == 0) {
        return;
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

wall_ms broker_time_sure(const struct node *node, const struct turn *turn)
{
    wall_ms own = turn_wall(turn);
    wall_ms theirs;
    if (!broker_time_now(node, turn, &theirs)) {
        return turn_mono(turn).ms < MS_PER_DAY ? (wall_ms){.ms = 0} : own;
    }
    return theirs.ms < own.ms ? theirs : own;
}
