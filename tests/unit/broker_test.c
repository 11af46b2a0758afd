/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: checks 1 to 13, in their order; the answer after the commit; what a full store does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker/broker_private.h"
#include "tests/support/broker_driver.h"

#define ACCEPTED COMITY__FRAME__BODY_ACCEPTED
#define REJECTED COMITY__FRAME__BODY_REJECTED
#define RECEIPT  COMITY__FRAME__BODY_RECEIPT

/* Submits in a turn of its own; the Rejected that answers, or NULL when it was accepted. */
static const Comity__Rejected *submit(struct driver *d, link_id link, const struct made *made)
{
    size_t mark = d->heard_count;
    driver_do(d, link, driver_submit(d, 77, made));
    const Comity__Frame *rejected = driver_heard(d, mark, link, REJECTED, 0);
    const Comity__Frame *accepted = driver_heard(d, mark, link, ACCEPTED, 0);
    assert_true((rejected == NULL) != (accepted == NULL));
    if (rejected != NULL) {
        assert_int_equal(rejected->rejected->tag, 77);
    }
    return rejected == NULL ? NULL : rejected->rejected;
}

static void assert_refused(struct driver *d, link_id link, struct sample of, enum reason reason,
                           bool temporary, bool receipt)
{
    struct made made = driver_make(d, of);
    const Comity__Rejected *rejected = submit(d, link, &made);
    assert_non_null(rejected);
    assert_string_equal(reason_name(rejected->reason), reason_name(reason));
    assert_int_equal(rejected->temporary, temporary);
    assert_int_equal(rejected->receipt.len != 0, receipt);
}

static void accepted_waits_for_commit(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));

    size_t said = 0;
    driver_begin(d);
    driver_say(d, link, driver_submit(d, 1, &made));
    (void)turn_said(d->turn, &said);
    assert_int_equal(said, 0); /* nothing is said before the end of the turn */
    driver_cut(d);

    size_t mark = d->heard_count;
    link = driver_link(d, "XA/poc"); /* not known: the power went before the commit */
    driver_do(d, link, driver_submit(d, 1, &made));
    const Comity__Frame *first = driver_heard(d, mark, link, ACCEPTED, 0);
    assert_non_null(first);
    struct broker_figures figures;
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.accepted, 1);
    assert_int_equal(figures.duplicates, 0);

    driver_begin(d); /* the power goes after the commit: what was said holds */
    driver_cut(d);
    mark = d->heard_count;
    link = driver_link(d, "XA/poc");
    driver_do(d, link, driver_submit(d, 2, &made));
    const Comity__Frame *again = driver_heard(d, mark, link, ACCEPTED, 0);
    assert_non_null(again);
    assert_true(bytes_equal(wire_bytes(first->accepted->receipt), wire_bytes(again->accepted->receipt)));
}

static void accepted_is_signed_and_names_the_envelope(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    size_t mark = d->heard_count;
    driver_do(d, link, driver_submit(d, 1, &made));
    const Comity__Frame *frame = driver_heard(d, mark, link, ACCEPTED, 0);
    const Comity__Receipt *receipt = driver_read_receipt(d, frame->accepted->receipt, NULL);
    assert_int_equal(receipt->kind, RECEIPT_ACCEPTED);
    assert_string_equal(receipt->from, "XA/poc");
    assert_string_equal(receipt->to, "XB/poc");
    assert_int_equal(receipt->at_ms, d->wall.ms);
    assert_int_equal(receipt->n_item, 1);
    assert_memory_equal(receipt->item[0]->id.data, made.id.digest.bytes, 32);
    assert_int_equal(receipt->item[0]->seq, 1);
    assert_int_equal(receipt->item[0]->leaf, 0);
}

