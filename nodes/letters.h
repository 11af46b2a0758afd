/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The case file: letters of both sides as they were signed, in the order of their authors, and a line a case for lists.
 * All functions work inside an input (node_input) or, where they only read, in any door.
 */
#ifndef COMITY_NODES_LETTERS_H
#define COMITY_NODES_LETTERS_H

#include "nodes/case.h"
#include "nodes/case_kept.h"
#include "nodes/node_private.h"

/* Where a letter stands in its case. */
enum letter_place {
    PLACE_EFFECT = 1, /* in effect: the n-th of its author */
    PLACE_HELD_BACK,  /* the one before it is not here yet; received letters only */
    PLACE_DEAD,       /* refused for good, or follows a letter that was */
};

/* What became of the sending of an own letter. */
enum letter_sending {
    SENDING_NONE,   /* a letter of the other side */
    SENDING_WANTED, /* waits to be sealed */
    SENDING_SEALED, /* its envelope is on its way: see the outbox */
    SENDING_DELIVERED,
    SENDING_FAILED, /* for good: reason says why */
};

struct letter_row {
    uint64_t number; /* of filing, from 1 */
    struct letter_id id;
    struct case_id case_id;
    bool own;
    enum side author;
    struct address from, to;
    enum letter_kind kind;
    enum lane lane;
    uint32_t case_seq;
    struct letter_id prev, seen; /* zero: none */
    uint64_t signed_ms, filed_ms;
    uint64_t accepted_ms, delivered_ms, opened_ms; /* 0: not yet known */
    uint64_t opened_here_ms;      /* own officers' first look at a received letter; 0: none */
    struct bytes context, letter; /* as signed */
    struct bytes proofs;          /* an Inner that holds nothing but the officers' signatures */
    struct envelope_id
        envelope; /* that carries it now (own) or brought it first (received); zero: none yet */
    enum letter_place place;
    enum letter_sending sending;
    enum reason reason; /* of PLACE_DEAD, and of the last refusal of an own letter */
    unsigned seals;     /* how often it was sealed */
    bool stale;         /* filed under a roster past its expiry */
    bool
        returned; /* given back by the other end of its case after this node's disk was lost, or its end was: its times are their word */
};

/* A line of the case list; the cached part is renewed at the end of each turn that changed the case. */
struct case_row {
    struct case_id id;
    enum side own_side;
    struct address q, r;
    enum lane lane;
    const char *q_reference, *r_reference; /* "" */
    bool has_exercise;
    struct exercise_id exercise;
    uint64_t created_ms, changed_ms; /* changed: the last letter filed or in effect */
    bool stale;                      /* opened under a roster past its expiry */
    enum case_state state;
    size_t own_dues, their_dues;            /* running clocks */
    enum clock_name own_clock, their_clock; /* the first of each; valid when the count is not 0 */
    uint64_t own_due_ms, their_due_ms;
    bool dirty; /* its row is marked (case_marks.h) */
    /* by case_count_letters() alone; else 0: */
    size_t unopened; /* letters of the other side no own officer has opened, but for those returned */
    size_t held_back;
    /* Of filing, of the last own letter that was refused for good, and nothing that officers wrote since stands in its place; 0: none */
    uint32_t failed_number;
    uint64_t undelivered_ms; /* when the first own letter was filed that they do not have; 0: they have all */
};
/* Counts them among all letters of the case, as letter_list() has them. */
void case_count_letters(struct case_row *, const struct letter_row *, size_t count);

/* --- finding --- */

enum case_found { CASE_FOUND, CASE_UNKNOWN, CASE_AMBIGUOUS };
/*
 * By 32 hex digits, which are an id and nothing else, whatever a peer calls its cases; or by a prefix of 4 or more of them
 * and by the reference of either side, together: a name that fits one case so and another one so is ambiguous. By a reference
 * that several have, the case with another State, if only one of them is. Rows lie in the arena and are valid for its life.
 */
MUST_USE enum case_found case_find(struct node *, const char *name, struct arena *, struct case_row *ret);
MUST_USE bool case_get(struct node *, const struct case_id *, struct arena *, struct case_row *ret);
/* The row itself, valid until the next one is read, or NULL. A row stays in memory as long as no row of a case is written. */
MUST_USE const struct case_row *case_look_up(struct node *, const struct case_id *);

MUST_USE bool letter_get(struct node *, const struct letter_id *, struct arena *, struct letter_row *ret);
/* Is the case real, or of the exercise that this node has joined? Else it has no letters here now. */
bool case_in_exercise(const struct node *, const struct case_row *);
/* Are both real, or both of one exercise? What is of one is nothing to the other. */
bool case_same_exercise(const struct case_row *, const struct case_row *);
/* All letters of a case in the order of filing, whatever their place; NULL with 0 when there are none or no memory. */
struct letter_row *letter_list(struct node *, const struct case_id *, struct arena *, size_t *ret_count);

