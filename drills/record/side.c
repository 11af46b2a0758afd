/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/record/side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "keys/sign.h"

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

/* Takes the reference. */
static void put(json_t *json, const char *name, json_t *value)
{
    ensure(value != NULL && json_object_set_new(json, name, value) == 0);
}

static json_t *hex_json(const uint8_t *bytes, size_t size)
{
    char text[65];
    return json_string(hex_write(text, bytes_of(bytes, size)));
}

/* Keys in one order, and no spaces: one text for one content. */
static char *text_new(const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    ensure(text != NULL);
    return text;
}

/* Of all but the member "hash". */
static void hash_of(const json_t *json, uint8_t ret[32])
{
    json_t *rest = json_copy((json_t *)json);
    ensure(rest != NULL);
    (void)json_object_del(rest, "hash");
    char *text = text_new(rest);
    const struct bytes part = bytes_of_text(text);
    const struct digest hash = labelled_digest("comity/v1/side", &part, 1);
    memcpy(ret, hash.bytes, sizeof hash.bytes);
    free(text);
    json_decref(rest);
}

/* --- writing --- */

void side_begin(struct side_taking *taking, const struct record_source *node, const uint8_t exercise[16])
{
    *taking = (struct side_taking){.node = node,
                                   .inbox = json_array(),
                                   .cases = json_object(),
                                   .spans = json_object(),
                                   .alarms = json_array()};
    (void)hex_write(taking->exercise, bytes_of(exercise, 16));
}

static void extend(json_t *list, const json_t *more)
{
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(more, i, one)
    {
        ensure(json_array_append(list, one) == 0);
    }
}

static json_t *take(void *context, const char *verb, const char *target, const char *query,
                    unsigned *ret_status)
{
    struct side_taking *taking = context;
    json_t *answer = taking->node->ask(taking->node->context, verb, target, query, ret_status);
    if (answer == NULL) {
        return NULL;
    }
    if (strcmp(verb, "INBOX") == 0) {
        extend(taking->inbox, json_object_get(answer, "exercises"));
    } else if (strcmp(verb, "ALARMS") == 0) {
        extend(taking->alarms, json_object_get(answer, "alarms"));
    } else if (strcmp(verb, "STATS") == 0) {
        json_t *spans = json_array();
        extend(spans, json_object_get(answer, "spans"));
        put(taking->spans, query, spans);
    } else if (strcmp(text_of(answer, "exercise"), taking->exercise) == 0) {
        put(taking->cases, target, json_incref(answer));
    }
    return answer;
}

struct record_source side_taking_source(struct side_taking *taking)
{
    return (struct record_source){.context = taking, .ask = take};
}

/* Takes out what is about no case of the exercise: real ones are nobody's business there. */
static void keep_own(json_t *list, const json_t *cases)
{
    for (size_t i = json_array_size(list); i > 0; i--) {
        if (json_object_get(cases, text_of(json_array_get(list, i - 1), "case")) == NULL) {
            (void)json_array_remove(list, i - 1);
        }
    }
}

/* What a line of the journal says of the exercise: not which real case suspended it, nor a note's real case. */
static json_t *journal_line(const json_t *entry, const json_t *cases)
{
    static const char *const members[] = {"at", "what", "inject", "text", "by", "noted", "corrects", "why"};
    json_t *line = json_object();
    ensure(line != NULL);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *value = json_object_get(entry, members[i]);
        if (value != NULL) {
            put(line, members[i], json_incref(value));
        }
    }
    if (json_object_get(entry, "emergencies") != NULL && json_object_get(entry, "why") != NULL) {
        put(line, "why", json_string("a live emergency"));
    }
    if (json_object_get(cases, text_of(entry, "case")) != NULL) {
        put(line, "case", json_incref(json_object_get(entry, "case")));
    }
    return line;
}

char *side_end(struct side_taking *taking, const struct side_head *head, const json_t *journal,
               uint8_t ret_hash[32])
{
    size_t i = 0;
    const char *query = NULL;
    const json_t *entry = NULL;
    json_t *spans = NULL, *lines = json_array();
    json_t *json = json_pack("{s:s, s:s, s:s, s:I}", "format", SIDE_FORMAT, "party", head->party, "build",
                             head->build == NULL ? "" : head->build, "ended", (json_int_t)head->ended_ms);
    ensure(json != NULL && lines != NULL);
    keep_own(taking->inbox, taking->cases);
    keep_own(taking->alarms, taking->cases);
    json_object_foreach(taking->spans, query, spans)
    {
        keep_own(spans, taking->cases);
    }
    json_array_foreach(journal, i, entry)
    {
        ensure(json_array_append_new(lines, journal_line(entry, taking->cases)) == 0);
    }
    put(json, "exercise", hex_json(head->exercise, sizeof head->exercise));
    put(json, "scenario_hash", hex_json(head->scenario_hash, sizeof head->scenario_hash));
    put(json, "inbox", taking->inbox);
    put(json, "cases", taking->cases);
    put(json, "spans", taking->spans);
    put(json, "alarms", taking->alarms);
    put(json, "journal", lines);
    *taking = (struct side_taking){.node = NULL};
    hash_of(json, ret_hash);
    put(json, "hash", hex_json(ret_hash, 32));
    char *text = text_new(json);
    json_decref(json);
    if (strlen(text) > SIDE_BYTES_MAX) {
        free(text);
        return NULL;
    }
    return text;
}

/* --- reading --- */

