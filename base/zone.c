/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <string.h>

#include "base/instant.h"

#define HEADER_BYTES    ((size_t)44)
#define CHANGES_MAX     ((size_t)4096)
#define TYPES_MAX       ((size_t)256)
#define NAMES_BYTES_MAX ((size_t)4096)
#define OFFSET_MAX_S    (26 * 3600)
#define DAY_S           INT64_C(86400)
#define DAY_MS          (DAY_S * 1000)

/* The day and hour of a yearly change: the date part of a TZ rule (RFC 8536 3.3.1, POSIX 8.3). */
struct rule {
    enum { RULE_JULIAN, RULE_DAY, RULE_WEEK } kind; /* Jn (without 29 February), n (with it), Mm.w.d */
    int32_t day;                                    /* n, or the weekday d */
    int32_t month, week;
    int32_t time_s; /* local time of that day, may be before or after it */
};

struct zone {
    size_t count;
    const int64_t *changes_s; /* strictly ascending */
    const int32_t *after_s;   /* offset from that change on */
    int32_t before_s;         /* offset before the first */
    bool has_footer;          /* from the last change on, or always when there is none: */
    bool has_summer;
    int32_t standard_s, summer_s;
    struct rule to_summer, to_standard;
};

/* --- reading --- */

struct reader {
    const uint8_t *at;
    size_t left;
    bool bad; /* sticky: something was not there or not right */
};

static const uint8_t *take(struct reader *r, size_t size)
{
    if (r->bad || size > r->left) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *taken = r->at;
    r->at += size;
    r->left -= size;
    return taken;
}

