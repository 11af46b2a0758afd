/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for a terminal of 80 columns. Whatever came from a peer passes screen_quiet() or one of the functions built on it
 * before it is printed: no control, no escape sequence, no bidirectional override reaches a terminal.
 */
#ifndef COMITY_NODES_CLI_SCREEN_H
#define COMITY_NODES_CLI_SCREEN_H

#include <jansson.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "nodes/cli/cli.h"

/* A terminal narrower than 80 columns is respected down to 40; what is no terminal has 80. */
#define SCREEN_COLUMNS     80
#define SCREEN_COLUMNS_MIN 40

/* One line: line feeds and tabs as blanks, whatever else cannot be shown as \xNN, cut at 8 KiB. Never NULL. */
const char *screen_quiet(struct arena *, struct bytes);
/* A JSON string, or the string member of an object, so; "" when it is none. */
const char *screen_string(struct arena *, const json_t *);
const char *screen_member(struct arena *, const json_t *object, const char *name);

/*
 * Prints a quiet text wrapped at SCREEN_COLUMNS or the width of a narrower terminal, first after `first` (which stands at
 * column 0), further lines indented by `indent` columns. lines_max 0: all; else the last line that is printed ends in "..." when there was more.
 */
void screen_wrapped(FILE *, const char *first, size_t indent, const char *text, size_t lines_max);

/* A heading line, bold where colour is allowed. */
void screen_heading(FILE *, bool colour, const char *text);
/* That nothing of what follows is real, where the node says that it belongs to an exercise ("exercise"). */
void screen_exercise(const struct cli *, const json_t *answer);

#endif
