/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core of a record (base/daemon/record.h): a broker or a node on a disk in memory, opened as the daemon's was, whose doors
 * are the record's entries.
 */
#ifndef COMITY_DRILLS_PLAY_REPLAY_CORE_H
#define COMITY_DRILLS_PLAY_REPLAY_CORE_H

#include "base/daemon/record_reader.h"
#include "drills/world/disk.h"
#include "keys/sign.h"

#define REPLAY_STORE "/store.db" /* where it stands on the disk */

struct replay_core;

/* Draws come from the source, signatures from the hand: the private keys of the signers are not needed. */
struct replay_core *replay_core_new(struct turn_source, struct sign_hand);
void replay_core_free(struct replay_core *); /* NULL is allowed */

/* What a door answered, as RESULT puts it: code and the bytes of a command's answer, valid until the next entry. */
struct replay_answer {
    enum door door;
    uint64_t code;
    struct bytes bytes;
    char trouble[512]; /* of FATAL, or of a roster that was not taken; "" */
};

/*
 * Plays one entry; *ret says what a door answered, OK where the entry is none. False with an error: the record is not sound
 * (an entry where it cannot stand, a number or text that no daemon gives).
 */
MUST_USE bool replay_core_play(struct replay_core *, const struct record_entry *, struct replay_answer *ret,
                               struct error *);

struct turn *replay_core_turn(struct replay_core *);       /* NULL before the core is open */
const char *replay_core_owner(const struct replay_core *); /* "broker-1", "XA/poc"; "" before it is open */

/* Writes the database, as it is now, and its WAL into the directory as store.db, for sqlite3. False with an error. */
MUST_USE bool replay_core_dump(struct replay_core *, const char *directory, struct error *);
/* Whether nothing stands in the directory where a dump would be written. False with an error. */
MUST_USE bool replay_core_may_dump(const char *directory, struct error *);

#endif
