/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exercise_clock.h"

#include <string.h>

#include "base/bytes.h"
#include "base/instant.h"

/* The next word of the text and the space behind it; what is left begins at *at. */
static struct bytes next_word(const char **at)
{
    struct bytes word = bytes_of(*at, strcspn(*at, " "));
    *at += word.size;
    *at += **at == ' ';
    return word;
}

static bool read_moment(const char **at, wall_ms *ret)
{
    struct instant instant;
    if (instant_read(next_word(at), &instant) != INSTANT_OK || instant.ms < 0) {
        return false;
    }
    ret->ms = (uint64_t)instant.ms;
    return true;
}

static bool read_rate(struct bytes word, uint64_t *ret)
{
    uint64_t rate = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9' || rate > EXERCISE_CLOCK_RATE_MAX) {
            return false;
        }
        rate = rate * 10 + (uint64_t)(word.data[i] - '0');
    }
    *ret = rate;
    return rate >= 1 && rate <= EXERCISE_CLOCK_RATE_MAX;
}

bool exercise_clock_read(const char *text, struct exercise_clock *ret)
{
    struct exercise_clock clock = {.rate = 0};
    if (strcmp(text, "none") != 0 &&
        (!read_moment(&text, &clock.begins) || !read_moment(&text, &clock.shows) ||
         !read_rate(next_word(&text), &clock.rate) || *text != '\0')) {
        return false;
    }
    *ret = clock;
    return true;
}

wall_ms exercise_clock_at(const struct exercise_clock *clock, wall_ms machine)
{
    if (clock->rate == 0) {
        return machine;
    }
    uint64_t passed = machine.ms <= clock->begins.ms ? 0 : machine.ms - clock->begins.ms;
    uint64_t left = (uint64_t)INSTANT_MS_MAX - clock->shows.ms;
    return (wall_ms){.ms = clock->shows.ms + (passed > left / clock->rate ? left : passed * clock->rate)};
}
