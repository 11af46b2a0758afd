/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a letter: rules of single fields from required.def. It follows the message types, which are not recursive. */
#include "nodes/completeness.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/catalogue.h"
#include "nodes/field_rules.h"
#include "proto/json.h"
#include "proto/limits.h"

#define CLOCK_TOLERANCE_MS (5 * MS_PER_MINUTE)
#define PATH_BYTES         256
#define PHONE_DIGITS_MIN   5

/* --- faults --- */

/* The way from the letter's body to the message at hand, each part with its dot. */
static size_t write_way(char ret[PATH_BYTES], const struct completeness *c)
{
    const struct completeness *way[WIRE_DEPTH_MAX + 1];
    size_t depth = 0, used = 0;
    for (; c->up != NULL && depth <= WIRE_DEPTH_MAX; c = c->up) {
        way[depth++] = c;
    }
    ret[0] = '\0';
    while (depth > 0 && used < PATH_BYTES) {
        char name[JSON_NAME_MAX];
        c = way[--depth];
        (void)json_name(name, c->name);
        int more = c->index == SIZE_MAX ? snprintf(ret + used, PATH_BYTES - used, "%s.", name)
                                        : snprintf(ret + used, PATH_BYTES - used, "%s[%zu].", name, c->index);
        used += (size_t)more;
    }
    return used < PATH_BYTES ? used : PATH_BYTES - 1;
}

void fault_at(const struct completeness *c, const char *path, const char *code, const char *format, ...)
{
    char whole[PATH_BYTES], text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, say(c->faults->words, format), args);
    va_end(args);
    size_t used = write_way(whole, c);
    if (path[0] == '\0' && used > 0) {
        whole[used - 1] = '\0'; /* the message itself: no dot */
    } else {
        (void)snprintf(whole + used, sizeof whole - used, "%s", path);
    }
    faults_add(c->faults, whole, code, "%s", text);
}

void fault_missing(const struct completeness *c, const char *path, const char *text)
{
    fault_at(c, path, "MISSING", "missing: %s", say(c->faults->words, text));
}

/* --- single values --- */

bool is_future(const struct completeness *c, const Comity__Instant *at)
{
    return at != NULL && at->ms > 0 && (uint64_t)at->ms > c->now_ms + CLOCK_TOLERANCE_MS;
}

bool is_over(const struct completeness *c, const Comity__Instant *at)
{
    return at != NULL && (at->ms <= 0 || (uint64_t)at->ms + CLOCK_TOLERANCE_MS < c->now_ms);
}

/* By the form of a zone's name: "Area/City" or "UTC". */
static bool is_zone_name(const char *zone)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    bool word = zone[strspn(zone, allowed)] == '\0' && zone[0] != '/';
    bool area = strchr(zone, '/') != NULL && zone[strlen(zone) - 1] != '/';
    return word && (area || strcmp(zone, "UTC") == 0);
}

/* By the form of RFC 5646: a language of two or three letters, and subtags after hyphens. */
static bool is_language(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    size_t first = strspn(text, letters);
    size_t all = strspn(text, allowed);
    return (first == 2 || first == 3) && text[all] == '\0' && (text[first] == '\0' || text[first] == '-') &&
           text[all - 1] != '-' && strstr(text, "--") == NULL;
}

static bool is_currency(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3 && text[3] == '\0';
}

static bool is_phone(const char *text)
{
    size_t digits = 0;
    for (; *text != '\0'; text++) {
        digits += *text >= '0' && *text <= '9';
    }
    return digits >= PHONE_DIGITS_MIN;
}

