/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "broker/broker_private.h"

#define PAGE_BYTES 16384
#define GIB        (UINT64_C(1) << 30)

void broker_options_default(struct broker_options *options)
{
    *options = (struct broker_options){
        .spool_bytes_max = BROKER_SPOOL_GIB * GIB,
        .quota_envelopes = BROKER_QUOTA_ENVELOPES,
        .quota_bytes = BROKER_QUOTA_GIB * GIB,
        .silence_ms = SILENCE_MS,
        .submits_max = SUBMITS_MAX,
    };
}

/* --- events --- */

enum log_level broker_event_level(enum broker_event event)
{
    static const enum log_level levels[] = {
#define EVENT(identifier, name, level, help) [EVENT_##identifier] = level,
#include "broker/events.def"
#undef EVENT
    };
    return levels[event];
}

const char *broker_event_name(enum broker_event event)
{
    static const char *const names[] = {
#define EVENT(identifier, name, level, help) [EVENT_##identifier] = name,
#include "broker/events.def"
#undef EVENT
    };
    return names[event];
}

/* --- life --- */

static char *copy_text(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

static bool copy_options(struct broker *broker, const struct broker_options *options)
{
    broker->options = *options;
    broker->links_due = MONO_NEVER;
    broker->store_path = copy_text(options->store_path);
    broker->vfs = copy_text(options->vfs);
    broker->id = copy_text(options->id);
    broker->options.store_path = broker->store_path;
    broker->options.vfs = broker->vfs;
    broker->verified.place = options->verified;
    broker->options.id = broker->id;
    return broker->store_path != NULL && broker->id != NULL && (broker->vfs != NULL || options->vfs == NULL);
}

static bool open_store(struct broker *broker, struct error *error)
{
    const struct store_options options = {.path = broker->store_path,
                                          .vfs = broker->vfs,
                                          .schema = broker_schema,
                                          .version = BROKER_SCHEMA_VERSION,
                                          .upgrades = broker_upgrades,
                                          .upgrade_count = BROKER_UPGRADES,
                                          .page_bytes = PAGE_BYTES,
                                          .checkpoint_pages = broker->options.checkpoint_pages,
                                          .cache_bytes = broker->options.cache_bytes};
    if (store_open(&broker->store, &options, error) != STORE_OK) {
        return false;
    }
    struct pair_waiting waiting = pair_waiting_total(broker->store);
    broker->figures.waiting_envelopes = waiting.envelopes;
    broker->figures.waiting_bytes = waiting.bytes;
    broker->figures.receipts_owed = owed_count(broker->store);
    broker->next_arrival = spool_next_arrival(broker->store);
    broker->next_receipt = receipt_next_number(broker->store);
    broker->earliest_expiry_ms = spool_earliest_expiry(broker->store);
    if (store_outcome(broker->store) != STORE_OK) {
        error_set(error, "cannot read the store %s: %s", broker->store_path, store_error(broker->store));
        return false;
    }
    return roster_load(broker, error);
}

enum door broker_open(struct broker **ret, const struct broker_options *options, struct error *error)
{
    struct broker *broker = calloc(1, sizeof *broker);
    if (broker == NULL) {
        error_set(error, "no memory for the broker");
        return DOOR_FATAL;
    }
    broker->disk_free = UINT64_MAX;
    broker->scratch = arena_new(SCRATCH_BYTES_MAX);
    broker->lists = calloc(1, sizeof *broker->lists);
    broker->effects = calloc(1, sizeof *broker->effects);
    if (broker->scratch == NULL || broker->lists == NULL || broker->effects == NULL ||
        !copy_options(broker, options)) {
        error_set(error, "no memory for the broker");
        broker_close(broker);
        return DOOR_FATAL;
    }
    if (!open_store(broker, error)) {
        broker_close(broker);
        return DOOR_FATAL;
    }
    *ret = broker;
    return DOOR_OK;
}

void broker_close(struct broker *broker)
{
    if (broker == NULL) {
        return;
    }
    links_free(broker);
    assembly_drop(broker);
    store_close(broker->store);
    roster_free(broker->roster);
    arena_free(broker->scratch);
    free(broker->lists);
    free(broker->effects);
    free(broker->store_path);
    free(broker->vfs);
    free(broker->id);
    free(broker);
}

bool broker_ready(const struct broker *broker)
{
    return broker->roster != NULL;
}

const struct party *broker_admit(const struct broker *broker, const struct public_key *link_key, wall_ms now)
{
    return broker->roster == NULL ? NULL : roster_find_link(broker->roster, link_key, now);
}

const struct roster *broker_current_roster(const struct broker *broker)
{
    return broker->roster;
}

void broker_disk_free(struct broker *broker, uint64_t bytes)
{
    broker->disk_free = bytes;
}

void broker_figures(struct broker *broker, struct broker_figures *ret)
{
    *ret = broker->figures;
    ret->links = 0;
    for (size_t i = 0; i < broker->link_count; i++) {
        ret->links += broker->links[i]->greeted && !broker->links[i]->leaving;
    }
}

/* --- an input --- */

void input_begin(struct broker *broker, struct turn *turn)
{
    arena_reset(broker->scratch);
    broker->wall = turn_wall(turn);
    broker->mono = turn_mono(turn);
    broker->effects->dropped_count = 0;
    broker->effects->settled_count = 0;
    broker->effects->stub_count = 0;
    broker->mark = (struct input_mark){.said = turn_mark(turn),
                                       .issue_count = broker->lists->issue_count,
                                       .item_count = broker->lists->item_count,
                                       .rejection_count = broker->lists->rejection_count,
                                       .figures = broker->figures};
    store_savepoint(broker->store);
}

/* The last receipts of the mark may have got items since: their counts are taken from the items that stay. */
static void cut_lists(struct broker *broker)
{
    struct turn_lists *lists = broker->lists;
    for (size_t i = broker->mark.item_count; i < lists->item_count; i++) {
        lists->issues[lists->items[i].issue].count--;
    }
    lists->issue_count = broker->mark.issue_count;
    lists->item_count = broker->mark.item_count;
    lists->rejection_count = broker->mark.rejection_count;
}

static void forget_pushed(struct link *link, int64_t number)
{
    for (size_t i = 0; i < link->pushed_count; i++) {
        if (link->pushed[i].number == number) {
            link->pushed[i] = link->pushed[--link->pushed_count];
            return;
        }
    }
}

static void apply_effects(const struct input_effects *effects, struct link *link)
{
    for (size_t i = 0; i < effects->dropped_count; i++) {
        flight_forget(link, effects->dropped[i]);
    }
    for (size_t i = 0; i < effects->settled_count; i++) {
        forget_pushed(link, effects->settled[i]);
    }
    link->owed_waiting = link->owed_waiting || effects->settled_count > 0;
}

enum input_outcome input_end(struct broker *broker, struct turn *turn, struct link *link)
{
    switch (store_savepoint_end(broker->store)) {
    case STORE_OK:
        if (link != NULL) {
            apply_effects(broker->effects, link);
        }
        return INPUT_KEPT;
    case STORE_FULL:
        turn_strike(turn, broker->mark.said);
        cut_lists(broker);
        broker->figures = broker->mark.figures;
        if (link != NULL) {
            link->leaving = false; /* its Bye was struck, too */
        }
        log_event(turn, STORE_FULL, "path=%s", broker->store_path);
        return INPUT_FULL;
    case STORE_GIVEN_UP: /* no input of the broker does */
    case STORE_FATAL:
        break;
    }
    return INPUT_FATAL;
}

/* --- one frame --- */

/* What the handlers of one frame may leave behind for after the savepoint. */
struct aftermath {
    struct roster *roster; /* to be put in effect */
};

/* True when the frame is one that nodes say. */
static bool handle(struct broker *broker, struct turn *turn, struct link *link, const Comity__Frame *frame,
                   struct aftermath *after)
{
    switch ((int)frame->body_case) {
    case COMITY__FRAME__BODY_HELLO:
        link_hello(broker, turn, link, frame->hello);
        return true;
    case COMITY__FRAME__BODY_SUBMIT:
        admit_submit(broker, turn, link, frame->submit);
        return true;
    case COMITY__FRAME__BODY_REJECTED:
        lane_rejected(broker, link, frame->rejected);
        return true;
    case COMITY__FRAME__BODY_RECEIPT:
        settle_receipt(broker, turn, link, frame->receipt);
        return true;
    case COMITY__FRAME__BODY_SETTLE:
        settle_digests(broker, turn, link, frame->settle);
        return true;
    case COMITY__FRAME__BODY_CREDIT:
        lane_credit(broker, turn, link, frame->credit);
        return true;
    case COMITY__FRAME__BODY_ASK_AGAIN:
        lane_ask_again(broker, link, frame->ask_again);
        return true;
    case COMITY__FRAME__BODY_PREKEYS:
        prekeys_frame(broker, turn, link, frame->prekeys);
        return true;
    case COMITY__FRAME__BODY_ROSTER:
        roster_frame(broker, turn, link, frame->roster, &after->roster);
        return true;
    case COMITY__FRAME__BODY_STATUS:
        lane_status(broker, turn, link, wire_bytes(frame->status->ask));
        return true;
    case COMITY__FRAME__BODY_PING: {
        Comity__Pong pong = COMITY__PONG__INIT;
        Comity__Frame answer = COMITY__FRAME__INIT;
        pong.nonce = frame->ping->nonce;
        pong.committed = broker->committed;
        pong.now_ms = turn_wall(turn).ms;
        answer.body_case = COMITY__FRAME__BODY_PONG;
        answer.pong = &pong;
        (void)say_frame(broker, turn, link, &answer);
        return true;
    }
    case COMITY__FRAME__BODY_PONG:
        return true; /* being heard is all it is for */
    case COMITY__FRAME__BODY_BYE:
        log_event(turn, LINK_DOWN, "party=%s bye=%u", link->party.text, (unsigned)frame->bye->reason);
        party_note_seen(broker->store, link->party_row, link->heard_wall);
        turn_hang_up(turn, link->id, "the node said Bye");
        link->leaving = true;
        return true;
    default:
        return false;
    }
}

/* The input was undone for want of room: whoever said the frame is told to wait. Nothing of it happened. */
static void answer_full(struct broker *broker, struct turn *turn, const struct link *link,
                        const Comity__Frame *frame)
{
    uint64_t tag = frame->body_case == COMITY__FRAME__BODY_SUBMIT ? frame->submit->tag : 0;
    say_refusal(broker, turn, link, tag, NULL, REASON_QUOTA, true, RETRY_QUOTA_MS,
                "the broker's store is full");
}

static enum door run_frame(struct broker *broker, struct turn *turn, struct link *link,
                           const Comity__Frame *frame)
{
    struct aftermath after = {.roster = NULL};
    if (!handle(broker, turn, link, frame, &after)) {
        link_end(broker, turn, link, REASON_FIELD, "a frame that a node does not say");
    }
    switch (input_end(broker, turn, link)) {
    case INPUT_KEPT:
        if (after.roster != NULL) {
            roster_put_in_effect(broker, turn, after.roster);
        }
        return DOOR_OK;
    case INPUT_FULL:
        roster_free(after.roster);
        answer_full(broker, turn, link, frame);
        return DOOR_OK;
    case INPUT_FATAL:
        break;
    }
    roster_free(after.roster);
    return DOOR_FATAL;
}

static enum reason scan_reason(enum wire_outcome outcome)
{
    return outcome == WIRE_ENCODING ? REASON_ENCODING : outcome == WIRE_LIMIT ? REASON_FIELD : REASON_SIZE;
}

enum door broker_frame(struct broker *broker, struct turn *turn, link_id id, struct bytes bytes)
{
    struct link *link = link_find(broker, id);
    if (link == NULL) {
        return DOOR_OK; /* it was ended and had already sent this */
    }
    input_begin(broker, turn);
    link->heard = turn_mono(turn);
    link->heard_wall = turn_wall(turn);
    link->stirred = true;
    Comity__Frame *frame = NULL;
    enum wire_outcome outcome = frame_unpack(bytes, broker->scratch, &frame, NULL);
    enum door door;
    if (outcome != WIRE_OK) {
        link_end(broker, turn, link, scan_reason(outcome), "a frame that does not scan");
        door = input_end(broker, turn, link) == INPUT_FATAL ? DOOR_FATAL : DOOR_OK;
    } else if (link->greeted == (frame->body_case == COMITY__FRAME__BODY_HELLO)) {
        link_end(broker, turn, link, REASON_FIELD, link->greeted ? "a second Hello" : "a frame before Hello");
        door = input_end(broker, turn, link) == INPUT_FATAL ? DOOR_FATAL : DOOR_OK;
    } else {
        door = run_frame(broker, turn, link, frame);
    }
    links_sweep(broker);
    return door;
}

enum door broker_roster(struct broker *broker, struct turn *turn, struct bytes json,
                        const struct bytes *minisigs, size_t count, enum roster_outcome *ret_outcome,
                        struct error *error)
{
    struct roster *taken = NULL;
    input_begin(broker, turn);
    enum roster_outcome outcome = roster_take(broker, turn, json, minisigs, count, &taken, error);
    switch (input_end(broker, turn, NULL)) {
    case INPUT_KEPT:
        if (taken != NULL) {
            roster_put_in_effect(broker, turn, taken);
        }
        links_sweep(broker);
        *ret_outcome = outcome;
        return DOOR_OK;
    case INPUT_FULL:
        roster_free(taken);
        error_set(error, "the broker's store is full: make room on its disk and give the roster again");
        *ret_outcome = ROSTER_NO_MEMORY;
        return DOOR_OK;
    case INPUT_FATAL:
        break;
    }
    roster_free(taken);
    return DOOR_FATAL;
}

/* --- time, and the end of a turn --- */

enum door broker_tick(struct broker *broker, struct turn *turn)
{
    input_begin(broker, turn);
    expire(broker, turn);
    switch (input_end(broker, turn, NULL)) {
    case INPUT_KEPT:
        expiry_kept(broker);
        break;
    case INPUT_FULL:
        broker->expiry_not_before = mono_after(turn_mono(turn), RETRY_QUOTA_MS);
        break;
    case INPUT_FATAL:
        return DOOR_FATAL;
    }
    link_end_silent(broker, turn);
    links_sweep(broker);
    return DOOR_OK;
}

/* Heads, receipts and roster parts: each link a piece in turn, until nobody has more or the budget is spent. */
static void push_all(struct broker *broker, struct turn *turn)
{
    bool progress = true;
    while (progress) {
        progress = false;
        for (size_t i = 0; i < broker->stirred_count; i++) {
            struct link *link = broker->stirred[i];
            if (link->leaving) {
                continue;
            }
            if (broker->said_bytes >= SAY_BYTES_MAX) {
                broker->more = true;
                return;
            }
            arena_reset(broker->scratch);
            progress = link_say_heads(broker, turn, link) || progress;
            progress = link_push_receipts(broker, turn, link) || progress;
            progress = link_say_roster(broker, turn, link) || progress;
        }
    }
}

enum door broker_turn_end(struct broker *broker, struct turn *turn)
{
    broker->wall = turn_wall(turn);
    broker->mono = turn_mono(turn);
    broker->more = false;
    broker->said_bytes = 0;
    arena_reset(broker->scratch);
    if (!issue_all(broker, turn)) {
        return DOOR_FATAL;
    }
    links_gather(broker);
    push_all(broker, turn);
    if (lanes_run(broker, turn) == DOOR_FATAL) {
        return DOOR_FATAL;
    }
    links_served(broker);
    broker->next_link = broker->link_count == 0 ? 0 : (broker->next_link + 1) % broker->link_count;
    broker->earliest_expiry_ms = spool_earliest_expiry(broker->store);
    return store_outcome(broker->store) == STORE_OK ? DOOR_OK : DOOR_FATAL;
}

enum door broker_commit(struct broker *broker)
{
    bool changed = store_in_transaction(broker->store);
    if (store_commit(broker->store) != STORE_OK) {
        return DOOR_FATAL;
    }
    broker->committed += changed;
    return DOOR_OK;
}

mono_ms broker_deadline(const struct broker *broker)
{
    if (broker->more) {
        return (mono_ms){.ms = 0};
    }
    return mono_earlier(expiry_deadline(broker), broker->links_due);
}

const char *broker_trouble(const struct broker *broker)
{
    return store_outcome(broker->store) == STORE_OK ? "memory ended" : store_error(broker->store);
}

uint64_t broker_dropped_pages(const struct broker *broker)
{
    return store_dropped_frames(broker->store);
}

enum door broker_between_turns(struct broker *broker, bool idle)
{
    return store_checkpoint(broker->store, idle) == STORE_OK ? DOOR_OK : DOOR_FATAL;
}
