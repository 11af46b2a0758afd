/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile rosters and signature files. A roster that is read: each party and key in it is found, and its unchanged
 * successor is written, read, and lacks nothing but signatures.
 */
#include <sodium.h>
#include <stdlib.h>

#include "base/ensure.h"
#include "keys/roster_make.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lookups(const struct roster *roster)
{
    size_t count = 0;
    const struct party *parties = roster_parties(roster, &count);
    for (size_t i = 0; i < count; i++) {
        ensure(roster_find(roster, parties[i].address.text) == &parties[i]);
        for (size_t k = 0; k < parties[i].key_count; k++) {
            const struct roster_key *key = &parties[i].keys[k];
            const struct roster_key *found = NULL;
            wall_ms at = {key->from_ms};
            enum key_standing standing =
                roster_key_standing(roster, &parties[i], key->role, &key->key, at, &found);
            ensure(standing != KEY_UNKNOWN && found == key);
        }
    }
}

static void check_successor(const struct roster *roster)
{
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    struct roster *next = NULL;
    struct roster_draft draft;
    ensure(arena != NULL && roster_draft_after(roster, arena, &draft));
    struct bytes json = roster_make(&draft, arena);
    ensure(json.data != NULL);
    if (draft.version < UINT64_C(1) << 53 && json.size <= ROSTER_BYTES_MAX) {
        ensure(roster_read(json, &next, NULL) == ROSTER_OK);
        ensure(roster_update(roster, next, NULL, 0, arena, NULL, NULL) == ROSTER_THRESHOLD);
        roster_free(next);
    }
    arena_free(arena);
}

static void check_minisig(struct bytes input)
{
    static const struct minisign_key key = {.id = {0}};
    struct arena *arena = arena_new(32768);
    const char *comment = NULL;
    uint8_t id[8];
    ensure(arena != NULL);
    enum minisig_outcome outcome = minisig_verify(input, input, &key, arena, &comment);
    ensure(outcome != MINISIG_OK && (outcome == MINISIG_MALFORMED) == !minisig_key_id(input, id));
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct roster *roster = NULL;
    struct error error = {0};
    if (sodium_init() < 0) {
        abort();
    }
    enum roster_outcome outcome = roster_read(input, &roster, &error);
    ensure((outcome == ROSTER_OK) == (error.text[0] == '\0'));
    ensure(outcome == ROSTER_OK || outcome == ROSTER_FORMAT || outcome == ROSTER_RULE);
    if (outcome == ROSTER_OK) {
        check_lookups(roster);
        check_successor(roster);
    }
    roster_free(roster);
    check_minisig(input);
    return 0;
}
