/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/officer.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

#define SCRATCH_BYTES ((size_t)8 * 1024 * 1024)

struct world *officer_world(struct fixture *fixture, uint64_t seed)
{
    struct world_party parties[FIXTURE_PARTIES];
    struct error error = {.text = ""};
    for (size_t i = 0; i < FIXTURE_PARTIES; i++) {
        parties[i] = (struct world_party){
            .address = fixture->parties[i].address,
            .node_signer = &fixture->parties[i].node_signer,
            .seal_signer = &fixture->parties[i].seal_signer,
        };
    }
    struct world *world = world_new(
        &(struct world_setup){
            .network = fixture->network,
            .roster_json = fixture->json,
            .minisigs = fixture->minisig,
            .minisig_count = FIXTURE_ROOTS,
            .broker_id = "hub",
            .receipt_signer = &fixture->broker_receipt_signer,
            .parties = parties,
            .party_count = FIXTURE_PARTIES,
            .slab = fixture->slab,
            .start = FIXTURE_NOW,
            .seed = seed,
        },
        &error);
    if (world == NULL) {
        (void)fprintf(stderr, "the world does not start: %s\n", error.text);
    }
    ensure(world != NULL);
    return world;
}

void officer_scene_open(struct officer_scene *scene, uint64_t seed)
{
    ensure(sodium_init() >= 0);
    scene->slab = slab_new(256, NULL);
    scene->fixture = fixture_new(scene->slab);
    scene->world = officer_world(scene->fixture, seed);
    scene->request = officer_sample_request();
    ensure(world_settle(scene->world, 1000));
}

void officer_scene_close(struct officer_scene *scene)
{
    world_free(scene->world);
    fixture_free(scene->fixture);
    slab_free(scene->slab);
    free(scene->request);
}

json_t *officer_get(struct world *world, const char *party, enum verb verb, const char *target,
                    const char *query)
{
    struct command command = {.actor = "officer", .verb = verb, .target = target, .query = query};
    unsigned status = 0;
    json_t *answer = NULL;
    return world_command(world, world_actor(world, party), &command, &status, &answer) ? answer : NULL;
}

static unsigned post(struct world *world, const char *party, enum verb verb, const char *target,
                     const uint8_t command_id[16], json_t *body, json_t **ret_answer)
{
    struct command command = {.actor = "officer", .verb = verb, .target = target, .query = "", .body = body};
    unsigned status = 0;
    if (command_id != NULL) {
        memcpy(command.id, command_id, sizeof command.id);
    }
    bool done = world_command(world, world_actor(world, party), &command, &status, ret_answer);
    json_decref(body);
    return done ? status : 0;
}

static struct bytes member_bytes(struct arena *arena, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    ensure(text != NULL);
    size_t room = strlen(text);
    size_t size = 0;
    uint8_t *bytes = arena_take(arena, room + 1);
    ensure(bytes != NULL && base64_read(bytes, room, &size, bytes_of_text(text)));
    return bytes_of(bytes, size);
}

/* Signs a digest alone, in base64. */
static json_t *proof_of(struct arena *arena, const struct signer *signer, const struct digest *digest)
{
    struct bytes proof;
    ensure(sign_turn(signer, digest, 1, arena, &proof));
    return json_string(base64_new(arena, proof));
}

/* Each unopened letter's receipt, signed by the officer. */
static json_t *signed_receipts(struct arena *arena, const struct signer *officer, const json_t *unopened)
{
    json_t *list = json_array();
    size_t index = 0;
    json_t *entry = NULL;
    json_array_foreach(unopened, index, entry)
    {
        struct bytes receipt = member_bytes(arena, entry, "receipt");
        struct digest digest = labelled_digest("comity/v1/rcpt", &receipt, 1);
        json_t *object = json_object();
        (void)json_object_set(object, "receipt", json_object_get(entry, "receipt"));
        (void)json_object_set_new(object, "proof", proof_of(arena, officer, &digest));
        (void)json_array_append_new(list, object);
    }
    return list;
}

static struct letter_id letter_id_of(struct bytes context, struct bytes letter)
{
    struct digest hash = plain_hash(letter);
    struct bytes parts[] = {context, digest_bytes(&hash)};
    return (struct letter_id){.digest = labelled_digest("comity/v1/letter", parts, 2)};
}

/* where: the case, or the address of who gets the letter that begins one. */
static json_t *prepare_body(const char *where, const char *letter, const struct signer *officers,
                            unsigned signers)
{
    char key[65];
    json_t *list = json_array();
    for (unsigned i = 0; i < signers; i++) {
        (void)json_array_append_new(
            list, json_string(hex_write(key, bytes_of(officers[i].key.bytes, sizeof officers[i].key.bytes))));
    }
    json_t *parsed = json_loads(letter, 0, NULL);
    ensure(parsed != NULL);
    return json_pack("{s:s,s:o,s:o}", strchr(where, '/') != NULL ? "to" : "case", where, "letter", parsed,
                     "signers", list);
}

