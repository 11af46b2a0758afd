/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a public key a point that signatures can be verified with: on the curve, in the main subgroup, of no small order
 * (RFC 8032 5.1.3; libsodium's crypto_core_ed25519_is_valid_point()). It costs as much as two signatures.
 */
#ifndef COMITY_KEYS_POINTS_H
#define COMITY_KEYS_POINTS_H

#include "base/attributes.h"
#include "proto/ids.h"

/*
 * Keys that were found to be valid, the last of each first byte. All zero: none. Parties that live in one process may share one:
 * a key that is valid for one is for all.
 */
#define VALID_POINTS 256
struct valid_points {
    struct public_key keys[VALID_POINTS];
};

/* points: where it is looked for and kept; NULL: nowhere. */
MUST_USE bool point_is_valid(struct valid_points *points, const struct public_key *);

#endif
