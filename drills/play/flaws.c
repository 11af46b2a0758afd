/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/flaws.h"

#include <sodium.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "keys/envelope.h"
#include "keys/hpke.h"
#include "keys/seal.h"
#include "proto/json.h"

#define NOBODY     "XZ/else"
#define TAG_SIZE   16
#define PLAIN_STEP 4 /* a size of plaintext is so many times the one below it */
#define PLAIN_MIN  ((size_t)4096)

static const struct {
    const char *word;
    enum reason reason;
    const char *text;
} flaws[] = {
#define FLAW(name, word, reason, text) {word, REASON_##reason, text},
#include "drills/play/flaws.def"
#undef FLAW
};

const char *flaw_word(enum flaw flaw)
{
    ensure((unsigned)flaw < FLAW_COUNT);
    return flaws[flaw].word;
}

enum reason flaw_reason(enum flaw flaw)
{
    ensure((unsigned)flaw < FLAW_COUNT);
    return flaws[flaw].reason;
}

const char *flaw_text(enum flaw flaw)
{
    ensure((unsigned)flaw < FLAW_COUNT);
    return flaws[flaw].text;
}

enum flaw flaw_of_word(const char *word)
{
    unsigned i = 0;
    while (i < FLAW_COUNT && strcmp(flaws[i].word, word) != 0) {
        i++;
    }
    return (enum flaw)i;
}

bool flaw_needs_two(enum flaw flaw)
{
    return flaw == FLAW_FORK || flaw == FLAW_SEQUENCE;
}

/* One that is being made. */
struct making {
    const struct flawed *of;
    struct turn_source source;
    struct arena *arena;
};

static void *take(struct arena *arena, size_t size)
{
    void *taken = arena_take(arena, size + 1);
    ensure(taken != NULL);
    return taken;
}

/* Without asking limits.def. */
static struct bytes pack(struct arena *arena, const ProtobufCMessage *message)
{
    uint8_t *data = take(arena, protobuf_c_message_get_packed_size(message));
    return bytes_of(data, protobuf_c_message_pack(message, data));
}

static struct bytes joined(struct arena *arena, struct bytes a, struct bytes b)
{
    uint8_t *data = take(arena, a.size + b.size);
    memcpy(data, a.data, a.size);
    memcpy(data + a.size, b.data, b.size);
    return bytes_of(data, a.size + b.size);
}

static void draw(const struct making *m, void *ret, size_t size)
{
    m->source.random(m->source.context, ret, size);
}

/* --- the letter and what the officer signs --- */

struct bytes flawed_letter(enum flaw flaw, json_t *letter, struct arena *arena)
{
    static const uint8_t unknown[] = {0xf8, 0x01, 0x01}; /* field 31, the number 1 */
    struct faults faults;
    faults_init(&faults, arena);
    json_t *items = json_object_get(json_object_get(letter, "request"), "items");
    if (flaw == FLAW_LETTER_INCOMPLETE) {
        (void)json_object_del(json_array_get(items, 0), "link");
    }
    ProtobufCMessage *message = message_of_json(&comity__letter__descriptor, letter, arena, &faults);
    if (message == NULL) {
        return bytes_of(NULL, 0);
    }
    struct bytes packed = pack(arena, message);
    return flaw == FLAW_LETTER_UNKNOWN ? joined(arena, packed, bytes_of(unknown, sizeof unknown)) : packed;
}

static ProtobufCBinaryData exercise_of(const struct making *m)
{
    const struct exercise_id *exercise = m->of->exercise;
    return wire_binary(exercise == NULL ? bytes_of(NULL, 0)
                                        : bytes_of(exercise->bytes, sizeof exercise->bytes));
}

static struct bytes context_of(const struct making *m)
{
    const struct flawed *of = m->of;
    Comity__Context context = COMITY__CONTEXT__INIT;
    uint8_t case_id[16];
    ProtobufCBinaryData key = wire_binary(bytes_of(of->officer->key.bytes, sizeof of->officer->key.bytes));
    struct digest hash = *roster_hash(of->roster);
    hash.bytes[0] ^= of->flaw == FLAW_ROSTER_HASH;
    draw(m, case_id, sizeof case_id);
    context.version = 1;
    context.kind = KIND_LETTER;
    context.network = wire_binary(bytes_of(of->network.bytes, sizeof of->network.bytes));
    context.from = (char *)(uintptr_t)(of->context_from == NULL ? of->from : of->context_from);
    context.to = (char *)(uintptr_t)(of->flaw == FLAW_CONTEXT ? NOBODY : of->to);
    context.case_id = wire_binary(bytes_of(case_id, sizeof case_id));
    context.case_seq = 1;
    context.signed_ms = of->created_ms;
    context.roster = roster_version(of->roster);
    context.roster_hash = wire_binary(digest_bytes(&hash));
    context.exercise = exercise_of(m);
    context.n_signer = 1;
    context.signer = &key;
    return pack(m->arena, &context.base);
}

