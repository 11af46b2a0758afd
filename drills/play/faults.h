/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on a world: one at a time by name, at an actor, with a strength; and ending all of them. Which, when and where is drawn by
 * mix.c for a seed, or told by a plan.
 */
#ifndef COMITY_DRILLS_PLAY_FAULTS_H
#define COMITY_DRILLS_PLAY_FAULTS_H

#include "drills/oracle/oracle.h"
#include "drills/play/cast.h"
#include "drills/play/coverage.h"
#include "drills/play/people.h"
#include "drills/play/transcript.h"
#include "drills/world/world.h"

struct faults_play;

/* Borrows all; people, oracle and coverage may be NULL. Actors that go down start again after a short while until the end of faults. */
struct faults_play *faults_new(struct world *, struct cast *, uint64_t seed, struct people *, struct oracle *,
                               struct coverage *);
void faults_free(struct faults_play *); /* NULL is allowed */

/* Notes of what begins and ends go there (borrowed); NULL: nowhere. */
void faults_note_to(struct faults_play *, struct transcript *);
/* How a party's line is by itself, which the faults of links change for a while. */
void faults_line(struct faults_play *, size_t party, const struct link_nature *);
/* The operator's backup of an actor, which takes the place of an older one: what RESTORE and LYING_DISK bring back. */
void faults_backup(struct faults_play *, size_t actor);
/* To be called by the world's witness at WORLD_DOWN: plans the restart. why: the fact's text. */
void faults_down(struct faults_play *, size_t actor, const char *why);
/* To be called after each act: looks at the disks, whose faults explain only what follows soon. */
void faults_look(struct faults_play *);
/* While a LONG_SLEEP lasts: true time of its end; else a time that is past. People sleep, too. */
uint64_t faults_sleep_until(const struct faults_play *);

/* One fault begins; it ends by itself after for_us (0: a time drawn from its stream). False: it cannot happen there now. */
bool fault_begin(struct faults_play *, enum fault_kind, size_t actor, uint64_t for_us);
/* Everything that can be made well is made well: disks, links, clocks, processes; whoever is down is started. */
void faults_heal(struct faults_play *);
/* A party that did not start and why ("" : none); a disk that is full or rotten is not a failure, one that refuses for no fault is. */
const char *faults_trouble(const struct faults_play *);
uint64_t faults_trouble_us(const struct faults_play *); /* when that was, where there is one */

#endif
