/* SPDX-License-Identifier: Apache-2.0 */
/* A network of its own: a signed roster of 302 parties, valid now, and the directory of its broker. */
#ifndef COMITY_TESTS_BENCH_NETWORK_H
#define COMITY_TESTS_BENCH_NETWORK_H

#include "keys/roster.h"
#include "tests/bench/bench.h"

#define SENDER    "XA/poc"
#define RECIPIENT "XB/poc"
#define PARTIES   (2 + IDLE_COUNT) /* the sender, the recipient, and who is only connected */
#define BROKER_ID "hub"

/* An X25519 pair for CURVE. */
struct link_key {
    struct public_key key;
    uint8_t secret[32];
};

struct network {
    struct network_id id;
    const char *endpoint; /* of its broker */
    struct bytes json, minisig;
    struct address parties[PARTIES];
    struct link_key links[PARTIES];
    struct link_key broker_link;
    struct signer sender, recipient, receipt, root;
    wall_ms made; /* of the roster and of all envelopes */
};

/* Makes the roster and writes DIRECTORY/hub as comity-broker wants it, bound to the port. Aborts on any failure. */
struct network *network_new(struct bench *, unsigned port);
void network_free(struct network *);

/* An encoded Header of number seq of the chain; previous: the id of number seq - 1. */
struct bytes network_header(const struct network *, struct arena *, uint32_t seq,
                            const struct envelope_id *previous);

#endif
