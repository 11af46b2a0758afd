/* SPDX-License-Identifier: Apache-2.0 */
/* Help and shell completion, made from the table of subcommands. */
#ifndef COMITY_NODES_CLI_HELP_H
#define COMITY_NODES_CLI_HELP_H

#include <stdio.h>

#include "nodes/cli/cli.h"

/*
 * A catalogue is the language; the JSON and the completion are those of the source.
 */

/* All subcommands by group, in the order in which the table first names each group. */
void help_all(FILE *, const struct catalogue *, const struct subcommand *const *table);
/* Each subcommand in full, or only those that begin with the word family (NULL: all). */
void help_family(FILE *, const struct catalogue *, const struct subcommand *const *table, const char *family);
/* One subcommand: synopsis, what it does, options, paragraphs. */
void help_one(FILE *, const struct catalogue *, const struct subcommand *);
/* The same for programs: {"commands": [{"name", "group", "synopsis", "does", "help", "options"}]}; NULL: no memory. */
MUST_USE json_t *help_json(const struct subcommand *const *table);
/* A completion for bash. */
void help_completion_bash(FILE *, const struct subcommand *const *table);

#endif
