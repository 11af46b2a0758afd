/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: what every kind has in common, then what its type asks for (nodes/required.def, nodes/fields.def). */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/actors/writing.h"
#include "nodes/request_kinds.h"

#define HOLD_DAYS   90
#define PING_ANSWER (48 * MS_PER_HOUR)

static const char *phone_of(const struct scenario_unit *unit)
{
    return unit->phone == NULL ? "+99 000 0000" : unit->phone;
}

static void put(json_t *onto, const char *name, json_t *value)
{
    ensure(value != NULL && json_object_set_new(onto, name, value) == 0);
}

static const char *urgency_word(enum scenario_class urgency)
{
    return urgency == SCENARIO_EMERGENCY ? "EMERGENCY" : urgency == SCENARIO_URGENT ? "URGENT" : "ROUTINE";
}

static json_t *authority(const struct writer *writer)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "organisation", writer->unit->state->name, "officer",
                     "The officer on duty", "phone", phone_of(writer->unit), "email", "duty@desk.example",
                     "hours", "as published", "zone", writer->unit->state->zone.name);
}

static json_t *necessity(enum scenario_class urgency)
{
    const char *reason = urgency == SCENARIO_EMERGENCY ? "THREAT_TO_LIFE"
                         : urgency == SCENARIO_URGENT  ? "DATA_VOLATILE"
                                                       : "OTHER_REASON";
    return json_pack("{s:s, s:[s], s:s}", "urgency", urgency_word(urgency), "reasons", reason, "text",
                     "As the scenario has it.");
}

static json_t *offence(void)
{
    return json_pack("{s:[s, s], s:s, s:i}", "codes", "ILLEGAL_ACCESS", "THEFT_FRAUD", "provision",
                     "Penal Code s. 290", "maxYears", 12);
}

/* The language both sides read; else the first of the writer's. Assistance is translated where the other State wants that. */
static const char *language(const struct writer *writer, const struct scenario_state *other, bool assistance)
{
    if (assistance && other->terms.translate.count != 0) {
        return other->terms.translate.list[0];
    }
    const struct scenario_state *own = writer->unit->state;
    for (size_t i = 0; i < own->languages.count; i++) {
        for (size_t k = 0; k < other->languages.count; k++) {
            if (strcmp(own->languages.list[i], other->languages.list[k]) == 0) {
                return own->languages.list[i];
            }
        }
    }
    return own->languages.count == 0 ? "en" : own->languages.list[0];
}

static json_t *item(const struct writer *writer, const struct scenario_data *data, bool dates)
{
    uint64_t to_ms = data->to_ms == 0 ? writer->now_ms : data->to_ms;
    uint64_t from_ms = data->from_ms == 0 ? to_ms - 30 * MS_PER_DAY : data->from_ms;
    json_t *json = json_pack(
        "{s:s, s:s, s:[{s:s, s:s}], s:{s:o, s:o}, s:s, s:s}", "category", scenario_data_word(data->kind),
        "description", data->text == NULL ? data->label : data->text, "identifiers", "kind",
        scenario_identifier_word(data->identifier.kind), "value", data->identifier.value, "period", "from",
        write_moment(writer, from_ms), "to", write_moment(writer, to_ms), "custodian", data->provider->name,
        "link", "The traces of the offence lead there.");
    ensure(json != NULL);
    if (dates && data->until_ms > writer->now_ms) {
        put(json, "dataDies", write_moment(writer, data->until_ms));
    }
    return json;
}

static json_t *items(const struct writer *writer, const struct scenario_inject *inject, bool dates)
{
    json_t *list = json_array();
    for (size_t i = 0; i < inject->data.count; i++) {
        ensure(json_array_append_new(list, item(writer, inject->data.list[i], dates)) == 0);
    }
    return list;
}

static void put_measures(json_t *list, const char *measure)
{
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(list, i, entry)
    {
        put(entry, "measure", json_string(measure));
    }
}

/* What binds the requested side: whom to call back, on which basis, for what. */
static void put_binding(json_t *request, const struct writer *writer, const char *facts)
{
    put(request, "confirmation",
        json_pack("{s:s, s:s, s:s}", "name", "The head of the unit", "function", "head of unit", "phone",
                  phone_of(writer->unit)));
    put(request, "basis", json_pack("{s:s}", "instrument", "UN_CYBERCRIME"));
    put(request, "facts", json_string(facts));
    put(request, "purpose", json_string("These proceedings only"));
}

/* What a kind of request asks for: facts are the words of the scenario. */
struct asking {
    json_t *request;
    const struct writer *writer;
    const struct scenario_inject *inject;
    const struct request_kind *kind;
    const char *facts;
};

