/* SPDX-License-Identifier: Apache-2.0 */
/* A network's own hand, for networks that are made up: keys drawn from a seed, rosters signed by made-up roots. */
#ifndef COMITY_DRILLS_OFFICE_ISSUE_H
#define COMITY_DRILLS_OFFICE_ISSUE_H

#include "drills/world/stream.h"
#include "keys/roster_make.h"
#include "keys/roster_shelf.h"
#include "keys/sign.h"

#define ISSUE_KEY_YEARS  10                 /* keys are valid for so long before and after the start */
#define ISSUE_LIFE_MS    (400 * MS_PER_DAY) /* of a roster: the longest that is allowed */
#define ISSUE_GRACE_DAYS 90

/* The next keys of a stream. Aborts when the slab is full: it is the caller's own. */
struct signer issue_signer(struct slab *, struct stream *);
/* A link key and its secret. Links of a world carry bare frames: there nobody needs that, and secret is NULL. */
struct public_key issue_link(struct stream *, uint8_t ret_secret[32]);

/* minisign draws its key ids; any eight bytes will do. */
struct minisign_key issue_root(const struct signer *);
/* A key of that role, valid around the start. */
struct roster_key issue_key(enum key_role, const struct public_key *, wall_ms start);

/* The dates of a draft that is issued then; whole seconds. */
void issue_dates(struct roster_draft *, uint64_t issued_ms);
/*
 * Writes the draft, signs it with all roots (a file each in ret_minisigs), reads it as the version after held (NULL: the first). The new
 * roster is the caller's, and on the shelf (NULL: on none); text and signatures are in the arena. Aborts on any failure: the draft is
 * ours.
 */
struct roster *issue_roster(const struct roster_draft *, const struct roster *held, struct roster_shelf *,
                            const struct signer *roots, size_t root_count, struct arena *,
                            struct bytes *ret_json, struct bytes *ret_minisigs);

#endif
