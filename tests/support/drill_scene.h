/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small drills made by hand: two States (XA asks, XB is asked; XB works from 08:00 to 16:00 UTC, Monday to Friday), cases whose letters
 * are written at stated times. Monday 2026-11-16T08:00:00Z is T0_MS. One for a test program.
 */
#ifndef COMITY_TESTS_SUPPORT_DRILL_SCENE_H
#define COMITY_TESTS_SUPPORT_DRILL_SCENE_H

#include "drills/measure/measures.h"
#include "drills/record/record.h"
#include "tests/support/row_letters.h"

#define XA 1
#define XB 2

extern struct drill_scene {
    struct arena *arena;
    struct drill_record *record;
    struct drill_measures *measures; /* NULL before scene_measure() */
} scene;

/* For cmocka: an empty record that begins at T0_MS. */
int scene_setup(void **state);
int scene_teardown(void **state);
/* Forgets all; the same once more. */
void scene_anew(void);

/* A case that nobody has written in, by its number: its id is made of that. Returns its place in the record (until it is closed). */
size_t scene_case(uint8_t id);
/* The next letter of a side, about all items, signed and accepted then and delivered a minute later. name as in lifecycle.def. */
struct record_letter *scene_write(size_t of_case, enum machine, const char *name, uint64_t ms);
/* The same of a letter that the test made. */
struct record_letter *scene_letter(size_t of_case, enum side, const Comity__Letter *, uint64_t ms);
/* Closes the record at that moment and measures it; scenario may be NULL. */
void scene_measure(uint64_t end_ms, const struct scenario *);

/* The only event of that metric, in a row or not; the test ends when there are several, NULL: there is none. */
const struct measured_event *scene_event(uint32_t metric);
size_t scene_events(uint32_t metric);

#endif
