/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/scenario/values.h"

#include <string.h>

#define DIGITS "0123456789"

/* Digits at the text, at most 15 of them; 0: none. */
static size_t take_digits(const char *text, uint64_t *ret)
{
    size_t size = strspn(text, DIGITS);
    uint64_t value = 0;
    if (size == 0 || size > 15 || (size > 1 && text[0] == '0')) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *ret = value;
    return size;
}

bool value_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    size_t size = take_digits(text, &value);
    if (size == 0 || text[size] != '\0' || value < min || value > max) {
        return false;
    }
    *ret = value;
    return true;
}

static const struct {
    const char *word;
    uint64_t ms;
} units[] = {
    {"w", 7 * MS_PER_DAY}, {"d", MS_PER_DAY},    {"h", MS_PER_HOUR},
    {"m", MS_PER_MINUTE},  {"s", MS_PER_SECOND}, {"ms", 1},
};
#define UNITS (sizeof units / sizeof units[0])

bool value_span(const char *text, uint64_t *ret_ms)
{
    uint64_t total = 0;
    size_t last = 0; /* units go from large to small */
    do {
        uint64_t number = 0;
        size_t size = take_digits(text, &number);
        const char *unit = text + size;
        size_t letters = strspn(unit, "abcdefghijklmnopqrstuvwxyz");
        size_t i = last;
        while (i < UNITS &&
               (strlen(units[i].word) != letters || strncmp(unit, units[i].word, letters) != 0)) {
            i++;
        }
        if (size == 0 || i == UNITS || number > SPAN_MS_MAX / units[i].ms) {
            return false;
        }
        total += number * units[i].ms;
        last = i + 1;
        text = unit + letters;
        text += *text == ' ' && text[1] != '\0';
    } while (*text != '\0');
    if (total > SPAN_MS_MAX) {
        return false;
    }
    *ret_ms = total;
    return true;
}

bool value_workspan(const char *text, struct scenario_span *ret)
{
    uint64_t number = 0;
    size_t size = take_digits(text, &number);
    if (size > 0 && strcmp(text + size, "wd") == 0) {
        if (number > 2000) {
            return false;
        }
        *ret = (struct scenario_span){.workdays = number};
        return true;
    }
    uint64_t ms = 0;
    if (!value_span(text, &ms)) {
        return false;
    }
    *ret = (struct scenario_span){.ms = ms};
    return true;
}

/* A number with at most `decimals` digits after a point, in units of its last one: "2.5" with 4 is 25000. */
static size_t take_decimal(const char *text, unsigned decimals, uint64_t *ret)
{
    uint64_t value = 0;
    size_t size = take_digits(text, &value);
    if (size == 0 || size > 9) {
        return 0;
    }
    const char *at = text + size;
    size_t places = *at == '.' ? strspn(at + 1, DIGITS) : 0;
    if ((*at == '.' && places == 0) || places > decimals) {
        return 0;
    }
    for (unsigned i = 0; i < decimals; i++) {
        value = value * 10 + (i < places ? (uint64_t)(at[1 + i] - '0') : 0);
    }
    *ret = value;
    return size + (*at == '.' ? places + 1 : 0);
}

static bool chance_one_in(const char *text, uint64_t *ret)
{
    uint64_t part = 0, whole = 0;
    size_t size = take_digits(text, &part);
    if (size == 0 || strncmp(text + size, " in ", 4) != 0 || part > SCENARIO_MILLION) {
        return false;
    }
    if (!value_number(text + size + 4, 1, 1000000000, &whole) || part > whole) {
        return false;
    }
    *ret = part * SCENARIO_MILLION / whole;
    return true;
}

bool value_chance(const char *text, uint32_t max, uint32_t *ret_ppm)
{
    uint64_t ppm = 0;
    if (!chance_one_in(text, &ppm)) {
        size_t size = take_decimal(text, 4, &ppm);
        const char *after = text + size;
        after += *after == ' ';
        if (size == 0 || strcmp(after, "%") != 0) {
            return false;
        }
    }
    if (ppm > max) {
        return false;
    }
    *ret_ppm = (uint32_t)ppm;
    return true;
}

bool value_rate(const char *text, uint64_t *ret)
{
    static const struct {
        const char *word;
        uint64_t bits;
    } rates[] = {{"kbit/s", 1000}, {"Mbit/s", 1000000}, {"Gbit/s", 1000000000}};
    uint64_t number = 0;
    size_t size = take_digits(text, &number);
    const char *unit = text + size;
    unit += *unit == ' ';
    for (size_t i = 0; size > 0 && i < sizeof rates / sizeof rates[0]; i++) {
        if (strcmp(unit, rates[i].word) == 0 && number >= 1 && number <= 100000) {
            *ret = number * rates[i].bits / 8;
            return true;
        }
    }
    return false;
}

