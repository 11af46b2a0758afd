/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that an attacker sends in the name of a party. Who holds a key has a line to the broker as that party has one, asks for the
 * sealing key of whom it writes to, and submits an envelope made by hand. What becomes of it is up to the broker and the recipient: a
 * refusal with its code is noted, and what is taken is a case like others. Who holds no key writes a mail.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/actors/writing.h"
#include "drills/conduct/play.h"
#include "drills/office/issue.h"
#include "drills/play/flaws.h"
#include "keys/envelope.h"
#include "keys/prekeys.h"

#define SCRATCH_BYTES   ((size_t)8 * 1024 * 1024)
#define ASK_AGAIN_MS    (10 * MS_PER_MINUTE) /* the line was down */
#define INCARNATION_MIN UINT64_C(1000)       /* one that the party has not come to by itself, */
#define INCARNATION_MAX UINT64_C(0xffffff)   /* far below 2^31: of numbers above nothing is believed */
#define TAG             (UINT64_C(1) << 62)  /* of submits; a node counts its own from 1 */

enum stage { STAGE_ASKS, STAGE_KNOWS, STAGE_SENT, STAGE_OVER };
struct forgery {
    size_t inject; /* its number */
    enum stage stage;
    struct public_key recipient;
    struct digest id;
    struct signer self; /* a key that is in no roster */
    enum reason refused;
    bool by_broker;
};
struct forged {
    struct forgery *list;
    size_t count;
    struct arena *scratch;
};

static const struct scenario_inject *inject_of(const struct play *play, const struct forgery *forgery)
{
    return &play->scenario->injects.list[forgery->inject];
}

static size_t actor_of(const struct play *play, const struct scenario_unit *unit)
{
    return network_place(play->network, unit) + 1;
}

static void say_frame(struct play *play, size_t actor, const Comity__Frame *frame)
{
    struct bytes packed = frame_pack(play->forged->scratch, frame);
    ensure(packed.data != NULL);
    world_inject(play->world, actor, WORLD_TO_BROKER, packed);
    arena_reset(play->forged->scratch);
}

/* --- asking for the key --- */

static void ask_for_key(void *context, uint64_t index)
{
    struct play *play = context;
    const struct forgery *forgery = &play->forged->list[index];
    const struct scenario_inject *inject = inject_of(play, forgery);
    Comity__Prekeys ask = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    if (forgery->stage != STAGE_ASKS) {
        return;
    }
    ask.ask = (char *)(uintptr_t)inject->to->address;
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &ask;
    say_frame(play, actor_of(play, inject->from), &frame);
    agenda_put(&play->agenda, play->agenda.now_ms + ASK_AGAIN_MS, ask_for_key, play, index);
}

/* --- what is sent --- */

static struct bytes letter_of(struct play *play, const struct scenario_inject *inject)
{
    char reference[160];
    (void)snprintf(reference, sizeof reference, "%s-%s", inject->from->state->code, inject->id);
    const struct writer writer = {
        .unit = inject->from, .now_ms = play->agenda.now_ms, .reference = reference};
    json_t *json = write_request(&writer, play->scenario, inject);
    struct bytes letter = flawed_letter(FLAW_NONE, json, play->forged->scratch);
    json_decref(json);
    return letter;
}

static void submit(struct play *play, const struct forgery *forgery, struct bytes envelope)
{
    Comity__Submit message = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = TAG + forgery->inject;
    message.envelope = wire_binary(envelope);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &message;
    say_frame(play, actor_of(play, inject_of(play, forgery)->from), &frame);
}

