/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/said_objects.h"

#include <sodium.h>
#include <string.h>

#include "drills/oracle/protobuf_walk.h"

#define TURN_DIGESTS_MAX 4096
#define TURN_PATH_MAX    12

static bool address_of(const struct protobuf_field *field, struct said_address *ret)
{
    if (field->bytes.size == 0 || field->bytes.size > ADDRESS_BYTES_MAX ||
        memchr(field->bytes.data, '\0', field->bytes.size) != NULL) {
        return false;
    }
    memset(ret, 0, sizeof *ret);
    memcpy(ret->text, field->bytes.data, field->bytes.size);
    return true;
}

/* An id that may be absent. */
static bool optional_id(const struct protobuf_field *field, bool *ret_has, struct id *ret)
{
    *ret_has = field->number != 0;
    return !*ret_has || id_from(field->bytes, ret);
}

/* --- envelopes --- */

static bool header_read(struct bytes bytes, struct said_header *ret)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    *ret = (struct said_header){0};
    if (!protobuf_read(bytes, "vvvbbbb88844bb", f) || f[1].value != 1 || !address_of(&f[5], &ret->from) ||
        !address_of(&f[6], &ret->to) || !id_from(f[7].bytes, &ret->from_key) ||
        !optional_id(&f[13], &ret->has_prev, &ret->prev)) {
        return false;
    }
    ret->kind = (uint32_t)f[2].value;
    ret->lane = (uint32_t)f[3].value;
    ret->created_ms = f[9].value;
    ret->expires_ms = f[10].value;
    ret->incarnation = (uint32_t)f[11].value;
    ret->seq = (uint32_t)f[12].value;
    return ret->lane >= 1 && ret->lane <= 3 && ret->incarnation != 0 && ret->seq != 0 &&
           ret->has_prev == (ret->seq > 1) && ret->expires_ms > ret->created_ms;
}

static bool envelope_of(struct bytes header, struct bytes seal, const struct id *body_hash,
                        struct said_envelope *ret)
{
    const struct bytes parts[] = {header, seal, id_bytes(body_hash)};
    ret->id = id_labelled("env", parts, 3);
    return seal.size != 0 && ret->proof.size != 0 && header_read(header, &ret->header);
}

bool said_envelope_read(struct bytes bytes, struct said_envelope *ret)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    if (!protobuf_read(bytes, "bbbb", f)) {
        return false;
    }
    struct id body_hash = id_hash(f[3].bytes);
    ret->proof = f[4].bytes;
    return f[3].bytes.size != 0 && envelope_of(f[1].bytes, f[2].bytes, &body_hash, ret);
}

bool said_stub_read(struct bytes bytes, struct said_envelope *ret, struct bytes *ret_expired)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    struct id body_hash;
    if (!protobuf_read(bytes, "bbbbb", f) || !id_from(f[3].bytes, &body_hash)) {
        return false;
    }
    ret->proof = f[4].bytes;
    *ret_expired = f[5].bytes;
    return envelope_of(f[1].bytes, f[2].bytes, &body_hash, ret);
}

/* --- letters --- */

/* All of them, 3 at most; protobuf_read has seen that the message is sound. */
static bool signers_read(struct bytes context, struct said_context *ret)
{
    struct protobuf_walk walk = {.left = context};
    struct protobuf_field field;
    while (protobuf_next(&walk, &field)) {
        if (field.number == 15 && (ret->signer_count == SAID_SIGNERS_MAX ||
                                   !id_from(field.bytes, &ret->signers[ret->signer_count++]))) {
            return false;
        }
    }
    return true;
}

bool said_context_read(struct bytes bytes, struct said_context *ret)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    *ret = (struct said_context){0};
    if (!protobuf_read(bytes, "vvbbbBb4bb88bbB", f) || f[1].value != 1 || !address_of(&f[4], &ret->from) ||
        !address_of(&f[5], &ret->to) || f[7].bytes.size != sizeof ret->case_id ||
        !optional_id(&f[9], &ret->has_prev, &ret->prev)) {
        return false;
    }
    memcpy(ret->case_id, f[7].bytes.data, sizeof ret->case_id);
    ret->case_seq = (uint32_t)f[8].value;
    ret->signed_ms = f[11].value;
    return ret->case_seq != 0 && signers_read(bytes, ret);
}

struct id said_letter_id(struct bytes context, struct bytes letter)
{
    struct id letter_hash = id_hash(letter);
    const struct bytes parts[] = {context, id_bytes(&letter_hash)};
    return id_labelled("letter", parts, 2);
}

/* --- receipts --- */

const char *fact_kind_name(enum fact_kind kind)
{
    static const char *const names[] = {"?",         "ACCEPTED", "REJECTED", "EXPIRED",
                                        "DELIVERED", "REFUSED",  "OPENED"};
    return kind >= FACT_ACCEPTED && kind < FACT_KINDS ? names[kind] : names[0];
}

static bool item_read(struct bytes bytes, enum fact_kind kind, struct said_item *ret)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    bool gives_reason = kind == FACT_REJECTED || kind == FACT_REFUSED;
    if (!protobuf_read(bytes, "bv44v84", f) || !id_from(f[1].bytes, &ret->id)) {
        return false;
    }
    ret->lane = (uint32_t)f[2].value;
    ret->incarnation = (uint32_t)f[3].value;
    ret->seq = (uint32_t)f[4].value;
    ret->reason = (uint32_t)f[5].value;
    ret->through = (uint32_t)f[7].value;
    return (ret->reason != 0) == gives_reason && f[5].value <= SAID_REASONS_MAX &&
           (ret->through == 0 || kind == FACT_DELIVERED);
}