static unsigned sign_as(struct world *world, const char *party_name, const struct signer *officers,
                        unsigned signers, const char *where, const char *letter, json_t **ret_signed)
{
    json_t *prepared = NULL;
    unsigned status = post(world, party_name, VERB_PREPARE, "", NULL,
                           prepare_body(where, letter, officers, signers), &prepared);
    *ret_signed = prepared;
    if (status != 200) {
        return status;
    }
    struct arena *arena = arena_new(SCRATCH_BYTES);
    ensure(arena != NULL);
    struct letter_id id =
        letter_id_of(member_bytes(arena, prepared, "context"), member_bytes(arena, prepared, "letter"));
    json_t *proofs = json_array();
    for (unsigned i = 0; i < signers; i++) {
        (void)json_array_append_new(proofs, proof_of(arena, &officers[i], &id.digest));
    }
    *ret_signed = json_pack("{s:O,s:O,s:o,s:o}", "context", json_object_get(prepared, "context"), "letter",
                            json_object_get(prepared, "letter"), "signatures", proofs, "opened",
                            signed_receipts(arena, &officers[0], json_object_get(prepared, "unopened")));
    json_decref(prepared);
    arena_free(arena);
    return status;
}

static unsigned signatures(const char *letter)
{
    return strstr(letter, "\"refused\"") != NULL ? 2 : 1;
}

unsigned officer_sign(struct world *world, const struct fixture *fixture, const char *party,
                      const char *where, const char *letter, json_t **ret_signed)
{
    return sign_as(world, party, fixture_party(fixture, party)->officer, signatures(letter), where, letter,
                   ret_signed);
}

unsigned officer_submit(struct world *world, const char *party, const uint8_t command_id[16],
                        const json_t *signed_letter, json_t **ret_answer)
{
    return post(world, party, VERB_SUBMIT, "", command_id, json_deep_copy(signed_letter), ret_answer);
}

void officer_command_id(uint8_t ret[16])
{
    static uint64_t last;
    last++;
    memset(ret, 0xc0, 16);
    memcpy(ret, &last, sizeof last);
}

unsigned officer_post(struct world *world, const char *party, enum verb verb, const char *target,
                      json_t *body, json_t **ret_answer)
{
    uint8_t id[16];
    officer_command_id(id);
    return post(world, party, verb, target, id, body, ret_answer);
}

unsigned officer_send_as(struct world *world, const char *party, const struct signer *officers,
                         const char *where, const char *letter, json_t **ret_answer)
{
    uint8_t id[16];
    json_t *signed_letter = NULL;
    json_t *answer = NULL;
    unsigned status = sign_as(world, party, officers, signatures(letter), where, letter, &signed_letter);
    if (status == 200) {
        officer_command_id(id);
        status = officer_submit(world, party, id, signed_letter, &answer);
        json_decref(signed_letter);
    } else {
        answer = signed_letter;
    }
    if (ret_answer != NULL) {
        *ret_answer = answer;
    } else {
        json_decref(answer);
    }
    return status;
}

unsigned officer_send(struct world *world, const struct fixture *fixture, const char *party,
                      const char *where, const char *letter, json_t **ret_answer)
{
    return officer_send_as(world, party, fixture_party(fixture, party)->officer, where, letter, ret_answer);
}

unsigned officer_open(struct world *world, const struct fixture *fixture, const char *party_name,
                      const char *reference)
{
    const struct signer *officer = &fixture_party(fixture, party_name)->officer[FIXTURE_DUTY];
    uint8_t id[16];
    char query[80] = "signer=";
    json_t *answer = NULL;
    (void)hex_write(query + strlen(query), bytes_of(officer->key.bytes, sizeof officer->key.bytes));
    json_t *view = officer_get(world, party_name, VERB_CASE, reference, query);
    struct arena *arena = arena_new(SCRATCH_BYTES);
    ensure(arena != NULL);
    if (view == NULL) {
        arena_free(arena);
        return 0;
    }
    json_t *body =
        json_pack("{s:o}", "opened", signed_receipts(arena, officer, json_object_get(view, "unopened")));
    officer_command_id(id);
    unsigned status = post(world, party_name, VERB_OPEN, reference, id, body, &answer);
    json_decref(answer);
    json_decref(view);
    arena_free(arena);
    return status;
}

/* The example's own dates lie after FIXTURE_NOW, and the fixture's roster has another number. */
static void move_to_fixture(json_t *request)
{
    json_t *items = json_object_get(request, "items");
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(items, index, item)
    {
        json_t *period = json_object_get(item, "period");
        (void)json_object_set_new(period, "from", json_string("2026-05-30T00:00:00Z"));
        (void)json_object_set_new(period, "to", json_string("2026-06-01T00:00:00Z"));
        if (json_object_get(item, "dataDies") != NULL) {
            (void)json_object_set_new(item, "dataDies", json_string("2026-06-06T00:00:00Z"));
        }
    }
    static const char *const numbers[] = {"authority", "confirmation"};
    for (size_t k = 0; k < 2; k++) {
        (void)json_object_set_new(json_object_get(request, numbers[k]), "phone",
                                  json_string("+84 24 5550 0100"));
    }
}

char *officer_sample_request(void)
{
    const char *top = getenv("COMITY_TOP");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/examples/preservation.json", top == NULL ? "." : top);
    json_t *request = json_load_file(path, 0, NULL);
    ensure(request != NULL);
    move_to_fixture(request);
    json_t *letter = json_pack("{s:o}", "request", request);
    char *text = json_dumps(letter, JSON_COMPACT);
    json_decref(letter);
    ensure(text != NULL);
    return text;
}
