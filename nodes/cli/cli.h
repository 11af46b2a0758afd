/* SPDX-License-Identifier: Apache-2.0 */
/*
 * comity(1): one table of subcommands, one file each (cmd_NAME.c), over the node's API. Exit codes: 0 done, 1 refused or
 * failed, 2 usage, 3 not reachable (base/daemon/program.h). Every subcommand takes --json and --help.
 */
#ifndef COMITY_NODES_CLI_CLI_H
#define COMITY_NODES_CLI_CLI_H

#include <jansson.h>
#include <stdio.h>

#include "base/catalogue.h"
#include "base/daemon/program.h"
#include "base/error.h"

struct cli {
    const char *command;           /* the subcommand, for messages: "held"; "" before it is known */
    const char *directory;         /* of -C or COMITY_DIR; NULL: none given */
    bool json;                     /* print JSON, nothing else, on standard output */
    bool colour;                   /* standard output is a terminal and NO_COLOR is not set */
    bool terminal;                 /* standard error is a terminal: progress may be shown */
    struct arena *arena;           /* for the program's life */
    const struct catalogue *words; /* the language of LANGUAGE and LC_MESSAGES; NULL: the source's */
    const char *language;          /* its name, to be asked of the node as well; "" or NULL: none */
};

/* One option of a subcommand; tables end with an entry without a name. */
struct option_spec {
    const char *name;     /* without the dashes: "until" */
    const char *argument; /* "DATE"; NULL: a flag */
    bool repeats;
    const char *help; /* one line */
};

#define OPTION_REPEATS_MAX 64

/* What was given on the command line of a subcommand. */
struct arguments {
    const struct subcommand *subcommand;
    const char *words[16]; /* positional */
    size_t word_count;
    struct {
        const struct option_spec *spec;
        const char *value; /* "" for a flag */
    } given[OPTION_REPEATS_MAX];
    size_t given_count;
    const char *family;      /* "network", where nothing but that was given; NULL */
    const char *const *rest; /* of a subcommand with members: what follows its name, not looked at */
    size_t rest_count;
};

struct subcommand {
    const char *name;                  /* "held", "network new" */
    const char *group;                 /* heading in the help: "Cases", "Network", ... */
    const char *synopsis;              /* "CASE [--item N]... [--until DATE] [--from TIME]" */
    const char *does;                  /* one line */
    const char *help;                  /* paragraphs for --help, with an example */
    const struct option_spec *options; /* NULL: none but the common ones */
    size_t words_min, words_max;
    bool needs_directory;
    const char *const *
        members; /* NULL-terminated: another program has these subcommands of it and reads the rest; or NULL */
    int (*run)(struct cli *, const struct arguments *);
};

extern const struct subcommand *const subcommands[]; /* NULL-terminated; in subcommands.c */

/* The options every subcommand takes besides its own. */
extern const struct option_spec common_options[];

/* The value of an option given last, or NULL. */
const char *argument_value(const struct arguments *, const char *option);
bool argument_given(const struct arguments *, const char *option);
/* The index-th value of a repeated option, or NULL. */
const char *argument_nth(const struct arguments *, const char *option, size_t index);

/* Formats and the next step are looked up in the catalogue. */

/* "comity held: TEXT; NEXT" on standard error (or {"error","code","next"} with --json on standard output); returns code. */
int cli_fail(const struct cli *, int code, const char *next, const char *format, ...) PRINTF_LIKE(4, 5);
int cli_usage(const struct cli *, const struct arguments *, const char *format, ...) PRINTF_LIKE(3, 4);

/* A text in the language of the program, in its arena; "?" when memory ended. */
const char *cli_text(const struct cli *, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same on standard output. */
void cli_print(const struct cli *, const char *format, ...) PRINTF_LIKE(2, 3);

/* One line of what is going on, on standard error; nothing with --json. */
void cli_note(const struct cli *, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * A program whose command line is such a table: reads it, runs one subcommand, sees that the output was written. Returns the exit
 * code of main. help prints what there is, where nothing was named.
 */
int cli_main(int argc, char **argv, const struct subcommand *const *table,
             void (*help)(FILE *, const struct catalogue *, const struct subcommand *const *table));

/* The program of that name beside this one, else the name alone, to be looked for on the PATH. */
const char *cli_program_beside(struct cli *, const char *name);

/* Prints JSON (with --json). Takes the reference; returns EXIT_DONE. */
int cli_print_json(const struct cli *, json_t *);

#endif
