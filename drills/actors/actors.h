/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The people of a scenario: each unit at the API of its own node, and nowhere else. They see what an officer sees (INBOX, CASE), write what
 * NEXT allows, sign with their own keys, and take as long as their desk and habits say. All that is drawn is drawn by seed, unit, reference
 * of the case and what it is for: another desk at one place leaves what others draw as it was.
 */
#ifndef COMITY_DRILLS_ACTORS_ACTORS_H
#define COMITY_DRILLS_ACTORS_ACTORS_H

#include "drills/actors/agenda.h"
#include "drills/actors/desk.h"
#include "drills/actors/desk_port.h"
#include "drills/scenario/scenario.h"
#include "keys/sign.h"

#define ACTORS_CASE_TEXT 33
#define ACTORS_OFFICERS  3

/* Something an actor did, or learnt. Texts and JSON are borrowed for the call. */
struct actors_said {
    uint64_t at_ms;
    size_t party;        /* by its place in the scenario */
    const char *case_id; /* 32 hex */
    const char *reference;
    enum scenario_event event; /* NONE: no word of the scenario is for it */
    const char *letter;        /* "HELD"; "": not a letter */
    const json_t *body;        /* of the letter, NULL */
    const char
        *what; /* in a word: "acknowledge", "custodian asked", "custodian confirmed", "notify", "trouble" */
    uint32_t item; /* 0: the case, or all that the letter names */
    const char *detail;
};

struct custodian_answer;
struct stream;

struct actors_setup {
    const struct scenario *scenario; /* borrowed, as all below */
    uint64_t seed;
    const struct desk_port *port;
    struct agenda *agenda;
    void *context;
    /* The secrets of officers of a party that are not revoked; how many. */
    size_t (*officers)(void *context, size_t party, const struct signer *ret[ACTORS_OFFICERS]);
    void (*said)(void *context, const struct actors_said *);
    /* Whether a case was begun by somebody who had no right to: what a call back would bring out. NULL: none was. */
    bool (*forged)(void *context, const char *case_id);
    /* Asks a provider that the scenario does not name; false: there is none of that name. NULL: there are none. */
    bool (*custodian)(void *context, const char *provider, const char *identifier, uint64_t asked_ms,
                      struct stream *, struct custodian_answer *ret);
};

struct actors;
struct actors *actors_new(const struct actors_setup *);
void actors_free(struct actors *); /* NULL is allowed */

/* Something arrived at a party: its people see it in the inbox. */
void actors_arrived(struct actors *, size_t party);

/* --- what the drill makes them do: at once, whoever is at the desk --- */

/* Sends the request of an inject. The HTTP status; on 200 the new case, else why in words. */
unsigned actors_request(struct actors *, const struct scenario_inject *, char ret_case[ACTORS_CASE_TEXT],
                        char ret_why[320]);
/* The same by phone, taken by who is asked: noted there (ORAL_NOTED), after calling back. said: what was said. */
unsigned actors_oral(struct actors *, const struct scenario_inject *request, const char *said,
                     char ret_case[ACTORS_CASE_TEXT], char ret_why[320]);
/* The request of an inject that was made by phone before, in that case. */
unsigned actors_confirm(struct actors *, const struct scenario_inject *, const char *case_id,
                        char ret_why[320]);
/* Writes a letter in a case: its name in proto/codes.def, its body as JSON (NULL: none). */
unsigned actors_letter(struct actors *, size_t party, const char *case_id, const char *name,
                       const json_t *body, char ret_why[320]);
/* A choice about a case, to be acted on as soon as somebody gets to it. False: they do not know the case. */
MUST_USE bool actors_decide(struct actors *, size_t party, const char *case_id, enum scenario_decision);
/* The phone rings there, about a case or none (""). False: nobody answers. */
MUST_USE bool actors_call(struct actors *, size_t party, const char *case_id);
bool actors_answers(const struct actors *, size_t party); /* whether somebody would */

/*
 * A request for assistance about that hold ("": nobody says which) lies at a party, on paper or by another channel (a word of
 * Channel): somebody enters it by hand, and in the end that it was executed or refused. hold_of: who keeps the hold; from: who asks.
 */
void actors_paper(struct actors *, size_t party, const struct scenario_unit *hold_of,
                  const struct scenario_unit *from, const char *case_id, const char *reference,
                  const char *channel);
/* Who asked for the hold has sent for assistance some other way. */
void actors_assisted(struct actors *, size_t party, const char *case_id);
/* Writes on the case, for its own people. */
void actors_note(struct actors *, size_t party, const char *case_id, const char *text);

/* Who does the same without end, in which case, and when: the drill cannot go on. NULL: nobody. */
const char *actors_stuck(const struct actors *);

/* How many cases of a party are open, as its people know. */
size_t actors_open_cases(const struct actors *, size_t party);
size_t actors_hours(const struct actors *, size_t party, const struct desk_hour **ret);

#endif