static void a_turn_gives_one_receipt_a_pair(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made b1 = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    struct made b2 = driver_after(d, &b1);
    struct made c1 = driver_make(d, driver_sample(d, "XA/poc", "XC/poc", 1));
    size_t mark = d->heard_count;
    driver_begin(d);
    driver_say(d, link, driver_submit(d, 1, &b1));
    driver_say(d, link, driver_submit(d, 2, &c1));
    driver_say(d, link, driver_submit(d, 3, &b2));
    driver_end(d);
    assert_int_equal(driver_heard_count(d, mark, link, ACCEPTED), 2);
    const Comity__Receipt *first =
        driver_read_receipt(d, driver_heard(d, mark, link, ACCEPTED, 0)->accepted->receipt, NULL);
    const Comity__Receipt *second =
        driver_read_receipt(d, driver_heard(d, mark, link, ACCEPTED, 1)->accepted->receipt, NULL);
    assert_int_equal(first->n_item, 2);
    assert_memory_equal(first->item[1]->id.data, b2.id.digest.bytes, 32);
    assert_string_equal(second->to, "XC/poc");
}

static void a_duplicate_is_answered_byte_for_byte(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    size_t mark = d->heard_count;
    driver_begin(d);
    driver_say(d, link, driver_submit(d, 1, &made));
    driver_say(d, link, driver_submit(d, 2, &made)); /* in the same turn: one receipt answers both */
    driver_end(d);
    assert_int_equal(driver_heard_count(d, mark, link, ACCEPTED), 1);
    d->wall.ms += 5000;
    driver_do(d, link, driver_submit(d, 3, &made));
    driver_restart(d);
    link_id newer = driver_link(d, "XA/poc");
    driver_do(d, newer, driver_submit(d, 4, &made));
    ProtobufCBinaryData first = driver_heard(d, mark, link, ACCEPTED, 0)->accepted->receipt;
    assert_true(bytes_equal(wire_bytes(first),
                            wire_bytes(driver_heard(d, mark, link, ACCEPTED, 1)->accepted->receipt)));
    assert_true(bytes_equal(wire_bytes(first),
                            wire_bytes(driver_heard(d, mark, newer, ACCEPTED, 0)->accepted->receipt)));
}

/* --- the checks --- */

static void damaged_bytes_are_refused_for_now(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    uint8_t copy[8192];
    assert_true(made.envelope.size < sizeof copy);

    memcpy(copy, made.envelope.data, made.envelope.size);
    copy[0] ^= 0x40; /* no field of an envelope */
    struct made bad = {.envelope = bytes_of(copy, made.envelope.size)};
    const Comity__Rejected *rejected = submit(d, link, &bad);
    assert_int_equal(rejected->reason, REASON_ENCODING);
    assert_true(rejected->temporary);
    assert_int_equal(rejected->id.len, 0);

    memcpy(copy, made.envelope.data, made.envelope.size);
    bad.envelope = bytes_of(copy, made.envelope.size - 1);
    rejected = submit(d, link, &bad);
    assert_int_equal(rejected->reason, REASON_ENCODING);

    memcpy(copy, made.envelope.data, made.envelope.size);
    copy[made.envelope.size - 5] ^= 1; /* in the signature */
    bad.envelope = bytes_of(copy, made.envelope.size);
    rejected = submit(d, link, &bad);
    assert_int_equal(rejected->reason, REASON_SIGNATURE);
    assert_true(rejected->temporary);
    assert_null(submit(d, link, &made)); /* and the good bytes are still taken */
}

static void each_check_has_its_code(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct sample good = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct signer stranger = fixture_signer(d->slab, 5000);
    struct sample of = good;

    of.version = 2;
    assert_refused(d, link, of, REASON_VERSION, true, false);
    of = good, of.expires_ms = of.created_ms + 1;
    assert_refused(d, link, of, REASON_FIELD, true, false);
    of = good, of.from = "XB/poc", of.to = "XA/poc";
    assert_refused(d, link, of, REASON_FROM, true, false);
    of = good, of.roster = 2;
    assert_refused(d, link, of, REASON_ROSTER, true, false);
    of = good, of.to = "XZ/nobody";
    assert_refused(d, link, of, REASON_TO, false, false);
    of = good, of.signer = &stranger;
    assert_refused(d, link, of, REASON_KEY, false, false);
    of = good, of.created_ms = FIXTURE_FROM_MS - MS_PER_DAY, of.expires_ms = of.created_ms + MS_PER_DAY;
    assert_refused(d, link, of, REASON_KEY, false, false); /* not valid then */

    of = good, of.created_ms += CLOCK_AHEAD_MS + 1, of.expires_ms += CLOCK_AHEAD_MS + 1;
    assert_refused(d, link, of, REASON_CLOCK, false, true);
    of = good, of.incarnation = 2, of.created_ms -= 2 * MS_PER_HOUR, of.expires_ms = d->wall.ms;
    assert_refused(d, link, of, REASON_EXPIRED, false, true);
    of = good, of.incarnation = 3, of.created_ms += CLOCK_AHEAD_MS, of.expires_ms += CLOCK_AHEAD_MS;
    struct made edge = driver_make(d, of);
    assert_null(submit(d, link, &edge)); /* 300 s ahead are allowed */
    signer_done(&stranger);
}

