/* SPDX-License-Identifier: Apache-2.0 */
/*
 * minisign signature files, prehashed (alg "ED") only, and unencrypted secret keys as `minisign -G -W` makes them, so that
 * roots can also be kept and used with the stock program. Format: docs/protocol.md 9.2.
 */
#ifndef COMITY_KEYS_MINISIGN_H
#define COMITY_KEYS_MINISIGN_H

#include "base/arena.h"
#include "keys/sign.h"

#define MINISIG_BYTES_MAX 10240

struct minisign_key {
    uint8_t id[8];
    struct public_key key;
};

/* The 56 characters "RWQ..." of a public key, to and from. */
#define MINISIGN_KEY_TEXT 57 /* with the terminating zero */
MUST_USE bool minisign_key_read(struct bytes text, struct minisign_key *ret);
char *minisign_key_write(char ret[MINISIGN_KEY_TEXT], const struct minisign_key *);

enum minisig_outcome {
    MINISIG_OK,
    MINISIG_MALFORMED, /* not exactly four LF-ended lines, not canonical base64, too long, comment not printable */
    MINISIG_LEGACY,    /* alg "Ed", not prehashed: not counted */
    MINISIG_OTHER_KEY, /* key id differs */
    MINISIG_BAD,       /* signature or global signature does not hold */
};
/*
 * Checks a signature file over the bytes with one key. ret_comment (may be NULL): on OK the trusted comment, in the arena,
 * "" when that is exhausted; comments are shown, never interpreted.
 */
MUST_USE enum minisig_outcome minisig_verify(struct bytes minisig, struct bytes message,
                                             const struct minisign_key *, struct arena *,
                                             const char **ret_comment);
/* The key id a signature file names; false when it is malformed. */
MUST_USE bool minisig_key_id(struct bytes minisig, uint8_t ret_id[8]);

/* A signature file over the bytes; data NULL on exhaustion. The comment: one showable line (TABs allowed), <= 9,728 bytes. */
MUST_USE struct bytes minisig_make(struct bytes message, const uint8_t key_id[8], const struct signer *,
                                   const char *trusted_comment, struct arena *);

/*
 * Files `minisign -S -s` and `-V -p` read; text in the arena. The secret one is unencrypted: write it 0600, and use an
 * arena that ends soon, for it holds the secret. comment: one line, <= 512 bytes.
 */
MUST_USE struct bytes minisign_secret_file(const uint8_t key_id[8], const struct signer *,
                                           const char *comment, struct arena *);
MUST_USE struct bytes minisign_public_file(const struct minisign_key *, const char *comment, struct arena *);
/* Reads an unencrypted secret key file; false when malformed or encrypted. */
MUST_USE bool minisign_secret_read(struct bytes file, struct slab *, uint8_t ret_id[8], struct signer *ret);

#endif
