/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side of a live exercise at its own node: joins, looks what is to be offered to its people and whether something real stops it,
 * and at the end reads what happened and leaves. Functions that return an exit code have said what is wrong.
 */
#ifndef COMITY_DRILLS_CONDUCT_CONDUCT_LIVE_H
#define COMITY_DRILLS_CONDUCT_CONDUCT_LIVE_H

#include "drills/conduct/live.h"
#include "nodes/cli/client.h"

struct live_side {
    struct cli own; /* with memory of its own, for one look */
    struct cli *cli;
    struct client client;
    const struct scenario *scenario;  /* borrowed */
    const struct scenario_unit *unit; /* whose node it is */
    struct live_drill live;
};

/* The node at that socket, and for which unit of the scenario it acts. live_side_close() it also when this fails. */
MUST_USE int live_side_open(struct live_side *, struct cli *, const struct scenario *, const char *socket);
void live_side_close(struct live_side *);

/* Joins, and makes the folder of the drill unless it is there. command: how it was called, for drill.json (taken). */
MUST_USE int live_join(struct live_side *, const char *folder, json_t *drill);

/* What people are told, by whoever looks. */
struct live_told {
    void *context;
    void (*offer)(void *context, const struct scenario_inject *);
    void (*suspended)(void *context, const char *why); /* by something real, now */
};
/* Once around: what is due is offered and in the journal; nothing is while it is stopped. */
MUST_USE int live_look(struct live_side *, const struct live_told *);

/* The record of this side alone (drills/record/side.h): a text to be freed, NULL when it is too large; and its hash. */
struct live_taken {
    char *side;
    uint8_t hash[32];
};
/* Reads the cases of the exercise and the journal into a record that is not finished yet. ret->side is freed also after a failure. */
MUST_USE int live_read(struct live_side *, struct drill_record *, const char *build, const char *command,
                       struct live_taken *ret);
/* Leaves; what of it stays, as the node says: a new reference. */
MUST_USE int live_leave(struct live_side *, json_t **ret_stays);

#endif
