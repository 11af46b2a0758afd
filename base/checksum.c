/* SPDX-License-Identifier: Apache-2.0 */
#include "base/checksum.h"

#include "base/ensure.h"

static uint32_t little(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t big(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static void write_big(uint8_t *ret, uint32_t word)
{
    for (int i = 0; i < 4; i++) {
        ret[i] = (uint8_t)(word >> (24 - 8 * i));
    }
}

/*
 * Two words: a += x + b, then b += y + a, in the order in which the shortest time is from one sum to the next. Every page goes
 * through here.
 */
static struct checksum add_two(struct checksum sum, uint32_t x, uint32_t y)
{
    uint32_t a = sum.a + x;
    uint32_t b = sum.b + y + a;
    return (struct checksum){.a = a + sum.b, .b = b + sum.b};
}

/* Two loops: the order of the bytes is asked once. */
struct checksum checksum_add(struct checksum sum, struct bytes bytes, enum checksum_words words)
{
    const uint8_t *p = bytes.data;
    const uint8_t *end = p + bytes.size;
    ensure(bytes.size % 8 == 0);
    if (words == CHECKSUM_BIG) {
        for (; p != end; p += 8) {
            sum = add_two(sum, big(p), big(p + 4));
        }
        return sum;
    }
    for (; p != end; p += 8) {
        sum = add_two(sum, little(p), little(p + 4));
    }
    return sum;
}

void checksum_write(uint8_t ret[8], struct checksum sum)
{
    write_big(ret, sum.a);
    write_big(ret + 4, sum.b);
}

struct checksum checksum_read(const uint8_t bytes[8])
{
    return (struct checksum){.a = big(bytes), .b = big(bytes + 4)};
}

bool checksum_equal(struct checksum x, struct checksum y)
{
    return x.a == y.a && x.b == y.b;
}