static void another_network_is_refused(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct network_id own = d->options.network;
    d->options.network.bytes[0] ^= 1;
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    d->options.network = own;
    assert_int_equal(submit(d, link, &made)->reason, REASON_NETWORK);
}

/* Two faults: the earlier check answers. */
static void the_first_failure_answers(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct signer stranger = fixture_signer(d->slab, 5000);
    struct sample of = driver_sample(d, "XA/poc", "XZ/nobody", 1);
    of.roster = 9;
    of.signer = &stranger;
    assert_refused(d, link, of, REASON_ROSTER, true, false);
    of.roster = 1;
    assert_refused(d, link, of, REASON_TO, false, false);
    of.to = "XB/poc";
    of.created_ms += MS_PER_DAY;
    of.expires_ms += MS_PER_DAY;
    assert_refused(d, link, of, REASON_KEY, false, false);
    of.signer = NULL;
    assert_refused(d, link, of, REASON_CLOCK, false, true);
    of.from = "XB/poc";
    assert_refused(d, link, of, REASON_FROM, true, false);
    signer_done(&stranger);
}

static void an_expired_roster_takes_no_submit(void **state)
{
    struct driver *d = *state;
    d->wall.ms = FIXTURE_EXPIRES_MS + FIXTURE_GRACE_DAYS * MS_PER_DAY + MS_PER_HOUR;
    link_id link = driver_link(d, "XA/poc");
    assert_refused(d, link, driver_sample(d, "XA/poc", "XB/poc", 1), REASON_ROSTER, true, false);
}

static void change_roster(struct driver *d, fixture_mutate *mutate, void *context)
{
    struct bytes minisigs[2];
    enum roster_outcome outcome;
    struct roster *next =
        fixture_next(d->fixture, broker_current_roster(d->broker), mutate, context, minisigs);
    driver_begin(d);
    assert_int_equal(broker_roster(d->broker, d->turn, roster_json(next), minisigs, 2, &outcome, NULL),
                     DOOR_OK);
    assert_int_equal(outcome, ROSTER_OK);
    driver_end(d);
    roster_free(next);
}

static void a_revoked_key_is_refused_for_good(void **state)
{
    struct driver *d = *state;
    struct fixture_revocation lost = {.key = fixture_party(d->fixture, "XA/poc")->node_signer.key,
                                      .at_ms = FIXTURE_NOW.ms};
    change_roster(d, fixture_revoke, &lost);
    link_id link = driver_link(d, "XA/poc");
    assert_refused(d, link, driver_sample(d, "XA/poc", "XB/poc", 1), REASON_REVOKED, false, true);
}

/* --- chains --- */

static void a_fork_is_refused_and_kept_as_proof(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct made first = driver_make(d, of);
    of.noise = 1;
    struct made other = driver_make(d, of);
    assert_null(submit(d, link, &first));
    const Comity__Rejected *refused = submit(d, link, &other);
    assert_int_equal(refused->reason, REASON_FORK);
    const Comity__Receipt *receipt = driver_read_receipt(d, refused->receipt, NULL);
    assert_int_equal(receipt->kind, RECEIPT_REJECTED);
    assert_memory_equal(receipt->item[0]->id.data, other.id.digest.bytes, 32);
    d->wall.ms += 1000;
    const Comity__Rejected *again = submit(d, link, &other);
    assert_true(bytes_equal(wire_bytes(refused->receipt), wire_bytes(again->receipt)));
    struct made second = driver_after(d, &first); /* the chain goes on from the first */
    assert_null(submit(d, link, &second));
    size_t mark = d->heard_count;
    link_id recipient = driver_link(d, "XB/poc"); /* the other side gets the proof, too */
    assert_int_equal(driver_heard_count(d, mark, recipient, RECEIPT), 1);
}

