/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line by the table of subcommands: which one, its words, its options. Common options (-C DIR, --json, --help,
 * --version) may stand before or after the subcommand. Nothing is printed here.
 */
#ifndef COMITY_NODES_CLI_OPTIONS_H
#define COMITY_NODES_CLI_OPTIONS_H

#include "nodes/cli/cli.h"

enum options_outcome {
    OPTIONS_RUN,     /* arguments are complete: run the subcommand */
    OPTIONS_NOTHING, /* no subcommand was named */
    OPTIONS_HELP, /* --help: of arguments.subcommand, else of arguments.family, or of all when both are NULL */
    OPTIONS_VERSION,
    OPTIONS_BAD, /* fault says what is wrong; arguments.subcommand is set when it is known */
};

struct options_result {
    const char *fault; /* in the arena of cli */
    const char *next;  /* what to write instead, or NULL: the synopsis says it */
};

/* Sets directory and json of cli; words of argv are kept, not copied. table: NULL-terminated. */
MUST_USE enum options_outcome options_read(int argc, const char *const *argv,
                                           const struct subcommand *const *table, struct cli *,
                                           struct arguments *ret, struct options_result *);

/* The subcommand of one or two words in the table, or NULL. second may be NULL. */
const struct subcommand *subcommand_find(const struct subcommand *const *table, const char *first,
                                         const char *second);
/* True if the word begins subcommands of two words: "network". */
bool subcommand_is_family(const struct subcommand *const *table, const char *word);

/* The values of a repeated number option into ret, each 1..max. False: *ret_bad is the value that is none. */
MUST_USE bool argument_numbers(const struct arguments *, const char *option, uint32_t max, uint32_t *ret,
                               size_t room, size_t *ret_count, const char **ret_bad);
/* A decimal number min..max without sign or blanks. */
MUST_USE bool number_read(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

#endif
