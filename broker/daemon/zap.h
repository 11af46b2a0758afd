/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ZAP handler (ZeroMQ RFC 27): libzmq asks it about every CURVE client before the first message gets through. It answers
 * 200 with the party's address as User-Id for a key of the roster, and with the key itself as a property of each message that
 * comes in, 400 for everything else.
 */
#ifndef COMITY_BROKER_DAEMON_ZAP_H
#define COMITY_BROKER_DAEMON_ZAP_H

#include "broker/daemon/hub.h"

#define ZAP_KEY_PROPERTY "Comity-Key" /* 64 hexadecimal digits */

struct zap;

/* Binds inproc://zeromq.zap.01 in this context: must happen before any CURVE bind. */
MUST_USE struct zap *zap_open(void *context, struct hub_admission, struct error *);
void zap_close(struct zap *); /* NULL is allowed */

void *zap_socket(struct zap *); /* for a poll */
/* Answers all requests that wait. */
void zap_serve(struct zap *);

/* A key that is admitted under that name beside the roster's: for the start-up self-test. NULL ends it. */
void zap_trial(struct zap *, const struct public_key *, const char *name);

uint64_t zap_admitted(const struct zap *);
uint64_t zap_refused(const struct zap *);

#endif
