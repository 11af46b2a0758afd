/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "keys/prekeys.h"
#include "nodes/due.h"
#include "nodes/inbox.h"
#include "nodes/letters.h"
#include "nodes/link.h"
#include "nodes/outbox.h"
#include "nodes/prekeys.h"
#include "nodes/recall.h"
#include "nodes/receipts.h"
#include "nodes/rosters.h"
#include "nodes/store_chores.h"
#include "nodes/store_exercise.h"
#include "nodes/store_node.h"
#include "nodes/store_prepared.h"
#include "nodes/watch.h"

#define PAGE_BYTES    4096
#define FULL_RETRY_MS MS_PER_SECOND
#define RECEIPTS_MADE 64 /* receipts (pairs and kinds) signed in one turn */

void node_options_default(struct node_options *options)
{
    *options = (struct node_options){.life_ms = NODE_LIFE_DAYS * MS_PER_DAY,
                                     .prekey_days = NODE_PREKEY_DAYS,
                                     .mla_lead_days = MLA_LEAD_DAYS,
                                     .quiet_ms = QUIET_MS_DEFAULT,
                                     .tick_ms = MS_PER_MINUTE,
                                     .wall_rate = 1};
}

/* --- opening --- */

static enum door open_failed(struct node *node)
{
    node_close(node);
    return DOOR_FATAL;
}

enum door node_open(struct node **ret, const struct node_options *options, struct error *error)
{
    const struct store_options store = {.path = options->store_path,
                                        .vfs = options->vfs,
                                        .schema = node_schema,
                                        .version = NODE_SCHEMA_VERSION,
                                        .upgrades = node_upgrades,
                                        .upgrade_count = NODE_UPGRADES,
                                        .page_bytes = PAGE_BYTES,
                                        .checkpoint_pages = options->checkpoint_pages,
                                        .cache_bytes = options->cache_bytes,
                                        .erase_deleted = true};
    ensure(options->life_ms >= LIFE_MS_MIN && options->life_ms <= LIFE_MS_MAX);
    ensure(options->prekey_days >= PREKEYS_MIN && options->prekey_days <= PREKEYS_MAX);
    ensure(options->mla_lead_days >= 1 && options->mla_lead_days <= MLA_LEAD_DAYS_MAX);
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        error_set(error, "no memory for the node");
        return DOOR_FATAL;
    }
    node->work = true;
    node->options = *options;
    node->options.store_path = NULL;
    node->options.vfs = NULL;
    node->verified.place = options->verified;
    if (store_open(&node->store, &store, error) != STORE_OK) {
        node->store = NULL;
        return open_failed(node);
    }
    if (options->store_bytes_max != 0) {
        store_bytes_max(node->store, options->store_bytes_max);
    }
    if (!node_rosters_load(node, error)) {
        return open_failed(node);
    }
    struct exercise_row joined;
    if (!node->options.has_exercise && store_exercise_get(node->store, &joined)) {
        node->options.has_exercise = true;
        node->options.exercise = joined.id;
    }
    *ret = node;
    return DOOR_OK;
}

void node_close(struct node *node)
{
    if (node == NULL) {
        return;
    }
    node_rosters_forget_parts(node);
    node_rosters_drop(node);
    roster_free(node->roster);
    kept_cases_free(&node->kept);
    arena_free(node->row.arena);
    store_close(node->store);
    free(node);
}

/* --- what the parts share --- */

const struct roster *node_roster_now(const struct node *node)
{
    return node->staged != NULL ? node->staged : node->roster;
}

const struct party *node_self(const struct node *node)
{
    const struct roster *roster = node_roster_now(node);
    return roster == NULL ? NULL : roster_find(roster, node->options.party.text);
}

bool node_is_me(const struct node *node, const char *address)
{
    return strcmp(node->options.party.text, address) == 0;
}

bool node_ready(const struct node *node)
{
    return node_self(node) != NULL;
}

const struct roster *node_current_roster(const struct node *node)
{
    return node->roster;
}

const char *id_short(char ret[ID_SHORT], const struct digest *id)
{
    return hex_write(ret, bytes_of(id->bytes, (ID_SHORT - 1) / 2));
}