static void check_form(const struct completeness *c, const char *name, enum rule_kind kind, const char *text)
{
    if (kind == RULE_ZONE && !is_zone_name(text)) {
        fault_at(c, name, "NOT_A_ZONE",
                 "\"%s\" is no time zone: write its name in the tz database, such as Asia/Ho_Chi_Minh or UTC",
                 text);
    } else if (kind == RULE_LANGUAGE && !is_language(text)) {
        fault_at(c, name, "NOT_A_LANGUAGE", "\"%s\" is no language: write its code, such as en or pt-BR",
                 text);
    } else if (kind == RULE_EMAIL && strchr(text, '@') == NULL) {
        fault_at(c, name, "NOT_AN_EMAIL", "\"%s\" is no e-mail address: write name@domain", text);
    } else if (kind == RULE_PHONE && !is_phone(text)) {
        fault_at(c, name, "NOT_A_NUMBER", "\"%s\" is no telephone number: write it with its country code",
                 text);
    } else if (kind == RULE_CURRENCY && !is_currency(text)) {
        fault_at(c, name, "NOT_A_CURRENCY", "\"%s\" is no currency: write its three letters, such as EUR",
                 text);
    }
}

/* --- one field --- */

static const void *member_of(const ProtobufCMessage *m, size_t offset)
{
    return (const uint8_t *)m + offset;
}

static void check_moment(const struct completeness *c, const char *name, enum rule_kind kind,
                         const Comity__Instant *at)
{
    if (kind == RULE_PAST && is_future(c, at)) {
        fault_at(c, name, "FUTURE",
                 "this lies in the future, but is told as done: correct the date or its zone");
    } else if (kind == RULE_PAST && at != NULL && at->ms <= 0) { /* a case has no time for it */
        fault_at(c, name, "TOO_EARLY", "this lies before 1970: correct the year");
    } else if (kind == RULE_FUTURE && c->telling != TOLD_AGAIN && is_over(c, at)) {
        fault_at(c, name, "PAST", "this date is over: write one that is to come");
    }
}

static void apply(const struct completeness *c, const ProtobufCMessage *m,
                  const ProtobufCFieldDescriptor *field, const struct field_rule *rule)
{
    char name[JSON_NAME_MAX];
    const void *at = member_of(m, field->offset);
    bool absent = !message_says(m, field);
    (void)json_name(name, field->name);
    switch (rule->kind) {
    case RULE_REQUIRED:
        if (absent && when_applies(rule->when, c->type, c->telling == TOLD_BY_PHONE)) {
            fault_missing(c, name, rule->text);
        }
        return;
    case RULE_ONLY:
        if (!absent && c->type != 0 && !when_applies(rule->when, c->type, false)) {
            fault_at(c, name, "INCONSISTENT", "%s: leave it out, or change the type",
                     say(c->faults->words, rule->text));
        }
        return;
    case RULE_PAST:
    case RULE_FUTURE:
        check_moment(c, name, rule->kind, *(const Comity__Instant *const *)at);
        return;
    case RULE_RANGE:
        if (!absent && (*(const uint32_t *)at < rule->least || *(const uint32_t *)at > rule->most)) {
            fault_at(c, name, rule->code, "%s", say(c->faults->words, rule->text));
        }
        return;
    case RULE_ZONE:
    case RULE_LANGUAGE:
    case RULE_EMAIL:
    case RULE_PHONE:
    case RULE_CURRENCY:
        if (!absent) {
            check_form(c, name, rule->kind, *(const char *const *)at);
        }
        return;
    }
}

/* A word that is none of the enum's: another version of the program wrote it. A single 0 is left to REQUIRED. */
static void check_word(const struct completeness *c, const ProtobufCFieldDescriptor *field, size_t index,
                       int value)
{
    char name[JSON_NAME_MAX], path[JSON_NAME_MAX + 24];
    (void)snprintf(path, sizeof path, index == SIZE_MAX ? "%s" : "%s[%zu]", json_name(name, field->name),
                   index);
    if (value == 0 && index != SIZE_MAX) {
        fault_missing(c, path, N_("write a word here, or leave the element out"));
    } else if (value != 0 && protobuf_c_enum_descriptor_get_value(field->descriptor, value) == NULL) {
        fault_at(c, path, "ENUM",
                 "%d is no word known here: another version of the program wrote it; write it anew", value);
    }
}

