/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/chains.h"

#include "base/ensure.h"
#include "nodes/broker_time.h"
#include "nodes/due.h"
#include "nodes/recall.h"
#include "nodes/store_chains.h"

#define INCARNATIONS_LOST_MAX 1000                /* more are not begun between a backup and now */
#define INCARNATION_TOLD_MAX  (UINT32_C(1) << 31) /* what others name uses up no more: half of them are left */

#define THROUGH_STEPS_MAX 4096                       /* numbers looked at in one input when a gap closes */
#define ASK_SPAN_MAX      256                        /* numbers asked for at once */
#define GAP_MS_MAX        (LIFE_MS_MAX + MS_PER_DAY) /* and its end was told a day later */
#define GAPS_EVERY_MS     MS_PER_HOUR                /* or as seldom as ticks come */
#define ASKS_MAX          64 /* chains asked about in one input; a party has at most one a lane there */

bool own_incarnation_may_be_lost(struct node *node, const char *to, enum lane lane, uint32_t incarnation)
{
    struct own_head newest = {.incarnation = 0};
    bool any = store_own_head(node->store, to, lane, 0, &newest);
    return (any && incarnation <= newest.incarnation) ||
           (incarnation - newest.incarnation <= INCARNATIONS_LOST_MAX && incarnation <= INCARNATION_TOLD_MAX);
}

void own_chain_next(struct node *node, struct turn *turn, const struct address *to, enum lane lane,
                    struct own_number *ret)
{
    struct own_head head = {.incarnation = 0};
    uint64_t now = turn_wall(turn).ms;
    bool known = store_own_head(node->store, to->text, lane, 0, &head);
    *ret = (struct own_number){.to = *to, .lane = lane};
    /* A chain whose clock ran ahead of the one we have now could go on only with times that nobody accepts. */
    bool ends = !known || head.closed || head.seq == UINT32_MAX || head.created_ms > now + CLOCK_AHEAD_MS / 2;
    if (ends) {
        ret->incarnation = head.incarnation + 1;
        ensure(ret->incarnation != 0);
        ret->seq = 1;
        ret->created_ms = now;
        if (known) {
            node_event(turn, EVENT_INCARNATION, "to=%s lane=%s incarnation=%u", to->text,
                       lane_name((uint32_t)lane), (unsigned)ret->incarnation);
        }
        return;
    }
    ret->incarnation = head.incarnation;
    ret->seq = head.seq + 1;
    ret->prev = head.id;
    ret->created_ms = head.created_ms > now ? head.created_ms : now;
}

void own_chain_used(struct node *node, const struct own_number *number, const struct envelope_id *id)
{
    const struct own_head head = {.incarnation = number->incarnation,
                                  .seq = number->seq,
                                  .id = id->digest,
                                  .created_ms = number->created_ms};
    store_own_head_put(node->store, number->to.text, number->lane, &head);
}

void own_chain_close(struct node *node, struct turn *turn, const char *to, enum lane lane,
                     uint32_t incarnation)
{
    store_own_head_close(node->store, to, lane, incarnation);
    if (store_changes(node->store) != 0) {
        node_event(turn, EVENT_INCARNATION, "to=%s lane=%s closed=%u", to, lane_name((uint32_t)lane),
                   (unsigned)incarnation);
    }
}

void own_chains_close(struct node *node, struct turn *turn, const char *to)
{
    store_own_heads_close(node->store, to);
    if (store_changes(node->store) != 0) {
        node_event(turn, EVENT_INCARNATION, "to=%s closed=all", to == NULL ? "all" : to);
    }
}

void own_chains_heads_begin(struct node *node)
{
    store_broker_heads_clear(node->store);
}

/* The end that was settled last: of an envelope that is still open here. */
static bool end_is_lost(struct node *node, const Comity__PeerHead *told)
{
    return told->ended != 0 && store_own_number_is_open(node->store, told->to, (enum lane)told->lane,
                                                        told->incarnation, told->ended);
}

void own_chains_head(struct node *node, struct turn *turn, const Comity__PeerHead *told)
{
    struct own_head head = {.incarnation = told->incarnation};
    struct digest id;
    if (!recall_notes(node, told->to) ||
        !own_incarnation_may_be_lost(node, told->to, (enum lane)told->lane, told->incarnation)) {
        return;
    }
    const struct digest told_id = digest_from(wire_bytes(told->id));
    enum lane lane = (enum lane)told->lane;
    bool known = store_own_head(node->store, told->to, lane, told->incarnation, &head);
    bool other = store_own_number_id(node->store, told->to, lane, told->incarnation, told->seq, &id) &&
                 !digest_equal(&id, &told_id);
    if (!known || told->seq > head.seq) {
        /* Numbers that were used and then forgotten: they are used, and the chain is never gone on with. */
        own_chain_close(node, turn, told->to, lane, told->incarnation);
        head = (struct own_head){.incarnation = told->incarnation,
                                 .seq = told->seq,
                                 .closed = true,
                                 .id = told_id,
                                 .created_ms = head.created_ms};
        store_own_head_put(node->store, told->to, lane, &head);
        recall_own_lost(node, turn, told);
    } else if (other) {
        own_chain_close(node, turn, told->to, lane, told->incarnation);
        recall_own_lost(node, turn, told);
    }
    if (end_is_lost(node, told)) {
        recall_end_lost(node, turn, told);
    }
    store_broker_head(node->store, told->to, lane, told->incarnation, told->seq);
}

void own_chains_heads_done(struct node *node, struct turn *turn)
{
    uint64_t chains = store_broker_behind(node->store);
    uint64_t envelopes = store_own_unsend_lost(node->store);
    store_own_unsend_overdue(node->store, turn_wall(turn).ms);
    if (chains != 0) {
        recall_name_broker(node, turn, chains, envelopes);
    }
}

