/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/id_map.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

#define LABEL_BYTES  16
#define LABEL_PREFIX "comity/v1/"

/* --- ids --- */

struct id id_hash(struct bytes from)
{
    struct id id;
    ensure(crypto_generichash(id.bytes, sizeof id.bytes, from.data, from.size, NULL, 0) == 0);
    return id;
}

static void u64be(uint8_t ret[8], uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        ret[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

/* M(label, parts) is hashed piece by piece. */
struct id id_labelled(const char *label, const struct bytes *parts, size_t count)
{
    crypto_generichash_state state;
    uint8_t head[LABEL_BYTES + 1] = LABEL_PREFIX;
    struct id id;
    ensure(count <= LABEL_PARTS_MAX && strlen(LABEL_PREFIX) + strlen(label) <= LABEL_BYTES);
    memcpy(head + strlen(LABEL_PREFIX), label, strlen(label));
    head[LABEL_BYTES] = (uint8_t)count;
    ensure(crypto_generichash_init(&state, NULL, 0, sizeof id.bytes) == 0);
    (void)crypto_generichash_update(&state, head, sizeof head);
    for (size_t i = 0; i < count; i++) {
        uint8_t size[8];
        u64be(size, parts[i].size);
        (void)crypto_generichash_update(&state, size, sizeof size);
        (void)crypto_generichash_update(&state, parts[i].data, parts[i].size);
    }
    (void)crypto_generichash_final(&state, id.bytes, sizeof id.bytes);
    return id;
}

bool id_from(struct bytes from, struct id *ret)
{
    if (from.size != sizeof ret->bytes) {
        return false;
    }
    memcpy(ret->bytes, from.data, sizeof ret->bytes);
    return true;
}

struct bytes id_bytes(const struct id *id)
{
    return bytes_of(id->bytes, sizeof id->bytes);
}

bool id_equal(const struct id *a, const struct id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct id_text id_digits(const struct id *id)
{
    struct id_text short_id;
    (void)hex_write(short_id.text, bytes_of(id->bytes, (sizeof short_id.text - 1) / 2));
    return short_id;
}

/* --- the map --- */

struct id_slot {
    struct id id;
    uint32_t number_plus_1; /* 0: free */
};

static struct id_slot *slot_of(const struct id_map *map, const struct id *id)
{
    uint64_t place = 0;
    memcpy(&place, id->bytes, sizeof place);
    for (size_t i = (size_t)place & (map->room - 1);; i = (i + 1) & (map->room - 1)) {
        struct id_slot *slot = &map->slots[i];
        if (slot->number_plus_1 == 0 || id_equal(&slot->id, id)) {
            return slot;
        }
    }
}

void id_map_free(struct id_map *map)
{
    free(map->slots);
    *map = (struct id_map){0};
}

uint32_t id_map_get(const struct id_map *map, const struct id *id)
{
    return map->room == 0 ? ID_MAP_NONE : slot_of(map, id)->number_plus_1 - 1;
}

static void grow(struct id_map *map)
{
    struct id_map larger = {.room = map->room == 0 ? 64 : 2 * map->room, .count = map->count};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    ensure(larger.slots != NULL);
    for (size_t i = 0; i < map->room; i++) {
        if (map->slots[i].number_plus_1 != 0) {
            *slot_of(&larger, &map->slots[i].id) = map->slots[i];
        }
    }
    free(map->slots);
    *map = larger;
}

void id_map_put(struct id_map *map, const struct id *id, uint32_t number)
{
    if (2 * (map->count + 1) > map->room) {
        grow(map);
    }
    struct id_slot *slot = slot_of(map, id);
    map->count += slot->number_plus_1 == 0;
    *slot = (struct id_slot){.id = *id, .number_plus_1 = number + 1};
}

void *list_grow(void *data, size_t count, size_t *room, size_t element_size)
{
    if (count < *room) {
        return data;
    }
    *room = *room == 0 ? 16 : 2 * *room;
    void *larger = realloc(data, *room * element_size);
    ensure(larger != NULL);
    return larger;
}
