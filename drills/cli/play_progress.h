/* SPDX-License-Identifier: Apache-2.0 */
/* A line on the terminal while a long drill is played: which day it is, and how long it will still take. */
#ifndef COMITY_DRILLS_CLI_PLAY_PROGRESS_H
#define COMITY_DRILLS_CLI_PLAY_PROGRESS_H

#include "drills/scenario/scenario.h"
#include "nodes/cli/cli.h"

struct play_mark {
    uint64_t taken_ms, played_ms;
};
struct play_progress {
    struct cli *cli;
    const struct scenario *scenario; /* borrowed */
    struct arena *line;
    bool shown;
    uint64_t begun_ms; /* of this machine */
    struct play_mark old,
        young; /* what is left is reckoned from the pace since `old`: days at first are quicker than later ones */
};

void play_progress_begin(struct play_progress *, struct cli *, const struct scenario *);
/* As conduct_setup has it, of a drill as quick as this machine is; context is the play_progress. */
void play_progress_show(void *context, uint64_t at_ms, uint64_t start_ms, uint64_t end_ms);
/* Puts the text, made in progress->line, in the place of the one before; NULL: without memory. */
void play_progress_say(struct play_progress *, const char *text);
void play_progress_end(struct play_progress *);

/* So long the rest takes at the pace since the older mark, which moves on. UINT64_MAX: nothing can be said yet. */
uint64_t play_progress_left(struct play_progress *, uint64_t taken_ms, uint64_t played_ms, uint64_t left_ms);

#endif
