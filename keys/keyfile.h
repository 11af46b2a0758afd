/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key files: one secret a file, mode 0600, refused when others can read it or it is not a plain file of ours.
 * Text of four lines:
 *   comity key 1
 *   ROLE OWNER             ("officer XB/poc duty")
 *   PUBLIC                 (64 hex)
 *   plain HEX | argon2id OPSLIMIT MEMLIMIT SALT NONCE CIPHERTEXT   (secret: a 32-byte Ed25519 seed or X25519 scalar)
 * The passphrase form is XChaCha20-Poly1305 under an Argon2id key, with the first three lines as associated data.
 */
#ifndef COMITY_KEYS_KEYFILE_H
#define COMITY_KEYS_KEYFILE_H

#include "base/arena.h"
#include "base/error.h"
#include "keys/roster.h"
#include "keys/slab.h"

struct keyfile {
    enum key_role role;
    char owner[96]; /* "XB/poc duty" */
    struct public_key key;
    struct secret *secret; /* 32 bytes; NULL while locked */
    bool locked;           /* needs a passphrase */
};

enum keyfile_outcome {
    KEYFILE_OK,
    KEYFILE_MISSING,
    KEYFILE_OPEN_TO_OTHERS, /* mode lets group or others read or write: chmod 600 */
    KEYFILE_MALFORMED,
    KEYFILE_LOCKED,     /* has a passphrase and none was given */
    KEYFILE_WRONG_PASS, /* or altered */
    KEYFILE_FAILED,     /* the system: see error */
};

/* The public half of a secret of 32 bytes: of X25519 for a link, of Ed25519 for all others. */
void keyfile_public(enum key_role, const uint8_t secret[32], struct public_key *ret);
/* Text of a key file, in the arena. passphrase empty: plain. random: 16 bytes salt and 24 nonce. NULL data: exhausted. */
MUST_USE struct bytes keyfile_encode(enum key_role, const char *owner, const struct public_key *,
                                     struct bytes secret, struct bytes passphrase, const uint8_t random[40],
                                     struct arena *);
MUST_USE enum keyfile_outcome keyfile_decode(struct bytes text, struct bytes passphrase, struct slab *,
                                             struct keyfile *ret);

/* Reads path; every outcome but OK leaves a text in error that names path and next step. keyfile_done() it. */
MUST_USE enum keyfile_outcome keyfile_read(const char *path, struct bytes passphrase, struct slab *,
                                           struct keyfile *ret, struct error *);
/* The same of a plain file that must be of that role; false when it is of another. */
MUST_USE bool keyfile_read_role(const char *path, enum key_role, struct slab *, struct keyfile *ret,
                                struct error *);
/* Writes a new file 0600, O_EXCL, synced with its directory. False with an error. */
MUST_USE bool keyfile_write(const char *path, struct bytes text, struct error *);
void keyfile_done(struct keyfile *);

#endif
