/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a scenario as daemons of this machine read it: a folder like that of `comity network new --exercise`. */
#ifndef COMITY_DRILLS_CONDUCT_NETWORK_FILES_H
#define COMITY_DRILLS_CONDUCT_NETWORK_FILES_H

#include "drills/conduct/network.h"
#include "nodes/cli/network_folder.h"

/* How the time of an actor goes, and where its line leads. */
struct network_conduct {
    const char *clock;   /* as exercise_clock has it */
    const char *through; /* of a node: as the key of that name has it; NULL: to the broker */
};

/* Keys, the first roster and the mark; no configurations. False: the folder's error is set. */
MUST_USE bool network_write(const struct network *, const struct network_folder *);
/* The newest roster, to the folder of everybody. */
MUST_USE bool network_write_newest(const struct network *, const struct network_folder *);
/* The configuration of an actor: 0 is the broker, party i is i + 1. Written anew as often as it changes. */
MUST_USE bool network_write_conf(const struct network *, const struct network_folder *, size_t actor,
                                 const struct network_conduct *);

#endif
