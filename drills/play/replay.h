/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays a record (base/daemon/record.h) into the core it was made of and compares: what each door answers, what it draws and
 * signs, and what is said, byte for byte, by hash. No private key of a signer is needed: the record has the signatures, and each
 * is checked against the text that is to be signed now.
 */
#ifndef COMITY_DRILLS_PLAY_REPLAY_H
#define COMITY_DRILLS_PLAY_REPLAY_H

#include <stdio.h>

#include "base/daemon/record_reader.h"

struct replay_options {
    const char *file;
    const struct record_pair *key; /* of a sealed record; NULL: none at hand */
    uint64_t until_turn;           /* the last to be played; 0: all */
    FILE *trace;                   /* every entry, frame and log line in words; NULL: nothing */
    const char *dump;              /* directory for the database as it is at the end; NULL: none */
};

enum replay_end {
    REPLAY_ENDED,      /* all of it was played: the record was ended on purpose */
    REPLAY_CUT,        /* all of it was played: the record is cut off */
    REPLAY_FATAL,      /* all of it was played: a door answered FATAL, as it did then */
    REPLAY_UNTIL,      /* until_turn is reached */
    REPLAY_DIVERGED,   /* something is not as it was */
    REPLAY_UNREADABLE, /* the record is damaged or not sound from here on */
};

struct replay_report {
    enum replay_end end;
    char text[1024]; /* what differed, why the record ended, where it is cut off */
    char program[32], owner[80], build[256], own_build[256];
    uint64_t began_ms; /* wall clock */
    uint64_t turns, inputs, said, draws, signatures;
    uint64_t turn_wall_ms; /* of the last turn */
    bool sealed;
    char undumped[512]; /* why the database was not written, although all the rest holds; "" */
};

/*
 * False with an error when nothing can be played: no record, another version, the wrong key or none, a record that is cut off or
 * ended before the core was opened, or a database stands already where one is to be dumped.
 */
MUST_USE bool replay_run(const struct replay_options *, struct replay_report *ret, struct error *);

#endif
