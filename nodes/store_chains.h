/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_NODES_STORE_CHAINS_H
#define COMITY_NODES_STORE_CHAINS_H

#include "nodes/chains.h"

struct own_head {
    uint32_t incarnation, seq;
    bool closed;
    struct digest id; /* of seq; zero when seq is 0 or it is not known here */
    uint64_t created_ms;
};
/* The newest incarnation of (to, lane), or the given one when incarnation is not 0. */
MUST_USE bool store_own_head(struct store *, const char *to, enum lane, uint32_t incarnation,
                             struct own_head *ret);
void store_own_head_put(struct store *, const char *to, enum lane, const struct own_head *);
void store_own_head_close(struct store *, const char *to, enum lane, uint32_t incarnation);
/* All of that party, or (NULL) of all. */
void store_own_heads_close(struct store *, const char *to);
void store_broker_heads_clear(struct store *);
void store_broker_head(struct store *, const char *to, enum lane, uint32_t incarnation, uint32_t seq);
/*
 * Chains of which the broker knows less than it has answered for; those counted before are left out. Their recipients are to
 * be told how far they are.
 */
uint64_t store_broker_behind(struct store *);
/* Accepted envelopes beyond what the broker knows become unsent again; how many. */
uint64_t store_own_unsend_lost(struct store *);
/* So do accepted ones that should have ended long ago: the broker tells how. */
void store_own_unsend_overdue(struct store *, uint64_t now_ms);
/* The own envelope of that number is known and has not ended. */
MUST_USE bool store_own_number_is_open(struct store *, const char *to, enum lane, uint32_t incarnation,
                                       uint32_t seq);
/* Id of the own envelope of that number. */
MUST_USE bool store_own_number_id(struct store *, const char *to, enum lane, uint32_t incarnation,
                                  uint32_t seq, struct digest *ret);

struct in_state {
    uint32_t through, highest, asked;
};
/* All zero when nothing is known. */
void store_in_chain_get(struct store *, const struct in_chain *, struct in_state *ret);
void store_in_chain_put(struct store *, const struct in_chain *, const struct in_state *);
bool store_in_number_known(struct store *, const struct in_chain *, uint32_t seq);
/* All numbers up to seq have ended: none of them is missing. */
void store_in_chain_ended(struct store *, const struct in_chain *, uint32_t seq);
void store_in_number_gone(struct store *, const struct in_chain *, uint32_t seq);
bool store_in_gaps_any(struct store *);
/* Chains with gaps, of one party or (NULL) of all, the newest incarnation of each; how many. */
size_t store_in_gaps(struct store *, const char *from, size_t max, struct in_chain *ret,
                     struct in_state *ret_state);
/* Chains, of any incarnation, whose next number beyond a gap (ret_next) was made by then; how many. */
size_t store_in_gaps_old(struct store *, uint64_t created_ms, size_t max, struct in_chain *ret,
                         struct in_state *ret_state, uint32_t *ret_next);

void store_fork_put(struct store *, const struct envelope *, uint64_t seen_ms, struct bytes raw);

#endif
