/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemons of a rehearsal: processes of this machine, one an actor (0 is the broker, party i is i + 1), in the folder of their
 * network. Nothing here knows what is played.
 */
#ifndef COMITY_DRILLS_CONDUCT_DAEMONS_H
#define COMITY_DRILLS_CONDUCT_DAEMONS_H

#include <signal.h>

#include "drills/conduct/conduct_rehearsal.h"
#include "drills/conduct/network_files.h"
#include "nodes/cli/client.h"
#include "nodes/cli/network.h"

/* A port of the loopback that nobody listens at; 0: none. */
unsigned daemons_free_port(void);

struct daemon_actor {
    struct network_member member; /* pid 0: it is down */
    struct cli cli;               /* as a command at its node has it */
    struct client client;
    bool has_client;
    int64_t off_ms; /* its clock is wrong by so much */
    bool cut;       /* its line leads nowhere */
    uint64_t letters, looked_ms;
    bool backed_up;
};

struct daemons {
    const struct network *network; /* borrowed */
    struct rehearsal *of;
    struct arena *arena, *scratch;
    struct network_folder folder; /* of what stays the same; in scratch: what is written anew */
    bool made, ours;
    int lock; /* of the folder: it is in use (left_over.h); -1: none */
    struct exercise_clock clock;
    struct daemon_actor *actors;
    size_t count;
    sigset_t signals, before;
    bool holds_signals;
};

/* Signals that end a rehearsal wait from now on. */
struct daemons *daemons_new(struct rehearsal *);
/* Ends every process, removes what is ours. NULL is allowed. */
void daemons_free(struct daemons *);

/* Makes the folder and starts all; their time is that then, and goes so many times as fast as the machine's. */
MUST_USE bool daemons_begin(struct daemons *, const struct network *, uint64_t shows_ms, uint64_t rate,
                            struct error *);
/* Ends all that are up, and starts them at another time. */
MUST_USE bool daemons_leap(struct daemons *, uint64_t shows_ms, struct error *);

bool daemons_is_up(const struct daemons *, size_t actor);
void daemons_crash(struct daemons *, size_t actor); /* SIGKILL; it may be down */
MUST_USE bool daemons_start(struct daemons *, size_t actor, struct error *);
/* With what its line and its clock have been set to meanwhile; nothing if it is down. */
MUST_USE bool daemons_restart(struct daemons *, size_t actor, struct error *);
/* Gives everybody the newest roster of the network. */
MUST_USE bool daemons_roster(struct daemons *, struct error *);
/* A copy of its store as it stands, and bringing that back: it is down after. */
MUST_USE bool daemons_back_up(struct daemons *, size_t actor, struct error *);
MUST_USE bool daemons_restore(struct daemons *, size_t actor, struct error *);

/* Waits so long, or until a signal that ends it: then false. */
MUST_USE bool daemons_wait(struct daemons *, uint64_t ms);
/* An actor that ended by itself since it was asked last; SIZE_MAX: none. It is down. */
size_t daemons_ended(struct daemons *);

/* A query or command of a person at a node. False: it does not answer. */
MUST_USE bool daemons_command(struct daemons *, size_t actor, const struct command *, unsigned *ret_status,
                              json_t **ret_answer);
/* Whether its node has taken letters since it was asked last; it is asked a few times a second at most. */
bool daemons_changed(struct daemons *, size_t actor);

#endif
