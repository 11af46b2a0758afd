/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a roster: from a description in C to the canonical text (sorted members, indent 2, final LF). The same draft
 * gives the same bytes. Whether the rules hold is not looked at: roster_read() says that of the text.
 */
#ifndef COMITY_KEYS_ROSTER_MAKE_H
#define COMITY_KEYS_ROSTER_MAKE_H

#include <jansson.h>

#include "keys/roster.h"

struct draft_root {
    const char *name;
    struct minisign_key minisign;
};

/*
 * Pointers are borrowed for the call of roster_make(). Lists of texts may be NULL; NULL texts are written as "" where
 * members are required and left out where they are optional. What a party publishes is left out where it is NULL. Members of `ext` are not part of a draft.
 */
struct roster_draft {
    unsigned format; /* the least: 2 is written wherever a party says what format 1 has no member for; 0: 1 */
    struct network_id network; /* zero in version 1 */
    uint64_t version;
    struct digest previous;         /* zero in version 1 */
    uint64_t issued_ms, expires_ms; /* whole seconds */
    unsigned grace_days;
    unsigned threshold;
    struct draft_root *roots;
    size_t root_count;
    struct roster_broker *brokers;
    size_t broker_count;
    struct party *parties;
    size_t party_count;
};

/* The canonical text in the arena. NULL data: out of memory, or a text in the draft that is not UTF-8. */
MUST_USE struct bytes roster_make(const struct roster_draft *, struct arena *);

/* As they are written in the file; a new reference, NULL: out of memory, or a text that is not UTF-8. */
MUST_USE json_t *calendar_entry_json(const struct calendar_entry *);
MUST_USE json_t *terms_json(const struct terms *);
MUST_USE json_t *roster_key_json(const struct roster_key *);
MUST_USE json_t *ping_consent_json(const struct ping_consent *);

/*
 * The draft of the version after held: everything as it was, version + 1, previous and network filled in, dates to be set.
 * Lists are copied into the arena and may be changed; texts and lists of texts stay the roster's. `ext` is lost.
 * False: the arena is exhausted.
 */
MUST_USE bool roster_draft_after(const struct roster *held, struct arena *, struct roster_draft *ret);

/*
 * A copy of a list of keys in the arena with room for more keys after them, to be changed and put in its place:
 * party->keys = keys. NULL: exhausted.
 */
MUST_USE struct roster_key *draft_keys(struct arena *, const struct roster_key *keys, size_t count,
                                       size_t more);

#endif
