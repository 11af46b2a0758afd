/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of the API: what the verbs (command_*.c, view_*.c) share. A verb looks, answers with answer_*(), and returns; the
 * first answer stands. A call has its own memory: what one case file fills cannot exhaust the turn.
 */
#ifndef COMITY_NODES_COMMAND_H
#define COMITY_NODES_COMMAND_H

#include <jansson.h>

#include "base/catalogue.h"
#include "base/faults.h"
#include "nodes/letters.h"
#include "nodes/rosters.h"
#include "nodes/store_prepared.h"

#define CALL_BYTES_MAX    ((size_t)64 * 1024 * 1024)
#define REFERENCE_MAX     128 /* bytes of a {id} that are shown in an answer */
#define CASE_SHORT_DIGITS 8   /* of a case id, in commands to be typed */

struct call {
    struct node *node;
    struct turn *turn;
    struct arena *arena; /* of this call alone */
    const struct command *command;
    const struct catalogue *words; /* its language */
    wall_ms now;
    unsigned status; /* 0: not answered yet */
    json_t *json;    /* the answer; owned */
    bool changed;    /* something was filed: the answer is kept for a repeated id */
    bool lost;       /* memory ended while the answer was made */
};

/* --- answers --- */

/*
 * {"error", "code", "next"}: one sentence, a stable word, what to do next ("" for nothing). next and format are looked up in the
 * catalogue of the call.
 */
void answer_error(struct call *, unsigned status, const char *code, const char *next, const char *format, ...)
    PRINTF_LIKE(5, 6);
/* A list of faults in the language of the call; NULL when it answered. */
MUST_USE struct faults *call_faults(struct call *);
/* Text in the arena, in the language of the call; "?" when memory ended. */
const char *call_text(struct call *, const char *format, ...) PRINTF_LIKE(2, 3);
/* 422 INCOMPLETE with every fault. */
void answer_faults(struct call *, const struct faults *);
/* [{"path", "code", "text"}] */
json_t *faults_json(struct call *, const struct faults *);
/* 200; takes the reference. */
void answer_json(struct call *, json_t *);
/* The call's own memory ended: the case is larger than what is shown. */
void answer_too_large(struct call *);

/* --- JSON; a value that cannot be put marks the call as lost --- */

void put(struct call *, json_t *object, const char *name, json_t *value); /* takes the reference */
void put_text(struct call *, json_t *object, const char *name,
              const char *text); /* "" and NULL are left out */
void put_hex(struct call *, json_t *object, const char *name, struct bytes);
void put_base64(struct call *, json_t *object, const char *name, struct bytes);
void put_number(struct call *, json_t *object, const char *name, uint64_t);
void put_true(struct call *, json_t *object, const char *name, bool); /* false is left out */
void put_ms(struct call *, json_t *object, const char *name,
            uint64_t ms); /* RFC 3339 in UTC; 0 is left out */
void put_instant(struct call *, json_t *object, const char *name, struct instant); /* with its own offset */
void append(struct call *, json_t *array, json_t *value);                          /* takes the reference */

/* --- what is asked for --- */

/* A member of the body; NULL when it is not there or there is no body. */
const json_t *body_member(const struct call *, const char *name);
/* Base64 of a JSON string, in the arena; data NULL when it is none. */
struct bytes bytes_of_json(struct call *, const json_t *);
/* The value of "name=value" in the query, in the arena; NULL when it is not given. */
const char *query_value(struct call *, const char *name);
/* 64 hexadecimal digits. */
MUST_USE bool key_of_text(const char *text, struct public_key *ret);

/* Each of these answers by itself when it is false. */
MUST_USE bool call_case(struct call *, const char *name, struct case_row *ret);
MUST_USE bool
call_may_send(struct call *); /* a roster that is not past its grace names this party as active */
MUST_USE bool call_has_roster(struct call *);

/* --- officers --- */

