/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON objects by table, for keys/roster_json.c: an object is a list of its members, each with a reader. What no
 * table names is refused. The first fault is kept with its place ("parties[3].keys[1].from: ..."), nothing is read after it.
 */
#ifndef COMITY_KEYS_ROSTER_FIELDS_H
#define COMITY_KEYS_ROSTER_FIELDS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "keys/roster.h"

/* Where a value stands: a member of, or an element in, what is above it. The whole has neither. */
struct place {
    const struct place *above;
    const char *member; /* NULL: element number index */
    size_t index;
};

struct reader {
    struct arena *arena;
    struct error *error;
    unsigned format;             /* of the file: 1 or 2 */
    enum roster_outcome outcome; /* of the first fault; nothing is read after it */
};

enum presence {
    REQUIRED,
    OPTIONAL,
    OPTIONAL_2, /* required in format 1, may be left out in format 2 */
    FORMAT_2,   /* unknown to format 1, may be left out in format 2 */
};

struct member {
    const char *name;
    void (*read)(struct reader *, const struct place *, json_t *, const struct member *, void *into);
    size_t offset;     /* of into in the object */
    uint64_t min, max; /* of a number; characters of a text; max = bytes of a hex value */
    enum presence presence;
};

/* The empty list of texts: a pointer to NULL. */
extern const char *const field_no_texts[];

/* FORMAT at that place, unless the reader has failed before. */
void field_fail(struct reader *, const struct place *, const char *format, ...) PRINTF_LIKE(3, 4);
void field_fail_memory(struct reader *);
/* Hostile text as it may be shown in a message, cut; "" when the arena is exhausted. */
const char *field_quiet(struct reader *, const char *text);

/* The value must be an object of these members; each is read into object + its offset. */
#define FIELD_OBJECT(r, place, json, members, object)                                                        \
    field_object(r, place, json, members, sizeof(members) / sizeof(members)[0], object)
void field_object(struct reader *, const struct place *, json_t *, const struct member *, size_t count,
                  void *object);

/* The value must be an array; its elements are read into fresh ones of that size, zero before. NULL when the reader failed. */
typedef void field_element(struct reader *, const struct place *, json_t *, void *element);
void *field_array(struct reader *, const struct place *, json_t *, size_t size, field_element *,
                  size_t *ret_count);

/* The bytes of a JSON string. */
struct bytes field_string(json_t *);

/* Readers of single values, for tables. */
typedef void field_reader(struct reader *, const struct place *, json_t *, const struct member *, void *into);
field_reader field_text;    /* const char *: one showable line of at least min bytes */
field_reader field_texts;   /* const char *const *: NULL-terminated, none empty */
field_reader field_integer; /* uint64_t within min..max */
field_reader field_bool;
field_reader field_hex;  /* max bytes */
field_reader field_time; /* uint64_t ms: YYYY-MM-DDTHH:MM:SSZ, from 1970 on */

/* One text of at least so many bytes, for lists; "" when the reader failed. */
const char *field_line(struct reader *, const struct place *, json_t *, uint64_t least);
/* Zeroed memory; NULL when the reader failed. */
void *field_take(struct reader *, size_t count, size_t size);

#endif
