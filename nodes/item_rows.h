/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many identifiers of one kind in one item (Item.rows), and the answers to them (Held.rows, NotHeld.rows).
 *
 * Item.rows is CSV (csv.h). Its first line names the columns, each at most once: value, port, protocol, at, peer, peerPort; value must
 * be there. Every further line is one identifier; rows are numbered from 1, the header is not counted. If the value of row 1 is an IP
 * address, all are; port, protocol, peer and peerPort need addresses. at is RFC 3339 with its zone. A cell may be empty but for value.
 *
 * An answer has a line for each thing to say: numbers and ranges, a blank, words. Numbers ascend through the whole text.
 *     1-40,43 held in full
 *     44 only from 2026-11-14
 */
#ifndef COMITY_NODES_ITEM_ROWS_H
#define COMITY_NODES_ITEM_ROWS_H

#include "base/faults.h"
#include "base/instant.h"

#define ITEM_ROWS_MAX 1000

struct item_row {
    const char *value, *protocol, *peer; /* "" when absent */
    uint32_t port, peer_port;            /* 0 when absent */
    bool has_at;
    struct instant at;
};

struct item_rows {
    const struct item_row *list;
    size_t count;
    bool addresses; /* the values are IP addresses */
    bool timed;     /* every row has its moment */
};

/*
 * Reads Item.rows into the arena. False with a fault for each cell that is wrong ("line 3, column 2 (port): ..."), each with this
 * path; the first fault of the form of CSV ends the reading. Codes: NOT_CSV, TOO_MANY, MISSING, and those of single identifiers.
 */
MUST_USE bool item_rows_read(const char *text, const char *path, struct arena *, struct faults *,
                             struct item_rows *ret);

struct row_answer {
    uint32_t first, last; /* rows, from 1 */
    const char *words;    /* "" when none: the letter says it all */
};

struct row_answers {
    const struct row_answer *list; /* ascending, each range once */
    size_t count;
};

/* Reads an answer to rows. False with a fault for the first line that is not of that form. */
MUST_USE bool row_answers_read(const char *text, const char *path, struct arena *, struct faults *,
                               struct row_answers *ret);

#endif
