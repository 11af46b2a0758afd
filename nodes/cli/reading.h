/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter for the eyes of who signs it, made from the message that was decoded from the bytes to be signed; and one that came, for who
 * signs that it was read. What returns a bool has shown all of it when it is true: nothing else is to be signed.
 */
#ifndef COMITY_NODES_CLI_READING_H
#define COMITY_NODES_CLI_READING_H

#include <stdio.h>

#include "nodes/cli/officers.h"
#include "proto/wire.h"

/*
 * Every field that is set, a line each, under a line that says who signs what to whom (without signers only what it is) and one
 * that says in which case. The words of the fields are those that are signed, in every language. reference: what the node says that the
 * case is called; "": nothing.
 */
MUST_USE bool reading_print(FILE *, const struct cli *, const struct officer *signers, size_t count,
                            const Comity__Context *, const Comity__Letter *, const char *reference);
/* A letter that came, as the node tells it (docs/api.yaml, Letter): a line of whose it is, and every field. */
MUST_USE bool reading_received(FILE *, const struct cli *, const json_t *letter);
/*
 * The fields of a JSON object alone: "  items #1.period.from  2026-...". Numbers of elements begin at 1. of: the message that it
 * is, so that its bytes are shown as an id is written, or, where they are none, by their number; NULL: it is no message.
 */
bool reading_fields(FILE *, const struct cli *, const json_t *object, size_t indent,
                    const ProtobufCMessageDescriptor *of);
/* Says that not all could be shown; EXIT_REFUSED. */
MUST_USE int reading_failed(const struct cli *);
/* What a letter says, as JSON: the fields of its body, and those that stand beside it ("acted.why"). */
bool reading_letter(FILE *, const struct cli *, const json_t *letter, size_t indent);
/* The message of a field, by its name in JSON; NULL: there is none. */
const ProtobufCMessageDescriptor *reading_part(const ProtobufCMessageDescriptor *, const char *name);

#endif
