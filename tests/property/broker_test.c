/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random submits, answers, credit, restarts and power cuts against a small model. At every step: nothing accepted is
 * lost, answers repeat byte for byte, credit is kept, nothing settled comes again. At the end, without faults:
 * every envelope has its end at its sender and the spool is empty (I1, I8).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "keys/receipt.h"
#include "tests/support/broker_driver.h"

#define ENVELOPES 60
#define STEPS     500
#define SEEDS     6
#define SENDERS   2

static const char *const sender_names[SENDERS] = {"XA/poc", "XC/poc"};
static const char *const recipient_name = "XB/poc";

struct known {
    struct made made;
    int sender;
    bool accepted, rejected;
    bool settled, ended;  /* settled: the recipient gave its word; ended: the sender has the end */
    struct bytes receipt; /* the ACCEPTED that answered it first */
};

struct model {
    struct driver *d;
    uint64_t seed, random;
    size_t count;
    struct known known[ENVELOPES];
    link_id sender[SENDERS], recipient;
    uint32_t credit[LANES + 1];
    size_t mark; /* heard up to here is judged */
};

static uint64_t draw(struct model *m, uint64_t below)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return m->random % below;
}

#define require(m, condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            print_error("seed %llu: %s does not hold (line %d)\n", (unsigned long long)(m)->seed,            \
                        #condition, __LINE__);                                                               \
            fail();                                                                                          \
        }                                                                                                    \
    } while (0)

static void connect_all(struct model *m)
{
    memset(m->credit, 0, sizeof m->credit);
    for (int i = 0; i < SENDERS; i++) {
        m->sender[i] = driver_link(m->d, sender_names[i]);
    }
    m->recipient = driver_link(m->d, recipient_name);
}

static struct known *find(struct model *m, struct bytes id)
{
    for (size_t i = 0; i < m->count; i++) {
        if (bytes_equal(digest_bytes(&m->known[i].made.id.digest), id)) {
            return &m->known[i];
        }
    }
    bool id_was_made = false;
    require(m, id_was_made);
    return NULL;
}

/* --- judging what the broker said --- */

static void judge_accepted(struct model *m, int sender, ProtobufCBinaryData signed_receipt)
{
    const Comity__Receipt *receipt = driver_read_receipt(m->d, signed_receipt, NULL);
    for (size_t i = 0; i < receipt->n_item; i++) {
        struct known *known = find(m, wire_bytes(receipt->item[i]->id));
        require(m, known->sender == sender && !known->rejected);
        require(m, !known->accepted || bytes_equal(known->receipt, wire_bytes(signed_receipt)));
        known->accepted = true;
        known->receipt = wire_bytes(signed_receipt);
    }
}

static void judge_end(struct model *m, int sender, ProtobufCBinaryData signed_receipt)
{
    struct digest digest;
    const Comity__Receipt *receipt = driver_read_receipt(m->d, signed_receipt, &digest);
    for (size_t i = 0; i < receipt->n_item; i++) {
        struct known *known = find(m, wire_bytes(receipt->item[i]->id));
        require(m, known->sender == sender && known->accepted);
        known->ended = true;
    }
    if (draw(m, 3) != 0) {
        driver_do(m->d, m->sender[sender], driver_settle(m->d, &digest));
    }
}

/* It came too late: the number is spent, the answer is always the same. */
static void judge_rejected(struct model *m, int sender, const Comity__Rejected *rejected)
{
    require(m, rejected->reason == REASON_EXPIRED && rejected->receipt.len != 0);
    struct known *known = find(m, wire_bytes(rejected->id));
    require(m, known->sender == sender && !known->accepted);
    require(m, !known->rejected || bytes_equal(known->receipt, wire_bytes(rejected->receipt)));
    known->rejected = true;
    known->ended = true;
    known->receipt = wire_bytes(rejected->receipt);
}

/* The recipient hears of it, too, so that the chain has no hole. */
static void judge_rejection_told(struct model *m, ProtobufCBinaryData signed_receipt)
{
    struct digest digest;
    const Comity__Receipt *receipt = driver_read_receipt(m->d, signed_receipt, &digest);
    require(m, receipt->kind == RECEIPT_REJECTED);
    driver_do(m->d, m->recipient, driver_settle(m->d, &digest));
}

