/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery: urgent first, then routine, bulk with what is left of the turn's budget; within a lane the recipients that
 * have credit take turns. Memory holds, for each link, how far it got (a cursor into the order of arrival) and what is
 * unanswered; what waits is the spool's to know. A new link starts from the beginning: so everything unanswered is
 * delivered again.
 */
#include "broker/broker_private.h"

/* --- flights --- */

static struct flights *lane_flights(struct link *link, enum lane lane)
{
    return &link->flights[lane - LANE_URGENT];
}

static struct flight *find_in(struct flights *flights, int64_t arrival)
{
    for (size_t i = 0; i < flights->count; i++) {
        if (flights->list[i].arrival == arrival) {
            return &flights->list[i];
        }
    }
    return NULL;
}

static void flight_add(struct flights *flights, uint64_t tag, int64_t arrival, mono_ms again)
{
    flights->list[flights->count++] = (struct flight){.tag = tag, .arrival = arrival, .again = again};
}

/* In whatever lane: what a row says of its own may have rotted. */
static struct flight *flight_find(struct link *link, int64_t arrival)
{
    struct flight *flight = NULL;
    for (int lane = LANE_URGENT; lane <= LANE_BULK && flight == NULL; lane++) {
        flight = find_in(lane_flights(link, (enum lane)lane), arrival);
    }
    return flight;
}

void flight_forget(struct link *link, int64_t arrival)
{
    for (int lane = LANE_URGENT; lane <= LANE_BULK; lane++) {
        struct flights *flights = lane_flights(link, (enum lane)lane);
        struct flight *flight = find_in(flights, arrival);
        if (flight != NULL) {
            *flight = flights->list[--flights->count];
            return;
        }
    }
}

bool flight_again(struct link *link, int64_t arrival, mono_ms when)
{
    struct flight *flight = flight_find(link, arrival);
    if (flight == NULL) {
        return false;
    }
    flight->held = true;
    flight->again = when;
    link->stirred = true;
    return true;
}

/* The envelope that is due again and arrived first; NULL. */
static struct flight *flight_due(struct flights *flights, mono_ms now)
{
    struct flight *due = NULL;
    for (size_t i = 0; i < flights->count; i++) {
        struct flight *flight = &flights->list[i];
        if (flight->again.ms <= now.ms && (due == NULL || flight->arrival < due->arrival)) {
            due = flight;
        }
    }
    return due;
}

static mono_ms flights_deadline(const struct flights *flights)
{
    mono_ms deadline = MONO_NEVER;
    for (size_t i = 0; i < flights->count; i++) {
        deadline = mono_earlier(deadline, flights->list[i].again);
    }
    return deadline;
}

mono_ms lanes_deadline(struct link *link)
{
    mono_ms deadline = MONO_NEVER;
    for (int lane = LANE_URGENT; lane <= LANE_BULK; lane++) {
        if (link->credit[lane] > 0) {
            deadline = mono_earlier(deadline, flights_deadline(lane_flights(link, (enum lane)lane)));
        }
    }
    return deadline;
}

/* --- what nodes say about deliveries --- */

void lane_credit(struct broker *broker, struct turn *turn, struct link *link, const Comity__Credit *credit)
{
    if (credit->lane < LANE_URGENT || credit->lane > LANE_BULK) {
        link_end(broker, turn, link, REASON_FIELD, "credit for a lane that is none");
        return;
    }
    uint32_t *held = &link->credit[credit->lane];
    *held = credit->envelopes > CREDIT_MAX - *held ? CREDIT_MAX : *held + credit->envelopes;
}

void lane_rejected(struct broker *broker, struct link *link, const Comity__Rejected *rejected)
{
    uint64_t retry_ms = rejected->retry_ms;
    retry_ms = retry_ms < RETRY_MS_MIN ? RETRY_MS_MIN : retry_ms > RETRY_MS_MAX ? RETRY_MS_MAX : retry_ms;
    for (int lane = LANE_URGENT; lane <= LANE_BULK; lane++) {
        struct flights *flights = lane_flights(link, (enum lane)lane);
        for (size_t i = 0; i < flights->count; i++) {
            struct flight *flight = &flights->list[i];
            if (flight->tag == rejected->tag && !flight->held) {
                flight->held = true;
                flight->again = mono_after(broker->mono, retry_ms);
                return;
            }
        }
    }
}

