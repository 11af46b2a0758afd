/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/catalogue.h"

#define GIVEN_BY     "COMITY_PASSPHRASE_FILE"
#define NEW_GIVEN_BY "COMITY_NEW_PASSPHRASE_FILE"

/*
 * One line from the terminal, without echo. False: there is no terminal, or nothing came. Ctrl-C is read as a character
 * that gives up: a signal would leave the terminal without echo.
 */
static bool ask(const char *question, char ret[PASSPHRASE_MAX])
{
    struct termios before, silent;
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        if (terminal >= 0) {
            (void)close(terminal);
        }
        return false;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    silent.c_cc[VEOL] = before.c_cc[VINTR];
    const char give_up = (char)before.c_cc[VINTR];
    (void)tcsetattr(terminal, TCSAFLUSH, &silent);
    (void)dprintf(terminal, "%s", question);
    size_t size = 0;
    while (size + 1 < PASSPHRASE_MAX && read(terminal, ret + size, 1) == 1 && ret[size] != '\n' &&
           ret[size] != give_up) {
        size++;
    }
    size = ret[size] == give_up ? 0 : size;
    ret[size] = '\0';
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    (void)dprintf(terminal, "\n");
    (void)close(terminal);
    return size != 0;
}

/* The first line of the file that the environment names. False: errno says why; 0: the line is empty. */
static bool read_passphrase_file(const char *path, char ret[PASSPHRASE_MAX])
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, ret, PASSPHRASE_MAX - 1);
    int failed = size < 0 ? errno : 0;
    if (file >= 0) {
        (void)close(file);
    }
    errno = failed;
    if (size <= 0) {
        return false;
    }
    ret[size] = '\0';
    ret[strcspn(ret, "\r\n")] = '\0';
    return ret[0] != '\0';
}

/* From the file that the environment names, else from the terminal. An exit code, told; the buffer is wiped when it is not EXIT_DONE. */
static int get(const struct cli *cli, const char *variable, const char *path, const char *question,
               char ret[PASSPHRASE_MAX])
{
    const char *from = getenv(variable);
    memset(ret, 0, PASSPHRASE_MAX);
    errno = 0;
    if (from != NULL ? read_passphrase_file(from, ret) : ask(question, ret)) {
        return EXIT_DONE;
    }
    int failed = errno;
    sodium_memzero(ret, PASSPHRASE_MAX);
    if (from == NULL) {
        return cli_fail(
            cli, EXIT_REFUSED,
            cli_text(cli, "run this on a terminal, or name a file with the passphrase in %s", variable),
            "no passphrase was given for %s", path);
    }
    return cli_fail(cli, EXIT_REFUSED, "name a file whose first line is the passphrase",
                    "%s=%s gives no passphrase for %s: %s", variable, from, path,
                    failed == 0 ? say(cli->words, N_("its first line is empty")) : strerror(failed));
}

int passphrase_get(const struct cli *cli, const char *path, char ret[PASSPHRASE_MAX])
{
    return get(cli, GIVEN_BY, path, cli_text(cli, "passphrase of %s: ", path), ret);
}

/* A line typed without echo is typed again: nobody has seen it. */
static bool is_typed_again(const struct cli *cli, const char *path, const char *chosen)
{
    char again[PASSPHRASE_MAX] = "";
    bool same =
        getenv(NEW_GIVEN_BY) != NULL ||
        (ask(cli_text(cli, "new passphrase of %s, again: ", path), again) && strcmp(again, chosen) == 0);
    sodium_memzero(again, sizeof again);
    return same;
}

int passphrase_choose(const struct cli *cli, const char *path, char ret[PASSPHRASE_MAX])
{
    int code = get(cli, NEW_GIVEN_BY, path, cli_text(cli, "new passphrase of %s: ", path), ret);
    if (code == EXIT_DONE && strlen(ret) < PASSPHRASE_MIN) {
        code = cli_fail(
            cli, EXIT_REFUSED, "take four words or more",
            "a passphrase has %d characters at least: whoever has a copy of the file may try any number",
            PASSPHRASE_MIN);
    } else if (code == EXIT_DONE && !is_typed_again(cli, path, ret)) {
        code = cli_fail(cli, EXIT_REFUSED, "type it again", "the two passphrases are not the same");
    }
    if (code != EXIT_DONE) {
        sodium_memzero(ret, PASSPHRASE_MAX);
    }
    return code;
}
