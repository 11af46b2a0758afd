/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's API over HTTP on a Unix socket, served inside the loop's poll (libmicrohttpd, no thread). A request is
 * taken in whole, its connection suspended until the turn is committed, and only then answered.
 */
#ifndef COMITY_NODES_DAEMON_HTTP_H
#define COMITY_NODES_DAEMON_HTTP_H

#include "base/bytes.h"
#include "base/daemon/languages.h"
#include "base/error.h"
#include "nodes/node.h"

#define HTTP_BODY_BYTES_MAX  (320 * 1024)
#define HTTP_CONNECTIONS_MAX 64

struct http;
struct http_request; /* one that waits for its answer; owned by http */

/* Listens on a new socket at path (0600); one left by a dead process is replaced. NULL with an error. */
MUST_USE struct http *http_open(const char *path, struct error *);
/* The languages it may answer in; borrowed. Before the first request; without it the source's. */
void http_languages(struct http *, const struct languages *);
void http_close(struct http *); /* NULL is allowed; removes the socket */

int http_poll_fd(const struct http *);
/* Milliseconds until http_run() must be called although nothing is readable; -1: not needed. */
int64_t http_timeout_ms(const struct http *);
/* Reads, writes, accepts; never blocks. */
void http_run(struct http *);

/* The next whole request, or NULL. */
struct http_request *http_next(struct http *);

const char *http_actor(const struct http_request *);
enum verb http_verb(const struct http_request *);
bool http_is_command(const struct http_request *);
const uint8_t *http_command_id(const struct http_request *); /* 16 bytes; zero for a query */
const char *http_target(const struct http_request *);        /* the {id} of the path, "" */
const char *http_query(const struct http_request *);         /* "all=1&...", decoded; "" */
struct bytes http_body(const struct http_request *);
const struct catalogue *
http_words(const struct http_request *); /* by its Accept-Language; NULL: the source's */

/* Gives the answer (copied) and lets the connection go on. The request is gone then. */
void http_answer(struct http_request *, unsigned status, struct bytes json);

#endif
