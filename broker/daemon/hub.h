/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker's ROUTER socket and everything that makes it safe to expose (traps of libzmq 4.3.4): CURVE with a ZAP handler that
 * admits roster keys only, identity from the ZAP User-Id of the payload frame and never from the routing id, exactly one
 * payload frame a message, MANDATORY, a watchdog against frames that never end, and kicking by descriptor.
 *
 * Single-threaded: sockets, ZAP and monitor are served by one poll in hub_wait().
 */
#ifndef COMITY_BROKER_DAEMON_HUB_H
#define COMITY_BROKER_DAEMON_HUB_H

#include "base/clock.h"
#include "base/error.h"
#include "base/turn.h"
#include "keys/slab.h"
#include "proto/ids.h"

struct hub;

/*
 * Whom a CURVE key belongs to: fills ret_party and returns true, or false: refuse. Asked at the handshake, at link up, and once a
 * minute of each link.
 */
struct hub_admission {
    bool (*admit)(void *context, const struct public_key *, struct address *ret_party);
    void *context;
};

/* Makes the context, the ZAP handler, the sockets; runs the self-test; binds. NULL with an error: do not serve. */
MUST_USE struct hub *hub_open(const char *bind_endpoint, const struct public_key *link_key,
                              struct bytes link_secret, struct hub_admission, struct error *);
void hub_close(struct hub *);

/* The endpoint really bound (a port * becomes a number); valid for the hub's life. */
const char *hub_endpoint(const struct hub *);

enum hub_event { HUB_NOTHING, HUB_LINK_UP, HUB_FRAME, HUB_LINK_DOWN };
struct hub_input {
    enum hub_event event;
    link_id link;
    struct address party; /* HUB_LINK_UP */
    struct bytes frame;   /* HUB_FRAME; valid until the next hub_next() */
};

/* Waits until something arrives, extra_fd is readable, or timeout_ms (-1: for ever). True if extra_fd is readable. */
MUST_USE bool hub_wait(struct hub *, int extra_fd, int64_t timeout_ms, struct error *);
/* The next input without waiting. HUB_NOTHING: drained. */
struct hub_input hub_next(struct hub *);

/* Speaks one frame. False: it could not be spoken (queue full or gone); the link is ended and reported by hub_next(). */
bool hub_send(struct hub *, link_id, struct bytes frame);
/* Ends a link after a moment in which what was sent can leave. */
void hub_hang_up(struct hub *, link_id, mono_ms now);
/* Watchdog, delayed hang-ups, links that are not admitted any more; returns when to call it again at the latest. */
mono_ms hub_tend(struct hub *, mono_ms now);

/* What was turned away at the door since the start. */
struct hub_figures {
    uint64_t admitted_keys;
    uint64_t refused_keys;      /* not in the roster, revoked, or past its time, of links that are up, too */
    uint64_t failed_handshakes; /* never got as far as a key */
    uint64_t forged;            /* another party's routing id */
    uint64_t second_frames, flooded, unspeakable, accept_failed;
    uint64_t connections; /* that are open now */
};
const struct hub_figures *hub_figures(const struct hub *);

#endif
