/* SPDX-License-Identifier: Apache-2.0 */
/* Letters walked by their descriptors: is a field by its path empty, and how new is what a letter says. */
#ifndef COMITY_NODES_LETTER_WALK_H
#define COMITY_NODES_LETTER_WALK_H

#include "base/faults.h"
#include "proto/codes.h"

/* The letter's own body; NULL for one that says nothing. */
const ProtobufCMessage *letter_body(const Comity__Letter *);

/*
 * Adds a fault of that code and text (one sentence) for each place of the body that a path of JSON names leads to and that
 * is empty: "items.identifiers.port" is looked at in each identifier of each item. A list without elements has no such place;
 * below `identifiers` only IP addresses are looked at, which alone have ports, peers and moments. False: the body has no such
 * path.
 */
MUST_USE bool letter_insist(const ProtobufCMessage *body, const char *path, struct faults *, const char *code,
                            const char *text);

/*
 * What a party has to understand (capabilities.letters) to take this letter: 1: HOLD in its first form; 2: all that this
 * program writes.
 */
unsigned letter_generation(const Comity__Letter *);

#endif
