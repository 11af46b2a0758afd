/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/stage.h"

#include <string.h>

#include "base/ensure.h"
#include "nodes/outbox.h"
#include "nodes/recall.h"
#include "nodes/receipts.h"
#include "proto/wire.h"

#define SCRATCH_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define AWAKE_MS          (5 * MS_PER_MINUTE) /* before the first nap, and before the end */
#define STALL_MS          MS_PER_HOUR /* so long nothing may stand still between parties that are linked */
#define STALL_STEP_MS     (30 * MS_PER_SECOND)
#define LULL_MS           (16 * MS_PER_MINUTE) /* nothing moves for so long: a refusal asks to wait for 15 at most */
#define LULL_MOST_MS      (64 * MS_PER_MINUTE)

/* Of Frame: the first byte of a message with only this field, which is enough to leave the others alone. */
#define TAG_REJECTED 0x2a
#define TAG_RECEIPT  0x3a

/* --- watching --- */

static void count_reason(struct stage_watch *watch, uint32_t reason)
{
    if (reason > 0 && reason < REASON_COUNT) {
        watch->coverage->reasons[reason]++;
    }
}

static void count_receipt(struct stage_watch *watch, struct bytes bytes)
{
    Comity__SignedReceipt *signed_receipt = NULL;
    Comity__Receipt *receipt = NULL;
    if (signed_receipt_unpack(bytes, watch->scratch, &signed_receipt, NULL) == WIRE_OK &&
        receipt_unpack(wire_bytes(signed_receipt->receipt), watch->scratch, &receipt, NULL) == WIRE_OK) {
        for (size_t i = 0; i < receipt->n_item; i++) {
            count_reason(watch, receipt->item[i]->reason);
        }
    }
}

static void count_reasons(struct stage_watch *watch, struct bytes bytes)
{
    Comity__Frame *frame = NULL;
    bool byes = bytes.size > 1 && bytes.data[0] == 0x8a && bytes.data[1] == 0x01;
    if (bytes.size == 0 || !(byes || bytes.data[0] == TAG_REJECTED || bytes.data[0] == TAG_RECEIPT) ||
        frame_unpack(bytes, watch->scratch, &frame, NULL) != WIRE_OK) {
        arena_reset(watch->scratch);
        return;
    }
    if (frame->body_case == COMITY__FRAME__BODY_REJECTED) {
        count_reason(watch, frame->rejected->reason);
    } else if (frame->body_case == COMITY__FRAME__BODY_RECEIPT) {
        count_receipt(watch, wire_bytes(frame->receipt->receipt));
    } else if (frame->body_case == COMITY__FRAME__BODY_BYE) {
        count_reason(watch, frame->bye->reason);
    }
    arena_reset(watch->scratch);
}

static void see_said(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct stage_watch *watch = context;
    transcript_frame(watch->stage->transcript, true, party, direction, frame);
    oracle_said(watch->stage->oracle, world_now_us(watch->stage->world), party, direction == WORLD_TO_BROKER,
                frame);
    if (oracle_verdict(watch->stage->oracle) != NULL) {
        transcript_keep(watch->stage->transcript);
    }
    count_reasons(watch, frame);
}

static void see_heard(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct stage_watch *watch = context;
    transcript_frame(watch->stage->transcript, false, party, direction, frame);
}

static void see_logged(void *context, size_t actor, const struct logged *logged)
{
    struct stage_watch *watch = context;
    oracle_logged(watch->stage->oracle, world_now_us(watch->stage->world), actor, logged->fields);
    transcript_logged(watch->stage->transcript, actor, logged);
}

static void see_fact(void *context, size_t actor, enum world_fact fact, const char *text)
{
    static const char *const words[] = {[WORLD_UP] = "is up",
                                        [WORLD_DOWN] = "is down",
                                        [WORLD_LINK_UP] = "has a link",
                                        [WORLD_LINK_DOWN] = "has lost its link"};
    struct stage_watch *watch = context;
    transcript_note(watch->stage->transcript, actor, "%s %s", words[fact], text == NULL ? "" : text);
    if (fact == WORLD_DOWN) {
        faults_down(watch->stage->faults, actor, text == NULL ? "" : text);
    }
}

void stage_watch(struct plan_stage *stage, struct stage_watch *watch, struct coverage *coverage)
{
    watch->stage = stage;
    watch->coverage = coverage;
    watch->scratch = arena_new(SCRATCH_BYTES_MAX);
    ensure(watch->scratch != NULL);
    watch->witness = (struct world_witness){
        .context = watch, .said = see_said, .heard = see_heard, .logged = see_logged, .fact = see_fact};
    stage->witness = &watch->witness;
    world_set_witness(stage->world, watch->witness);
}

