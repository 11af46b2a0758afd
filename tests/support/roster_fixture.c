/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/roster_fixture.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define ARENA_BYTES ((size_t)4 * 1024 * 1024)

/* Numbers of seeds: roots 0.., broker 20.., parties 100, 200, 300 and their keys after them. */
enum {
    SEED_BROKER_RECEIPT = 20,
    SEED_BROKER_LINK = 21,
    SEED_NODE = 0,
    SEED_SEAL,
    SEED_LINK,
    SEED_DUTY,
    SEED_HEAD
};

#define PARTY_KEYS 5

static const struct {
    const char *address, *name, *zone, *phone;
    const char *languages[3];
} places[FIXTURE_PARTIES] = {
    {"XA/poc", "Contact point of Aland", "Asia/Ho_Chi_Minh", "+84 24 5550 0100", {"vi", "en", NULL}},
    {"XB/poc", "Point de contact de Bérie", "Europe/Paris", "+33 1 5550 0200", {"fr", "en", NULL}},
    {"XC/poc", "Contact point of Cestan", "America/New_York", "+1 212 555 0300", {"en", NULL}},
};

static void seed_of(unsigned number, uint8_t ret[32])
{
    char text[48];
    (void)snprintf(text, sizeof text, "comity test fixture seed %u", number);
    ensure(crypto_generichash(ret, 32, (const uint8_t *)text, strlen(text), NULL, 0) == 0);
}

struct signer fixture_signer(struct slab *slab, unsigned number)
{
    struct signer signer = {0};
    uint8_t seed[32];
    seed_of(number, seed);
    ensure(signer_init(&signer, slab, seed));
    return signer;
}

struct public_key fixture_link(unsigned number, uint8_t ret_secret[32])
{
    struct public_key key;
    seed_of(number, ret_secret);
    ensure(crypto_scalarmult_base(key.bytes, ret_secret) == 0);
    return key;
}

/* minisign draws its key ids; any eight bytes will do. */
struct minisign_key fixture_root_key(const struct signer *signer)
{
    struct minisign_key root = {.key = signer->key};
    memcpy(root.id, signer->key.bytes, sizeof root.id);
    return root;
}

static struct roster_key key_of(enum key_role role, const struct public_key *key)
{
    return (struct roster_key){
        .role = role, .key = *key, .from_ms = FIXTURE_FROM_MS, .until_ms = FIXTURE_UNTIL_MS};
}

static struct roster_key officer_key(const struct signer *signer, const char *name)
{
    static const char *const mandate[] = {"sign", NULL};
    struct roster_key key = key_of(ROLE_OFFICER, &signer->key);
    key.name = name;
    key.mandate = mandate;
    return key;
}

static void *take(struct arena *arena, size_t count, size_t size)
{
    void *taken = arena_zero(arena, count, size);
    ensure(taken != NULL);
    return taken;
}

static void add_roots(struct fixture *f)
{
    static const char *const names[FIXTURE_ROOTS] = {"root-a", "root-b", "root-c"};
    f->draft.roots = take(f->arena, FIXTURE_ROOTS, sizeof *f->draft.roots);
    for (unsigned i = 0; i < FIXTURE_ROOTS; i++) {
        f->root[i] = fixture_signer(f->slab, i);
        f->root_key[i] = fixture_root_key(&f->root[i]);
        f->draft.roots[i] = (struct draft_root){.name = names[i], .minisign = f->root_key[i]};
    }
    f->draft.root_count = FIXTURE_ROOTS;
    f->draft.threshold = FIXTURE_THRESHOLD;
}

