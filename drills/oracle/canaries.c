/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each text has at least 12 bytes, so wherever it stands, one of its first eight 4-byte grams begins at a multiple of
 * 8. Those eight grams of every text are in a hash table, and only multiples of 8 are looked up.
 */
#include "drills/oracle/canaries.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/oracle/id_map.h"

#define STRIDE       8
#define GRAM_BYTES   4
#define BUCKETS_LOG2 15

_Static_assert(STRIDE + GRAM_BYTES <= CANARY_BYTES_MIN,
               "a gram at a multiple of the stride lies in every text");

struct canary {
    char text[CANARY_BYTES_MAX + 1];
    size_t size;
};

struct gram {
    uint32_t value, next; /* next: index + 1 of the same bucket */
    uint32_t canary, offset;
};

struct canaries {
    struct canary *list;
    struct gram *grams;
    size_t count, room, gram_count, gram_room;
    uint32_t buckets[1U << BUCKETS_LOG2]; /* index + 1 */
};

static uint32_t gram_at(const void *at)
{
    uint32_t value;
    memcpy(&value, at, GRAM_BYTES);
    return value;
}

static uint32_t bucket_of(uint32_t gram)
{
    return (uint32_t)(gram * UINT32_C(2654435761)) >> (32 - BUCKETS_LOG2);
}

struct canaries *canaries_new(void)
{
    struct canaries *canaries = calloc(1, sizeof *canaries);
    ensure(canaries != NULL);
    return canaries;
}

void canaries_free(struct canaries *canaries)
{
    if (canaries != NULL) {
        free(canaries->list);
        free(canaries->grams);
        free(canaries);
    }
}

static void add_gram(struct canaries *canaries, uint32_t value, uint32_t canary, uint32_t offset)
{
    uint32_t *bucket = &canaries->buckets[bucket_of(value)];
    canaries->grams =
        list_grow(canaries->grams, canaries->gram_count, &canaries->gram_room, sizeof *canaries->grams);
    canaries->grams[canaries->gram_count++] =
        (struct gram){.value = value, .next = *bucket, .canary = canary, .offset = offset};
    *bucket = (uint32_t)canaries->gram_count;
}

void canaries_add(struct canaries *canaries, const char *text)
{
    size_t size = strlen(text);
    ensure(size >= CANARY_BYTES_MIN && size <= CANARY_BYTES_MAX);
    canaries->list = list_grow(canaries->list, canaries->count, &canaries->room, sizeof *canaries->list);
    struct canary *canary = &canaries->list[canaries->count];
    canary->size = size;
    memcpy(canary->text, text, size + 1);
    for (uint32_t offset = 0; offset < STRIDE; offset++) {
        add_gram(canaries, gram_at(text + offset), (uint32_t)canaries->count, offset);
    }
    canaries->count++;
}

static const char *text_around(const struct canaries *canaries, struct bytes bytes, size_t at)
{
    uint32_t value = gram_at(bytes.data + at);
    for (uint32_t i = canaries->buckets[bucket_of(value)]; i != 0; i = canaries->grams[i - 1].next) {
        const struct gram *gram = &canaries->grams[i - 1];
        const struct canary *canary = &canaries->list[gram->canary];
        if (gram->value == value && gram->offset <= at && at - gram->offset + canary->size <= bytes.size &&
            memcmp(bytes.data + at - gram->offset, canary->text, canary->size) == 0) {
            return canary->text;
        }
    }
    return NULL;
}

const char *canaries_find(const struct canaries *canaries, struct bytes bytes)
{
    for (size_t at = 0; canaries->count != 0 && at + GRAM_BYTES <= bytes.size; at += STRIDE) {
        const char *text = text_around(canaries, bytes, at);
        if (text != NULL) {
            return text;
        }
    }
    return NULL;
}
