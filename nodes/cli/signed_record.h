/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an officer signed and a node keeps in a file beside its store: {"signed": {...}, "key": HEX, "proof": BASE64}. The signature is
 * over the network and the one spelling of the object (members sorted, no blanks, ASCII), under a label of its own
 * (docs/protocol.md 2.1): it is never one of what goes over the wire.
 */
#ifndef COMITY_NODES_CLI_SIGNED_RECORD_H
#define COMITY_NODES_CLI_SIGNED_RECORD_H

#include "nodes/cli/client.h"
#include "nodes/cli/officers.h"

/* A new reference; takes the one of what is signed. NULL: no memory, or a text in it is not UTF-8. */
MUST_USE json_t *signed_record_new(const struct client *, const struct officer *, json_t *what);

/* What was signed: borrowed, NULL where it is no such record. Nothing is checked. */
const json_t *signed_record_what(const json_t *record);

/*
 * NULL: the signature holds, and its key is one of an officer of this party who signed then. Else why not, in the language of cli.
 * roster: as GET /v1/roster gives it.
 */
const char *signed_record_fault(const struct client *, const json_t *roster, const json_t *record,
                                uint64_t at_ms);

/* The officer's key in the roster that a public key is; borrowed, NULL: there is none of this party. */
const json_t *signed_record_key(const struct client *, const json_t *roster, const char *key_hex);

/* The bytes of the signature, in the arena of cli; data NULL: there is none. */
struct bytes signed_record_proof(const struct client *, const json_t *record);

#endif
