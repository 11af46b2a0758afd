/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes as a node makes them, with one fault at most. What seal_letter() would never do is done here by hand. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/text.h"
#include "keys/envelope.h"
#include "keys/hpke.h"
#include "keys/prekeys.h"
#include "keys/seal.h"
#include "proto/json.h"
#include "tests/e2e/peer.h"

#define ANSWER_MS  20000
#define PLAIN_SIZE 4096
#define TAG_SIZE   16

static struct bytes joined(struct peer *peer, struct bytes a, struct bytes b)
{
    uint8_t *data = arena_take(peer->arena, a.size + b.size + 1);
    if (data == NULL) {
        broken("no memory");
    }
    memcpy(data, a.data, a.size);
    memcpy(data + a.size, b.data, b.size);
    return bytes_of(data, a.size + b.size);
}

/* --- keys of the recipient --- */

static struct public_key fresh_key(void)
{
    uint8_t secret[32];
    struct public_key key;
    host_random(NULL, secret, sizeof secret);
    (void)crypto_scalarmult_base(key.bytes, secret);
    return key;
}

static struct public_key key_of_list(struct peer *peer, ProtobufCBinaryData list)
{
    struct prekeys prekeys;
    struct public_key key;
    bool stale = false;
    enum reason reason = prekeys_read(NULL, wire_bytes(list), peer->roster, peer->arena, &prekeys);
    if (reason != REASON_NONE || !prekeys_choose(&prekeys, host_wall(), &key, &stale)) {
        broken("the recipient's list of sealing keys: %s", reason_name(reason));
    }
    return key;
}

static struct public_key sealing_key(struct peer *peer, const char *to)
{
    if (strcmp(peer->sealing.to, to) == 0) {
        return peer->sealing.key;
    }
    Comity__Prekeys ask = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ask.ask = (char *)(uintptr_t)to;
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &ask;
    peer_say(peer, &frame);
    const Comity__Frame *answer = peer_expect(peer, COMITY__FRAME__BODY_PREKEYS, ANSWER_MS);
    if (answer == NULL) {
        broken("no answer about sealing keys of %s", to);
    }
    bool none = answer->prekeys->list.len == 0;
    peer->sealing.key = none ? fresh_key() : key_of_list(peer, answer->prekeys->list);
    (void)snprintf(peer->sealing.to, sizeof peer->sealing.to, "%s", to);
    return peer->sealing.key;
}

/* --- the letter and what the officer signs --- */

static struct bytes request_letter(struct peer *peer, const struct recipe *recipe)
{
    struct error error = {.text = ""};
    struct bytes text;
    struct faults faults;
    const char *path = getenv("COMITY_REQUEST");
    faults_init(&faults, peer->arena);
    if (files_read(path == NULL ? "examples/preservation.json" : path, 65536, peer->arena, &text, &error) !=
        FILES_OK) {
        broken("%s", error.text);
    }
    json_t *request = json_read(text, 65536, &faults);
    json_t *items = json_object_get(request, "items");
    char reference[40];
    uint8_t random[4];
    host_random(NULL, random, sizeof random);
    (void)snprintf(reference, sizeof reference, "PEER-%02x%02x%02x%02x", random[0], random[1], random[2],
                   random[3]);
    (void)json_object_set_new(request, "reference",
                              json_string(recipe->reference == NULL ? reference : recipe->reference));
    if (recipe->flaw == FLAW_LETTER_INCOMPLETE) {
        (void)json_object_del(json_array_get(items, 0), "link");
    }
    json_t *letter = json_pack("{s:o}", "request", request);
    ProtobufCMessage *message = message_of_json(&comity__letter__descriptor, letter, peer->arena, &faults);
    json_decref(letter);
    if (message == NULL) {
        broken("the request of %s cannot be read", path == NULL ? "examples" : path);
    }
    struct bytes packed = peer_pack(peer, message);
    static const uint8_t unknown[] = {0xf8, 0x01, 0x01}; /* field 31, the number 1 */
    return recipe->flaw == FLAW_LETTER_UNKNOWN ? joined(peer, packed, bytes_of(unknown, sizeof unknown))
                                               : packed;
}

static struct bytes context_of(struct peer *peer, const struct recipe *recipe, const struct signer *officer)
{
    Comity__Context context = COMITY__CONTEXT__INIT;
    uint8_t case_id[16];
    ProtobufCBinaryData key = {.len = 32, .data = (uint8_t *)(uintptr_t)officer->key.bytes};
    host_random(NULL, case_id, sizeof case_id);
    context.version = 1;
    context.kind = KIND_LETTER;
    context.network = wire_binary(bytes_of(peer->network.bytes, sizeof peer->network.bytes));
    context.from = (char *)(uintptr_t)(recipe->context_from == NULL ? recipe->from : recipe->context_from);
    context.to = (char *)(uintptr_t)(recipe->flaw == FLAW_CONTEXT ? "XZ/else" : recipe->to);
    context.case_id = (ProtobufCBinaryData){.len = sizeof case_id, .data = case_id};
    context.case_seq = 1;
    context.signed_ms = recipe->created_ms;
    context.roster = roster_version(peer->roster);
    context.roster_hash = wire_binary(digest_bytes(roster_hash(peer->roster)));
    context.n_signer = 1;
    context.signer = &key;
    return peer_pack(peer, &context.base);
}

