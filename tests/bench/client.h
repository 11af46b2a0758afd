/* SPDX-License-Identifier: Apache-2.0 */
/* A node's side of a link, reduced to frames: no store, nothing checked. */
#ifndef COMITY_TESTS_BENCH_CLIENT_H
#define COMITY_TESTS_BENCH_CLIENT_H

#include "proto/wire.h"
#include "tests/bench/network.h"

/* A connected CURVE DEALER that tries again every millisecond until somebody listens. */
void *dealer_open(void *zmq, const char *endpoint, const struct public_key *server,
                  const struct link_key *own);

struct client {
    void *socket;
    struct arena *arena; /* emptied with each frame heard and each frame said */
    const struct network *network;
    size_t party;
};

/* Connects as that party of the network and says Hello; hears nothing yet. */
void client_open(struct client *, struct bench *, size_t party);
void client_close(struct client *);
void client_send(struct client *, struct bytes frame);
void client_say(struct client *, const Comity__Frame *);
/* The next frame, valid until the next call. Aborts after 20 s of silence. */
const Comity__Frame *client_hear(struct client *);
const Comity__Frame *client_hear_kind(struct client *, int body_case);
/* Hears until the last Heads: the link is open. */
void client_greet(struct client *);
void client_credit(struct client *, uint32_t envelopes);
/* Turns the broker has committed. */
uint64_t client_committed(struct client *);

/* Frames in an arena. */
struct bytes frame_hello(const struct network *, struct arena *, size_t party);
struct bytes frame_submit(const struct stack *, struct arena *, size_t index);
struct bytes frame_credit(struct arena *, uint32_t envelopes);
/* The recipient's receipt for the envelopes [first, first + count) of the stack. */
struct bytes frame_delivered(const struct bench *, struct arena *, size_t first, size_t count,
                             struct digest *ret_digest);
struct bytes frame_settle(struct arena *, const struct digest *);

#endif
