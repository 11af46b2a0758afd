/* SPDX-License-Identifier: Apache-2.0 */
/* An officer at the API of a node in a world: prepares a letter, signs it, submits it - as the command line does. */
#ifndef COMITY_TESTS_SUPPORT_OFFICER_H
#define COMITY_TESTS_SUPPORT_OFFICER_H

#include <jansson.h>

#include "drills/world/world.h"
#include "tests/support/roster_fixture.h"

/* A world of the fixture's three parties. Aborts when it does not start. */
struct world *officer_world(struct fixture *, uint64_t seed);

/* Such a world, all connected, and the sample request as a letter; aborts likewise. */
struct officer_scene {
    struct slab *slab;
    struct fixture *fixture;
    struct world *world;
    char *request;
};
void officer_scene_open(struct officer_scene *, uint64_t seed);
void officer_scene_close(struct officer_scene *);

/*
 * Sends a letter in the name of the party's officers (as many as it needs, duty first). where: the case, or, for a letter that begins one,
 * the recipient's address. letter: JSON like {"ack":{...}}. Returns the HTTP status of the step that ended it (200: sent);
 * 0: the party is or went down. *ret_answer (may be NULL) is that step's answer, a new reference.
 */
unsigned officer_send(struct world *, const struct fixture *, const char *party, const char *where,
                      const char *letter, json_t **ret_answer);

/* The same of any party whose officers are given, the first of them first. */
unsigned officer_send_as(struct world *, const char *party, const struct signer *officers, const char *where,
                         const char *letter, json_t **ret_answer);

/* A command with a body, which it takes over; *ret_answer as above. */
unsigned officer_post(struct world *, const char *party, enum verb, const char *target, json_t *body,
                      json_t **ret_answer);

/*
 * The two halves. officer_sign: 200 and *ret_signed is the body to submit; else the status and the answer that refused.
 * officer_submit: the same id and body again must have the same effect once; signed is not consumed.
 */
unsigned officer_sign(struct world *, const struct fixture *, const char *party, const char *where,
                      const char *letter, json_t **ret_signed);
unsigned officer_submit(struct world *, const char *party, const uint8_t command_id[16],
                        const json_t *signed_letter, json_t **ret_answer);
/* A command id that no other call of this process gave. */
void officer_command_id(uint8_t ret[16]);

/* Signs and files the OPENED receipts of a case. Status as above. */
unsigned officer_open(struct world *, const struct fixture *, const char *party, const char *case_reference);

/* GET of a verb; a new reference, NULL when the party is down. */
json_t *officer_get(struct world *, const char *party, enum verb, const char *target, const char *query);

/* The sample request: {"request": examples/preservation.json} with the fixture's dates and number, as text, malloc'd. */
char *officer_sample_request(void);

#endif