/* What is final takes its number, and a number is taken once. */
static void a_fork_is_one_whatever_else_is_wrong_with_it(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct sample good = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct sample ahead = good, over = good;
    ahead.created_ms += CLOCK_AHEAD_MS + 1, ahead.expires_ms += CLOCK_AHEAD_MS + 1;
    over.created_ms -= 2 * MS_PER_HOUR, over.expires_ms = d->wall.ms;
    assert_refused(d, link, ahead, REASON_CLOCK, false, true);
    ahead.noise = 1;
    assert_refused(d, link, ahead, REASON_FORK, false, true);
    assert_refused(d, link, over, REASON_FORK, false, true);
    assert_refused(d, link, good, REASON_FORK, false, true);
    ahead.noise = 0;
    assert_refused(d, link, ahead, REASON_CLOCK, false, true); /* the same again */
    struct fixture_revocation lost = {.key = fixture_party(d->fixture, "XA/poc")->node_signer.key,
                                      .at_ms = FIXTURE_NOW.ms};
    change_roster(d, fixture_revoke, &lost);
    good.noise = 2;
    assert_refused(d, driver_link(d, "XA/poc"), good, REASON_FORK, false, true);
}

static void forks_of_one_number_are_bounded(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct made first = driver_make(d, of);
    assert_null(submit(d, link, &first));
    for (uint8_t i = 1; i <= FORKS_KEPT_MAX; i++) {
        of.noise = i;
        assert_refused(d, link, of, REASON_FORK, false, true);
    }
    of.noise = 100;
    assert_refused(d, link, of, REASON_FORK, false, false);
}

static void a_wrong_predecessor_is_refused(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made first = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    assert_null(submit(d, link, &first));
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 2);
    of.prev.bytes[0] = 9;
    struct made second = driver_make(d, of);
    const Comity__Rejected *refused = submit(d, link, &second);
    assert_int_equal(refused->reason, REASON_SEQUENCE);
    struct made third =
        driver_after(d, &second); /* the number is spent: its id is what comes before the third */
    assert_null(submit(d, link, &third));
    of = driver_sample(d, "XA/poc", "XB/poc", 4);
    of.prev = third.id.digest;
    of.created_ms -= 1; /* never lower than the one before */
    assert_refused(d, link, of, REASON_SEQUENCE, false, true);
}

static void a_successor_that_names_another_is_refused(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 2);
    of.prev.bytes[0] = 9;
    struct made second = driver_make(d, of);
    assert_null(submit(d, link, &second)); /* a gap is accepted */
    assert_refused(d, link, driver_sample(d, "XA/poc", "XB/poc", 1), REASON_SEQUENCE, false, true);
}

static void a_gap_is_accepted_and_recorded(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made first = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    struct made second = driver_after(d, &first);
    struct made third = driver_after(d, &second);
    struct broker_figures figures;
    assert_null(submit(d, link, &first));
    assert_null(submit(d, link, &third));
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.gaps, 1);
    assert_null(submit(d, link, &second));
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.gaps, 1);
}

/* --- limits --- */

static void reopen(struct driver *d)
{
    broker_close(d->broker);
    struct error error = {.text = ""};
    assert_int_equal(broker_open(&d->broker, &d->options, &error), DOOR_OK);
}

static void the_envelope_quota_holds_per_pair(void **state)
{
    struct driver *d = *state;
    d->options.quota_envelopes = 2;
    reopen(d);
    link_id link = driver_link(d, "XA/poc");
    struct made first = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    struct made second = driver_after(d, &first);
    struct made third = driver_after(d, &second);
    struct made other = driver_make(d, driver_sample(d, "XA/poc", "XC/poc", 1));
    assert_null(submit(d, link, &first));
    assert_null(submit(d, link, &second));
    const Comity__Rejected *refused = submit(d, link, &third);
    assert_int_equal(refused->reason, REASON_QUOTA);
    assert_true(refused->temporary);
    assert_true(refused->retry_ms > 0);
    assert_non_null(strstr(refused->detail, "quota.envelopes"));
    assert_null(submit(d, link, &other)); /* another recipient has its own */

    link_id recipient = driver_link(d, "XB/poc");
    driver_do(d, recipient, driver_receipt(d, RECEIPT_DELIVERED, "XB/poc", &first, 1, REASON_NONE, NULL));
    assert_null(submit(d, link, &third)); /* the same bytes, now that there is room */
}

