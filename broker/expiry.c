/* SPDX-License-Identifier: Apache-2.0 */
/* What was not fetched in time: the body goes, a stub stays for the recipient, both sides are told with one receipt. */
#include "broker/broker_private.h"

/* The clock on the wall may jump: nobody relies on a moment that is further away than this. */
#define EXPIRY_LOOK_MS MS_PER_MINUTE

static void expire_row(struct broker *broker, struct turn *turn, const struct spool_expiring *e)
{
    const struct chain_place place = {
        .sender = e->sender, .recipient = e->recipient, .pair = e->pair, .chain = e->chain_row};
    const struct receipt_item item = {
        .id = e->id, .lane = e->chain.lane, .incarnation = e->chain.incarnation, .seq = e->seq};
    struct chain_row row;
    if (!chain_row_find(broker->store, e->chain_row, e->seq, &row)) {
        return;
    }
    int64_t number = issue_item(broker, RECEIPT_EXPIRED, &place, &e->chain, &item);
    row.kinds |= kind_bit(RECEIPT_EXPIRED);
    row.final = number;
    if (e->state == SPOOL_ROTTEN) {
        spool_leave(broker, e->arrival, e->pair, e->bytes); /* nothing is left that a stub could show */
        row.arrival = 0;
        owe(broker, e->recipient, number);
    } else {
        uint64_t left = spool_make_stub(broker->store, e->arrival, number);
        pair_charge(broker->store, e->pair, 0, (int64_t)left - (int64_t)e->bytes);
        broker->figures.waiting_bytes -= e->bytes - left;
        lane_wake(broker, e->recipient, e->chain.lane, e->arrival);
        size_t i = broker->effects->stub_count++;
        broker->effects->stubs[i].recipient = e->recipient;
        broker->effects->stubs[i].arrival = e->arrival;
    }
    chain_row_change(broker->store, e->chain_row, e->seq, &row);
    broker->figures.expired++;
    owe(broker, e->sender, number);
    log_event(turn, SPOOL_EXPIRED, "from=%s to=%s lane=%s seq=%u", e->chain.from.text, e->chain.to.text,
              lane_name(e->chain.lane), (unsigned)e->seq);
}

void expire(struct broker *broker, struct turn *turn)
{
    struct spool_expiring *rows = arena_take(broker->scratch, EXPIRY_BATCH * sizeof *rows);
    if (rows == NULL) {
        return;
    }
    size_t count = spool_expired(broker->store, turn_wall(turn), rows, EXPIRY_BATCH);
    for (size_t i = 0; i < count && issue_room(broker); i++) {
        expire_row(broker, turn, &rows[i]);
    }
}

void expiry_kept(struct broker *broker)
{
    for (size_t i = 0; i < broker->effects->stub_count; i++) {
        struct link *link = link_of_party(broker, broker->effects->stubs[i].recipient);
        if (link != NULL) {
            (void)flight_again(link, broker->effects->stubs[i].arrival, broker->mono);
        }
    }
}

mono_ms expiry_deadline(const struct broker *broker)
{
    if (broker->earliest_expiry_ms == UINT64_MAX) {
        return MONO_NEVER;
    }
    uint64_t left =
        broker->earliest_expiry_ms <= broker->wall.ms ? 0 : broker->earliest_expiry_ms - broker->wall.ms;
    mono_ms deadline = mono_after(broker->mono, left < EXPIRY_LOOK_MS ? left : EXPIRY_LOOK_MS);
    return deadline.ms < broker->expiry_not_before.ms ? broker->expiry_not_before : deadline;
}