/*
 * Why a key may not act for this party at a moment, in the arena; NULL: it may. exercise: what it acts on belongs to one.
 * signs: the mandate to sign is needed, not only to read.
 */
const char *officer_refusal(struct call *, const struct public_key *, wall_ms at, bool exercise, bool signs);
/*
 * A party's officer as the newest roster names him: of this State by name; abroad by what the roster shows, office and number, or the
 * name where that is all there is. "node" for its node, "" when it is not known.
 */
const char *officer_name(const struct call *, const char *party, const struct public_key *);
/* The same of a key at hand. */
const char *officer_shown(const struct call *, const char *party, const struct roster_key *);

/* --- a letter before it is filed --- */

/* Where a letter would stand, and what its rules may look at. */
struct setting {
    bool new_case;
    bool exercise;
    struct letter_draft draft;
    const struct case_fold *fold; /* NULL: a new case */
    struct letter_terms terms;
};
/* Is there another party of that address to write to? False when it answered. */
MUST_USE bool recipient_good(struct call *, const char *to);
/* For a new case that the letter begins; false when it answered. */
MUST_USE bool setting_new(struct call *, const struct address *to, const Comity__Letter *, wall_ms at,
                          bool exercise, struct setting *ret);
/*
 * Does a new case that they sign belong to the exercise that was joined? The key of the first of them says it: one of exercises signs
 * nothing real, another no exercise (docs/protocol.md 4.2, check 23).
 */
bool signers_exercise(struct call *, const struct public_key *, size_t count);
MUST_USE bool setting_known(struct call *, const struct case_row *, wall_ms at, struct setting *ret);
/* How many officers sign by the treaty and by this State's terms, and whether these may; answers by itself. */
MUST_USE bool signers_good(struct call *, const struct public_key *, size_t count, const Comity__Letter *,
                           const struct case_fold *fold, wall_ms at, bool exercise);

/*
 * What the node writes into a letter that the officer left open; fold and terms NULL: a new case. Working days that the other side has
 * are those of its calendar.
 */
void letter_defaults(struct call *, Comity__Letter *, const struct case_fold *, const struct letter_terms *);

/* --- OPENED (command_open.c) --- */

/* Receipts that an officer signed, read and checked, not yet filed. */
struct openings {
    size_t count;
    struct bytes *receipts; /* SignedReceipts, in the arena */
};
/* list: of SignedObjects, or NULL for none. False when it answered. */
MUST_USE bool openings_read(struct call *, const json_t *list, const struct case_row *, struct openings *ret);
/* Files them; how many letters are opened by it. */
size_t openings_file(struct call *, const struct openings *);
/* The receipts that this officer would sign for a case, as "unopened"; key NULL: only the envelopes. */
json_t *unopened_json(struct call *, const struct case_id *, const struct public_key *);

/* --- verbs --- */

void command_prepare(struct call *);
void command_submit(struct call *);
void command_open(struct call *);
void command_keep(struct call *); /* command_prepared.c */
void command_sign(struct call *);
void command_discard(struct call *);
void view_prepared(struct call *);
void view_prepared_one(struct call *);
void view_status(struct call *);
void view_roster(struct call *);
void view_directory(struct call *);
void view_inbox(struct call *);
void view_case(struct call *);
void view_why(struct call *);
void view_worklist(struct call *);
void view_export(struct call *);
void view_import(struct call *);
void view_draft(struct call *);
void command_mla(struct call *);
void command_settle(struct call *);
void command_exercise_join(struct call *);
void command_exercise_leave(struct call *);
void view_moves(struct call *); /* NEXT */
void view_timeline(struct call *);
void command_take(struct call *);
void command_note(struct call *);
void view_alarms(struct call *);
void command_seen(struct call *);
void command_hooked(struct call *);
void view_orders(struct call *);
void view_stats(struct call *);
void command_order_put(struct call *);
void command_order_renew(struct call *);
void command_order_end(struct call *);

#endif
