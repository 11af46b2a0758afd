/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's link to the broker: a DEALER over CURVE to the endpoint and key that the signed roster names. A link is one
 * connection: when it ends, the socket is thrown away with all that was queued in it, and a new one with a new random routing
 * id takes its place. So a core sees clean links, and libzmq's own reconnecting never resends behind its back.
 */
#ifndef COMITY_NODES_DAEMON_UPLINK_H
#define COMITY_NODES_DAEMON_UPLINK_H

#include "base/clock.h"
#include "base/error.h"
#include "base/turn.h"
#include "proto/ids.h"

struct uplink;

/* Nothing is connected yet. link_secret: the party's 32-byte link key, borrowed. */
MUST_USE struct uplink *uplink_new(const struct public_key *link_key, struct bytes link_secret,
                                   struct error *);
void uplink_free(struct uplink *); /* NULL is allowed */

/* Whom to connect to, from the roster; strings are copied. A changed target ends the present link. */
MUST_USE bool uplink_target(struct uplink *, const char *const *endpoints,
                            const struct public_key *broker_key, struct error *);

/* Nobody: the present link ends, and there is none until a target is given. Why: a literal sentence, and what it is about or "". */
void uplink_untarget(struct uplink *, const char *why, const char *about);

/* The sockets to poll for reading, at most 2. */
size_t uplink_poll_sockets(struct uplink *, void *ret[2]);

enum uplink_event { UPLINK_NOTHING, UPLINK_UP, UPLINK_FRAME, UPLINK_DOWN };
struct uplink_input {
    enum uplink_event event;
    link_id link;
    struct bytes frame; /* valid until the next uplink_next() */
    const char *why;    /* UPLINK_DOWN */
};
/* The next input without waiting; UPLINK_NOTHING: drained. */
struct uplink_input uplink_next(struct uplink *, mono_ms now);

/* False: not spoken (no such link, or its queue is full); the link is then ended and reported. */
bool uplink_send(struct uplink *, link_id, struct bytes frame);
/*
 * Ends it once what was said is on its way; why, a sentence as uplink_trouble() gives it, is copied. The next comes up at once; where
 * links end so again and again, each before a minute is over, later and later, up to 10 s: a broker that refuses the Hello, or two
 * nodes with one link key.
 */
void uplink_hang_up(struct uplink *, link_id, const char *why, mono_ms now);
/* Connects when it is time to. Returns when to call it again at the latest. */
mono_ms uplink_tend(struct uplink *, mono_ms now);

/* Why there is no link, as node_link_trouble() takes it: "nobody answers: tcp://..."; "" when there is one. */
const char *uplink_trouble(const struct uplink *);

#endif