void node_event(struct turn *turn, enum event event, const char *fields, ...)
{
    static const struct {
        enum log_level level;
        const char *text;
    } events[] = {
#define EVENT(name, level, text, when) {LOG_##level, text},
#include "nodes/events.def"
#undef EVENT
    };
    char text[512];
    va_list arguments;
    va_start(arguments, fields);
    (void)vsnprintf(text, sizeof text, fields, arguments);
    va_end(arguments);
    turn_log(turn, events[event].level, events[event].text, "%s", text);
}

/* --- an input --- */

enum input_outcome node_question(struct node *node, struct turn *turn,
                                 void (*act)(struct node *, struct turn *, void *context), void *context)
{
    node->began = node->began.ms == 0 ? turn_mono(turn) : node->began;
    const struct live before = node->live;
    const bool joined = node->options.has_exercise;
    const struct exercise_id exercise = node->options.exercise;
    const struct turn_mark mark = turn_mark(turn);
    store_savepoint(node->store);
    act(node, turn, context);
    kept_cases_settle(&node->kept);
    const enum store_outcome outcome = store_savepoint_end(node->store);
    switch (outcome) {
    case STORE_OK:
        node_rosters_adopt(node);
        return INPUT_DONE;
    case STORE_FULL:
    case STORE_GIVEN_UP:
        turn_strike(turn, mark);
        node->live = before;
        node->options.has_exercise = joined;
        node->options.exercise = exercise;
        node_rosters_drop(node);
        kept_cases_free(&node->kept); /* with rows of letters that are not there any more */
        if (outcome == STORE_FULL) {
            node_event(turn, EVENT_STORE_FULL, "bytes=%llu",
                       (unsigned long long)store_bytes_used(node->store));
        }
        return INPUT_FULL;
    case STORE_FATAL:
        break;
    }
    node_event(turn, EVENT_STORE_FAILED, "error=\"%s\"", store_error(node->store));
    return INPUT_FATAL;
}

enum input_outcome node_input(struct node *node, struct turn *turn,
                              void (*act)(struct node *, struct turn *, void *context), void *context)
{
    node->work = true;
    return node_question(node, turn, act, context);
}

static enum door door(enum input_outcome outcome)
{
    return outcome == INPUT_FATAL ? DOOR_FATAL : DOOR_OK;
}

static bool is_present(const struct node *node, link_id link)
{
    return node->live.stage != LINK_DOWN && node->live.link.number == link.number;
}

static void act_link_up(struct node *node, struct turn *turn, void *context)
{
    const link_id *link = context;
    node_uplink_open(node, turn, *link);
}

enum door node_link_up(struct node *node, struct turn *turn, link_id link)
{
    return door(node_input(node, turn, act_link_up, &link));
}

static void act_link_down(struct node *node, struct turn *turn, void *context)
{
    (void)context;
    node_uplink_closed(node, turn);
}

enum door node_link_down(struct node *node, struct turn *turn, link_id link)
{
    return is_present(node, link) ? door(node_input(node, turn, act_link_down, NULL)) : DOOR_OK;
}

static void act_frame(struct node *node, struct turn *turn, void *context)
{
    const Comity__Frame *frame = context;
    if (!node_uplink_frame(node, turn, frame)) {
        node_event(turn, EVENT_LINK_BROKEN, "frame=%d", (int)frame->body_case);
        node_uplink_break(node, turn, REASON_FIELD, "the broker said a frame that is not allowed here");
    }
}

static void act_bad_frame(struct node *node, struct turn *turn, void *context)
{
    (void)context;
    node_event(turn, EVENT_LINK_BROKEN, "frame=unreadable");
    node_uplink_break(node, turn, REASON_ENCODING, "the broker said a frame that does not read");
}

/*
 * The input was undone for lack of room: a delivery is put back; all else the broker says again on the next link, and so
 * this one ends.
 */
static void act_wait(struct node *node, struct turn *turn, void *context)
{
    const Comity__Frame *frame = context;
    node->live.heard = turn_mono(turn);
    if (frame->body_case == COMITY__FRAME__BODY_DELIVER) {
        inbox_put_back(node, turn, frame->deliver);
        node_uplink_took(node, turn, frame->deliver);
    } else {
        node_uplink_break(node, turn, REASON_QUOTA, "there is no room on this node's disk");
    }
}

