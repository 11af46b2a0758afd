/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Duplicates: the same data asked for twice, by another State, on another way or once more. Each end finds them in its own file,
 * by what is asked for: an identifier in one spelling (with its port, for an address), the custodian and the time. Who else asked
 * is never sent; the requested side merges within one pair by NOT_HELD with the cause DUPLICATE_OF.
 */
#ifndef COMITY_NODES_FINGERPRINT_H
#define COMITY_NODES_FINGERPRINT_H

#include "nodes/case_line.h"
#include "proto/limits.h"

/* An identifier of an item, and the time it is asked for: 0 and UINT64_MAX where it has no bound. */
struct fingerprint {
    struct digest hash;
    uint64_t from_ms, to_ms;
};
/*
 * Of each identifier of an item; ret holds IDENTIFIERS_MAX. Returns how many; 0 also when the arena ends. A hold and the
 * assistance that it is for are not each other's double: the machine is part of it.
 */
size_t fingerprint_of(enum machine, const Comity__Item *, struct arena *, struct fingerprint *ret);

/*
 * NOT_HELD with DUPLICATE_OF names the case whose hold serves the request, too: another one of the same two parties, for what
 * others asked is nobody's business. False when it answered.
 */
struct call;
MUST_USE bool duplicate_good(struct call *, const Comity__Letter *, const struct case_row *);
/* "twins" of a case, where there are any. */
void put_twins(struct call *, json_t *object, const struct case_row *);

/*
 * Renews the fingerprints of the case, and of those cases it looks like or looked like TWINS_RENEWED, the others when they
 * change themselves: what one letter of a peer makes this node do has a bound (I9). Fills in the first of them.
 */
#define TWINS_RENEWED 16
void fingerprints_follow(struct node *, const struct case_row *, const struct case_fold *, struct arena *,
                         struct line_records *);

/* Another case that asks for the same as an item. */
struct twin {
    uint32_t item;
    struct case_id case_id;
    uint32_t their_item;
};

/* --- as stored --- */

struct print_row {
    struct fingerprint print;
    uint64_t items;        /* bit number - 1 of each that names it */
    const char *custodian; /* in one spelling; "" for none, or several */
};
/* One for each thing the case names, in order of hash. Returns how many there are, of which at most max are read. */
size_t store_prints(struct store *, const struct case_id *, size_t max, struct arena *,
                    struct print_row *ret);
void store_prints_clear(struct store *, const struct case_id *);
void store_print_put(struct store *, const struct case_id *, const struct print_row *, bool exercise);
/* Of the same kind (live, or of an exercise), each case once for an item, or once at all; of at most 64 that name a thing. */
size_t store_twins(struct store *, const struct case_id *, bool by_case, size_t max, struct twin *ret);

#endif
