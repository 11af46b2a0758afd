/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone_set.h"

#include <string.h>

bool zone_name_good(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t size = strlen(name);
    return size > 0 && size <= ZONE_NAME_MAX && strspn(name, allowed) == size && name[0] != '/' &&
           name[size - 1] != '/' && strstr(name, "//") == NULL;
}

void zone_set_init(struct zone_set *set, struct arena *arena)
{
    set->arena = arena;
    set->count = 0;
}

/* Where the name stands, or would. */
static size_t place_of(const struct zone_set *set, const char *name)
{
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(set->list[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool stands_at(const struct zone_set *set, size_t place, const char *name)
{
    return place < set->count && strcmp(set->list[place].name, name) == 0;
}

bool zone_set_add(struct zone_set *set, const char *name, struct bytes tzif)
{
    if (!zone_name_good(name) || set->count == ZONE_SET_MAX || tzif.size > ZONE_SET_FILE_MAX) {
        return false;
    }
    size_t place = place_of(set, name);
    if (stands_at(set, place, name)) {
        return false;
    }
    const struct zone *zone = zone_read(tzif, set->arena);
    struct bytes copy = arena_copy(set->arena, bytes_of_text(name));
    if (zone == NULL || copy.data == NULL) {
        return false;
    }
    memmove(&set->list[place + 1], &set->list[place], (set->count - place) * sizeof set->list[0]);
    set->list[place] = (struct zone_named){.name = (const char *)copy.data, .zone = zone};
    set->count++;
    return true;
}

const struct zone *zone_of(const struct zone_set *set, const char *name)
{
    size_t place = set == NULL ? 0 : place_of(set, name);
    return set != NULL && stands_at(set, place, name) ? set->list[place].zone : NULL;
}
