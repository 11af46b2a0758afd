/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/daemon/zonefile.h"

#include <stdlib.h>
#include <string.h>

#include "base/daemon/files.h"

#define FOLDER      "/usr/share/zoneinfo/"
#define TABLE_BYTES ((size_t)256 * 1024)
#define NAMES_MAX   1000

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

/* zone.tab: the code of a State, where it is, the name, and maybe a comment, with tabs between them; # begins a comment. */
const char *const *zonefile_names(struct arena *arena)
{
    struct bytes table;
    size_t count = 0;
    const char **names = arena_take(arena, (NAMES_MAX + 1) * sizeof *names);
    if (names == NULL) {
        static const char *const none[] = {NULL};
        return none;
    }
    bool read = files_read(FOLDER "zone.tab", TABLE_BYTES, arena, &table, NULL) == FILES_OK;
    const char *line = read ? (const char *)table.data : "";
    while (*line != '\0' && count < NAMES_MAX) {
        size_t size = strcspn(line, "\n");
        const char *place = memchr(line, '\t', size);
        const char *name = place == NULL ? NULL : memchr(place + 1, '\t', size - (size_t)(place + 1 - line));
        if (line[0] != '#' && name != NULL) {
            names[count] = arena_format(arena, "%.*s", (int)strcspn(name + 1, "\t\n"), name + 1);
            count += names[count] != NULL;
        }
        line += size + (line[size] == '\n');
    }
    names[count] = NULL;
    return names;
}
