/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks of rehearsals that were killed. Daemons end with who started them (network.h), and who is killed cleans up nothing: the folder stays.
 * A lock in it says whether its rehearsal still runs.
 */
#ifndef COMITY_DRILLS_CONDUCT_LEFT_OVER_H
#define COMITY_DRILLS_CONDUCT_LEFT_OVER_H

#include "base/error.h"
#include "nodes/cli/cli.h"

#define REHEARSAL_FOLDER "comity-rehearsal" /* .XXXXXX, where none was named */

/* Takes the lock of a folder until the descriptor is closed. -1 with an error. */
MUST_USE int left_over_hold(const char *directory, struct arena *, struct error *);

enum left_over {
    LEFT_NOTHING, /* no network of a rehearsal */
    LEFT_IN_USE,  /* its rehearsal runs */
    LEFT_OVER,    /* nothing of it runs */
    LEFT_RUNNING  /* its rehearsal has ended, and daemons of it run */
};
enum left_over left_over_look(const char *directory);

/* Each that is left over where folders are made that nobody named; the path lasts for the call. */
void left_over_each(struct cli *, void (*told)(struct cli *, const char *directory, enum left_over));

#endif
