/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/points.h"

#include <sodium.h>

bool point_is_valid(struct valid_points *points, const struct public_key *key)
{
    static const struct public_key none = {
        .bytes = {0}}; /* of order 4: never valid, so it marks a free place */
    struct public_key *kept = points == NULL ? NULL : &points->keys[key->bytes[0]];
    if (kept != NULL && !public_key_equal(key, &none) && public_key_equal(key, kept)) {
        return true;
    }
    if (crypto_core_ed25519_is_valid_point(key->bytes) != 1) {
        return false;
    }
    if (kept != NULL) {
        *kept = *key;
    }
    return true;
}