void lane_ask_again(struct broker *broker, struct link *link, const Comity__AskAgain *ask)
{
    struct chain chain = {.to = link->party, .lane = (enum lane)ask->lane, .incarnation = ask->incarnation};
    int64_t arrivals[FLIGHTS_MAX];
    if (!address_read(bytes_of_text(ask->from), &chain.from)) {
        return;
    }
    struct chain_place place = chain_place_find(broker->store, &chain);
    size_t count = spool_range(broker->store, place.chain, ask->first, ask->last, arrivals, FLIGHTS_MAX);
    for (size_t i = 0; i < count; i++) {
        (void)flight_again(link, arrivals[i], broker->mono); /* what is not in flight comes anyway */
    }
}

/* --- status --- */

enum status_state { STATUS_WAITING = 1, STATUS_SENT, STATUS_SETTLED, STATUS_EXPIRED, STATUS_UNKNOWN };
#define STATUS_BEFORE_MAX 10000

static void describe(struct broker *broker, const struct spool_key *key, Comity__StatusFrame *ret)
{
    struct link *recipient = link_of_party(broker, key->recipient);
    bool sent = recipient != NULL && flight_find(recipient, key->arrival) != NULL;
    ret->state = key->state == SPOOL_STUB ? STATUS_EXPIRED : sent ? STATUS_SENT : STATUS_WAITING;
    ret->accepted_ms = key->accepted_ms;
    ret->recipient_here = recipient != NULL;
    ret->recipient_seen_ms =
        recipient != NULL ? recipient->heard_wall.ms : party_seen(broker->store, key->recipient);
    ret->before = spool_ahead(broker->store, key->recipient, key->lane, key->arrival, STATUS_BEFORE_MAX);
}

void lane_status(struct broker *broker, struct turn *turn, struct link *link, struct bytes id)
{
    Comity__StatusFrame status = COMITY__STATUS_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct spool_key key;
    if (id.size != sizeof(struct digest)) {
        link_end(broker, turn, link, REASON_FIELD, "a status that asks nothing");
        return;
    }
    struct envelope_id envelope = {.digest = digest_from(id)};
    status.id = wire_binary(id);
    status.state = STATUS_UNKNOWN;
    if (spool_find(broker->store, &envelope, &key) &&
        (key.recipient == link->party_row || pair_sender(broker->store, key.pair) == link->party_row)) {
        describe(broker, &key, &status);
    }
    frame.body_case = COMITY__FRAME__BODY_STATUS;
    frame.status = &status;
    (void)say_frame(broker, turn, link, &frame);
}

/* --- rot --- */

/* The sender of a stub was told that it expired and has nothing to submit again: the bare receipt does for the stub. */
static void replace_stub(struct broker *broker, const struct spool_row *row, int64_t pair)
{
    struct chain_row number;
    if (chain_row_find(broker->store, row->chain, row->seq, &number)) {
        number.arrival = 0;
        chain_row_change(broker->store, row->chain, row->seq, &number);
    }
    spool_leave(broker, row->arrival, pair, row->bytes);
    owe(broker, row->recipient, row->expired);
}

static void ask_for(struct broker *broker, struct turn *turn, const struct link *link,
                    const struct envelope_id *id)
{
    say_refusal(broker, turn, link, 0, id, REASON_SIGNATURE, true, RETRY_TURN_MS,
                "it was damaged in the broker's store; submit the same bytes again");
}

void lane_ask_for_rotten(struct broker *broker, struct turn *turn, const struct link *link, size_t skip)
{
    struct envelope_id ids[ROTTEN_ASKED_MAX];
    size_t count = spool_rotten_of(broker->store, link->party_row, ids, ROTTEN_ASKED_MAX);
    for (size_t i = skip; i < count; i++) {
        ask_for(broker, turn, link, &ids[i]);
    }
}

