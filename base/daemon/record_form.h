/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a record lies in its file; for its writer and its reader only.
 *
 *   magic (16: "comity record 2\n") | sealed (1: 0 or 1) | public key (32) | box (80) | stream header (24) | chunk ...
 *   chunk: size of its text (4, little endian; at most RECORD_CHUNK_BYTES) | text under the stream (size + 17)
 *
 * The stream is crypto_secretstream_xchacha20poly1305; the last chunk of a record that was ended carries TAG_FINAL. box is
 * crypto_box_seal of a secret of 32 random bytes to the public key, or, when sealed is 0, that secret itself and zeros: one
 * form for both, and damage is seen in both. The stream's key is BLAKE2b-256 of a label and all that stands before the stream
 * header, keyed with the secret: it is good for nothing else, and no byte of the head can be changed.
 *
 * The text is a sequence of entries: kind (1) | numbers (8 each, little endian; the table says how many) |
 * number of blobs (1) | for each its size (4, little endian) and bytes. Entries do not care where chunks end.
 */
#ifndef COMITY_BASE_DAEMON_RECORD_FORM_H
#define COMITY_BASE_DAEMON_RECORD_FORM_H

#include <sodium.h>

#include "base/daemon/program.h"
#include "base/daemon/record.h"

/* What made the record: another build may decide otherwise. */
#define RECORD_BUILD COMITY_VERSION ", compiler " __VERSION__ ", libsodium " SODIUM_VERSION_STRING

#define RECORD_MAGIC        "comity record 2\n"
#define RECORD_MAGIC_COMMON 14 /* bytes of it that every version has */
#define RECORD_MAGIC_BYTES  16
#define RECORD_BOX_BYTES    (RECORD_KEY_BYTES + crypto_box_SEALBYTES)
#define RECORD_HEAD_BYTES                                                                                    \
    (RECORD_MAGIC_BYTES + 1 + RECORD_KEY_BYTES + RECORD_BOX_BYTES) /* before the stream header */
#define RECORD_CHUNK_BYTES ((size_t)1024 * 1024)
#define RECORD_CHUNK_EXTRA (4 + crypto_secretstream_xchacha20poly1305_ABYTES)

/* The parts of a head, in its bytes. */
struct record_head {
    uint8_t bytes[RECORD_HEAD_BYTES];
};
static inline uint8_t *record_head_sealed(struct record_head *head)
{
    return head->bytes + RECORD_MAGIC_BYTES;
}
static inline uint8_t *record_head_key(struct record_head *head)
{
    return head->bytes + RECORD_MAGIC_BYTES + 1;
}
static inline uint8_t *record_head_box(struct record_head *head)
{
    return head->bytes + RECORD_MAGIC_BYTES + 1 + RECORD_KEY_BYTES;
}

void record_stream_key(uint8_t ret[crypto_secretstream_xchacha20poly1305_KEYBYTES],
                       const uint8_t secret[RECORD_KEY_BYTES], const struct record_head *);

size_t record_number_count(enum record_kind);
size_t record_blob_count_min(enum record_kind);

void record_write_u32(uint8_t ret[4], uint32_t);
void record_write_u64(uint8_t ret[8], uint64_t);
uint32_t record_read_u32(const uint8_t from[4]);
uint64_t record_read_u64(const uint8_t from[8]);

#endif
