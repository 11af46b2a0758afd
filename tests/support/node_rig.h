/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for one node in a test, turns by hand on a memory disk. The test plays the broker, and XA/poc, whose envelopes it
 * makes and may make wrong. The node is XB/poc. Time stands still until the test moves it. Ends the test with ensure().
 */
#ifndef COMITY_TESTS_SUPPORT_NODE_RIG_H
#define COMITY_TESTS_SUPPORT_NODE_RIG_H

#include "drills/world/disk.h"
#include "keys/receipt.h"
#include "keys/seal.h"
#include "nodes/case.h"
#include "nodes/node.h"
#include "tests/support/case_letters.h"
#include "tests/support/roster_fixture.h"

#define RIG_HEARD_MAX 256

struct rig {
    struct slab *slab;
    struct fixture *fixture;
    const struct fixture_party *me, *peer; /* XB/poc, XA/poc */
    struct disk *disk;
    char vfs[32];
    struct node_options options;
    struct node *node;
    struct turn *turn;
    struct arena *arena; /* of what was heard and made, until rig_close */
    wall_ms wall;
    mono_ms mono;
    link_id link;
    uint64_t random;
    bool begins;        /* the first turn of a process has a tick, as a host's has */
    size_t heard_count; /* of the last turn */
    const Comity__Frame *heard[RIG_HEARD_MAX];
    bool hung_up;
    struct bytes my_prekeys; /* the newest SignedPrekeys the node published */
    uint8_t peer_secret[8][32];
    struct public_key peer_key[8];
};

/* A node with the fixture's roster, at T0_MS; no link yet. */
struct rig *rig_open(const char *vfs);
void rig_close(struct rig *);
/* For cmocka: each test has a rig of its own, not yet linked or linked. */
int rig_setup(void **state);
int rig_setup_linked(void **state);
int rig_teardown(void **state);
/* The process ends and starts again. */
void rig_restart(struct rig *);

/* A turn: any doors between begin and end; end commits and collects what was said. */
void rig_begin(struct rig *);
void rig_end(struct rig *);
/* A turn with this frame from the broker, or a tick after the clocks moved on. */
void rig_say(struct rig *, const Comity__Frame *);
void rig_say_bytes(struct rig *, struct bytes frame);
void rig_tick(struct rig *, uint64_t ms_later);

/* A link that has said its Hello, and no more. */
void rig_link_up(struct rig *);
/* Link up and Welcome: the heads are still to come. */
void rig_hello(struct rig *);
/* Link up, Welcome, Heads without heads: ready. The node's prekeys are taken. */
void rig_link(struct rig *);
void rig_link_down(struct rig *);
void rig_welcome(struct rig *, uint64_t roster, uint64_t prekeys);
/* The same with another time than the node's. */
void rig_welcome_at(struct rig *, uint64_t roster, uint64_t prekeys, uint64_t now_ms);
/* Heads, the last frame of them; head NULL: none. */
void rig_heads(struct rig *, Comity__PeerHead *head);
/* One frame of them. */
void rig_heads_part(struct rig *, Comity__PeerHead **heads, size_t count, bool last);
/* A head of the urgent chain to XA/poc (own) or from it, with an id that nobody has made. */
Comity__PeerHead rig_head(struct rig *, bool own, uint32_t incarnation, uint32_t seq);
void rig_ping(struct rig *, uint64_t nonce);
void rig_settle(struct rig *, const struct digest *, size_t count);
/* Answers Prekeys{ask XA/poc} with a list of 8 keys. */
void rig_give_prekeys(struct rig *, uint64_t number);
void rig_give_prekeys_of(struct rig *, uint64_t number, wall_ms issued, uint64_t first_ms);

/* The nth frame of that kind that was said in the last turn, from 0; NULL. */
const Comity__Frame *rig_heard(const struct rig *, Comity__Frame__BodyCase, size_t nth);
size_t rig_count(const struct rig *, Comity__Frame__BodyCase);

/* --- XA/poc's envelopes --- */

/* What an envelope is made from; rig_letter() fills it so that every check holds, the test then breaks one thing. */
struct sample {
    Comity__Header header;
    Comity__Context context;
    Comity__Letter *letter;
    struct bytes letter_bytes; /* used instead of letter when not empty */
    struct address from, to, context_from, context_to;
    struct public_key key, signers[3];
    const struct signer *officers[3]; /* who sign */
    const struct signer *node_signer;
    struct public_key slot; /* recipient key */
    struct digest prev, case_prev, seen, roster_hash;
    struct case_id case_id;
    uint8_t exercise[16];
    Comity__Gossip gossip;
    /* results of rig_seal */
    struct envelope_id id;
    struct letter_id letter_id;
    struct bytes bytes;
    struct sealed sealed;
    struct bytes proof;
};
/* Number seq of the chain (urgent, 1), letter case_seq of the case; follows previous (NULL: it is the first). */
void rig_letter(struct rig *, struct sample *, enum letter_kind, uint32_t seq, uint32_t case_seq,
                const struct sample *previous);
void rig_seal(struct rig *, struct sample *);
/* The same with other bytes in its inner part. */
void rig_seal_inner(struct rig *, struct sample *, struct bytes inner);
/* A turn with Deliver of these bytes. */
void rig_deliver(struct rig *, struct bytes envelope);
struct bytes rig_deliver_frame(struct rig *, struct bytes envelope); /* what the broker says then */
/* Seals and delivers. */
void rig_send(struct rig *, struct sample *);

/* --- receipts --- */

/* The receipt of that kind about an envelope said in the last turn; its item; NULL. */
const Comity__ReceiptItem *rig_receipt(struct rig *, enum receipt_kind, const struct envelope_id *);
/* A receipt about one of XB/poc's envelopes, signed by whom its kind needs, as a frame to the node. */
struct bytes rig_make_receipt(struct rig *, enum receipt_kind, const Comity__Header *,
                              const struct envelope_id *, enum reason);
void rig_give_receipt(struct rig *, enum receipt_kind, const Comity__Header *, const struct envelope_id *,
                      enum reason);

/* --- rosters --- */

/* The node takes the version after its own, changed so; NULL: not at all. */
void rig_change_roster(struct rig *, fixture_mutate *, void *context);

#endif
