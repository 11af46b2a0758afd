/* SPDX-License-Identifier: Apache-2.0 */
/* What `comity request --type T --new` writes: a form (proto/form.h) of one kind of request, with only its fields, each explained. */
#ifndef COMITY_NODES_TEMPLATE_H
#define COMITY_NODES_TEMPLATE_H

#include <jansson.h>

#include "base/arena.h"
#include "base/catalogue.h"
#include "nodes/request_kinds.h"

/*
 * The form in the arena: what makes the kind is filled in, all else is left empty, below what to write and an example in comments, in the
 * language of the catalogue (NULL: as in the source). NULL on exhaustion.
 */
MUST_USE char *template_write(const struct request_kind *, const struct catalogue *, struct arena *);

/*
 * The same with what a request says, as JSON: values stand after their colons, and those of fields that the kind does not ask for, such as
 * of further items, at the end.
 */
MUST_USE char *template_filled(const struct request_kind *, const json_t *request, const struct catalogue *,
                               struct arena *);

/* That form of the kind that the request is of. NULL: of none, or on exhaustion. */
MUST_USE char *template_of(const json_t *request, const struct catalogue *, struct arena *);

/* The words that a path of a request may have, "A, B, C"; "yes or no" for what is either; "" for anything else. */
MUST_USE const char *template_words(const char *path, struct arena *);

#endif
