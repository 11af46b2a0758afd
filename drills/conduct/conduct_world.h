/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario played in the world: simulated time, real nodes and broker, simulated people. The same scenario, seed and build give the
 * same record, byte for byte.
 */
#ifndef COMITY_DRILLS_CONDUCT_CONDUCT_WORLD_H
#define COMITY_DRILLS_CONDUCT_CONDUCT_WORLD_H

#include "base/error.h"
#include "drills/conduct/ledger.h"
#include "drills/record/record.h"
#include "drills/world/world.h"

struct rehearsal; /* conduct_rehearsal.h */

struct conduct_setup {
    const struct scenario *scenario; /* borrowed */
    uint64_t seed;                   /* instead of the scenario's */
    const char *build, *command;     /* for the record: what played it, and how it is played again */
    uint64_t quiet_ms;               /* before a line is pinged; 0: a day */
    const char *scratch_directory;   /* disks live in a file there; NULL: in memory */
    /* Now and then, with what is played by now; may be NULL. */
    void *context;
    void (*progress)(void *context, uint64_t at_ms, uint64_t start_ms, uint64_t end_ms);
    struct rehearsal *rehearsal; /* of a rehearsal */
    uint64_t progress_ms;        /* so often, of the drill's time; 0: once a day */
};

struct conduct_result {
    struct ledger ledger; /* to be given back with ledger_done() */
    uint64_t end_ms;
    uint64_t cases, letters;
    size_t troubles;              /* letters that a node did not take from its people */
    char trouble[400];            /* the first */
    size_t not_played;            /* injects and faults that a world has no means for */
    struct world_figures figures; /* of a world */
    uint64_t late_ms;             /* of a rehearsal: people were behind their time by so much at most */
};

/* Plays it into an empty record, which is closed after. False with an error: it could not begin, or the world would not go on. */
MUST_USE bool conduct_world(const struct conduct_setup *, struct drill_record *, struct conduct_result *ret,
                            struct error *);

#endif
