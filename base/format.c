/* SPDX-License-Identifier: Apache-2.0 */
/* What arguments a format takes, and whether a translation takes the same (catalogue.h). */
#include <string.h>

#include "base/catalogue.h"

#define ARGUMENTS_MAX    16
#define WIDTH_DIGITS_MAX 3

/* Each argument as its conversion's letter with the length before it, 'i' and 'd' alike; all zero: not named. */
struct argument {
    char length[2], type;
};

struct signature {
    size_t count;
    struct argument list[ARGUMENTS_MAX];
    bool numbered, bare; /* some name their argument, some do not */
};

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

static bool note(struct signature *s, size_t position, struct argument argument)
{
    struct argument *place = &s->list[position];
    if (position >= ARGUMENTS_MAX || (place->type != 0 && memcmp(place, &argument, sizeof argument) != 0)) {
        return false;
    }
    *place = argument;
    s->count = position + 1 > s->count ? position + 1 : s->count;
    return true;
}

/* "2$" at the text: its end and the argument, counted from 0. */
static const char *position_at(const char *text, size_t *ret)
{
    size_t size = digits_at(text);
    if (size == 0 || size > 2 || text[size] != '$' || text[0] == '0') {
        return NULL;
    }
    *ret = (size_t)(text[0] - '0');
    if (size == 2) {
        *ret = *ret * 10 + (size_t)(text[1] - '0');
    }
    *ret -= 1;
    return text + size + 1;
}

/* Digits, or "*" for an argument of its own; NULL: neither can be followed. */
static const char *skip_width(struct signature *s, const char *at, size_t *next)
{
    if (*at == '*') {
        s->bare = true; /* "*2$" is not taken */
        return note(s, (*next)++, (struct argument){.type = 'd'}) ? at + 1 : NULL;
    }
    size_t size = digits_at(at);
    return size <= WIDTH_DIGITS_MAX ? at + size : NULL;
}

static const char *read_length(const char *at, struct argument *argument)
{
    for (size_t i = 0; i < 2 && *at != '\0' && strchr("hljztL", *at) != NULL; i++) {
        argument->length[i] = *at++;
    }
    return at;
}

static char type_of(char conversion)
{
    return conversion == 'i'                                         ? 'd'
           : conversion != '\0' && strchr("xXo", conversion) != NULL ? 'u'
                                                                     : conversion;
}

/* One directive, after its "%"; NULL: not one that is taken. */
static const char *read_directive(struct signature *s, const char *at, size_t *next)
{
    size_t position = 0;
    const char *after = position_at(at, &position);
    bool numbered = after != NULL;
    at = numbered ? after : at;
    at += strspn(at, "-+ #0'");
    at = skip_width(s, at, next);
    if (at != NULL && *at == '.') {
        at = skip_width(s, at + 1, next);
    }
    struct argument argument = {.type = 0};
    if (at == NULL) {
        return NULL;
    }
    at = read_length(at, &argument);
    if (*at == '\0' || strchr("diouxXcsp", *at) == NULL) {
        return NULL;
    }
    argument.type = type_of(*at);
    s->numbered = s->numbered || numbered;
    s->bare = s->bare || !numbered;
    return note(s, numbered ? position : (*next)++, argument) ? at + 1 : NULL;
}

/* False: printf would not know it, or it takes more than we look at. */
static bool signature_of(const char *format, struct signature *ret)
{
    size_t next = 0;
    *ret = (struct signature){.count = 0};
    for (const char *at = strchr(format, '%'); at != NULL; at = strchr(at, '%')) {
        at = at[1] == '%' ? at + 2 : read_directive(ret, at + 1, &next);
        if (at == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < ret->count; i++) {
        if (ret->list[i].type == 0) {
            return false; /* an argument in between is not named: its size is not known */
        }
    }
    return !(ret->numbered && ret->bare);
}

bool formats_agree(const char *msgid, const char *translation)
{
    struct signature own, other;
    if (!signature_of(msgid, &own)) {
        return true; /* no format: nothing prints by it */
    }
    return signature_of(translation, &other) && own.count == other.count &&
           memcmp(own.list, other.list, sizeof own.list) == 0;
}
