/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_NODES_STORE_LETTERS_H
#define COMITY_NODES_STORE_LETTERS_H

#include "nodes/letters.h"

void store_letter_put(struct store *, const struct letter_row *);
/* letter_list() with nothing but the ids and what changes once a letter is filed; all else is zero. */
struct letter_row *store_letters_states(struct store *, const struct case_id *, struct arena *,
                                        size_t *ret_count);
/* The letter of an author in effect with that number; number 0: the last one. */
MUST_USE bool store_letter_in_effect(struct store *, const struct case_id *, const char *sender,
                                     uint32_t case_seq, struct letter_id *ret_id, uint32_t *ret_seq);
/* True if a letter in effect of this case and sender has the id. */
MUST_USE bool store_letter_is_in_effect(struct store *, const struct case_id *, const char *sender,
                                        const struct letter_id *);
/* One of the letters of an author in effect below that number is not known to be delivered. */
MUST_USE bool store_letters_undelivered_below(struct store *, const struct case_id *, const char *sender,
                                              uint32_t case_seq);
/* When the first of the own letters in effect was filed that the other side does not have; 0: it has all. */
uint64_t store_letters_undelivered_ms(struct store *, const struct case_id *);
/* Letters held back of one sender in a case with one number, in the order they came; at most max. */
size_t store_letters_waiting_for(struct store *, const struct case_id *, const char *sender,
                                 uint32_t case_seq, size_t max, struct letter_id *ret);
/* Letters of a sender in a case, whatever their place, and their bytes. */
size_t store_letters_size(struct store *, const struct case_id *, const char *sender, size_t *ret_bytes);
/* How many letters are held back: of a case, of a sender, in all. */
size_t store_letters_held_of_case(struct store *, const struct case_id *);
size_t store_letters_held_of_sender(struct store *, const char *sender);
size_t store_letters_held(struct store *);
/* How many letters of that kind this party has written to that one since. */
uint64_t store_letters_written(struct store *, const char *party, enum letter_kind, uint64_t since_ms);
/* Which side its sender turned out to be: a letter held back may be here before its case. */
void store_letter_author(struct store *, const struct letter_id *, enum side);
void store_letter_place(struct store *, const struct letter_id *, enum letter_place, enum reason);
/* The own letters from a number on in a case are dead. */
void store_letters_kill(struct store *, const struct case_id *, const char *sender, uint32_t from_seq,
                        enum reason first_reason);
/* An own letter that was given up is in effect again, and delivered. */
void store_letter_revive(struct store *, const struct letter_id *);
/* The times of a letter that is here are the word of the other side: it is marked so. */
void store_letter_times_returned(struct store *, const struct letter_id *);
/* Why the recipient refused the envelope that the own letter was sealed in last, as it signed; NONE: it did not. */
MUST_USE enum reason store_letter_refusal(struct store *, const struct letter_id *);
/* Another own letter was sent with its number, or besides the one that it names with the number before it. */
MUST_USE bool store_letter_is_beside_another(struct store *, const struct letter_row *);
/*
 * An own letter that was given up and names this one as its predecessor, of which an envelope was delivered, or that was given
 * back. False: none.
 */
MUST_USE bool store_letter_delivered_behind(struct store *, const struct letter_row *, struct letter_id *ret);

/*
 * The cases that a name fits (case_find()): a condition on case_file, and what it binds, numbers 1 to 3; of_reference: "" or what must
 * hold besides of those that it fits as a reference. Each way to fit has an index of its own, which SQLite does not use where such a
 * condition stands within an OR: it looked at every case there is.
 */
#define CASE_IS_NAMED_AND(of_reference)                                                                      \
    " WHERE case_id IN (SELECT case_id FROM case_file WHERE case_id BETWEEN ?2 AND ?3"                       \
    " UNION ALL SELECT case_id FROM case_file WHERE (q_reference = ?1 OR r_reference = ?1)" of_reference ")"
#define CASE_IS_NAMED CASE_IS_NAMED_AND("")
#define CASE_IS_ABROAD                                                                                       \
    " AND (substr(q, 1, 3) <> substr(r, 1, 3)) = ?4" /* 1: between two States, 0: within one */
void store_case_bind_name(struct query *, const char *name);
/* Whether a beginning of the id, or a reference, names a case that is not this one. */
MUST_USE bool store_case_fits_another(struct store *, const struct case_id *, const char *name);
void store_case_put(struct store *, const struct case_row *);
void store_case_mark(struct store *, const struct case_id *, uint64_t changed_ms); /* case_marks.h */
/* Cases that are held to a date, the oldest first, from after that moment and id on; texts in the arena. At most max. */
size_t store_cases_held(struct store *, uint64_t after_ms, const struct case_id *after, size_t max,
                        struct arena *, struct case_row *ret);
void store_case_q_reference(struct store *, const struct case_id *, const char *reference);
/*
 * The newest case that a call opened: begun by the party asked, with that reference of its own, and not closed. False: there is none.
 */
MUST_USE bool store_case_of_call(struct store *, const char *r, const char *reference, struct case_id *ret);
void store_case_r_reference(struct store *, const struct case_id *, const char *reference);
size_t store_cases_dirty(struct store *, size_t max, struct case_id *ret);
/* Writes what a renewal found, and that it was renewed. */
void store_case_cache(struct store *, const struct case_row *);

#endif