/* Letters that a node with a lost disk puts back fill the quota; what gives it its cases back must pass (4.6). */
static void what_nodes_say_to_each_other_has_room_above_the_quota(void **state)
{
    struct driver *d = *state;
    struct sample of = driver_sample(d, "XA/poc", "XB/poc", 1);
    struct made letter = driver_make(d, of);
    d->options.quota_envelopes = 1;
    d->options.quota_bytes = d->options.spool_bytes_max = letter.envelope.size + 64;
    reopen(d);
    link_id link = driver_link(d, "XA/poc");
    assert_null(submit(d, link, &letter));
    of.lane = LANE_BULK;
    of.kind = KIND_CONTROL;
    struct made control = driver_make(d, of);
    for (size_t i = 0; i < CONTROL_ENVELOPES; i++) {
        assert_null(submit(d, link, &control));
        control = driver_after(d, &control);
    }
    assert_non_null(strstr(submit(d, link, &control)->detail, "quota.envelopes"));
    struct made next = driver_after(d, &letter);
    assert_int_equal(submit(d, link, &next)->reason, REASON_QUOTA);
}

static void the_byte_limits_hold(void **state)
{
    struct driver *d = *state;
    struct made first = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    struct made second = driver_after(d, &first);
    d->options.quota_bytes = 2 * first.envelope.size + 64;
    reopen(d);
    link_id link = driver_link(d, "XA/poc");
    assert_null(submit(d, link, &first));
    assert_null(submit(d, link, &second));
    struct made third = driver_after(d, &second);
    assert_non_null(strstr(submit(d, link, &third)->detail, "quota.bytes"));

    d->options.quota_bytes = UINT64_C(1) << 30;
    d->options.spool_bytes_max = 2 * first.envelope.size + 64; /* counted again from the store */
    reopen(d);
    link = driver_link(d, "XA/poc");
    assert_non_null(strstr(submit(d, link, &third)->detail, "spool_bytes_max"));

    d->options.spool_bytes_max = UINT64_C(1) << 30;
    reopen(d);
    link = driver_link(d, "XA/poc");
    broker_disk_free(d->broker, 1000);
    assert_non_null(strstr(submit(d, link, &third)->detail, "disk"));
    struct sample expired = driver_sample(d, "XA/poc", "XB/poc", 4);
    expired.prev = third.id.digest;
    expired.created_ms = d->wall.ms - 2 * MS_PER_HOUR;
    expired.expires_ms = d->wall.ms - MS_PER_HOUR;
    struct made too_late = driver_make(d, expired);
    const Comity__Rejected *refusal = submit(d, link, &too_late); /* nor is a refusal kept for ever */
    assert_non_null(refusal);
    assert_int_equal(refusal->reason, REASON_QUOTA);
    assert_true(refusal->temporary);
    broker_disk_free(d->broker, UINT64_MAX);
    assert_null(submit(d, link, &third));
}

/* An envelope that was expired when it was made: refused for good, and the number is spent. */
static struct made one_too_late(struct driver *d, const char *to, uint32_t incarnation)
{
    struct sample of = driver_sample(d, "XA/poc", to, 1);
    of.incarnation = incarnation;
    of.created_ms = d->wall.ms - 2 * MS_PER_HOUR;
    of.expires_ms = d->wall.ms - MS_PER_HOUR;
    return driver_make(d, of);
}

