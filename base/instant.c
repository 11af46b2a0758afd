/* SPDX-License-Identifier: Apache-2.0 */
#include "base/instant.h"

#define DAY_MS INT64_C(86400000)

/* Source: the well-known era arithmetic of the proleptic Gregorian calendar (400 years = 146,097 days). */
int64_t civil_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

bool instant_in_range(struct instant at)
{
    return at.ms >= INSTANT_MS_MIN && at.ms <= INSTANT_MS_MAX && at.offset_min > -1440 &&
           at.offset_min < 1440;
}

static struct instant held_in_range(struct instant at)
{
    at.ms = at.ms < INSTANT_MS_MIN ? INSTANT_MS_MIN : at.ms > INSTANT_MS_MAX ? INSTANT_MS_MAX : at.ms;
    at.offset_min = at.offset_min > -1440 && at.offset_min < 1440 ? at.offset_min : 0;
    return at;
}

struct civil instant_civil(struct instant at)
{
    at = held_in_range(at);
    int64_t local = at.ms + (int64_t)at.offset_min * 60000;
    int64_t days = local / DAY_MS - (local % DAY_MS < 0);
    int64_t in_day = local - days * DAY_MS;
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    return (struct civil){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = (int)month,
        .day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1),
        .hour = (int)(in_day / 3600000),
        .minute = (int)(in_day / 60000 % 60),
        .second = (int)(in_day / 1000 % 60),
        .milli = (int)(in_day % 1000),
        .weekday = (int)(((days % 7) + 11) % 7),
    };
}

/* Reads count digits at *at and moves it; -1 if they are not digits. */
static int digits(struct bytes text, size_t *at, size_t count)
{
    int value = 0;
    if (text.size - *at < count) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t c = text.data[*at + i];
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    *at += count;
    return value;
}

static bool literal(struct bytes text, size_t *at, char c)
{
    if (*at < text.size && text.data[*at] == (uint8_t)c) {
        (*at)++;
        return true;
    }
    return false;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool read_date(struct bytes text, size_t *at, int64_t *ret_days)
{
    int year = digits(text, at, 4);
    if (year < 1 || !literal(text, at, '-')) {
        return false;
    }
    int month = digits(text, at, 2);
    if (month < 1 || month > 12 || !literal(text, at, '-')) {
        return false;
    }
    int day = digits(text, at, 2);
    if (day < 1 || day > month_days(year, month)) {
        return false;
    }
    *ret_days = civil_days(year, month, day);
    return true;
}

static bool read_time(struct bytes text, size_t *at, int64_t *ret_ms)
{
    int hour = digits(text, at, 2);
    int minute = hour >= 0 && hour <= 23 && literal(text, at, ':') ? digits(text, at, 2) : -1;
    int second = minute >= 0 && minute <= 59 && literal(text, at, ':') ? digits(text, at, 2) : -1;
    if (second < 0 || second > 60) {
        return false;
    }
    int64_t milli = 0;
    if (literal(text, at, '.')) {
        int scale = 100;
        size_t from = *at;
        for (; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9' && scale > 0;
             (*at)++, scale /= 10) {
            milli += (text.data[*at] - '0') * scale;
        }
        if (*at == from) {
            return false;
        }
    }
    *ret_ms = ((int64_t)hour * 3600 + minute * 60 + (second == 60 ? 59 : second)) * 1000 + milli;
    return true;
}

static bool read_offset(struct bytes text, size_t *at, int32_t *ret_min)
{
    if (literal(text, at, 'Z') || literal(text, at, 'z')) {
        *ret_min = 0;
        return true;
    }
    bool west = literal(text, at, '-');
    if (!west && !literal(text, at, '+')) {
        return false;
    }
    int hour = digits(text, at, 2);
    int minute = hour >= 0 && hour <= 23 && literal(text, at, ':') ? digits(text, at, 2) : -1;
    if (minute < 0 || minute > 59) {
        return false;
    }
    *ret_min = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

enum instant_outcome instant_read(struct bytes text, struct instant *ret)
{
    size_t at = 0;
    int64_t days = 0;
    int64_t in_day = 0;
    int32_t offset = 0;
    if (!read_date(text, &at, &days)) {
        return INSTANT_MALFORMED;
    }
    if (at == text.size) {
        return INSTANT_DATE_ONLY;
    }
    if (!(literal(text, &at, 'T') || literal(text, &at, 't') || literal(text, &at, ' ')) ||
        !read_time(text, &at, &in_day)) {
        return INSTANT_MALFORMED;
    }
    if (at == text.size) {
        return INSTANT_NO_ZONE;
    }
    if (!read_offset(text, &at, &offset) || at != text.size) {
        return INSTANT_MALFORMED;
    }
    struct instant read = {.ms = days * DAY_MS + in_day - (int64_t)offset * 60000, .offset_min = offset};
    if (!instant_in_range(read)) {
        return INSTANT_MALFORMED;
    }
    *ret = read;
    return INSTANT_OK;
}

bool instant_read_date(struct bytes text, int64_t *ret_ms)
{
    size_t at = 0;
    int64_t days = 0;
    if (!read_date(text, &at, &days) || at != text.size) {
        return false;
    }
    *ret_ms = days * DAY_MS;
    return true;
}

/* A character (0: none), then a number in so many digits; returns what is behind. By hand: answers are full of moments. */
static char *put_digits(char *at, char before, unsigned number, int digits)
{
    if (before != '\0') {
        *at++ = before;
    }
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + digits;
}

char *instant_write(char ret[INSTANT_TEXT_MAX], struct instant at)
{
    at = held_in_range(at);
    struct civil c = instant_civil(at);
    if (c.year < 1 || c.year > 9999) {
        at.offset_min = 0;
        c = instant_civil(at);
    }
    char *end = put_digits(ret, '\0', (unsigned)c.year, 4);
    end = put_digits(end, '-', (unsigned)c.month, 2);
    end = put_digits(end, '-', (unsigned)c.day, 2);
    end = put_digits(end, 'T', (unsigned)c.hour, 2);
    end = put_digits(end, ':', (unsigned)c.minute, 2);
    end = put_digits(end, ':', (unsigned)c.second, 2);
    if (c.milli != 0) {
        end = put_digits(end, '.', (unsigned)c.milli, 3);
    }
    if (at.offset_min == 0) {
        *end++ = 'Z';
    } else {
        unsigned minutes = (unsigned)(at.offset_min < 0 ? -at.offset_min : at.offset_min);
        end = put_digits(end, at.offset_min < 0 ? '-' : '+', minutes / 60, 2);
        end = put_digits(end, ':', minutes % 60, 2);
    }
    *end = '\0';
    return ret;
}
