/* SPDX-License-Identifier: Apache-2.0 */
/* One envelope on its way through the recipient's checks (docs/protocol.md 4). */
#ifndef COMITY_NODES_ARRIVAL_H
#define COMITY_NODES_ARRIVAL_H

#include "nodes/inbox.h"
#include "nodes/signed_letter.h"

/* What the steps find out, for the steps after them. All memory is the turn's. */
struct arrival {
    struct node *node;
    struct turn *turn;
    struct arena *arena;
    struct bytes raw;
    uint64_t accepted_ms;
    struct envelope envelope; /* after "read" */
    struct in_chain chain;
    const struct party *from; /* after "key" */
    struct bytes inner_bytes; /* after "open" */
    Comity__Inner *inner;     /* after "inner" */
    Comity__Context *context;
    Comity__Gossip *gossip;             /* NULL: none */
    Comity__Control *control;           /* of a CONTROL, after its check; NULL: none */
    struct signed_letter signed_letter; /* after "context"; not for CONTROL */
    struct letter_row letter;
    Comity__Letter *message; /* after "officers" */
    bool letter_known;       /* it is in the case file already: no effect */
    enum letter_fit fit;     /* after "case" */
    const char *why;         /* more about a refusal, for the log; NULL */
};

/*
 * A step: its name, the check, REASON_NONE to go on. The steps stand in the order of docs/protocol.md 4; the number is the
 * check's there.
 */
struct arrival_step {
    unsigned number;
    const char *name;
    enum reason (*check)(struct arrival *);
};
/* Checks 1-11: of the envelope as it came. */
extern const struct arrival_step arrival_outer_steps[];
extern const size_t arrival_outer_count;
/* Checks 13-21: of what was sealed in it. */
extern const struct arrival_step arrival_inner_steps[];
extern const size_t arrival_inner_count;
/* Checks 22-26, of a letter; and the one of a CONTROL. */
extern const struct arrival_step arrival_letter_steps[];
extern const size_t arrival_letter_count;
enum reason arrival_check_control(struct arrival *);

/* The outer steps that a stub passes too; the envelope is read already. */
enum reason arrival_check_stub(struct arrival *);

#endif