/* Walks the items; ret NULL: only reads them. */
static bool items_read(const struct said_receipt *receipt, struct said_item *ret, size_t *ret_count)
{
    struct protobuf_walk walk = {.left = receipt->body};
    struct protobuf_field field;
    struct said_item item;
    *ret_count = 0;
    while (protobuf_next(&walk, &field)) {
        if (field.number != 9) {
            continue;
        }
        if (!item_read(field.bytes, receipt->kind, &item)) {
            return false;
        }
        if (ret != NULL) {
            ret[*ret_count] = item;
        }
        (*ret_count)++;
    }
    return *ret_count >= 1 && *ret_count <= SAID_ITEMS_MAX;
}

bool said_receipt_read(struct bytes signed_receipt, struct said_receipt *ret)
{
    struct protobuf_field outer[PROTOBUF_FIELDS_MAX + 1], f[PROTOBUF_FIELDS_MAX + 1];
    *ret = (struct said_receipt){0};
    if (!protobuf_read(signed_receipt, "bb", outer) || !protobuf_read(outer[1].bytes, "vvbbbb88Bb", f) ||
        f[1].value != 1 || f[2].value < FACT_ACCEPTED || f[2].value >= FACT_KINDS ||
        !address_of(&f[4], &ret->from) || !address_of(&f[5], &ret->to) ||
        !id_from(f[6].bytes, &ret->by_key)) {
        return false;
    }
    ret->kind = (enum fact_kind)f[2].value;
    ret->at_ms = f[8].value;
    ret->body = outer[1].bytes;
    ret->proof = outer[2].bytes;
    ret->digest = id_labelled("rcpt", &ret->body, 1);
    return items_read(ret, NULL, &ret->item_count);
}

void said_receipt_items(const struct said_receipt *receipt, struct said_item *ret)
{
    size_t count = 0;
    (void)items_read(receipt, ret, &count);
}

/* --- signatures --- */

struct turn_hash {
    uint8_t bytes[crypto_hash_sha256_BYTES];
};

static struct turn_hash tree_hash(uint8_t prefix, const uint8_t *left, const uint8_t *right)
{
    crypto_hash_sha256_state state;
    struct turn_hash hash;
    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, &prefix, 1);
    (void)crypto_hash_sha256_update(&state, left, 32);
    if (right != NULL) {
        (void)crypto_hash_sha256_update(&state, right, 32);
    }
    (void)crypto_hash_sha256_final(&state, hash.bytes);
    return hash;
}

/* RFC 9162 2.1.3.2. False: the path is too short or too long. */
static bool root_of(const struct id *digest, uint64_t size, uint64_t index, struct bytes path,
                    struct turn_hash *ret)
{
    uint64_t fn = index;
    uint64_t sn = size - 1;
    struct turn_hash r = tree_hash(0, digest->bytes, NULL);
    for (size_t at = 0; at < path.size; at += 32) {
        const uint8_t *p = path.data + at;
        if (sn == 0) {
            return false;
        }
        if ((fn & 1) == 1 || fn == sn) {
            r = tree_hash(1, p, r.bytes);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = tree_hash(1, r.bytes, p);
        }
        fn >>= 1;
        sn >>= 1;
    }
    *ret = r;
    return sn == 0;
}

/* M(turn, u64be(size), root): 73 bytes. */
static void signed_text(uint64_t size, const struct turn_hash *root, uint8_t ret[73])
{
    memset(ret, 0, 73);
    memcpy(ret, "comity/v1/turn", 14);
    ret[16] = 2;
    ret[24] = 8;
    for (size_t i = 0; i < 8; i++) {
        ret[25 + i] = (uint8_t)(size >> (56 - 8 * i));
    }
    ret[40] = 32;
    memcpy(ret + 41, root->bytes, 32);
}

bool said_proof_holds(struct bytes proof, const struct id *digest, const struct id *key,
                      struct id_map *good_turns)
{
    struct protobuf_field f[PROTOBUF_FIELDS_MAX + 1];
    struct turn_hash root;
    uint8_t text[73];
    if (!protobuf_read(proof, "bvvb", f) || f[1].bytes.size != crypto_sign_BYTES || f[2].value < 1 ||
        f[2].value > TURN_DIGESTS_MAX || f[3].value >= f[2].value || f[4].bytes.size % 32 != 0 ||
        f[4].bytes.size > (size_t)TURN_PATH_MAX * 32 ||
        !root_of(digest, f[2].value, f[3].value, f[4].bytes, &root)) {
        return false;
    }
    signed_text(f[2].value, &root, text);
    const struct bytes turn[] = {id_bytes(key), f[1].bytes, bytes_of(text, sizeof text)};
    struct id turn_id = id_labelled("turn", turn, 3);
    if (id_map_get(good_turns, &turn_id) != ID_MAP_NONE) {
        return true;
    }
    if (crypto_sign_verify_detached(f[1].bytes.data, text, sizeof text, key->bytes) != 0) {
        return false;
    }
    id_map_put(good_turns, &turn_id, 0);
    return true;
}