static uint64_t big_endian(const uint8_t *from, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

static int64_t as_signed(uint64_t value)
{
    return value <= INT64_MAX ? (int64_t)value : -(int64_t)(UINT64_MAX - value) - 1;
}

struct counts {
    size_t utc_flags, standard_flags, leaps, changes, types, name_bytes;
};

static struct counts read_header(struct reader *r)
{
    struct counts n = {0};
    const uint8_t *header = take(r, HEADER_BYTES);
    if (header == NULL || memcmp(header, "TZif", 4) != 0 || header[4] < '2' || header[4] > '9') {
        r->bad = true;
        return n;
    }
    n.utc_flags = big_endian(header + 20, 4);
    n.standard_flags = big_endian(header + 24, 4);
    n.leaps = big_endian(header + 28, 4);
    n.changes = big_endian(header + 32, 4);
    n.types = big_endian(header + 36, 4);
    n.name_bytes = big_endian(header + 40, 4);
    if (n.leaps != 0 || n.changes > CHANGES_MAX || n.types == 0 || n.types > TYPES_MAX || n.name_bytes == 0 ||
        n.name_bytes > NAMES_BYTES_MAX || (n.utc_flags != 0 && n.utc_flags != n.types) ||
        (n.standard_flags != 0 && n.standard_flags != n.types)) {
        r->bad = true;
    }
    return n;
}

/* Passes over the block of 32-bit times that version 1 readers need. */
static void skip_old_block(struct reader *r)
{
    struct counts n = read_header(r);
    (void)take(r, n.changes * 5 + n.types * 6 + n.name_bytes + n.standard_flags + n.utc_flags);
}

static bool read_types(const uint8_t *types, const struct counts *n, int32_t offsets[TYPES_MAX])
{
    for (size_t i = 0; i < n->types; i++) {
        int64_t offset = (int64_t)big_endian(types + i * 6, 4);
        offset = offset > INT32_MAX ? offset - (INT64_C(1) << 32) : offset;
        if (offset < -OFFSET_MAX_S || offset > OFFSET_MAX_S || types[i * 6 + 4] > 1 ||
            types[i * 6 + 5] >= n->name_bytes) {
            return false;
        }
        offsets[i] = (int32_t)offset;
    }
    return true;
}

static void read_block(struct reader *r, struct zone *zone, struct arena *arena)
{
    int32_t offsets[TYPES_MAX] = {0};
    struct counts n = read_header(r);
    const uint8_t *times = take(r, n.changes * 8);
    const uint8_t *indexes = take(r, n.changes);
    const uint8_t *types = take(r, n.types * 6);
    (void)take(r, n.name_bytes + n.standard_flags + n.utc_flags);
    if (r->bad || !read_types(types, &n, offsets)) {
        r->bad = true;
        return;
    }
    int64_t *changes_s = arena_take(arena, n.changes * sizeof *changes_s);
    int32_t *after_s = arena_take(arena, n.changes * sizeof *after_s);
    if (changes_s == NULL || after_s == NULL) {
        r->bad = true;
        return;
    }
    for (size_t i = 0; i < n.changes; i++) {
        changes_s[i] = as_signed(big_endian(times + i * 8, 8));
        if (indexes[i] >= n.types || (i > 0 && changes_s[i] <= changes_s[i - 1])) {
            r->bad = true;
            return;
        }
        after_s[i] = offsets[indexes[i]];
    }
    zone->count = n.changes;
    zone->changes_s = changes_s;
    zone->after_s = after_s;
    zone->before_s = offsets[0];
}

/* --- the footer: a TZ string --- */

/* The next character, 0 at the end and after anything bad. */
static uint8_t peek(const struct reader *r)
{
    return r->bad || r->left == 0 ? 0 : *r->at;
}

static bool next_is(const struct reader *r, char c)
{
    return peek(r) == (uint8_t)c;
}

static bool accept(struct reader *r, char c)
{
    return next_is(r, c) && take(r, 1) != NULL;
}

static void expect(struct reader *r, char c)
{
    r->bad = !accept(r, c) || r->bad;
}

static int32_t read_number(struct reader *r, int32_t max)
{
    int32_t value = 0;
    size_t digits = 0;
    for (; digits < 3 && peek(r) >= '0' && peek(r) <= '9'; digits++) {
        value = value * 10 + (peek(r) - '0');
        (void)take(r, 1);
    }
    if (digits == 0 || value > max) {
        r->bad = true;
        return 0;
    }
    return value;
}

/* [+|-]hh[:mm[:ss]] in seconds */
static int32_t read_hms(struct reader *r, int32_t hours_max)
{
    bool minus = accept(r, '-');
    if (!minus) {
        (void)accept(r, '+');
    }
    int32_t seconds = read_number(r, hours_max) * 3600;
    if (accept(r, ':')) {
        seconds += read_number(r, 59) * 60;
        if (accept(r, ':')) {
            seconds += read_number(r, 59);
        }
    }
    return minus ? -seconds : seconds;
}

static void skip_name(struct reader *r)
{
    size_t length = 0;
    if (accept(r, '<')) {
        while (peek(r) != 0 && peek(r) != '>') {
            (void)take(r, 1);
            length++;
        }
        expect(r, '>');
    } else {
        while ((peek(r) >= 'A' && peek(r) <= 'Z') || (peek(r) >= 'a' && peek(r) <= 'z')) {
            (void)take(r, 1);
            length++;
        }
    }
    r->bad = r->bad || length < 3;
}

static struct rule read_rule(struct reader *r)
{
    struct rule rule = {.kind = RULE_DAY, .time_s = 2 * 3600};
    if (accept(r, 'M')) {
        rule.kind = RULE_WEEK;
        rule.month = read_number(r, 12);
        expect(r, '.');
        rule.week = read_number(r, 5);
        expect(r, '.');
        rule.day = read_number(r, 6);
        r->bad = r->bad || rule.month == 0 || rule.week == 0;
    } else if (accept(r, 'J')) {
        rule.kind = RULE_JULIAN;
        rule.day = read_number(r, 365);
        r->bad = r->bad || rule.day == 0;
    } else {
        rule.day = read_number(r, 365);
    }
    if (accept(r, '/')) {
        rule.time_s = read_hms(r, 167);
    }
    return rule;
}

static void read_footer(struct reader *r, struct zone *zone)
{
    expect(r, '\n');
    if (accept(r, '\n')) {
        return; /* no rule: the last offset stays */
    }
    zone->has_footer = true;
    skip_name(r);
    zone->standard_s = -read_hms(r, 24); /* POSIX counts west of Greenwich */
    if (!next_is(r, '\n')) {
        zone->has_summer = true;
        skip_name(r);
        zone->summer_s = next_is(r, ',') ? zone->standard_s + 3600 : -read_hms(r, 24);
        expect(r, ',');
        zone->to_summer = read_rule(r);
        expect(r, ',');
        zone->to_standard = read_rule(r);
    }
    expect(r, '\n');
}

const struct zone *zone_read(struct bytes tzif, struct arena *arena)
{
    struct reader r = {.at = tzif.data, .left = tzif.size, .bad = tzif.size > ZONE_BYTES_MAX};
    struct zone *zone = arena_zero(arena, 1, sizeof *zone);
    if (zone == NULL) {
        return NULL;
    }
    skip_old_block(&r);
    read_block(&r, zone, arena);
    read_footer(&r, zone);
    return r.bad || r.left != 0 ? NULL : zone;
}

/* --- asking --- */

static int32_t weekday(int64_t days) /* 0 = Sunday, as 1970-01-01 was a Thursday */
{
    return (int32_t)(((days % 7) + 11) % 7);
}

static int64_t rule_days(const struct rule *rule, int year)
{
    int64_t new_year = civil_days(year, 1, 1);
    bool leap = civil_days(year + 1, 1, 1) - new_year == 366;
    if (rule->kind == RULE_DAY) {
        return new_year + rule->day;
    }
    if (rule->kind == RULE_JULIAN) {
        return new_year + rule->day - 1 + (leap && rule->day >= 60);
    }
    int64_t first = civil_days(year, rule->month, 1);
    int64_t after = rule->month == 12 ? civil_days(year + 1, 1, 1) : civil_days(year, rule->month + 1, 1);
    int64_t day = first + (rule->day - weekday(first) + 7) % 7 + INT64_C(7) * (rule->week - 1);
    return day < after ? day : day - 7; /* week 5 is the last one, which may be the fourth */
}

struct change {
    int64_t at_s;
    int32_t after_s;
};

#define FOOTER_CHANGES 10

/* The footer's changes of the year of a moment and of two years before and after it. */
static void footer_changes(const struct zone *zone, int64_t at_s, struct change ret[FOOTER_CHANGES])
{
    int year = instant_civil((struct instant){.ms = at_s * 1000}).year;
    for (int i = 0; i < FOOTER_CHANGES / 2; i++) {
        int64_t summer =
            rule_days(&zone->to_summer, year - 2 + i) * DAY_S + zone->to_summer.time_s - zone->standard_s;
        int64_t standard =
            rule_days(&zone->to_standard, year - 2 + i) * DAY_S + zone->to_standard.time_s - zone->summer_s;
        ret[2 * i] = (struct change){.at_s = standard, .after_s = zone->standard_s};
        ret[2 * i + 1] = (struct change){.at_s = summer, .after_s = zone->summer_s};
    }
}

/* How many of the file's changes are at or before a moment. */
static size_t changes_until(const struct zone *zone, int64_t at_s)
{
    size_t low = 0;
    size_t high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes_s[middle] <= at_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int32_t footer_offset(const struct zone *zone, int64_t at_s)
{
    if (!zone->has_summer) {
        return zone->standard_s;
    }
    struct change changes[FOOTER_CHANGES];
    footer_changes(zone, at_s, changes);
    struct change latest = {.at_s = INT64_MIN, .after_s = zone->standard_s};
    for (size_t i = 0; i < FOOTER_CHANGES; i++) {
        /* Of two at one moment the change to summer time holds: that is how summer time all year is written. */
        if (changes[i].at_s <= at_s &&
            (changes[i].at_s > latest.at_s || (i % 2 == 1 && changes[i].at_s == latest.at_s))) {
            latest = changes[i];
        }
    }
    return latest.after_s;
}

static int32_t offset_at(const struct zone *zone, int64_t at_s)
{
    size_t until = changes_until(zone, at_s);
    if (zone->has_footer && until == zone->count) {
        return footer_offset(zone, at_s);
    }
    return until == 0 ? zone->before_s : zone->after_s[until - 1];
}

/* The first change after a moment, INT64_MAX if there is none. */
static int64_t next_change(const struct zone *zone, int64_t at_s)
{
    size_t until = changes_until(zone, at_s);
    if (until < zone->count) {
        return zone->changes_s[until];
    }
    int64_t next = INT64_MAX;
    if (zone->has_summer) {
        struct change changes[FOOTER_CHANGES];
        footer_changes(zone, at_s, changes);
        for (size_t i = 0; i < FOOTER_CHANGES; i++) {
            if (changes[i].at_s > at_s && changes[i].at_s < next) {
                next = changes[i].at_s;
            }
        }
    }
    return next;
}

int32_t zone_offset_s(const struct zone *zone, wall_ms t)
{
    uint64_t ms = t.ms < (uint64_t)INSTANT_MS_MAX ? t.ms : (uint64_t)INSTANT_MS_MAX;
    return offset_at(zone, (int64_t)(ms / 1000));
}

wall_ms zone_next_change(const struct zone *zone, wall_ms t)
{
    int64_t change_s =
        t.ms < (uint64_t)INSTANT_MS_MAX ? next_change(zone, (int64_t)(t.ms / 1000)) : INT64_MAX;
    bool comes = change_s <= INSTANT_MS_MAX / 1000;
    return (wall_ms){.ms = comes ? (uint64_t)change_s * 1000 : UINT64_MAX};
}

/* Days since 1970-01-01 of the local date of a moment. */
static int64_t local_date(int64_t at_ms, int32_t offset_s)
{
    int64_t local = at_ms + (int64_t)offset_s * 1000;
    return local / DAY_MS - (local % DAY_MS < 0);
}

static bool date_begins(const struct zone *zone, int64_t at_ms)
{
    int64_t before_ms = at_ms - 1;
    int64_t before_s = before_ms / 1000 - (before_ms % 1000 < 0);
    return local_date(at_ms, offset_at(zone, at_ms / 1000)) >
           local_date(before_ms, offset_at(zone, before_s));
}

wall_ms zone_next_midnight(const struct zone *zone, wall_ms t)
{
    if (t.ms > (uint64_t)INSTANT_MS_MAX) {
        return t;
    }
    int64_t at_ms = (int64_t)t.ms;
    while (!date_begins(zone, at_ms)) {
        /* Under this offset the date goes on until midnight, unless the offset changes before. */
        int32_t offset_s = offset_at(zone, at_ms / 1000);
        int64_t midnight_ms = (local_date(at_ms, offset_s) + 1) * DAY_MS - (int64_t)offset_s * 1000;
        int64_t change_s = next_change(zone, at_ms / 1000);
        at_ms = change_s <= midnight_ms / 1000 ? change_s * 1000 : midnight_ms;
    }
    return (wall_ms){.ms = (uint64_t)at_ms};
}

wall_ms zone_at_local(const struct zone *zone, int64_t local_ms)
{
    const int64_t most_ms = (int64_t)OFFSET_MAX_S * 1000;
    if (local_ms > INSTANT_MS_MAX) {
        return (wall_ms){.ms = (uint64_t)INSTANT_MS_MAX};
    }
    /* No offset is that large: here it is earlier. Under each offset in turn, until the time is reached. */
    int64_t from_s = (local_ms - most_ms) / 1000 - 1;
    int64_t at_ms = 0;
    for (;;) {
        int64_t change_s = next_change(zone, from_s);
        at_ms = local_ms - (int64_t)offset_at(zone, from_s) * 1000;
        if (at_ms < from_s * 1000) {
            at_ms = from_s * 1000; /* left out by the change just passed */
        }
        if (change_s == INT64_MAX || at_ms < change_s * 1000) {
            return (wall_ms){.ms = at_ms < 0 ? 0 : (uint64_t)at_ms};
        }
        from_s = change_s;
    }
}
