/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of docs/requests as the tables have them: one for each kind of request, and the list of them. */
#ifndef COMITY_TESTS_SUPPORT_REQUEST_PAGES_H
#define COMITY_TESTS_SUPPORT_REQUEST_PAGES_H

#include "base/arena.h"
#include "nodes/request_kinds.h"

/* Markdown in the arena: what the kind is for, its fields, the course it takes as a diagram. */
char *request_page(const struct request_kind *, struct arena *);
/* README.md: every kind with its page and example. */
char *request_pages_list(struct arena *);

#endif