static struct bytes inner_of(struct peer *peer, const struct recipe *recipe)
{
    char file[96];
    struct signer foreign = {.secret = NULL};
    const struct signer *officer = recipe->officer == NULL ? &peer->officer : recipe->officer;
    if (recipe->flaw == FLAW_OFFICER) {
        (void)snprintf(file, sizeof file, "%.2s-%s/officers/duty.key", recipe->to, recipe->to + 3);
        foreign = peer_signer(peer, file);
        officer = &foreign;
    }
    struct bytes letter = request_letter(peer, recipe);
    struct bytes context = context_of(peer, recipe, officer);
    struct digest hash = plain_hash(letter);
    const struct bytes parts[] = {context, digest_bytes(&hash)};
    struct digest id = labelled_digest("comity/v1/letter", parts, 2);
    struct bytes proof;
    id.bytes[0] ^= recipe->flaw == FLAW_OFFICER_SIGNATURE;
    if (!sign_turn(officer, &id, 1, peer->arena, &proof)) {
        broken("cannot sign");
    }
    Comity__Inner inner = COMITY__INNER__INIT;
    ProtobufCBinaryData signature = wire_binary(proof);
    inner.context = wire_binary(context);
    inner.letter = wire_binary(letter);
    inner.n_signature = 1;
    inner.signature = &signature;
    struct bytes packed = peer_pack(peer, &inner.base);
    signer_done(&foreign);
    return recipe->flaw == FLAW_INNER ? bytes_of(packed.data + 1, packed.size - 1) : packed;
}

/* --- the header --- */

static struct bytes header_of(struct peer *peer, const struct recipe *recipe, const struct signer *signer)
{
    Comity__Header header = COMITY__HEADER__INIT;
    header.version = 1;
    header.kind = KIND_LETTER;
    header.lane = recipe->lane;
    header.network = wire_binary(bytes_of(peer->network.bytes, sizeof peer->network.bytes));
    header.from = (char *)(uintptr_t)recipe->from;
    header.to = (char *)(uintptr_t)recipe->to;
    header.from_key = wire_binary(bytes_of(signer->key.bytes, 32));
    header.roster = roster_version(peer->roster);
    header.created_ms = recipe->created_ms;
    header.expires_ms = recipe->expires_ms;
    header.incarnation = recipe->incarnation;
    header.seq = recipe->seq;
    if (recipe->seq > 1) {
        header.prev = wire_binary(digest_bytes(&recipe->prev));
    }
    struct bytes packed = peer_pack(peer, &header.base);
    static const uint8_t unknown[] = {0x78, 0x01}; /* field 15, the number 1 */
    static const uint8_t zero[] = {0x72, 0x00};    /* field 14, empty */
    static const uint8_t deep[] = {0x7b, 0x7b, 0x7b, 0x7b, 0x7b, 0x7b, 0x7b, 0x7b,
                                   0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c}; /* groups in groups */
    struct bytes version = bytes_of(packed.data, 2);
    struct bytes rest = bytes_of(packed.data + 2, packed.size - 2);
    switch ((int)recipe->flaw) { /* those of other parts are not for here */
    case FLAW_HEADER_UNKNOWN:
        return joined(peer, packed, bytes_of(unknown, sizeof unknown));
    case FLAW_HEADER_ZERO:
        return joined(peer, packed, bytes_of(zero, sizeof zero));
    case FLAW_HEADER_DEEP:
        return joined(peer, packed, bytes_of(deep, sizeof deep));
    case FLAW_HEADER_REPEATED:
        return joined(peer, version, packed);
    case FLAW_HEADER_UNSORTED: { /* lane before kind: both are two bytes */
        uint8_t swapped[4];
        memcpy(swapped, rest.data + 2, 2);
        memcpy(swapped + 2, rest.data, 2);
        return joined(peer, version,
                      joined(peer, bytes_of(swapped, 4), bytes_of(rest.data + 4, rest.size - 4)));
    }
    default:
        return packed;
    }
}

/* --- sealing with a fault --- */

static void encrypt(uint8_t *ret, struct bytes plain, const uint8_t key[32])
{
    static const uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {0};
    crypto_aead_chacha20poly1305_ietf_encrypt(ret, NULL, plain.data, plain.size, NULL, 0, NULL, nonce, key);
}

