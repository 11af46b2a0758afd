/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer submits: envelopes with one flaw at most (drills/play/flaws.h), sealed under the keys that the broker names. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "keys/envelope.h"
#include "keys/prekeys.h"
#include "proto/json.h"
#include "tests/e2e/peer.h"

#define ANSWER_MS 20000

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

/* --- the letter --- */

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
    char reference[40];
    uint8_t random[4];
    host_random(NULL, random, sizeof random);
    (void)snprintf(reference, sizeof reference, "PEER-%02x%02x%02x%02x", random[0], random[1], random[2],
                   random[3]);
    (void)json_object_set_new(request, "reference",
                              json_string(recipe->reference == NULL ? reference : recipe->reference));
    json_t *letter = json_pack("{s:o}", "request", request);
    struct bytes packed = flawed_letter(recipe->flaw, letter, peer->arena);
    json_decref(letter);
    if (packed.data == NULL) {
        broken("the request of %s cannot be read", path == NULL ? "examples" : path);
    }
    return packed;
}

/* --- envelopes --- */

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

/* An officer of the recipient, if that is the flaw. */
static struct signer foreign_officer(struct peer *peer, const struct recipe *recipe)
{
    char file[96];
    (void)snprintf(file, sizeof file, "%.2s-%s/officers/duty.key", recipe->to, recipe->to + 3);
    return recipe->flaw == FLAW_OFFICER ? peer_signer(peer, file) : (struct signer){.secret = NULL};
}

struct flawed_envelope peer_make(struct peer *peer, const struct recipe *recipe)
{
    struct signer foreign = foreign_officer(peer, recipe);
    struct flawed flawed = {.flaw = recipe->flaw,
                            .network = peer->network,
                            .roster = peer->roster,
                            .from = recipe->from,
                            .to = recipe->to,
                            .context_from = recipe->context_from,
                            .lane = recipe->lane,
                            .incarnation = recipe->incarnation,
                            .seq = recipe->seq,
                            .prev = recipe->prev,
                            .created_ms = recipe->created_ms,
                            .expires_ms = recipe->expires_ms,
                            .node = recipe->signer == NULL ? &peer->node : recipe->signer,
                            .officer = recipe->officer == NULL ? &peer->officer : recipe->officer,
                            .letter = request_letter(peer, recipe)};
    if (recipe->flaw == FLAW_OFFICER) {
        flawed.officer = &foreign;
    }
    if (recipe->flaw != FLAW_SLOT) {
        flawed.recipient = sealing_key(peer, recipe->to);
    }
    struct flawed_envelope made = flawed_make(&flawed, host_turn_source(), peer->arena);
    signer_done(&foreign);
    return made;
}
