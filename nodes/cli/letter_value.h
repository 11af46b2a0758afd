/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody wrote on a command line as the JSON of a field: by the field's type, told at once where it is none. */
#ifndef COMITY_NODES_CLI_LETTER_VALUE_H
#define COMITY_NODES_CLI_LETTER_VALUE_H

#include "nodes/cli/act.h"

/*
 * Text as an option gives it, to every command alike: "@FILE" is what is in the file, without the line ends at its end; "@@..." is a text
 * that begins with @. What a file gave is shown before it is signed, like all else. A new reference; NULL: told.
 */
json_t *letter_text(struct act *, const char *option, const char *text);

/*
 * One value of the field of a message, as `option` gives it: a number, a word, yes or no, text (as letter_text() reads it), a moment
 * (when.h; whether it is past or to come by required.def), bytes in hexadecimal digits, the id of a case by any of its names, a file
 * to be measured (File), a form or JSON in a file (Request, Item), or parts "name: value; name: value". A new reference; NULL: act->code
 * says that it was told.
 */
json_t *letter_value(struct act *, const ProtobufCMessageDescriptor *, const ProtobufCFieldDescriptor *,
                     const char *option, const char *text);

/* A message from a form or JSON in a file, "-": standard input. A new reference; NULL: told. */
json_t *letter_json_file(struct act *, const ProtobufCMessageDescriptor *, const char *path);

#endif
