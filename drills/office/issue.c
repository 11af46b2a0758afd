/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/office/issue.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define MS_PER_YEAR (365 * MS_PER_DAY)
#define SECONDS(ms) ((ms) / MS_PER_SECOND * MS_PER_SECOND)

struct signer issue_signer(struct slab *slab, struct stream *stream)
{
    struct signer signer = {0};
    uint8_t seed[32];
    stream_bytes(stream, seed, sizeof seed);
    ensure(signer_init(&signer, slab, seed));
    return signer;
}

struct public_key issue_link(struct stream *stream, uint8_t ret_secret[32])
{
    struct public_key key;
    uint8_t secret[32];
    stream_bytes(stream, secret, sizeof secret);
    ensure(crypto_scalarmult_base(key.bytes, secret) == 0);
    if (ret_secret != NULL) {
        memcpy(ret_secret, secret, sizeof secret);
    }
    return key;
}

struct minisign_key issue_root(const struct signer *signer)
{
    struct minisign_key root = {.key = signer->key};
    memcpy(root.id, signer->key.bytes, sizeof root.id);
    return root;
}

struct roster_key issue_key(enum key_role role, const struct public_key *key, wall_ms start)
{
    ensure(start.ms > (ISSUE_KEY_YEARS + 1) * MS_PER_YEAR);
    return (struct roster_key){.role = role,
                               .key = *key,
                               .from_ms = SECONDS(start.ms - ISSUE_KEY_YEARS * MS_PER_YEAR),
                               .until_ms = SECONDS(start.ms + ISSUE_KEY_YEARS * MS_PER_YEAR)};
}

void issue_dates(struct roster_draft *draft, uint64_t issued_ms)
{
    draft->issued_ms = SECONDS(issued_ms);
    draft->expires_ms = draft->issued_ms + ISSUE_LIFE_MS;
}

struct roster *issue_roster(const struct roster_draft *draft, const struct roster *held,
                            struct roster_shelf *shelf, const struct signer *roots, size_t root_count,
                            struct arena *arena, struct bytes *ret_json, struct bytes *ret_minisigs)
{
    struct error error = {.text = ""};
    struct roster *made = NULL;
    *ret_json = roster_make(draft, arena);
    ensure(ret_json->data != NULL);
    for (size_t i = 0; i < root_count; i++) {
        ret_minisigs[i] =
            minisig_make(*ret_json, issue_root(&roots[i]).id, &roots[i], "comity roster", arena);
        ensure(ret_minisigs[i].data != NULL);
    }
    if (roster_shelf_read_after(shelf, held, *ret_json, &made, &error) != ROSTER_OK) {
        (void)fprintf(stderr, "a roster that was made up is none: %s\n", error.text);
        abort();
    }
    return made;
}
