/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/officers.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "nodes/cli/passphrase.h"

#define SLAB_CELLS 16

static int unlock(struct officers *officers, const char *path, struct keyfile *ret)
{
    char passphrase[PASSPHRASE_MAX];
    struct error error = {.text = "", .words = officers->cli->words};
    int code = passphrase_get(officers->cli, path, passphrase);
    if (code != EXIT_DONE) {
        return code;
    }
    enum keyfile_outcome outcome = keyfile_read(path, bytes_of_text(passphrase), officers->slab, ret, &error);
    sodium_memzero(passphrase, sizeof passphrase);
    return outcome == KEYFILE_OK ? EXIT_DONE : cli_fail(officers->cli, EXIT_REFUSED, "", "%s", error.text);
}

/* --- which keys --- */

static int add_path(struct officers *officers, const char *path)
{
    if (path == NULL) {
        return cli_fail(officers->cli, EXIT_REFUSED, "", "no memory");
    }
    if (officers->path_count == SIGNERS_MAX) {
        return cli_fail(officers->cli, EXIT_USAGE, "name fewer with --officer",
                        "at most %d officers sign a letter", SIGNERS_MAX);
    }
    officers->paths[officers->path_count++] = path;
    return EXIT_DONE;
}

static int add_named(struct officers *officers, const struct arguments *arguments)
{
    const struct cli *cli = officers->cli;
    const char *name = NULL;
    int code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && (name = argument_nth(arguments, "officer", i)) != NULL; i++) {
        bool is_file = strchr(name, '/') != NULL || strstr(name, ".key") != NULL;
        code = add_path(
            officers, is_file ? name : arena_format(cli->arena, "%s/officers/%s.key", cli->directory, name));
    }
    officers->named = officers->path_count != 0;
    return code;
}

static bool is_duty(const char *name)
{
    return strncmp(name, "duty", 4) == 0;
}

/* Adds those of names that are for the duty, or those that are not, while there is room. */
static int add_found(struct officers *officers, const char *folder, const char *const *names, size_t count,
                     bool duty)
{
    int code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < count && officers->path_count < SIGNERS_MAX; i++) {
        if (is_duty(names[i]) == duty) {
            code = add_path(officers, arena_format(officers->cli->arena, "%s/%s", folder, names[i]));
        }
    }
    return code;
}

static int add_default(struct officers *officers)
{
    const struct cli *cli = officers->cli;
    const char *const *names = NULL;
    size_t count = 0;
    struct error error = {.text = "", .words = cli->words};
    const char *folder = arena_format(cli->arena, "%s/officers", cli->directory);
    if (folder == NULL || files_list(folder, ".key", cli->arena, &names, &count, &error) == FILES_FAILED) {
        return cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
    }
    int code = add_found(officers, folder, names, count, true);
    return code == EXIT_DONE ? add_found(officers, folder, names, count, false) : code;
}

int officers_open(struct officers *officers, const struct cli *cli, const struct arguments *arguments)
{
    struct error error = {.text = "", .words = cli->words};
    *officers = (struct officers){.cli = cli};
    officers->slab = slab_new(SLAB_CELLS, &error);
    if (officers->slab == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
    }
    int code = add_named(officers, arguments);
    return code == EXIT_DONE && !officers->named ? add_default(officers) : code;
}

/* --- opening them --- */

static int add_officer(struct officers *officers, const char *path)
{
    struct keyfile file = {.secret = NULL};
    struct error error = {.text = "", .words = officers->cli->words};
    struct officer *officer = &officers->list[officers->count];
    enum keyfile_outcome outcome = keyfile_read(path, bytes_of(NULL, 0), officers->slab, &file, &error);
    int code = outcome == KEYFILE_OK       ? EXIT_DONE
               : outcome == KEYFILE_LOCKED ? unlock(officers, path, &file)
                                           : cli_fail(officers->cli, EXIT_REFUSED, "", "%s", error.text);
    if (code == EXIT_DONE && file.role != ROLE_OFFICER) {
        code = cli_fail(officers->cli, EXIT_REFUSED, "name an officer's key with --officer",
                        "%s holds a key of role %s, not officer", path, key_role_name(file.role));
    }
    if (code == EXIT_DONE && !signer_init(&officer->signer, officers->slab, secret_data(file.secret))) {
        code = cli_fail(officers->cli, EXIT_REFUSED, "", "no locked memory for the key of %s", path);
    }
    if (code == EXIT_DONE) {
        (void)snprintf(officer->name, sizeof officer->name, "%s", file.owner);
        officers->count++;
    }
    keyfile_done(&file);
    return code;
}

int officers_need(struct officers *officers, size_t count)
{
    size_t wanted = officers->named && officers->path_count > count ? officers->path_count : count;
    if (officers->path_count < wanted) {
        const char *must = arena_format(
            officers->cli->arena,
            say_n(officers->cli->words, "%zu officer must sign", "%zu officers must sign", wanted), wanted);
        return cli_fail(officers->cli, EXIT_REFUSED, N_("name key files with --officer FILE"),
                        officers->path_count == 0 ? N_("%s and there is none named, or in %s/officers")
                                                  : N_("%s and there are fewer named, or in %s/officers"),
                        must == NULL ? "?" : must, officers->cli->directory);
    }
    int code = EXIT_DONE;
    while (code == EXIT_DONE && officers->count < wanted) {
        code = add_officer(officers, officers->paths[officers->count]);
    }
    return code;
}

void officers_close(struct officers *officers)
{
    for (size_t i = 0; i < officers->count; i++) {
        signer_done(&officers->list[i].signer);
    }
    slab_free(officers->slab);
    *officers = (struct officers){.cli = officers->cli};
}

struct bytes officer_sign(const struct officer *officer, const struct digest *digest, struct arena *arena)
{
    struct bytes proof;
    return sign_turn(&officer->signer, digest, 1, arena, &proof) ? proof : bytes_of(NULL, 0);
}
