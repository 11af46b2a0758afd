/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones of this machine's tzdata, by their names in the IANA database. */
#ifndef COMITY_BASE_DAEMON_ZONEFILE_H
#define COMITY_BASE_DAEMON_ZONEFILE_H

#include "base/zone_set.h"

/*
 * The zone of that name. Old names are symbolic links to the new ones (Asia/Saigon); a name, whoever it came from, that leads
 * anywhere but below the folder of tzdata is no zone. NULL: there is no such zone, or the arena is exhausted.
 */
const struct zone *zonefile_read(const char *name, struct arena *);
/* Whether this machine's tzdata has that zone; false also when memory ends. */
bool zonefile_known(const char *name);
/* The names of zones that States have, NULL-terminated; none where tzdata has no table of them, or the arena is exhausted. */
const char *const *zonefile_names(struct arena *);
/* The bytes of its file, for zone_read(); data is NULL when there is no such file, or the arena is exhausted. */
struct bytes zonefile_bytes(const char *name, struct arena *);

#endif
