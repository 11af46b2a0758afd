/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from files of people: forms (proto/form.h) and JSON. */
#ifndef COMITY_NODES_CLI_INPUT_H
#define COMITY_NODES_CLI_INPUT_H

#include "base/faults.h"
#include "nodes/cli/cli.h"
#include "proto/wire.h"

/*
 * The JSON of a message in a file, "-": standard input; what stands under a single member "request" or "letter" counts as the
 * whole. A moment may be told from now, as when.h has it: "+90m", "+2h", "+3d"; *ret has it written out. Names and types are looked at;
 * every fault is told. *ret is a new reference. An exit code, told when it is not EXIT_DONE. Once the node is known (client_open), so that
 * now is its time.
 */
MUST_USE int input_message(const struct cli *, const ProtobufCMessageDescriptor *, const char *path,
                           json_t **ret);
/* The same of a text that was read; `named` is how messages call it. */
MUST_USE int input_text(const struct cli *, const ProtobufCMessageDescriptor *, struct bytes text,
                        const char *named, json_t **ret);
/* Any JSON object of a file, "-": standard input. */
MUST_USE int input_json(const struct cli *, const char *path, json_t **ret);

#endif
