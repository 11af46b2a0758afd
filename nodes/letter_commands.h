/* SPDX-License-Identifier: Apache-2.0 */
/* letter_commands.def for whoever names commands: the words of comity(1) that make letters. */
#ifndef COMITY_NODES_LETTER_COMMANDS_H
#define COMITY_NODES_LETTER_COMMANDS_H

#include "proto/codes.h"

/* "held": the everyday word, "" for NONE. Two kinds may share one. */
const char *letter_command(enum letter_kind);
/* The same before the name of a case: "request FILE --confirm" where "ack" needs no more. */
const char *letter_command_in_case(enum letter_kind);
/* "say that data are held, from when and until when"; "" for NONE. */
const char *letter_does(enum letter_kind);
/* The option of that command that says what a letter is for, where its kind has several: "why", "what"; "" for the others. */
const char *letter_why_option(enum letter_kind);

#endif
