/* SPDX-License-Identifier: Apache-2.0 */
/* What no single value can tell: hours that overlap, injects in a circle, shares that are not the whole. */
#include <string.h>

#include "drills/scenario/reader.h"

/* --- clock --- */

/* No envelope has a date before 2020: a drama of an earlier year is played in one whose days are the same. */
static void check_years(struct reader *reader, const struct tree *root)
{
    const struct scenario_clock *clock = &reader->s->clock;
    const struct tree *map = tree_find(root, "clock");
    const struct tree *start = map == NULL ? NULL : tree_find(map, "start");
    const struct tree *length = map == NULL ? NULL : tree_find(map, "length");
    if (start != NULL && clock->start_ms != 0 && clock->start_ms < SCENARIO_START_MS_MIN) {
        mistake_at(
            reader->r->mistakes, start->place,
            N_("start: %s is too early: letters have dates from 2020 on; let it begin on 2020-01-03 or "
               "later, in a year with the same days of the week"),
            mistake_quote(reader->r->mistakes, start->text));
    } else if (length != NULL && clock->end_ms >= SCENARIO_END_MS) {
        mistake_at(reader->r->mistakes, length->place,
                   N_("length: %s ends after 2099, and no letter has a later date; let it begin earlier"),
                   mistake_quote(reader->r->mistakes, length->text));
    }
}

static void check_jumps(struct reader *reader)
{
    const struct scenario_clock *clock = &reader->s->clock;
    uint64_t last = 0;
    for (size_t i = 0; i < clock->jumps.count; i++) {
        const struct scenario_jump *jump = &clock->jumps.list[i];
        if (jump->at_ms == 0 || jump->to_ms == 0) {
            continue;
        }
        if (jump->to_ms <= jump->at_ms || jump->at_ms < last) {
            mistake_at(
                reader->r->mistakes, jump->place,
                N_("a jump goes forward, and begins after the one before it; put them in order of time"));
        }
        last = jump->to_ms;
    }
}

/* --- hours --- */

/* Whether a row is meant on a day of the week, which is a holiday or not, in a State with these working days. */
static bool row_on(const struct scenario_hours *row, unsigned weekday, bool holiday, uint8_t week)
{
    bool work = !holiday && (week >> weekday & 1) != 0;
    return ((row->days & SCENARIO_DAY_WORK) != 0 && work) || ((row->days & SCENARIO_DAY_OFF) != 0 && !work) ||
           (holiday ? (row->days & SCENARIO_DAY_HOLIDAY) != 0 : (row->days >> weekday & 1) != 0);
}

static struct day_span row_span(const struct scenario_hours *row, const struct scenario_state *state)
{
    return row->office && state != NULL ? state->week.hours : row->span;
}

/* Minutes that a row takes of the day it is meant on, and, over midnight, of the next. */
static bool row_minute(const struct scenario_hours *row, const struct scenario_state *state, unsigned minute,
                       bool next_day)
{
    struct day_span span = row_span(row, state);
    bool over = span.until_min <= span.from_min;
    if (next_day) {
        return over && minute < span.until_min;
    }
    return minute >= span.from_min && (over || minute < span.until_min);
}

/* True if some minute of some day is in both rows, then one that either begins with, or midnight; holidays may lie anywhere. */
static bool rows_overlap(const struct scenario_hours *a, const struct scenario_hours *b,
                         const struct scenario_state *state, uint8_t week)
{
    const unsigned begins[] = {0, row_span(a, state).from_min, row_span(b, state).from_min};
    for (unsigned combination = 0; combination < 28; combination++) {
        unsigned today = combination % 7, yesterday = (combination % 7 + 6) % 7;
        bool holiday = (combination / 7 & 1) != 0, holiday_before = (combination / 14 & 1) != 0;
        bool today_a = row_on(a, today, holiday, week), before_a = row_on(a, yesterday, holiday_before, week);
        bool today_b = row_on(b, today, holiday, week), before_b = row_on(b, yesterday, holiday_before, week);
        for (size_t i = 0; i < 3; i++) {
            bool in_a = (today_a && row_minute(a, state, begins[i], false)) ||
                        (before_a && row_minute(a, state, begins[i], true));
            bool in_b = (today_b && row_minute(b, state, begins[i], false)) ||
                        (before_b && row_minute(b, state, begins[i], true));
            if (in_a && in_b) {
                return true;
            }
        }
    }
    return false;
}

