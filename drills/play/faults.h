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
#include "drills/world/world.h"

struct faults_play;

/* Borrows all; people, oracle and coverage may be NULL. Actors that go down start again after a short while until the end of faults. */
struct faults_play *faults_new(struct world *, struct cast *, uint64_t seed, struct people *, struct oracle *, struct coverage *);
void faults_free(struct faults_play *); /* NULL is allowed */

/* One fault begins; it ends by itself after for_us (0: a time drawn from its stream). False: it cannot happen there now. */
bool fault_begin(struct faults_play *, enum fault_kind, size_t actor, uint64_t for_us);
/* Everything that can be made well is made well: disks, links, clocks, processes; whoever is down is started. */
void faults_heal(struct faults_play *);
/* A party that did not start and why ("" : none); a disk that is full or rotten is not a failure, one that refuses for no fault is. */
const char *faults_trouble(const struct faults_play *);

#endif