enum door node_frame(struct node *node, struct turn *turn, link_id link, struct bytes bytes)
{
    Comity__Frame *frame = NULL;
    if (!is_present(node, link)) {
        return DOOR_OK;
    }
    if (frame_unpack(bytes, turn_arena(turn), &frame, NULL) != WIRE_OK) {
        return door(node_input(node, turn, act_bad_frame, NULL));
    }
    if (node_uplink_heartbeat(node, turn, frame)) {
        return DOOR_OK;
    }
    enum input_outcome outcome = node_input(node, turn, act_frame, frame);
    if (outcome == INPUT_FULL) {
        outcome = node_input(node, turn, act_wait, frame);
    }
    return door(outcome);
}

struct roster_input {
    struct bytes json;
    const struct bytes *minisigs;
    size_t count;
    enum roster_outcome outcome;
    struct error *error;
};

static void act_roster(struct node *node, struct turn *turn, void *context)
{
    struct roster_input *input = context;
    input->outcome = node_rosters_take(node, turn, input->json, input->minisigs, input->count, input->error);
}

enum door node_roster(struct node *node, struct turn *turn, struct bytes json, const struct bytes *minisigs,
                      size_t count, enum roster_outcome *ret_outcome, struct error *error)
{
    struct roster_input input = {.json = json, .minisigs = minisigs, .count = count, .error = error};
    enum input_outcome outcome = node_input(node, turn, act_roster, &input);
    if (outcome == INPUT_FULL) {
        error_set(error, "no room on the disk for the roster");
        input.outcome = ROSTER_NO_MEMORY;
    }
    *ret_outcome = input.outcome;
    return door(outcome);
}

static void act_tick(struct node *node, struct turn *turn, void *context)
{
    (void)context;
    node->live.ticked = turn_mono(turn);
    node->live.looked = true;
    node_uplink_tick(node, turn);
    node_prekeys_renew(node, turn);
    outbox_submits_overdue(node, turn);
    outbox_void_expired(node, turn);
    node_receipts_tick(node, turn);
    recall_tick(node, turn);
    store_chores_wake(node->store, turn_wall(turn).ms);
    in_chains_give_up(node, turn);
    watch_tick(node, turn);
    if (turn_wall(turn).ms > PREPARED_AGE_MS) {
        store_prepared_expire(node->store, turn_wall(turn).ms - PREPARED_AGE_MS - 1);
    }
    if (node->live.unblock_at.ms != 0 && turn_mono(turn).ms >= node->live.unblock_at.ms) {
        outbox_try_again(node);
    }
}

enum door node_tick(struct node *node, struct turn *turn)
{
    if (due_is_reached(node, turn)) {
        return door(node_input(node, turn, act_tick, NULL));
    }
    due_looked_not(node, turn);
    node_uplink_tick(node, turn);
    return DOOR_OK;
}

/* --- the end of a turn: seal, sign once, say --- */

struct signing {
    struct outgoing *outgoing;
    size_t outgoing_count;
    struct due_receipt *due;
    size_t due_count;
};

/* One signature for all envelopes and receipts of the turn (protocol.md 2.4). */
static void sign_all(struct node *node, struct turn *turn, const struct signing *s)
{
    struct arena *arena = turn_arena(turn);
    size_t count = s->outgoing_count + s->due_count;
    struct digest *digests = arena_zero(arena, count == 0 ? 1 : count, sizeof *digests);
    struct bytes *proofs = arena_zero(arena, count == 0 ? 1 : count, sizeof *proofs);
    if (count == 0 || digests == NULL || proofs == NULL) {
        return;
    }
    for (size_t i = 0; i < s->outgoing_count; i++) {
        digests[i] = s->outgoing[i].sealed.id.digest;
    }
    for (size_t i = 0; i < s->due_count; i++) {
        digests[s->outgoing_count + i] = s->due[i].digest;
    }
    if (!sign_turn(node->options.node_signer, digests, count, arena, proofs)) {
        return; /* the arena ended: the host ends this party */
    }
    for (size_t i = 0; i < s->outgoing_count; i++) {
        outbox_store(node, &s->outgoing[i], proofs[i]);
    }
    for (size_t i = 0; i < s->due_count; i++) {
        node_receipts_store(node, turn, &s->due[i], proofs[s->outgoing_count + i]);
    }
}

