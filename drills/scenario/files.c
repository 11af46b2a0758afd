/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/scenario/files.h"

#include "base/daemon/files.h"
#include "base/daemon/zonefile.h"

static bool read_file(void *context, const char *path, size_t bytes_max, struct arena *arena,
                      struct bytes *ret, const char **ret_why)
{
    struct error error = {.text = ""};
    (void)context;
    enum files_outcome outcome = files_read(path, bytes_max, arena, ret, &error);
    if (outcome != FILES_OK) {
        const char *why = arena_format(arena, "%s", error.text);
        *ret_why = why == NULL ? "there is no memory left" : why;
    }
    return outcome == FILES_OK;
}

static const struct zone *read_zone(void *context, const char *name, struct arena *arena)
{
    (void)context;
    return zone_name_good(name) ? zonefile_read(name, arena) : NULL;
}

const struct scenario_source scenario_files = {.context = NULL, .file = read_file, .zone = read_zone};
