/* SPDX-License-Identifier: Apache-2.0 */
/* What an interview holds, and what was said in it: for interview.c and interview_answers.c alone. */
#ifndef COMITY_NODES_CLI_INTERVIEW_PRIVATE_H
#define COMITY_NODES_CLI_INTERVIEW_PRIVATE_H

#include "nodes/cli/interview.h"
#include "nodes/field_rules.h"
#include "nodes/template.h"

#define ANSWERS_MAX  512
#define ELEMENTS_MAX 64

struct answer {
    const struct request_field *field;
    const char *path; /* with its numbers */
    const char *text; /* "": left out */
};

struct interview {
    struct client *client;
    const struct cli *cli;
    struct arena *arena;
    const struct request_kind *kind;
    const struct address *to;
    struct address asked_to;
    json_t *defaults; /* path to text */
    struct request_field fields[REQUEST_FIELDS_MAX];
    size_t field_count;
    struct answer answers[ANSWERS_MAX];
    size_t answer_count;
    const struct zone *zone; /* of this party; NULL: not known */
    json_t *roster;
    bool left;
};

/* The answer at that path, with its numbers; NULL: nothing was asked there. */
struct answer *answer_at(struct interview *, const char *path);
/* The same, made if there is none. NULL: there are too many. */
struct answer *answer_make(struct interview *, const struct request_field *, const char *path);
/* Was anything said at that path, or below it? */
bool any_under(const struct interview *, const char *prefix);
/* The request as far as it is said; a new reference. NULL: *ret_fault tells why it cannot be read. */
json_t *request_of(const struct interview *, const char **ret_fault);
/*
 * What the node finds missing or wrong: a new reference to its list, empty when nothing is. NULL: the node did not say, which was told
 * (*ret_code), or what is said cannot be read (*ret_fault).
 */
json_t *faults_of(struct interview *, int *ret_code, const char **ret_fault);
/* What is wrong with an answer that was just given; NULL: nothing. A node that does not answer ends it all: left. */
const char *wrong_with(struct interview *, const struct answer *);

#endif
