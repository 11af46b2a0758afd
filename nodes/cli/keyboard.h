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
    bool
        cut; /* since keyboard_begin() a line was all that a terminal takes in one: the rest, if any, is lost */
};

/* From here on Ctrl-C waits for keyboard_line(). keyboard_end() in any case. */
void keyboard_begin(struct keyboard *);
void keyboard_end(struct keyboard *);

/* One line without its end, in the arena, with whatever bytes it has. False: there is no more, it is too long, or Ctrl-C. */
MUST_USE bool keyboard_line(struct keyboard *, struct arena *, struct bytes *ret);

#endif