/* --- chains of others --- */

static void ask_for(struct node *node, struct turn *turn, const struct in_chain *chain, uint32_t first,
                    uint32_t last)
{
    Comity__AskAgain message = COMITY__ASK_AGAIN__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.from = (char *)(uintptr_t)chain->from.text;
    message.lane = (uint32_t)chain->lane;
    message.incarnation = chain->incarnation;
    message.first = first;
    message.last = last;
    frame.body_case = COMITY__FRAME__BODY_ASK_AGAIN;
    frame.ask_again = &message;
    if (node->live.stage < LINK_HEADS) {
        return; /* the next link asks */
    }
    node_say(node, turn, &frame);
    node_event(turn, EVENT_CHAIN_GAP, "from=%s lane=%s incarnation=%u first=%u last=%u", chain->from.text,
               lane_name((uint32_t)chain->lane), (unsigned)chain->incarnation, (unsigned)first,
               (unsigned)last);
}

/* The first missing numbers of a chain that has a gap. */
static void ask_gap(struct node *node, struct turn *turn, const struct in_chain *chain,
                    const struct in_state *state)
{
    uint32_t first = state->through + 1;
    uint32_t last = first;
    while (last + 1 < state->highest && last - first + 1 < ASK_SPAN_MAX &&
           !store_in_number_known(node->store, chain, last + 1)) {
        last++;
    }
    ask_for(node, turn, chain, first, last);
}

static void known_number(struct node *node, struct turn *turn, const struct in_chain *chain, uint32_t seq)
{
    struct in_state state;
    store_in_chain_get(node->store, chain, &state);
    if (seq > state.highest) {
        state.highest = seq;
    }
    for (unsigned step = 0; step < THROUGH_STEPS_MAX && state.through < state.highest &&
                            store_in_number_known(node->store, chain, state.through + 1);
         step++) {
        state.through++;
    }
    bool ask = state.through < state.highest && state.asked <= state.through;
    if (ask) {
        state.asked =
            state.through + 1; /* once for each first missing number; links and held letters ask again */
    }
    store_in_chain_put(node->store, chain, &state);
    if (ask) {
        ask_gap(node, turn, chain, &state);
    }
}

void in_chain_taken(struct node *node, struct turn *turn, const struct in_chain *chain, uint32_t seq)
{
    known_number(node, turn, chain, seq);
}

void in_chain_gone(struct node *node, struct turn *turn, const struct in_chain *chain, uint32_t seq)
{
    store_in_number_gone(node->store, chain, seq);
    known_number(node, turn, chain, seq);
}

void in_chain_voided(struct node *node, struct turn *turn, const struct in_chain *chain, uint32_t seq)
{
    struct in_state state;
    store_in_chain_get(node->store, chain, &state);
    if (seq > state.through && seq < state.highest) {
        in_chain_gone(node, turn, chain, seq);
    }
}

uint32_t in_chain_through(struct node *node, const struct in_chain *chain)
{
    struct in_state state;
    store_in_chain_get(node->store, chain, &state);
    return state.through;
}

void in_chains_ask(struct node *node, struct turn *turn, const char *from)
{
    struct in_chain chains[ASKS_MAX];
    struct in_state states[ASKS_MAX];
    size_t count = store_in_gaps(node->store, from, ASKS_MAX, chains, states);
    for (size_t i = 0; i < count; i++) {
        ask_gap(node, turn, &chains[i], &states[i]);
    }
}

void in_chains_give_up(struct node *node, struct turn *turn)
{
    struct in_chain chains[ASKS_MAX];
    struct in_state states[ASKS_MAX];
    uint32_t next[ASKS_MAX];
    uint64_t now = broker_time_sure(node, turn).ms;
    if (now < GAP_MS_MAX || turn_mono(turn).ms < node->live.gaps_after.ms) {
        return;
    }
    size_t count = store_in_gaps_old(node->store, now - GAP_MS_MAX, ASKS_MAX, chains, states, next);
    for (size_t i = 0; i < count; i++) {
        node_event(turn, EVENT_CHAIN_LOST, "from=%s lane=%s incarnation=%u first=%u last=%u",
                   chains[i].from.text, lane_name((uint32_t)chains[i].lane), (unsigned)chains[i].incarnation,
                   (unsigned)states[i].through + 1, (unsigned)next[i] - 1);
        store_in_chain_ended(node->store, &chains[i], next[i]);
        known_number(node, turn, &chains[i], next[i]);
    }
    bool all = count < ASKS_MAX;
    uint64_t every_ms = node->options.tick_ms > GAPS_EVERY_MS ? node->options.tick_ms : GAPS_EVERY_MS;
    node->live.gaps_after = mono_after(turn_mono(turn), all ? every_ms : 0);
    node->live.more = node->live.more || !all;
}

void in_chains_due(struct node *node, struct due *due)
{
    if (store_in_gaps_any(node->store)) {
        due_at(due, node->live.gaps_after);
    }
    if (node->live.gaps_after.ms == 0) {
        due_sure(due, GAP_MS_MAX); /* they were not looked for: it is not known what time it is */
    }
}

void in_chain_fork(struct node *node, struct turn *turn, const struct envelope *envelope, struct bytes raw)
{
    char id[ID_SHORT];
    store_fork_put(node->store, envelope, turn_wall(turn).ms, raw);
    node_event(turn, EVENT_CHAIN_FORK, "from=%s lane=%s incarnation=%u seq=%u id=%s",
               envelope->chain.from.text, lane_name((uint32_t)envelope->chain.lane),
               (unsigned)envelope->chain.incarnation, (unsigned)envelope->head->seq,
               id_short(id, &envelope->id.digest));
}
