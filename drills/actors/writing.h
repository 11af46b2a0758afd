/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What officers write, as PREPARE takes it: {"held": {...}}. Each a new reference. items: numbers, borrowed; NULL: all that the letter may
 * be about. Moments are told in the zone of who writes.
 */
#ifndef COMITY_DRILLS_ACTORS_WRITING_H
#define COMITY_DRILLS_ACTORS_WRITING_H

#include <jansson.h>

#include "drills/scenario/scenario.h"

struct writer {
    const struct scenario_unit *unit;
    uint64_t now_ms;
    const char *reference; /* the own one of the case */
};

/* A moment, or a date, as it is written. */
json_t *write_moment(const struct writer *, uint64_t ms);

json_t *write_ack(const struct writer *, uint64_t answer_by_ms, uint64_t execute_by_ms);
json_t *write_question(const struct writer *, uint64_t by_ms);
json_t *write_answers(const struct writer *, size_t questions);
json_t *write_ordered(const struct writer *, json_t *items, const char *custodian);
json_t *write_held(const struct writer *, json_t *items, uint64_t from_ms, uint64_t until_ms,
                   const char *scope);
json_t *write_not_held(const struct writer *, json_t *items);
json_t *write_unmasked(const struct writer *, json_t *items); /* nobody there asked for it */
json_t *write_declined(const struct writer *);
json_t *write_reopened(const struct writer *, json_t *items);
json_t *write_refused(const struct writer *, json_t *items, const char *ground);
json_t *write_referred(const struct writer *, json_t *items);
json_t *write_extend(const struct writer *, uint64_t days);
json_t *write_extended(const struct writer *, json_t *items, uint64_t until_ms);
json_t *write_withdraw(const struct writer *);
json_t *write_released(const struct writer *, json_t *items, const char *why);
/* reference: of the request for assistance that has ended. */
json_t *write_closed(const struct writer *, json_t *items, const char *reference);
json_t *write_mla_ended(const struct writer *, const char *reference, const char *why, uint64_t until_ms);
json_t *write_status(const struct writer *);
json_t *write_decide(const struct writer *, const char *what);
json_t *write_reply(const struct writer *, const char *to);
json_t *write_answered(const struct writer *, const char *outcome, const char *text);
json_t *write_consult(const struct writer *, const char *ground); /* before it is refused */
json_t *write_admitted(const struct writer *, uint64_t execute_by_ms);
json_t *write_evidence(const struct writer *, const char *file);
json_t *write_receipt(const struct writer *, uint64_t part);
json_t *write_disclosed(const struct writer *);
json_t *write_outcome(const struct writer *);
json_t *write_taken(const struct writer *);
json_t *write_content(const struct writer *);
/* listed: the phone number of the own entry in the directory. */
json_t *write_ping_answered(const struct writer *, const char *listed);

/* A request of the scenario: made of what the inject says, with its JSON laid over it. */
json_t *write_request(const struct writer *, const struct scenario *, const struct scenario_inject *);
/* A call that asked for the same, noted by who was called: writer is the called side. said: what was said. */
json_t *write_oral(const struct writer *, const struct scenario *, const struct scenario_inject *inject,
                   const char *request_reference, const char *said);
/* The request for assistance that follows a hold: view is the requesting side's, to the State that is asked. */
json_t *write_assistance(const struct writer *, const struct scenario_state *to, const json_t *view);

/* One more hold in a request for assistance. False: nothing is held there. */
bool write_along(json_t *assistance, const json_t *view);

/* Members of `over` take the place of those of `onto`, member by member where both are objects; null takes one away. */
void write_over(json_t *onto, const json_t *over);

#endif
