/* SPDX-License-Identifier: Apache-2.0 */
/* 32-byte ids, the labelled hash that makes them (docs/protocol.md 2.1), and a map from ids to numbers. */
#ifndef COMITY_DRILLS_ORACLE_ID_MAP_H
#define COMITY_DRILLS_ORACLE_ID_MAP_H

#include "base/attributes.h"
#include "base/bytes.h"

struct id {
    uint8_t bytes[32];
};

#define LABEL_PARTS_MAX 8

/* H(x): BLAKE2b-256. */
struct id id_hash(struct bytes);
/* D(label, parts): label without the prefix "comity/v1/"; at most LABEL_PARTS_MAX parts. */
struct id id_labelled(const char *label, const struct bytes *parts, size_t count);
/* False when the bytes are not 32. */
MUST_USE bool id_from(struct bytes, struct id *ret);
struct bytes id_bytes(const struct id *);
bool id_equal(const struct id *, const struct id *);
/* The first digits, for people. */
struct id_text {
    char text[9];
};
struct id_text id_digits(const struct id *);

/* Open addressing; ids are hashes, so their own bytes place them. Starts as all zero. */
struct id_map {
    struct id_slot *slots;
    size_t room, count;
};
#define ID_MAP_NONE UINT32_MAX
void id_map_free(struct id_map *);
/* The number put last under that id; ID_MAP_NONE when there is none. */
uint32_t id_map_get(const struct id_map *, const struct id *);
void id_map_put(struct id_map *, const struct id *, uint32_t number);

/* Room for one more element in a list that doubles; data may be NULL. Never fails: it ends the process. */
MUST_USE void *list_grow(void *data, size_t count, size_t *room, size_t element_size);

#endif
