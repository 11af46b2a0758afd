/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter that was prepared and comes back to be signed or sent. Nothing that a client says is believed: the context must be, byte for
 * byte, what preparing would make for this case now, the officers and their signatures must hold, the letter must pass its
 * rules again. The functions that return false have answered.
 */
#ifndef COMITY_NODES_SUBMISSION_H
#define COMITY_NODES_SUBMISSION_H

#include "nodes/command.h"
#include "proto/limits.h"

#define PREPARE_AGAIN N_("prepare the letter again and sign that")

struct submission {
    struct bytes context_bytes, letter_bytes;
    Comity__Context *context;
    Comity__Letter *letter;
    struct letter_id id;
    struct case_id case_id;
    struct public_key signers[SIGNERS_MAX]; /* as the context names them */
    struct bytes proofs[SIGNERS_MAX];       /* one a signer; data NULL: not there */
    size_t signer_count;
    struct setting setting; /* after submission_stands() */
    struct faults *notes;   /* after submission_rules(); NULL: it was not reached */
    bool case_known;
    struct case_row row;
};

/* Decodes both; the bytes are borrowed. */
MUST_USE bool submission_read(struct call *, struct bytes context, struct bytes letter,
                              struct submission *ret);
/*
 * Does it still fit: not too old, at its place in the case as it stands now (CASE_MOVED: the other side or this one wrote since), under
 * the roster in use (ROSTER_MOVED: with what that says differently of both parties), its officers in function?
 */
MUST_USE bool submission_stands(struct call *, struct submission *);
/* Does the signature of that signer hold? */
MUST_USE bool submission_signature(struct call *, const struct submission *, size_t signer);
/*
 * What is required of the letter itself, in the case as it stands now, and by the terms that the other party publishes now. What these
 * only tell is left in the notes. Of a case that one officer has, that one signs.
 */
MUST_USE bool submission_rules(struct call *, struct submission *);

/* 400 MALFORMED, 422 CONTEXT, 409 CASE_MOVED; false. `what` is looked up in the catalogue. */
bool submission_malformed(struct call *, const char *what);
bool submission_forged(struct call *, const char *what);
bool submission_moved(struct call *, const char *what);

#endif
