/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/daemon/zones.h"

#include "base/daemon/zonefile.h"

#define ZONES_BYTES ((size_t)16 * 1024 * 1024) /* the set, its zones, and the files while they are read */

static void load(struct node_doors *doors, const struct roster *roster, const struct party *own,
                 struct arena *arena, struct logger *logger)
{
    size_t count = 0;
    size_t unknown = 0;
    struct zone_set *set = arena_take(arena, sizeof *set);
    const char *const *names = roster_zones(roster, arena, &count);
    if (set != NULL) {
        zone_set_init(set, arena);
    }
    for (size_t i = 0; set != NULL && names != NULL && i < count && i < ZONE_SET_MAX; i++) {
        unknown += !node_door_zone_of(doors, set, names[i], zonefile_bytes(names[i], arena));
    }
    bool known = node_door_zone(doors, zonefile_bytes(own->zone, arena), arena);
    node_door_zones(doors, set);
    if (!known || unknown != 0) {
        logger_event(logger, LOG_WARNING, "zone.unknown", "cause=\"no tzdata for %s\" zones=%zu used=UTC",
                     known ? "zones of other parties" : "the party's zone", unknown);
    }
}

void zones_follow(struct zones *zones, struct node_doors *doors, const char *party, struct logger *logger)
{
    const struct roster *roster = node_current_roster(doors->node);
    const struct party *own = roster == NULL ? NULL : roster_find(roster, party);
    if (own == NULL || roster_version(roster) == zones->version) {
        return;
    }
    struct arena *arena = arena_new(ZONES_BYTES);
    if (arena == NULL) {
        return;
    }
    load(doors, roster, own, arena, logger);
    arena_free(zones->arena);
    zones->arena = arena;
    zones->version = roster_version(roster);
}

void zones_done(struct zones *zones)
{
    arena_free(zones->arena);
    *zones = (struct zones){.arena = NULL};
}