void stage_watch_done(struct stage_watch *watch)
{
    arena_free(watch->scratch);
}

/* --- waiting --- */

bool stage_is_liar(const struct plan_stage *stage, const struct address *party)
{
    return stage->liar != NULL &&
           address_equal(party, &stage->cast->parties[cast_liar(stage->cast) - 1].address);
}

/* Parties that this node still asks for what its disk lost; a liar never answers. */
static size_t recalls_lasting(const struct plan_stage *stage, struct node *node)
{
    struct recall_state states[CAST_PARTIES_MAX];
    size_t count = recall_states(node, CAST_PARTIES_MAX, states);
    size_t lasting = 0;
    for (size_t i = 0; i < count; i++) {
        lasting += states[i].done_ms == 0 && !stage_is_liar(stage, &states[i].party);
    }
    return lasting;
}

static bool node_is_quiet(const struct plan_stage *stage, struct node *node)
{
    struct node_figures figures;
    if (node == NULL) {
        return false;
    }
    node_figures(node, &figures);
    return figures.waiting_out == 0 && figures.waiting_in == 0 && node_receipts_owed(node) == 0 &&
           outbox_words_owed(node) == 0 && recalls_lasting(stage, node) == 0;
}

static bool broker_is_quiet(struct broker *broker)
{
    struct broker_figures figures;
    if (broker == NULL) {
        return false;
    }
    broker_figures(broker, &figures);
    return figures.waiting_envelopes == 0 && figures.receipts_owed == 0;
}

static bool all_are_linked(const struct plan_stage *stage)
{
    for (size_t i = 1; i < world_actor_count(stage->world); i++) {
        struct node_figures figures = {.connected = false};
        if (stage->liar != NULL && i == cast_liar(stage->cast)) {
            continue;
        }
        if (world_node(stage->world, i) != NULL) {
            node_figures(world_node(stage->world, i), &figures);
        }
        if (!figures.connected) {
            return false;
        }
    }
    return true;
}

/* A node that has not met the broker since it came back does not know yet what its disk lost. */
bool stage_is_quiet(const struct plan_stage *stage)
{
    if (people_unanswered(stage->people) != 0 || liar_untold(stage->liar) != 0 ||
        !broker_is_quiet(world_broker(stage->world)) || !all_are_linked(stage)) {
        return false;
    }
    for (size_t i = 1; i < world_actor_count(stage->world); i++) {
        if (!node_is_quiet(stage, world_node(stage->world, i))) {
            return false;
        }
    }
    return true;
}

void stage_say_what_waits(const struct plan_stage *stage)
{
    struct broker_figures broker = {.accepted = 0};
    if (world_broker(stage->world) != NULL) {
        broker_figures(world_broker(stage->world), &broker);
    }
    transcript_note(stage->transcript, WORLD_BROKER,
                    "%llu envelopes wait, %llu receipts are owed, %zu submits unanswered",
                    (unsigned long long)broker.waiting_envelopes, (unsigned long long)broker.receipts_owed,
                    people_unanswered(stage->people));
    for (size_t i = 1; i < world_actor_count(stage->world); i++) {
        struct node_figures node = {.sent = 0};
        uint64_t owed = 0, words = 0;
        size_t recalls = 0;
        if (world_node(stage->world, i) != NULL) {
            node_figures(world_node(stage->world, i), &node);
            owed = node_receipts_owed(world_node(stage->world, i));
            words = outbox_words_owed(world_node(stage->world, i));
            recalls = recalls_lasting(stage, world_node(stage->world, i));
        }
        transcript_note(
            stage->transcript, i,
            "%s, %llu wait to go out, %llu are held back, %llu receipts and %llu words ACCEPTED are owed,"
            " %zu parties are recalled",
            world_node(stage->world, i) == NULL ? "down"
            : node.connected                    ? "linked"
                                                : "not linked",
            (unsigned long long)node.waiting_out, (unsigned long long)node.waiting_in,
            (unsigned long long)owed, (unsigned long long)words, recalls);
    }
}

static bool may_go_on(const struct plan_stage *stage)
{
    return oracle_verdict(stage->oracle) == NULL && faults_trouble(stage->faults)[0] == '\0' &&
           people_trouble(stage->people)[0] == '\0' && stage->stall.text[0] == '\0';
}

/* --- what stands still --- */

/* Envelopes wait at the broker, and all whom they may be for are linked. */
static bool waits_for_linked(const struct plan_stage *stage, struct broker_figures *ret)
{
    if (world_broker(stage->world) == NULL) {
        return false;
    }
    broker_figures(world_broker(stage->world), ret);
    return ret->waiting_envelopes != 0 && all_are_linked(stage);
}

