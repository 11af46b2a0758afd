/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/record/read_node.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/text.h"
#include "nodes/letter_parts.h"
#include "nodes/metrics.h"
#include "nodes/signed_letter.h"
#include "proto/wire.h"

#define CASE_BYTES_MAX ((size_t)64 << 20)
#define PAGES_MAX      100000

struct reading {
    struct drill_record *record;
    struct record_read *read;
    struct arena *arena; /* of one case */
};

static bool trouble(struct reading *r, const char *what, const char *where)
{
    if (r->read->trouble[0] == '\0') {
        char *text = arena_format(r->record->arena, "%s: %s", where, what);
        r->read->trouble = text == NULL ? what : text;
    }
    return false;
}

/* --- JSON, which anybody may have written --- */

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

static uint64_t number_of(const json_t *json, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(json, name));
    return number < 0 ? 0 : (uint64_t)number;
}

static uint64_t ms_of(const json_t *json, const char *name)
{
    struct instant at = {.ms = 0};
    bool good = instant_read(bytes_of_text(text_of(json, name)), &at) == INSTANT_OK && at.ms > 0;
    return good ? (uint64_t)at.ms : 0;
}

static bool id_of(const json_t *json, const char *name, uint8_t *ret, size_t size)
{
    const char *text = text_of(json, name);
    return hex_read(ret, size, bytes_of_text(text));
}

/* data NULL: it is none. */
static struct bytes base64_of(struct reading *r, const json_t *json, const char *name)
{
    const char *text = text_of(json, name);
    size_t size = 0, max = strlen(text);
    uint8_t *data = max == 0 || max > RECORD_LETTER_MAX ? NULL : arena_take(r->arena, max);
    return data != NULL && base64_read(data, max, &size, bytes_of_text(text)) ? bytes_of(data, size)
                                                                              : bytes_of(NULL, 0);
}

static enum record_class class_of(const char *letter)
{
    return strcmp(letter, "E") == 0   ? RECORD_EMERGENCY
           : strcmp(letter, "U") == 0 ? RECORD_URGENT
           : strcmp(letter, "R") == 0 ? RECORD_ROUTINE
                                      : RECORD_NO_CLASS;
}

/* --- letters --- */

static uint64_t declared(const Comity__Instant *instant)
{
    struct instant at = instant_of(instant);
    return at.ms > 0 ? (uint64_t)at.ms : 0;
}

static void read_declared(const Comity__Letter *letter, enum letter_kind kind, struct record_letter *ret)
{
    const char *zone = NULL;
    struct instant until = letter_hold_until(letter, &zone);
    ret->hold_until_ms = until.ms > 0 ? (uint64_t)until.ms : 0;
    if (kind == LETTER_HELD) {
        ret->held_from_ms = declared(letter->held->held_from);
    } else if (kind == LETTER_MLA_RECEIVED) {
        ret->received_ms = declared(letter->mla_received->received_at);
    } else if (kind == LETTER_ORAL_NOTED) {
        ret->called_ms = declared(letter->oral_noted->called_at);
        ret->called_back_ms = declared(letter->oral_noted->called_back_at);
    }
}

static const char *why_of(const Comity__Letter *letter, enum letter_kind kind)
{
    const ProtobufCEnumValue *value = NULL;
    if (kind == LETTER_REFUSED) {
        value = protobuf_c_enum_descriptor_get_value(&comity__refused__ground__descriptor,
                                                     (int)letter->refused->ground);
    } else if (kind == LETTER_NOT_HELD) {
        value = protobuf_c_enum_descriptor_get_value(&comity__not_held__cause__descriptor,
                                                     (int)letter->not_held->cause);
    }
    return value != NULL ? value->name : why_name(letter_why(letter));
}

static uint64_t items_of(const Comity__Letter *letter)
{
    struct targets targets;
    uint64_t items = 0;
    letter_targets(letter, CASE_ITEMS_MAX, &targets);
    for (unsigned n = 1; n <= CASE_ITEMS_MAX; n++) {
        items |= targets.named[n] ? UINT64_C(1) << (n - 1) : 0;
    }
    return targets.all ? 0 : items;
}

