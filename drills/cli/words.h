/* SPDX-License-Identifier: Apache-2.0 */
/* What run, swarm and replay say alike: the build, numbers and spans for people, figures. */
#ifndef COMITY_DRILLS_CLI_WORDS_H
#define COMITY_DRILLS_CLI_WORDS_H

#include <jansson.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/catalogue.h"
#include "drills/oracle/oracle.h"

/* "0.1.0 (a5fdb49c3a21)", "0.1.0 (a5fdb49c3a21 and changes)": what was built, as far as a seed depends on it. */
const char *words_build(void);

/* "3 d 4 h", "5 min 2 s", "0.31 s"; "?" without memory. */
const char *words_span(struct arena *, const struct catalogue *, uint64_t ms);
/* "1,234,567" */
const char *words_number(struct arena *, uint64_t number);
/* "1 case", "1,206 cases"; the same of letters. */
const char *words_cases(struct arena *, const struct catalogue *, uint64_t number);
const char *words_letters(struct arena *, const struct catalogue *, uint64_t number);
/* "1 inject"; the same of expectations and faults. */
const char *words_injects(struct arena *, const struct catalogue *, uint64_t number);
const char *words_expectations(struct arena *, const struct catalogue *, uint64_t number);
const char *words_faults(struct arena *, const struct catalogue *, uint64_t number);
/*
 * Text of several lines, each as screen_quiet() shows one: a text may have been cut within a character, and JSON takes none
 * that is no UTF-8. "?" without memory.
 */
const char *words_lines(struct arena *, const char *text);
/* A word as it can be pasted into a shell, in quotes where it needs them. "?" without memory. */
const char *words_shell(struct arena *, const char *word);
/* "comity drill run FILE --set NAME=VALUE ... --seed S" of "drill run", as it can be pasted into a shell. "" without memory. */
const char *words_command(struct arena *, const char *subcommand, const char *file, const char *const *sets,
                          size_t set_count, uint64_t seed);
/* 64 hexadecimal digits. */
const char *words_hash(struct arena *, const uint8_t hash[32]);

/* "187 letters, 171 envelopes accepted, ..." */
const char *words_figures(struct arena *, const struct catalogue *, const struct oracle_figures *);
json_t *words_figures_json(const struct oracle_figures *); /* a new reference */

#endif
