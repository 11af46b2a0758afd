/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer: speaks to a broker as a party or as a stranger and does one thing wrong (or nothing), for tests on real daemons.
 * It prints one line for each frame it is answered. A tool of tests: whatever goes wrong in itself ends it with code 9.
 */
#ifndef COMITY_TESTS_E2E_PEER_H
#define COMITY_TESTS_E2E_PEER_H

#include "base/arena.h"
#include "drills/play/flaws.h"
#include "keys/keyfile.h"
#include "keys/roster.h"
#include "keys/sign.h"
#include "proto/wire.h"

#define PEER_BROKEN 9

/* How the connection is made. */
enum mechanism { MECHANISM_CURVE, MECHANISM_STRANGER, MECHANISM_PLAIN, MECHANISM_NULL };

struct peer {
    const char *network_directory;
    char folder[64]; /* "XA-poc" */
    struct slab *slab;
    struct arena *arena;
    struct roster *roster;
    struct network_id network;
    struct address own;
    struct keyfile link;
    struct signer node, officer;
    const char *endpoint;   /* NULL: the roster's */
    const char *routing_id; /* NULL: libzmq chooses */
    void *context, *socket, *monitor;
    uint64_t tag; /* of the last submit */
    struct {
        char to[ADDRESS_MAX]; /* "": nobody asked for yet */
        struct public_key key;
    } sealing;
};

/* Says why and ends the program with PEER_BROKEN. */
_Noreturn void broken(const char *format, ...) PRINTF_LIKE(1, 2);

/* Reads roster and keys of DIR/folder. */
void peer_open(struct peer *, const char *network_directory, const char *folder);
void peer_close(struct peer *);
/* The key of a role of any party of the network: signer_of(peer, "XC-poc/keys/node.key"). */
struct signer peer_signer(struct peer *, const char *file);

/* --- the link --- */

void peer_connect(struct peer *, enum mechanism);
void peer_disconnect(struct peer *);
void peer_send(struct peer *, struct bytes frame, bool more);
/* Packs without asking limits.def, and sends. */
void peer_say(struct peer *, const Comity__Frame *);
struct bytes peer_pack(struct peer *, const ProtobufCMessage *);
void peer_hello(struct peer *, const char *as);
void peer_submit(struct peer *, struct bytes envelope);
void peer_credit(struct peer *, uint32_t envelopes);

/* What was heard; a frame lies in the arena. */
enum heard { HEARD_FRAME, HEARD_CLOSED, HEARD_REFUSED, HEARD_NOTHING };
enum heard peer_hear(struct peer *, long timeout_ms, const Comity__Frame **ret);
/* One line about it on standard output. */
void print_frame(struct peer *, const Comity__Frame *);
void print_heard(enum heard);
/* Hears and prints until a frame of that kind, or the end of the link, or silence; the frame or NULL. */
const Comity__Frame *peer_expect(struct peer *, int body_case, long timeout_ms);
/* Hello, Welcome, all Heads. */
void peer_greet(struct peer *);

/* --- what is sent --- */

struct recipe {
    const char *to;
    const char *from; /* NULL: own */
    uint32_t lane, incarnation, seq;
    struct digest prev; /* when seq > 1 */
    uint64_t created_ms, expires_ms;
    const struct signer *signer;  /* NULL: own node key */
    const struct signer *officer; /* NULL: own duty officer */
    const char *context_from;     /* NULL: from */
    const char *reference;        /* of the request; NULL: a fresh one */
    enum flaw flaw;
};

/* A valid urgent request, number 1 of a new incarnation, made now. */
struct recipe recipe_new(struct peer *, const char *to);
/* Asks the broker for the recipient's sealing keys; without any it seals for a key nobody has. */
struct flawed_envelope peer_make(struct peer *, const struct recipe *);

#endif
