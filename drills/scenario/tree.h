/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML document as it was written: each value with its line and column. Before anything is known of what it means. */
#ifndef COMITY_DRILLS_SCENARIO_TREE_H
#define COMITY_DRILLS_SCENARIO_TREE_H

#include "drills/scenario/scenario.h"

#define TREE_BYTES_MAX      ((size_t)1024 * 1024) /* of a file */
#define TREE_DEPTH_MAX      32
#define TREE_NODES_MAX      100000 /* after includes */
#define TREE_KEYS_MAX       1000   /* of one map */
#define TREE_KEY_BYTES_MAX  128
#define TREE_TEXT_BYTES_MAX ((size_t)16 * 1024)
#define INCLUDE_DEPTH_MAX   8
#define INCLUDE_FILES_MAX   64

enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAP };

struct tree {
    enum tree_kind kind;
    bool quoted;      /* a text in quotes or of several lines: never a number, a yes or a no */
    const char *text; /* of a text; "" also for what YAML calls null */
    const char *key;  /* within a map */
    struct scenario_place place, key_place;
    struct tree *first, *last, *next; /* children in order; the next one of the parent */
    size_t count;
};

/* What reading takes along. */
struct reading {
    struct arena *arena;
    struct scenario_mistakes *mistakes;
    const struct scenario_source *source;
    size_t nodes; /* of all files */
    bool varied;  /* --set was given: a variant of what is written */
};

/* The value of a key, or NULL. */
struct tree *tree_find(const struct tree *map, const char *key);
void tree_append(struct tree *parent, struct tree *child);
/* Takes a child out; false if it is none. */
bool tree_remove(struct tree *parent, const struct tree *child);
/* Says "what" is none of the list, with the nearest word, or all of them where they are few. words: NULL-terminated. */
void tree_unknown(const struct reading *, struct scenario_place, const char *what, const char *word,
                  const char *const *words);

/* Whether a plain text is a number as JSON writes integers, up to 18 digits; or a yes or no. */
bool tree_is_number(const struct tree *);
bool tree_is_flag(const struct tree *, bool *ret);

/*
 * Calls visit for each value below and including the root, in order, until it returns false. Depth is bounded by
 * TREE_DEPTH_MAX.
 */
void tree_each(struct tree *root, bool (*visit)(void *context, struct tree *), void *context);

/* --- yaml.c --- */
/* The one document of the text, a map; NULL with what is wrong. A key that stands twice is said, and the first taken. */
struct tree *tree_read_yaml(struct reading *, const struct scenario_file *, struct bytes text);

/* --- includes.c --- */
/* The file and all it includes as one document; NULL with what is wrong. */
struct tree *tree_read_files(struct reading *, const char *path);

/* --- parameters.c --- */
/* Takes `parameters` out, fills them in, lays --set over it. False with what is wrong. */
bool tree_set(struct reading *, struct tree *root, const char *const *sets, size_t set_count);

/* --- canonical.c --- */
/* JSON without white space, keys in the order of their bytes. NULL: the arena is exhausted. */
const char *tree_canonical(const struct tree *, struct arena *);

#endif
