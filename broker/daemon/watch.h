/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches the accepted TCP connections. libzmq counts whole messages only, so a peer can fill the broker's memory with frames of
 * a message that never ends, or by never reading what it is sent; both are bounded here by asking the kernel what really went
 * over the connection.
 */
#ifndef COMITY_BROKER_DAEMON_WATCH_H
#define COMITY_BROKER_DAEMON_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"

struct watch;

/* Follows the accepted connections of a server socket by its monitor. */
MUST_USE struct watch *watch_open(void *context, void *server_socket, struct error *);
void watch_close(struct watch *);   /* NULL is allowed */
void *watch_socket(struct watch *); /* for a poll */

/*
 * Takes in what the monitor reports. Calls gone(context, fd) for each connection that ended: a hint, since descriptors are
 * used again.
 */
void watch_serve(struct watch *, void (*gone)(void *context, int fd), void *context);

/* A whole message of size bytes came from the connection; was given to libzmq for it. */
void watch_delivered(struct watch *, int fd, size_t size);
void watch_spoken(struct watch *, int fd, size_t size);

/* Cuts connections that hold more than their bound in either direction, or have not said anything yet. Returns how many. */
unsigned watch_cut_floods(struct watch *, mono_ms now);
/* How many connections are open, as far as the monitor has told. */
size_t watch_open_count(const struct watch *);

/* Cuts one connection, if it is still the one that was accepted. */
void watch_cut(struct watch *, int fd);

uint64_t watch_accept_failures(const struct watch *);
/* Connections that never got as far as a key: another mechanism, no ZeroMQ at all. */
uint64_t watch_failed_handshakes(const struct watch *);

#endif