static const struct member {
    const char *name;
    json_type type;
    const char *what;
} members[] = {
    {"party", JSON_STRING, "a text"},    {"exercise", JSON_STRING, "a text"},
    {"build", JSON_STRING, "a text"},    {"scenario_hash", JSON_STRING, "a text"},
    {"hash", JSON_STRING, "a text"},     {"ended", JSON_INTEGER, "a whole number"},
    {"inbox", JSON_ARRAY, "a list"},     {"cases", JSON_OBJECT, "an object"},
    {"spans", JSON_OBJECT, "an object"}, {"alarms", JSON_ARRAY, "a list"},
    {"journal", JSON_ARRAY, "a list"},
};

static bool has_members(const json_t *json, const char *name, struct error *error)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const json_t *value = json_object_get(json, members[i].name);
        if (value == NULL) {
            error_set(error, "%s: it has no \"%s\"", name, members[i].name);
            return false;
        }
        if (json_typeof(value) != members[i].type) {
            error_set(error, "%s: its \"%s\" is not %s", name, members[i].name, members[i].what);
            return false;
        }
    }
    return true;
}

static bool is_bytes(const json_t *json, const char *member, uint8_t *ret, size_t size, const char *name,
                     struct error *error)
{
    if (!hex_read(ret, size, bytes_of_text(text_of(json, member)))) {
        error_set(error, "%s: its \"%s\" is not %zu digits of hex", name, member, 2 * size);
        return false;
    }
    return true;
}

static bool is_moment(const json_t *value)
{
    json_int_t ms = json_integer_value(value);
    return json_is_integer(value) && ms > 0 && ms <= INSTANT_MS_MAX;
}

/* Lines are in the order of time, and before its end. */
static bool has_journal(const struct side_record *side, const char *name, struct error *error)
{
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(side->journal, i, entry)
    {
        const json_t *at = json_object_get(entry, "at");
        if (!is_moment(at) || !json_is_string(json_object_get(entry, "what"))) {
            error_set(error, "%s: entry %zu of its journal has no time, or says nothing", name, i + 1);
            return false;
        }
        if ((uint64_t)json_integer_value(at) > side->head.ended_ms) {
            error_set(error, "%s: entry %zu of its journal is later than its end", name, i + 1);
            return false;
        }
    }
    return true;
}

/* Each case stands in the list once. */
static bool has_cases(const struct side_record *side, const char *name, struct error *error)
{
    size_t i = 0, known = 0;
    const json_t *line = NULL, *inbox = json_object_get(side->json, "inbox");
    const json_t *cases = json_object_get(side->json, "cases");
    json_t *seen = json_object();
    ensure(seen != NULL);
    json_array_foreach(inbox, i, line)
    {
        const char *id = text_of(line, "case");
        known += json_object_get(cases, id) != NULL && json_object_get(seen, id) == NULL;
        put(seen, id, json_true());
    }
    json_decref(seen);
    if (known != json_object_size(cases) || known != json_array_size(inbox)) {
        error_set(error, "%s: the cases that it lists are not those that it shows", name);
        return false;
    }
    return true;
}

static bool is_whole(struct side_record *side, const char *name, struct error *error)
{
    uint8_t said[32];
    struct side_head *head = &side->head;
    const json_t *json = side->json;
    if (strcmp(text_of(json, "format"), SIDE_FORMAT) != 0) {
        error_set(error, "%s is no record of a side (%s)", name, SIDE_FORMAT);
        return false;
    }
    if (!has_members(json, name, error) ||
        !is_bytes(json, "exercise", head->exercise, sizeof head->exercise, name, error) ||
        !is_bytes(json, "scenario_hash", head->scenario_hash, sizeof head->scenario_hash, name, error) ||
        !is_bytes(json, "hash", said, sizeof said, name, error)) {
        return false;
    }
    hash_of(json, side->hash);
    if (memcmp(said, side->hash, sizeof said) != 0) {
        error_set(error, "%s was changed after it was written: its hash does not hold", name);
        return false;
    }
    if (!is_moment(json_object_get(json, "ended"))) {
        error_set(error, "%s: its \"ended\" is no moment", name);
        return false;
    }
    head->ended_ms = (uint64_t)json_integer_value(json_object_get(json, "ended"));
    head->party = text_of(json, "party");
    head->build = text_of(json, "build");
    side->journal = json_object_get(json, "journal");
    return has_journal(side, name, error) && has_cases(side, name, error);
}

bool side_read(struct bytes text, const char *name, struct side_record *ret, struct error *error)
{
    json_error_t fault;
    struct side_record side = {
        .json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &fault)};
    if (side.json == NULL) {
        error_set(error, "%s:%d:%d is no JSON: %s", name, fault.line, fault.column, fault.text);
        return false;
    }
    if (!is_whole(&side, name, error)) {
        side_close(&side);
        return false;
    }
    *ret = side;
    return true;
}

void side_close(struct side_record *side)
{
    json_decref(side->json);
    *side = (struct side_record){.json = NULL};
}

/* As the node answered when it was asked; whoever changed the file cannot have it say more than a node could. */
static json_t *answer(void *context, const char *verb, const char *target, const char *query,
                      unsigned *ret_status)
{
    const struct side_record *side = context;
    *ret_status = 200;
    if (strcmp(verb, "INBOX") == 0) {
        return json_pack("{s:O}", "exercises", json_object_get(side->json, "inbox"));
    }
    if (strcmp(verb, "ALARMS") == 0) {
        return json_pack("{s:O}", "alarms", json_object_get(side->json, "alarms"));
    }
    if (strcmp(verb, "STATS") == 0) {
        json_t *spans = json_object_get(json_object_get(side->json, "spans"), query);
        return spans == NULL ? json_object() : json_pack("{s:O}", "spans", spans);
    }
    return json_incref(json_object_get(json_object_get(side->json, "cases"), target));
}

struct record_source side_source(struct side_record *side)
{
    return (struct record_source){.context = side, .ask = answer};
}
