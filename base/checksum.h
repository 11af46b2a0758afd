/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checksum of SQLite's write-ahead log: two sums of 32-bit words, each fed by the other (SQLite file format, 4.2). It
 * shows damage, not intent: whoever can write the file can make the sum fit. One changed word always shows; two different
 * texts of one length agree by chance once in 2^64. It runs at the speed of reading, which a hash does not.
 */
#ifndef COMITY_BASE_CHECKSUM_H
#define COMITY_BASE_CHECKSUM_H

#include "base/bytes.h"

struct checksum {
    uint32_t a, b;
};

enum checksum_words { CHECKSUM_LITTLE, CHECKSUM_BIG }; /* how the bytes are read as words */

/* The sum with the bytes added; their size is a multiple of 8. */
struct checksum checksum_add(struct checksum, struct bytes, enum checksum_words);

/* Eight bytes, big-endian, as the log stores it. */
void checksum_write(uint8_t ret[8], struct checksum);
struct checksum checksum_read(const uint8_t bytes[8]);
bool checksum_equal(struct checksum, struct checksum);

#endif
