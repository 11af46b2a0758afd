/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On what a scenario is played: the world (host_world.c) or daemons of this machine (host_daemons.c). A host gives the network of the
 * play, the time it has, the API of each node, and the means for faults; what is played, and in which order, is not its concern.
 * Actors go by number: 0 is the broker, party i is i + 1.
 */
#ifndef COMITY_DRILLS_CONDUCT_HOST_H
#define COMITY_DRILLS_CONDUCT_HOST_H

#include "base/error.h"
#include "drills/scenario/scenario.h"
#include "nodes/node.h"

struct play;

struct play_host {
    const char *way; /* in the record: "world" */
    /* Why it has no means for it, for people; NULL: it has. Both may be NULL: it plays what it can, and counts the rest. */
    const char *(*lacks_fault)(const struct scenario_fault *);
    const char *(*lacks_inject)(const struct scenario_inject *);
    /* Draws the network and starts it. False with an error; close() is called whatever open() came to. */
    bool (*open)(struct play *, struct error *);
    void (*close)(struct play *);

    /* --- time --- */

    uint64_t (*now)(const struct play *); /* ms since 1970, true time of the drill */
    /* Before then nothing happens by itself; UINT64_MAX: the host cannot know, or nothing ever does. */
    uint64_t (*next)(const struct play *);
    /* Until then; a host whose time goes by itself may come back sooner. False with an error: it cannot go on. */
    bool (*pass)(struct play *, uint64_t until_ms, struct error *);
    /* Every machine sleeps until then. False with an error. */
    bool (*leap)(struct play *, uint64_t to_ms, struct error *);

    /* --- the nodes --- */

    bool (*is_up)(const struct play *, size_t actor);
    /* False: it does not answer. */
    bool (*command)(struct play *, size_t party, const struct command *, unsigned *ret_status,
                    json_t **ret_answer);
    /* The next party, from that place on, where a letter came or took effect since it was asked last; SIZE_MAX: none. */
    size_t (*changed)(struct play *, size_t from);
    /* It was read for the last time: what it holds may go now. NULL: it goes at close(). */
    void (*retire)(struct play *, size_t actor);
    /* What an attacker says to the broker in the name of a party. NULL: lacks_inject() refuses attackers with a key. */
    void (*say_frame)(struct play *, size_t party, struct bytes frame);

    /* --- faults --- */

    void (*crash)(struct play *, size_t actor); /* it may be down already */
    bool (*start)(struct play *, size_t actor, struct error *);
    void (*cut_line)(struct play *, size_t party, bool cut);
    void (*break_line)(struct play *, size_t party); /* it comes up again by itself; NULL: no line breaks */
    void (*slow_line)(struct play *, size_t party, uint64_t latency_ms, uint64_t bytes_per_s);
    void (*set_clock)(struct play *, size_t actor, int64_t off_ms);
    void (*give_roster)(struct play *); /* the network's newest, to all */
    void (*back_up)(struct play *, size_t fault, size_t actor);
    bool (*has_backup)(const struct play *, size_t fault);
    void (*restore)(struct play *, size_t fault, size_t actor); /* it is down after */
};

#endif