static struct bytes inner_of(const struct making *m)
{
    const struct flawed *of = m->of;
    struct bytes context = context_of(m);
    struct digest hash = plain_hash(of->letter);
    const struct bytes parts[] = {context, digest_bytes(&hash)};
    struct digest id = labelled_digest("comity/v1/letter", parts, 2);
    struct bytes proof;
    id.bytes[0] ^= of->flaw == FLAW_OFFICER_SIGNATURE;
    ensure(sign_turn(of->officer, &id, 1, m->arena, &proof));
    Comity__Inner inner = COMITY__INNER__INIT;
    ProtobufCBinaryData signature = wire_binary(proof);
    inner.context = wire_binary(context);
    inner.letter = wire_binary(of->letter);
    inner.n_signature = 1;
    inner.signature = &signature;
    struct bytes packed = pack(m->arena, &inner.base);
    return of->flaw == FLAW_INNER ? bytes_of(packed.data + 1, packed.size - 1) : packed;
}

/* --- the header --- */

/* The encoded header, put together otherwise. */
static struct bytes header_with_flaw(const struct making *m, struct bytes packed)
{
    static const uint8_t unknown[] = {0x78, 0x01}; /* field 15, the number 1 */
    static const uint8_t zero[] = {0x72, 0x00};    /* field 14, empty */
    static const uint8_t deep[] = {0x7b, 0x7b, 0x7b, 0x7b, 0x7b, 0x7b, 0x7b, 0x7b,
                                   0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c}; /* groups in groups */
    struct bytes version = bytes_of(packed.data, 2);
    struct bytes rest = bytes_of(packed.data + 2, packed.size - 2);
    switch ((int)m->of->flaw) { /* those of other parts are not for here */
    case FLAW_HEADER_UNKNOWN:
        return joined(m->arena, packed, bytes_of(unknown, sizeof unknown));
    case FLAW_HEADER_ZERO:
        return joined(m->arena, packed, bytes_of(zero, sizeof zero));
    case FLAW_HEADER_DEEP:
        return joined(m->arena, packed, bytes_of(deep, sizeof deep));
    case FLAW_HEADER_REPEATED:
        return joined(m->arena, version, packed);
    case FLAW_HEADER_UNSORTED: { /* lane before kind: both are two bytes */
        uint8_t swapped[4];
        memcpy(swapped, rest.data + 2, 2);
        memcpy(swapped + 2, rest.data, 2);
        return joined(m->arena, version,
                      joined(m->arena, bytes_of(swapped, 4), bytes_of(rest.data + 4, rest.size - 4)));
    }
    default:
        return packed;
    }
}

static struct bytes header_of(const struct making *m)
{
    const struct flawed *of = m->of;
    Comity__Header header = COMITY__HEADER__INIT;
    struct digest prev = of->prev;
    prev.bytes[0] ^= of->flaw == FLAW_SEQUENCE;
    header.version = of->flaw == FLAW_VERSION ? 2 : 1;
    header.kind = KIND_LETTER;
    header.lane = of->lane;
    header.network = wire_binary(bytes_of(of->network.bytes, sizeof of->network.bytes));
    header.from = (char *)(uintptr_t)(of->flaw == FLAW_FROM ? NOBODY : of->from);
    header.to = (char *)(uintptr_t)of->to;
    header.from_key = wire_binary(bytes_of(of->node->key.bytes, sizeof of->node->key.bytes));
    header.roster = roster_version(of->roster);
    header.created_ms = of->created_ms;
    header.expires_ms = of->expires_ms;
    header.incarnation = of->incarnation;
    header.seq = of->seq;
    header.exercise = exercise_of(m);
    if (of->seq > 1) {
        header.prev = wire_binary(digest_bytes(&prev));
    }
    return header_with_flaw(m, pack(m->arena, &header.base));
}

/* --- sealing --- */

static struct bytes encrypted(const struct making *m, struct bytes plain, const uint8_t key[32])
{
    static const uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {0};
    uint8_t *data = take(m->arena, plain.size + TAG_SIZE);
    crypto_aead_chacha20poly1305_ietf_encrypt(data, NULL, plain.data, plain.size, NULL, 0, NULL, nonce, key);
    return bytes_of(data, plain.size + TAG_SIZE);
}

static void spoil(struct bytes bytes)
{
    ((uint8_t *)(uintptr_t)bytes.data)[0] ^= 1;
}

