/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/signed_letter.h"

#include <string.h>

#include "base/text.h"
#include "nodes/lifecycle.h"
#include "nodes/rosters.h"
#include "proto/limits.h"

struct letter_id letter_id_of(struct bytes context, struct bytes letter)
{
    struct digest hash = plain_hash(letter);
    const struct bytes parts[] = {context, digest_bytes(&hash)};
    return (struct letter_id){.digest = labelled_digest("comity/v1/letter", parts, 2)};
}

void letter_row_of(const struct signed_letter *letter, struct letter_row *ret)
{
    const Comity__Context *context = letter->context;
    ret->id = letter_id_of(letter->context_bytes, letter->letter_bytes);
    ret->context = letter->context_bytes;
    ret->letter = letter->letter_bytes;
    (void)address_read(bytes_of_text(context->from), &ret->from);
    (void)address_read(bytes_of_text(context->to), &ret->to);
    memcpy(ret->case_id.bytes, context->case_id.data, sizeof ret->case_id.bytes);
    ret->case_seq = context->case_seq;
    ret->signed_ms = context->signed_ms;
    if (context->case_prev.len != 0) {
        ret->prev.digest = digest_from(wire_bytes(context->case_prev));
    }
    if (context->seen.len != 0) {
        ret->seen.digest = digest_from(wire_bytes(context->seen));
    }
}

static bool copies_ascend(const Comity__Context *context)
{
    for (size_t i = 1; i < context->n_copy; i++) {
        if (strcmp(context->copy[i - 1], context->copy[i]) >= 0) {
            return false;
        }
    }
    return true;
}

/* case_prev is absent for the first letter only. */
bool context_is_of_letter(const Comity__Context *context)
{
    return context->case_id.len == sizeof(struct case_id) && context->case_seq >= 1 &&
           context->case_prev.len == (context->case_seq == 1 ? 0 : sizeof(struct letter_id)) &&
           copies_ascend(context) && context->roster >= 1 &&
           context->roster_hash.len == sizeof(struct digest);
}

enum reason signed_letter_roster(struct node *node, const Comity__Context *context)
{
    struct digest held;
    bool known = node_rosters_hash(node, context->roster, &held);
    return known && !bytes_equal(digest_bytes(&held), wire_bytes(context->roster_hash)) ? REASON_ROSTER_FORK
                                                                                        : REASON_NONE;
}

static struct public_key signer_at(const Comity__Context *context, size_t i)
{
    struct public_key key;
    memcpy(key.bytes, context->signer[i].data, sizeof key.bytes);
    return key;
}

static bool may_sign(const struct roster_key *key, bool exercise)
{
    return text_is_one_of("sign", key->mandate) && key->exercise == exercise;
}

static bool is_officer(struct node *node, const Comity__Context *context, const struct party *from, size_t i)
{
    const struct roster_key *key = NULL;
    const struct public_key signer = signer_at(context, i);
    const wall_ms signed_at = {.ms = context->signed_ms};
    for (size_t j = 0; j < i; j++) {
        const struct public_key earlier = signer_at(context, j);
        if (public_key_equal(&earlier, &signer)) {
            return false;
        }
    }
    return roster_key_standing(node_roster_now(node), from, ROLE_OFFICER, &signer, signed_at, &key) ==
               KEY_GOOD &&
           may_sign(key, context->exercise.len != 0);
}

bool letter_is_of_node(const Comity__Letter *letter)
{
    const struct lifecycle_row *row = letter == NULL ? NULL : lifecycle_row_any(letter);
    return row != NULL && row->signatures == 0;
}

/* Is its one signer a node key of that party? Which standing that key has at signed_ms. */
static enum key_standing node_standing(struct node *node, const Comity__Context *context,
                                       const struct party *from)
{
    const struct public_key signer = signer_at(context, 0);
    return context->n_signer != 1 ? KEY_UNKNOWN
                                  : roster_key_standing(node_roster_now(node), from, ROLE_NODE, &signer,
                                                        (wall_ms){.ms = context->signed_ms}, NULL);
}

