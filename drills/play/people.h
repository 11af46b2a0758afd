/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The officers of a world, at the API of their nodes: they read the inbox and a case, sign a letter with
 * their own keys and submit it, again under the same command id when no answer came, and open what arrived.
 * What they write is drawn from letters.def: one template a letter kind; so the workload goes over the
 * lifecycle table whatever it contains. Sometimes they write what the table forbids.
 */
#ifndef COMITY_DRILLS_PLAY_PEOPLE_H
#define COMITY_DRILLS_PLAY_PEOPLE_H

#include "drills/oracle/oracle.h"
#include "drills/play/cast.h"
#include "drills/play/coverage.h"
#include "drills/world/world.h"

struct people;

/* Everything is borrowed; coverage and oracle may be NULL. The stream is the workload's own. */
struct people *people_new(struct world *, const struct cast *, uint64_t seed, struct oracle *,
                          struct coverage *);
void people_free(struct people *); /* NULL is allowed */

/*
 * Somebody somewhere does one thing: a request, a letter that may come next in some case, a forbidden one,
 * opening, looking.
 */
void people_act(struct people *);
/*
 * How long people want to write nothing before their next act, as a letter is under way or something must come due; 0: they do not.
 * Told once. If less time passes they give up what they wait for.
 */
uint64_t people_wait_ms(struct people *);
/* So many requests at once from one party, in any lanes. */
void people_burst(struct people *, size_t requests);
/* Submits that never got an answer are tried again, as a person would. To be called now and then. */
void people_retry(struct people *);
size_t people_unanswered(const struct people *); /* submits that still wait for an answer */
uint64_t people_letters(const struct people *);  /* submitted and answered 200 */
/* A fault of that kind begins or ends at an actor: what it explains is not a finding (answers.def). */
void people_struck(struct people *, size_t actor, enum fault_kind);
/*
 * The first answer that no fault explains, in a sentence ("": none): what must be refused was taken, what
 * must be taken was refused, or no code was given.
 */
const char *people_trouble(const struct people *);

/*
 * One thing, for plans: party writes a letter of that kind ("info asked", "INFO_ASKED", "RELEASED:EXPIRED";
 * aborts on another word). where: a case's label or, for a request, the other party. label: names the new
 * case in later calls. fields: JSON members that replace the template's, as they are; or NULL. Returns the
 * HTTP status; 0: it is down. ret_answer (may be NULL): a new reference, NULL when there is none.
 */
unsigned people_write(struct people *, const char *party, const char *letter, const char *where,
                      const char *label, const json_t *fields, json_t **ret_answer);
/* Another thing that an officer does at the own node (api.def); body NULL: none. Status as of people_write(). */
unsigned people_do(struct people *, const char *party, enum verb, const char *target, const json_t *body,
                   json_t **ret_answer);
/* All orders of its register, those that ended too; NULL: the party is down. A new reference. */
json_t *people_orders(struct people *, const char *party);
/* Its worklist; NULL: the party is down. A new reference. */
json_t *people_worklist(struct people *, const char *party);
/* The draft of that kind from a case of its own, by id; NULL: there is none, or the party is down. A new reference. */
json_t *people_draft(struct people *, const char *party, const char *case_id, const char *as);
/* Opens what arrived in that case. Status as above. */
unsigned people_open(struct people *, const char *party, const char *label);
/* GET case of a label: the HTTP status; 404: it does not know the case, 0: it is down. ret_view: a new reference, NULL if not 200. */
unsigned people_look(struct people *, const char *party, const char *label, json_t **ret_view);
/* The same without the status. */
json_t *people_view(struct people *, const char *party, const char *label);

/* Looks for the cases that nobody here began: nodes begin some. For the end. */
void people_gather(struct people *);
/* What arrived at that party is counted from a view of its own that somebody else asked for. */
void people_count_met(struct people *, size_t party, const json_t *view);
/*
 * The case ids (32 hex) of all cases that any officer began, or saw, those of an unanswered submit among them; with
 * both parties as actor indexes. For the end.
 */
struct people_case {
    char id[33];
    size_t q, r;
};
size_t people_cases(const struct people *, const struct people_case **ret);

#endif
