/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points of contact and central authorities of two States, and of others, in a world: what their officers write, and what they are
 * shown. XA asks, XB is asked. For cmocka: what fails ends the test.
 */
#ifndef COMITY_TESTS_SUPPORT_STATES_H
#define COMITY_TESTS_SUPPORT_STATES_H

#include <jansson.h>

#include "drills/play/cast.h"
#include "proto/codes.h"

#define STATES_START ((wall_ms){UINT64_C(1794816000000)}) /* 2026-11-16T08:00:00Z */

struct states {
    struct cast *cast;
    struct world *world;
    char hold[33]; /* see states_hold() */
};

int states_set_up(void **state);
int states_tear_down(void **state);

/* Until nothing more happens. */
void states_settle(struct states *);
void states_pass(struct states *, uint64_t minutes);

/* --- writing; where: the case, or the recipient of a letter that begins one --- */

/* examples/NAME.json with its dates moved so that they fit, the author's number, and these members; malloc'd. */
char *states_request(struct states *, const char *example, const char *author, const char *members);
/* A letter as JSON, which has to go out; its case. */
void states_send(struct states *, const char *party, const char *where, const char *letter,
                 char ret_case[33]);
void states_write(struct states *, const char *party, const char *where, const char *letter);
/* The status of a letter that may be refused. */
unsigned states_try(struct states *, const char *party, const char *where, const char *letter);
/* A letter of letter_bodies.def with these members set. */
void states_say(struct states *, const char *party, const char *where, enum letter_kind, const char *members);
/* A request for assistance that came outside the network: the status. */
unsigned states_log_mla(struct states *, const char *party, const char *body);

/* --- looking --- */

/* A case, a new reference. */
json_t *states_look(struct states *, const char *party, const char *case_id);
void states_assert_state(struct states *, const char *party, const char *case_id, const char *state);
/* The state of one item, from 1. */
void states_assert_item(struct states *, const char *party, const char *case_id, size_t item,
                        const char *state);
/* How many letters of that kind the case has, as that party shows it. */
size_t states_letters(struct states *, const char *party, const char *case_id, const char *kind);
/* The newest LINK case of that party. */
void states_find_link(struct states *, const char *party, char ret[33]);
/* What the worklist of that party says first of that kind; "" for none. */
void states_waits(struct states *, const char *party, const char *what, const char *member, char ret[65]);
/* How often it says so. */
size_t states_waiting(struct states *, const char *party, const char *what);

/* --- scenes --- */

/* XA/poc asks XB/poc for a hold, which XB/poc holds: "A-HOLD-1", "B-HOLD-1". */
void states_hold(struct states *);
/* The same of two items, of which the second one was not found. */
void states_hold_two(struct states *);
/* XA/central asks XB/central for the data; the hold is named by members of a HoldRef. */
void states_ask(struct states *, const char *named, char ret_case[33]);

#endif
