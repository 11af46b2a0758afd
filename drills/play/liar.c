/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/liar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/play/letters.h"
#include "keys/envelope.h"
#include "keys/prekeys.h"

#define SCRATCH_BYTES   ((size_t)8 * 1024 * 1024)
#define INCARNATION_MAX 0xffffff /* far below 2^31: what others say of numbers above that is not believed */

/* An envelope that was submitted, or is to be. */
struct lie {
    enum flaw flaw;
    size_t to;
    bool told;
    uint64_t tag; /* of its submit */
    struct digest id;
    enum reason refused; /* REASON_NONE: not yet */
};

struct liar {
    struct world *world;
    const struct cast *cast;
    struct oracle *oracle;
    struct transcript *transcript; /* NULL: none */
    const struct cast_party *self;
    size_t actor;
    struct stream stream;
    struct arena *scratch;
    bool linked, greeted;
    uint64_t last_tag;
    struct lie lies[LIES_MAX];
    size_t lie_count;
    char trouble[160];
};

/* --- speaking --- */

static void say(struct liar *liar, const Comity__Frame *frame)
{
    struct bytes packed = frame_pack(liar->scratch, frame);
    ensure(packed.data != NULL);
    (void)world_say(liar->world, liar->actor, packed);
}

static void say_hello(struct liar *liar)
{
    Comity__Hello hello = COMITY__HELLO__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    hello.version = 1;
    hello.network = wire_binary(bytes_of(liar->cast->network.bytes, sizeof liar->cast->network.bytes));
    hello.party = (char *)(uintptr_t)liar->self->address.text;
    hello.software = (char *)(uintptr_t) "liar";
    hello.roster = roster_version(liar->cast->roster);
    frame.body_case = COMITY__FRAME__BODY_HELLO;
    frame.hello = &hello;
    say(liar, &frame);
}

static void ask_for_keys(struct liar *liar, size_t of)
{
    Comity__Prekeys ask = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ask.ask = (char *)(uintptr_t)liar->cast->parties[of - 1].address.text;
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &ask;
    say(liar, &frame);
}

static void submit(struct liar *liar, struct lie *lie, const struct flawed_envelope *made)
{
    Comity__Submit message = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    lie->told = true;
    lie->tag = ++liar->last_tag;
    lie->id = made->id;
    message.tag = lie->tag;
    message.envelope = wire_binary(made->bytes);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &message;
    say(liar, &frame);
}

static void settle(struct liar *liar, struct bytes signed_receipt)
{
    Comity__SignedReceipt *receipt = NULL;
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ensure(signed_receipt_unpack(signed_receipt, liar->scratch, &receipt, NULL) == WIRE_OK);
    struct bytes part = wire_bytes(receipt->receipt);
    struct digest digest = labelled_digest("comity/v1/rcpt", &part, 1);
    ProtobufCBinaryData one = wire_binary(digest_bytes(&digest));
    message.n_digest = 1;
    message.digest = &one;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    say(liar, &frame);
}

/* --- lies --- */

/*
 * Where the flaw may go unseen for a good reason, a second one stands behind it: nobody may have seen the envelope that
 * a second one contradicts, or the roster that was signed under.
 */
static enum flaw flaw_of_letter(enum flaw flaw)
{
    return flaw_needs_two(flaw) || flaw == FLAW_ROSTER_HASH ? FLAW_LETTER_INCOMPLETE : flaw;
}

static struct bytes draw_letter(struct liar *liar, enum flaw flaw)
{
    struct sight sight;
    sight_read(NULL, world_now(liar->world), &sight);
    struct letter_scene scene = {.stream = &liar->stream, .author = liar->self, .sight = &sight};
    json_t *json = letter_draw(ROW_HOLD_REQUEST_NONE, &scene, NULL);
    struct bytes letter = flawed_letter(flaw_of_letter(flaw), json, liar->scratch);
    ensure(letter.data != NULL);
    json_decref(json);
    if (scene.canary[0] != '\0') {
        oracle_canary(liar->oracle, scene.canary);
    }
    return letter;
}

static struct flawed draw_envelope(struct liar *liar, const struct lie *lie, struct public_key recipient)
{
    const uint64_t now_ms = world_now(liar->world).ms;
    struct flawed flawed = {.flaw = lie->flaw,
                            .network = liar->cast->network,
                            .roster = liar->cast->roster,
                            .from = liar->self->address.text,
                            .to = liar->cast->parties[lie->to - 1].address.text,
                            .node = &liar->self->node_signer,
                            .officer = &liar->self->officer[0],
                            .seq = 1,
                            .created_ms = now_ms,
                            .recipient = recipient};
    flawed.lane = (uint32_t)stream_between(&liar->stream, LANE_URGENT, LANE_BULK);
    flawed.incarnation = (uint32_t)stream_between(&liar->stream, 1, INCARNATION_MAX);
    flawed.expires_ms = now_ms + stream_between(&liar->stream, LIFE_MS_MIN, LIFE_MS_MAX);
    flawed.officer = lie->flaw == FLAW_OFFICER ? &liar->self->node_signer : flawed.officer;
    flawed.letter = draw_letter(liar, lie->flaw);
    return flawed;
}

