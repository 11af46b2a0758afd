/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around a stage (history.h): its witness, and the waiting until all is quiet. Only for history.c. */
#ifndef COMITY_DRILLS_PLAY_STAGE_H
#define COMITY_DRILLS_PLAY_STAGE_H

#include "drills/play/history.h"

/* Hands what happens in the world to transcript, oracle, faults and coverage. */
struct stage_watch {
    const char *names[CAST_PARTIES_MAX + 1]; /* by actor, filled in by the caller */
    struct plan_stage *stage;
    struct coverage *coverage;
    struct arena *scratch;
    struct world_witness witness;
};
/* Makes it the world's witness and the stage's. */
void stage_watch(struct plan_stage *, struct stage_watch *, struct coverage *);
void stage_watch_done(struct stage_watch *);

/* Whether that party lies. */
bool stage_is_liar(const struct plan_stage *, const struct address *);
/* For whoever reads the transcript: what keeps it from being quiet. */
void stage_say_what_waits(const struct plan_stage *);
/* Every actor is ended in order, and its store closed. */
void stage_close(struct plan_stage *);

#endif
