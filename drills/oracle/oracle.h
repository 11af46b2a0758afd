/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle: did the network keep its promises? It keeps its own record of what was submitted, accepted, delivered and opened,
 * from the frames that were said and from what officers were told, and at the end reads the databases with SQL of its own. It
 * shares no code with broker, nodes, proto and keys (mk/layers.sh holds it to base): it reads protobuf and receipts by itself,
 * and so would notice if they all made the same mistake. Invariants: docs/architecture.md (I1 .. I12).
 *
 * The first broken invariant stays; later calls do nothing.
 */
#ifndef COMITY_DRILLS_ORACLE_ORACLE_H
#define COMITY_DRILLS_ORACLE_ORACLE_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/bytes.h"

struct oracle;

struct oracle_party {
    const char *address;                /* borrowed for the oracle's life */
    uint8_t node_key[32], seal_key[32]; /* public */
};

/* Actor 0 is the broker, 1 .. party_count the parties in this order. */
struct oracle *oracle_new(const struct oracle_party *, size_t party_count, const uint8_t receipt_key[32]);
void oracle_free(struct oracle *); /* NULL is allowed */

struct oracle_verdict {
    const char *invariant; /* "I1" .. "I12" */
    uint64_t at_us;
    char text[512]; /* what is wrong, with ids */
};
/* NULL while all is well. */
const struct oracle_verdict *oracle_verdict(const struct oracle *);

/* --- what it is shown; at_us is true time and never goes back --- */

/* A frame said after its speaker's commit. to_broker: party said it to the broker; else the broker to the party. */
void oracle_said(struct oracle *, uint64_t at_us, size_t party, bool to_broker, struct bytes frame);
/* An officer's submit is about to be handed to the node; and what was answered (status 0: nothing, the node went down). */
void oracle_submit(struct oracle *, uint64_t at_us, size_t party, const uint8_t command_id[16],
                   struct bytes context, struct bytes letter);
void oracle_answer(struct oracle *, uint64_t at_us, size_t party, const uint8_t command_id[16],
                   unsigned status, const json_t *answer);
/* An officer signed OPENED for letters of a case and is about to hand it to the node. */
void oracle_opened(struct oracle *, uint64_t at_us, size_t party, struct bytes signed_receipt);
/* A case as a party shows it to an officer at any moment (the answer 200 of GET case; borrowed). */
void oracle_shown(struct oracle *, uint64_t at_us, size_t party, const char *case_id, const json_t *view);
/* Text that only the two ends may know: nowhere on the broker's disk, in no frame and no log. Copied; 12 to 64 bytes. */
void oracle_canary(struct oracle *, const char *text);
/* An actor's log has this line; NULL: without words. */
void oracle_logged(struct oracle *, uint64_t at_us, size_t actor, const char *text);

/* Faults that excuse: from now on what this actor's store had committed after since_us may be gone. */
void oracle_lost_after(struct oracle *, uint64_t at_us, size_t actor, uint64_t since_us);
/*
 * A link told lies (hostile mode): heads, settlements and times heard there prove nothing. What was said still binds, and what is
 * signed cannot be made by a link.
 */
void oracle_hostile(struct oracle *, uint64_t at_us, size_t party);

/*
 * This party lies: what it says is no promise, and every envelope of it is unsound. None of them may be delivered or have an effect,
 * and what is accepted under one number is one of them. To be called before it says anything.
 */
void oracle_liar(struct oracle *, size_t party);
/*
 * Whether anything it was told of explains that this actor asks that party for what was lost: a store that lost, of one of them or the
 * broker, or a link of theirs that lied. The actor itself as party: that it names a loss of its disk.
 */
bool oracle_may_recall(const struct oracle *, size_t actor, size_t party);

/* An officer's key is revoked: what it signed is not taken back any more by a store that lost it. */
void oracle_revoked(struct oracle *, uint64_t at_us, const uint8_t officer_key[32]);

/*
 * All faults are over; healed_ms is true time as a right clock shows it. Who has a day from here on has no reason to let an envelope
 * die of age (I8).
 */
void oracle_healed(struct oracle *, uint64_t at_us, uint64_t healed_ms);

/* --- the end --- */

/* The databases, all closed cleanly by now: opened read-only through these VFSs. path NULL: not to be read. */
struct oracle_store {
    const char *vfs, *path;
};
/* After the heal and the bound of I8: every promise is checked. stores[0] is the broker's, then the parties'. */
void oracle_finish(struct oracle *, uint64_t at_us, const struct oracle_store *stores);
/* The same case as both sides show it (GET case; borrowed). NULL: that side does not know it. After the finish. */
void oracle_case(struct oracle *, uint64_t at_us, const char *case_id, size_t q_party, const json_t *q_view,
                 size_t r_party, const json_t *r_view);

struct oracle_figures {
    uint64_t letters; /* submits answered 200, each letter once */
    uint64_t accepted, delivered, refused, rejected, expired,
        opened;          /* envelopes of which a receipt said so */
    uint64_t duplicates; /* submits of envelopes submitted before */
    uint64_t excused;    /* broken promises that a loss told of excuses */
    uint64_t failed;     /* at the end: letters given up, with a reason, at their authors */
};
struct oracle_figures oracle_figures(const struct oracle *);

#endif
