/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live exercise as one side conducts it: a folder with what it is (drill.json) and a journal of what its people did (journal.jsonl, a
 * line of JSON each, only ever added to). Nothing here acts for anybody: injects of the own side are offered to people, and what
 * happened is read from the own node. Several programs may use one folder at a time.
 */
#ifndef COMITY_DRILLS_CONDUCT_LIVE_H
#define COMITY_DRILLS_CONDUCT_LIVE_H

#include <jansson.h>

#include "base/error.h"
#include "drills/record/record.h"
#include "drills/scenario/scenario.h"
#include "proto/ids.h"

/* What is in the journal, by its word. */
#define LIVE_JOINED   "joined"
#define LIVE_RELEASED "released" /* inject: it was offered to people, or by hand */
#define LIVE_NOTE     "note"     /* text, by; case, corrects */
#define LIVE_STOP     "stop"     /* why; emergency: the case that suspends it */
#define LIVE_RESUME   "resume"
#define LIVE_END      "end"

#define LIVE_REFERENCE_MAX 80

struct live_drill {
    const char *folder;
    json_t *drill;   /* drill.json: exercise, scenario, set, node, party */
    json_t *journal; /* an array of its lines */
};

/* The exercise of a scenario as it stands: who plays the same one, from the same start, is in the same exercise. */
struct exercise_id live_exercise(const struct scenario *);

/* Makes the folder; drill is taken. False with an error: it is there, and of another exercise. One of the same goes on. */
MUST_USE bool live_new(const char *folder, json_t *drill, struct error *);
/* Reads it; live_close() it. False with an error. */
MUST_USE bool live_open(const char *folder, struct live_drill *ret, struct error *);
void live_close(struct live_drill *);
const char *live_text(const struct live_drill *, const char *name); /* of drill.json; "" */

/* Adds a line, synced: entry is taken; "at" and "what" are put in. Reads what others added as well. */
MUST_USE bool live_write(struct live_drill *, uint64_t at_ms, const char *what, json_t *entry,
                         struct error *);

bool live_is_over(const struct live_drill *);
const char *live_stopped(const struct live_drill *);                      /* why; NULL: it goes on */
uint64_t live_released_ms(const struct live_drill *, const char *inject); /* 0: it was not */
bool live_knows_emergency(const struct live_drill *, const char *case_id);

/* Whether people of that unit act: it is from them, or from somebody outside to them. */
bool live_is_own(const struct scenario_inject *, const struct scenario_unit *);
/* The reference that ties a case to its inject: "XA-accounts". */
const char *live_reference(const struct scenario_inject *, char ret[LIVE_REFERENCE_MAX]);
/* When what an event of another inject waits for came; 0: not yet. context as given. */
typedef uint64_t live_event(void *context, const struct scenario_inject *, enum scenario_event);
/* When an inject is to be offered; UINT64_MAX: a person releases it, or what it waits for has not come. */
uint64_t live_due_ms(const struct live_drill *, const struct scenario_inject *, live_event *, void *context);

/* The head, parties and injects of a record of that exercise. */
void live_record_begin(struct drill_record *, const struct scenario *, const char *build,
                       const char *command);
/* What only the drill knows, from the journal; to be called when the cases are read, before record_finish(). */
void live_record_journal(const json_t *journal, struct drill_record *);
/* A case of an inject has the reference that people were given with it: after the journal, before record_finish(). */
void live_record_cases(struct drill_record *);

#endif
