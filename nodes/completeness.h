/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a letter complete by itself? Every field that is missing or wrong at once, with what to write instead. The rules look
 * at nothing but the letter and the time; what the case or the roster forbids is letter_check.c's.
 *
 * One walk over the descriptors holds every field of every letter against nodes/required.def. Rules that look at several
 * fields are the functions of nodes/checks.def: request_complete.c, request_items.c, request_mla.c, request_other.c for what
 * is asked, letter_rules.c for the answers.
 */
#ifndef COMITY_NODES_COMPLETENESS_H
#define COMITY_NODES_COMPLETENESS_H

#include "nodes/case.h"

/* How the request at hand is told. */
enum telling {
    TOLD_IN_WRITING,
    TOLD_BY_PHONE, /* in ORAL_NOTED: less is known */
    TOLD_AGAIN,    /* in TAKEN_OVER: its dates may be over */
};

struct completeness {
    struct faults *faults;
    uint64_t now_ms;
    const struct zone *r_zone; /* NULL: not known here */

    /* The walk's own; a caller of letter_complete() leaves them 0. */
    int type; /* of the request at hand; 0: none */
    enum telling telling;
    const struct completeness *up; /* the message that this one is part of; NULL: the letter's body */
    const char *name;              /* of the field there */
    size_t index;                  /* of the element; SIZE_MAX: not repeated */
};

/* The letter, whole. Paths begin in its body: "items[1].period". */
void letter_complete(const struct completeness *, const Comity__Letter *);

/* Adds a fault; path is relative to the message at hand ("value", "" for itself) and copied. */
void fault_at(const struct completeness *, const char *path, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* MISSING, in the words of required.def: what to write instead. */
void fault_missing(const struct completeness *, const char *path, const char *text);

/* What is told as done must not lie in the future, what is promised or wished not be over; five minutes are left to clocks. */
bool is_future(const struct completeness *, const Comity__Instant *);
bool is_over(const struct completeness *, const Comity__Instant *);

/* The rules of several fields; each takes the message that its rows name. */
#define CHECK(Message, when, function) void function(const struct completeness *, const void *message);
#include "nodes/checks.def"
#undef CHECK

#endif
