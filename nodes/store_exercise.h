/* SPDX-License-Identifier: Apache-2.0 */
/* The exercise that people of this node have joined by command, kept over restarts; one at most. */
#ifndef COMITY_NODES_STORE_EXERCISE_H
#define COMITY_NODES_STORE_EXERCISE_H

#include "base/store.h"
#include "proto/ids.h"

#define EXERCISE_TITLE_BYTES_MAX 200

struct exercise_row {
    struct exercise_id id;
    char title[EXERCISE_TITLE_BYTES_MAX + 1];
    uint64_t joined_ms;
};
/* In place of the one before. */
void store_exercise_put(struct store *, const struct exercise_row *);
void store_exercise_drop(struct store *);
bool store_exercise_get(struct store *, struct exercise_row *ret); /* false: none was joined */

struct exercise_left {
    uint64_t cases, open, letters, prepared;
};
/* What of an exercise the case file has: cases, those that are not closed, their letters; letters that wait for signatures. */
struct exercise_left store_exercise_left(struct store *, const struct exercise_id *);
/* Its cases are renewed: dates of one that was joined remind people, those of one that was left nobody. */
void store_exercise_touch(struct store *, const struct exercise_id *);
/* The same, as it is left; what was raised counts as seen. */
void store_exercise_hush(struct store *, const struct exercise_id *, uint64_t now_ms);

#endif
