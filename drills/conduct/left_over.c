/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/left_over.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "nodes/cli/network.h"
#include "nodes/cli/network_folder.h"

#define LOCK "rehearsal.lock"

int left_over_hold(const char *directory, struct arena *arena, struct error *error)
{
    const char *path = arena_format(arena, "%s/" LOCK, directory);
    if (path == NULL) {
        error_set(error, "no memory");
        return -1;
    }
    return files_lock(path, error);
}

/* False: the path is too long for anything of ours. */
static bool path_of(char ret[PATH_MAX], const char *directory, const char *member, const char *file)
{
    int size = snprintf(ret, PATH_MAX, "%s/%s/%s", directory, member, file);
    return size > 0 && size < PATH_MAX;
}

static bool any_runs(const char *directory)
{
    static const char *const locks[] = {"broker.lock", "node.lock"};
    char path[PATH_MAX];
    bool runs = false;
    DIR *folder = opendir(directory);
    for (struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL && !runs;
         entry = readdir(folder)) {
        for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++) {
            runs = runs || (path_of(path, directory, entry->d_name, locks[i]) && network_pid(path) != 0);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return runs;
}

enum left_over left_over_look(const char *directory)
{
    char lock[PATH_MAX];
    if (!path_of(lock, directory, ".", LOCK) || access(lock, F_OK) != 0) {
        return LEFT_NOTHING;
    }
    return network_pid(lock) != 0 ? LEFT_IN_USE : any_runs(directory) ? LEFT_RUNNING : LEFT_OVER;
}

void left_over_each(struct cli *cli, void (*told)(struct cli *, const char *, enum left_over))
{
    const char *parent = network_folder_parent();
    DIR *folder = opendir(parent);
    for (struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        char path[PATH_MAX];
        int size = snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
        bool ours = strncmp(entry->d_name, REHEARSAL_FOLDER ".", strlen(REHEARSAL_FOLDER ".")) == 0;
        if (ours && size > 0 && size < PATH_MAX) {
            enum left_over what = left_over_look(path);
            if (what == LEFT_OVER || what == LEFT_RUNNING) {
                told(cli, path, what);
            }
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}