static void send_it(struct play *play, struct forgery *forgery)
{
    const struct scenario_inject *inject = inject_of(play, forgery);
    const struct network_party *victim = &play->network->parties[network_place(play->network, inject->from)];
    struct stream stream = stream_of(play->network->seed, inject->id, forgery->inject);
    const uint64_t now_ms = world_now(play->world).ms;
    bool node = inject->forged != SCENARIO_FORGERY_LINK_KEY;
    bool officer = node && inject->forged != SCENARIO_FORGERY_NODE_KEY;
    bool revoked = inject->forged == SCENARIO_FORGERY_REVOKED_KEY;
    struct flawed flawed = {.flaw = FLAW_NONE,
                            .network = play->network->id,
                            .exercise = &play->network->exercise,
                            .roster = play->network->roster,
                            .from = inject->from->address,
                            .to = inject->to->address,
                            .lane = inject->urgency == SCENARIO_ROUTINE ? LANE_ROUTINE : LANE_URGENT,
                            .incarnation =
                                (uint32_t)stream_between(&stream, INCARNATION_MIN, INCARNATION_MAX),
                            .seq = 1,
                            .created_ms = now_ms,
                            .expires_ms = now_ms + MS_PER_DAY,
                            .node = node ? &victim->node : &forgery->self,
                            .officer = !officer  ? &forgery->self
                                       : revoked ? &victim->officer[NETWORK_OFFICERS - 1]
                                                 : &victim->officer[0],
                            .recipient = forgery->recipient,
                            .letter = letter_of(play, inject)};
    forgery->stage = flawed.letter.data == NULL ? STAGE_OVER : STAGE_SENT;
    if (flawed.letter.data == NULL) {
        play_act(play, "trouble", inject->to, forgery->inject, "the letter of the attacker is none");
        return;
    }
    struct flawed_envelope made = flawed_make(&flawed, stream_source(&stream), play->forged->scratch);
    forgery->id = made.id;
    submit(play, forgery, made.bytes);
}

void forged_begin(struct play *play, size_t number)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    size_t victim = network_place(play->network, inject->from);
    if (play->forged == NULL) {
        play->forged = calloc(1, sizeof *play->forged);
        ensure(play->forged != NULL);
        play->forged->list = calloc(play->scenario->injects.count, sizeof *play->forged->list);
        play->forged->scratch = arena_new(SCRATCH_BYTES);
        ensure(play->forged->list != NULL && play->forged->scratch != NULL);
    }
    if (inject->forged == SCENARIO_FORGERY_REVOKED_KEY && !play->network->parties[victim].revoked) {
        play_roster(play, victim);
    }
    struct stream stream = stream_of(play->network->seed, "attacker", number);
    struct forgery *forgery = &play->forged->list[play->forged->count];
    *forgery = (struct forgery){.inject = number, .self = issue_signer(play->network->slab, &stream)};
    ask_for_key(play, play->forged->count++);
}

/* --- what is heard --- */

static void hear_keys(struct play *play, struct forgery *forgery, struct bytes list)
{
    const struct scenario_inject *inject = inject_of(play, forgery);
    struct prekeys prekeys;
    bool stale = false;
    if (list.size != 0 &&
        prekeys_read(NULL, list, play->network->roster, play->forged->scratch, &prekeys) == REASON_NONE &&
        strcmp(prekeys.party.text, inject->to->address) == 0 &&
        prekeys_choose(&prekeys, world_now(play->world), &forgery->recipient, &stale)) {
        forgery->stage = STAGE_KNOWS;
    }
}

static void hear_receipt(struct play *play, struct forgery *forgery, struct bytes bytes)
{
    Comity__SignedReceipt *signed_receipt = NULL;
    Comity__Receipt *receipt = NULL;
    struct arena *scratch = play->forged->scratch;
    if (signed_receipt_unpack(bytes, scratch, &signed_receipt, NULL) != WIRE_OK ||
        receipt_unpack(wire_bytes(signed_receipt->receipt), scratch, &receipt, NULL) != WIRE_OK) {
        return;
    }
    for (size_t i = 0; i < receipt->n_item && receipt->kind == RECEIPT_REFUSED; i++) {
        if (bytes_equal(wire_bytes(receipt->item[i]->id), digest_bytes(&forgery->id))) {
            forgery->refused = (enum reason)receipt->item[i]->reason;
        }
    }
}

