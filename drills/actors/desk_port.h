/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How people reach the nodes of their authorities: the verbs of nodes/api.def, whoever plays the network: drills/conduct/conduct.c gives
 * it from its host, a world or daemons at their sockets. Parties go by their place in the scenario, from 0.
 */
#ifndef COMITY_DRILLS_ACTORS_DESK_PORT_H
#define COMITY_DRILLS_ACTORS_DESK_PORT_H

#include <jansson.h>

#include "nodes/node.h"

struct desk_port {
    void *context;
    /* A query; body NULL: none. A new reference; NULL, and *ret_status 0, when the node does not answer. */
    json_t *(*ask)(void *context, size_t party, enum verb, const char *target, const char *query,
                   const json_t *body, unsigned *ret_status);
    /* A command. The status, 0: no answer; the same under the same id may be tried again. *ret_answer: a new reference or NULL. */
    unsigned (*command)(void *context, size_t party, enum verb, const char *target, const json_t *body,
                        const uint8_t id[16], json_t **ret_answer);
    uint64_t (*now)(void *context); /* ms since 1970, true time of the drill */
};

#endif
