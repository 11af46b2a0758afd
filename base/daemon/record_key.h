/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key pair of who reads sealed records: X25519. FILE is for him alone, three lines of text:
 *   comity key of records 1
 *   public HEX
 *   secret HEX
 * FILE.pub is for the daemons, the first two of them ("comity key of records 1", "public HEX").
 */
#ifndef COMITY_BASE_DAEMON_RECORD_KEY_H
#define COMITY_BASE_DAEMON_RECORD_KEY_H

#include "base/arena.h"
#include "base/daemon/record.h"
#include "base/error.h"

struct record_pair {
    uint8_t key[RECORD_KEY_BYTES];    /* public */
    uint8_t secret[RECORD_KEY_BYTES]; /* the caller wipes it */
};

/* Makes both files, FILE 0600 and FILE.pub 0644; never overwrites one. False with an error, and then neither is left. */
MUST_USE bool record_key_make(const char *path, struct record_pair *ret, struct error *);

/* given: 64 hexadecimal digits, or the path of FILE.pub or FILE. False with an error. */
MUST_USE bool record_key_public(const char *given, uint8_t ret[RECORD_KEY_BYTES], struct error *);

/* Both halves, from FILE; refused when others can read it. False with an error. */
MUST_USE bool record_key_read(const char *path, struct record_pair *ret, struct error *);

#endif