/* The one sent before it has a flaw of its own, so that it comes to nothing, too. */
static void tell_first(struct liar *liar, const struct lie *lie, struct flawed *flawed)
{
    struct lie first = *lie;
    flawed->flaw = FLAW_PADDING;
    struct flawed_envelope made = flawed_make(flawed, stream_source(&liar->stream), liar->scratch);
    submit(liar, &first, &made);
    flawed->flaw = lie->flaw;
    if (lie->flaw == FLAW_SEQUENCE) {
        flawed->seq = 2;
        flawed->prev = made.id;
    }
}

static void tell(struct liar *liar, struct lie *lie, struct public_key recipient)
{
    struct flawed flawed = draw_envelope(liar, lie, recipient);
    if (flaw_needs_two(lie->flaw)) {
        tell_first(liar, lie, &flawed);
    }
    struct flawed_envelope made = flawed_make(&flawed, stream_source(&liar->stream), liar->scratch);
    if (liar->transcript != NULL) {
        transcript_note(liar->transcript, liar->actor, "lies to %s with %s: %s", flawed.to,
                        flaw_word(lie->flaw), flaw_text(lie->flaw));
    }
    submit(liar, lie, &made);
}

/* For each party that is to be lied to, once. */
static void ask_for_all_keys(struct liar *liar)
{
    bool asked[CAST_PARTIES_MAX + 1] = {false};
    for (size_t i = 0; i < liar->lie_count; i++) {
        const struct lie *lie = &liar->lies[i];
        if (!lie->told && !asked[lie->to]) {
            asked[lie->to] = true;
            ask_for_keys(liar, lie->to);
        }
    }
}

static void take_keys(struct liar *liar, struct bytes list)
{
    struct prekeys prekeys;
    struct public_key key;
    bool stale = false;
    if (list.size == 0 ||
        prekeys_read(NULL, list, liar->cast->roster, liar->scratch, &prekeys) != REASON_NONE ||
        !prekeys_choose(&prekeys, world_now(liar->world), &key, &stale)) {
        return; /* it asks again with the next call */
    }
    for (size_t i = 0; i < liar->lie_count; i++) {
        struct lie *lie = &liar->lies[i];
        if (!lie->told && address_equal(&liar->cast->parties[lie->to - 1].address, &prekeys.party)) {
            tell(liar, lie, key);
        }
    }
}

/* --- answers --- */

static void note_refused(struct liar *liar, struct lie *lie, uint32_t reason)
{
    enum reason wanted = flaw_reason(lie->flaw);
    lie->refused = (enum reason)reason;
    if (lie->refused != wanted && lie->refused != REASON_QUOTA && liar->trouble[0] == '\0') {
        (void)snprintf(liar->trouble, sizeof liar->trouble,
                       "an envelope with the flaw %s to %s was refused with %s, not %s", flaw_word(lie->flaw),
                       liar->cast->parties[lie->to - 1].address.text, reason_name(reason),
                       reason_name((uint32_t)wanted));
    }
}

static void take_rejected(struct liar *liar, const Comity__Rejected *rejected)
{
    for (size_t i = 0; i < liar->lie_count; i++) {
        if (liar->lies[i].told && liar->lies[i].tag == rejected->tag) {
            note_refused(liar, &liar->lies[i], rejected->reason);
        }
    }
}

static void take_receipt(struct liar *liar, struct bytes bytes)
{
    Comity__SignedReceipt *signed_receipt = NULL;
    Comity__Receipt *receipt = NULL;
    ensure(signed_receipt_unpack(bytes, liar->scratch, &signed_receipt, NULL) == WIRE_OK &&
           receipt_unpack(wire_bytes(signed_receipt->receipt), liar->scratch, &receipt, NULL) == WIRE_OK);
    for (size_t i = 0; i < receipt->n_item && receipt->kind == RECEIPT_REFUSED; i++) {
        for (size_t k = 0; k < liar->lie_count; k++) {
            struct lie *lie = &liar->lies[k];
            if (lie->told && bytes_equal(wire_bytes(receipt->item[i]->id), digest_bytes(&lie->id))) {
                note_refused(liar, lie, receipt->item[i]->reason);
            }
        }
    }
    settle(liar, bytes);
}