/*
 * What the disk gave back is not what was accepted. It is never delivered; its sender still has it (a node keeps an
 * envelope until it is delivered) and is asked for the same bytes: now, when others were repaired, or when it comes back.
 */
static void found_rotten(struct broker *broker, struct turn *turn, const struct spool_row *row)
{
    struct envelope_id ids[ROTTEN_ASKED_MAX];
    struct chain_row number;
    int64_t pair = chain_pair(broker->store, row->chain);
    int64_t sender = pair_sender(broker->store, pair);
    store_begin(broker->store);
    log_event(turn, SPOOL_ROTTEN, "arrival=%lld seq=%u", (long long)row->arrival, (unsigned)row->seq);
    if (row->state == SPOOL_STUB) {
        replace_stub(broker, row, pair);
        return;
    }
    size_t asked = spool_rotten_of(broker->store, sender, ids, ROTTEN_ASKED_MAX);
    spool_mark_rotten(broker->store, row->arrival, sender);
    const struct link *link = link_of_party(broker, sender);
    if (link != NULL && asked < ROTTEN_ASKED_MAX &&
        chain_row_find(broker->store, row->chain, row->seq, &number)) {
        ask_for(broker, turn, link, &(struct envelope_id){.digest = number.id});
    }
}

/* --- delivering --- */

void lane_wake(struct broker *broker, int64_t recipient, enum lane lane, int64_t arrival)
{
    struct link *link = link_of_party(broker, recipient);
    if (link != NULL && lane >= LANE_URGENT && lane <= LANE_BULK) {
        link->waiting[lane] = true;
        link->stirred = true;
        if (link->cursor[lane] >= arrival) {
            link->cursor[lane] = arrival - 1; /* what is in flight beyond it is known to be */
        }
    }
}

/* False: no memory for it now. */
static bool fill_deliver(struct broker *broker, const struct spool_row *row, Comity__Deliver *deliver,
                         Comity__Stub *stub)
{
    deliver->accepted_ms = row->accepted_ms;
    if (row->state == SPOOL_WHOLE) {
        Comity__Envelope envelope = COMITY__ENVELOPE__INIT;
        envelope.header = wire_binary(row->header);
        envelope.seal = wire_binary(row->seal);
        envelope.body = wire_binary(row->body);
        envelope.proof = wire_binary(row->proof);
        deliver->envelope =
            wire_binary(envelope_pack(broker->scratch, &envelope)); /* the one encoding there is */
        return deliver->envelope.data != NULL;
    }
    struct receipt_row expired;
    if (!receipt_find(broker->store, row->expired, broker->scratch, &expired)) {
        return false;
    }
    stub->header = wire_binary(row->header);
    stub->seal = wire_binary(row->seal);
    stub->body_hash = wire_binary(digest_bytes(&row->body_hash));
    stub->proof = wire_binary(row->proof);
    stub->expired = wire_binary(expired.signed_bytes);
    deliver->stub = stub;
    return true;
}

enum delivery { DELIVERY_SAID, DELIVERY_ROTTEN, DELIVERY_FAILED };

/* Says one row over the link. Lane and credit are the caller's: what a row says of itself may have rotted. */
static enum delivery deliver_row(struct broker *broker, struct turn *turn, struct link *link, int64_t arrival,
                                 uint64_t tag)
{
    Comity__Deliver deliver = COMITY__DELIVER__INIT;
    Comity__Stub stub = COMITY__STUB__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct spool_row row;
    arena_reset(broker->scratch);
    enum spool_read read = spool_read(broker->store, arrival, broker->scratch, &row);
    if (read == SPOOL_READ_ROTTEN) {
        found_rotten(broker, turn, &row);
        broker->said_bytes += QUANTUM_BYTES; /* the work counts as if something had been said */
        return DELIVERY_ROTTEN;
    }
    if (read != SPOOL_READ_OK || !fill_deliver(broker, &row, &deliver, &stub)) {
        return DELIVERY_FAILED;
    }
    deliver.tag = tag;
    frame.body_case = COMITY__FRAME__BODY_DELIVER;
    frame.deliver = &deliver;
    broker->said_bytes += say_frame(broker, turn, link, &frame);
    broker->figures.delivered++;
    return DELIVERY_SAID;
}

