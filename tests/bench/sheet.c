/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

enum unit { PER_SECOND, MICROSECONDS, MILLISECONDS, PERCENT, PER_1000, MIB, KIB };
static const struct {
    const char *name;
    int decimals;
} units[] = {
    [PER_SECOND] = {"/s", 0}, [MICROSECONDS] = {"us", 1}, [MILLISECONDS] = {"ms", 1}, [PERCENT] = {"%", 0},
    [PER_1000] = {"", 0},     [MIB] = {"MiB", 1},         [KIB] = {"KiB", 1}};

static const struct {
    const char *heading; /* NULL: a row */
    enum row row;
    enum unit unit;
    const char *name, *text;
    enum row peers[2];
} lines[] = {
#define HEADING(text) {text, ROW_NONE, PERCENT, "", "", {ROW_NONE, ROW_NONE}},
#define ROW(identifier, unit, text, first, second)                                                           \
    {NULL, ROW_##identifier, unit, #identifier, text, {ROW_##first, ROW_##second}},
#define BESIDE(identifier, unit)                                                                             \
    {NULL, ROW_##identifier, unit, "append beside it", NULL, {ROW_NONE, ROW_NONE}},
#define BOUND(identifier, value)
#include "tests/bench/rows.def"
#undef BOUND
#undef BESIDE
#undef ROW
#undef HEADING
};
#define LINES (sizeof lines / sizeof lines[0])

/* 0: none. */
static const double bounds[ROW_COUNT] = {
#define HEADING(text)
#define ROW(identifier, unit, text, first, second)
#define BESIDE(identifier, unit)
#define BOUND(identifier, value) [ROW_##identifier] = value,
#include "tests/bench/rows.def"
#undef BOUND
#undef BESIDE
#undef ROW
#undef HEADING
};

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

static void sorted(double ret[ROUNDS], const double values[ROUNDS])
{
    memcpy(ret, values, ROUNDS * sizeof *ret);
    qsort(ret, ROUNDS, sizeof *ret, compare);
}

static double median(const double values[ROUNDS])
{
    double ordered[ROUNDS];
    sorted(ordered, values);
    return ordered[ROUNDS / 2];
}

static size_t line_of(enum row row)
{
    size_t i = 0;
    while (lines[i].heading != NULL || lines[i].row != row) {
        i++;
    }
    return i;
}

/* A time as what it is for rows of which one is a rate. */
static double as_rate(enum unit unit, double value)
{
    return unit == MICROSECONDS ? 1e6 / value : unit == MILLISECONDS ? 1e3 / value : value;
}

static bool is_time(enum unit unit)
{
    return unit == MICROSECONDS || unit == MILLISECONDS;
}

/* The median of the ratios of each round, times of times and rates of rates. */
static double ratio(const struct sheet *sheet, enum row row, enum row peer)
{
    enum unit unit = lines[line_of(row)].unit;
    enum unit of = lines[line_of(peer)].unit;
    double ratios[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        double a = as_rate(unit, sheet->values[row][i]);
        double b = as_rate(of, sheet->values[peer][i]);
        ratios[i] = is_time(unit) && is_time(of) ? b / a : a / b;
    }
    return median(ratios);
}

static void print_row(const struct sheet *sheet, size_t line, FILE *file)
{
    double ordered[ROUNDS];
    const double *values = sheet->values[lines[line].row];
    int decimals = units[lines[line].unit].decimals;
    char range[48];
    sorted(ordered, values);
    (void)snprintf(range, sizeof range, "%.*f..%.*f", decimals, ordered[0], decimals, ordered[ROUNDS - 1]);
    (void)fprintf(file, "  %-55s %9.*f %-3s %17s", lines[line].text, decimals, median(values),
                  units[lines[line].unit].name, range);
    for (size_t i = 0; i < 2 && lines[line].peers[i] != ROW_NONE; i++) {
        enum row peer = lines[line].peers[i];
        (void)fprintf(file, "%s%.2f x %s", i == 0 ? "  " : ", ", ratio(sheet, lines[line].row, peer),
                      lines[line_of(peer)].name);
    }
    if (bounds[lines[line].row] > 0) {
        (void)fprintf(file, "  %.2f of %.0f %s", median(values) / bounds[lines[line].row],
                      bounds[lines[line].row], units[lines[line].unit].name);
    }
    (void)fputc('\n', file);
}

void sheet_print(const struct sheet *sheet, FILE *file)
{
    (void)fprintf(file, "%-57s %9s %-3s %17s  %s\n", "", "median", "", "lowest..highest",
                  "ratio to a row of the same rounds, or to a bound");
    for (size_t i = 0; i < LINES; i++) {
        if (lines[i].heading != NULL) {
            (void)fprintf(file, "%s\n", lines[i].heading);
        } else if (lines[i].text != NULL) {
            print_row(sheet, i, file);
        }
    }
}

static int compare_ns(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

struct latencies latencies_of(uint64_t *samples_ns, size_t count)
{
    qsort(samples_ns, count, sizeof *samples_ns, compare_ns);
    size_t median = count / 2;
    size_t late = count * 99 / 100;
    return (struct latencies){.p50_us = (double)samples_ns[median] / 1e3,
                              .p99_us = (double)samples_ns[late] / 1e3};
}