void record_letter_says(const Comity__Letter *letter, struct record_letter *ret)
{
    enum letter_kind kind = letter_kind(letter);
    ret->kind = (uint32_t)kind;
    ret->word = letter_name((uint32_t)kind);
    ret->why = why_of(letter, kind);
    ret->items = items_of(letter);
    read_declared(letter, kind, ret);
}

/* From one party of the case to the other. */
static bool is_between(const struct drill_record *record, const struct record_case *it,
                       const Comity__Context *context)
{
    size_t from = record_find_party(record, context->from), to = record_find_party(record, context->to);
    return (from == it->q && to == it->r) || (from == it->r && to == it->q);
}

/* The author of each letter, by the addresses of the case; and its own bytes must say what is said of it. */
static bool read_letter(struct reading *r, size_t of_case, const json_t *json)
{
    const struct record_head *head = &r->record->head;
    const struct record_case *it = record_case(r->record, of_case);
    Comity__Letter *letter = NULL;
    Comity__Context *context = NULL;
    uint8_t id[32];
    struct bytes letter_bytes = base64_of(r, json, "letter"), context_bytes = base64_of(r, json, "context");
    if (letter_bytes.data == NULL || context_bytes.data == NULL || !id_of(json, "id", id, sizeof id) ||
        letter_unpack(letter_bytes, r->arena, &letter, NULL) != WIRE_OK ||
        context_unpack(context_bytes, r->arena, &context, NULL) != WIRE_OK) {
        return trouble(r, "a letter that cannot be read", text_of(json, "id"));
    }
    const struct letter_id own_id = letter_id_of(context_bytes, letter_bytes);
    if (!bytes_equal(digest_bytes(&own_id.digest), bytes_of(id, sizeof id)) ||
        !bytes_equal(wire_bytes(context->case_id), bytes_of(it->id, sizeof it->id)) ||
        !is_between(r->record, it, context)) {
        return trouble(r, "a letter that is not what it is said to be", text_of(json, "id"));
    }
    if (head->has_exercise &&
        !bytes_equal(wire_bytes(context->exercise), bytes_of(head->exercise, sizeof head->exercise))) {
        return trouble(r, "a letter of another exercise", text_of(json, "id"));
    }
    struct record_letter row = {.of_case = of_case,
                                .side = record_find_party(r->record, context->from) == it->q ? RECORD_Q
                                                                                             : RECORD_R,
                                .seq = context->case_seq};
    record_letter_says(letter, &row);
    row.human = json_array_size(json_object_get(json, "signatures")) != 0;
    row.without_effect = strcmp(text_of(json, "place"), "IN_EFFECT") != 0;
    row.sealed_ms = context->signed_ms;
    row.accepted_ms = ms_of(json, "accepted");
    row.delivered_ms = ms_of(json, "delivered");
    row.opened_ms = ms_of(json, "opened");
    row.roster = context->roster;
    row.seen = wire_bytes(context->seen);
    row.id = bytes_of(id, sizeof id);
    row.letter = letter_bytes;
    (void)record_add_letter(r->record, &row);
    r->read->letters++;
    const Comity__Request *request = letter_request(letter);
    if (request != NULL && request->necessity != NULL &&
        r->record->cases.list[of_case - 1].urgency == RECORD_NO_CLASS) {
        r->record->cases.list[of_case - 1].urgency = (enum record_class)request->necessity->urgency;
    }
    return true;
}

/* A node keeps the cases of every exercise that it was in. */
static bool is_of_exercise(const struct drill_record *record, const json_t *exported)
{
    uint8_t id[sizeof record->head.exercise];
    return !record->head.has_exercise ||
           (id_of(exported, "exercise", id, sizeof id) && memcmp(id, record->head.exercise, sizeof id) == 0);
}