/* The lowest number of the same chain that arrived later and was not delivered yet goes before this one. */
static int64_t lowest_number(struct broker *broker, struct link *link, const struct spool_key *key)
{
    int64_t arrivals[FLIGHTS_MAX];
    size_t count = spool_before(broker->store, key->chain, key->seq, key->arrival, arrivals, FLIGHTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (flight_find(link, arrivals[i]) == NULL) {
            return arrivals[i];
        }
    }
    return key->arrival;
}

/* The next row that this link has not seen; 0: none. */
static int64_t next_fresh(struct broker *broker, struct link *link, enum lane lane)
{
    struct spool_key key;
    while (spool_next(broker->store, link->party_row, lane, link->cursor[lane], &key)) {
        if (flight_find(link, key.arrival) != NULL) {
            link->cursor[lane] = key.arrival; /* it went before a higher number of its chain */
            continue;
        }
        int64_t first = lowest_number(broker, link, &key);
        if (first == key.arrival) {
            link->cursor[lane] = key.arrival;
        }
        return first;
    }
    link->waiting[lane] = false;
    return 0;
}

/* What this link gets next in the lane: an envelope that is due again, else a fresh one; 0: nothing. */
static int64_t next_delivery(struct broker *broker, struct turn *turn, struct link *link, enum lane lane)
{
    const struct flight *due = flight_due(lane_flights(link, lane), turn_mono(turn));
    if (due != NULL) {
        int64_t arrival = due->arrival;
        flight_forget(link, arrival);
        return arrival;
    }
    bool fresh = link->waiting[lane] && lane_flights(link, lane)->count < FLIGHTS_MAX;
    return fresh ? next_fresh(broker, link, lane) : 0;
}

/* One envelope of the lane over this link; false: it has none, or no credit. */
static bool deliver_one(struct broker *broker, struct turn *turn, struct link *link, enum lane lane)
{
    int64_t arrival = link->credit[lane] == 0 ? 0 : next_delivery(broker, turn, link, lane);
    if (arrival == 0) {
        return false;
    }
    uint64_t tag = ++link->next_tag;
    switch (deliver_row(broker, turn, link, arrival, tag)) {
    case DELIVERY_SAID:
        link->credit[lane]--;
        flight_add(lane_flights(link, lane), tag, arrival, mono_after(turn_mono(turn), ANSWER_MS));
        return true;
    case DELIVERY_ROTTEN:
        return true;
    case DELIVERY_FAILED:
        break;
    }
    link->waiting[lane] = false; /* the next envelope or link tries again: never in a circle */
    return false;
}

/* A recipient's quantum; true when it got anything. */
static bool serve(struct broker *broker, struct turn *turn, struct link *link, enum lane lane)
{
    size_t until = broker->said_bytes + QUANTUM_BYTES;
    bool progress = false;
    while (broker->said_bytes < until && deliver_one(broker, turn, link, lane)) {
        progress = true;
    }
    return progress;
}

static void run_lane(struct broker *broker, struct turn *turn, enum lane lane)
{
    bool progress = true;
    while (progress) {
        progress = false;
        for (size_t i = 0; i < broker->stirred_count; i++) {
            struct link *link = broker->stirred[i];
            if (link->leaving) {
                continue;
            }
            if (broker->said_bytes >= SAY_BYTES_MAX) {
                broker->more = true;
                return;
            }
            progress = serve(broker, turn, link, lane) || progress;
        }
    }
}

enum door lanes_run(struct broker *broker, struct turn *turn)
{
    for (int lane = LANE_URGENT; lane <= LANE_BULK; lane++) {
        run_lane(broker, turn, (enum lane)lane);
    }
    return store_outcome(broker->store) == STORE_OK ? DOOR_OK : DOOR_FATAL;
}
