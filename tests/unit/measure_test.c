/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles with censoring against worked numbers. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/measure.h"

/*
 * Freireich et al. 1963 (Blood 21:699): weeks of remission of 21 patients under 6-mercaptopurine (+: still in remission) and 21
 * under placebo, worked in every textbook of survival analysis (Kleinbaum and Klein, table 2.1): S(6) = 0.8571, S(7) =
 * 0.8067, S(10) = 0.7529, S(13) = 0.6902, S(16) = 0.6275, S(22) = 0.5378, S(23) = 0.4482; medians 23 and 8.
 */
static const struct measured treated[21] = {
    {6, true},   {6, true},   {6, true},   {6, false},  {7, true},   {9, false},  {10, true},
    {10, false}, {11, false}, {13, true},  {16, true},  {17, false}, {19, false}, {20, false},
    {22, true},  {23, true},  {25, false}, {32, false}, {32, false}, {34, false}, {35, false}};
static const uint64_t placebo[21] = {1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23};

static void assert_survival(uint64_t week, uint64_t of_10000)
{
    uint64_t got = measure_survival(treated, 21, week);
    uint64_t want = SURVIVAL_ONE / 10000 * of_10000;
    uint64_t off = got > want ? got - want : want - got;
    assert_true(off <= SURVIVAL_ONE / 20000 + 10); /* half of the last digit printed there */
}

static void the_curve_is_that_of_the_textbook(void **state)
{
    (void)state;
    assert_int_equal(measure_survival(treated, 21, 5), SURVIVAL_ONE);
    assert_survival(6, 8571);
    assert_survival(7, 8067);
    assert_survival(9, 8067);
    assert_survival(10, 7529);
    assert_survival(13, 6902);
    assert_survival(16, 6275);
    assert_survival(22, 5378);
    assert_survival(23, 4482);
    assert_survival(35, 4482);
}

static void medians_are_those_of_the_textbook(void **state)
{
    (void)state;
    struct measured all[21];
    uint64_t week = 0;
    assert_true(measure_percentile(treated, 21, 50, &week));
    assert_int_equal(week, 23);
    for (size_t i = 0; i < 21; i++) {
        all[20 - i] = (struct measured){placebo[i], true};
    }
    measures_sort(all, 21);
    assert_true(measure_percentile(all, 21, 50, &week));
    assert_int_equal(week, 8);
    assert_true(measure_percentile(all, 21, 100, &week));
    assert_int_equal(week, 23);
}

static void a_curve_that_stays_up_has_no_such_percentile(void **state)
{
    (void)state;
    uint64_t week = 0;
    assert_false(measure_percentile(treated, 21, 90, &week));
    assert_int_equal(week, 35); /* more than that */
    assert_false(measure_percentile(treated, 0, 50, &week));
    assert_int_equal(week, 0);
}

static void what_never_comes_keeps_the_curve_up(void **state)
{
    (void)state;
    struct measured four[4] = {{NEVER_MS, false}, {10, true}, {NEVER_MS, false}, {NEVER_MS, false}};
    uint64_t span = 0;
    measures_sort(four, 4);
    assert_true(measure_percentile(four, 4, 25, &span)); /* exactly one of four */
    assert_int_equal(span, 10);
    assert_false(measure_percentile(four, 4, 50, &span));
    assert_int_equal(span, 10);
}

static void without_censoring_it_is_the_plain_percentile(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static struct measured all[COUNT];
    uint64_t span = 0;
    for (size_t i = 0; i < COUNT; i++) {
        all[i] = (struct measured){(i * 617) % COUNT + 1, true};
    }
    measures_sort(all, COUNT);
    for (unsigned p = 1; p <= 100; p++) {
        assert_true(measure_percentile(all, COUNT, p, &span));
        assert_int_equal(span, p * 10);
    }
}

