/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/keyboard.h"

#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

#define LINE_BYTES_MAX ((size_t)64 * 1024)
#define TERMINAL_LINE_MAX                                                                                    \
    ((size_t)4095) /* what a terminal keeps of a line that is edited in it (termios(3)) */

static void interrupted(int signal)
{
    (void)signal; /* pselect() ends by it */
}

void keyboard_begin(struct keyboard *k)
{
    struct sigaction ends = {.sa_handler = interrupted};
    sigset_t interrupt;
    k->cut = false;
    (void)sigemptyset(&ends.sa_mask);
    (void)sigemptyset(&interrupt);
    (void)sigaddset(&interrupt, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &interrupt, &k->mask);
    (void)sigaction(SIGINT, &ends, &k->action);
}

void keyboard_end(struct keyboard *k)
{
    (void)sigaction(SIGINT, &k->action, NULL);
    (void)sigprocmask(SIG_SETMASK, &k->mask, NULL);
}

/* A byte at a time: whatever reads after this has the rest. False: there is none, or Ctrl-C. */
static bool read_byte(const struct keyboard *k, uint8_t *ret)
{
    fd_set input;
    FD_ZERO(&input);
    FD_SET(STDIN_FILENO, &input);
    return pselect(STDIN_FILENO + 1, &input, NULL, NULL, NULL, &k->mask) == 1 &&
           read(STDIN_FILENO, ret, 1) == 1;
}

bool keyboard_line(struct keyboard *k, struct arena *arena, struct bytes *ret)
{
    uint8_t *line = malloc(LINE_BYTES_MAX);
    size_t size = 0;
    bool more = line != NULL;
    while (more && size < LINE_BYTES_MAX && (more = read_byte(k, &line[size])) && line[size] != '\n') {
        size++;
    }
    k->cut |= size >= TERMINAL_LINE_MAX && isatty(STDIN_FILENO) == 1;
    bool good = line != NULL && size < LINE_BYTES_MAX && (more || size != 0);
    struct bytes copy = good ? arena_copy(arena, bytes_of(line, size)) : bytes_of(NULL, 0);
    free(line);
    if (good && copy.data != NULL) {
        *ret = copy;
    }
    return good && copy.data != NULL;
}
