/* SPDX-License-Identifier: Apache-2.0 */
/* What officers do at the API of a node with a letter that was prepared: sign it, and what they have opened with it. */
#ifndef COMITY_DRILLS_OFFICE_SIGNING_H
#define COMITY_DRILLS_OFFICE_SIGNING_H

#include <jansson.h>

#include "base/arena.h"
#include "keys/sign.h"

/* The bytes of a member in base64. Aborts when it is not there: nodes of a world are ours. */
struct bytes signing_member(struct arena *, const json_t *object, const char *name);

/* The body of PREPARE: where is "to" (a party, for a new case) or "case". letter is borrowed. A new reference. */
json_t *signing_prepare(const char *where, const char *name, const json_t *letter,
                        const struct public_key *signers, size_t count);
/*
 * What the officers sign of an answer of PREPARE: the body of SUBMIT; opens: with what the first of them has opened. A new
 * reference. The arena is used for what is signed, and may be reset after.
 */
json_t *signing_submit(struct arena *, const json_t *prepared, const struct signer *const *officers,
                       size_t count, bool opens);
/* Each unopened letter's receipt, signed: the member "opened" of SUBMIT and OPEN. A new reference. */
json_t *signing_receipts(struct arena *, const struct signer *officer, const json_t *unopened);

#endif
