/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a live network: each is made where it is used, and only its public half goes to the registrar. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/text.h"
#include "keys/keyfile.h"
#include "keys/roster_make.h"
#include "nodes/cli/options.h"
#include "nodes/cli/passphrase.h"
#include "nodes/cli/roster_keys.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

#define DAYS       730
#define DAYS_MAX   3650
#define TEXT_MAX   64 /* bytes of an officer's name, and of a broker's id */
#define SLAB_CELLS 4
#define SALT_BYTES 40

static void wipe(struct bytes text)
{
    if (text.data != NULL) {
        sodium_memzero((void *)(uintptr_t)text.data, text.size);
    }
}

/* --- key new --- */

struct asked {
    enum key_role role;
    const char *of;    /* a party's address or a broker's id */
    const char *name;  /* of an officer; "" */
    const char *owner; /* both */
    uint64_t days;
    bool exercise, plain;
};

static bool read_role(const char *word, enum key_role *ret)
{
    static const enum key_role roles[] = {ROLE_OFFICER, ROLE_NODE, ROLE_SEAL, ROLE_LINK, ROLE_RECEIPT};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(word, key_role_name(roles[i])) == 0) {
            *ret = roles[i];
            return true;
        }
    }
    return false;
}

static bool is_word(const char *text, size_t max)
{
    size_t size = strlen(text);
    return size != 0 && size <= max && text_is_line(bytes_of(text, size));
}

/* NULL: all of it can be. */
static const char *wrong_owner(const struct asked *asked)
{
    struct address address;
    bool party = address_read(bytes_of_text(asked->of), &address);
    if (!party && (strpbrk(asked->of, "/ ") != NULL || !is_word(asked->of, TEXT_MAX))) {
        return N_("--of names a party, such as XB/poc, or a broker by its id, such as broker-1");
    }
    if (!party && asked->role != ROLE_LINK && asked->role != ROLE_RECEIPT) {
        return N_("officer, node and seal are keys of a party: --of XB/poc");
    }
    if (party && asked->role == ROLE_RECEIPT) {
        return N_("receipt is a key of a broker: --of broker-1");
    }
    if (asked->role == ROLE_OFFICER && !is_word(asked->name, TEXT_MAX)) {
        return N_("--name says how the roster is to call that officer, in a line of up to 64 bytes");
    }
    if (asked->role != ROLE_OFFICER && (asked->name[0] != '\0' || asked->exercise || asked->plain)) {
        return N_(
            "--name, --exercise and --plain are for the key of an officer; daemons' keys have no passphrase");
    }
    return NULL;
}

static int read_asked(const struct cli *cli, const struct arguments *arguments, struct asked *ret)
{
    const char *of = argument_value(arguments, "of"), *name = argument_value(arguments, "name");
    const char *days = argument_value(arguments, "days");
    *ret = (struct asked){.of = of,
                          .name = name == NULL ? "" : name,
                          .days = DAYS,
                          .exercise = argument_given(arguments, "exercise"),
                          .plain = argument_given(arguments, "plain")};
    if (!read_role(arguments->words[0], &ret->role)) {
        return cli_usage(cli, arguments, "a key is of the role officer, node, seal, link or receipt");
    }
    if (of == NULL) {
        return cli_usage(cli, arguments, "--of says whose key it is: a party, or a broker's id");
    }
    if (days != NULL && !number_read(days, 1, DAYS_MAX, &ret->days)) {
        return cli_usage(cli, arguments, "--days is a number from 1 to %d", DAYS_MAX);
    }
    const char *wrong = wrong_owner(ret);
    if (wrong != NULL) {
        return cli_usage(cli, arguments, "%s", say(cli->words, wrong));
    }
    ret->owner = arena_format(cli->arena, "%s%s%s", of, ret->name[0] == '\0' ? "" : " ", ret->name);
    return ret->owner == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : EXIT_DONE;
}

/* The entry as it is to stand in the roster. */
static json_t *entry_of(const struct asked *asked, const struct public_key *key)
{
    static const char *const mandate[] = {"sign", NULL};
    const uint64_t from_ms = host_wall().ms / MS_PER_SECOND * MS_PER_SECOND;
    const struct roster_key entry = {.role = asked->role,
                                     .key = *key,
                                     .from_ms = from_ms,
                                     .until_ms = from_ms + asked->days * MS_PER_DAY,
                                     .name = asked->name,
                                     .mandate = mandate,
                                     .exercise = asked->exercise};
    return roster_key_json(&entry);
}

