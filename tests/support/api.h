/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world for tests of the API: the fixture's parties, and at XB/poc four officers more, each with something wrong. Calls of
 * verbs as a client makes them, right or wrong. Include after cmocka's headers: what fails here fails the test.
 */
#ifndef COMITY_TESTS_SUPPORT_API_H
#define COMITY_TESTS_SUPPORT_API_H

#include "tests/support/officer.h"

#define API_ACK                                                                                              \
    "{\"ack\":{\"reference\":\"XB-77\",\"answer\":\"WILL_ANSWER\",\"form\":\"by letter\","                   \
    "\"answerBy\":\"2026-06-02T12:00:00+02:00\"}}"
#define API_WITHDRAW   "{\"withdraw\":{\"text\":\"not needed any more\"}}"
#define API_STATUS_ASK "{\"statusAsk\":{\"text\":\"how does it stand?\"}}"

/* Numbers of fixture_signer(): no mandate, exercises only, revoked, time over. */
enum { API_READER = 900, API_TRAINEE, API_REVOKED, API_OVER, API_EXTRA_END };

struct api {
    struct slab *slab;
    struct fixture *fixture;
    struct world *world;
    struct arena *arena; /* for the test's own texts */
    char *request;       /* the sample request as a letter */
    char case_id[33];    /* of api_case() */
};
/* cmocka's fixtures; *state is a struct api. */
int api_set_up(void **state);
/* The same, but at XB/poc API_READER may sign and decide, and is the only one who may decide. */
int api_set_up_deciding(void **state);
/* The same, but XB/poc works from Sunday to Thursday, and not on 3 June 2026; and consents to be pinged. */
int api_set_up_calendar(void **state);
int api_tear_down(void **state);
/* The keys of those four officers, behind the party's own: for a roster draft. */
void api_add_officers(struct slab *, struct arena *, struct party *);

/* Lets everything arrive. */
void api_settle(struct api *);
/* XA/poc asks XB/poc; XB/poc has it and has not opened it. */
void api_case(struct api *);
/* Sends a letter of that case and lets it arrive. */
void api_send(struct api *, const char *party, const char *letter);

/* "" when it is not there. */
const char *api_text(const json_t *object, const char *name);
/* Takes the body. command: with an id of its own. A new reference. */
json_t *api_call(struct api *, const char *party, enum verb, const char *target, const char *query,
                 bool command, json_t *body, unsigned *ret_status);
unsigned api_get_status(struct api *, const char *party, enum verb, const char *target);
/* Every refusal has a sentence, that code and the next step. Takes the answer. */
void api_assert_refused(json_t *answer, unsigned status, unsigned want_status, const char *want_code);

/* Public keys as hexadecimal text. */
const char *api_key(struct api *, const struct public_key *);
const char *api_officer(struct api *, const char *party, unsigned which);
const char *api_extra(struct api *, unsigned number);

/* A body for PREPARE with one signer; member: "to" or "case". */
json_t *api_prepare_body(const char *member, const char *where, const char *letter, const char *signer);
/* What base64 text stands for, in the arena. */
struct bytes api_bytes(struct api *, const char *text);

#endif
