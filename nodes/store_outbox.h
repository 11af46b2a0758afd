/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_NODES_STORE_OUTBOX_H
#define COMITY_NODES_STORE_OUTBOX_H

#include "nodes/outbox.h"

void store_out_put(struct store *, const struct outgoing *, struct bytes proof);
/*
 * Unsent envelopes that neither are parked nor wait with their chain: urgent first, in the order of numbers; then those that
 * have ended although the word ACCEPTED never came.
 */
size_t store_out_unsent(struct store *, size_t max, struct envelope_id *ret);
/* The envelope's parts, in the arena. */
MUST_USE bool store_out_parts(struct store *, const struct envelope_id *, struct arena *,
                              struct bytes *ret_header, struct bytes *ret_seal, struct bytes *ret_body,
                              struct bytes *ret_proof);
void store_out_said(struct store *, const struct envelope_id *);
void store_out_accepted(struct store *, const struct envelope_id *, uint64_t accepted_ms);
/* ACCEPTED came for an envelope that has ended, or never will (0): the body goes. */
void store_out_answered(struct store *, const struct envelope_id *, uint64_t accepted_ms);
/* An open envelope is to be submitted again. False: it has ended, or was never ours. */
MUST_USE bool store_out_unsend(struct store *, const struct envelope_id *);
/* All accepted envelopes to a party are to be submitted again. */
void store_out_unsend_accepted(struct store *, const char *party);
/* The end: the body goes, unless it was delivered or expired without the word ACCEPTED. */
void store_out_end(struct store *, const struct envelope_id *, enum out_state, enum reason,
                   uint64_t ended_ms);
/* Not taken for now. */
void store_out_waits(struct store *, const struct envelope_id *, enum reason, const char *detail,
                     bool parked);
void store_out_unpark(struct store *);
void store_out_status(struct store *, const struct envelope_id *, const struct out_row *);
size_t store_out_expired_unsent(struct store *, uint64_t now_ms, size_t max, struct envelope_id *ret);
/* When the first of those expires; 0: there is none. */
uint64_t store_out_expiry_ms(struct store *);

#endif