/* Both halves, or neither. */
static int write_pair(const struct cli *cli, const struct asked *asked, const char *path,
                      const char *public_path, const char *passphrase, struct public_key *ret)
{
    uint8_t secret[32], random[SALT_BYTES];
    struct error error = {.text = "", .words = cli->words};
    host_random(NULL, secret, sizeof secret);
    host_random(NULL, random, sizeof random);
    keyfile_public(asked->role, secret, ret);
    struct bytes text = keyfile_encode(asked->role, asked->owner, ret, bytes_of(secret, sizeof secret),
                                       bytes_of_text(passphrase), random, cli->arena);
    sodium_memzero(secret, sizeof secret);
    json_t *json = roster_key_file(asked->of, entry_of(asked, ret));
    const char *public_text = roster_key_text(cli, json);
    json_decref(json);
    if (text.data == NULL || public_text == NULL) {
        wipe(text);
        return cli_fail(cli, EXIT_REFUSED, "", "no memory");
    }
    bool written = keyfile_write(path, text, &error);
    wipe(text);
    if (written && !files_write_new(public_path, bytes_of_text(public_text), 0644, &error)) {
        (void)unlink(path);
        written = false;
    }
    return written ? EXIT_DONE : cli_fail(cli, EXIT_REFUSED, "give another name", "%s", error.text);
}

static int say_made(const struct cli *cli, const struct asked *asked, const char *path,
                    const char *public_path, const struct public_key *key)
{
    char hex[2 * sizeof key->bytes + 1];
    hex_write(hex, bytes_of(key->bytes, sizeof key->bytes));
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:s, s:s, s:s, s:s, s:s}", "role", key_role_name(asked->role),
                                             "owner", asked->owner, "key", hex, "secret_file", path,
                                             "public_file", public_path));
    }
    cli_print(cli, "%s  the secret half: it stays on this machine\n", path);
    cli_print(cli, "%s  for the registrar: comity roster draft ROSTER --out DIR --add-key %s\n", public_path,
              public_path);
    cli_print(cli, "public key %s: read it to them by telephone\n", hex);
    return EXIT_DONE;
}

static int run_new(struct cli *cli, const struct arguments *arguments)
{
    struct asked asked;
    struct public_key key;
    char passphrase[PASSPHRASE_MAX] = "";
    const char *path = arguments->words[1];
    const char *public_path = arena_format(cli->arena, "%s.pub", path);
    if (public_path == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "", "no memory");
    }
    int code = read_asked(cli, arguments, &asked);
    if (code == EXIT_DONE && (access(path, F_OK) == 0 || access(public_path, F_OK) == 0)) {
        code =
            cli_fail(cli, EXIT_REFUSED, "give another name", "%s, or that with .pub, is there already", path);
    }
    if (code == EXIT_DONE && asked.role == ROLE_OFFICER && !asked.plain) {
        code = passphrase_choose(cli, path, passphrase);
    }
    code = code == EXIT_DONE ? write_pair(cli, &asked, path, public_path, passphrase, &key) : code;
    sodium_memzero(passphrase, sizeof passphrase);
    return code == EXIT_DONE ? say_made(cli, &asked, path, public_path, &key) : code;
}

static const struct option_spec new_options[] = {
    {"of", "OWNER", false, N_("whose it is: a party (XB/poc), or a broker's id (broker-1)")},
    {"name", "NAME", false, N_("of an officer: as the roster is to call them")},
    {"days", "N", false, N_("how long it is to be good (default 730)")},
    {"exercise", NULL, false, N_("of an officer: signs in exercises only")},
    {"plain", NULL, false, N_("of an officer: without a passphrase")},
    {NULL, NULL, false, NULL},
};

const struct subcommand cmd_key_new = {
    .name = "key new",
    .group = N_("Keys"),
    .synopsis = "ROLE FILE --of OWNER [--name NAME] [--days N] [--exercise] [--plain]",
    .does = N_("make a key where it is used: FILE, and FILE.pub for the registrar"),
    .help =
        N_("ROLE is officer, node, seal or link for a party, link or receipt for a broker. FILE holds the\n"
           "secret half, for its owner alone; an officer's is locked with a passphrase, typed twice or from\n"
           "the file that COMITY_NEW_PASSPHRASE_FILE names. FILE.pub is what the roster is to say of it.\n"
           "Neither is ever overwritten. A key is good from the roster version on that has it; the one\n"
           "before stays until its own end, or is revoked (comity roster draft --revoke-key). Examples:\n"
           "  comity key new officer officers/duty-2.key --of XB/poc --name 'duty 2'\n"
           "  comity key new link keys/link-2027.key --of XB/poc --days 400"),
    .options = new_options,
    .words_min = 2,
    .words_max = 2,
    .run = run_new,
};

/* --- key passphrase --- */

/* The key of an officer, opened. An exit code, told. */
static int open_key(const struct cli *cli, const char *path, struct slab *slab, struct keyfile *ret)
{
    char passphrase[PASSPHRASE_MAX] = "";
    struct error error = {.text = "", .words = cli->words};
    enum keyfile_outcome outcome = keyfile_read(path, bytes_of(NULL, 0), slab, ret, &error);
    if (outcome == KEYFILE_LOCKED) {
        int code = passphrase_get(cli, path, passphrase);
        if (code != EXIT_DONE) {
            return code;
        }
        error.text[0] = '\0';
        outcome = keyfile_read(path, bytes_of_text(passphrase), slab, ret, &error);
        sodium_memzero(passphrase, sizeof passphrase);
    }
    if (outcome != KEYFILE_OK) {
        return cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
    }
    return ret->role == ROLE_OFFICER
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REFUSED, "a daemon starts when nobody is there",
                          "%s is a key of role %s: only officers' keys have a passphrase", path,
                          key_role_name(ret->role));
}

