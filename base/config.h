/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration file: "key = value" lines, described by one table from which the parser, the sample file and the
 * manual's table are made. Pure: a host reads the file and gives the bytes.
 *
 * A line is blank, a comment (its first character that is no space is "#"), or a key, "=", and the value up to the end of
 * the line without the spaces around it. A "#" inside a value belongs to the value. Lines may end in CR LF.
 */
#ifndef COMITY_BASE_CONFIG_H
#define COMITY_BASE_CONFIG_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/bytes.h"
#include "base/faults.h"

#define CONFIG_BYTES_MAX ((size_t)64 * 1024)
#define CONFIG_LINES_MAX ((size_t)512)
#define CONFIG_KEYS_MAX  ((size_t)128)
#define CONFIG_ITEMS_MAX ((size_t)64) /* of one list */

/* A number that has a name as config_key.initial: CONFIG_TEXT_OF(ROOM_GIB) "GiB". */
#define CONFIG_TEXT_OF(number)  CONFIG_TEXT_OF_(number)
#define CONFIG_TEXT_OF_(number) #number

enum config_kind {
    CONFIG_TEXT,   /* const char *: one showable line of min..max bytes */
    CONFIG_NUMBER, /* uint64_t: decimal, min..max */
    CONFIG_SIZE,   /* uint64_t: bytes, with KiB, MiB or GiB after the number, min..max */
    CONFIG_FLAG,   /* bool: yes or no */
    CONFIG_LIST,   /* struct config_list: separated by commas, min..max items */
};

struct config_list {
    const char *const *items; /* NULL-terminated */
    size_t count;
};

struct config_key {
    const char *name;
    enum config_kind kind;
    size_t offset; /* of the member in the caller's struct */
    uint64_t min, max;
    const char *initial; /* as it would stand in the file; NULL: the file has to give it */
    const char *help;    /* one sentence without a full stop */
};

struct config_table {
    const struct config_key *keys;
    size_t count;
    size_t struct_bytes; /* of the caller's struct */
};

/*
 * Fills ret, a struct as the table describes, from the text and the table's initial values; texts and lists live in
 * the arena. On failure ret is untouched and faults has every fault, its path "line N" ("" for a key that is missing),
 * its code UNKNOWN_KEY, REPEATED_KEY, BAD_LINE, BAD_VALUE, MISSING_KEY, TOO_BIG or NO_MEMORY.
 */
MUST_USE bool config_read(const struct config_table *, struct bytes text, void *ret, struct arena *,
                          struct faults *);

/* A number of bytes as it stands in such a file, "64 MiB"; false, and ret untouched, when it is none. */
MUST_USE bool config_read_size(struct bytes text, uint64_t *ret);

/* A sample file with every key, its help and its initial value; reading it gives the initial values. NULL: exhausted. */
MUST_USE char *config_sample(const struct config_table *, struct arena *);

/* The table of keys for the manual, in Markdown. NULL: exhausted. */
MUST_USE char *config_manual(const struct config_table *, struct arena *);

#endif