static void add_broker(struct fixture *f)
{
    static const char *const endpoints[] = {"tcp://127.0.0.1:7400", NULL};
    f->broker_receipt_signer = fixture_signer(f->slab, SEED_BROKER_RECEIPT);
    f->broker_link_key = fixture_link(SEED_BROKER_LINK, f->broker_link_secret);
    struct roster_key *keys = take(f->arena, 2, sizeof *keys);
    keys[0] = key_of(ROLE_LINK, &f->broker_link_key);
    keys[1] = key_of(ROLE_RECEIPT, &f->broker_receipt_signer.key);
    f->draft.brokers = take(f->arena, 1, sizeof *f->draft.brokers);
    f->draft.brokers[0] =
        (struct roster_broker){.id = "hub", .endpoints = endpoints, .keys = keys, .key_count = 2};
    f->draft.broker_count = 1;
}

static void add_party(struct fixture *f, unsigned number)
{
    struct fixture_party *p = &f->parties[number];
    unsigned seed = (number + 1) * 100;
    ensure(address_read(bytes_of_text(places[number].address), &p->address));
    p->node_signer = fixture_signer(f->slab, seed + SEED_NODE);
    p->seal_signer = fixture_signer(f->slab, seed + SEED_SEAL);
    p->officer[FIXTURE_DUTY] = fixture_signer(f->slab, seed + SEED_DUTY);
    p->officer[FIXTURE_HEAD] = fixture_signer(f->slab, seed + SEED_HEAD);
    p->link_key = fixture_link(seed + SEED_LINK, p->link_secret);

    struct roster_key *keys = take(f->arena, PARTY_KEYS, sizeof *keys);
    keys[0] = key_of(ROLE_NODE, &p->node_signer.key);
    keys[1] = key_of(ROLE_SEAL, &p->seal_signer.key);
    keys[2] = key_of(ROLE_LINK, &p->link_key);
    keys[3] = officer_key(&p->officer[FIXTURE_DUTY], "duty");
    keys[4] = officer_key(&p->officer[FIXTURE_HEAD], "head");
    struct contact *contact = take(f->arena, 1, sizeof *contact);
    *contact = (struct contact){.role = "duty officer", .phone = places[number].phone, .hours = "24/7"};
    f->draft.parties[number] = (struct party){
        .address = p->address,
        .status = PARTY_ACTIVE,
        .name = places[number].name,
        .zone = places[number].zone,
        .languages = places[number].languages,
        .contacts = contact,
        .contact_count = 1,
        .keys = keys,
        .key_count = PARTY_KEYS,
        .shares_opened = true,
        .letters = f->letters,
    };
}

struct bytes fixture_minisig(struct fixture *f, const struct signer *root, struct bytes json)
{
    struct bytes file = minisig_make(json, fixture_root_key(root).id, root, "comity roster", f->arena);
    ensure(file.data != NULL);
    return file;
}

/* Version 1 as text, signatures and verified roster. */
static void found(struct fixture *f)
{
    struct error error = {0};
    f->json = roster_make(&f->draft, f->arena);
    ensure(f->json.data != NULL);
    for (size_t i = 0; i < FIXTURE_ROOTS; i++) {
        f->minisig[i] = fixture_minisig(f, &f->root[i], f->json);
    }
    if (roster_read(f->json, &f->roster, &error) != ROSTER_OK) {
        (void)fprintf(stderr, "fixture: %s\n", error.text);
        ensure(f->roster != NULL);
    }
    f->network = roster_network(f->roster);
    ensure(roster_first(f->roster, &f->network, f->minisig, FIXTURE_THRESHOLD, f->arena, NULL, &error) ==
           ROSTER_OK);
    for (size_t i = 0; i < FIXTURE_PARTIES; i++) {
        f->parties[i].party = roster_find(f->roster, f->parties[i].address.text);
        ensure(f->parties[i].party != NULL);
    }
}

