/* SPDX-License-Identifier: Apache-2.0 */
/* The streams of numbers that a world is drawn from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drills/world/stream.h"

#define DRAWS 4096

/* Source: the test of rand_xoshiro, made with the authors' C code. */
static void is_the_published_generator(void **state)
{
    static const uint64_t expected[] = {
        11520,
        0,
        1509978240,
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
    };
    struct stream stream = {.state = {1, 2, 3, 4}};
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(stream_next(&stream), expected[i]);
    }
}

static void the_same_name_gives_the_same_stream(void **state)
{
    struct stream a = stream_of(7, "network", 3);
    struct stream b = stream_of(7, "network", 3);
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        assert_int_equal(stream_next(&a), stream_next(&b));
    }
}

/* Bits that two streams have in common, of 64 * DRAWS; half of them when they are unrelated. */
static unsigned alike(struct stream a, struct stream b)
{
    unsigned bits = 0;
    for (int i = 0; i < DRAWS; i++) {
        for (uint64_t same = ~(stream_next(&a) ^ stream_next(&b)); same != 0; same &= same - 1) {
            bits++;
        }
    }
    return bits;
}

static void seed_name_and_index_each_give_another_stream(void **state)
{
    const struct stream streams[] = {
        stream_of(7, "network", 0), stream_of(8, "network", 0), stream_of(7, "network", 1),
        stream_of(7, "disk", 0),    stream_of(7, "networl", 0), stream_of(7, "", 0),
        stream_of(0, "", 0),        stream_of(0, "", 1),        stream_of(1, "", 0),
        stream_of(6, "a", 1),       stream_of(7, "a", 0),
    };
    const size_t count = sizeof streams / sizeof streams[0];
    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            unsigned bits = alike(streams[i], streams[k]);
            assert_in_range(bits, 64 * DRAWS / 2 - 2000, 64 * DRAWS / 2 + 2000);
        }
    }
}

static void one_more_draw_leaves_the_others_as_they_were(void **state)
{
    struct stream network = stream_of(7, "network", 0);
    struct stream disk = stream_of(7, "disk", 0);
    struct stream disk_alone = stream_of(7, "disk", 0);
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        (void)stream_next(&network);
        assert_int_equal(stream_next(&disk), stream_next(&disk_alone));
    }
}

static void below_reaches_every_value_and_none_beyond(void **state)
{
    struct stream stream = stream_of(7, "below", 0);
    unsigned met[7] = {0};
    (void)state;
    for (int i = 0; i < 7 * 1000; i++) {
        uint64_t value = stream_below(&stream, 7);
        assert_in_range(value, 0, 6);
        met[value]++;
    }
    for (size_t i = 0; i < 7; i++) {
        assert_in_range(met[i], 850, 1150);
    }
    /* A bound for which a remainder would make the lower half twice as likely. */
    unsigned low = 0;
    const uint64_t bound = UINT64_C(3) << 62;
    for (int i = 0; i < 1000; i++) {
        low += stream_below(&stream, bound) < bound / 3;
    }
    assert_in_range(low, 283, 383);
}

static void between_includes_both_ends(void **state)
{
    struct stream stream = stream_of(7, "between", 0);
    bool met[3] = {false};
    (void)state;
    for (int i = 0; i < 200; i++) {
        uint64_t value = stream_between(&stream, 10, 12);
        assert_in_range(value, 10, 12);
        met[value - 10] = true;
    }
    assert_true(met[0] && met[1] && met[2]);
    assert_int_equal(stream_between(&stream, 5, 5), 5);
    (void)stream_between(&stream, 0, UINT64_MAX);
}

static void chance_is_so_many_in_a_thousand(void **state)
{
    struct stream stream = stream_of(7, "chance", 0);
    unsigned hits = 0;
    (void)state;
    for (int i = 0; i < 10000; i++) {
        assert_false(stream_chance(&stream, 0));
        assert_true(stream_chance(&stream, 1000));
        hits += stream_chance(&stream, 250);
    }
    assert_in_range(hits, 2300, 2700);
}

static void tailed_is_mostly_short_and_sometimes_long(void **state)
{
    struct stream stream = stream_of(7, "tailed", 0);
    unsigned shortest = 0;
    unsigned longest = 0;
    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t value = stream_tailed(&stream, 1000, 65000);
        assert_in_range(value, 1000, 65000);
        shortest += value <= 2000;
        longest += value >= 33000;
    }
    assert_in_range(shortest, 5000, 9000);
    assert_in_range(longest, 20, 500);
    assert_int_equal(stream_tailed(&stream, 4, 4), 4);
}

static void bytes_and_turns_draw_from_the_same_numbers(void **state)
{
    struct stream a = stream_of(7, "bytes", 0);
    struct stream b = a;
    uint8_t left[19], right[19];
    (void)state;
    stream_bytes(&a, left, sizeof left);
    struct turn_source source = stream_source(&b);
    source.random(source.context, right, sizeof right);
    assert_memory_equal(left, right, sizeof left);
    stream_bytes(&a, left, sizeof left);
    assert_memory_not_equal(left, right, sizeof left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_published_generator),
        cmocka_unit_test(the_same_name_gives_the_same_stream),
        cmocka_unit_test(seed_name_and_index_each_give_another_stream),
        cmocka_unit_test(one_more_draw_leaves_the_others_as_they_were),
        cmocka_unit_test(below_reaches_every_value_and_none_beyond),
        cmocka_unit_test(between_includes_both_ends),
        cmocka_unit_test(chance_is_so_many_in_a_thousand),
        cmocka_unit_test(tailed_is_mostly_short_and_sometimes_long),
        cmocka_unit_test(bytes_and_turns_draw_from_the_same_numbers),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
