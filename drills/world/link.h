/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A party's line to the broker: connections of two directions, each a bounded queue of frames with the time each arrives.
 * Frames of a live connection arrive in order and unchanged, as TCP gives them; a connection that ends loses what is on its
 * way. A frame that the queue has no room for cannot be spoken and ends the connection, as in the daemons. While a line is
 * hostile, frames are doubled, put out of order and corrupted as well: what only a lying broker or node could do.
 */
#ifndef COMITY_DRILLS_WORLD_LINK_H
#define COMITY_DRILLS_WORLD_LINK_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "drills/world/stream.h"

enum world_direction { WORLD_TO_BROKER, WORLD_TO_NODE };

/* Indexed by enum world_direction where there are two. All zero: perfect. */
struct link_nature {
    uint64_t delay_min_us, delay_max_us; /* each frame, long-tailed; order is kept */
    uint64_t bytes_per_s;                /* 0: no limit */
    uint64_t frames_per_s[2];            /* what the reader of that direction takes; 0: no limit */
    size_t queue_frames[2];              /* unread ones there is room for; 0: as the daemons have it */
    bool stalled[2]; /* a one-way partition: what was said arrives when it is over, if the link still lives */
    uint64_t reconnect_us;                /* from the end of a connection to the next attempt */
    unsigned corrupt, duplicate, reorder; /* frames in 1000; hostile */
};

/* Frames of a line that were struck by what makes it hostile. */
struct link_strikes {
    uint64_t corrupted, duplicated, reordered;
};

#endif
