/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/play_progress.h"

#include <stdio.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "drills/cli/words.h"

#define FIRST_MS  1000 /* what is over sooner shows nothing */
#define PACE_MS   5000 /* a mark is so old when the next is made */
#define LINE_SIZE ((size_t)4096)

void play_progress_begin(struct play_progress *progress, struct cli *cli, const struct scenario *scenario)
{
    *progress = (struct play_progress){
        .cli = cli, .scenario = scenario, .line = arena_new(LINE_SIZE), .begun_ms = host_mono().ms};
    ensure(progress->line != NULL);
}

uint64_t play_progress_left(struct play_progress *progress, uint64_t taken_ms, uint64_t played_ms,
                            uint64_t left_ms)
{
    if (taken_ms >= progress->young.taken_ms + PACE_MS) {
        progress->old = progress->young;
        progress->young = (struct play_mark){taken_ms, played_ms};
    }
    const uint64_t wall = taken_ms - progress->old.taken_ms, played = played_ms - progress->old.played_ms;
    return played < MS_PER_SECOND ? UINT64_MAX : left_ms / MS_PER_SECOND * wall / (played / MS_PER_SECOND);
}

void play_progress_show(void *context, uint64_t at_ms, uint64_t start_ms, uint64_t end_ms)
{
    struct play_progress *progress = context;
    const struct catalogue *words = progress->cli->words;
    const uint64_t taken_ms = host_mono().ms - progress->begun_ms;
    if (taken_ms < FIRST_MS) {
        return;
    }
    struct arena *arena = progress->line;
    const uint64_t left = play_progress_left(progress, taken_ms, at_ms - start_ms, end_ms - at_ms);
    const char *text = arena_format(arena, say(words, "day %s of %s, %s left"),
                                    words_number(arena, (at_ms - start_ms) / MS_PER_DAY + 1),
                                    words_number(arena, (end_ms - start_ms + MS_PER_DAY - 1) / MS_PER_DAY),
                                    left == UINT64_MAX ? "?" : words_span(arena, words, left));
    play_progress_say(progress, text);
}

void play_progress_say(struct play_progress *progress, const char *text)
{
    (void)fprintf(stderr, "\r%s    ", text == NULL ? "?" : text);
    (void)fflush(stderr);
    progress->shown = true;
    arena_reset(progress->line);
}

void play_progress_end(struct play_progress *progress)
{
    if (progress->shown) {
        (void)fprintf(stderr, "\r%-60s\r", "");
        (void)fflush(stderr);
    }
    arena_free(progress->line);
}
