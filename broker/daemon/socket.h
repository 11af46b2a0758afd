/* SPDX-License-Identifier: Apache-2.0 */
/* The profile of every server socket of ours: no socket is ever bound without it (docs/architecture.md, "The link"). */
#ifndef COMITY_BROKER_DAEMON_SOCKET_H
#define COMITY_BROKER_DAEMON_SOCKET_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"
#include "broker/broker.h"

#define ZAP_DOMAIN "comity"

/* The queues of one connection. From it: the submits that a node may have unanswered, and the kernel's buffer in bytes. */
#define SOCKET_SEND_FRAMES    BROKER_UNANSWERED_FRAMES
#define SOCKET_RECEIVE_FRAMES 64
#define SOCKET_RECEIVE_BUFFER (1024 * 1024)

/* A ROUTER that speaks CURVE only, asks ZAP or refuses, bounds every queue and frame. NULL with an error. */
MUST_USE void *server_socket_new(void *context, const char *curve_secret_z85, struct error *);

/* Sets one option or fails with its name. */
MUST_USE bool socket_option(void *socket, int option, const void *value, size_t size, const char *name,
                            struct error *);
MUST_USE bool socket_option_int(void *socket, int option, int value, const char *name, struct error *);

#endif
