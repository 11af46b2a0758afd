/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network of fictional States on one machine: DIR/broker, DIR/XA-poc, DIR/XB-poc ..., DIR/roots (the root keys), DIR/roster.
 * Each party's directory stands alone and could be carried to another machine; only roots/ stays where the registrar is.
 */
#ifndef COMITY_NODES_CLI_NETWORK_H
#define COMITY_NODES_CLI_NETWORK_H

#include <sys/types.h>

#include "nodes/cli/cli.h"
#include "proto/ids.h"

#define NETWORK_PARTIES_MAX 400
#define NETWORK_ROOTS_MAX   9
#define NETWORK_PORT_FIRST  7701

struct network_plan {
    struct address parties[NETWORK_PARTIES_MAX];
    size_t party_count;
    unsigned roots, threshold;
    unsigned port;
    bool exercise; /* its officers sign exercises only, and every node has joined one */
};

/* Makes all of it under directory, which must not exist or be empty. Returns an exit code, having said what went wrong. */
int network_make(struct cli *, const char *directory, const struct network_plan *);

/* One daemon of a network. */
struct network_member {
    char name[40]; /* "broker", "XA-poc": its directory */
    bool is_broker;
    const char *path; /* DIR/name */
    const char *log;  /* DIR/name/log */
    pid_t pid;        /* of the running daemon; 0: not running */
    bool
        ends_with_us; /* killed by the kernel as soon as the process that started it is gone, however it went */
};

/* The broker first, then the parties by name. False, having said why, when DIR is no network. */
MUST_USE bool network_members(struct cli *, const char *directory, struct network_member **ret,
                              size_t *ret_count);

/* Starts one member in the background; its log goes to its file. False with an error. Does not wait. */
MUST_USE bool network_start(struct cli *, const struct network_member *, pid_t *ret_pid, struct error *);
/* Waits until the member serves: the node's API answers, the broker's log says ready. False with an error. */
MUST_USE bool network_wait_ready(struct cli *, const struct network_member *, pid_t pid, unsigned timeout_ms,
                                 struct error *);
/* What a node says of itself (/v1/status): a new reference, NULL when it does not answer. */
MUST_USE json_t *network_ask(struct cli *, const struct network_member *);
/* Waits until every node that answers has its link to the broker, timeout_ms at most. */
void network_wait_connected(struct cli *, const struct network_member *, size_t count, unsigned timeout_ms);
/* Ends a running member with SIGTERM (SIGKILL after timeout_ms) and waits until it is gone. */
MUST_USE bool network_stop(const struct network_member *, unsigned timeout_ms, struct error *);
/* The process id that holds a member's lock; 0: none. */
pid_t network_pid(const char *lock_path);

/* Milliseconds a caller waits between two looks at a condition. */
void network_pause(unsigned ms);

#endif
