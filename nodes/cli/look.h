/* SPDX-License-Identifier: Apache-2.0 */
/* A case as the node tells it (docs/api.yaml, Case), and the OPENED receipts that come before its content is shown. */
#ifndef COMITY_NODES_CLI_LOOK_H
#define COMITY_NODES_CLI_LOOK_H

#include "base/zone.h"
#include "nodes/cli/client.h"
#include "nodes/cli/officers.h"

struct look {
    json_t *json;                                /* owned */
    const char *id;                              /* 32 hex */
    struct address other;                        /* the other side */
    bool requesting;                             /* this node is the requesting side */
    const char *own_zone_name, *their_zone_name; /* "" when not known */
    const struct zone *own_zone, *their_zone;    /* NULL when not known */
};

/* Fetches a case; officer (may be NULL) is who would sign OPENED. An exit code, told when it is not EXIT_DONE. */
MUST_USE int look_at(struct client *, const char *name, const struct officer *, struct look *ret);
void look_done(struct look *);

/*
 * Signs the OPENED receipts of a list "unopened" into a new list of SignedObjects. What is signed is decoded and must say
 * that this officer opened envelopes of `other` to this party, nothing else. *ret_letters: how many envelopes.
 */
MUST_USE int look_sign_opened(const struct client *, const struct officer *, const struct address *other,
                              const json_t *unopened, json_t **ret, size_t *ret_letters);
/*
 * Shows the letters that a list "unopened" says to be read, for an officer who signs that while doing something else in the case; looks
 * again where it names one that came after the look. Nothing is shown with --json. EXIT_REFUSED, told, when one of them cannot be.
 */
MUST_USE int look_show_unread(struct client *, const struct officer *, struct look *, const json_t *unopened);
/* Before content is shown: signs and files OPENED for what no officer has opened, says so, and fetches the case again. */
MUST_USE int look_open(struct client *, struct officers *, struct look *);

/* Milliseconds of a member like "2026-11-21T07:00:00Z"; 0 when it is none. */
uint64_t look_ms(const json_t *object, const char *name);

#endif