/* Freireich's placebo group: the exact 95 % interval of its median is 4 to 11 or 12 (Brookmeyer and Crowley 1982); 6-MP from 13 on, open. */
static void bounds_of_a_median_are_near_the_exact_ones(void **state)
{
    (void)state;
    struct measured all[21];
    uint64_t low = 0, high = 0, again = 0;
    for (size_t i = 0; i < 21; i++) {
        all[i] = (struct measured){placebo[i], true};
    }
    measures_sort(all, 21);
    assert_true(measure_median_bound(all, 21, 1, MEASURE_LOW, &low));
    assert_true(measure_median_bound(all, 21, 1, MEASURE_HIGH, &high));
    assert_true(low >= 4 && low <= 5);
    assert_true(high >= 8 && high <= 12);
    assert_true(measure_median_bound(all, 21, 1, MEASURE_HIGH, &again));
    assert_int_equal(high, again);
    assert_true(measure_median_bound(treated, 21, 1, MEASURE_LOW, &low));
    assert_true(low >= 10 && low <= 16);
    assert_false(measure_median_bound(treated, 21, 1, MEASURE_HIGH, &high));
    assert_int_equal(high, 35);
    assert_false(measure_median_bound(treated, 0, 1, MEASURE_HIGH, &high));
}

static void more_than_can_be_resampled_are_thinned_out(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static struct measured all[COUNT];
    uint64_t low = 0, high = 0;
    for (size_t i = 0; i < COUNT; i++) {
        all[i] = (struct measured){i + 1, true};
    }
    assert_true(measure_median_bound(all, COUNT, 7, MEASURE_LOW, &low));
    assert_true(measure_median_bound(all, COUNT, 7, MEASURE_HIGH, &high));
    assert_true(low > 2000 && low < 2500);
    assert_true(high > 2500 && high < 3000);
}

static void shares_of_samples_are_drawn_sample_by_sample(void **state)
{
    (void)state;
    static const struct measured_part all[] = {{9, 10}, {1, 10}, {8, 10}, {2, 10}, {9, 10},
                                               {1, 10}, {8, 10}, {2, 10}, {9, 10}, {1, 10}};
    uint64_t share = 0, low = 0, high = 0;
    assert_true(measure_share(all, 10, &share));
    assert_int_equal(share, 500);
    assert_true(measure_share_bound(all, 10, 1, MEASURE_LOW, &low));
    assert_true(measure_share_bound(all, 10, 1, MEASURE_HIGH, &high));
    /* A hundred apart would be from 400 to 600: ten of which each is nearly all or nothing are less sure. */
    assert_in_range(low, 250, 330);
    assert_in_range(high, 670, 750);
    assert_false(measure_share((const struct measured_part[]){{0, 0}}, 1, &share));
    assert_false(measure_share_bound(all, 0, 1, MEASURE_LOW, &low));
}

static void a_share_of_large_numbers_is_that_of_small_ones(void **state)
{
    (void)state;
    static const struct measured_part large[] = {{UINT64_MAX / 8, UINT64_MAX / 4}, {1, UINT64_MAX / 4}};
    uint64_t share = 0;
    assert_true(measure_share(large, 2, &share));
    assert_int_equal(share, 250);
}

/* Brown, Cai and DasGupta 2001 and textbooks: 0 of 10: 0 to 27.8 %; 5 of 10: 23.7 to 76.3 %; 81 of 263: 25.5 to 36.6 %. */
static void chances_lie_within_the_bounds_of_wilson(void **state)
{
    (void)state;
    uint64_t low = 0, high = 0;
    measure_chance_bounds(0, 10, &low, &high);
    assert_int_equal(low, 0);
    assert_int_equal(high, 278);
    measure_chance_bounds(5, 10, &low, &high);
    assert_in_range(low, 236, 237);
    assert_in_range(high, 763, 764);
    measure_chance_bounds(81, 263, &low, &high);
    assert_in_range(low, 255, 256);
    assert_in_range(high, 366, 367);
    measure_chance_bounds(10, 10, &low, &high);
    assert_int_equal(low, 722);
    assert_int_equal(high, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_curve_is_that_of_the_textbook),
        cmocka_unit_test(medians_are_those_of_the_textbook),
        cmocka_unit_test(a_curve_that_stays_up_has_no_such_percentile),
        cmocka_unit_test(what_never_comes_keeps_the_curve_up),
        cmocka_unit_test(without_censoring_it_is_the_plain_percentile),
        cmocka_unit_test(bounds_of_a_median_are_near_the_exact_ones),
        cmocka_unit_test(more_than_can_be_resampled_are_thinned_out),
        cmocka_unit_test(shares_of_samples_are_drawn_sample_by_sample),
        cmocka_unit_test(a_share_of_large_numbers_is_that_of_small_ones),
        cmocka_unit_test(chances_lie_within_the_bounds_of_wilson),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
