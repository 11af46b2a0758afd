/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones by their names: what a host gives a core, so that dates are counted where they bind. The host loads
 * (zonefile.h), the core only looks up.
 */
#ifndef COMITY_BASE_ZONE_SET_H
#define COMITY_BASE_ZONE_SET_H

#include "base/zone.h"

#define ZONE_NAME_MAX     64                 /* bytes */
#define ZONE_SET_MAX      600                /* zones; the IANA database has fewer names */
#define ZONE_SET_FILE_MAX ((size_t)4 * 1024) /* of each; a longer file is no zone of that database */

struct zone_named {
    const char *name; /* in the set's arena */
    const struct zone *zone;
};

struct zone_set {
    struct arena *arena; /* borrowed; holds names and zones */
    size_t count;
    struct zone_named list[ZONE_SET_MAX]; /* in order of names */
};

/*
 * Whether a text may be the name of a zone: "Area/City", 1 to 64 of the letters, digits and "_+-/" that such names
 * have; it may become part of a path, so neither dots nor a leading, trailing or double separator.
 */
bool zone_name_good(const char *name);

void zone_set_init(struct zone_set *, struct arena *);
/*
 * Reads the bytes of a TZif file into the set, under a copy of that name. False, and the set as it was: no good name,
 * there already, too many, too long, no zone, or the arena is exhausted.
 */
MUST_USE bool zone_set_add(struct zone_set *, const char *name, struct bytes tzif);

/* NULL: not in the set; the set may be NULL. */
const struct zone *zone_of(const struct zone_set *, const char *name);

#endif
