/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/due.h"

#include "nodes/broker_time.h"
#include "nodes/chains.h"
#include "nodes/link.h"
#include "nodes/outbox.h"
#include "nodes/prekeys.h"
#include "nodes/recall.h"
#include "nodes/receipts.h"
#include "nodes/rosters.h"
#include "nodes/store_chores.h"
#include "nodes/store_prepared.h"
#include "nodes/watch.h"

#define PAUSE_MS MS_PER_SECOND /* work that is overdue and could not be done is no reason to spin */

void due_at_once(struct node *node)
{
    node->live.due.mono.ms = 0;
}

static bool was_set_back(const struct node *node, const struct turn *turn)
{
    return turn_wall(turn).ms < node->live.wall_seen.ms;
}

bool due_is_reached(const struct node *node, const struct turn *turn)
{
    const struct due *due = &node->live.due;
    return turn_mono(turn).ms >= due->mono.ms || turn_wall(turn).ms >= due->own.ms ||
           broker_time_sure(node, turn).ms >= due->sure.ms || was_set_back(node, turn);
}

void due_looked_not(struct node *node, const struct turn *turn)
{
    node->live.ticked = turn_mono(turn);
    node->live.pause_ends = mono_after(turn_mono(turn), PAUSE_MS);
}

void due_ask(struct node *node, struct turn *turn)
{
    struct live *live = &node->live;
    struct due *due = &live->due;
    *due = DUE_NEVER;
    outbox_due(node, turn, due);
    node_receipts_due(node, due);
    node_prekeys_due(node, turn, due);
    node_rosters_due(node, turn, due);
    recall_due(node, turn, due);
    in_chains_due(node, due);
    uint64_t prepared = store_prepared_oldest_ms(node->store);
    due_own(due, prepared == 0 ? 0 : prepared + PREPARED_AGE_MS + 1);
    due_own(due, store_watch_next_ms(node->store));
    due_own(due, store_chore_next_ms(node->store));
    live->pause_ends = live->more ? turn_mono(turn) : mono_after(turn_mono(turn), PAUSE_MS);
    if (live->more || !live->looked) {
        due_at_once(node);
    }
    live->more = false; /* not before: what the inputs of this turn left over counts, too */
}

/* A wall clock's moment as one of the monotonic clock; what has passed is now. */
static mono_ms mono_of(const struct turn *turn, wall_ms now, wall_ms at)
{
    return mono_after(turn_mono(turn), at.ms <= now.ms ? 0 : at.ms - now.ms);
}

void due_wait(struct node *node, struct turn *turn)
{
    struct live *live = &node->live;
    if (was_set_back(node, turn)) {
        due_at_once(node); /* by a turn without a tick */
    }
    live->wall_seen = turn_wall(turn);
    mono_ms ticked = live->ticked.ms == 0 ? node->began : live->ticked;
    mono_ms next = mono_earlier(mono_after(ticked, node->options.tick_ms), node_uplink_deadline(node));
    next = mono_earlier(next, live->due.mono);
    next = mono_earlier(next, mono_of(turn, turn_wall(turn), live->due.own));
    next = mono_earlier(next, broker_time_sure_at(node, turn, live->due.sure));
    live->deadline = next.ms < live->pause_ends.ms ? live->pause_ends : next;
}
