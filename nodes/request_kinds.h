/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of request that people write (request_kinds.def), and what is asked for in each (fields.def). Templates, interactive
 * requests, the pages of docs/requests and their tests read these tables.
 */
#ifndef COMITY_NODES_REQUEST_KINDS_H
#define COMITY_NODES_REQUEST_KINDS_H

#include "base/attributes.h"
#include "proto/letter.pb-c.h"
#include "proto/limits.h"

struct request_kind {
    const char *name; /* "realtime-traffic": of --type, of the example and of the page */
    Comity__Request__Type type;
    const char *type_word;     /* "MLA" */
    const char *path, *value;  /* "items[0].measure", "REALTIME_TRAFFIC"; "" where the type is enough */
    const char *title, *about; /* "Interception of content"; "to be given ..." */
    unsigned number;           /* in the table, from 0 */
};

struct request_field {
    const char *path; /* of a form and of faults: "items[0].period.from" */
    bool needed;
    const char *example; /* as a form has it; several lines for a table */
    const char *why;     /* half a sentence without a full stop */
};

/* All of them, in the order of the table. */
const struct request_kind *request_kinds(size_t *ret_count);
/* NULL: there is none of that name. */
const struct request_kind *request_kind_find(const char *name);
/* The kind of a request: by its type, topic, and the measure of its first item; NULL: of no kind that people write. */
const struct request_kind *request_kind_of(const Comity__Request *);

#define REQUEST_FIELDS_MAX 128

/* What is asked for, in order, but what makes the kind (type, path and value): the number of fields. */
size_t request_fields(const struct request_kind *, struct request_field ret[REQUEST_FIELDS_MAX]);

#endif
