/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for one broker in a test: turns by hand, a memory disk, links as numbers, and everything that was said decoded.
 * Time stands still until the test moves it. Any FATAL door fails the test, except where the test asks for it.
 */
#ifndef COMITY_TESTS_SUPPORT_BROKER_DRIVER_H
#define COMITY_TESTS_SUPPORT_BROKER_DRIVER_H

#include "broker/broker.h"
#include "drills/world/disk.h"
#include "keys/envelope.h"
#include "tests/support/roster_fixture.h"

#define DRIVER_STORE "/broker.db"

struct heard {
    link_id link;
    const Comity__Frame *frame; /* NULL: the link was hung up */
};

struct driver {
    struct slab *slab;
    struct fixture *fixture;
    struct disk *disk;
    struct broker_options options;
    struct broker *broker;
    struct turn *turn;
    struct arena *arena; /* of what was heard and made, until driver_close */
    wall_ms wall;
    mono_ms mono;
    uint64_t links;
    size_t heard_count, heard_room;
    struct heard *heard;
    uint64_t random; /* xorshift */
};

/* A broker with an empty store and the fixture's roster taken. options as they are set here; then driver_open. */
struct driver *driver_new(const char *vfs);
void driver_open(struct driver *);
void driver_free(struct driver *);
/* For cmocka: each test has an open one of its own. */
int driver_setup(void **state);
int driver_teardown(void **state);

/* One turn: begin, any doors (driver_say ...), end with commit and speaking. */
void driver_begin(struct driver *);
void driver_end(struct driver *);
/* The turn is decided and the power goes before the commit: closes, loses what was not synced, opens again. */
void driver_cut(struct driver *);
/* Closes and opens: the process was restarted between turns. */
void driver_restart(struct driver *);

/* Inside a turn. */
void driver_say(struct driver *, link_id, const Comity__Frame *);
void driver_say_bytes(struct driver *, link_id, struct bytes);

/* A turn of its own for each of these. */
link_id driver_link_up(struct driver *, const char *address); /* without Hello */
link_id driver_link(struct driver *, const char *address);    /* greeted */
void driver_do(struct driver *, link_id, const Comity__Frame *);
void driver_credit(struct driver *, link_id, enum lane, uint32_t envelopes);
void driver_tick(struct driver *, uint64_t ms_later); /* both clocks move on, then a tick */
/* Turns until the broker wants nothing more at once (bounded). */
void driver_settle_down(struct driver *);

/* What was heard: frames of a kind on a link, counted from mark on. The n-th (from 0), or NULL. */
const Comity__Frame *driver_heard(const struct driver *, size_t mark, link_id, int body_case, size_t nth);
size_t driver_heard_count(const struct driver *, size_t mark, link_id, int body_case);
bool driver_hung_up(const struct driver *, size_t mark, link_id);

/* One envelope as a node makes it. The broker never looks into the body: it is noise of the smallest size. */
struct sample {
    const char *from, *to;
    enum lane lane;
    enum envelope_kind kind; /* 0: KIND_LETTER */
    uint32_t incarnation, seq;
    struct digest prev;
    uint64_t created_ms, expires_ms;
    uint64_t roster;
    const struct signer *signer; /* NULL: the sender's node key */
    uint8_t version, noise;      /* version 0: 1; noise: another body */
};
struct made {
    struct bytes envelope;
    struct envelope_id id;
    struct sample of;
};
struct sample driver_sample(const struct driver *, const char *from, const char *to, uint32_t seq);
struct made driver_make(struct driver *, struct sample);
/* The next number after made in its chain. */
struct made driver_after(struct driver *, const struct made *);

/* Over a new link of its sender: count numbers of one chain are accepted, the first of which is made from that sample. */
void driver_accept(struct driver *, struct sample, struct made *, size_t count);
struct made driver_accept_one(struct driver *, const char *from, const char *to);

/* Frames, in the arena. */
const Comity__Frame *driver_submit(struct driver *, uint64_t tag, const struct made *);
/* A receipt of the party that signs: kind over count envelopes of one pair, with its digest. */
const Comity__Frame *driver_receipt(struct driver *, enum receipt_kind, const char *signer,
                                    const struct made *made, size_t count, enum reason,
                                    struct digest *ret_digest);
const Comity__Frame *driver_settle(struct driver *, const struct digest *);

/* The SignedReceipt read with all checks under the broker's roster; fails the test when it does not hold. */
const Comity__Receipt *driver_read_receipt(struct driver *, ProtobufCBinaryData signed_receipt,
                                           struct digest *ret_digest);
struct digest driver_receipt_digest(struct driver *, ProtobufCBinaryData signed_receipt);

#endif
