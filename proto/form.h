/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message as a form that a person fills in with any editor: lines "path: value", in the paths that faults name. What a form says
 * is JSON afterwards, and read by the same rules (json.h).
 *
 *     # Lines that begin with # are left out, and so are empty ones.
 *     reference: XA-NCC-2026-0417
 *     offence.codes: ILLEGAL_ACCESS, THEFT_FRAUD
 *     items[0].identifiers[0].value: 203.0.113.77
 *     facts: A value goes on
 *       in lines that begin with blanks.
 *     alsoSentVia:
 *       one element a line
 *
 * A value is all that follows the colon, trimmed; further lines of it keep their line ends, and the blanks by which they begin further
 * in than the one of them that begins furthest out. Lists of words and numbers are separated by
 * commas, lists of text have an element a line. true, false, yes and no are as they read. A path without a value says nothing.
 * Elements of lists of parts come in their order, from 0.
 */
#ifndef COMITY_PROTO_FORM_H
#define COMITY_PROTO_FORM_H

#include <jansson.h>

#include "base/faults.h"
#include "proto/wire.h"

/* Whether a text is a form and not JSON: its first character that is not blank is not a brace. */
bool form_is(struct bytes text);

/*
 * The JSON that a form of the message says; a new reference. NULL with a fault otherwise, the line in its text: NOT_A_FORM, TEXT (not
 * UTF-8 that may be shown), TOO_LONG, DUPLICATE (a path given twice), ORDER (an element before the one it follows). Names that the
 * message does not have are left to message_of_json(). Values are not looked at but as far as a list is to be taken apart.
 */
MUST_USE json_t *form_read(struct bytes text, const ProtobufCMessageDescriptor *, struct arena *,
                           struct faults *);

/* The field that a path leads to, in either spelling of its names; NULL: to none. Indices are not looked at. */
const ProtobufCFieldDescriptor *form_field(const ProtobufCMessageDescriptor *, const char *path);

/* --- writing --- */

/*
 * Each value of a message in JSON (as json_of_message() has it), in the order of its fields: its path and what stands after the
 * colon. Both are in the arena; when it ends, values are left out.
 */
void form_each(const ProtobufCMessageDescriptor *, const json_t *message, struct arena *,
               void (*each)(void *context, const char *path, const char *text), void *context);
/* "path: text" with its line end; the further lines of a text begin with blanks. NULL: no room. */
MUST_USE char *form_line(struct arena *, const char *path, const char *text);

#endif
