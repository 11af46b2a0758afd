/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short story for the oracle: XA/poc writes letters to XB/poc over a broker, with real keys, frames, receipts and databases
 * that the test fills. The story as it is is right; a test leaves a step out of it or puts something else in its place.
 */
#ifndef COMITY_TESTS_SUPPORT_ORACLE_SCENE_H
#define COMITY_TESTS_SUPPORT_ORACLE_SCENE_H

#include "base/store.h"
#include "drills/oracle/oracle.h"
#include "drills/oracle/said_objects.h"
#include "drills/world/disk.h"
#include "keys/receipt.h"
#include "tests/support/kit.h"

enum { HUB, XA, XB, ACTORS };

#define CANARY "the red bicycle"

/* One letter of XA to XB, and all that is said and kept of it. */
struct post {
    struct bytes context, letter, envelope, accepted, delivered;
    struct letter_id id;
    struct sealed sealed;
    Comity__Header header;
    uint32_t seq;
    uint8_t command[16];
};

struct scene {
    struct kit kit;
    struct oracle *oracle;
    struct disk *disks[ACTORS];
    struct store *stores[ACTORS];
    uint64_t now_us;
    struct post posts[8];
    size_t count;
};

/* What happens to a letter, in this order; a story leaves out what is in its mask. */
enum step {
    TOLD,
    ANSWERED,
    SUBMITTED,
    SAY_ACCEPTED,
    SAY_DELIVER,
    SAY_DELIVERED,
    PASS_DELIVERED,
    SETTLE_BY_HUB,
    SETTLE_BY_XA,
    ROW_LETTER_XA,
    ROW_OUT,
    ROW_DELIVERED_XA,
    ROW_LETTER_XB,
    ROW_IN,
    ROW_DELIVERED_XB,
    ROW_LINK,
    ROW_ACCEPTED_HUB,
    ROW_DELIVERED_HUB,
    STEPS
};
#define NOTHING       UINT32_C(0)
#define WITHOUT(step) (UINT32_C(1) << (step))

/* For cmocka_unit_test_setup_teardown; the state is the scene. */
int scene_open(void **state);
int scene_close(void **state);
uint64_t scene_tick(struct scene *);
/* The databases are closed; scene_finish() does that, too. */
void scene_close_stores(struct scene *);
/* The databases are closed and the oracle looks into them. */
void scene_finish(struct scene *);
/* All is healed at this wall time, and so much time passes. */
void scene_heal(struct scene *, uint64_t healed_ms, uint64_t then_ms);
void scene_expect_good(const struct scene *);
/* The verdict has this invariant, and this in its text. */
void scene_expect_broken(const struct scene *, const char *invariant, const char *part);

/* --- making things --- */

ProtobufCBinaryData scene_binary(const void *data, size_t size); /* borrowed */
/* The next letter of XA, its envelope and receipts; nothing is said of it yet. */
struct post *scene_next_post(struct scene *);
/* What the officer signs besides a letter of this case; before: the one it follows (NULL: it is the first). */
struct bytes scene_context(struct scene *, const char *from, const char *to, uint32_t case_seq,
                           uint64_t signed_ms, const struct post *before);
/* Its context and letter anew, after another letter (NULL: it is the first). */
void scene_make_letter(struct scene *, struct post *, const struct post *before, const char *text);
/* Its envelope anew, from its header. */
void scene_seal(struct scene *, struct post *);
/* A receipt about it, signed by whom the kind needs. */
struct bytes scene_receipt_at(struct scene *, enum receipt_kind, const struct post *, uint64_t at_ms,
                              enum reason);
struct bytes scene_receipt(struct scene *, enum receipt_kind, const struct post *);

/* --- the story --- */

/* The next letter with all steps but those left out. */
struct post *scene_play(struct scene *, uint32_t left_out);
void scene_take_step(struct scene *, const struct post *, enum step);

/* --- what is said --- */

void scene_say(struct scene *, size_t party, bool to_broker, const Comity__Frame *);
void scene_tell(struct scene *, const struct post *); /* the oracle: it is handed in at XA */
void scene_answer(struct scene *, const struct post *, unsigned status, const char *code);
void scene_submit(struct scene *, const struct post *);
void scene_accept(struct scene *, struct bytes raw);
void scene_deliver(struct scene *, const struct post *);
void scene_deliver_at(struct scene *, const struct post *, size_t party, uint64_t accepted_ms);
void scene_stub(struct scene *, const struct post *, struct bytes expired);
void scene_settle_stub(struct scene *, const struct post *);
void scene_give(struct scene *, size_t party, bool to_broker, struct bytes raw);
void scene_settle(struct scene *, size_t party, bool to_broker, struct bytes raw);
void scene_reject(struct scene *, size_t party, bool to_broker, uint64_t tag, uint32_t reason, bool temporary,
                  struct bytes raw);

/* --- what the databases hold --- */

void scene_row_letter(struct scene *, size_t actor, const struct post *, int place, int sending, int reason);
void scene_row_out(struct scene *, const struct post *, int state, int reason);
void scene_row_in(struct scene *, const struct post *, int outcome, int reason, int due);
void scene_row_receipt(struct scene *, size_t actor, struct bytes receipt, bool settled);
void scene_row_link(struct scene *, const struct post *, int kinds);
void scene_row_broker_receipt(struct scene *, struct bytes receipt);
void scene_run_sql(struct scene *, size_t actor, const char *sql);

#endif