static bool read_case(struct reading *r, const json_t *json, const struct record_case *known)
{
    struct record_case row = *known;
    const char *name = text_of(json, "case");
    row.q = record_find_party(r->record, text_of(json, "from"));
    row.r = record_find_party(r->record, text_of(json, "to"));
    row.reference = text_of(json, "reference");
    row.machine = text_of(json, "kind");
    row.state = text_of(json, "state");
    if (strcmp(text_of(json, "format"), "comity-case-1") != 0 ||
        !id_of(json, "case", row.id, sizeof row.id) || row.q == 0 || row.r == 0) {
        return trouble(r, "not a case of these parties", name);
    }
    size_t number = record_add_case(r->record, &row);
    size_t at = 0;
    json_t *letter = NULL;
    bool good = true;
    json_array_foreach(json_object_get(json, "letters"), at, letter)
    {
        good = read_letter(r, number, letter) && good;
    }
    r->read->cases++;
    return good;
}

bool record_read_case(struct drill_record *record, const json_t *exported, struct record_read *ret)
{
    struct reading r = {.record = record, .read = ret, .arena = arena_new(CASE_BYTES_MAX)};
    ret->trouble = ret->trouble == NULL ? "" : ret->trouble;
    const struct record_case known = {.inject = 0};
    bool good = r.arena != NULL && read_case(&r, exported, &known);
    ret->skipped += !good;
    arena_free(r.arena);
    return good;
}

/* --- a node --- */

/* It ended at both, and what one of them shows of it the other shows, too. */
static bool is_whole(const struct drill_record *record, const uint8_t id[16], const char *state)
{
    const struct record_case *it = record_case(record, record_find_case(record, id));
    return it != NULL && it->state != NULL && strcmp(it->state, "CLOSED") == 0 &&
           strcmp(state, "CLOSED") == 0;
}

struct from {
    struct reading *reading;
    const struct record_source *source;
};

static void read_line(void *context, const json_t *line)
{
    const struct from *from = context;
    struct reading *r = from->reading;
    const struct record_source *source = from->source;
    const struct record_head *head = &r->record->head;
    struct record_case known = {.urgency = class_of(text_of(line, "class")),
                                .has_exercise = head->has_exercise};
    const char *id = text_of(line, "case");
    unsigned status = 0;
    memcpy(known.exercise, head->exercise, sizeof known.exercise);
    if (!hex_read(known.id, sizeof known.id, bytes_of_text(id)) ||
        is_whole(r->record, known.id, text_of(line, "state"))) {
        return;
    }
    json_t *exported = source->ask(source->context, "EXPORT", id, "", &status);
    arena_reset(r->arena);
    if (exported == NULL) {
        (void)trouble(r, "the node does not give this case", id);
    }
    bool other = exported != NULL && !is_of_exercise(r->record, exported);
    r->read->skipped += !(other || (exported != NULL && read_case(r, exported, &known)));
    json_decref(exported);
}

const char *record_each_line(const struct record_source *source, const char *which, const char *list,
                             record_line *each, void *context)
{
    char query[200];
    (void)snprintf(query, sizeof query, "%s", which);
    for (size_t page = 0; page < PAGES_MAX; page++) {
        unsigned status = 0;
        size_t at = 0;
        json_t *line = NULL;
        json_t *inbox = source->ask(source->context, "INBOX", "", query, &status);
        if (inbox == NULL) {
            return "the node does not show its cases";
        }
        json_array_foreach(json_object_get(inbox, list), at, line)
        {
            each(context, line);
        }
        const char *more = text_of(inbox, "more");
        bool last = more[0] == '\0';
        int written = snprintf(query, sizeof query, "%s%safter=%s", which, which[0] == '\0' ? "" : "&", more);
        json_decref(inbox);
        if (last) {
            return NULL;
        }
        if (written < 0 || (size_t)written >= sizeof query) {
            return "a page that nobody can ask for";
        }
    }
    return "pages without end";
}

static bool read_inbox(struct reading *r, const struct record_source *source)
{
    struct from from = {.reading = r, .source = source};
    const char *why = record_each_line(source, "all=1", r->record->head.has_exercise ? "exercises" : "cases",
                                       read_line, &from);
    return why == NULL || trouble(r, why, "INBOX");
}

static uint32_t part_of(const struct metric_rule *rule, const char *word)
{
    for (uint32_t part = 1; word[0] != '\0' && part < 64; part++) {
        if (strcmp(metric_part_word(rule, part), word) == 0) {
            return part;
        }
    }
    return 0;
}

