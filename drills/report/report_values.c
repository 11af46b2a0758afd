/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "drills/report/report_private.h"

void report_put(json_t *object, const char *name, json_t *value)
{
    ensure(value != NULL && json_object_set_new(object, name, value) == 0);
}

void report_add(json_t *list, json_t *value)
{
    ensure(value != NULL && json_array_append_new(list, value) == 0);
}

/* What is no text to be shown stands with its bytes spelled out. */
json_t *text_json(const char *text)
{
    json_t *json = text == NULL ? json_null() : json_string(text);
    if (json == NULL && text != NULL) { /* not UTF-8 */
        struct arena *arena = arena_new(8 * strlen(text) + 4096);
        ensure(arena != NULL);
        char *quiet = text_quiet(arena, bytes_of_text(text), strlen(text));
        ensure(quiet != NULL);
        json = json_string(quiet);
        arena_free(arena);
    }
    return json;
}

json_t *number_json(uint64_t number)
{
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

json_t *ms_json(uint64_t ms)
{
    return ms == 0 ? json_null() : number_json(ms);
}

json_t *percentile_json(bool reached, uint64_t ms)
{
    return reached ? number_json(ms) : json_null();
}

json_t *rows_json(const char *const *columns)
{
    json_t *names = json_array(), *json = json_object();
    for (size_t i = 0; columns[i] != NULL; i++) {
        report_add(names, json_string(columns[i]));
    }
    report_put(json, "columns", names);
    report_put(json, "rows", json_array());
    return json;
}

/* --- words --- */

const char *report_format(const struct report *report, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = arena_format_list(report->arena, format, list);
    va_end(list);
    ensure(text != NULL);
    return text;
}

/* The two greatest units, the smaller one left out when it is 0. */
const char *span_text(const struct report *report, uint64_t ms)
{
    static const struct {
        uint64_t ms;
        const char *unit;
    } units[] = {{MS_PER_DAY, "d"}, {MS_PER_HOUR, "h"}, {MS_PER_MINUTE, "min"}, {1000, "s"}};
    for (size_t i = 0; i < 4; i++) {
        uint64_t whole = ms / units[i].ms;
        uint64_t rest = i == 3 ? 0 : ms % units[i].ms / units[i + 1].ms;
        if (whole != 0) {
            return rest == 0 ? report_format(report, "%" PRIu64 " %s", whole, units[i].unit)
                             : report_format(report, "%" PRIu64 " %s %" PRIu64 " %s", whole, units[i].unit,
                                             rest, units[i + 1].unit);
        }
    }
    return "0 s";
}

const char *moment_text(const struct report *report, uint64_t ms)
{
    struct civil at = instant_civil((struct instant){.ms = ms > INT64_MAX ? INT64_MAX : (int64_t)ms});
    return report_format(report, "%04d-%02d-%02d %02d:%02d UTC", at.year, at.month, at.day, at.hour,
                         at.minute);
}

const char *case_name(const struct report *report, size_t of_case)
{
    const struct record_case *it = record_case(report->record, of_case);
    char hex[33];
    if (it == NULL) {
        return "";
    }
    return it->reference != NULL && it->reference[0] != '\0'
               ? it->reference
               : report_format(report, "%.8s", hex_write(hex, bytes_of(it->id, sizeof it->id)));
}

const char *state_code(const struct report *report, size_t party)
{
    const struct record_party *it = record_party(report->record, party);
    const struct record_state *state = it == NULL ? NULL : record_state(report->record, it->state);
    return state == NULL ? "" : state->code;
}

const char *party_name(const struct report *report, size_t party)
{
    const struct record_party *it = record_party(report->record, party);
    return it == NULL ? "" : it->address;
}

const char *state_said(const struct report *report, size_t party)
{
    const struct record_party *it = record_party(report->record, party);
    const struct record_state *state = it == NULL ? NULL : record_state(report->record, it->state);
    return state == NULL ? "" : state->name != NULL && state->name[0] != '\0' ? state->name : state->code;
}

const char *party_said(const struct report *report, size_t party)
{
    const char *state = state_said(report, party), *name = party_name(report, party);
    return state[0] == '\0' ? name : report_format(report, "%s (%s)", state, name);
}
