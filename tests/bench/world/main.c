/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-world [ENVELOPES]: how much faster than real time a world runs: 12 nodes exchange so many envelopes (10,000) in a simulated
 * day, over lines with delay, all signed, sealed, receipted and synced as in the daemons. Officers look, open and write as in a
 * seed; nothing fails and nobody watches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "base/store.h"
#include "drills/play/people.h"

#define PARTIES     12
#define ENVELOPES   10000
#define DAY_MS      UINT64_C(86400000)
#define START_MS    UINT64_C(1796000000000)
#define ACTS_MAX    1000 /* until a letter comes of one */
#define DELAY_US    20000
#define SETTLE_MS   UINT64_C(60000)
#define PREKEY_DAYS 20

static uint64_t now_ns(clockid_t clock)
{
    struct timespec time;
    ensure(clock_gettime(clock, &time) == 0);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static void write_one(struct people *people)
{
    uint64_t letters = people_letters(people);
    for (unsigned i = 0; i < ACTS_MAX && people_letters(people) == letters; i++) {
        people_act(people);
    }
    ensure(people_letters(people) > letters);
}

static void play_day(struct world *world, struct people *people, uint64_t envelopes)
{
    const struct link_nature nature = {.delay_min_us = DELAY_US, .delay_max_us = 4 * DELAY_US};
    bool shown = isatty(STDERR_FILENO) == 1;
    for (size_t i = 1; i <= PARTIES; i++) {
        world_link(world, i, &nature);
    }
    for (uint64_t i = 0; i < envelopes; i++) {
        write_one(people);
        ensure(world_pass(world, (i + 1) * DAY_MS / envelopes - i * DAY_MS / envelopes));
        if (shown && i % 100 == 99) {
            (void)fprintf(stderr, "\r%llu of %llu envelopes", (unsigned long long)i + 1,
                          (unsigned long long)envelopes);
        }
    }
    if (shown) {
        (void)fprintf(stderr, "\r%40s\r", "");
    }
}

int main(int argc, char **argv)
{
    struct error error = {.text = ""};
    struct world_setup setup = {.prekey_days = PREKEY_DAYS};
    struct broker_figures figures;
    struct rusage usage;
    uint64_t envelopes = argc > 1 ? strtoull(argv[1], NULL, 10) : ENVELOPES;
    ensure(envelopes > 0 && host_harden(&error));
    store_start();
    struct cast *cast = cast_new(1, PARTIES, (wall_ms){.ms = START_MS});
    struct world *world = cast_world(cast, &setup);
    struct people *people = people_new(world, cast, 1, NULL, NULL);
    ensure(world_pass(world, SETTLE_MS)); /* rosters and prekeys make their first round */
    uint64_t started = now_ns(CLOCK_MONOTONIC), used = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    play_day(world, people, envelopes);
    double seconds = (double)(now_ns(CLOCK_MONOTONIC) - started) / 1e9;
    double processor = (double)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - used) / 1e9;
    ensure(world_pass(world, SETTLE_MS));
    broker_figures(world_broker(world), &figures);
    ensure(getrusage(RUSAGE_SELF, &usage) == 0);
    ensure(people_trouble(people)[0] == '\0' && figures.waiting_envelopes == 0);
    struct world_figures turns = world_figures(world);
    (void)printf(
        "%d nodes, %llu envelopes accepted, %llu settled in a simulated day; %llu turns, %llu frames\n",
        PARTIES, (unsigned long long)figures.accepted, (unsigned long long)figures.settled,
        (unsigned long long)turns.turns, (unsigned long long)turns.frames);
    (void)printf("%.1f s, of which processor %.1f s; %ld MiB\n", seconds, processor, usage.ru_maxrss / 1024);
    (void)printf("%.0f times as fast as real time; %.0f by processor time, which other load hardly changes\n",
                 (double)DAY_MS / 1000 / seconds, (double)DAY_MS / 1000 / processor);
    people_free(people);
    world_free(world);
    cast_free(cast);
    return 0;
}
