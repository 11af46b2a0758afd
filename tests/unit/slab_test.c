/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "keys/slab.h"

static struct slab *slab_of(size_t cells)
{
    struct error error = {.text = ""};
    struct slab *slab = slab_new(cells, &error);
    assert_non_null(slab);
    assert_string_equal(error.text, "");
    return slab;
}

static void a_full_slab_says_so_and_has_room_again(void **state)
{
    (void)state;
    struct secret *taken[5];
    struct slab *slab = slab_of(5);
    for (size_t i = 0; i < 5; i++) {
        taken[i] = secret_new(slab, SECRET_BYTES_MAX);
        assert_non_null(taken[i]);
    }
    assert_null(secret_new(slab, 1));
    secret_free(taken[3]);
    struct secret *again = secret_new(slab, 32);
    assert_non_null(again);
    assert_null(secret_new(slab, 1));
    slab_free(slab);
}

static void cells_do_not_overlap(void **state)
{
    (void)state;
    struct secret *secrets[100];
    struct slab *slab = slab_of(100);
    for (size_t i = 0; i < 100; i++) {
        secrets[i] = secret_new(slab, SECRET_BYTES_MAX);
        assert_non_null(secrets[i]);
        memset(secret_data(secrets[i]), (int)i + 1, SECRET_BYTES_MAX);
    }
    for (size_t i = 0; i < 100; i++) {
        struct bytes b = secret_bytes(secrets[i]);
        assert_int_equal(b.size, SECRET_BYTES_MAX);
        for (size_t j = 0; j < b.size; j++) {
            assert_int_equal(b.data[j], i + 1);
        }
    }
    slab_free(slab);
}

static void a_secret_given_back_is_wiped(void **state)
{
    (void)state;
    struct slab *slab = slab_of(2);
    uint8_t key[32];
    memset(key, 0xa5, sizeof key);
    struct secret *secret = secret_of(slab, bytes_of(key, sizeof key));
    assert_non_null(secret);
    assert_memory_equal(secret_bytes(secret).data, key, sizeof key);
    const uint8_t *cell = secret_bytes(secret).data; /* the slab stays, so it may still be looked at */
    secret_free(secret);
    assert_true(bytes_all_zero(bytes_of(cell, SECRET_BYTES_MAX)));
    secret = secret_new(slab, SECRET_BYTES_MAX);
    assert_true(bytes_all_zero(secret_bytes(secret)));
    slab_free(slab);
}

static void nothing_to_free_is_allowed(void **state)
{
    (void)state;
    secret_free(NULL);
    slab_free(NULL);
}

static void thousands_of_keys_fit_the_usual_limit(void **state)
{
    (void)state;
    struct rlimit old, usual;
    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &old), 0);
    usual = old;
    usual.rlim_cur = old.rlim_max < (rlim_t)8 << 20 ? old.rlim_max : (rlim_t)8 << 20;
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &usual), 0);
    struct slab *slab = slab_of(32768); /* 2 MiB; one page a key would be 384 MiB and end at the 16,377th */
    for (size_t i = 0; i < 32768; i++) {
        assert_non_null(secret_new(slab, 32));
    }
    slab_free(slab);
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &old), 0);
}

/* The superuser's memory is locked whatever the limit, so the refusal can only be seen by others. */
static void memory_that_cannot_be_locked_is_refused(void **state)
{
    (void)state;
    struct rlimit old, none;
    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &old), 0);
    none = old;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    uint8_t page[4096];
    bool can_lock = sodium_mlock(page, sizeof page) == 0;
    struct error error = {.text = ""};
    struct slab *slab = slab_new(1000, &error);
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &old), 0);
    assert_int_equal(slab != NULL, can_lock);
    assert_int_equal(error.text[0] == '\0', can_lock);
    slab_free(slab);
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_slab_says_so_and_has_room_again),
        cmocka_unit_test(cells_do_not_overlap),
        cmocka_unit_test(a_secret_given_back_is_wiped),
        cmocka_unit_test(nothing_to_free_is_allowed),
        cmocka_unit_test(thousands_of_keys_fit_the_usual_limit),
        cmocka_unit_test(memory_that_cannot_be_locked_is_refused),
    };
    return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
