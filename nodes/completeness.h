/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a letter complete by itself? Every field that is missing or wrong at once, with what to write instead. The rules look
 * at nothing but the letter and the time; what the case or the roster forbids is letter_check.c's.
 */
#ifndef COMITY_NODES_COMPLETENESS_H
#define COMITY_NODES_COMPLETENESS_H

#include "base/catalogue.h"
#include "nodes/case.h"

struct completeness {
    struct faults *faults;
    const char *prefix; /* of every path: "" or "items[1]." */
    uint64_t now_ms;
    const struct zone *r_zone; /* NULL: not known here */
};

void request_complete(const struct completeness *, const Comity__Request *);
/* The letters but REQUEST. */
void letter_complete(const struct completeness *, const Comity__Letter *);

/* Adds a fault with the prefix before the path. */
void fault_at(const struct completeness *, const char *path, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* "items[1]." and so on, for elements: a copy with a longer prefix. */
struct completeness within(const struct completeness *, const char *list, size_t index);

/* Missing: what REQUIRED(kind) means by it. */
#define MISSING_TEXT(value)   ((value)[0] == '\0')
#define MISSING_PART(value)   ((value) == NULL)
#define MISSING_WORD(value)   ((int)(value) == 0)
#define MISSING_NUMBER(value) ((value) == 0)
#define MISSING_LIST(value)   ((value) == 0)
#define REQUIRED(member, kind, path, text)                                                                   \
    if (MISSING_##kind(m->member)) {                                                                         \
        fault_at(c, path, "MISSING", "missing: %s", say(c->faults->words, text));                            \
    }

/* A word that is none of the enum's: another version of the program wrote it. 0 is left to REQUIRED. */
void check_word(const struct completeness *, const char *path, const ProtobufCEnumDescriptor *, int value);
void check_word_of_list(const struct completeness *, const char *list, size_t index,
                        const ProtobufCEnumDescriptor *, int value);
/* A moment that lies in the future though it is told as past; five minutes are left to clocks. NULL passes. */
void check_past(const struct completeness *, const char *path, const Comity__Instant *);
/* A moment that is over though it is promised or wished. NULL passes. */
void check_future(const struct completeness *, const char *path, const Comity__Instant *);
/* The name of a zone, by its form: "Area/City" or "UTC". Empty passes. */
void check_zone_name(const struct completeness *, const char *path, const char *zone);

#endif
