/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before it serves, the broker attacks a socket of its own profile over loopback: an unknown CURVE key, NULL, PLAIN, ZMTP 1.0
 * and 2.0 greetings and garbage must be refused, a known key must be let in and named by its User-Id. A libzmq that behaves
 * otherwise is not one to stand in front of members.
 */
#ifndef COMITY_BROKER_DAEMON_SELFTEST_H
#define COMITY_BROKER_DAEMON_SELFTEST_H

#include "broker/daemon/zap.h"

/* True if every trial ended as it must; else the error names the first that did not. */
MUST_USE bool selftest_run(void *context, struct zap *, const char *curve_secret_z85,
                           const struct public_key *server_key, struct error *);

#endif
