/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter as its officers signed it, whichever way it came: sealed in an envelope (arrival.c) or returned by the other
 * end of its case (recall.c). The checks 20 to 24 of docs/protocol.md 4.2 as far as they need no envelope.
 */
#ifndef COMITY_NODES_SIGNED_LETTER_H
#define COMITY_NODES_SIGNED_LETTER_H

#include "nodes/letters.h"

struct signed_letter {
    const Comity__Context *context;
    struct bytes context_bytes, letter_bytes; /* as signed */
    size_t proof_count;
    const ProtobufCBinaryData *proofs; /* each an encoded Proof */
};

/* D(letter, context, H(letter)). */
struct letter_id letter_id_of(struct bytes context, struct bytes letter);
/* Id, case, parties and place as the context has them, and both byte strings; the other members are left as they are. */
void letter_row_of(const struct signed_letter *, struct letter_row *ret);

/* The fields of a context that name a place in a case, a roster and copies: there, in range, in order. */
bool context_is_of_letter(const Comity__Context *);
/* 21: the roster it was signed under is not another one than ours of that version. */
MUST_USE enum reason signed_letter_roster(struct node *, const Comity__Context *);
/*
 * May the node of its author sign the letter alone (docs/protocol.md 7.1: 0 signatures)? It tells what a program knows without
 * a person; an officer may sign it as well.
 */
bool letter_is_of_node(const Comity__Letter *);

/*
 * 23: how many officers of that party, who they are, and whether they may; or its node, alone, where no officer is needed. The
 * letter is decoded to learn how many must sign: *ret is NULL when it does not decode, which is check 25, and officers sign
 * what does not.
 */
MUST_USE enum reason signed_letter_officers(struct node *, const struct signed_letter *,
                                            const struct party *from, struct arena *, Comity__Letter **ret);
/* 24: their signatures. */
MUST_USE enum reason signed_letter_signatures(struct node *, const struct signed_letter *,
                                              const struct letter_id *);

/*
 * Did officers of that party sign it, or its node where that may, whatever their keys are worth now (revoked, over)? A key that
 * the roster does not know as theirs proves nothing: anybody has one.
 */
MUST_USE bool signed_letter_is_genuine(struct node *, const struct signed_letter *, const struct letter_id *,
                                       const struct party *from, struct arena *);

/*
 * Files a letter of this node's own, for a row of 0 signatures: signed by the node key as its one signer. The
 * caller has checked the letter's rules. Call inside an input. FILE_MALFORMED: its row takes officers.
 */
MUST_USE enum file_outcome node_letter_file(struct node *, struct turn *, const struct letter_draft *,
                                            Comity__Letter *, struct letter_id *ret_id);

/* The signatures alone, as the case file keeps them: an Inner that holds nothing else. */
struct bytes signed_letter_proofs(const struct signed_letter *, struct arena *);

#endif