/* Steps 3 to 5 of docs/protocol.md 3, for one key: what is committed to, and what the slot gives. */
static struct bytes seal_of(const struct making *m, struct bytes header, const struct public_key *recipient,
                            const uint8_t committed[32], const uint8_t given[32])
{
    uint8_t ephemeral[32];
    uint8_t enc[HPKE_ENC_BYTES];
    uint8_t kek[32];
    struct hpke hpke;
    draw(m, ephemeral, sizeof ephemeral);
    struct digest commit = labelled_mac(committed, "comity/v1/commit", NULL, 0);
    const struct bytes bound[] = {header, digest_bytes(&commit)};
    struct digest context = labelled_digest("comity/v1/slot", bound, 2);
    ensure(hpke_setup_sender(&hpke, enc, recipient->bytes, ephemeral, bytes_of_text("comity/v1/slot")));
    hpke_export(&hpke, digest_bytes(&context), kek, sizeof kek);
    struct bytes wrapped = encrypted(m, bytes_of(given, 32), kek);
    if (m->of->flaw == FLAW_WRAPPED) {
        spoil(wrapped);
    }
    Comity__Slot slot = COMITY__SLOT__INIT;
    Comity__Slot *slots = &slot;
    Comity__Seal seal = COMITY__SEAL__INIT;
    slot.recipient_key = wire_binary(bytes_of(recipient->bytes, sizeof recipient->bytes));
    slot.enc = wire_binary(bytes_of(enc, sizeof enc));
    slot.wrapped = wire_binary(wrapped);
    seal.commit = wire_binary(digest_bytes(&commit));
    seal.n_slot = 1;
    seal.slot = &slots;
    return pack(m->arena, &seal.base);
}

/* Step 6: the smallest size that holds it and its padding. */
static struct bytes body_of(const struct making *m, struct bytes header, struct bytes seal,
                            struct bytes inner, const uint8_t content_key[32])
{
    const struct bytes keyed[] = {header, seal};
    struct digest key = labelled_mac(content_key, "comity/v1/body", keyed, 2);
    size_t size = PLAIN_MIN;
    while (size <= inner.size) {
        size *= PLAIN_STEP;
    }
    uint8_t *plain = take(m->arena, size);
    memset(plain, 0, size);
    memcpy(plain, inner.data, inner.size);
    plain[inner.size] = m->of->flaw == FLAW_PADDING ? 0x81 : 0x80;
    struct bytes body = encrypted(m, bytes_of(plain, size), key.bytes);
    if (m->of->flaw == FLAW_RESIGNED_BODY) {
        spoil(body);
    }
    return m->of->flaw == FLAW_BODY_SIZE ? bytes_of(body.data, body.size - 1) : body;
}

/* A key whose private half nobody has. */
static struct public_key key_of_nobody(const struct making *m)
{
    uint8_t secret[32];
    struct public_key key;
    draw(m, secret, sizeof secret);
    ensure(crypto_scalarmult_base(key.bytes, secret) == 0);
    return key;
}

static struct sealed sealed_by_hand(const struct making *m, struct bytes header, struct bytes inner)
{
    uint8_t committed[32];
    uint8_t given[32];
    struct public_key recipient = m->of->flaw == FLAW_SLOT ? key_of_nobody(m) : m->of->recipient;
    struct sealed sealed = {.header = header};
    draw(m, committed, sizeof committed);
    memcpy(given, committed, sizeof given);
    given[0] ^= m->of->flaw == FLAW_TWO_KEYS;
    sealed.seal = seal_of(m, header, &recipient, committed, given);
    sealed.body = body_of(m, header, sealed.seal, inner, given);
    struct digest body_hash = plain_hash(sealed.body);
    sealed.id = envelope_id_of(header, sealed.seal, &body_hash);
    return sealed;
}

struct flawed_envelope flawed_make(const struct flawed *of, struct turn_source source, struct arena *arena)
{
    const struct making m = {.of = of, .source = source, .arena = arena};
    struct bytes inner = inner_of(&m);
    struct sealed sealed = sealed_by_hand(&m, header_of(&m), inner);
    struct bytes proof;
    ensure(sign_turn(of->node, &sealed.id.digest, 1, arena, &proof));
    Comity__Envelope envelope = COMITY__ENVELOPE__INIT;
    envelope.header = wire_binary(sealed.header);
    envelope.seal = wire_binary(sealed.seal);
    envelope.body = wire_binary(sealed.body);
    envelope.proof = wire_binary(proof);
    return (struct flawed_envelope){.bytes = pack(arena, &envelope.base), .id = sealed.id.digest};
}
