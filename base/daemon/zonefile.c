/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/daemon/zonefile.h"

#include <stdlib.h>
#include <string.h>

#include "base/daemon/files.h"

#define FOLDER "/usr/share/zoneinfo/"

/* The folder may be a link itself. */
static bool is_below_folder(const char *path)
{
    char *folder = realpath(FOLDER, NULL);
    size_t size = folder == NULL ? 0 : strlen(folder);
    bool below = size != 0 && strncmp(path, folder, size) == 0 && path[size] == '/';
    free(folder);
    return below;
}

bool zonefile_known(const char *name)
{
    struct arena *arena = arena_new(8 * (size_t)ZONE_BYTES_MAX);
    bool known = arena != NULL && zone_name_good(name) && zonefile_read(name, arena) != NULL;
    arena_free(arena);
    return known;
}

struct bytes zonefile_bytes(const char *name, struct arena *arena)
{
    struct bytes tzif;
    const char *path = arena_format(arena, FOLDER "%s", name);
    char *real = path == NULL ? NULL : realpath(path, NULL);
    bool found = real != NULL && is_below_folder(real) &&
                 files_read(real, ZONE_BYTES_MAX, arena, &tzif, NULL) == FILES_OK;
    free(real);
    return found ? tzif : bytes_of(NULL, 0);
}

const struct zone *zonefile_read(const char *name, struct arena *arena)
{
    struct bytes tzif = zonefile_bytes(name, arena);
    return tzif.data == NULL ? NULL : zone_read(tzif, arena);
}
