/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes as a node makes them, with one flaw at most (flaws.def): what seal_letter() would never do is done here by hand. For
 * those who lie with good keys: the liar of a world (liar.h) and the tool of the end-to-end tests.
 */
#ifndef COMITY_DRILLS_PLAY_FLAWS_H
#define COMITY_DRILLS_PLAY_FLAWS_H

#include <jansson.h>

#include "base/turn.h"
#include "keys/roster.h"
#include "keys/sign.h"
#include "proto/reason.h"

enum flaw {
#define FLAW(name, word, reason, text) FLAW_##name,
#include "drills/play/flaws.def"
#undef FLAW
    FLAW_COUNT
};
const char *flaw_word(enum flaw);
enum reason flaw_reason(enum flaw); /* what it is refused for */
const char *flaw_text(enum flaw);   /* what is wrong, one clause */
/* FLAW_COUNT when there is none of that name. */
enum flaw flaw_of_word(const char *);
/* Whether it needs an envelope that was sent before it: with the same number, or with the number before. */
bool flaw_needs_two(enum flaw);

/* What an envelope is made of; everything is borrowed. */
struct flawed {
    enum flaw flaw;
    struct network_id network;
    const struct exercise_id *exercise; /* NULL: none */
    const struct roster *roster;
    const char *from, *to;
    const char *context_from;        /* whose letter it is; NULL: from */
    uint32_t lane, incarnation, seq; /* seq 1 or more */
    struct digest prev;              /* when seq > 1 */
    uint64_t created_ms, expires_ms;
    const struct signer *node, *officer; /* OFFICER: the caller gives another's key */
    struct public_key recipient;         /* SLOT: not looked at */
    struct bytes letter;                 /* of flawed_letter() */
};
struct flawed_envelope {
    struct bytes bytes;
    struct digest id; /* of what stands in bytes, whether or not anybody takes it for an envelope */
};
/* {"request": {...}} as a Letter, in the arena; the request loses or gains what the flaw says. data NULL: it is none. */
struct bytes flawed_letter(enum flaw, json_t *letter, struct arena *);
/* In the arena, whose end is a bug of ours. */
struct flawed_envelope flawed_make(const struct flawed *, struct turn_source, struct arena *);

#endif
