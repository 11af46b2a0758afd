/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/scenario/files.h"

#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/daemon/zonefile.h"

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_there(const char *path)
{
    struct stat status;
    return path != NULL && stat(path, &status) == 0;
}

const char *scenario_path(const char *path, struct arena *arena)
{
    size_t size = strlen(path);
    bool named = size > strlen(".yaml") && strcmp(path + size - strlen(".yaml"), ".yaml") == 0;
    if (is_folder(path)) {
        const char *within = arena_format(arena, "%s%sscenario.yaml", path, path[size - 1] == '/' ? "" : "/");
        return within == NULL ? path : within;
    }
    if (named && !is_there(path)) {
        const char *within = arena_format(arena, "%.*s/scenario.yaml", (int)(size - strlen(".yaml")), path);
        return is_there(within) ? within : path;
    }
    return path;
}

static bool is_larger(const char *path, size_t bytes)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_size > (off_t)bytes;
}

static bool read_file(void *context, const char *path, size_t bytes_max, struct arena *arena,
                      struct bytes *ret, const char **ret_why)
{
    struct error error = {.text = ""};
    (void)context;
    enum files_outcome outcome = files_read(path, bytes_max, arena, ret, &error);
    if (outcome != FILES_OK) {
        const char *why = arena_format(arena, "%s", error.text);
        *ret_why = is_larger(path, bytes_max) ? NULL : why == NULL ? "there is no memory left" : why;
    }
    return outcome == FILES_OK;
}

static const struct zone *read_zone(void *context, const char *name, struct arena *arena)
{
    (void)context;
    return zone_name_good(name) ? zonefile_read(name, arena) : NULL;
}

static const char *const *zone_names(void *context, struct arena *arena)
{
    (void)context;
    return zonefile_names(arena);
}

const struct scenario_source scenario_files = {
    .context = NULL, .file = read_file, .zone = read_zone, .zones = zone_names};