/* Each is kept for ever and owed to its recipient, and no quota counts it: a member with good keys could fill the disk of all. */
static void a_sender_has_so_many_refusals_kept_a_day(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made late = {0};
    for (uint32_t i = 1; i <= REFUSALS_DAY_MAX; i++) {
        late = one_too_late(d, i % 2 == 0 ? "XB/poc" : "XC/poc", i);
        const Comity__Rejected *kept = submit(d, link, &late);
        assert_int_equal(kept->reason, REASON_EXPIRED);
        assert_false(kept->temporary);
    }
    struct made more = one_too_late(d, "XB/poc", REFUSALS_DAY_MAX + 1);
    reopen(d); /* nor does a broker that starts again forget them */
    link = driver_link(d, "XA/poc");
    const Comity__Rejected *refusal = submit(d, link, &more);
    assert_int_equal(refusal->reason, REASON_QUOTA);
    assert_true(refusal->temporary && refusal->receipt.len == 0);
    assert_int_equal(submit(d, link, &late)->reason, REASON_EXPIRED); /* the same answer again */
    struct made good = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    assert_null(submit(d, link, &good)); /* letters go on */
    d->wall.ms += MS_PER_DAY;
    assert_int_equal(submit(d, link, &more)->reason, REASON_EXPIRED);
}

/* A new store as version 2 made it. */
static void make_before(const struct driver *d, const char *path)
{
    static char schema[8192];
    const char *top = getenv("COMITY_TOP");
    char name[300];
    (void)snprintf(name, sizeof name, "%s/tests/data/store/broker-2.sql", top == NULL ? "." : top);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    size_t size = fread(schema, 1, sizeof schema - 1, file);
    (void)fclose(file);
    schema[size] = '\0';
    struct store *store = NULL;
    struct error error = {.text = ""};
    const struct store_options options = {
        .path = path, .vfs = d->options.vfs, .schema = schema, .version = 2, .page_bytes = 16384};
    assert_int_equal(store_open(&store, &options, &error), STORE_OK);
    store_close(store);
}

static void a_store_of_the_version_before_is_brought_up(void **state)
{
    struct driver *d = *state;
    broker_close(d->broker);
    d->options.store_path = "/before.db";
    make_before(d, d->options.store_path);
    driver_open(d);
    link_id link = driver_link(d, "XA/poc");
    struct made late = one_too_late(d, "XB/poc", 1);
    assert_int_equal(submit(d, link, &late)->reason, REASON_EXPIRED); /* kept, and counted */
    reopen(d);
    assert_int_equal(submit(d, driver_link(d, "XA/poc"), &late)->reason, REASON_EXPIRED);
}

static void raise_quota(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)arena;
    (void)context;
    draft->parties[0].quota_envelopes = 3;
}

static void the_rosters_quota_wins(void **state)
{
    struct driver *d = *state;
    d->options.quota_envelopes = 1;
    reopen(d);
    change_roster(d, raise_quota, NULL);
    link_id link = driver_link(d, "XA/poc");
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    for (int i = 0; i < 3; i++) {
        assert_null(submit(d, link, &made));
        made = driver_after(d, &made);
    }
    assert_int_equal(submit(d, link, &made)->reason, REASON_QUOTA);
}

static void a_node_has_so_many_submits_a_turn(void **state)
{
    struct driver *d = *state;
    d->options.submits_max = 2;
    reopen(d);
    link_id link = driver_link(d, "XA/poc");
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    size_t mark = d->heard_count;
    driver_begin(d);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        driver_say(d, link, driver_submit(d, tag, &made));
        made = driver_after(d, &made);
    }
    driver_end(d);
    const Comity__Frame *refused = driver_heard(d, mark, link, REJECTED, 0);
    assert_int_equal(refused->rejected->tag, 3);
    assert_int_equal(refused->rejected->reason, REASON_QUOTA);
    assert_null(submit(d, link, &made)); /* the next turn has room again */
}

