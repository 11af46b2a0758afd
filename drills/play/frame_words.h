/* SPDX-License-Identifier: Apache-2.0 */
/* A frame in words, one line, for people who read a history: "Submit to XB/poc routine 1/17 a1b2c3d4 4471 bytes". */
#ifndef COMITY_DRILLS_PLAY_FRAME_WORDS_H
#define COMITY_DRILLS_PLAY_FRAME_WORDS_H

#include "base/arena.h"
#include "base/bytes.h"

#define FRAME_WORDS_BYTES 512

/* Never fails: what does not read is said to be so. scratch is used and emptied. ret is cut at its end. */
void frame_words(struct bytes frame_bytes, struct arena *scratch, char ret[FRAME_WORDS_BYTES]);

#endif
