/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/scenario_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "drills/cli/words.h"
#include "nodes/cli/screen.h"

static const char *const weekdays[] = {N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
                                       N_("Thu"), N_("Fri"), N_("Sat")};

static const char *or_unknown(const char *text)
{
    return text == NULL ? "?" : text;
}

static const char *utc_text(struct arena *arena, uint64_t ms)
{
    char text[INSTANT_TEXT_MAX];
    return or_unknown(
        arena_format(arena, "%s", instant_write(text, (struct instant){.ms = (int64_t)ms, .offset_min = 0})));
}

const char *scenario_local_text(const struct cli *cli, const struct scenario_state *state, uint64_t ms)
{
    int64_t local = zone_local_ms(state->zone.zone, ms);
    struct civil c = instant_civil((struct instant){.ms = local, .offset_min = 0});
    return or_unknown(arena_format(cli->arena, "%s %04d-%02d-%02d %02d:%02d %s",
                                   say(cli->words, weekdays[c.weekday]), c.year, c.month, c.day, c.hour,
                                   c.minute, state->code));
}

static const char *span_text(const struct cli *cli, struct scenario_span span)
{
    return span.workdays > 0 ? or_unknown(arena_format(cli->arena, "%" PRIu64 " wd", span.workdays))
                             : words_span(cli->arena, cli->words, span.ms);
}

/* --- people by hour --- */

#define HOURS 24

struct week {
    char hours[7][HOURS + 1]; /* from the day of the start on */
    unsigned weekday[7];
};

static char hour_mark(const struct scenario_staff *staff)
{
    if (staff->people == 0) {
        return staff->staffing == ON_CALL ? 'c' : '.';
    }
    return staff->people > 9 ? '+' : (char)('0' + staff->people);
}

static void look_at_week(const struct scenario *s, const struct scenario_unit *unit, struct week *ret)
{
    for (int day = 0; day < 7; day++) {
        int64_t date = s->clock.start_date + day;
        ret->weekday[day] = date_weekday(date);
        for (int hour = 0; hour < HOURS; hour++) {
            int64_t local = date * (int64_t)MS_PER_DAY + hour * (int64_t)MS_PER_HOUR;
            struct scenario_staff staff =
                scenario_staff_at(unit, zone_at_local(unit->state->zone.zone, local).ms);
            ret->hours[day][hour] = hour_mark(&staff);
        }
        ret->hours[day][HOURS] = '\0';
    }
}

/* The days of the week that look like that one, if it is the first of them: "Thu Sun Mon"; NULL: it is not. */
static const char *days_like(const struct cli *cli, const struct week *week, int day)
{
    const char *text = "";
    for (int other = 0; other < 7; other++) {
        if (strcmp(week->hours[other], week->hours[day]) != 0) {
            continue;
        }
        if (other < day) {
            return NULL;
        }
        text = or_unknown(arena_format(cli->arena, "%s%s%s", text, *text == '\0' ? "" : " ",
                                       say(cli->words, weekdays[week->weekday[other]])));
    }
    return text;
}

static void print_unit(const struct cli *cli, const struct scenario *s, const struct scenario_unit *unit)
{
    struct week week;
    look_at_week(s, unit, &week);
    (void)printf("  %-12s %s, %s\n", unit->address, unit->desk->name, unit->habits->name);
    for (int day = 0; day < 7; day++) {
        const char *days = days_like(cli, &week, day);
        if (days != NULL) {
            (void)printf("    %-28s %s\n", days, week.hours[day]);
        }
    }
}

static void print_states(const struct cli *cli, const struct scenario *s)
{
    screen_heading(stdout, cli->colour, say(cli->words, N_("States, desks, people by hour")));
    cli_print(cli, "  local hours 0 to 23 of the first seven days; c: on call, .: nobody\n");
    for (size_t i = 0; i < s->states.count; i++) {
        const struct scenario_state *state = &s->states.list[i];
        const char *text = arena_format(cli->arena, "%s, %s", state->name, state->zone.name);
        screen_wrapped(stdout, or_unknown(arena_format(cli->arena, "%s ", state->code)), 3, or_unknown(text),
                       0);
        for (size_t k = 0; k < state->units.count; k++) {
            print_unit(cli, s, &state->units.list[k]);
        }
    }
}

