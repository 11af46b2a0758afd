/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's API (docs/api.yaml) through libcurl over its Unix socket. Functions that return an exit code have said what
 * is wrong whenever it is not EXIT_DONE.
 */
#ifndef COMITY_NODES_CLI_CLIENT_H
#define COMITY_NODES_CLI_CLIENT_H

#include "nodes/cli/cli.h"
#include "nodes/settings.h"
#include "proto/ids.h"

struct client {
    const struct cli *cli;
    struct settings settings;
    struct address party; /* whose node it is */
    const char *socket;
    void *curl;
};

/* Reads node.conf of the directory. Nothing is connected yet. */
MUST_USE int client_open(struct client *, const struct cli *);
/* The node at that socket, without its node.conf: party and settings are not known. */
MUST_USE int client_open_socket(struct client *, const struct cli *, const char *socket);
void client_close(struct client *);

/*
 * One call; path from "/v1" on. EXIT_DONE: an answer came, whatever its status; *ret is a new reference (an object). body (borrowed) may be
 * NULL. A command carries a random Comity-Command; when the connection breaks before the answer, the same id and body are
 * sent again for up to 10 s. EXIT_UNREACHABLE: nobody answers.
 */
MUST_USE int client_call(struct client *, const char *method, const char *path, const json_t *body,
                         bool is_command, unsigned *ret_status, json_t **ret);

/* GET; anything but 200 is told like client_refused(). */
MUST_USE int client_get(struct client *, const char *path, json_t **ret);

/* A command with that body (the reference is taken); anything but 200 is told like client_refused(). */
MUST_USE int client_do(struct client *, const char *method, const char *path, json_t *body, json_t **ret);

/*
 * The end of a subcommand that shows one answer: with EXIT_DONE it is printed, as it came with --json, else by the function. Takes the
 * reference (NULL: there is none), closes the client; returns the exit code.
 */
MUST_USE int client_end(struct client *, int code, json_t *answer,
                        int (*print)(const struct cli *, const json_t *answer));

/*
 * Page after page of a list, "more" of one as "after" of the next; path: with its query, to which only that is added; after NULL: from
 * the first on. print tells of one page and returns how many entries were printed so far (before: of the pages before; last: none
 * follows). With --json one page alone, as it came.
 */
MUST_USE int client_pages(struct client *, const char *path, const char *after,
                          size_t (*print)(const struct cli *, const json_t *page, bool last, size_t before));

/* What the other State publishes and who signs should know: "notes" of an answer; NULL: none. To standard error. */
void client_notes(const struct cli *, const json_t *notes);
/* Tells what the API refused: its sentence, every fault on a line of its own, the next step. Takes the reference; EXIT_REFUSED. */
int client_refused(const struct cli *, unsigned status, json_t *answer);

/* "PREFIX" and the name, percent-encoded for a path; in the arena of cli. NULL: no memory. */
MUST_USE const char *client_path(struct client *, const char *prefix, const char *name);

/*
 * Without a word: one call, not repeated; id: of a command, 16 bytes, else NULL. A new reference (an object) and its status, or NULL when
 * nobody answers, or not with JSON. *ret_status is 0 when nobody did.
 */
MUST_USE json_t *client_once(struct client *, const char *method, const char *path, const json_t *body,
                             const uint8_t *id, unsigned *ret_status);
/* Without a word: one GET, not repeated; a new reference and its status, or NULL when nobody answers. */
MUST_USE json_t *client_glance(struct client *, const char *path, unsigned *ret_status);
/*
 * Without a word: GET from the node of the directory in cli; a new reference and its status, or NULL when nobody answers or
 * the directory is no node's.
 */
MUST_USE json_t *client_try(const struct cli *, const char *path, unsigned *ret_status);
/* Does the node of that directory answer at its API? */
MUST_USE bool client_answers(const struct cli *, const char *directory);

#endif
