/* SPDX-License-Identifier: Apache-2.0 */
/* What a replay goes through, in words: for its trace, and to name what differs. */
#ifndef COMITY_DRILLS_PLAY_REPLAY_WORDS_H
#define COMITY_DRILLS_PLAY_REPLAY_WORDS_H

#include <stdio.h>

#include "drills/play/replay_core.h"

#define REPLAY_WORDS_BYTES 640

struct replay_words {
    FILE *out;        /* NULL: no trace */
    uint64_t turn;    /* its number, from 1 */
    const char *door; /* the one that is being played: "link up" */
    struct arena *scratch;
};

void replay_words_init(struct replay_words *, FILE *trace);
void replay_words_done(struct replay_words *);

/* Before it is played, and at once: should the core abort in it, it is the last line. half: the record ends in it. */
void replay_words_input(struct replay_words *, const struct record_entry *, bool half);
/* What a door answered, where that is more than OK. */
void replay_words_answer(struct replay_words *, const struct record_entry *, const struct replay_answer *);
/* What was said and logged in the turn. */
void replay_words_turn(struct replay_words *, const struct turn *);

/* "link 3: Submit to XB/poc ..." */
void replay_words_said(struct replay_words *, const struct said *, char ret[REPLAY_WORDS_BYTES]);

#endif