static void put_hold(const struct asking *a)
{
    uint64_t days = a->inject->hold_days == 0 ? HOLD_DAYS : a->inject->hold_days;
    put_binding(a->request, a->writer, a->facts);
    put(a->request, "offence", offence());
    put(a->request, "items", items(a->writer, a->inject, true));
    put(a->request, "holdDays", json_integer((json_int_t)days));
    put(a->request, "mla", json_pack("{s:b}", "intended", a->inject->mla));
}

static void put_mla(const struct asking *a)
{
    json_t *list = items(a->writer, a->inject, false);
    put_binding(a->request, a->writer, a->facts);
    put(a->request, "offence", offence());
    put_measures(list, a->kind->value);
    put(a->request, "items", list);
    put(a->request, "proceedings", json_string("Investigation of the prosecutor, pre-trial"));
    put(a->request, "assistance", json_pack("{s:s}", "object", a->facts));
}

static void put_enquiry(const struct asking *a)
{
    put(a->request, "enquiry", json_pack("{s:s, s:s}", "topic", a->kind->value, "text", a->facts));
    if (a->inject->data.count != 0) {
        put(a->request, "items", items(a->writer, a->inject, false));
    }
}

static void put_offer(const struct asking *a)
{
    put(a->request, "offer", json_pack("{s:s}", "text", a->facts));
}

static void put_emergency(const struct asking *a)
{
    put_binding(a->request, a->writer, a->facts);
    put(a->request, "items", items(a->writer, a->inject, true));
    put(a->request, "emergency",
        json_pack("{s:s, s:s, s:s}", "who", "A person whose life is at risk", "howKnown", a->facts,
                  "callBack", phone_of(a->writer->unit)));
}

static void put_ping(const struct asking *a)
{
    put(a->request, "ping",
        json_pack("{s:o}", "by", write_moment(a->writer, a->writer->now_ms + PING_ANSWER)));
}

static const struct {
    Comity__Request__Type type;
    void (*put)(const struct asking *);
} askings[] = {
    {COMITY__REQUEST__TYPE__PRESERVE, put_hold},       {COMITY__REQUEST__TYPE__MLA, put_mla},
    {COMITY__REQUEST__TYPE__ENQUIRY, put_enquiry},     {COMITY__REQUEST__TYPE__SPONTANEOUS, put_offer},
    {COMITY__REQUEST__TYPE__EMERGENCY, put_emergency}, {COMITY__REQUEST__TYPE__PING, put_ping},
};

/* What stands there where a State insists on a field and the scenario says nothing of it. */
static json_t *something(const char *field)
{
    return strcmp(field, "port") == 0 ? json_integer(443) : json_string("as far as it is known");
}

/* Only an address has a port. */
static bool may_have(const json_t *object, const char *field)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    return strcmp(field, "port") != 0 || (kind != NULL && strcmp(kind, "IP_ADDRESS") == 0);
}

/* Fills in the field at the end of a path such as items.identifiers.port, in each element of lists on the way. Depth: that of the path. */
static void fill_in(json_t *at, const char *path)
{
    const char *dot = strchr(path, '.');
    char name[64];
    size_t i = 0;
    json_t *element = NULL;
    if (json_is_array(at)) {
        json_array_foreach(at, i, element)
        {
            fill_in(element, path);
        }
        return;
    }
    (void)snprintf(name, sizeof name, "%.*s", dot == NULL ? (int)strlen(path) : (int)(dot - path), path);
    if (dot != NULL) {
        fill_in(json_object_get(at, name), dot + 1);
    } else if (json_is_object(at) && json_object_get(at, name) == NULL && may_have(at, name)) {
        put(at, name, something(name));
    }
}

json_t *write_request(const struct writer *writer, const struct scenario *scenario,
                      const struct scenario_inject *inject)
{
    const struct request_kind *kind = request_kind_find(inject->type);
    const char *facts = inject->text != NULL ? inject->text : scenario->summary;
    const bool ping = kind != NULL && kind->type == COMITY__REQUEST__TYPE__PING;
    ensure(kind != NULL); /* the reader looked it up */
    facts = facts == NULL ? scenario->title : facts;
    json_t *request = json_pack("{s:s, s:s}", "type", kind->type_word, "reference", writer->reference);
    ensure(request != NULL);
    if (!ping) {
        put(request, "authority", authority(writer));
        put(request, "tlp", json_string("AMBER"));
        put(request, "language",
            json_string(language(writer, inject->to->state, kind->type == COMITY__REQUEST__TYPE__MLA)));
        if (kind->type != COMITY__REQUEST__TYPE__SPONTANEOUS) {
            put(request, "necessity", necessity(inject->urgency));
        }
    }
    const struct asking asking = {
        .request = request, .writer = writer, .inject = inject, .kind = kind, .facts = facts};
    for (size_t i = 0; i < sizeof askings / sizeof askings[0]; i++) {
        if (askings[i].type == kind->type) {
            askings[i].put(&asking);
        }
    }
    for (size_t i = 0; i < inject->to->state->terms.insists.count; i++) {
        fill_in(request, inject->to->state->terms.insists.list[i]);
    }
    if (inject->letter != NULL) {
        json_t *over = json_loads(inject->letter, 0, NULL);
        write_over(request, over);
        json_decref(over);
    }
    json_t *letter = json_pack("{s:o}", "request", request);
    ensure(letter != NULL);
    return letter;
}