static int lock_anew(const struct cli *cli, const char *path, const struct keyfile *file, bool plain)
{
    char passphrase[PASSPHRASE_MAX] = "";
    uint8_t random[SALT_BYTES];
    struct error error = {.text = "", .words = cli->words};
    int code = plain ? EXIT_DONE : passphrase_choose(cli, path, passphrase);
    if (code != EXIT_DONE) {
        return code;
    }
    host_random(NULL, random, sizeof random);
    struct bytes text =
        keyfile_encode(file->role, file->owner, &file->key, bytes_of(secret_data(file->secret), 32),
                       bytes_of_text(passphrase), random, cli->arena);
    sodium_memzero(passphrase, sizeof passphrase);
    bool written = text.data != NULL && files_write_atomic(path, text, 0600, &error);
    wipe(text);
    return written ? EXIT_DONE
                   : cli_fail(cli, EXIT_REFUSED, "", "%s", text.data == NULL ? "no memory" : error.text);
}

static int run_passphrase(struct cli *cli, const struct arguments *arguments)
{
    struct error error = {.text = "", .words = cli->words};
    struct keyfile file = {.secret = NULL};
    const char *path = arguments->words[0];
    const bool plain = argument_given(arguments, "plain");
    struct slab *slab = slab_new(SLAB_CELLS, &error);
    int code =
        slab == NULL ? cli_fail(cli, EXIT_REFUSED, "", "%s", error.text) : open_key(cli, path, slab, &file);
    code = code == EXIT_DONE ? lock_anew(cli, path, &file, plain) : code;
    keyfile_done(&file);
    slab_free(slab);
    if (code != EXIT_DONE) {
        return code;
    }
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:s, s:b}", "file", path, "locked", !plain));
    }
    cli_print(cli,
              plain ? N_("%s has no passphrase any more: who can read it can sign\n")
                    : N_("%s is locked with the new passphrase\n"),
              path);
    return EXIT_DONE;
}

static const struct option_spec passphrase_options[] = {
    {"plain", NULL, false, N_("take the passphrase away")},
    {NULL, NULL, false, NULL},
};

const struct subcommand cmd_key_passphrase = {
    .name = "key passphrase",
    .group = N_("Keys"),
    .synopsis = "FILE [--plain]",
    .does = N_("set, change or take away the passphrase of an officer's key"),
    .help =
        N_("The present one is asked for on the terminal, or read from the file that COMITY_PASSPHRASE_FILE\n"
           "names; the new one twice, or from that of COMITY_NEW_PASSPHRASE_FILE. The key stays the same,\n"
           "and so does the roster; copies of the file stay as they were. Example:\n"
           "  comity key passphrase officers/duty.key"),
    .options = passphrase_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_passphrase,
};

/* --- key show --- */

static int run_show(struct cli *cli, const struct arguments *arguments)
{
    char hex[65];
    struct error error = {.text = "", .words = cli->words};
    struct keyfile file = {.secret = NULL};
    struct slab *slab = slab_new(SLAB_CELLS, &error);
    enum keyfile_outcome outcome =
        slab == NULL ? KEYFILE_FAILED
                     : keyfile_read(arguments->words[0], bytes_of(NULL, 0), slab, &file, &error);
    bool locked = outcome == KEYFILE_LOCKED;
    keyfile_done(&file);
    slab_free(slab);
    if (outcome != KEYFILE_OK && !locked) {
        return cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
    }
    hex_write(hex, bytes_of(file.key.bytes, sizeof file.key.bytes));
    const char *owner = screen_quiet(cli->arena, bytes_of_text(file.owner));
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:s, s:s, s:s, s:b}", "role", key_role_name(file.role),
                                             "owner", owner, "key", hex, "locked", locked));
    }
    cli_print(cli, "%s of %s\n", key_role_name(file.role), owner);
    cli_print(cli, "public key %s\n", hex);
    cli_print(cli, locked ? N_("locked with a passphrase\n") : N_("not locked\n"));
    return EXIT_DONE;
}

const struct subcommand cmd_key_show = {
    .name = "key show",
    .group = N_("Keys"),
    .synopsis = "FILE",
    .does = N_("whose a key file is, its public half, and whether it is locked"),
    .help = N_("Needs no passphrase. Compare the public key with the roster's: comity roster show. Example:\n"
               "  comity key show officers/duty.key"),
    .words_min = 1,
    .words_max = 1,
    .run = run_show,
};