/* No page is left: the input is undone as if it had not been, its sender told to wait; the rest of the turn holds. */
static void a_full_store_loses_nothing(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct made first = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    struct made second = driver_after(d, &first);
    struct broker_figures figures;
    size_t mark = d->heard_count;
    driver_begin(d);
    driver_say(d, link, driver_submit(d, 1, &first));
    store_bytes_max(d->broker->store, store_bytes_used(d->broker->store));
    struct made last = first;
    int refused = 0;
    for (uint64_t tag = 2; tag < 40 && refused == 0; tag++) {
        last = second;
        driver_say(d, link, driver_submit(d, tag, &second));
        second = driver_after(d, &second);
        size_t said = 0;
        const struct said *list = turn_said(d->turn, &said);
        refused = said > 0 && list[said - 1].kind == SAID_FRAME;
    }
    store_bytes_max(d->broker->store, UINT64_C(1) << 40);
    driver_end(d);
    assert_true(refused);
    const Comity__Frame *answer = driver_heard(d, mark, link, REJECTED, 0);
    assert_int_equal(answer->rejected->reason, REASON_QUOTA);
    assert_true(answer->rejected->temporary);
    const Comity__Receipt *receipt =
        driver_read_receipt(d, driver_heard(d, mark, link, ACCEPTED, 0)->accepted->receipt, NULL);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.accepted, receipt->n_item);
    assert_int_equal(figures.waiting_envelopes, receipt->n_item);
    for (size_t i = 0; i < receipt->n_item; i++) {
        assert_memory_not_equal(receipt->item[i]->id.data, last.id.digest.bytes, 32);
    }
    assert_null(submit(d, link, &last)); /* taken anew, under the same number */
}

/* What the input had said before it failed is struck: a Settle would make the node forget a receipt that is not kept. */
static void a_receipt_without_room_is_not_settled(void **state)
{
    struct driver *d = *state;
    enum { COUNT = 60 };
    struct made made[COUNT];
    link_id sender = driver_link(d, "XA/poc");
    link_id recipient = driver_link(d, "XB/poc");
    for (size_t i = 0; i < COUNT; i++) {
        made[i] =
            i == 0 ? driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1)) : driver_after(d, &made[i - 1]);
        assert_null(submit(d, sender, &made[i]));
    }
    size_t mark = d->heard_count;
    driver_begin(d);
    store_bytes_max(d->broker->store, store_bytes_used(d->broker->store));
    for (size_t i = 0; i < COUNT; i++) {
        driver_say(d, recipient, driver_receipt(d, RECEIPT_OPENED, "XB/poc", &made[i], 1, REASON_NONE, NULL));
    }
    store_bytes_max(d->broker->store, UINT64_C(1) << 40);
    driver_end(d);
    size_t settled = driver_heard_count(d, mark, recipient, COMITY__FRAME__BODY_SETTLE);
    size_t refused = driver_heard_count(d, mark, recipient, REJECTED);
    struct broker_figures figures;
    broker_figures(d->broker, &figures);
    assert_true(refused > 0);
    assert_int_equal(settled + refused, COUNT);
    assert_int_equal(figures.receipts_owed, settled);
    assert_int_equal(driver_heard_count(d, mark, sender, RECEIPT), settled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, driver_setup, driver_teardown)
        T(accepted_waits_for_commit),
        T(accepted_is_signed_and_names_the_envelope),
        T(a_turn_gives_one_receipt_a_pair),
        T(a_duplicate_is_answered_byte_for_byte),
        T(damaged_bytes_are_refused_for_now),
        T(each_check_has_its_code),
        T(another_network_is_refused),
        T(the_first_failure_answers),
        T(an_expired_roster_takes_no_submit),
        T(a_revoked_key_is_refused_for_good),
        T(a_fork_is_refused_and_kept_as_proof),
        T(a_fork_is_one_whatever_else_is_wrong_with_it),
        T(forks_of_one_number_are_bounded),
        T(a_wrong_predecessor_is_refused),
        T(a_successor_that_names_another_is_refused),
        T(a_gap_is_accepted_and_recorded),
        T(the_envelope_quota_holds_per_pair),
        T(a_sender_has_so_many_refusals_kept_a_day),
        T(a_store_of_the_version_before_is_brought_up),
        T(what_nodes_say_to_each_other_has_room_above_the_quota),
        T(the_byte_limits_hold),
        T(the_rosters_quota_wins),
        T(a_node_has_so_many_submits_a_turn),
        T(a_full_store_loses_nothing),
        T(a_receipt_without_room_is_not_settled),
    };
    return cmocka_run_group_tests_name("broker", tests, NULL, NULL);
}