static void take(struct liar *liar, const Comity__Frame *frame)
{
    switch ((int)frame->body_case) { /* the others are nothing to it */
    case COMITY__FRAME__BODY_HEADS:
        if (frame->heads->last) {
            liar->greeted = true;
            ask_for_all_keys(liar);
        }
        break;
    case COMITY__FRAME__BODY_PREKEYS:
        take_keys(liar, wire_bytes(frame->prekeys->list));
        break;
    case COMITY__FRAME__BODY_REJECTED:
        take_rejected(liar, frame->rejected);
        break;
    case COMITY__FRAME__BODY_RECEIPT:
        take_receipt(liar, wire_bytes(frame->receipt->receipt));
        break;
    default:
        break;
    }
}

/* --- the line --- */

static void link_up(void *context)
{
    struct liar *liar = context;
    liar->linked = true;
    say_hello(liar);
    arena_reset(liar->scratch);
}

/* By silence, mostly: it ends a minute after the last word. */
static void link_down(void *context)
{
    struct liar *liar = context;
    liar->linked = liar->greeted = false;
    world_want_link(liar->world, liar->actor, liar_untold(liar) != 0);
}

static void heard(void *context, struct bytes bytes)
{
    struct liar *liar = context;
    Comity__Frame *frame = NULL;
    ensure(frame_unpack(bytes, liar->scratch, &frame, NULL) == WIRE_OK);
    take(liar, frame);
    arena_reset(liar->scratch);
}

/* --- what it is told to do --- */

struct liar *liar_new(struct world *world, const struct cast *cast, uint64_t seed, struct oracle *oracle)
{
    struct liar *liar = calloc(1, sizeof *liar);
    ensure(liar != NULL);
    liar->world = world;
    liar->cast = cast;
    liar->oracle = oracle;
    liar->actor = cast_liar(cast);
    liar->self = &cast->parties[liar->actor - 1];
    liar->stream = stream_of(seed, "liar", 0);
    liar->scratch = arena_new(SCRATCH_BYTES);
    ensure(liar->scratch != NULL);
    world_set_guest(
        world, liar->actor,
        (struct world_guest){.link_up = link_up, .link_down = link_down, .heard = heard, .context = liar});
    oracle_liar(oracle, liar->actor);
    return liar;
}

void liar_free(struct liar *liar)
{
    if (liar != NULL) {
        arena_free(liar->scratch);
        free(liar);
    }
}

void liar_note_to(struct liar *liar, struct transcript *transcript)
{
    if (liar != NULL) {
        liar->transcript = transcript;
    }
}

void liar_tell(struct liar *liar, enum flaw flaw, size_t to)
{
    ensure(liar != NULL && flaw != FLAW_NONE && to != WORLD_BROKER && to != liar->actor);
    ensure(liar->lie_count < LIES_MAX);
    liar->lies[liar->lie_count++] = (struct lie){.flaw = flaw, .to = to};
    if (liar->greeted) {
        ask_for_keys(liar, to);
        arena_reset(liar->scratch);
    }
    world_want_link(liar->world, liar->actor, true);
}

void liar_act(struct liar *liar)
{
    if (liar != NULL) {
        enum flaw flaw = (enum flaw)stream_between(&liar->stream, FLAW_NONE + 1, FLAW_COUNT - 1);
        size_t to = (size_t)stream_between(&liar->stream, 1, liar->cast->party_count);
        if (liar->lie_count < LIES_MAX) {
            liar_tell(liar, flaw, to);
        }
    }
}

void liar_call(struct liar *liar)
{
    if (liar == NULL || liar->lie_count == 0) {
        return;
    }
    if (liar->greeted) {
        ask_for_all_keys(liar);
        arena_reset(liar->scratch);
    }
    world_want_link(liar->world, liar->actor, true);
}

size_t liar_untold(const struct liar *liar)
{
    size_t untold = 0;
    for (size_t i = 0; liar != NULL && i < liar->lie_count; i++) {
        untold += !liar->lies[i].told;
    }
    return untold;
}

enum reason liar_answer(const struct liar *liar)
{
    return liar == NULL || liar->lie_count == 0 ? REASON_NONE : liar->lies[liar->lie_count - 1].refused;
}

const char *liar_trouble(const struct liar *liar)
{
    return liar == NULL ? "" : liar->trouble;
}

bool liar_unrefused(const struct liar *liar, struct error *ret)
{
    for (size_t i = 0; liar != NULL && i < liar->lie_count; i++) {
        const struct lie *lie = &liar->lies[i];
        if (lie->told && lie->refused == REASON_NONE) {
            error_set(ret, "an envelope with the flaw %s to %s was never refused", flaw_word(lie->flaw),
                      liar->cast->parties[lie->to - 1].address.text);
            return true;
        }
    }
    return false;
}
