/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that somebody types, read so that Ctrl-C ends the reading and not the program: what was answered until then can be kept. */
#ifndef COMITY_NODES_CLI_KEYBOARD_H
#define COMITY_NODES_CLI_KEYBOARD_H

#include <signal.h>

#include "base/arena.h"
#include "base/bytes.h"

struct keyboard {
    sigset_t mask; /* as it was before */
    struct sigaction action;
};

/* From here on Ctrl-C waits for keyboard_line(). keyboard_end() in any case. */
void keyboard_begin(struct keyboard *);
void keyboard_end(struct keyboard *);

/* One line without its end, in the arena, with whatever bytes it has. False: there is no more, it is too long, or Ctrl-C. */
MUST_USE bool keyboard_line(const struct keyboard *, struct arena *, struct bytes *ret);

#endif