/* --- folding --- */

/* A case's letters in effect, decoded; for case_fold(). */
struct case_letters {
    struct case_letter *q, *r;
    size_t q_count, r_count;
    const char *q_party, *r_party; /* "" where there is no letter */
};
/*
 * Folds rows as letter_list() gave them: decoded, one for each row, is filled in where a letter in effect is not decoded yet, with
 * messages in signed_part; all else goes into the arena. False: one of both ended.
 */
MUST_USE bool case_fold_rows(struct node *, const struct letter_row *, size_t count,
                             struct case_letter *decoded, struct arena *signed_part, struct arena *,
                             struct case_look *ret);
/* The case as it stands: case_look()'s fold. NULL: memory ended, and the arena counts as exhausted. */
MUST_USE const struct case_fold *case_load(struct node *, const struct case_id *, struct arena *);
/*
 * The case as it stood when that letter of R was signed, without it, in the arena. NULL: there is no such letter in effect, or the
 * arena ends.
 */
MUST_USE const struct case_fold *case_load_before(struct node *, const struct case_id *,
                                                  const struct letter_id *, struct arena *);
/* What letter_check() may look at for this case (or new case) between q and r, at a moment. */
struct letter_terms case_terms(struct node *, const char *q, const char *r, wall_ms now);

/* --- writing --- */

/* The place the next own letter of a case takes: what the officers sign beside the letter. */
struct letter_draft {
    struct case_id case_id;
    struct address to;
    enum side author;
    uint32_t case_seq;
    bool has_prev, has_seen;
    struct letter_id prev, seen;
    bool has_exercise;
    struct exercise_id exercise; /* its case belongs to */
};
/* For a case that is known. False when it is not. */
MUST_USE bool letter_draft(struct node *, const struct case_id *, struct letter_draft *ret);
/* For a new case towards `to`, real or of the exercise, that a letter of that side begins, with a new random id. */
void letter_draft_new(struct node *, struct turn *, const struct address *to, enum side author, bool exercise,
                      struct letter_draft *ret);

/*
 * The encoded Context of a draft, in the arena, and the letter's id: what the officers sign is the id. Needs a roster
 * (node_ready). signers: 1..3 distinct officer keys. copy: other parties that get this letter, ascending. data NULL: exhausted.
 */
MUST_USE struct bytes letter_context(struct node *, const struct letter_draft *, struct bytes letter,
                                     const struct public_key *signers, size_t signer_count, wall_ms signed_at,
                                     struct arena *, struct letter_id *ret);

enum file_outcome {
    FILE_OK,
    FILE_KNOWN,     /* this very letter is filed already */
    FILE_MOVED,     /* the case moved: number, predecessor or what was seen do not fit any more */
    FILE_MALFORMED, /* context or letter do not decode, or do not belong to this node or case */
    FILE_ROSTER, /* no roster, or the recipient is not active in it, or the context names one we do not have */
    FILE_FULL,   /* no room on the disk: later */
};
/*
 * Files a signed letter, to be sealed at the end of the turn; opens the case if it is number 1 of a kind that can. The
 * caller has verified the officers, their signatures (proofs: one a signer of the context, in its order) and the letter's
 * rules. Call inside an input.
 */
MUST_USE enum file_outcome letter_file(struct node *, struct turn *, struct bytes context,
                                       struct bytes letter, const struct bytes *proofs, size_t proof_count,
                                       struct letter_id *ret_id);

/* --- what the outbox, the inbox and the receipts tell the case file --- */

/* The oldest own letters that wait to be sealed; rows in the arena. Returns how many. */
size_t letters_wanted(struct node *, size_t max, struct arena *, struct letter_row *ret);
/* It waits until what this disk has lost of its case is back (recall.h). */
bool letter_waits_for_recall(struct node *, const struct letter_row *);
/* The first own letter that waits to be sealed, also for a party that nothing is sealed for now. False: none waits. */
MUST_USE bool letter_not_sealed(struct node *, struct arena *, struct letter_row *ret);
/* An own letter got an envelope. */
void letter_sealed(struct node *, const struct letter_id *, const struct envelope_id *);
/* Wants to be sealed again. counts: its last sealing was one of the few that a letter has (SEALS_AGAIN_MAX). */
void letter_want_again(struct node *, const struct letter_id *, enum reason, bool counts);
/* What a case would ask for whose first letter was refused for good, the last of them. NULL: there is none, or the arena ends. */
const Comity__Request *letters_failed_request(const struct letter_row *, size_t count, struct arena *);
/* Refused for good: it and the own letters that follow it in the case are dead. */
void letter_fail(struct node *, struct turn *, const struct letter_id *, enum reason);
/*
 * The other side has this own letter. If it was given up here, it takes its place in the case again, and so do those behind it
 * that were delivered, too. Nothing if it was not given up, or if what it follows is not in effect here.
 */