static void read_spans(struct reading *r, size_t party, const struct record_source *source,
                       const struct metric_rule *rule)
{
    static const char *const outcomes[] = {"", "done", "open", "left", "missed"};
    char query[80];
    unsigned status = 0;
    size_t at = 0;
    json_t *span = NULL;
    (void)snprintf(query, sizeof query, "spans=%s%s", rule->word,
                   r->record->head.has_exercise ? "&exercise=1" : "");
    json_t *stats = source->ask(source->context, "STATS", "", query, &status);
    json_array_foreach(json_object_get(stats, "spans"), at, span)
    {
        uint8_t id[16];
        struct record_span row = {.party = party,
                                  .metric = (uint32_t)rule->metric,
                                  .part = part_of(rule, text_of(span, "part")),
                                  .item = (uint32_t)number_of(span, "item"),
                                  .urgency = class_of(text_of(span, "class")),
                                  .ours = strcmp(text_of(span, "whose"), "ours") == 0,
                                  .start_ms = ms_of(span, "start"),
                                  .stop_ms = ms_of(span, "stop"),
                                  .due_ms = ms_of(span, "due")};
        for (uint32_t i = 1; i < sizeof outcomes / sizeof outcomes[0]; i++) {
            row.outcome = strcmp(text_of(span, "outcome"), outcomes[i]) == 0 ? i : row.outcome;
        }
        row.of_case = id_of(span, "case", id, sizeof id) ? record_find_case(r->record, id) : 0;
        if (row.of_case != 0 && row.outcome != 0) {
            (void)record_add_span(r->record, &row);
        }
    }
    json_decref(stats);
}

static void read_alarm(struct reading *r, size_t party, const json_t *alarm)
{
    uint8_t id[16];
    char detail[120];
    bool exercise = json_is_true(json_object_get(alarm, "exercise"));
    size_t of_case = id_of(alarm, "case", id, sizeof id) ? record_find_case(r->record, id) : 0;
    (void)snprintf(detail, sizeof detail, "%s, to %s", text_of(alarm, "what"), text_of(alarm, "to"));
    if (of_case != 0 && exercise == r->record->head.has_exercise) {
        (void)record_add_act(r->record, &(struct record_act){.at_ms = ms_of(alarm, "raised"),
                                                             .what = "alarm",
                                                             .party = party,
                                                             .of_case = of_case,
                                                             .item = (uint32_t)number_of(alarm, "item"),
                                                             .detail = detail});
    }
}

/* Dates that came near or passed, as the node told its people. */
static void read_alarms(struct reading *r, size_t party, const struct record_source *source)
{
    char query[64] = "all=1";
    json_int_t more = 0;
    for (size_t page = 0; page < PAGES_MAX && (page == 0 || more != 0); page++) {
        unsigned status = 0;
        size_t at = 0;
        json_t *alarm = NULL;
        json_t *alarms = source->ask(source->context, "ALARMS", "", query, &status);
        json_array_foreach(json_object_get(alarms, "alarms"), at, alarm)
        {
            read_alarm(r, party, alarm);
        }
        more = json_integer_value(json_object_get(alarms, "more"));
        json_decref(alarms);
        (void)snprintf(query, sizeof query, "all=1&after=%lld", (long long)more);
    }
}

bool record_read_node(struct drill_record *record, size_t party, const struct record_source *source,
                      struct record_read *ret)
{
    static const enum metric own[] = {METRIC_ESCALATION, METRIC_RENEWED, METRIC_ORDER_RUNS};
    *ret = (struct record_read){.trouble = ""};
    struct reading r = {.record = record, .read = ret, .arena = arena_new(CASE_BYTES_MAX)};
    bool good = r.arena != NULL && read_inbox(&r, source);
    for (size_t i = 0; good && i < sizeof own / sizeof own[0]; i++) {
        read_spans(&r, party, source, metric_rule(own[i]));
    }
    if (good) {
        read_alarms(&r, party, source);
    }
    arena_free(r.arena);
    return good;
}
