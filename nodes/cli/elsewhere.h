/* SPDX-License-Identifier: Apache-2.0 */
/* Officers whose keys are not here: --with NAME names them as the roster does, and the letter waits for their signatures. */
#ifndef COMITY_NODES_CLI_ELSEWHERE_H
#define COMITY_NODES_CLI_ELSEWHERE_H

#include "nodes/cli/client.h"
#include "proto/limits.h"

#define WITH_OPTION                                                                                          \
    {                                                                                                        \
        "with", "NAME", true,                                                                                \
            N_("who signs too, at another machine, by the name in the roster: the letter waits for it")      \
    }

struct elsewhere {
    const char *name;
    struct public_key key;
};

/* The keys of this party in the roster, as GET /v1/roster gives it; borrowed, NULL: it is not in it. */
const json_t *own_keys(const struct client *, const json_t *roster);
/* Finds those of --with among this party's officers in the roster. An exit code, told when it is not EXIT_DONE. */
MUST_USE int elsewhere_find(struct client *, const struct arguments *, struct elsewhere ret[SIGNERS_MAX],
                            size_t *ret_count);
/* The key of one officer of this party by the name in the roster. An exit code, told when it is not EXIT_DONE. */
MUST_USE int elsewhere_one(struct client *, const char *name, struct public_key *ret);

#endif