json_t *write_oral(const struct writer *writer, const struct scenario *scenario,
                   const struct scenario_inject *inject, const char *request_reference, const char *said)
{
    const struct writer caller = {
        .unit = inject->from, .now_ms = writer->now_ms, .reference = request_reference};
    json_t *written = write_request(&caller, scenario, inject);
    json_t *body = json_pack(
        "{s:O, s:o, s:s, s:s, s:o, s:o, s:s, s:s}", "request", json_object_get(written, "request"),
        "calledAt", write_moment(writer, writer->now_ms), "caller", "The officer on duty", "numberCalledBack",
        phone_of(inject->from), "calledBackAt", write_moment(writer, writer->now_ms), "writtenBy",
        write_moment(writer, writer->now_ms + MS_PER_DAY), "said", said, "reference", writer->reference);
    json_decref(written);
    json_t *letter = json_pack("{s:o}", "oralNoted", body);
    ensure(body != NULL && letter != NULL);
    return letter;
}

static json_t *held_numbers(const json_t *view)
{
    json_t *list = json_array();
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(view, "items"), i, entry)
    {
        const char *state = json_string_value(json_object_get(entry, "state"));
        if (state != NULL && strncmp(state, "HELD", 4) == 0) {
            ensure(json_array_append(list, json_object_get(entry, "number")) == 0);
        }
    }
    return list;
}

/* What was asked for in a hold, as assistance asks for it. */
static void add_items(json_t *list, const json_t *hold)
{
    size_t i = 0;
    json_t *asked = NULL;
    json_array_foreach(json_object_get(hold, "items"), i, asked)
    {
        json_t *copy = json_deep_copy(asked);
        put(copy, "measure", json_string("ACCESS_STORED_DATA"));
        (void)json_object_del(copy, "dataDies");
        ensure(json_array_append_new(list, copy) == 0);
    }
}

static json_t *hold_named(const json_t *view, json_t *numbers)
{
    const char *theirs = json_string_value(json_object_get(view, "their_reference"));
    return json_pack("{s:s, s:s, s:o}", "party", json_string_value(json_object_get(view, "to")), "reference",
                     theirs == NULL || theirs[0] == '\0' ? "unknown" : theirs, "items", numbers);
}

bool write_along(json_t *assistance, const json_t *view)
{
    json_t *request = json_object_get(assistance, "request"), *numbers = held_numbers(view);
    json_t *holds = json_object_get(json_object_get(request, "assistance"), "holds");
    if (json_array_size(numbers) == 0) {
        json_decref(numbers);
        return false;
    }
    add_items(json_object_get(request, "items"), json_object_get(view, "request"));
    ensure(json_array_append_new(holds, hold_named(view, numbers)) == 0);
    return true;
}

json_t *write_assistance(const struct writer *writer, const struct scenario_state *to, const json_t *view)
{
    const json_t *hold = json_object_get(view, "request");
    json_t *request = json_pack("{s:s, s:s}", "type", "MLA", "reference", writer->reference);
    json_t *numbers = held_numbers(view), *list = json_array();
    ensure(request != NULL);
    add_items(list, hold);
    put(request, "authority", authority(writer));
    put_binding(request, writer, json_string_value(json_object_get(hold, "facts")));
    put(request, "offence", json_deep_copy(json_object_get(hold, "offence")));
    put(request, "necessity", necessity(SCENARIO_ROUTINE));
    put(request, "tlp", json_string("AMBER"));
    put(request, "language", json_string(language(writer, to, true)));
    put(request, "items", list);
    put(request, "proceedings", json_string("Investigation of the prosecutor, pre-trial"));
    put(request, "assistance",
        json_pack("{s:s, s:[o]}", "object", "Disclosure of the data that are held.", "holds",
                  hold_named(view, numbers)));
    json_t *letter = json_pack("{s:o}", "request", request);
    ensure(letter != NULL);
    return letter;
}
