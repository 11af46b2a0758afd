/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* nftw */
#include "nodes/cli/network_folder.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "keys/keyfile.h"

#define TEMPORARY_MAX 40 /* a longer one would not leave room for the path of a Unix socket */
#define OPEN_FILES    16

static bool no_memory(const struct network_folder *folder)
{
    error_set(folder->error, "no memory");
    return false;
}

static bool make_directory(const struct network_folder *folder, const char *path)
{
    if (path == NULL) {
        return no_memory(folder);
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        error_set(folder->error, "cannot make the directory %s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

/* DIR/member/file, DIR/file where member is "". */
static const char *path_in(const struct network_folder *folder, const char *member, const char *file)
{
    return arena_format(folder->arena, "%s%s%s%s%s", folder->directory, member[0] == '\0' ? "" : "/", member,
                        file[0] == '\0' ? "" : "/", file);
}

static bool write_file(const struct network_folder *folder, const char *path, struct bytes text, mode_t mode)
{
    return path != NULL && text.data != NULL ? files_write_atomic(path, text, mode, folder->error)
                                             : no_memory(folder);
}

/* The text of a secret key has gone to its file. */
static void wipe(struct bytes text)
{
    if (text.data != NULL) {
        sodium_memzero((void *)(uintptr_t)text.data, text.size);
    }
}

bool network_folder_is_empty(const char *path)
{
    DIR *directory = opendir(path);
    size_t entries = 0;
    if (directory == NULL) {
        return errno == ENOENT;
    }
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(directory);
    return entries == 0;
}

/* Keys go into it: whoever else could rename what is in it could put a network of his own in its place. */
bool network_folder_open(const struct network_folder *folder)
{
    struct stat status;
    if (!make_directory(folder, folder->directory)) {
        return false;
    }
    if (stat(folder->directory, &status) != 0 || !S_ISDIR(status.st_mode)) {
        error_set(folder->error, "%s is no directory", folder->directory);
        return false;
    }
    if (status.st_uid != geteuid() || (status.st_mode & S_IWOTH) != 0) {
        error_set(folder->error, "%s belongs to another user, or everybody may write to it",
                  folder->directory);
        return false;
    }
    return make_directory(folder, path_in(folder, "roots", ""));
}

const char *network_folder_member(const struct network_folder *folder, const struct address *address)
{
    char *member = arena_format(folder->arena, "%s", address->text);
    if (member != NULL) {
        member[2] = '-';
    }
    return member;
}

bool network_folder_add(const struct network_folder *folder, const char *member)
{
    return make_directory(folder, path_in(folder, member, "")) &&
           make_directory(folder, path_in(folder, member, "keys")) &&
           (strcmp(member, NETWORK_FOLDER_BROKER) == 0 ||
            make_directory(folder, path_in(folder, member, "officers")));
}

bool network_folder_key(const struct network_folder *folder, const char *member, const char *file,
                        enum key_role role, const char *owner, const struct public_key *key,
                        const uint8_t secret[32])
{
    uint8_t salt[40];
    host_random(NULL, salt, sizeof salt);
    struct bytes text =
        keyfile_encode(role, owner, key, bytes_of(secret, 32), bytes_of(NULL, 0), salt, folder->arena);
    const char *path = path_in(folder, member, file);
    bool written =
        path != NULL && text.data != NULL ? keyfile_write(path, text, folder->error) : no_memory(folder);
    wipe(text);
    return written;
}

bool network_folder_root(const struct network_folder *folder, const char *name,
                         const struct minisign_key *key, const struct signer *signer)
{
    const char *secret_file = arena_format(folder->arena, "%s.key", name);
    const char *public_file = arena_format(folder->arena, "%s.pub", name);
    if (secret_file == NULL || public_file == NULL) {
        return no_memory(folder);
    }
    struct bytes secret =
        minisign_secret_file(key->id, signer, "comity root key, unencrypted", folder->arena);
    bool written = write_file(folder, path_in(folder, "roots", secret_file), secret, 0600) &&
                   write_file(folder, path_in(folder, "roots", public_file),
                              minisign_public_file(key, "comity root key", folder->arena), 0644);
    wipe(secret);
    return written;
}

bool network_folder_roster(const struct network_folder *folder, const char *member, uint64_t version,
                           struct bytes json, const struct bytes *minisigs, const char *const *root_names,
                           size_t count)
{
    const char *rosters = path_in(folder, member, "roster");
    const char *own = rosters == NULL ? NULL : arena_format(folder->arena, "%s/%" PRIu64, rosters, version);
    const char *path = own == NULL ? NULL : arena_format(folder->arena, "%s/roster.json", own);
    bool good = make_directory(folder, rosters) && make_directory(folder, own);
    /* The roster last: whoever looks meanwhile finds it with all its signatures. */
    for (size_t i = 0; good && i < count; i++) {
        good =
            write_file(folder, arena_format(folder->arena, "%s/roster.json.%s.minisig", own, root_names[i]),
                       minisigs[i], 0644);
    }
    return good && write_file(folder, path, json, 0644);
}

bool network_folder_text(const struct network_folder *folder, const char *member, const char *file,
                         const char *text)
{
    return text != NULL ? write_file(folder, path_in(folder, member, file), bytes_of_text(text), 0600)
                        : no_memory(folder);
}

bool network_folder_mark(const struct network_folder *folder, const char *network)
{
    return network_folder_text(folder, "", "network",
                               arena_format(folder->arena, "comity network 1\n%s\n", network));
}

const char *network_folder_parent(void)
{
    const char *parent = files_temporary();
    return strlen(parent) <= TEMPORARY_MAX ? parent : "/tmp";
}

const char *network_folder_temporary(struct arena *arena, const char *name, struct error *error)
{
    char *made = arena_format(arena, "%s/%s.XXXXXX", network_folder_parent(), name);
    if (made == NULL || mkdtemp(made) == NULL) {
        error_set(error, "cannot make a temporary directory: %s", strerror(errno));
        return NULL;
    }
    return made;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

bool network_folder_remove(const char *directory, struct error *error)
{
    if (nftw(directory, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS) != 0) {
        error_set(error, "%s: %s", directory, strerror(errno));
        return false;
    }
    return true;
}