static void say_rejected(struct model *m, uint64_t tag)
{
    Comity__Rejected rejected = COMITY__REJECTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    rejected.tag = tag;
    rejected.reason = REASON_ROSTER;
    rejected.temporary = true;
    rejected.retry_ms = 1000;
    frame.body_case = COMITY__FRAME__BODY_REJECTED;
    frame.rejected = &rejected;
    driver_do(m->d, m->recipient, &frame);
}

/* The recipient takes it, refuses it, puts it off or says nothing. */
static void answer(struct model *m, const Comity__Deliver *deliver, struct known *known)
{
    switch (draw(m, 5)) {
    case 0:
        return;
    case 1:
        say_rejected(m, deliver->tag);
        return;
    case 2:
        driver_do(m->d, m->recipient,
                  driver_receipt(m->d, RECEIPT_REFUSED, recipient_name, &known->made, 1, REASON_BODY, NULL));
        break;
    default:
        driver_do(
            m->d, m->recipient,
            driver_receipt(m->d, RECEIPT_DELIVERED, recipient_name, &known->made, 1, REASON_NONE, NULL));
        break;
    }
    known->settled = true;
}

static void judge_delivery(struct model *m, const Comity__Deliver *deliver)
{
    struct envelope envelope;
    enum reason reason =
        deliver->stub == NULL
            ? envelope_read(wire_bytes(deliver->envelope), &m->d->options.network, m->d->arena, &envelope)
            : stub_read(deliver->stub, &m->d->options.network, m->d->arena, &envelope);
    require(m, reason == REASON_NONE);
    struct known *known = find(m, digest_bytes(&envelope.id.digest));
    require(m, !known->settled);
    require(m, m->credit[envelope.chain.lane] > 0);
    m->credit[envelope.chain.lane]--;
    if (deliver->stub != NULL) {
        driver_do(m->d, m->recipient, driver_settle(m->d, &envelope.id.digest));
        known->settled = true;
        return;
    }
    require(m, bytes_equal(wire_bytes(deliver->envelope), known->made.envelope));
    answer(m, deliver, known);
}

/* Answers are turns, too, and what they bring is judged after them. Frames of links that are gone are of the past. */
static void judge(struct model *m)
{
    while (m->mark < m->d->heard_count) {
        struct heard heard = m->d->heard[m->mark++];
        int sender = heard.link.number == m->sender[0].number   ? 0
                     : heard.link.number == m->sender[1].number ? 1
                                                                : -1;
        if (heard.frame == NULL) {
            continue;
        }
        switch ((int)heard.frame->body_case) {
        case COMITY__FRAME__BODY_ACCEPTED:
            require(m, sender >= 0);
            judge_accepted(m, sender, heard.frame->accepted->receipt);
            break;
        case COMITY__FRAME__BODY_RECEIPT:
            if (heard.link.number == m->recipient.number) {
                judge_rejection_told(m, heard.frame->receipt->receipt);
            } else {
                require(m, sender >= 0);
                judge_end(m, sender, heard.frame->receipt->receipt);
            }
            break;
        case COMITY__FRAME__BODY_REJECTED:
            require(m, sender >= 0);
            judge_rejected(m, sender, heard.frame->rejected);
            break;
        case COMITY__FRAME__BODY_DELIVER:
            require(m, heard.link.number == m->recipient.number);
            judge_delivery(m, heard.frame->deliver);
            break;
        default:
            break;
        }
    }
    struct broker_figures figures;
    size_t waiting = 0;
    for (size_t i = 0; i < m->count; i++) {
        waiting += m->known[i].accepted && !m->known[i].settled;
    }
    broker_figures(m->d->broker, &figures);
    require(m, figures.waiting_envelopes == waiting);
}

/* --- what happens --- */

static const Comity__Frame *next_submit(struct model *m)
{
    if (m->count == ENVELOPES || (m->count > 0 && draw(m, 4) == 0)) {
        struct known *old = &m->known[draw(m, m->count)];
        return driver_submit(m->d, 1000 + m->count, &old->made);
    }
    struct known *known = &m->known[m->count];
    int sender = (int)draw(m, SENDERS);
    struct sample of = driver_sample(m->d, sender_names[sender], recipient_name, 1);
    of.lane = LANE_URGENT + (enum lane)draw(m, LANES);
    of.noise = (uint8_t)m->count;
    for (size_t i = 0; i < m->count; i++) {
        if (m->known[i].sender == sender && m->known[i].made.of.lane == of.lane) {
            of.seq = m->known[i].made.of.seq + 1;
            of.prev = m->known[i].made.id.digest;
        }
    }
    of.expires_ms = of.created_ms + (draw(m, 4) == 0 ? LIFE_MS_MIN : 10 * MS_PER_DAY);
    *known = (struct known){.made = driver_make(m->d, of), .sender = sender};
    m->count++;
    return driver_submit(m->d, m->count, &known->made);
}

