/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/roster_fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"

#define NESTING_MAX 16 /* places between the whole and a value: two a level */
#define PATH_CHARS  160
#define QUIET_CHARS 48

const char *const field_no_texts[] = {NULL};

/* "parties[3].keys[1].from" */
static void place_write(char ret[PATH_CHARS], const struct place *place)
{
    const struct place *way[NESTING_MAX];
    size_t count = 0;
    for (; place->above != NULL; place = place->above) {
        ensure(count < NESTING_MAX);
        way[count++] = place;
    }
    size_t used = 0;
    ret[0] = '\0';
    while (count > 0 && used < PATH_CHARS) {
        const struct place *p = way[--count];
        int more = p->member == NULL
                       ? snprintf(ret + used, PATH_CHARS - used, "[%zu]", p->index)
                       : snprintf(ret + used, PATH_CHARS - used, "%s%s", used == 0 ? "" : ".", p->member);
        used += (size_t)more;
    }
}

void field_fail(struct reader *r, const struct place *place, const char *format, ...)
{
    if (r->outcome != ROSTER_OK) {
        return;
    }
    char path[PATH_CHARS];
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    place_write(path, place);
    r->outcome = ROSTER_FORMAT;
    error_set(r->error, "%s: %s", path[0] == '\0' ? "the roster" : path, text);
}

void field_fail_memory(struct reader *r)
{
    if (r->outcome == ROSTER_OK) {
        r->outcome = ROSTER_NO_MEMORY;
        error_set(r->error, "the roster: not enough memory");
    }
}

const char *field_quiet(struct reader *r, const char *text)
{
    const char *shown = text_quiet(r->arena, bytes_of_text(text), QUIET_CHARS);
    return shown == NULL ? "" : shown;
}

void *field_take(struct reader *r, size_t count, size_t size)
{
    void *taken = r->outcome == ROSTER_OK ? arena_zero(r->arena, count, size) : NULL;
    if (taken == NULL) {
        field_fail_memory(r);
    }
    return taken;
}

/* --- objects and arrays --- */

static bool is_known(const struct reader *r, const struct member *m)
{
    return m->presence != FORMAT_2 || r->format >= 2;
}

static bool is_member(const struct reader *r, const char *name, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_known(r, &members[i]) && strcmp(name, members[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static bool may_lack(const struct reader *r, const struct member *m)
{
    return m->presence == OPTIONAL || (m->presence != REQUIRED && r->format >= 2);
}

void field_object(struct reader *r, const struct place *place, json_t *json, const struct member *members,
                  size_t count, void *object)
{
    if (!json_is_object(json)) {
        field_fail(r, place, "not an object");
        return;
    }
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(json, name, value)
    {
        if (r->outcome == ROSTER_OK && !is_member(r, name, members, count)) {
            field_fail(r, place, "has a member \"%s\" that format %u does not know", field_quiet(r, name),
                       r->format);
        }
    }
    for (size_t i = 0; i < count && r->outcome == ROSTER_OK; i++) {
        const struct place here = {.above = place, .member = members[i].name};
        if (!is_known(r, &members[i])) {
            continue;
        }
        value = json_object_get(json, members[i].name);
        if (value != NULL) {
            members[i].read(r, &here, value, &members[i], (char *)object + members[i].offset);
        } else if (!may_lack(r, &members[i])) {
            field_fail(r, &here, "missing");
        }
    }
}

void *field_array(struct reader *r, const struct place *place, json_t *json, size_t size, field_element *read,
                  size_t *ret_count)
{
    if (!json_is_array(json)) {
        field_fail(r, place, "not an array");
        return NULL;
    }
    size_t count = json_array_size(json);
    char *elements = field_take(r, count, size);
    for (size_t i = 0; i < count && r->outcome == ROSTER_OK; i++) {
        const struct place here = {.above = place, .index = i};
        read(r, &here, json_array_get(json, i), elements + i * size);
    }
    *ret_count = count;
    return elements;
}

/* --- single values --- */

struct bytes field_string(json_t *json)
{
    return bytes_of(json_string_value(json), json_string_length(json));
}

const char *field_line(struct reader *r, const struct place *place, json_t *json, uint64_t least)
{
    if (!json_is_string(json)) {
        field_fail(r, place, "not a string");
    } else if (json_string_length(json) < least) {
        field_fail(r, place, "empty");
    } else if (!text_is_line(field_string(json))) {
        field_fail(r, place, "not one line of text that can be shown");
    }
    if (r->outcome != ROSTER_OK) {
        return "";
    }
    struct bytes copy = arena_copy(r->arena, field_string(json));
    if (copy.data == NULL) {
        field_fail_memory(r);
        return "";
    }
    return (const char *)copy.data;
}

void field_text(struct reader *r, const struct place *place, json_t *json, const struct member *m, void *into)
{
    *(const char **)into = field_line(r, place, json, m->min);
}

static void read_text_element(struct reader *r, const struct place *place, json_t *json, void *element)
{
    *(const char **)element = field_line(r, place, json, 1);
}

/* A NULL-terminated list of texts. */
static const char *const *copy_texts(struct reader *r, const struct place *place, json_t *json)
{
    size_t count = 0;
    const char **texts = field_array(r, place, json, sizeof *texts, read_text_element, &count);
    const char **ended = r->outcome == ROSTER_OK ? field_take(r, count + 1, sizeof *ended) : NULL;
    if (ended == NULL) {
        return field_no_texts;
    }
    if (count != 0) {
        memcpy(ended, texts, count * sizeof *texts);
    }
    return ended;
}

void field_texts(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                 void *into)
{
    (void)m;
    *(const char *const **)into = copy_texts(r, place, json);
}

void field_integer(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                   void *into)
{
    json_int_t value = json_integer_value(json);
    if (!json_is_integer(json)) {
        field_fail(r, place, "not an integer");
    } else if (value < 0 || (uint64_t)value < m->min || (uint64_t)value > m->max) {
        field_fail(r, place, "not within %llu..%llu", (unsigned long long)m->min, (unsigned long long)m->max);
    } else {
        *(uint64_t *)into = (uint64_t)value;
    }
}

void field_bool(struct reader *r, const struct place *place, json_t *json, const struct member *m, void *into)
{
    (void)m;
    if (!json_is_boolean(json)) {
        field_fail(r, place, "not true or false");
        return;
    }
    *(bool *)into = json_is_true(json);
}

void field_hex(struct reader *r, const struct place *place, json_t *json, const struct member *m, void *into)
{
    if (!json_is_string(json) || !hex_read(into, (size_t)m->max, field_string(json))) {
        field_fail(r, place, "not %llu lower-case hex digits", (unsigned long long)m->max * 2);
    }
}

/* Only the one spelling that instant_write has for a whole second in UTC. */
void field_time(struct reader *r, const struct place *place, json_t *json, const struct member *m, void *into)
{
    (void)m;
    struct instant at;
    char canonical[INSTANT_TEXT_MAX];
    if (!json_is_string(json) || json_string_length(json) != strlen("YYYY-MM-DDTHH:MM:SSZ") ||
        instant_read(field_string(json), &at) != INSTANT_OK || at.ms < 0 ||
        strcmp(instant_write(canonical, at), json_string_value(json)) != 0) {
        field_fail(r, place, "not YYYY-MM-DDTHH:MM:SSZ");
        return;
    }
    *(uint64_t *)into = (uint64_t)at.ms;
}