static void check_spans(struct reader *reader, const scenario_hours_list *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct day_span span = rows->list[i].span;
        bool read = rows->list[i].place.file != NULL; /* else it was no map, which has been said */
        if (read && (span.from_min == span.until_min || span.from_min == 24 * 60)) {
            mistake_at(
                reader->r->mistakes, rows->list[i].place,
                N_("these hours end when they begin; write such as {from: 00:00, to: 24:00} for all day"));
        }
    }
}

/* True: said so. */
static bool check_rows(struct reader *reader, const scenario_hours_list *rows,
                       const struct scenario_state *state)
{
    uint8_t week = state == NULL ? 0x3e : state->week.work; /* Monday to Friday */
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (rows_overlap(&rows->list[k], &rows->list[i], state, week)) {
                mistake_at(reader->r->mistakes, rows->list[i].place,
                           N_("these hours overlap with those at %s%s%s; end one where the other begins"),
                           mistake_place(rows->list[k].place, reader->r->arena), state == NULL ? "" : " in ",
                           state == NULL ? "" : state->code);
                return true;
            }
        }
    }
    return false;
}

static bool check_desk(struct reader *reader, const struct scenario_desk *desk,
                       const struct scenario_state *state)
{
    return check_rows(reader, &desk->hours, state) || check_rows(reader, &desk->people.rows, state);
}

static bool uses_desk(const struct scenario_state *state, const struct scenario_desk *desk)
{
    for (size_t i = 0; i < state->units.count; i++) {
        if (state->units.list[i].desk == desk) {
            return true;
        }
    }
    return false;
}

/* Each desk in a week of Monday to Friday, and in that of each State that has another one. */
static void check_desks(struct reader *reader)
{
    const struct scenario *s = reader->s;
    for (size_t i = 0; i < s->desks.count; i++) {
        const struct scenario_desk *desk = &s->desks.list[i];
        check_spans(reader, &desk->hours);
        check_spans(reader, &desk->people.rows);
        bool said = check_desk(reader, desk, NULL);
        for (size_t k = 0; !said && k < s->states.count; k++) {
            const struct scenario_state *state = &s->states.list[k];
            said = uses_desk(state, desk) && check_desk(reader, desk, state);
        }
    }
    for (size_t k = 0; k < s->states.count; k++) {
        for (size_t u = 0; u < s->states.list[k].units.count; u++) {
            const scenario_hours_list *rows = &s->states.list[k].units.list[u].people.rows;
            check_spans(reader, rows);
            (void)check_rows(reader, rows, &s->states.list[k]);
        }
    }
}

/* --- States --- */

static bool is_made_up(const char *code)
{
    return (code[0] == 'X') || (code[0] == 'Q' && code[1] >= 'M' && code[1] <= 'Z');
}

static void check_states(struct reader *reader)
{
    const struct scenario *s = reader->s;
    for (size_t i = 0; i < s->states.count; i++) {
        const struct scenario_state *state = &s->states.list[i];
        if (state->code != NULL && s->inspired_by == NULL && !is_made_up(state->code)) {
            mistake_at(reader->r->mistakes, state->place,
                       N_("\"%s\" may be a real State; write a made-up code (XA to XZ, QM to QZ), or say by "
                          "inspired_by what public record this keeps to"),
                       state->code);
        }
        if (state->units.list != NULL && state->units.count == 0) {
            mistake_at(reader->r->mistakes, state->place,
                       N_("\"%s\" has no unit; write such as units: [{name: poc, desk: ..., habits: ...}]"),
                       state->code == NULL ? "?" : state->code);
        }
    }
}

/* After lots were drawn: whoever has no desk now will have none. What was misspelt has been said. */
static void check_units(struct reader *reader)
{
    const struct scenario *s = reader->s;
    for (size_t i = 0; i < s->states.count && reader->r->mistakes->count == 0; i++) {
        const struct scenario_state *state = &s->states.list[i];
        for (size_t k = 0; k < state->units.count; k++) {
            const struct scenario_unit *unit = &state->units.list[k];
            if (unit->desk == NULL || unit->habits == NULL) {
                mistake_at(
                    reader->r->mistakes, unit->place,
                    unit->desk == NULL
                        ? N_("\"%s\" has no desk; write such as desk: day-and-night, or share desks out "
                             "under load: desks")
                        : N_("\"%s\" has no habits; write such as habits: careful, or share them out "
                             "under load: desks"),
                    unit->address);
                return;
            }
        }
    }
}

/* --- injects and faults --- */

/* An inject that waits for itself. */
static void check_circle(struct reader *reader, const struct scenario_inject *inject)
{
    const struct scenario_inject *at = inject->after.of;
    for (size_t i = 0; at != NULL && i <= reader->s->injects.count; i++) {
        if (at == inject) {
            mistake_at(
                reader->r->mistakes, inject->place,
                N_("\"%s\" waits for itself; give one of the injects in this circle a time of its own"),
                inject->id == NULL ? "?" : inject->id);
            return;
        }
        at = at->after.of;
    }
}