static link_id link_of(struct model *m, const Comity__Frame *submit)
{
    struct envelope envelope;
    require(m, envelope_read(wire_bytes(submit->submit->envelope), &m->d->options.network, m->d->arena,
                             &envelope) == REASON_NONE);
    return m->sender[find(m, digest_bytes(&envelope.id.digest))->sender];
}

static void submit_some(struct model *m, bool cut)
{
    driver_begin(m->d);
    for (uint64_t i = 1 + draw(m, 4); i > 0; i--) {
        const Comity__Frame *frame = next_submit(m);
        driver_say(m->d, link_of(m, frame), frame);
    }
    if (cut) {
        driver_cut(m->d); /* nothing of this turn was said */
        connect_all(m);
    } else {
        driver_end(m->d);
    }
}

static void give_credit(struct model *m)
{
    enum lane lane = LANE_URGENT + (enum lane)draw(m, LANES);
    uint32_t envelopes = 1 + (uint32_t)draw(m, 4);
    if (m->credit[lane] + envelopes <= 16) {
        m->credit[lane] += envelopes;
        driver_credit(m->d, m->recipient, lane, envelopes);
    }
}

/* Seconds pass; the links say Ping so that none falls silent. */
static void pass_time(struct model *m, uint64_t ms)
{
    Comity__Ping ping = COMITY__PING__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ping.nonce = 1;
    frame.body_case = COMITY__FRAME__BODY_PING;
    frame.ping = &ping;
    driver_tick(m->d, ms);
    for (int i = 0; i < SENDERS; i++) {
        driver_do(m->d, m->sender[i], &frame);
    }
    driver_do(m->d, m->recipient, &frame);
}

static void step(struct model *m)
{
    switch (draw(m, 16)) {
    case 0:
        submit_some(m, true);
        break;
    case 1:
        driver_restart(m->d);
        connect_all(m);
        break;
    case 2:
        m->sender[0] = driver_link(m->d, sender_names[0]); /* replaces the older link */
        break;
    case 3:
        memset(m->credit, 0, sizeof m->credit);
        m->recipient = driver_link(m->d, recipient_name);
        break;
    case 4:
    case 5:
    case 6:
        pass_time(m, draw(m, 20000));
        break;
    case 7:
    case 8:
    case 9:
    case 10:
        give_credit(m);
        break;
    default:
        submit_some(m, false);
        break;
    }
    judge(m);
}

static bool all_ended(const struct model *m)
{
    struct broker_figures figures;
    broker_figures(m->d->broker, &figures);
    for (size_t i = 0; i < m->count; i++) {
        if (!m->known[i].ended) {
            return false;
        }
    }
    return figures.waiting_envelopes == 0 && figures.waiting_bytes == 0 && figures.receipts_owed == 0;
}

/* A node submits again what has no answer, gives credit, comes back: everything ends. */
static void finish(struct model *m)
{
    for (int round = 0; round < 100 && !all_ended(m); round++) {
        connect_all(m);
        judge(m);
        for (size_t i = 0; i < m->count; i++) {
            if (!m->known[i].accepted && !m->known[i].rejected) {
                driver_do(m->d, m->sender[m->known[i].sender],
                          driver_submit(m->d, 5000 + i, &m->known[i].made));
                judge(m);
            }
        }
        for (int i = 0; i < 12; i++) {
            give_credit(m);
            judge(m);
        }
        pass_time(m, 2000);
        judge(m);
    }
    require(m, all_ended(m));
}

static void run(uint64_t seed)
{
    static struct model model; /* large */
    struct model *m = &model;
    *m = (struct model){.seed = seed, .random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    m->d = driver_new("broker_property");
    driver_open(m->d);
    connect_all(m);
    for (int i = 0; i < STEPS; i++) {
        step(m);
    }
    finish(m);
    driver_free(m->d);
}

static void whatever_happens_nothing_accepted_is_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        run(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_nothing_accepted_is_lost),
    };
    return cmocka_run_group_tests_name("broker property", tests, NULL, NULL);
}
