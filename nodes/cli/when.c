/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/when.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define OFFSET_MAX_MS   ((int64_t)(15 * MS_PER_HOUR)) /* further ahead of UTC than any zone ever was */
#define SPAN_MAX_MS     (30 * MS_PER_DAY)
#define NEAR_MS         (182 * MS_PER_DAY)
#define RELATIVE_MAX_MS (3660 * MS_PER_DAY)

static struct instant in_zone(uint64_t ms, const struct zone *zone)
{
    int32_t offset_s = zone == NULL ? 0 : zone_offset_s(zone, (wall_ms){.ms = ms});
    return (struct instant){.ms = (int64_t)ms, .offset_min = offset_s / 60};
}

/* A number and its unit up to the end of the text. units: "d" and its ms ... */
struct unit {
    const char *name;
    uint64_t ms;
};

static bool read_amount(const char *text, const struct unit *units, size_t unit_count, uint64_t max_ms,
                        uint64_t *ret_ms)
{
    uint64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    for (size_t i = 0; i < unit_count; i++) {
        if (strcmp(text + digits, units[i].name) == 0) {
            *ret_ms = number * units[i].ms;
            return *ret_ms > 0 && *ret_ms <= max_ms;
        }
    }
    return false;
}

bool when_read_span(const char *text, uint64_t *ret_ms)
{
    static const struct unit units[] = {
        {"ms", 1}, {"s", MS_PER_SECOND}, {"m", MS_PER_MINUTE}, {"h", MS_PER_HOUR}, {"d", MS_PER_DAY}};
    uint64_t ms = 0;
    if (!read_amount(text, units, sizeof units / sizeof units[0], SPAN_MAX_MS, &ms)) {
        return false;
    }
    *ret_ms = ms;
    return true;
}

/* 24:00 of a date is the first moment of a later one; a date that a zone leaves out ends where it would have begun. */
static struct instant end_of_day(int64_t utc_midnight_ms, const struct zone *zone)
{
    int64_t next_day = utc_midnight_ms / (int64_t)MS_PER_DAY + 1;
    wall_ms at = {.ms = (uint64_t)(next_day * (int64_t)MS_PER_DAY - OFFSET_MAX_MS)};
    for (int i = 0; i < 4; i++) {
        at = zone_next_midnight(zone, at);
        if ((int64_t)at.ms + (int64_t)zone_offset_s(zone, at) * 1000 >= next_day * (int64_t)MS_PER_DAY) {
            break;
        }
        at.ms++;
    }
    return in_zone(at.ms, zone);
}

static bool read_relative(const char *text, wall_ms now, const struct zone *zone, struct instant *ret)
{
    static const struct unit units[] = {{"m", MS_PER_MINUTE}, {"h", MS_PER_HOUR}, {"d", MS_PER_DAY}};
    uint64_t ms = 0;
    if (!read_amount(text + 1, units, sizeof units / sizeof units[0], RELATIVE_MAX_MS, &ms)) {
        return false;
    }
    *ret = in_zone(now.ms + ms, zone);
    return true;
}

static const char *malformed(const char *text, enum when_kind kind, const struct cli *cli)
{
    const char *quiet = text_quiet(cli->arena, bytes_of_text(text), 40);
    const char *shown = quiet == NULL ? "?" : quiet;
    return kind == WHEN_TO_COME
               ? cli_text(
                     cli,
                     "\"%s\" is no time; write 2026-11-21T14:00:00+07:00, or 2026-11-21 for the end of that "
                     "day, or +90m, +2h, +3d from now",
                     shown)
               : cli_text(cli, "\"%s\" is no time; write 2026-11-21T14:00:00+07:00, or now", shown);
}

