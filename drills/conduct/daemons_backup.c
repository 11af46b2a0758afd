/* SPDX-License-Identifier: Apache-2.0 */
/* The store of a daemon as it stands at a moment, and bringing it back: the files of its database, beside which a copy is kept. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drills/conduct/daemons.h"

#define STORE_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define FILES_MAX       8
#define COPY_END        ".backup"

struct files_found {
    char names[FILES_MAX][64];
    size_t count;
};

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), tail = strlen(end);
    return size >= tail && strcmp(name + size - tail, end) == 0;
}

/* "node.db", "node.db-..." of the folder, or their copies. */
static bool find_files(const struct daemon_actor *of, bool copies, struct files_found *ret,
                       struct error *error)
{
    const char *store = of->member.is_broker ? "broker.db" : "node.db";
    DIR *folder = opendir(of->member.path);
    ret->count = 0;
    if (folder == NULL) {
        error_set(error, "%s: %s", of->member.path, strerror(errno));
        return false;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL && ret->count < FILES_MAX;
         entry = readdir(folder)) {
        if (strncmp(entry->d_name, store, strlen(store)) == 0 &&
            ends_with(entry->d_name, COPY_END) == copies &&
            strlen(entry->d_name) + sizeof COPY_END < sizeof ret->names[0]) {
            memcpy(ret->names[ret->count++], entry->d_name, strlen(entry->d_name) + 1);
        }
    }
    (void)closedir(folder);
    return true;
}

/* to NULL: it is removed. */
static bool copy_file(const struct daemon_actor *of, const char *from, const char *to, struct error *error)
{
    struct arena *arena = arena_new(STORE_BYTES_MAX + FILES_MAX * sizeof(struct files_found));
    struct bytes bytes;
    const char *source = arena == NULL ? NULL : arena_format(arena, "%s/%s", of->member.path, from);
    const char *target =
        arena == NULL || to == NULL ? NULL : arena_format(arena, "%s/%s", of->member.path, to);
    bool good = source != NULL && (to == NULL || target != NULL);
    if (!good) {
        error_set(error, "no memory");
    } else if (to == NULL) {
        good = unlink(source) == 0;
    } else {
        good = files_read(source, STORE_BYTES_MAX, arena, &bytes, error) == FILES_OK &&
               files_write_atomic(target, bytes, 0600, error);
    }
    if (!good) {
        error_set(error, "%s: %s", from, strerror(errno));
    }
    arena_free(arena);
    return good;
}

/* While the process stands still the files are those of one moment, as after a power cut that lost nothing. */
bool daemons_back_up(struct daemons *daemons, size_t actor, struct error *error)
{
    struct daemon_actor *of = &daemons->actors[actor];
    struct files_found found;
    bool still = of->member.pid != 0 && kill(of->member.pid, SIGSTOP) == 0;
    bool good = find_files(of, false, &found, error);
    for (size_t i = 0; good && i < found.count; i++) {
        char to[sizeof found.names[0] + sizeof COPY_END];
        (void)snprintf(to, sizeof to, "%s" COPY_END, found.names[i]);
        good = copy_file(of, found.names[i], to, error);
    }
    if (still) {
        (void)kill(of->member.pid, SIGCONT);
    }
    of->backed_up = good;
    return good;
}

bool daemons_restore(struct daemons *daemons, size_t actor, struct error *error)
{
    struct daemon_actor *of = &daemons->actors[actor];
    struct files_found found;
    daemons_crash(daemons, actor);
    bool good = find_files(of, false, &found, error);
    for (size_t i = 0; good && i < found.count; i++) {
        good = copy_file(of, found.names[i], NULL, error);
    }
    good = good && find_files(of, true, &found, error);
    for (size_t i = 0; good && i < found.count; i++) {
        char to[sizeof found.names[0]];
        (void)snprintf(to, sizeof to, "%.*s", (int)(strlen(found.names[i]) - strlen(COPY_END)),
                       found.names[i]);
        good = copy_file(of, found.names[i], to, error);
    }
    return good;
}
