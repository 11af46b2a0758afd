/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nodes/letter_commands.def as commands: every letter by its kind (`comity letter KIND`), and everyday words for those that need
 * no file of their own.
 */
#ifndef COMITY_NODES_CLI_LETTER_TABLE_H
#define COMITY_NODES_CLI_LETTER_TABLE_H

#include "nodes/cli/cli.h"
#include "proto/codes.h"

/* Which field of the letter an option says. */
struct letter_option {
    const char *option;
    const char *path; /* as in proto/form.h; "" where it is no field */
};

struct letter_entry {
    const char *name; /* "MLA_RECEIVED": of `comity letter` */
    const char *group, *synopsis, *does, *help;
    const struct option_spec *options; /* with those of who signs */
    const struct letter_option *paths; /* ended by an entry without option */
};

/* By kind; NULL for NONE and REQUEST. */
const struct letter_entry *letter_entry(enum letter_kind);
/* The kind of a name, in lower case with "-" or as in the table; LETTER_NONE: there is none, or it is REQUEST. */
enum letter_kind letter_of_name(const char *name);
/* The names of all letters, ended by NULL. */
extern const char *const letter_kind_names[];

/* The commands made from the table, by kind; the others are empty. */
extern const struct subcommand letter_subcommands[LETTER_KINDS + 1];

/* Makes and sends the letter of that kind as the command line says it. The exit code. */
int letter_send(struct cli *, const struct arguments *, enum letter_kind);
/* The same for a word that two kinds share: the one that this side has in such a case, else the other. */
int letter_send_either(struct cli *, const struct arguments *, enum letter_kind one, enum letter_kind other);

#endif