static bool takes_items(const char *type)
{
    static const char *const without[] = {
        "freeze-alert",        "ping",         "advice",           "legal-info",
        "joint-investigation", "spontaneous",  "proceeds",         "police-info",
        "onward-transfer",     "confiscation", "recover-proceeds", NULL};
    for (size_t i = 0; without[i] != NULL; i++) {
        if (strcmp(type, without[i]) == 0) {
            return false;
        }
    }
    return true;
}

static const struct tree *element_at(const struct tree *root, const char *list, struct scenario_place place)
{
    const struct tree *elements = tree_find(root, list);
    const struct tree *element = elements == NULL ? NULL : elements->first;
    while (element != NULL && (element->place.file != place.file || element->place.line != place.line ||
                               element->place.column != place.column)) {
        element = element->next;
    }
    return element;
}

struct scenario_place key_place(const struct tree *root, const char *list, struct scenario_place element,
                                const char *key)
{
    const struct tree *map = element_at(root, list, element);
    const struct tree *value = map == NULL ? NULL : tree_find(map, key);
    return value == NULL ? element : value->place;
}

/* A label of that State's data, to write instead. */
static const char *label_in(const struct scenario *s, const struct scenario_state *state)
{
    for (size_t i = 0; i < s->providers.count; i++) {
        const struct scenario_provider *provider = &s->providers.list[i];
        if (provider->state == state && provider->data.count != 0 && provider->data.list[0].label != NULL) {
            return provider->data.list[0].label;
        }
    }
    return "logs";
}

/* No node takes what binds and names nothing (nodes/required.def); what is forged may be as wrong as it likes. */
static void check_items(struct reader *reader, const struct tree *root, const struct scenario_inject *inject)
{
    enum scenario_request type = scenario_request_type(inject->type);
    bool binds = type == SCENARIO_REQUEST_PRESERVE || type == SCENARIO_REQUEST_MLA ||
                 type == SCENARIO_REQUEST_EMERGENCY ||
                 (inject->type != NULL && strcmp(inject->type, "locate-provider") == 0);
    const struct tree *map = element_at(root, "injects", inject->place);
    const struct tree *letter = map == NULL ? NULL : tree_find(map, "letter");
    bool own = letter != NULL && tree_find(letter, "items") != NULL;
    bool said = map != NULL && tree_find(map, "data") != NULL && tree_find(map, "data")->count != 0;
    if (!binds || inject->data.count != 0 || said || own || inject->forged != SCENARIO_FORGERY_NONE) {
        return;
    }
    struct scenario_place place = key_place(root, "injects", inject->place, "type");
    if (takes_items(inject->type)) {
        mistake_at(reader->r->mistakes, place,
                   N_("\"%s\" names no data, and no node takes %s without; write such as data: [%s]"),
                   inject->id, inject->type,
                   label_in(reader->s, inject->to == NULL ? NULL : inject->to->state));
    } else {
        mistake_at(reader->r->mistakes, place,
                   N_("\"%s\" does not say what it is about, and no node takes %s without; write such as "
                      "letter: {items: [{measure: ..., description: ...}]}"),
                   inject->id, inject->type);
    }
}

static void check_request(struct reader *reader, const struct scenario_inject *inject)
{
    if (inject->from != NULL && inject->from == inject->to) {
        mistake_at(reader->r->mistakes, inject->place, N_("%s writes to itself; send it to another party"),
                   inject->from->address);
    }
    if (inject->type != NULL && inject->data.count > 0 && !takes_items(inject->type)) {
        mistake_at(reader->r->mistakes, inject->place,
                   N_("a %s asks for no data; leave data out, and ask for them by a preservation beside it"),
                   inject->type);
    }
}

/* What `of` names has to be a request: nothing else begins a case. */
static void check_case(struct reader *reader, const struct scenario_inject *of, enum scenario_event event,
                       struct scenario_place place)
{
    bool own = event == SCENARIO_EVENT_RELEASED || event == SCENARIO_EVENT_RECEIVED;
    if (of != NULL && !own && of->kind != SCENARIO_INJECT_NONE && of->kind != SCENARIO_INJECT_REQUEST &&
        of->carries != SCENARIO_CARRIES_REQUEST) {
        mistake_at(reader->r->mistakes, place,
                   N_("\"%s\" begins no case, so that nothing of it is ever \"%s\"; name a request"), of->id,
                   scenario_event_word(event));
    }
}