/* docs/protocol.md 3, steps 3 to 6, for one key: what is committed to, what the slot gives, how the body is padded. */
static void seal_by_hand(struct peer *peer, struct bytes header, struct bytes inner,
                         const struct public_key *recipient, enum flaw flaw, struct sealed *ret)
{
    uint8_t committed[32];
    uint8_t given[32];
    uint8_t ephemeral[32];
    uint8_t enc[HPKE_ENC_BYTES];
    uint8_t kek[32];
    uint8_t wrapped[32 + TAG_SIZE];
    static uint8_t plain[PLAIN_SIZE];
    static uint8_t body[PLAIN_SIZE + TAG_SIZE];
    struct hpke hpke;
    host_random(NULL, committed, sizeof committed);
    host_random(NULL, ephemeral, sizeof ephemeral);
    memcpy(given, committed, sizeof given);
    given[0] ^= flaw == FLAW_TWO_KEYS;
    struct digest commit = labelled_mac(committed, "comity/v1/commit", NULL, 0);
    const struct bytes bound[] = {header, digest_bytes(&commit)};
    struct digest context = labelled_digest("comity/v1/slot", bound, 2);
    if (!hpke_setup_sender(&hpke, enc, recipient->bytes, ephemeral, bytes_of_text("comity/v1/slot"))) {
        broken("the recipient's key is of low order");
    }
    hpke_export(&hpke, digest_bytes(&context), kek, sizeof kek);
    encrypt(wrapped, bytes_of(given, sizeof given), kek);
    Comity__Slot slot = COMITY__SLOT__INIT;
    Comity__Slot *slots = &slot;
    Comity__Seal seal = COMITY__SEAL__INIT;
    slot.recipient_key = wire_binary(bytes_of(recipient->bytes, 32));
    slot.enc = wire_binary(bytes_of(enc, sizeof enc));
    slot.wrapped = wire_binary(bytes_of(wrapped, sizeof wrapped));
    seal.commit = wire_binary(digest_bytes(&commit));
    seal.n_slot = 1;
    seal.slot = &slots;
    ret->header = header;
    ret->seal = peer_pack(peer, &seal.base);
    const struct bytes keyed[] = {header, ret->seal};
    struct digest key = labelled_mac(given, "comity/v1/body", keyed, 2);
    if (inner.size >= PLAIN_SIZE) {
        broken("the letter is too long for this tool");
    }
    memset(plain, 0, sizeof plain);
    memcpy(plain, inner.data, inner.size);
    plain[inner.size] = flaw == FLAW_PADDING ? 0x81 : 0x80;
    encrypt(body, bytes_of(plain, sizeof plain), key.bytes);
    ret->body =
        arena_copy(peer->arena, bytes_of(body, flaw == FLAW_BODY_SIZE ? sizeof body - 1 : sizeof body));
    if (flaw == FLAW_RESIGNED_BODY) {
        host_random(NULL, (uint8_t *)(uintptr_t)ret->body.data, ret->body.size);
    }
    struct digest body_hash = plain_hash(ret->body);
    ret->id = envelope_id_of(header, ret->seal, &body_hash);
}

static void seal_well(struct peer *peer, struct bytes header, struct bytes inner,
                      const struct public_key *recipient, struct sealed *ret)
{
    struct seal_random random;
    host_random(NULL, (uint8_t *)&random, sizeof random);
    if (seal_letter(header, inner, recipient, 1, &random, peer->arena, ret) != SEAL_OK) {
        broken("cannot seal");
    }
}

struct recipe recipe_new(struct peer *peer, const char *to)
{
    uint8_t random[4];
    struct recipe recipe = {.to = to, .from = peer->own.text, .lane = LANE_URGENT, .seq = 1};
    host_random(NULL, random, sizeof random);
    memcpy(&recipe.incarnation, random, sizeof recipe.incarnation);
    recipe.incarnation = (recipe.incarnation & 0xffffff) + 1;
    recipe.created_ms = host_wall().ms;
    recipe.expires_ms = recipe.created_ms + LIFE_MS_MAX;
    return recipe;
}

struct envelope_made peer_make(struct peer *peer, const struct recipe *recipe)
{
    const struct signer *signer = recipe->signer == NULL ? &peer->node : recipe->signer;
    struct public_key recipient = recipe->flaw == FLAW_SLOT ? fresh_key() : sealing_key(peer, recipe->to);
    struct bytes inner = inner_of(peer, recipe);
    struct bytes header = header_of(peer, recipe, signer);
    struct sealed sealed;
    struct bytes proof;
    if (recipe->flaw == FLAW_BODY_SIZE || recipe->flaw == FLAW_RESIGNED_BODY ||
        recipe->flaw == FLAW_TWO_KEYS || recipe->flaw == FLAW_PADDING) {
        seal_by_hand(peer, header, inner, &recipient, recipe->flaw, &sealed);
    } else {
        seal_well(peer, header, inner, &recipient, &sealed);
    }
    if (!sign_turn(signer, &sealed.id.digest, 1, peer->arena, &proof)) {
        broken("cannot sign");
    }
    Comity__Envelope envelope = COMITY__ENVELOPE__INIT;
    envelope.header = wire_binary(sealed.header);
    envelope.seal = wire_binary(sealed.seal);
    envelope.body = wire_binary(sealed.body);
    envelope.proof = wire_binary(proof);
    return (struct envelope_made){.envelope = peer_pack(peer, &envelope.base), .id = sealed.id.digest};
}