static void hear_frame(struct play *play, struct forgery *forgery, const Comity__Frame *frame)
{
    if (forgery->stage == STAGE_ASKS && frame->body_case == COMITY__FRAME__BODY_PREKEYS) {
        hear_keys(play, forgery, wire_bytes(frame->prekeys->list));
    } else if (forgery->stage == STAGE_SENT && frame->body_case == COMITY__FRAME__BODY_REJECTED &&
               frame->rejected->tag == TAG + forgery->inject && !frame->rejected->temporary) {
        forgery->refused = (enum reason)frame->rejected->reason;
        forgery->by_broker = true;
    } else if (forgery->stage == STAGE_SENT && frame->body_case == COMITY__FRAME__BODY_RECEIPT) {
        hear_receipt(play, forgery, wire_bytes(frame->receipt->receipt));
    }
}

void forged_hear(struct play *play, size_t party, struct bytes bytes)
{
    for (size_t i = 0; play->forged != NULL && i < play->forged->count; i++) {
        struct forgery *forgery = &play->forged->list[i];
        Comity__Frame *frame = NULL;
        if (forgery->stage != STAGE_OVER && actor_of(play, inject_of(play, forgery)->from) == party &&
            frame_unpack(bytes, play->forged->scratch, &frame, NULL) == WIRE_OK) {
            hear_frame(play, forgery, frame);
        }
        arena_reset(play->forged->scratch);
    }
}

static void refused(struct play *play, struct forgery *forgery)
{
    const struct scenario_inject *inject = inject_of(play, forgery);
    char detail[200];
    (void)snprintf(detail, sizeof detail, "%s: %s (by %s)", reason_name((uint32_t)forgery->refused),
                   reason_meaning((uint32_t)forgery->refused),
                   forgery->by_broker ? "the broker" : inject->to->address);
    forgery->stage = STAGE_OVER;
    play_rejected(play, forgery->inject, detail);
}

void forged_go_on(struct play *play)
{
    for (size_t i = 0; play->forged != NULL && i < play->forged->count; i++) {
        struct forgery *forgery = &play->forged->list[i];
        if (forgery->stage == STAGE_KNOWS) {
            send_it(play, forgery);
            arena_reset(play->forged->scratch);
        } else if (forgery->stage == STAGE_SENT && forgery->refused != REASON_NONE) {
            refused(play, forgery);
        }
    }
}

/* --- without a key --- */

/* Whoever has the number of the directory hears the truth, as soon as somebody there answers. */
static void call_back(void *context, uint64_t number)
{
    struct play *play = context;
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    if (!actors_call(play->actors, network_place(play->network, inject->from), "")) {
        agenda_put(&play->agenda, play->agenda.now_ms + ASK_AGAIN_MS, call_back, play, number);
        return;
    }
    play_act(play, "called back", inject->to, (size_t)number, "nobody there asked for it");
    play_act(play, "warned network", inject->to, (size_t)number, "");
    play_rejected(play, (size_t)number, "it came by mail, and nobody has signed it");
}

static void mail_read(void *context, uint64_t number)
{
    struct play *play = context;
    play_received(play, (size_t)number);
    call_back(play, number);
}

/* No mail is acted upon: a request counts that an officer has signed, or that was called back. */
void forged_mail(struct play *play, size_t number)
{
    const struct scenario_inject *inject = &play->scenario->injects.list[number];
    const struct scenario_habits *habits = inject->to->habits;
    const struct scenario_quantiles *look =
        habits == NULL ? NULL : habits->times.of[SCENARIO_TASK_LOOK].by[inject->urgency];
    struct stream stream = stream_of(play->network->seed, "mail", number);
    uint64_t takes = look == NULL ? 0 : scenario_draw(look, stream_next(&stream));
    uint64_t read_ms =
        desk_staffed_after(inject->to, play->agenda.now_ms, takes, inject->urgency != SCENARIO_ROUTINE);
    if (read_ms != UINT64_MAX) {
        agenda_put(&play->agenda, read_ms, mail_read, play, number);
    }
}

void forged_done(struct play *play)
{
    for (size_t i = 0; play->forged != NULL && i < play->forged->count; i++) {
        signer_done(&play->forged->list[i].self);
    }
    if (play->forged != NULL) {
        free(play->forged->list);
        arena_free(play->forged->scratch);
        free(play->forged);
        play->forged = NULL;
    }
}