/* --- injects in order --- */

struct planned {
    const struct scenario_inject *inject;
    uint64_t least_ms; /* it is not before; UINT64_MAX: nobody knows */
    bool known;        /* it is then */
    size_t number;
};

static struct planned plan(const struct scenario *s, const struct scenario_inject *inject, size_t number)
{
    struct planned p = {.inject = inject, .known = true, .number = number};
    const struct scenario_inject *at = inject;
    for (size_t i = 0; at->after.of != NULL && i < s->injects.count; i++) {
        const struct scenario_inject *before = at->after.of;
        bool moves = at->after.event == SCENARIO_EVENT_RELEASED ||
                     (at->after.event == SCENARIO_EVENT_RECEIVED && before->kind != SCENARIO_INJECT_REQUEST);
        p.known = p.known && moves && at->after.plus.workdays == 0 && !at->manual;
        p.least_ms += at->after.plus.ms + (at->after.event == SCENARIO_EVENT_RECEIVED ? before->takes : 0);
        at = before;
    }
    p.known = p.known && at->at != 0 && !at->manual;
    p.least_ms = at->at == 0 ? UINT64_MAX : p.least_ms + at->at;
    return p;
}

static int by_time(const void *a, const void *b)
{
    const struct planned *x = a;
    const struct planned *y = b;
    if (x->least_ms != y->least_ms) {
        return x->least_ms < y->least_ms ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

void scenario_order(const struct scenario *s, const struct scenario_inject **ret, uint64_t *ret_ms)
{
    struct planned *list = calloc(s->injects.count + 1, sizeof *list);
    ensure(list != NULL);
    for (size_t i = 0; i < s->injects.count; i++) {
        list[i] = plan(s, &s->injects.list[i], i);
    }
    qsort(list, s->injects.count, sizeof *list, by_time);
    for (size_t i = 0; i < s->injects.count; i++) {
        ret[i] = list[i].inject;
        ret_ms[i] = list[i].known ? list[i].least_ms : 0;
    }
    free(list);
}

/* When it is released, where that is no moment. */
static const char *when_text(const struct cli *cli, const struct scenario_inject *inject)
{
    if (inject->after.of != NULL) {
        return cli_text(cli, "after %s of %s + %s", scenario_event_word(inject->after.event),
                        inject->after.of->id, span_text(cli, inject->after.plus));
    }
    if (inject->when.kind == SCENARIO_WHEN_HOLD_EXPIRES) {
        return cli_text(cli, "hold of %s expires within %s", inject->when.of->id,
                        words_span(cli->arena, cli->words, inject->when.within));
    }
    if (inject->when.kind == SCENARIO_WHEN_OPEN_CASES) {
        return cli_text(cli, "open cases of %s above %llu",
                        inject->when.party != NULL ? inject->when.party->address : inject->when.state->code,
                        (unsigned long long)inject->when.above);
    }
    return say(cli->words, N_("by hand"));
}

/* Whose clock an inject is shown by. */
static const struct scenario_state *clock_of(const struct scenario *s, const struct scenario_inject *inject)
{
    return inject->from != NULL ? inject->from->state
           : inject->to != NULL ? inject->to->state
                                : &s->states.list[0];
}

static const char *what_text(struct arena *arena, const struct scenario_inject *inject)
{
    const char *kind = scenario_inject_word(inject->kind);
    const char *what = inject->type != NULL    ? inject->type
                       : inject->what != NULL  ? inject->what
                       : inject->decision != 0 ? scenario_decision_word(inject->decision)
                                               : "";
    const char *from = inject->from == NULL ? "" : inject->from->address;
    const char *to = inject->to == NULL ? "" : inject->to->address;
    return or_unknown(arena_format(arena, "%s%s%s%s%s%s%s", kind, *what == '\0' ? "" : " ", what,
                                   *from == '\0' ? "" : " ", from, *to == '\0' ? "" : " -> ", to));
}

static void print_inject(const struct cli *cli, const struct scenario *s,
                         const struct scenario_inject *inject, uint64_t ms)
{
    struct arena *arena = cli->arena;
    const char *when = ms == 0 ? when_text(cli, inject) : scenario_local_text(cli, clock_of(s, inject), ms);
    const char *utc = ms == 0 ? "" : or_unknown(arena_format(arena, " (%s)", utc_text(arena, ms)));
    cli_print(cli, "  %s%s%s\n", when, utc, inject->manual ? say(cli->words, N_(", by hand")) : "");
    const char *text =
        or_unknown(arena_format(arena, "%s: %s%s%s", inject->id, what_text(arena, inject),
                                inject->text == NULL ? "" : ". ", inject->text == NULL ? "" : inject->text));
    screen_wrapped(stdout, "    ", 4, screen_quiet(arena, bytes_of_text(text)), 0);
}

static void print_injects(const struct cli *cli, const struct scenario *s)
{
    const struct scenario_inject **order = calloc(s->injects.count + 1, sizeof *order);
    uint64_t *times = calloc(s->injects.count + 1, sizeof *times);
    ensure(order != NULL && times != NULL);
    scenario_order(s, order, times);
    screen_heading(stdout, cli->colour, say(cli->words, N_("Injects")));
    for (size_t i = 0; i < s->injects.count; i++) {
        print_inject(cli, s, order[i], times[i]);
    }
    free((void *)order);
    free(times);
}

/* --- the rest --- */

static const char *by_text(const struct cli *cli, const struct scenario_expectation *e)
{
    return e->by.at_ms != 0 ? scenario_local_text(cli, e->who->state, e->by.at_ms)
                            : cli_text(cli, "within %s", span_text(cli, e->by.within));
}

static void print_expectations(const struct cli *cli, const struct scenario *s)
{
    screen_heading(stdout, cli->colour, say(cli->words, N_("Expected")));
    for (size_t i = 0; i < s->expect.count; i++) {
        const struct scenario_expectation *e = &s->expect.list[i];
        const char *first = or_unknown(arena_format(cli->arena, "  %s: ", e->id));
        screen_wrapped(stdout, first, 4,
                       cli_text(cli, "%s, %s of %s%s%s, %s; weight %llu", e->who->address,
                                scenario_event_word(e->what), e->of->id, e->data == NULL ? "" : "/",
                                e->data == NULL ? "" : e->data->label, by_text(cli, e),
                                (unsigned long long)e->weight),
                       0);
    }
}

static void print_faults(const struct cli *cli, const struct scenario *s)
{
    screen_heading(stdout, cli->colour, say(cli->words, N_("Faults")));
    for (size_t i = 0; i < s->faults.count; i++) {
        const struct scenario_fault *f = &s->faults.list[i];
        (void)printf("  %s: %s%s%s\n", f->id, scenario_fault_word(f->kind), f->at == 0 ? "" : ", ",
                     f->at == 0 ? "" : utc_text(cli->arena, f->at));
    }
}

void scenario_print(const struct cli *cli, const struct scenario *s)
{
    struct arena *arena = cli->arena;
    size_t parties = 0;
    for (size_t i = 0; i < s->states.count; i++) {
        parties += s->states.list[i].units.count;
    }
    screen_heading(stdout, cli->colour, s->title);
    if (s->summary != NULL) {
        screen_wrapped(stdout, "", 0, screen_quiet(arena, bytes_of_text(s->summary)), 0);
    }
    cli_print(cli, "\nclock     %s to %s\n", utc_text(arena, s->clock.start_ms),
              utc_text(arena, s->clock.end_ms));
    cli_print(cli, "          %s, seed %llu\n", words_span(arena, cli->words, s->clock.length_ms),
              (unsigned long long)s->seed);
    cli_print(cli, "hash      %s\n", words_hash(arena, s->hash));
    cli_print(cli, "who       %zu States, %zu parties, %zu providers\n", s->states.count, parties,
              s->providers.count);
    const char *injects = words_injects(arena, cli->words, s->injects.count);
    const char *expected = words_expectations(arena, cli->words, s->expect.count);
    cli_print(cli, "what      %s, %s, %s\n", injects, expected,
              words_faults(arena, cli->words, s->faults.count));
    if (s->load.given) {
        cli_print(cli, "load      %llu requests a year\n", (unsigned long long)s->load.a_year);
    }
    (void)fputs("\n", stdout);
    print_states(cli, s);
    (void)fputs("\n", stdout);
    print_injects(cli, s);
    if (s->faults.count > 0) {
        (void)fputs("\n", stdout);
        print_faults(cli, s);
    }
    if (s->expect.count > 0) {
        (void)fputs("\n", stdout);
        print_expectations(cli, s);
    }
}

/* --- JSON --- */

static void append(json_t *list, json_t *element)
{
    ensure(element != NULL && json_array_append_new(list, element) == 0);
}

static json_t *states_json(const struct scenario *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->states.count; i++) {
        const struct scenario_state *state = &s->states.list[i];
        json_t *units = json_array();
        for (size_t k = 0; k < state->units.count; k++) {
            const struct scenario_unit *unit = &state->units.list[k];
            struct week week;
            json_t *hours = json_array();
            look_at_week(s, unit, &week);
            for (int day = 0; day < 7; day++) {
                append(hours, json_string(week.hours[day]));
            }
            append(units, json_pack("{s:s, s:s, s:s, s:s, s:o}", "address", unit->address, "role",
                                    scenario_role_word(unit->role), "desk", unit->desk->name, "habits",
                                    unit->habits->name, "people_by_hour", hours));
        }
        append(list, json_pack("{s:s, s:s, s:s, s:o}", "code", state->code, "name", state->name, "zone",
                               state->zone.name, "units", units));
    }
    return list;
}

static json_t *moment_json(struct arena *arena, uint64_t ms)
{
    return ms == 0 ? json_null() : json_string(utc_text(arena, ms));
}

static json_t *injects_json(const struct scenario *s, struct arena *arena)
{
    const struct scenario_inject **order = calloc(s->injects.count + 1, sizeof *order);
    uint64_t *times = calloc(s->injects.count + 1, sizeof *times);
    json_t *list = json_array();
    ensure(order != NULL && times != NULL);
    scenario_order(s, order, times);
    for (size_t i = 0; i < s->injects.count; i++) {
        const struct scenario_inject *inject = order[i];
        append(list,
               json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:o, s:s?, s:b}", "id", inject->id, "kind",
                         scenario_inject_word(inject->kind), "type", inject->type, "from",
                         inject->from == NULL ? NULL : inject->from->address, "to",
                         inject->to == NULL ? NULL : inject->to->address, "at", moment_json(arena, times[i]),
                         "after", inject->after.of == NULL ? NULL : inject->after.of->id, "manual",
                         inject->manual));
    }
    free((void *)order);
    free(times);
    return list;
}

static json_t *expect_json(const struct scenario *s, struct arena *arena)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->expect.count; i++) {
        const struct scenario_expectation *e = &s->expect.list[i];
        append(list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I}", "id", e->id, "who",
                               e->who->address, "what", scenario_event_word(e->what), "of", e->of->id, "by",
                               moment_json(arena, e->by.at_ms), "within_ms", (json_int_t)e->by.within.ms,
                               "within_workdays", (json_int_t)e->by.within.workdays, "weight",
                               (json_int_t)e->weight));
    }
    return list;
}

json_t *scenario_json(const struct scenario *s, struct arena *arena)
{
    return json_pack("{s:b, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:o, s:o, s:o}", "ok", true, "title", s->title,
                     "scenario_hash", words_hash(arena, s->hash), "classification",
                     scenario_classification_word(s->classification), "seed", (json_int_t)s->seed, "start",
                     utc_text(arena, s->clock.start_ms), "end", utc_text(arena, s->clock.end_ms), "length_ms",
                     (json_int_t)s->clock.length_ms, "states", states_json(s), "injects",
                     injects_json(s, arena), "expect", expect_json(s, arena));
}
