/* SPDX-License-Identifier: Apache-2.0 */
/* Which public keys are points, and what is remembered of it. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <sodium.h>
#include <string.h>

#include "keys/points.h"

/* The key of that seed. */
static struct public_key key_of(uint8_t seed_byte)
{
    uint8_t seed[crypto_sign_SEEDBYTES] = {seed_byte}, secret[crypto_sign_SECRETKEYBYTES];
    struct public_key key;
    assert_int_equal(crypto_sign_seed_keypair(key.bytes, secret, seed), 0);
    return key;
}

/* No point, though a valid one begins with the same byte. */
static struct public_key spoiled(const struct public_key *key)
{
    struct public_key bad = *key;
    do {
        bad.bytes[1]++;
    } while (crypto_core_ed25519_is_valid_point(bad.bytes) == 1);
    return bad;
}

static void a_point_is_valid_whatever_is_remembered(void **state)
{
    (void)state;
    static struct valid_points points;
    const struct public_key none = {.bytes = {0}};
    assert_false(point_is_valid(&points, &none)); /* as every free place has it */
    for (unsigned seed = 0; seed < 64; seed++) {
        const struct public_key key = key_of((uint8_t)seed), bad = spoiled(&key);
        assert_true(point_is_valid(NULL, &key));
        assert_false(point_is_valid(&points, &bad));
        for (unsigned again = 0; again < 2; again++) {
            assert_true(point_is_valid(&points, &key));
            assert_false(point_is_valid(&points, &bad));
        }
    }
    assert_false(point_is_valid(&points, &none));
}

static void one_that_was_valid_is_found_again(void **state)
{
    (void)state;
    static struct valid_points points;
    const struct public_key key = key_of(1);
    assert_true(point_is_valid(&points, &key));
    assert_memory_equal(&points.keys[key.bytes[0]], &key, sizeof key);
    points.keys[key.bytes[0]] = spoiled(&key); /* so that it shows whether it is asked */
    assert_true(point_is_valid(&points, &points.keys[key.bytes[0]]));
    assert_true(point_is_valid(&points, &key));
    assert_memory_equal(&points.keys[key.bytes[0]], &key, sizeof key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_point_is_valid_whatever_is_remembered),
                                       cmocka_unit_test(one_that_was_valid_is_found_again)};
    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests_name("points", tests, NULL, NULL);
}