void letter_revive(struct node *, struct turn *, const struct letter_id *);
/*
 * The other side has this own letter at its number. An own letter with the same number in effect here cannot take effect there
 * and is given up. False: that one was delivered there, as they signed, and two letters are.
 */
MUST_USE bool letter_make_way(struct node *, struct turn *, const struct letter_row *);
/*
 * The other side says of this own letter that it does not follow there (E_CASE). Must it hold a letter of ours that is not known
 * here? Not if two of ours were sent for its place or for the one before it: one was given up, another one was written, and both came.
 */
MUST_USE bool letter_place_is_lost(struct node *, struct turn *, const struct letter_id *);
/* The latest envelope counts, until one is delivered. 0: not known. */
void letter_accepted(struct node *, const struct letter_id *, uint64_t accepted_ms);
/* The earliest delivery counts, on both sides. accepted_ms: of the envelope that was delivered; 0: not known. */
void letter_delivered(struct node *, const struct letter_id *, uint64_t accepted_ms, uint64_t delivered_ms);
/* When the envelope that was delivered at delivered_ms had been accepted: that became known only now. */
void letter_answered(struct node *, const struct letter_id *, uint64_t accepted_ms, uint64_t delivered_ms);
/*
 * The same for a letter of the other side, when its DELIVERED is given for an envelope that brought it: the earliest
 * receipt counts, as it does at the sender, so that both sides fold the same times.
 */
void letter_received(struct node *, const struct letter_id *, const struct envelope_id *,
                     uint64_t accepted_ms, uint64_t delivered_ms);
void letter_opened(struct node *, const struct letter_id *, uint64_t opened_ms, bool here);

/* The place that a letter of the other side takes, or an own one (row.own) that is returned. */
enum letter_fit {
    FIT_NEXT,    /* its turn */
    FIT_LATER,   /* a predecessor is missing */
    FIT_CROWDED, /* E_QUOTA, for now: a predecessor is missing, and too many wait for theirs already */
    FIT_NOT,     /* E_CASE: does not follow, is taken, is no part of this case */
    FIT_FULL,    /* E_CASE: the case is as large as cases may become */
};
MUST_USE enum letter_fit letter_fit(struct node *, const struct letter_row *);
/*
 * Which side its sender is in its case. Of a case that is not known here: the one that writes such letters, for who writes
 * before the other does is who opened it. message NULL: the requesting one.
 */
enum side letter_author(struct node *, const struct letter_row *, const Comity__Letter *message);
/* Does it begin its case: number 1, of a kind that can, by a side that had seen nothing of the other one? */
bool letter_begins(const struct letter_row *);
/* Check 25 beyond the scanner: complete, and of its author's side. *ret_why: the first fault, in the arena. */
MUST_USE bool letter_is_complete(struct node *, const struct letter_row *, const Comity__Letter *,
                                 struct arena *, const char **ret_why);
/* Files a letter of the other side at its place (EFFECT or HELD_BACK); the case is opened when one that begins it takes effect. */
void letter_take(struct node *, struct turn *, const struct letter_row *, const Comity__Letter *);
/*
 * Files a letter of either side that the other end of its case gave back, at its place (EFFECT or HELD_BACK), with the times
 * it states; it is marked as returned. Lane and time of filing are set here.
 */
void letter_return(struct node *, struct turn *, struct letter_row *, const Comity__Letter *);
/*
 * The same for an own letter that cannot take effect there: what it follows is given up here, or lost. It is given up, too,
 * until what it follows turns out to have been delivered.
 */
void letter_return_failed(struct node *, struct turn *, struct letter_row *, const Comity__Letter *);
/*
 * Lets the letters that were held back behind the author's newest in effect take effect, as far as they fit. Those that
 * do not are dead, and the inbox refuses their envelopes.
 */
void letters_follow(struct node *, struct turn *, const struct case_id *, const char *author);

/* Renews the cached lines of cases that changed, and says what the node owes in them by itself (tie.h, node_duties.h). */
void cases_renew(struct node *, struct turn *);

/* --- stored answers to commands --- */

/* The answer a command got the first time. False: it is new. json lies in the arena. */
MUST_USE bool command_answer(struct node *, const uint8_t id[16], struct arena *, unsigned *ret_status,
                             struct bytes *ret_json);
void command_store(struct node *, struct turn *, const uint8_t id[16], unsigned status, struct bytes json);

#endif
