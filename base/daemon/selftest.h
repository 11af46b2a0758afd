/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known answers: the libsodium that was loaded computes what we were built to rely on. Takes under a millisecond.
 */
#ifndef COMITY_BASE_DAEMON_SELFTEST_H
#define COMITY_BASE_DAEMON_SELFTEST_H

#include <stdbool.h>

#include "base/error.h"

/*
 * After sodium_init. Ed25519, X25519, SHA-256, HMAC-SHA256, BLAKE2b and XChaCha20-Poly1305 against published vectors,
 * and the point of CVE-2025-69277, which must be refused. False with an error that names the first that fails.
 */
MUST_USE bool selftest_sodium(struct error *);

#endif