static bool read_date_only(const char *text, enum when_kind kind, const struct zone *zone,
                           const struct cli *cli, struct instant *ret, const char **ret_fault)
{
    int64_t midnight = 0;
    if (kind == WHEN_PAST) {
        *ret_fault = cli_text(cli, "%s has no time; write %sT14:00:00+07:00, with your zone", text, text);
        return false;
    }
    if (zone == NULL) {
        *ret_fault = cli_text(cli,
                              "%s needs the zone of your authority, which is not known here; write %sT24:00 "
                              "as %sT17:00:00Z, with zone",
                              text, text, text);
        return false;
    }
    if (!instant_read_date(bytes_of_text(text), &midnight) || midnight < (int64_t)MS_PER_DAY) {
        *ret_fault = malformed(text, kind, cli);
        return false;
    }
    *ret = end_of_day(midnight, zone);
    return true;
}

bool when_read(const char *text, enum when_kind kind, wall_ms now, const struct zone *zone,
               const struct cli *cli, struct instant *ret, const char **ret_fault)
{
    if (kind == WHEN_PAST && strcmp(text, "now") == 0) {
        *ret = in_zone(now.ms, zone);
        return true;
    }
    if (kind == WHEN_TO_COME && text[0] == '+' && read_relative(text, now, zone, ret)) {
        return true;
    }
    switch (instant_read(bytes_of_text(text), ret)) {
    case INSTANT_OK:
        return true;
    case INSTANT_NO_ZONE:
        *ret_fault =
            cli_text(cli, "%s has no zone; write %s+07:00 for a clock 7 hours ahead of UTC, or %sZ for UTC",
                     text, text, text);
        return false;
    case INSTANT_DATE_ONLY:
        return read_date_only(text, kind, zone, cli, ret, ret_fault);
    case INSTANT_MALFORMED:
        break;
    }
    *ret_fault = malformed(text, kind, cli);
    return false;
}

static const char *const days[] = {N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
                                   N_("Thu"), N_("Fri"), N_("Sat")};

static const char *const months[] = {N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
                                     N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")};

static const char *moment_text(const struct cli *cli, struct instant instant, bool with_year, const char *end)
{
    struct civil at = instant_civil(instant);
    const char *year = with_year ? arena_format(cli->arena, " %d", at.year) : "";
    const char *text = arena_format(cli->arena, "%s %d %s%s %02d:%02d%s", say(cli->words, days[at.weekday]),
                                    at.day, say(cli->words, months[at.month - 1]), year == NULL ? "" : year,
                                    at.hour, at.minute, end);
    return text == NULL ? "?" : text;
}

const char *when_local(const struct cli *cli, uint64_t now_ms, uint64_t ms, const struct zone *zone)
{
    bool near = (ms > now_ms ? ms - now_ms : now_ms - ms) < NEAR_MS;
    return moment_text(cli, in_zone(ms, zone), !near, zone == NULL ? "Z" : "");
}

const char *when_there(const struct cli *cli, struct instant instant)
{
    return moment_text(cli, instant, false, "");
}

const char *when_beside(const struct cli *cli, uint64_t ms, const struct zone *zone, const struct zone *first)
{
    struct civil at = instant_civil(in_zone(ms, zone));
    bool same_day = instant_civil(in_zone(ms, first)).day == at.day;
    const char *text =
        arena_format(cli->arena, "%s%s%02d:%02d%s", same_day ? "" : say(cli->words, days[at.weekday]),
                     same_day ? "" : " ", at.hour, at.minute, zone == NULL ? "Z" : "");
    return text == NULL ? "?" : text;
}

const char *when_distance(const struct cli *cli, uint64_t now_ms, uint64_t ms)
{
    uint64_t span = ms >= now_ms ? ms - now_ms : now_ms - ms;
    uint64_t minutes = span / MS_PER_MINUTE;
    const char *text =
        minutes >= 2 * 24 * 60
            ? arena_format(cli->arena, "%" PRIu64 "d%02" PRIu64 "h", minutes / 1440, minutes / 60 % 24)
        : minutes >= 60 ? arena_format(cli->arena, "%02" PRIu64 "h%02" PRIu64, minutes / 60, minutes % 60)
                        : arena_format(cli->arena, "%" PRIu64 "m", minutes);
    text = text == NULL ? NULL : ms >= now_ms ? cli_text(cli, "in %s", text) : cli_text(cli, "%s ago", text);
    return text == NULL ? "?" : text;
}
