/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_NODES_STORE_INBOX_H
#define COMITY_NODES_STORE_INBOX_H

#include "nodes/inbox.h"

/* What is filed of an envelope that arrived. */
struct in_entry {
    const struct envelope *envelope;
    uint64_t accepted_ms, received_ms;
    bool in_chain;
    enum in_outcome outcome;
    enum reason reason;
    enum receipt_kind due;          /* 0: no receipt is due (a stub) */
    const struct letter_id *letter; /* NULL: none */
    struct bytes raw;               /* kept for proof; may be empty */
};
/* A stub that is then delivered whole takes the stub's row over. */
void store_in_put(struct store *, const struct in_entry *);
/* Every envelope that brought this letter is refused after all: their REFUSED become due. */
void store_in_refuse(struct store *, const struct letter_id *, enum reason);

#endif
