/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a turn: letters that wait, and words of the node itself, become envelopes. */
#include <sodium.h>
#include <string.h>

#include "nodes/broker_time.h"
#include "nodes/outbox.h"
#include "nodes/prekeys.h"
#include "nodes/rosters.h"
#include "nodes/store_outbox.h"

#define SIGNED_AGE_MAX_MS (30 * MS_PER_DAY) /* signed_ms to created_ms, protocol.md 4 check 20 */

/* What stands in the header besides the number. */
struct labels {
    enum envelope_kind kind;
    struct bytes exercise;
};

static bool labels_of(const struct letter_row *letter, struct arena *arena, struct labels *ret)
{
    Comity__Context *context = NULL;
    if (context_unpack(letter->context, arena, &context, NULL) != WIRE_OK) {
        return false;
    }
    *ret =
        (struct labels){.kind = (enum envelope_kind)context->kind, .exercise = wire_bytes(context->exercise)};
    return true;
}

static struct bytes header_of(struct node *node, const struct own_number *number, const struct labels *labels,
                              uint64_t expires_ms, struct arena *arena)
{
    Comity__Header header = COMITY__HEADER__INIT;
    struct address from = node->options.party;
    struct address to = number->to;
    const struct public_key *key = &node->options.node_signer->key;
    header.version = 1;
    header.kind = (uint32_t)labels->kind;
    header.lane = (uint32_t)number->lane;
    header.network = wire_binary(bytes_of(node->options.network.bytes, sizeof node->options.network.bytes));
    header.from = from.text;
    header.to = to.text;
    header.from_key = wire_binary(bytes_of(key->bytes, sizeof key->bytes));
    header.roster = roster_version(node_roster_now(node));
    header.created_ms = number->created_ms;
    header.expires_ms = expires_ms;
    header.incarnation = number->incarnation;
    header.seq = number->seq;
    if (number->seq > 1) {
        header.prev = wire_binary(digest_bytes(&number->prev));
    }
    header.exercise = wire_binary(labels->exercise);
    return header_pack(arena, &header);
}

/* What is told besides: the numbers that the recipient need not wait for. Empty: nothing. */
static struct bytes gossip_of(struct node *node, const char *to, enum lane lane, struct arena *arena)
{
    Comity__Gossip gossip = COMITY__GOSSIP__INIT;
    gossip.n_voided = own_chain_voided(node, to, lane, arena, &gossip.voided);
    return gossip.n_voided == 0 ? bytes_of(NULL, 0) : gossip_pack(arena, &gossip);
}

/* Context, letter and signatures as filed. */
static struct bytes inner_of(struct node *node, const struct letter_row *letter, struct arena *arena)
{
    Comity__Inner *proofs = NULL;
    if (inner_unpack(letter->proofs, arena, &proofs, NULL) != WIRE_OK) {
        return bytes_of(NULL, 0);
    }
    Comity__Inner inner = COMITY__INNER__INIT;
    inner.context = wire_binary(letter->context);
    inner.letter = wire_binary(letter->letter);
    inner.n_signature = proofs->n_signature;
    inner.signature = proofs->signature;
    inner.gossip = wire_binary(gossip_of(node, letter->to.text, letter->lane, arena));
    return inner_pack(arena, &inner);
}

/* A context that no officer signs. */
static struct bytes control_inner(struct node *node, struct turn *turn, const struct address *to,
                                  enum lane lane, struct bytes control)
{
    struct arena *arena = turn_arena(turn);
    const struct roster *roster = node_roster_now(node);
    struct address from = node->options.party;
    struct address recipient = *to;
    Comity__Context context = COMITY__CONTEXT__INIT;
    Comity__Inner inner = COMITY__INNER__INIT;
    context.version = 1;
    context.kind = KIND_CONTROL;
    context.network = wire_binary(bytes_of(node->options.network.bytes, sizeof node->options.network.bytes));
    context.from = from.text;
    context.to = recipient.text;
    context.signed_ms = turn_wall(turn).ms;
    context.roster = roster_version(roster);
    context.roster_hash = wire_binary(digest_bytes(roster_hash(roster)));
    struct bytes encoded = context_pack(arena, &context);
    inner.context = wire_binary(encoded);
    inner.control = wire_binary(control);
    inner.gossip = wire_binary(gossip_of(node, to->text, lane, arena));
    return encoded.data == NULL ? encoded : inner_pack(arena, &inner);
}

static bool seal_inner(struct node *node, struct turn *turn, const struct labels *labels, struct bytes inner,
                       const struct public_key *recipient, struct outgoing *ret)
{
    struct arena *arena = turn_arena(turn);
    struct seal_random random;
    ret->expires_ms = ret->number.created_ms + node->options.life_ms;
    struct bytes header = header_of(node, &ret->number, labels, ret->expires_ms, arena);
    if (header.data == NULL || inner.data == NULL) {
        return false;
    }
    memset(&random, 0, sizeof random);
    turn_random(turn, random.content_key, sizeof random.content_key);
    turn_random(turn, random.ephemeral[0], sizeof random.ephemeral[0]);
    return seal_letter(header, inner, recipient, 1, &random, arena, &ret->sealed) == SEAL_OK;
}

