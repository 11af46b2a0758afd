/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the tree to struct scenario, by the table of keys, in two passes over it: values first, then what names mean (a name may
 * stand before what it names). What is wrong is said and left as it is, so that the rest is looked at as well.
 */
#ifndef COMITY_DRILLS_SCENARIO_READER_H
#define COMITY_DRILLS_SCENARIO_READER_H

#include "base/instant.h"
#include "drills/scenario/schema.h"
#include "drills/scenario/tree.h"

/* Something with a name that others refer to. */
struct named {
    const char *name;
    void *what;
    struct scenario_place place;
    size_t number; /* in the order of the file */
};
struct registry {
    struct named *list; /* in order of names once sorted */
    size_t count, room;
    bool sorted;
};
#define REGISTRY_TABLES SECTIONS /* tables of quantiles stand in no section of their own */

struct reader {
    struct reading *r;
    struct scenario *s;
    struct registry names[SECTIONS + 1];
};

/* How SCENARIO_LIST looks to those who do not know its type. */
struct any_list {
    void *list;
    size_t count;
};

/* Pass 1 and pass 2 over a section; into has the bytes of the section, zero before pass 1. */
void read_values(struct reader *, enum section_id, const struct tree *map, void *into);
void read_names(struct reader *, enum section_id, const struct tree *map, void *into);

/* --- read_value.c: single values --- */
/* Reads what needs no names; false: this kind does. */
bool read_value(struct reader *, const struct schema_key *, const struct tree *, void *member);
/* "KEY: ... is not taken; write FORM" */
void say_form(struct reader *, const struct schema_key *, const struct tree *);
/* The same of a time: no zone, no such date. outcome: of instant_read(). */
void say_time(struct reader *, const struct schema_key *, const struct tree *, enum instant_outcome outcome);
/* The text of a scalar that says something; NULL: said what is wrong. */
const char *text_of(struct reader *, const struct schema_key *, const struct tree *);
/* A table of quantiles that stands in a map; false: said what is wrong. */
bool read_quantiles(struct reader *, const struct tree *, struct scenario_quantiles *ret);
bool is_quantiles(const struct tree *);
/* Zeroed memory, or having said that there is none. */
void *take(struct reader *, size_t count, size_t size);

/* --- read_name.c --- */
/* Reads what needs names; other kinds are left alone. */
void read_name(struct reader *, const struct schema_key *, const struct tree *, void *member);
void register_name(struct reader *, size_t registry, const char *name, void *what, struct scenario_place);
/* Sorts, and says what stands twice. */
void registries_sort(struct reader *);
void *find_name(const struct reader *, size_t registry, const char *name);

/* --- rules.c: what no single value can tell --- */

void check_rules(struct reader *, const struct tree *root);
/* Where a key of an element of a list stands, the element given by its place; without the key, the element's own. */
struct scenario_place key_place(const struct tree *root, const char *list, struct scenario_place element,
                                const char *key);
/* expectations.c: what can never come, or not from there. */
void check_expectations(struct reader *, const struct tree *root);
/* Which States have which of the desks of a load model, and when their people are away. */
void fill_load(struct reader *);

#endif
