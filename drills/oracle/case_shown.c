/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/case_shown.h"

#include <string.h>

#include "base/instant.h"
#include "base/text.h"
#include "drills/oracle/case_rules.h"

const char *shown_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

int64_t shown_ms(const json_t *object, const char *name)
{
    struct instant at = {.ms = 0};
    const char *text = shown_text(object, name);
    return instant_read(bytes_of_text(text), &at) == INSTANT_OK ? at.ms : 0;
}

bool shown_in_effect(const json_t *letter)
{
    const char *effect = shown_text(letter, "effect");
    return strcmp(effect, "FAILED") != 0 && strcmp(effect, "HELD_BACK") != 0 &&
           strcmp(effect, "ON_ITS_WAY") != 0;
}

const struct letter_record *shown_record(const struct oracle *o, const json_t *letter)
{
    struct id id;
    uint32_t number = ID_MAP_NONE;
    if (hex_read(id.bytes, sizeof id.bytes, bytes_of_text(shown_text(letter, "id")))) {
        number = id_map_get(&o->letter_of_id, &id);
    }
    return number == ID_MAP_NONE ? NULL : &o->letters[number];
}

/* --- at any moment --- */

struct shown {
    struct oracle *oracle;
    size_t party;
    const char *case_id;
    const char *authors[2]; /* NULL: not met yet */
    json_int_t taken[2];    /* letters of each in effect so far */
};

static void broken(const struct shown *s, const char *invariant, const json_t *letter, const char *why)
{
    oracle_break(s->oracle, invariant, "%s shows letter %.8s (%s of %.31s, number %lld) of case %.8s %s",
                 oracle_name(s->oracle, s->party), shown_text(letter, "id"), shown_text(letter, "letter"),
                 shown_text(letter, "by"), (long long)json_integer_value(json_object_get(letter, "seq")),
                 s->case_id, why);
}

/* I3: those of one author take effect in his order, each before the next one is there. */
static void take_in_order(struct shown *s, const json_t *letter)
{
    const char *by = shown_text(letter, "by");
    size_t author = s->authors[0] == NULL || strcmp(s->authors[0], by) == 0 ? 0 : 1;
    if (s->authors[author] == NULL) {
        s->authors[author] = by;
    }
    if (strcmp(s->authors[author], by) != 0) {
        broken(s, "I4", letter, "in effect, which has two authors already");
    } else if (json_integer_value(json_object_get(letter, "seq")) != ++s->taken[author]) {
        broken(s, "I3", letter, "in effect, and the one before it is not");
    }
}

const json_t *shown_body(const json_t *letter)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(json_object_get(letter, "body"), name, value)
    {
        if (strcmp(name, "acted") != 0) {
            return value;
        }
    }
    return NULL;
}

/* Its author's node signed it alone: no officer handed it in. */
static bool is_of_node(const struct oracle *o, const json_t *letter)
{
    const json_t *signers = json_object_get(letter, "signers");
    const char *key = shown_text(json_array_get(signers, 0), "key");
    char digits[65];
    for (size_t i = 1; i <= o->party_count; i++) {
        if (strcmp(o->parties[i].address, shown_text(letter, "by")) == 0) {
            (void)hex_write(digits, bytes_of(o->parties[i].node_key, sizeof o->parties[i].node_key));
            return json_array_size(signers) == 1 && strcmp(digits, key) == 0;
        }
    }
    return false;
}

/* I4: it is what was handed in. */
static void check_origin(const struct shown *s, const json_t *letter)
{
    const struct letter_record *record = shown_record(s->oracle, letter);
    if (record == NULL && is_of_node(s->oracle, letter)) {
        if (!rule_node_signs(shown_text(letter, "letter"), shown_body(letter))) {
            broken(s, "I4", letter, "signed by a node, which may not sign such a letter alone");
        }
    } else if (record == NULL) {
        broken(s, "I4", letter, "which nobody handed in");
    } else if (strcmp(shown_text(letter, "by"), oracle_name(s->oracle, record->from)) != 0 ||
               json_integer_value(json_object_get(letter, "seq")) != (json_int_t)record->case_seq ||
               shown_ms(letter, "signed") != (int64_t)record->signed_ms) {
        broken(s, "I4", letter, "with an author, a number or a time other than what was signed");
    }
}

void oracle_shown(struct oracle *o, uint64_t at_us, size_t party, const char *case_id, const json_t *view)
{
    struct shown s = {.oracle = o, .party = party, .case_id = case_id};
    const json_t *letters = json_object_get(view, "letters");
    if (o->broken) {
        return;
    }
    o->now_us = at_us;
    for (size_t i = 0; i < json_array_size(letters); i++) {
        const json_t *letter = json_array_get(letters, i);
        if (shown_in_effect(letter)) {
            take_in_order(&s, letter);
        }
        check_origin(&s, letter);
    }
}
