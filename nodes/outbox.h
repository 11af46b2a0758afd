/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes of our own: sealed when the roster and the recipient's keys allow, kept until they are delivered, refused,
 * rejected or expired, and sent again by themselves (docs/protocol.md 6). An envelope that failed on its way is replaced:
 * the letter is sealed again under a new number, without asking the officer.
 */
#ifndef COMITY_NODES_OUTBOX_H
#define COMITY_NODES_OUTBOX_H

#include "keys/receipt.h"
#include "keys/seal.h"
#include "nodes/chains.h"
#include "nodes/letters.h"

/* The order matters: below OUT_DELIVERED the envelope is still open. */
enum out_state {
    OUT_SEALED = 1, /* not taken by the broker yet */
    OUT_ACCEPTED,
    OUT_DELIVERED,
    OUT_REFUSED,  /* by the recipient */
    OUT_REJECTED, /* by the broker */
    OUT_EXPIRED,
    OUT_VOIDED, /* here: it was never sent */
};
const char *out_state_name(enum out_state); /* "sealed" ... */
/*
 * A refusal that says nothing about the letter: transport failed it, and it goes again under a new number. FORK and
 * SEQUENCE tell that this node was restored, which the new incarnation heals.
 */
MUST_USE bool reason_is_of_transport(enum reason);

struct out_row {
    uint64_t number;
    struct envelope_id id;
    struct letter_id letter; /* zero: a CONTROL */
    struct address to;
    enum lane lane;
    uint32_t incarnation, seq;
    uint64_t created_ms, expires_ms;
    uint64_t accepted_ms, ended_ms; /* 0: not yet */
    enum out_state state;
    enum reason reason; /* of the end, or of the last refusal for now; NONE */
    const char *detail; /* what the broker said about it, "" */
    bool parked;        /* waits for another roster */
    bool said;          /* was submitted at least once */
    bool unanswered;    /* it ended without the word ACCEPTED, and is submitted until that comes */
    bool blocked;       /* its chain waits because the broker said so */
    /* What the broker last told about it (StatusFrame); status_ms 0: nothing. */
    uint32_t status; /* 1 WAITING 2 SENT 3 SETTLED 4 EXPIRED 5 UNKNOWN */
    uint64_t status_ms, status_before, recipient_seen_ms;
    bool recipient_here;
};
MUST_USE bool outbox_get(struct node *, const struct envelope_id *, struct arena *, struct out_row *ret);
/* The envelopes of a letter, oldest first; at most max. */
size_t outbox_of_letter(struct node *, const struct letter_id *, size_t max, struct arena *,
                        struct out_row *ret);
/*
 * The envelope that speaks for those the broker has not taken: one it refused for now, else the oldest. False: all that were
 * sealed have been taken.
 */
MUST_USE bool outbox_not_taken(struct node *, struct arena *, struct out_row *ret);
/* Ids of envelopes, in either direction, that begin with these digits (8 to 64 of them); at most max. */
size_t outbox_by_prefix(struct node *, const char *digits, size_t max, struct envelope_id *ret);

/* --- the end of a turn: outbox_seal.c --- */

/* A sealed envelope that waits for the turn's signature. */
struct outgoing {
    struct letter_id letter; /* zero: a CONTROL */
    struct own_number number;
    struct sealed sealed;
    uint64_t expires_ms;
};
/* Seals what may be sealed, at most max; memory in the turn. */
size_t outbox_seal(struct node *, struct turn *, struct outgoing *ret, size_t max);
void outbox_store(struct node *, const struct outgoing *, struct bytes proof);
/* The link has told its heads, and roster and key allow it. */
bool outbox_may_seal(struct node *, struct turn *);
/*
 * Seals an encoded Control for a party, in its lane; memory in the turn. False: it waits, for its keys, the roster or more
 * memory (data NULL).
 */
MUST_USE bool outbox_seal_control(struct node *, struct turn *, const struct address *to, enum lane,
                                  struct bytes control, struct outgoing *ret);

/* --- outbox.c --- */

/* Submits so long unanswered on this link are made again: an answer that did not reach us is given anew for the same bytes. */
#define ANSWER_MS (15 * MS_PER_MINUTE)
void outbox_submits_overdue(struct node *, struct turn *);
/* That, what was told to wait, pauses of sealing, and the expiry of what was not sent. */
void outbox_due(struct node *, const struct turn *, struct due *);
/* Envelopes that have ended and still wait for the word ACCEPTED. */
uint64_t outbox_words_owed(struct node *);
/* Says Submit as far as the broker lets us. */
void outbox_submit(struct node *, struct turn *);

/* --- what moves it --- */

void outbox_rejected(struct node *, struct turn *, const Comity__Rejected *);
/*
 * One item of a verified receipt about an envelope from us to that party. False: no such envelope is known here, or it has
 * another recipient or number than the receipt says.
 */
MUST_USE bool outbox_receipt(struct node *, struct turn *, enum receipt_kind, const struct address *to,
                             const struct receipt_item *, uint64_t at_ms);
/*
 * A receipt by a revoked key speaks of this envelope, of either direction: it proves nothing, and no other will come. The
 * envelope waits, and counts as expired when its time is over; for the word ACCEPTED it waits no longer.
 */
void outbox_unproven(struct node *, struct turn *, enum receipt_kind, const struct envelope_id *);
/* The broker's copy of an accepted envelope is damaged: the same bytes are submitted again. */
void outbox_damaged(struct node *, struct turn *, const struct envelope_id *);
void outbox_status(struct node *, struct turn *, const Comity__StatusFrame *);
/* Asks the broker where an envelope is; the answer is in out_row later. */
void outbox_ask_status(struct node *, struct turn *, const struct envelope_id *);
/* Voids what expired before it was sent; what waits for a receipt that proves something ends as expired. */
void outbox_void_expired(struct node *, struct turn *);
/* Chains and sealings that wait are tried again after so long, within limits; one moment for all of them. */
void outbox_try_again_after(struct node *, struct turn *, uint64_t ms);
/* Another roster, another link: what was parked or blocked may be tried again. */
void outbox_try_again(struct node *);

#endif
