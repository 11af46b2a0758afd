/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/roster_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/catalogue.h"
#include "base/daemon/host.h"
#include "base/text.h"

#define SCRATCH_BYTES (ROSTER_BYTES_MAX * 3)

/* What one version on the disk is to the one before it (NULL: the first). */
static enum roster_outcome follow(const struct roster_file *file, const struct roster *held,
                                  const struct network_id *network, struct arena *arena, struct roster **ret,
                                  struct error *error)
{
    struct roster *next = NULL;
    enum roster_outcome outcome = roster_read_after(held, file->json, &next, error);
    if (outcome == ROSTER_OK) {
        outcome = held == NULL ? roster_first(next, network, file->minisigs, file->count, arena, NULL, error)
                               : roster_update(held, next, file->minisigs, file->count, arena, NULL, error);
    }
    if (outcome == ROSTER_OK) {
        *ret = next;
    } else {
        roster_free(next);
    }
    return outcome;
}

int roster_folder_held(const struct cli *cli, const char *folder, const struct network_id *network,
                       struct roster **ret)
{
    struct arena *scratch = arena_new(SCRATCH_BYTES);
    struct roster *held = NULL;
    struct error error = {.text = ""};
    enum files_outcome found = FILES_FAILED;
    error_set(&error, "no memory");
    for (uint64_t version = 1; scratch != NULL; version++) {
        struct roster_file file;
        struct roster *next = NULL;
        arena_reset(scratch);
        found = program_roster_file(folder, version, scratch, &file, &error);
        if (found != FILES_OK || follow(&file, held, network, scratch, &next, &error) != ROSTER_OK) {
            break;
        }
        roster_free(held);
        held = next;
    }
    arena_free(scratch);
    if (found == FILES_FAILED) {
        roster_free(held);
        return cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
    }
    *ret = held;
    return EXIT_DONE;
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int failed = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = failed;
    return synced;
}

/* "roster.json" and what the signature's file name has after the name of its roster. */
static const char *signature_path(const struct roster_check *check, const char *folder, size_t index)
{
    const char *slash = strrchr(check->path, '/');
    size_t own = strlen(slash == NULL ? check->path : slash + 1);
    return arena_format(check->cli->arena, "%s/roster.json%s", folder, check->names[index] + own);
}

static bool write_one(const char *path, struct bytes content, struct error *error)
{
    if (path == NULL) {
        error_set(error, "no memory");
        return false;
    }
    return files_write_atomic(path, content, 0644, error);
}

static bool write_files(const struct roster_check *check, const char *folder, struct error *error)
{
    bool good = write_one(arena_format(check->cli->arena, "%s/roster.json", folder),
                          roster_json(check->candidate), error);
    for (size_t i = 0; good && i < check->count; i++) {
        good = !check->reports[i].counted ||
               write_one(signature_path(check, folder, i), check->minisigs[i], error);
    }
    return good;
}

/* What a failed attempt left. */
static void remove_files(const struct roster_check *check, const char *folder)
{
    const char *json = arena_format(check->cli->arena, "%s/roster.json", folder);
    for (size_t i = 0; i < check->count; i++) {
        const char *path = signature_path(check, folder, i);
        if (path != NULL) {
            (void)unlink(path);
        }
    }
    if (json != NULL) {
        (void)unlink(json);
    }
    (void)rmdir(folder);
}

/* The last step makes it seen: a folder takes the place of none, or of an empty one, and of nothing else. */
static bool publish(const char *folder, const char *temporary, const char *version, struct error *error)
{
    if (rename(temporary, version) != 0) {
        bool there = errno == ENOTEMPTY || errno == EEXIST;
        error_set(error, there ? "%s is there and does not hold: %s" : "cannot make %s: %s", version,
                  there ? error_say(error, N_("move it away and say this again")) : strerror(errno));
        return false;
    }
    if (!sync_folder(folder)) {
        error_set(error, "%s may be lost if the power goes now: %s", version, strerror(errno));
        return false;
    }
    return true;
}

bool roster_folder_put(const struct roster_check *check, const char *folder, struct error *error)
{
    struct arena *arena = check->cli->arena;
    uint64_t number = roster_version(check->candidate);
    uint8_t random[8];
    char hex[2 * sizeof random + 1];
    host_random(NULL, random, sizeof random);
    const char *version = arena_format(arena, "%s/%" PRIu64, folder, number);
    const char *temporary = arena_format(arena, "%s/.%" PRIu64 ".%s", folder, number,
                                         hex_write(hex, bytes_of(random, sizeof random)));
    if (version == NULL || temporary == NULL) {
        error_set(error, "no memory");
        return false;
    }
    if ((mkdir(folder, 0700) != 0 && errno != EEXIST) || mkdir(temporary, 0700) != 0) {
        error_set(error, "cannot make a folder in %s: %s", folder, strerror(errno));
        return false;
    }
    bool put = write_files(check, temporary, error) && publish(folder, temporary, version, error);
    if (!put) {
        remove_files(check, temporary);
    }
    return put;
}
