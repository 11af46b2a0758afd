/* SPDX-License-Identifier: Apache-2.0 */
/* CONTROL envelopes between the node of a rig and XA/poc, and letters that XA/poc gives back in them. */
#ifndef COMITY_TESTS_SUPPORT_NODE_CONTROL_H
#define COMITY_TESTS_SUPPORT_NODE_CONTROL_H

#include "tests/support/node_sent.h"

/* XA/poc's chain of controls; zeroed at first. */
struct control_chain {
    struct sample last;
};
/* Sends this Control, or (bytes not empty) these bytes in its place. */
void control_send(struct rig *, struct control_chain *, const Comity__Control *, struct bytes);
/* XA/poc says, and it is taken, how far it has our urgent chain and how far its own to us has ended; 0: not said. */
void control_say_standing(struct rig *, struct control_chain *, uint32_t incarnation, uint32_t received,
                          uint32_t ended);
/* The nth CONTROL that was submitted in the last turn and opens with XA/poc's keys; its header and id may be NULL. NULL: none. */
const Comity__Control *control_heard(struct rig *, size_t nth, const Comity__Header **ret_header,
                                     struct envelope_id *ret_id);

/* A letter as XA/poc gives it back: in effect there. Everything may be changed before control_give() packs it. */
struct given {
    bool own; /* XB/poc's */
    Comity__Context context;
    Comity__Letter *letter;
    struct letter_id id;
    struct bytes context_bytes;
    const struct signer *officer, *second; /* who sign; second NULL: one signs */
    struct bytes proofs[2];
    Comity__ReturnedLetter message;
    struct address from, to;
};
/* Number case_seq of its author in the case of the request that `first` is (NULL: it is one); prev: the author's letter before. */
void given_make(struct rig *, struct given *, enum letter_kind, bool own, uint32_t case_seq,
                const struct given *first, const struct given *prev);
/* Packs and signs; done by given_make(), and again after a change. */
void given_sign(struct rig *, struct given *);
bool given_is_filed(struct rig *, const struct given *);

/* XA/poc's case: it asked, XB/poc acknowledged, XA/poc asked how it stands, XB/poc held. */
struct given_case {
    struct given request, ack, ask, held;
};
void given_make_case(struct rig *, struct given_case *);

/* Answers that question with these letters; after: more follow. */
void control_give(struct rig *, struct control_chain *, uint64_t number, struct given *const *letters,
                  size_t count, struct bytes after);

#endif