enum reason signed_letter_officers(struct node *node, const struct signed_letter *letter,
                                   const struct party *from, struct arena *arena, Comity__Letter **ret)
{
    const Comity__Context *context = letter->context;
    size_t count = context->n_signer;
    *ret = NULL;
    if (count < 1 || count > SIGNERS_MAX || letter->proof_count != count) {
        return REASON_OFFICER;
    }
    Comity__Letter *message = NULL;
    bool decodes = letter_unpack(letter->letter_bytes, arena, &message, NULL) == WIRE_OK;
    *ret = decodes ? message : NULL;
    if (letter_is_of_node(*ret) && node_standing(node, context, from) == KEY_GOOD) {
        return REASON_NONE;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_officer(node, context, from, i)) {
            return REASON_OFFICER;
        }
    }
    enum letter_kind kind = decodes ? letter_kind(message) : LETTER_NONE;
    return kind != LETTER_NONE && count < letter_signatures_needed(kind, message) ? REASON_OFFICER
                                                                                  : REASON_NONE;
}

enum reason signed_letter_signatures(struct node *node, const struct signed_letter *letter,
                                     const struct letter_id *id)
{
    for (size_t i = 0; i < letter->context->n_signer; i++) {
        const struct public_key signer = signer_at(letter->context, i);
        if (proof_verify(&node->verified, wire_bytes(letter->proofs[i]), &id->digest, &signer) != PROOF_OK) {
            return REASON_OFFICER_SIGNATURE;
        }
    }
    return REASON_NONE;
}

static bool officers_are_known(struct node *node, const Comity__Context *context, const struct party *from)
{
    const wall_ms signed_at = {.ms = context->signed_ms};
    for (size_t i = 0; i < context->n_signer; i++) {
        const struct public_key signer = signer_at(context, i);
        if (roster_key_standing(node_roster_now(node), from, ROLE_OFFICER, &signer, signed_at, NULL) ==
            KEY_UNKNOWN) {
            return false;
        }
    }
    return true;
}

static bool is_of_its_node(struct node *node, const struct signed_letter *letter, const struct party *from,
                           struct arena *arena)
{
    Comity__Letter *message = NULL;
    return node_standing(node, letter->context, from) != KEY_UNKNOWN &&
           letter_unpack(letter->letter_bytes, arena, &message, NULL) == WIRE_OK &&
           letter_is_of_node(message);
}

bool signed_letter_is_genuine(struct node *node, const struct signed_letter *letter,
                              const struct letter_id *id, const struct party *from, struct arena *arena)
{
    const Comity__Context *context = letter->context;
    size_t count = context->n_signer;
    bool whole = count >= 1 && count <= SIGNERS_MAX && letter->proof_count == count;
    return whole && (officers_are_known(node, context, from) || is_of_its_node(node, letter, from, arena)) &&
           signed_letter_signatures(node, letter, id) == REASON_NONE;
}

struct bytes signed_letter_proofs(const struct signed_letter *letter, struct arena *arena)
{
    ProtobufCBinaryData list[SIGNERS_MAX];
    Comity__Inner inner = COMITY__INNER__INIT;
    for (size_t i = 0; i < letter->proof_count; i++) {
        list[i] = letter->proofs[i];
    }
    inner.n_signature = letter->proof_count;
    inner.signature = list;
    return inner_pack(arena, &inner);
}

enum file_outcome node_letter_file(struct node *node, struct turn *turn, const struct letter_draft *draft,
                                   Comity__Letter *message, struct letter_id *ret_id)
{
    struct arena *arena = turn_arena(turn);
    const struct signer *signer = node->options.node_signer;
    struct letter_id id;
    struct bytes proof;
    if (!letter_is_of_node(message)) {
        return FILE_MALFORMED;
    }
    if (!node_ready(node)) {
        return FILE_ROSTER;
    }
    struct bytes letter = letter_pack(arena, message);
    struct bytes context = letter.data == NULL ? letter
                                               : letter_context(node, draft, letter, &signer->key, 1,
                                                                turn_wall(turn), arena, &id);
    if (context.data == NULL || !sign_turn(signer, &id.digest, 1, arena, &proof)) {
        return FILE_FULL;
    }
    return letter_file(node, turn, context, letter, &proof, 1, ret_id);
}
