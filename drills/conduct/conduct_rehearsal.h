/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario rehearsed: the network of it as daemons of this machine, which keep the time of the drill (decision 0032), and the same
 * simulated people at their API. Everything that is started here has ended when it returns, whatever happened.
 */
#ifndef COMITY_DRILLS_CONDUCT_CONDUCT_REHEARSAL_H
#define COMITY_DRILLS_CONDUCT_CONDUCT_REHEARSAL_H

#include "drills/conduct/conduct_world.h"
#include "nodes/cli/cli.h"

#define REHEARSAL_PARTIES_MAX 60

/* On which ground daemons are put; conduct_setup.rehearsal. */
struct rehearsal {
    const struct cli *cli; /* programs are looked for beside this one */
    const char *directory; /* empty or not there yet; it is kept. NULL: a new one, removed at the end */
    bool keep;             /* that one, too */
    const char *made;      /* out: the folder; in the arena of cli; NULL: none */
};

/*
 * As conduct_world(); setup->rehearsal is given, and SIGINT, SIGTERM and SIGHUP end it. The clock runs as fast as the scenario says. False
 * with an error, before anything is started: the scenario runs faster than daemons can, has too many parties, or a fault they cannot be given.
 */
MUST_USE bool conduct_rehearsal(const struct conduct_setup *, struct drill_record *,
                                struct conduct_result *ret, struct error *);

#endif