static struct fixture *make(struct slab *slab, unsigned letters)
{
    struct fixture *f = calloc(1, sizeof *f);
    ensure(f != NULL && slab != NULL);
    f->slab = slab;
    f->letters = letters;
    f->arena = arena_new(ARENA_BYTES);
    ensure(f->arena != NULL);
    f->draft.version = 1;
    f->draft.issued_ms = FIXTURE_FROM_MS;
    f->draft.expires_ms = FIXTURE_EXPIRES_MS;
    f->draft.grace_days = FIXTURE_GRACE_DAYS;
    add_roots(f);
    add_broker(f);
    f->draft.parties = take(f->arena, FIXTURE_PARTIES, sizeof *f->draft.parties);
    f->draft.party_count = FIXTURE_PARTIES;
    for (unsigned i = 0; i < FIXTURE_PARTIES; i++) {
        add_party(f, i);
    }
    found(f);
    return f;
}

struct fixture *fixture_new(struct slab *slab)
{
    return make(slab, 2);
}

struct fixture *fixture_kept(struct slab *slab)
{
    return make(slab, 1);
}

void fixture_free(struct fixture *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < FIXTURE_ROOTS; i++) {
        signer_done(&f->root[i]);
    }
    signer_done(&f->broker_receipt_signer);
    for (size_t i = 0; i < FIXTURE_PARTIES; i++) {
        signer_done(&f->parties[i].node_signer);
        signer_done(&f->parties[i].seal_signer);
        signer_done(&f->parties[i].officer[FIXTURE_DUTY]);
        signer_done(&f->parties[i].officer[FIXTURE_HEAD]);
    }
    roster_free(f->roster);
    arena_free(f->arena);
    free(f);
}

const struct fixture_party *fixture_party(const struct fixture *f, const char *address)
{
    const struct fixture_party *found_party = NULL;
    for (size_t i = 0; i < FIXTURE_PARTIES; i++) {
        if (strcmp(f->parties[i].address.text, address) == 0) {
            found_party = &f->parties[i];
        }
    }
    ensure(found_party != NULL);
    return found_party;
}

struct bytes fixture_successor(struct fixture *f, const struct roster *held, fixture_mutate *mutate,
                               void *context)
{
    struct roster_draft draft;
    ensure(roster_draft_after(held, f->arena, &draft));
    draft.issued_ms += MS_PER_DAY;
    draft.expires_ms += MS_PER_DAY;
    if (mutate != NULL) {
        mutate(&draft, f->arena, context);
    }
    struct bytes json = roster_make(&draft, f->arena);
    ensure(json.data != NULL);
    return json;
}

void fixture_revoke(struct roster_draft *draft, struct arena *arena, void *context)
{
    const struct fixture_revocation *revocation = context;
    bool found = false;
    for (size_t i = 0; i < draft->party_count; i++) {
        struct party *party = &draft->parties[i];
        struct roster_key *keys = draft_keys(arena, party->keys, party->key_count, 0);
        ensure(keys != NULL);
        for (size_t k = 0; k < party->key_count; k++) {
            if (public_key_equal(&keys[k].key, &revocation->key)) {
                keys[k].revoked = found = true;
                keys[k].revoked_at_ms = revocation->at_ms;
                keys[k].revoked_reason = "lost";
            }
        }
        party->keys = keys;
    }
    ensure(found);
}

struct roster *fixture_next(struct fixture *f, const struct roster *held, fixture_mutate *mutate,
                            void *context, struct bytes ret_minisigs[2])
{
    struct error error = {0};
    struct roster *next = NULL;
    struct bytes json = fixture_successor(f, held, mutate, context);
    struct bytes minisigs[2] = {fixture_minisig(f, &f->root[0], json), fixture_minisig(f, &f->root[1], json)};
    enum roster_outcome outcome = roster_read(json, &next, &error);
    if (outcome == ROSTER_OK) {
        outcome = roster_update(held, next, minisigs, 2, f->arena, NULL, &error);
    }
    if (outcome != ROSTER_OK) {
        (void)fprintf(stderr, "fixture: %s: %s\n", roster_outcome_name(outcome), error.text);
        ensure(outcome == ROSTER_OK);
    }
    if (ret_minisigs != NULL) {
        memcpy(ret_minisigs, minisigs, sizeof minisigs);
    }
    return next;
}
