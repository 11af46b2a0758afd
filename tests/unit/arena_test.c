/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void take_up_to_the_cap_and_not_beyond(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64 * 1024);
    assert_non_null(arena_take(arena, 64 * 1024 - 16));
    assert_false(arena_exhausted(arena));
    assert_non_null(arena_take(arena, 16));
    assert_int_equal(arena_used(arena), 64 * 1024);
    assert_false(arena_exhausted(arena));
    assert_null(arena_take(arena, 1));
    assert_true(arena_exhausted(arena));
    arena_free(arena);
}

static void refusal_takes_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(100);
    assert_null(arena_take(arena, 101));
    assert_int_equal(arena_used(arena), 0);
    assert_non_null(arena_take(arena, 96));
    assert_null(arena_take(arena, SIZE_MAX));
    assert_null(arena_take(arena, SIZE_MAX - 8));
    assert_int_equal(arena_used(arena), 96);
    arena_free(arena);
}

static void products_that_overflow_are_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(SIZE_MAX);
    assert_null(arena_zero(arena, SIZE_MAX / 2, 3));
    assert_true(arena_exhausted(arena));
    assert_null(arena_take(arena, SIZE_MAX - 31));
    assert_null(arena_copy(arena, bytes_of("", SIZE_MAX)).data);
    arena_free(arena);
}

static void pieces_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena *arena = arena_new((size_t)1 << 20);
    uint8_t *pieces[300];
    for (size_t i = 0; i < 300; i++) {
        size_t size = i * 7 % 513 + 1;
        pieces[i] = arena_take(arena, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)(i & 0xff), size);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t k = 0; k < i * 7 % 513 + 1; k++) {
            assert_int_equal(pieces[i][k], i & 0xff);
        }
    }
    arena_free(arena);
}

static void reset_gives_all_back(void **state)
{
    (void)state;
    struct arena *arena = arena_new(128 * 1024);
    for (int round = 0; round < 5; round++) {
        while (arena_take(arena, 5000) != NULL) {
        }
        assert_true(arena_exhausted(arena));
        arena_reset(arena);
        assert_false(arena_exhausted(arena));
        assert_int_equal(arena_used(arena), 0);
    }
    assert_non_null(arena_take(arena, 128 * 1024));
    arena_free(arena);
}

static void a_round_like_the_last_one_needs_one_block(void **state)
{
    (void)state;
    enum { PIECES = 20, PIECE_BYTES = 5008 };
    struct arena *arena = arena_new(PIECES * PIECE_BYTES);
    for (size_t i = 0; i < PIECES; i++) {
        assert_non_null(arena_take(arena, PIECE_BYTES));
    }
    arena_reset(arena);
    const uint8_t *first = arena_take(arena, PIECE_BYTES);
    for (size_t i = 1; i < PIECES; i++) {
        assert_ptr_equal(arena_take(arena, PIECE_BYTES), first + i * PIECE_BYTES);
    }
    arena_free(arena);
}

static void zero_is_zero_after_a_reset(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    memset(arena_take(arena, 4096), 0xa5, 4096);
    arena_reset(arena);
    const uint8_t *zero = arena_zero(arena, 64, 64);
    assert_true(bytes_all_zero(bytes_of(zero, 4096)));
    arena_free(arena);
}

static void copy_has_a_zero_behind_it(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64);
    struct bytes copy = arena_copy(arena, bytes_of("a\0b", 3));
    assert_int_equal(copy.size, 3);
    assert_memory_equal(copy.data, "a\0b\0", 4);
    struct bytes empty = arena_copy(arena, bytes_of(NULL, 0));
    assert_non_null(empty.data);
    assert_int_equal(empty.data[0], 0);
    assert_null(arena_copy(arena, bytes_of("0123456789012345678901234567890123456789", 40)).data);
    arena_free(arena);
}

static void format_fits_or_is_refused_whole(void **state)
{
    (void)state;
    struct arena *arena = arena_new(32);
    assert_string_equal(arena_format(arena, "%s-%d", "abc", 42), "abc-42");
    assert_null(arena_format(arena, "%0100d", 7));
    assert_true(arena_exhausted(arena));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take_up_to_the_cap_and_not_beyond),
        cmocka_unit_test(refusal_takes_nothing),
        cmocka_unit_test(products_that_overflow_are_refused),
        cmocka_unit_test(pieces_are_aligned_and_apart),
        cmocka_unit_test(reset_gives_all_back),
        cmocka_unit_test(a_round_like_the_last_one_needs_one_block),
        cmocka_unit_test(zero_is_zero_after_a_reset),
        cmocka_unit_test(copy_has_a_zero_behind_it),
        cmocka_unit_test(format_fits_or_is_refused_whole),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
