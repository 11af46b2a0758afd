/* SPDX-License-Identifier: Apache-2.0 */
/* The databases at the end, read with SQL of the oracle's own; docs/architecture.md names the tables. */
#ifndef COMITY_DRILLS_ORACLE_STORE_READ_H
#define COMITY_DRILLS_ORACLE_STORE_READ_H

#include "base/error.h"
#include "drills/oracle/canaries.h"
#include "drills/oracle/oracle.h"
#include "drills/oracle/said_objects.h"

/* letter.place, letter.sending, envelope_out.state, envelope_in.outcome. */
enum { PLACE_IN_EFFECT = 1, PLACE_WAITS = 2, PLACE_DEAD = 3 };
enum { SENDING_WAITS = 1, SENDING_ON_ITS_WAY = 2, SENDING_DONE = 3, SENDING_GIVEN_UP = 4 };
enum { OUT_IS_DELIVERED = 3, OUT_IS_REFUSED, OUT_IS_REJECTED, OUT_IS_EXPIRED, OUT_IS_VOID };
enum { IN_IS_DELIVERED = 1, IN_IS_REFUSED, IN_IS_EXPIRED };

struct letter_row {
    struct id id, prev, envelope; /* prev, envelope: zero for none */
    struct id computed;           /* from context and letter */
    struct said_context context;
    bool context_good;
    uint8_t case_id[16];
    bool own;
    struct said_address from, to;
    uint32_t case_seq, place, sending, reason;
    uint64_t delivered_ms; /* 0: not known to be */
};
struct out_row {
    struct id id, letter;
    struct said_address to;
    uint64_t created_ms, expires_ms, ended_ms; /* ended: 0 for not yet */
    uint32_t state, reason;
    bool has_body;
};
struct in_row {
    struct id id, letter; /* letter: zero for none */
    uint32_t outcome, reason, due;
};
struct receipt_bytes {
    struct bytes raw; /* own */
    bool own, settled;
};

struct node_file {
    struct letter_row *letters; /* in the order of filing */
    struct out_row *outs;
    struct in_row *ins;
    struct receipt_bytes *receipts;
    size_t letter_count, out_count, in_count, receipt_count;
    size_t letter_room, out_room, in_room, receipt_room;
    struct id_map letter_of_id, out_of_id, in_of_id;
};

struct link_row {
    struct id id;
    uint32_t kinds; /* a bit (1 << kind) for each receipt known */
    bool in_spool;
};
/* What waits at the broker. */
struct waiting_row {
    struct id id; /* of an envelope, or the digest of a receipt; zero: not known there any more */
    struct said_address from, to; /* to: who is to get it */
    uint32_t kind;                /* of the receipt; 0: an envelope */
};

#define TABLE_NAME_MAX 64

struct broker_file {
    struct link_row *links;
    struct waiting_row *waiting;
    struct id *receipts; /* digests */
    size_t link_count, waiting_count, receipt_count;
    size_t link_room, waiting_room, receipt_room;
    struct id_map link_of_id, receipt_of_digest;
    const char *canary;                /* one that stands there, or NULL */
    char canary_table[TABLE_NAME_MAX]; /* in which table */
};

/* False with an error: it cannot be read. The file is to be freed in any case. */
MUST_USE bool store_read_node(const struct oracle_store *, struct node_file *ret, struct error *);
MUST_USE bool store_read_broker(const struct oracle_store *, const struct canaries *, struct broker_file *ret,
                                struct error *);
void store_read_node_free(struct node_file *);
void store_read_broker_free(struct broker_file *);

#endif