static void check_words(const struct completeness *c, const ProtobufCMessage *m,
                        const ProtobufCFieldDescriptor *field)
{
    const void *at = member_of(m, field->offset);
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        check_word(c, field, SIZE_MAX, *(const int *)at);
        return;
    }
    const int *list = *(const int *const *)at;
    for (size_t i = 0; i < message_count(m, field); i++) {
        check_word(c, field, i, list[i]);
    }
}

/* --- the walk --- */

static void check_message(const struct completeness *, const ProtobufCMessage *);

/* A part knows what it is part of: a request its type, and how it is told. */
static void enter(const struct completeness *up, const ProtobufCMessage *whole, const char *name,
                  size_t index, const ProtobufCMessage *part)
{
    struct completeness c = *up;
    c.up = up;
    c.name = name;
    c.index = index;
    if (part->descriptor == &comity__request__descriptor) {
        c.type = (int)((const Comity__Request *)(const void *)part)->type;
        c.telling = whole->descriptor == &comity__oral_noted__descriptor   ? TOLD_BY_PHONE
                    : whole->descriptor == &comity__taken_over__descriptor ? TOLD_AGAIN
                                                                           : TOLD_IN_WRITING;
    } else if (whole->descriptor == &comity__supplement__descriptor) {
        /* More items of a hold, or more measures: nothing else has supplements. */
        const Comity__Item *item = (const Comity__Item *)(const void *)part;
        c.type = item->measure != 0 ? COMITY__REQUEST__TYPE__MLA : COMITY__REQUEST__TYPE__PRESERVE;
    }
    check_message(&c, part);
}

static void check_parts(const struct completeness *c, const ProtobufCMessage *m,
                        const ProtobufCFieldDescriptor *field)
{
    bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    for (size_t i = 0; i < message_count(m, field); i++) {
        enter(c, m, field->name, list ? i : SIZE_MAX, message_part(m, field, i));
    }
}

/* The rules of several fields. */
static const struct {
    enum message_number message;
    unsigned when;
    void (*check)(const struct completeness *, const void *message);
} several[] = {
#define CHECK(Message, times, function) {MESSAGE_##Message, (times), function},
#include "nodes/checks.def"
#undef CHECK
};

static void check_several(const struct completeness *c, const ProtobufCMessage *m)
{
    for (size_t i = 0; i < sizeof several / sizeof several[0]; i++) {
        if (limits_all()[several[i].message]->descriptor == m->descriptor &&
            when_applies(several[i].when, c->type, c->telling == TOLD_BY_PHONE)) {
            several[i].check(c, m);
        }
    }
}

static void check_message(const struct completeness *c, const ProtobufCMessage *m)
{
    size_t count = 0;
    const struct field_rule *rule = field_rules_of(m->descriptor, &count);
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &m->descriptor->fields[i];
        for (size_t k = 0; k < count; k++) {
            if (rule[k].offset == field->offset) {
                apply(c, m, field, &rule[k]);
            }
        }
        if (field->type == PROTOBUF_C_TYPE_ENUM) {
            check_words(c, m, field);
        } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            check_parts(c, m, field);
        }
    }
    check_several(c, m);
}

void letter_complete(const struct completeness *given, const Comity__Letter *letter)
{
    struct completeness c = *given;
    enum letter_kind kind = letter_kind(letter);
    if (kind == LETTER_NONE) {
        fault_at(&c, "", "MISSING", "the letter says nothing: give it one body, such as request or held");
        return;
    }
    if (kind == LETTER_REQUEST) {
        c.type = (int)letter->request->type;
    }
    /* The members of the oneof lie over each other, each a pointer to a message: any of them has the body. */
    check_message(&c, &letter->request->base);
    if (letter->acted != NULL) {
        enter(&c, &letter->base, "acted", SIZE_MAX, &letter->acted->base);
    }
}