bool value_daytime(const char *text, uint16_t *ret)
{
    if (strlen(text) != 5 || strspn(text, DIGITS) != 2 || text[2] != ':' || strspn(text + 3, DIGITS) != 2) {
        return false;
    }
    unsigned minutes = (unsigned)((text[0] - '0') * 10 + text[1] - '0') * 60 +
                       (unsigned)((text[3] - '0') * 10 + text[4] - '0');
    if (text[3] > '5' || minutes > 24 * 60) {
        return false;
    }
    *ret = (uint16_t)minutes;
    return true;
}

bool value_dayspan(const char *text, struct day_span *ret)
{
    char from[6] = "";
    struct day_span span = {0, 0};
    if (strlen(text) != 11 || text[5] != '-') {
        return false;
    }
    memcpy(from, text, 5);
    if (!value_daytime(from, &span.from_min) || !value_daytime(text + 6, &span.until_min) ||
        span.from_min == span.until_min || span.from_min == 24 * 60) {
        return false;
    }
    *ret = span;
    return true;
}

static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static bool take_weekday(const char **text, unsigned *ret)
{
    for (unsigned i = 0; i < 7; i++) {
        if (strncmp(*text, weekdays[i], 3) == 0) {
            *text += 3;
            *ret = i;
            return true;
        }
    }
    return false;
}

/* "mon", "fri-sun", "holiday" */
static bool take_days(const char **text, uint32_t *days)
{
    unsigned first = 0, last = 0;
    if (strncmp(*text, "holiday", 7) == 0) {
        *text += 7;
        *days |= SCENARIO_DAY_HOLIDAY;
        return true;
    }
    if (!take_weekday(text, &first)) {
        return false;
    }
    last = first;
    if (**text == '-') {
        (*text)++;
        if (!take_weekday(text, &last)) {
            return false;
        }
    }
    for (unsigned day = first;; day = (day + 1) % 7) {
        *days |= (uint32_t)SCENARIO_DAY_SUNDAY << day;
        if (day == last) {
            return true;
        }
    }
}

bool value_days(const char *text, bool weekdays_only, uint32_t *ret)
{
    static const struct {
        const char *word;
        uint32_t days;
    } words[] = {{"every", SCENARIO_DAY_EVERY}, {"work", SCENARIO_DAY_WORK}, {"off", SCENARIO_DAY_OFF}};
    uint32_t days = 0;
    for (size_t i = 0; !weekdays_only && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i].word) == 0) {
            *ret = words[i].days;
            return true;
        }
    }
    for (;;) {
        if (!take_days(&text, &days)) {
            return false;
        }
        if (*text == '\0') {
            break;
        }
        if (*text++ != ',') {
            return false;
        }
        text += *text == ' ';
    }
    if (weekdays_only && (days & SCENARIO_DAY_HOLIDAY) != 0) {
        return false;
    }
    *ret = days;
    return true;
}

bool value_degrees(const char *text, int32_t degrees_max, int32_t *ret)
{
    uint64_t value = 0;
    bool negative = *text == '-';
    size_t size = take_decimal(text + negative, 6, &value);
    if (size == 0 || text[negative + size] != '\0' || value > (uint64_t)degrees_max * 1000000) {
        return false;
    }
    *ret = negative ? -(int32_t)value : (int32_t)value;
    return true;
}

bool value_quantile_key(const char *text, uint32_t *ret_ppm)
{
    uint64_t ppm = 0;
    size_t size = text[0] == 'p' ? take_decimal(text + 1, 4, &ppm) : 0;
    if (size == 0 || text[1 + size] != '\0' || ppm > SCENARIO_MILLION) {
        return false;
    }
    *ret_ppm = (uint32_t)ppm;
    return true;
}

bool value_day(const char *text, uint64_t *ret_day, uint16_t *ret_minute, char ret_state[3])
{
    char time[6] = "";
    uint64_t day = 0;
    uint16_t minute = 0;
    if (strncmp(text, "day ", 4) != 0) {
        return false;
    }
    text += 4;
    size_t size = take_digits(text, &day);
    if (size == 0 || strlen(text + size) != 9 || text[size] != ' ' || text[size + 6] != ' ' || day < 1 ||
        day > SCENARIO_LENGTH_DAYS) {
        return false;
    }
    memcpy(time, text + size + 1, 5);
    if (!value_daytime(time, &minute) || minute == 24 * 60) {
        return false;
    }
    *ret_day = day;
    *ret_minute = minute;
    memcpy(ret_state, text + size + 7, 3);
    return true;
}