static bool seal_for(struct node *node, struct turn *turn, const struct letter_row *letter,
                     const struct public_key *recipient, struct outgoing *ret)
{
    struct arena *arena = turn_arena(turn);
    struct labels labels;
    *ret = (struct outgoing){.letter = letter->id};
    own_chain_next(node, turn, &letter->to, letter->lane, &ret->number);
    return labels_of(letter, arena, &labels) &&
           seal_inner(node, turn, &labels, inner_of(node, letter, arena), recipient, ret);
}

/* The key to seal with. False: the party is not active or its keys are not here; what is for it waits. */
static bool recipient_key(struct node *node, struct turn *turn, const char *to, struct public_key *ret)
{
    const struct party *party = roster_find(node_roster_now(node), to);
    if (party == NULL || party->status != PARTY_ACTIVE) {
        store_peer_waits(node->store, to, true); /* until the roster changes */
        return false;
    }
    if (!node_prekeys_for(node, turn, to, ret)) {
        outbox_try_again_after(node, turn, PREKEYS_ASK_MS);
        return false;
    }
    return true;
}

/* The number is used, and what was told with it is under way. */
static void sealed(struct node *node, const struct outgoing *out)
{
    own_chain_used(node, &out->number, &out->sealed.id);
    own_chain_voided_told(node, out->number.to.text, out->number.lane, &out->sealed.id);
}

/* What became of a letter that waits. Given up, it takes with it those that follow it in its case. */
enum sealing { SEALING_DONE, SEALING_WAITS, SEALING_GIVEN_UP };

static enum sealing seal_one(struct node *node, struct turn *turn, const struct letter_row *letter,
                             struct outgoing *ret)
{
    struct public_key recipient;
    char id[ID_SHORT];
    if (broker_time_sure(node, turn).ms > letter->signed_ms + SIGNED_AGE_MAX_MS) {
        letter_fail(node, turn, &letter->id, REASON_CONTEXT); /* no recipient would take it any more */
        return SEALING_GIVEN_UP;
    }
    if (!recipient_key(node, turn, letter->to.text, &recipient)) {
        return SEALING_WAITS;
    }
    if (!seal_for(node, turn, letter, &recipient, ret)) {
        if (arena_exhausted(turn_arena(turn))) {
            return SEALING_WAITS;
        }
        letter_fail(node, turn, &letter->id, REASON_SIZE);
        return SEALING_GIVEN_UP;
    }
    sealed(node, ret);
    letter_sealed(node, &letter->id, &ret->sealed.id);
    node_event(turn, EVENT_LETTER_SEALED, "to=%s lane=%s seq=%u id=%s", letter->to.text,
               lane_name((uint32_t)letter->lane), (unsigned)ret->number.seq,
               id_short(id, &ret->sealed.id.digest));
    return SEALING_DONE;
}

bool outbox_may_seal(struct node *node, struct turn *turn)
{
    /* A link that has told its heads: a node restored from a backup would else use a number twice (I2). */
    return node->live.stage == LINK_READY && node_rosters_standing(node, turn).usable &&
           broker_time_may_seal(node, turn) && node_rosters_own_key(node, turn, ROLE_NODE);
}

size_t outbox_seal(struct node *node, struct turn *turn, struct outgoing *ret, size_t max)
{
    size_t count = 0;
    struct arena *arena = turn_arena(turn);
    struct letter_row *letters =
        outbox_may_seal(node, turn) ? arena_take(arena, max * sizeof *letters) : NULL;
    if (letters == NULL) {
        return 0;
    }
    size_t found = letters_wanted(node, max, arena, letters);
    enum sealing last = SEALING_WAITS;
    for (size_t i = 0; i < found && last != SEALING_GIVEN_UP; i++) {
        last = seal_one(node, turn, &letters[i], &ret[count]);
        count += last == SEALING_DONE;
    }
    /* After a letter was given up the list may hold others that went with it: a new one is made. */
    node->live.more = node->live.more || found == max || last == SEALING_GIVEN_UP;
    return count;
}

bool outbox_seal_control(struct node *node, struct turn *turn, const struct address *to, enum lane lane,
                         struct bytes control, struct outgoing *ret)
{
    struct public_key recipient;
    const struct labels labels = {.kind = KIND_CONTROL, .exercise = bytes_of(NULL, 0)};
    char id[ID_SHORT];
    if (control.data == NULL || !recipient_key(node, turn, to->text, &recipient)) {
        return false;
    }
    *ret = (struct outgoing){.letter = {.digest = {.bytes = {0}}}};
    own_chain_next(node, turn, to, lane, &ret->number);
    if (!seal_inner(node, turn, &labels, control_inner(node, turn, to, lane, control), &recipient, ret)) {
        return false;
    }
    sealed(node, ret);
    node_event(turn, EVENT_CONTROL_SEALED, "to=%s lane=%s seq=%u id=%s", to->text, lane_name((uint32_t)lane),
               (unsigned)ret->number.seq, id_short(id, &ret->sealed.id.digest));
    return true;
}

void outbox_store(struct node *node, const struct outgoing *out, struct bytes proof)
{
    store_out_put(node->store, out, proof);
}
