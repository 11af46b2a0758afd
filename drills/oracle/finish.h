/* SPDX-License-Identifier: Apache-2.0 */
/* The end: what was promised, held against what the databases have. */
#ifndef COMITY_DRILLS_ORACLE_FINISH_H
#define COMITY_DRILLS_ORACLE_FINISH_H

#include "drills/oracle/oracle_private.h"
#include "drills/oracle/store_read.h"

/* Sets of receipts: a bit for each kind; those that end an envelope. */
#define BIT(kind) (UINT32_C(1) << (kind))
#define ENDS      (BIT(FACT_DELIVERED) | BIT(FACT_REFUSED) | BIT(FACT_EXPIRED))

struct ending {
    struct oracle *oracle;
    bool *readable;          /* by actor */
    struct node_file *files; /* by actor; [BROKER] is empty */
    struct broker_file broker;
    uint32_t *held; /* by envelope: a bit (1 << kind) for each receipt that its sender has about it */
    bool *at_signer,
        *at_sender; /* by receipt: in the database of the one who gave it, of the sender of its envelopes */
    size_t receipt_room;
};

/* The rows of one node by themselves (I2, I3, I4, I8, I10). */
void finish_node(struct ending *, size_t party);
/* What the broker keeps and still owes (I1, I5, I7, I8). */
void finish_broker(struct ending *);

/* NULL: not in that database, or it is not read. */
const struct letter_row *finish_letter(const struct ending *, size_t party, const struct id *);
const struct out_row *finish_out(const struct ending *, size_t party, const struct id *);
const struct in_row *finish_in(const struct ending *, size_t party, const struct id *);
/* What the broker knows of an envelope. */
const struct link_row *finish_link(const struct ending *, const struct id *);

#endif