static void act_turn_end(struct node *node, struct turn *turn, void *context)
{
    struct arena *arena = turn_arena(turn);
    struct signing signing = {.outgoing = arena_take(arena, SEALS_A_TURN_MAX * sizeof *signing.outgoing),
                              .due = arena_take(arena, RECEIPTS_MADE * sizeof *signing.due)};
    (void)context;
    node_uplink_renew(node, turn);
    if (signing.outgoing == NULL || signing.due == NULL) {
        return;
    }
    if (node_self(node) != NULL && node_prekeys_number(node) == 0) {
        node_prekeys_renew(node, turn); /* the first roster has come */
    }
    node_prekeys_publish(node, turn);
    node_rosters_offer(node, turn);
    signing.outgoing_count = outbox_seal(node, turn, signing.outgoing, SEALS_A_TURN_MAX);
    signing.outgoing_count += recall_seal(node, turn, &signing.outgoing[signing.outgoing_count],
                                          SEALS_A_TURN_MAX - signing.outgoing_count);
    signing.due_count = node_receipts_prepare(node, turn, signing.due, RECEIPTS_MADE);
    sign_all(node, turn, &signing);
    node_receipts_say(node, turn);
    outbox_submit(node, turn);
    node_uplink_credit(node, turn);
    cases_renew(node, turn);
    due_ask(node, turn);
    due_wait(node, turn);
}

/* Says once when the disk has too little room, and once when it has enough again. */
static void tell_disk(struct node *node, struct turn *turn)
{
    bool low = node->live.disk_low;
    if (low != node->disk_low_told) {
        node_event(turn, low ? EVENT_DISK_LOW : EVENT_DISK_ENOUGH, "free=%llu needed=%llu",
                   (unsigned long long)node->disk_free, (unsigned long long)DISK_FREE_MIN);
        node->disk_low_told = low;
    }
}

enum door node_turn_end(struct node *node, struct turn *turn)
{
    tell_disk(node, turn);
    if (!node->work) {
        due_wait(
            node,
            turn); /* only questions were asked, and the link was kept: the rest is as the last end left it */
        return DOOR_OK;
    }
    enum input_outcome outcome = node_question(node, turn, act_turn_end, NULL);
    if (outcome == INPUT_FULL) {
        node->live.deadline = mono_after(turn_mono(turn), FULL_RETRY_MS);
    }
    node->work = outcome == INPUT_FULL;
    return door(outcome);
}

enum door node_commit(struct node *node)
{
    cases_marked_store(node);
    if (store_commit(node->store) != STORE_OK) {
        return DOOR_FATAL;
    }
    node->committed++;
    return DOOR_OK;
}

mono_ms node_deadline(const struct node *node)
{
    return node->live.deadline;
}

uint64_t node_alarms_raised(const struct node *node)
{
    return node->live.figures.alarms;
}

const char *node_trouble(const struct node *node)
{
    return store_outcome(node->store) == STORE_OK ? "memory ended" : store_error(node->store);
}

uint64_t node_dropped_pages(const struct node *node)
{
    return store_dropped_frames(node->store);
}

enum door node_between_turns(struct node *node, bool idle)
{
    return store_checkpoint(node->store, idle) == STORE_FATAL ? DOOR_FATAL : DOOR_OK;
}

void node_disk_free(struct node *node, uint64_t bytes)
{
    node->disk_free = bytes;
    node->live.disk_low = bytes < DISK_FREE_MIN;
}

void node_link_trouble(struct node *node, const char *text)
{
    (void)snprintf(node->link_trouble, sizeof node->link_trouble, "%s", text);
}

void node_zone(struct node *node, const struct zone *zone)
{
    node->options.zone = zone;
    due_at_once(node); /* dates that it counts */
}

void node_zones(struct node *node, const struct zone_set *zones)
{
    node->zones = zones;
    kept_cases_doubt(&node->kept);
    due_at_once(node);
}

uint64_t node_arrivals(const struct node *node)
{
    return node->live.figures.received + node->live.figures.effective;
}

void node_figures(struct node *node, struct node_figures *ret)
{
    *ret = node->live.figures;
    store_waiting(node->store, &ret->waiting_out, &ret->waiting_in);
}
