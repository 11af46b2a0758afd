/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of playing a scenario share: conduct.c (time), play_injects.c, play_faults.c, and the hosts it is played on. */
#ifndef COMITY_DRILLS_CONDUCT_PLAY_H
#define COMITY_DRILLS_CONDUCT_PLAY_H

#include "drills/conduct/conduct_world.h"
#include "drills/conduct/host.h"
#include "drills/conduct/network.h"

struct play {
    const struct conduct_setup *setup;
    const struct scenario *scenario;
    const struct play_host *host;
    struct network *network;
    struct agenda agenda;
    struct actors *actors;
    struct drill_record *record;
    struct conduct_result *result;
    struct desk_port port;
    struct played_fault {
        bool begun, over;
        uint64_t sent; /* requests of an overload */
    } * faults;
    bool *conditions;      /* by inject: what it waits for was the case */
    bool *misdialled;      /* by inject: somebody else picked up the phone */
    struct load *load;     /* NULL: nothing but what is written */
    struct forged *forged; /* NULL: nobody attacks */
    bool stuck;            /* it cannot go on */
    struct error *error;   /* why */

    /* --- of the world as a host; the daemons have theirs in their own --- */

    struct world *world;
    uint64_t *heard;   /* a bit a party: a frame came since it was looked */
    uint64_t *letters; /* by party: its node's count of letters that have come, when it was looked at last */
    struct disk **backups; /* by fault: of who will be restored */
    struct daemons *daemons;
};

/* Plays on that host: what conduct_world() and its like do. */
MUST_USE bool conduct(const struct conduct_setup *, const struct play_host *, struct drill_record *,
                      struct conduct_result *ret, struct error *);

/* Of a party, in the record. */
size_t play_party(const struct play *, const struct scenario_unit *);
/* Something that only the drill knows. inject SIZE_MAX: about none. */
void play_act(struct play *, const char *what, const struct scenario_unit *, size_t inject,
              const char *detail);
/* Something that should not have been: counted, and the first is told. unit NULL: at the broker. */
void play_trouble(struct play *, const struct scenario_unit *, const char *what);
/* Of a case, in the record; 0: it is none. */
size_t play_case(const struct play *, const char *case_id);
/* What was sent in the name of another was refused by the network, or by people; why in words. */
void play_rejected(struct play *, size_t inject, const char *why);
/* The next roster version for all; revoked: the place of a party whose last officer's key is, or SIZE_MAX. */
void play_roster(struct play *, size_t revoked);
/* A moment is of an event of an inject: the end of the span behind it, for who acts. */
uint64_t play_after(const struct scenario_after *, const struct scenario_state *, uint64_t event_ms);
bool play_condition(const struct play *, const struct scenario_condition *);

/* --- play_injects.c --- */

void play_received(struct play *, size_t number); /* who it is for has it: it is done */
void injects_begin(struct play *);                /* puts what has a time on the agenda */
void injects_after(struct play *, size_t number, enum scenario_event, uint64_t at_ms);
void injects_watch(struct play *); /* whether a condition has become so */

/* --- play_forged.c --- */

void forged_begin(struct play *, size_t number);
void forged_mail(struct play *, size_t number);                    /* of who holds no key */
void forged_hear(struct play *, size_t party, struct bytes bytes); /* the broker's, at that party */
void forged_go_on(struct play *);                                  /* with what was heard */
void forged_done(struct play *);

/* --- play_load.c --- */

void load_begin(struct play *);
void load_done(struct play *);
bool load_forged(const struct play *, const char *case_id);
/* As actors_setup has it, with the play for context. */
bool load_custodian(void *context, const char *provider, const char *identifier, uint64_t asked_ms,
                    struct stream *, struct custodian_answer *ret);

/* --- play_truth.c: once all is played and the nodes were read --- */

void truth_of_cases(struct play *);
void truth_of_desks(struct play *);

/* --- play_faults.c --- */

void faults_begin(struct play *);
void faults_after(struct play *, size_t inject, enum scenario_event, uint64_t at_ms);
void faults_watch(struct play *);
void faults_done(struct play *);
/* Lines that are down at times, and rosters that are renewed before they run out. */
void faults_everyday(struct play *);

#endif