/* What is offered and sent back with a time to wait moves, too: it waits for a recall. */
static uint64_t moved(const struct broker_figures *figures)
{
    return figures->accepted + figures->delivered + figures->settled + figures->expired;
}

/*
 * A nap ends all links, and new ones heal what stood still on the old ones: credit that was never given back, an envelope that
 * is not offered again. So nobody naps while envelopes wait for parties that are linked: they go, or it is a stall.
 */
static bool look_for_stall(struct plan_stage *stage)
{
    struct broker_figures first, now;
    if (!waits_for_linked(stage, &first)) {
        return true;
    }
    for (uint64_t ms = 0; ms < STALL_MS; ms += STALL_STEP_MS) {
        if (!world_pass(stage->world, STALL_STEP_MS)) {
            return false;
        }
        if (!may_go_on(stage) || !waits_for_linked(stage, &now) || moved(&now) != moved(&first)) {
            return true;
        }
    }
    error_set(&stage->stall, "%llu envelopes stand still at the broker, and all are linked",
              (unsigned long long)now.waiting_envelopes);
    stage_say_what_waits(stage);
    return false;
}

/* So long a nap leaves time to be awake in before the end; 0: none does. */
static uint64_t nap_most_ms(const struct plan_stage *stage, uint64_t end_us)
{
    uint64_t now_us = world_now_us(stage->world);
    uint64_t left_ms = now_us < end_us ? (end_us - now_us) / 1000 : 0;
    return left_ms > AWAKE_MS ? left_ms - AWAKE_MS : 0;
}

static uint64_t said_by_nodes(const struct plan_stage *stage)
{
    uint64_t count = 0;
    for (size_t i = 1; i < world_actor_count(stage->world); i++) {
        struct node_figures figures = {.sent = 0};
        if (world_node(stage->world, i) != NULL) {
            node_figures(world_node(stage->world, i), &figures);
        }
        count += figures.sent + figures.accepted + figures.delivered + figures.effective;
    }
    return count;
}

/*
 * Nodes say things by themselves at dates, the last ones of their ladders days later: what one said in the last moments had no time
 * to arrive, and gets it. What moves nothing for a while had.
 */
static bool wait_for_lull(struct plan_stage *stage)
{
    for (uint64_t ms = 0; ms < LULL_MOST_MS && may_go_on(stage); ms += LULL_MS) {
        uint64_t before = said_by_nodes(stage);
        if (!world_pass(stage->world, LULL_MS)) {
            return false;
        }
        if (stage_is_quiet(stage)) {
            return may_go_on(stage);
        }
        if (said_by_nodes(stage) == before) {
            return false;
        }
    }
    return false;
}

/*
 * Mostly it is quiet after seconds. What takes longer waits for retries (minutes, an hour) or for the end of an envelope's life
 * (days): time then goes in naps that grow, with some minutes awake after each, because idle links cost as much as busy ones.
 * The last minutes are awake, too: what has come due in the last nap is not held against anybody.
 */
bool stage_wait_until_quiet(struct plan_stage *stage, uint64_t ms)
{
    const uint64_t end_us = world_now_us(stage->world) + ms * 1000;
    uint64_t step_ms = MS_PER_SECOND;
    uint64_t nap_ms = 10 * MS_PER_MINUTE;
    uint64_t awake_ms = 0;
    while (world_now_us(stage->world) < end_us && may_go_on(stage)) {
        people_retry(stage->people);
        liar_call(stage->liar);
        if (!world_pass(stage->world, step_ms)) {
            return false;
        }
        if (stage_is_quiet(stage)) {
            return may_go_on(stage);
        }
        awake_ms += step_ms;
        step_ms = step_ms < 30 * MS_PER_SECOND ? step_ms * 2 : step_ms;
        uint64_t most_ms = awake_ms < AWAKE_MS ? 0 : nap_most_ms(stage, end_us);
        if (most_ms != 0) {
            if (!look_for_stall(stage)) {
                return false;
            }
            if (!world_leap(stage->world, nap_ms < most_ms ? nap_ms : most_ms)) {
                return false;
            }
            nap_ms = nap_ms < MS_PER_DAY ? nap_ms * 2 : nap_ms;
            awake_ms = 2 * MS_PER_MINUTE;
            step_ms = 10 * MS_PER_SECOND;
        }
    }
    return wait_for_lull(stage);
}

void stage_close(struct plan_stage *stage)
{
    const struct world_witness none = {.context = NULL};
    world_set_witness(stage->world, none); /* what ends now is no fault and no part of the history */
    for (size_t i = 0; i < world_actor_count(stage->world); i++) {
        world_stop(stage->world, i);
    }
}