/* Who brings a request, its written form or a request for assistance says by `of` which. */
static void check_carries(struct reader *reader, const struct scenario_inject *inject)
{
    bool nothing = inject->carries == SCENARIO_CARRIES_UNSAID || inject->carries == SCENARIO_CARRIES_NOTHING;
    bool outside = inject->kind == SCENARIO_INJECT_PHONE || inject->kind == SCENARIO_INJECT_MAIL ||
                   inject->kind == SCENARIO_INJECT_PAPER || inject->kind == SCENARIO_INJECT_COURIER;
    if (outside && !nothing && (inject->of == NULL || inject->of->kind != SCENARIO_INJECT_REQUEST)) {
        mistake_at(
            reader->r->mistakes, inject->place,
            N_("\"%s\" carries %s, and `of` does not say of which request; write such as of: accounts"),
            inject->id, scenario_carries_word(inject->carries));
    }
}

static void check_injects(struct reader *reader, const struct tree *root)
{
    const struct scenario *s = reader->s;
    for (size_t i = 0; i < s->injects.count; i++) {
        const struct scenario_inject *inject = &s->injects.list[i];
        if (inject->id == NULL) {
            continue;
        }
        check_circle(reader, inject);
        check_request(reader, inject);
        check_items(reader, root, inject);
        check_carries(reader, inject);
        check_case(reader, inject->after.of, inject->after.event, inject->place);
    }
    for (size_t i = 0; i < s->faults.count; i++) {
        const struct scenario_fault *fault = &s->faults.list[i];
        check_case(reader, fault->after.of, fault->after.event, fault->place);
    }
    for (size_t i = 0; i < s->expect.count; i++) {
        check_case(reader, s->expect.list[i].of, s->expect.list[i].what, s->expect.list[i].place);
    }
}

/* --- load --- */

static void check_whole(struct reader *reader, struct scenario_place place, uint64_t sum, const char *what)
{
    if (sum != SCENARIO_MILLION) {
        mistake_at(reader->r->mistakes, place, N_("%s make %llu.%02llu %% together; make them 100 %%"), what,
                   (unsigned long long)(sum / 10000), (unsigned long long)(sum % 10000 / 100));
    }
}

static void check_shares(struct reader *reader, const struct scenario_load_share *list, size_t count,
                         const char *what)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += list[i].share;
    }
    if (count > 0) {
        check_whole(reader, list[0].place, sum, what);
    }
}

/* What was misspelt has been said; without its name too few States would seem to have a desk. */
static void check_seats(struct reader *reader, const struct tree *root)
{
    const struct scenario *s = reader->s;
    const struct scenario_load_seats *seats = &s->load.seats;
    uint64_t hosts = 0;
    for (size_t i = 0; i < s->states.count; i++) {
        hosts += scenario_may_host(&s->load, &s->states.list[i]) ? 1 : 0;
    }
    if (reader->r->mistakes->count == 0 && seats->desks.count > 0 && hosts < seats->states) {
        mistake_at(reader->r->mistakes, tree_find(tree_find(root, "load"), "seats")->place,
                   N_("load: seats: states is %llu, and %llu of the States have one of its desks; write a "
                      "smaller number, or name "
                      "more desks"),
                   (unsigned long long)seats->states, (unsigned long long)hosts);
    }
}

static void check_load(struct reader *reader, struct scenario_place place)
{
    const struct scenario_load *load = &reader->s->load;
    if (!load->given) {
        return;
    }
    const struct scenario_load_kinds *k = &load->kinds;
    check_whole(reader, place, (uint64_t)k->hold + k->assistance + k->question + k->emergency + k->other,
                "load: kinds");
    check_shares(reader, load->desks.list, load->desks.count, "load: desks");
    check_shares(reader, load->custodians.list, load->custodians.count, "load: custodians");
    check_shares(reader, load->retention.list, load->retention.count, "load: retention");
    for (size_t i = 0; i < load->seasons.count; i++) {
        if (load->seasons.list[i].until < load->seasons.list[i].from) {
            mistake_at(reader->r->mistakes, load->seasons.list[i].place,
                       N_("this season ends before it begins; put its days in order"));
        }
    }
}

void check_rules(struct reader *reader, const struct tree *root)
{
    const struct tree *load = tree_find(root, "load");
    check_years(reader, root);
    check_jumps(reader);
    check_states(reader);
    check_desks(reader);
    check_injects(reader, root);
    check_expectations(reader, root);
    check_load(reader, load == NULL ? root->place : load->place);
    check_units(reader);
    check_seats(reader, root);
}
