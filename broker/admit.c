/* SPDX-License-Identifier: Apache-2.0 */
/* Checks 1 to 13 of docs/protocol.md 4 on a submit, as one list; the first that fails answers. */
#include "broker/broker_private.h"

struct submission {
    struct broker *broker;
    struct turn *turn;
    struct link *link;
    uint64_t tag;
    struct bytes bytes;
    struct envelope envelope; /* after check 5 */
    bool read;
    const struct party *sender; /* after check 8 */
    enum key_standing standing; /* of from_key at created_ms */
    struct chain_place place;
    bool stop;          /* answered, no further check */
    bool gap;           /* number - 1 is not known */
    const char *detail; /* what a refusal names */
};

/* --- 1 to 6 --- */

static enum reason check_envelope(struct submission *s)
{
    enum reason reason =
        envelope_read(s->bytes, &s->broker->options.network, s->broker->scratch, &s->envelope);
    s->read = reason == REASON_NONE;
    return reason;
}

static enum reason check_from(struct submission *s)
{
    return address_equal(&s->envelope.chain.from, &s->link->party) ? REASON_NONE : REASON_FROM;
}

/* --- 7: a known id gets the answer it got before, byte for byte --- */

static void say_accepted(struct broker *broker, struct turn *turn, const struct link *link,
                         struct bytes receipt)
{
    Comity__Accepted accepted = COMITY__ACCEPTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    accepted.receipt = wire_binary(receipt);
    frame.body_case = COMITY__FRAME__BODY_ACCEPTED;
    frame.accepted = &accepted;
    (void)say_frame(broker, turn, link, &frame);
}

static void say_known_rejection(struct submission *s, const struct receipt_row *receipt, enum reason reason)
{
    Comity__Rejected rejected = COMITY__REJECTED__INIT;
    rejected.tag = s->tag;
    rejected.id = wire_binary(digest_bytes(&s->envelope.id.digest));
    rejected.reason = reason;
    rejected.receipt = wire_binary(receipt->signed_bytes);
    say_rejected(s->broker, s->turn, s->link, &rejected);
}

static void answer_again(struct submission *s, int64_t number, enum reason reason)
{
    struct receipt_row receipt;
    s->stop = true;
    s->broker->figures.duplicates++;
    if (!receipt_find(s->broker->store, number, s->broker->scratch, &receipt)) {
        /* The answer is being made in this very turn: Accepted reaches the party's link, Rejected needs the tag. */
        (void)issue_answer_again(s->broker, number, s->link, s->tag);
    } else if (receipt.kind == RECEIPT_REJECTED) {
        say_known_rejection(s, &receipt, reason);
    } else {
        say_accepted(s->broker, s->turn, s->link, receipt.signed_bytes);
    }
}

/* Its bytes rotted here: the same envelope, with a signature that holds, takes their place. */
static enum reason repair(struct submission *s, int64_t arrival)
{
    const struct envelope *e = &s->envelope;
    if (proof_verify(&s->broker->verified, e->proof, &e->id.digest, &e->from_key) != PROOF_OK) {
        return REASON_SIGNATURE;
    }
    const struct spool_row row = {.arrival = arrival,
                                  .id = e->id,
                                  .body_hash = e->body_hash,
                                  .header = e->header,
                                  .seal = e->seal,
                                  .proof = e->proof,
                                  .body = e->body};
    spool_repair(s->broker->store, &row);
    lane_ask_for_rotten(s->broker, s->turn, s->link, ROTTEN_ASKED_MAX - 1); /* the one that moved up */
    lane_wake(s->broker, s->place.recipient, e->chain.lane, arrival);
    log_event(s->turn, SPOOL_REPAIRED, "from=%s to=%s seq=%u", e->chain.from.text, e->chain.to.text,
              (unsigned)e->head->seq);
    return REASON_NONE;
}

static enum reason check_known(struct submission *s)
{
    struct store *store = s->broker->store;
    struct chain_row row;
    struct spool_key key;
    s->place = chain_place_find(store, &s->envelope.chain);
    if (!chain_row_find(store, s->place.chain, s->envelope.head->seq, &row)) {
        return REASON_NONE;
    }
    if (!digest_equal(&row.id, &s->envelope.id.digest)) {
        int64_t answer = fork_find(store, s->place.chain, s->envelope.head->seq, &s->envelope.id.digest);
        if (answer != 0) {
            answer_again(s, answer, REASON_FORK);
        }
        return REASON_NONE; /* else check 11 will say so */
    }
    if (row.arrival != 0 && spool_find(store, &s->envelope.id, &key) && key.state == SPOOL_ROTTEN) {
        enum reason reason = repair(s, row.arrival);
        if (reason != REASON_NONE) {
            return reason;
        }
    }
    answer_again(s, row.answer, row.reason);
    if (row.final != 0) {
        owe(s->broker, s->link->party_row,
            row.final); /* a sender restored from a backup learns the end again */
    }
    return REASON_NONE;
}

/* --- 8 to 10 --- */

static enum reason check_roster(struct submission *s)
{
    bool stale = false;
    if (s->envelope.head->roster > roster_version(s->broker->roster)) {
        s->detail = "the broker does not have that roster version yet";
        return REASON_ROSTER;
    }
    if (roster_freshness(s->broker->roster, turn_wall(s->turn), &stale) == ROSTER_EXPIRED) {
        s->detail = "the broker's roster has expired";
        return REASON_ROSTER;
    }
    return REASON_NONE;
}

static enum reason check_recipient(struct submission *s)
{
    const struct party *party = roster_find(s->broker->roster, s->envelope.chain.to.text);
    return party != NULL && party->status == PARTY_ACTIVE ? REASON_NONE : REASON_TO;
}

static enum reason check_key(struct submission *s)
{
    wall_ms created = {.ms = s->envelope.head->created_ms};
    s->sender = roster_find(s->broker->roster, s->envelope.chain.from.text);
    if (s->sender == NULL) {
        return REASON_KEY;
    }
    s->standing =
        roster_key_standing(s->broker->roster, s->sender, ROLE_NODE, &s->envelope.from_key, created, NULL);
    return s->standing == KEY_GOOD || s->standing == KEY_REVOKED ? REASON_NONE : REASON_KEY;
}

static enum reason check_signature(struct submission *s)
{
    const struct envelope *e = &s->envelope;
    return proof_verify(&s->broker->verified, e->proof, &e->id.digest, &e->from_key) == PROOF_OK
               ? REASON_NONE
               : REASON_SIGNATURE;
}

static struct chain_link known_link(const struct submission *s, uint32_t seq)
{
    struct chain_row row;
    if (!chain_row_find(s->broker->store, s->place.chain, seq, &row)) {
        return (struct chain_link){.known = false};
    }
    return (struct chain_link){.known = true, .id = row.id, .prev = row.prev, .created_ms = row.created_ms};
}

/* Before all that is final, for what is final takes its number, and this one is taken; under this id it was answered (7). */
static enum reason check_fork(struct submission *s)
{
    return known_link(s, s->envelope.head->seq).known ? REASON_FORK : REASON_NONE;
}

static enum reason check_revoked(struct submission *s)
{
    return s->standing == KEY_REVOKED ? REASON_REVOKED : REASON_NONE;
}

static enum reason check_clock(struct submission *s)
{
    return s->envelope.head->created_ms > turn_wall(s->turn).ms + CLOCK_AHEAD_MS ? REASON_CLOCK : REASON_NONE;
}

static enum reason check_expired(struct submission *s)
{
    return turn_wall(s->turn).ms >= s->envelope.head->expires_ms ? REASON_EXPIRED : REASON_NONE;
}

/* --- 11 and 12 --- */

static enum reason check_chain(struct submission *s)
{
    uint32_t seq = s->envelope.head->seq;
    const struct chain_link same = {.known = false}; /* check_fork() */
    struct chain_link before = seq == 1 ? (struct chain_link){.known = false} : known_link(s, seq - 1);
    struct chain_link after =
        seq == UINT32_MAX ? (struct chain_link){.known = false} : known_link(s, seq + 1);
    s->gap = seq > 1 && !before.known;
    return chain_check(&s->envelope, &same, &before, &after);
}

static const char disk_full[] = "the broker's disk is nearly full";

/*
 * Limits are for letters; what the nodes say to each other has room above them. A node that has lost its disk puts letters back
 * until it was given its cases (protocol.md 4.6): if those letters filled the quota, what ends the recall could not pass.
 */
static enum reason check_quota(struct submission *s)
{
    bool control = s->envelope.head->kind == KIND_CONTROL;
    uint64_t more_envelopes = control ? CONTROL_ENVELOPES : 0;
    uint64_t more_bytes = control ? CONTROL_BYTES : 0;
    const struct broker *broker = s->broker;
    const struct broker_options *options = &broker->options;
    uint64_t envelopes =
        s->sender->quota_envelopes != 0 ? s->sender->quota_envelopes : options->quota_envelopes;
    uint64_t bytes = s->sender->quota_bytes != 0 ? s->sender->quota_bytes : options->quota_bytes;
    struct pair_waiting waiting = pair_waiting(broker->store, s->place.pair);
    if (waiting.envelopes >= envelopes + more_envelopes) {
        s->detail = "quota.envelopes: too many of your envelopes wait for this recipient";
    } else if (waiting.bytes + s->bytes.size > bytes + more_bytes) {
        s->detail = "quota.bytes: too many bytes of yours wait for this recipient";
    } else if (broker->figures.waiting_bytes + s->bytes.size > options->spool_bytes_max + more_bytes) {
        s->detail = "spool_bytes_max: the broker's spool is full";
    } else if (broker->disk_free < DISK_RESERVE_BYTES) {
        s->detail = disk_full;
    }
    return s->detail == NULL ? REASON_NONE : REASON_QUOTA;
}

/* --- 13 --- */

static struct receipt_item item_of(const struct submission *s, enum reason reason)
{
    return (struct receipt_item){.id = s->envelope.id,
                                 .lane = s->envelope.chain.lane,
                                 .incarnation = s->envelope.chain.incarnation,
                                 .seq = s->envelope.head->seq,
                                 .reason = reason};
}

static struct chain_row row_of(const struct submission *s)
{
    struct chain_row row = {.id = s->envelope.id.digest, .created_ms = s->envelope.head->created_ms};
    if (s->envelope.head->prev.len == sizeof row.prev.bytes) {
        row.prev = digest_from(wire_bytes(s->envelope.head->prev));
    }
    return row;
}

static void take(struct submission *s)
{
    struct broker *broker = s->broker;
    const struct envelope *e = &s->envelope;
    struct receipt_item item = item_of(s, REASON_NONE);
    struct chain_row number = row_of(s);
    if (s->place.chain == 0) {
        s->place = chain_place_make(broker->store, &e->chain);
    }
    const struct spool_row row = {.arrival = broker->next_arrival++,
                                  .recipient = s->place.recipient,
                                  .lane = e->chain.lane,
                                  .chain = s->place.chain,
                                  .seq = e->head->seq,
                                  .accepted_ms = turn_wall(s->turn).ms,
                                  .expires_ms = e->head->expires_ms,
                                  .bytes = s->bytes.size,
                                  .id = e->id,
                                  .body_hash = e->body_hash,
                                  .header = e->header,
                                  .seal = e->seal,
                                  .proof = e->proof,
                                  .body = e->body};
    spool_add(broker->store, &row);
    number.kinds = kind_bit(RECEIPT_ACCEPTED);
    number.arrival = row.arrival;
    number.answer = issue_item(broker, RECEIPT_ACCEPTED, &s->place, &e->chain, &item);
    chain_row_add(broker->store, s->place.chain, e->head->seq, &number);
    pair_charge(broker->store, s->place.pair, 1, (int64_t)s->bytes.size);
    broker->figures.accepted++;
    broker->figures.gaps += s->gap;
    broker->figures.waiting_envelopes++;
    broker->figures.waiting_bytes += s->bytes.size;
    lane_wake(broker, s->place.recipient, e->chain.lane, row.arrival);
    if (s->gap) {
        log_event(s->turn, CHAIN_GAP, "from=%s to=%s lane=%s incarnation=%u before=%u", e->chain.from.text,
                  e->chain.to.text, lane_name(e->chain.lane), (unsigned)e->chain.incarnation,
                  (unsigned)e->head->seq);
    }
}

/* --- refusals --- */

/*
 * A final refusal spends the number: the row stays, so that the successor's prev fits. Not so a fork, whose number is
 * taken by the other id: it is kept apart as proof, a few of them for each number.
 */
static void reject(struct submission *s, enum reason reason)
{
    struct broker *broker = s->broker;
    const struct envelope *e = &s->envelope;
    struct receipt_item item = item_of(s, reason);
    uint64_t day = turn_wall(s->turn).ms / MS_PER_DAY;
    const char *no_room = broker->disk_free < DISK_RESERVE_BYTES ? disk_full
                          : refusals_kept(broker->store, s->link->party_row, day) >= REFUSALS_DAY_MAX
                              ? "too many of your envelopes were refused for good today"
                              : NULL;
    if (no_room != NULL) { /* a refusal that is kept for ever needs room, too */
        say_refusal(broker, s->turn, s->link, s->tag, &e->id, REASON_QUOTA, true, RETRY_QUOTA_MS, no_room);
        return;
    }
    s->place = chain_place_make(broker->store, &e->chain);
    if (reason == REASON_FORK && fork_count(broker->store, s->place.chain, e->head->seq) >= FORKS_KEPT_MAX) {
        say_refusal(broker, s->turn, s->link, s->tag, &e->id, reason, false, 0,
                    "too many forks of one number");
        return;
    }
    refusals_add(broker->store, s->link->party_row, day);
    int64_t answer = issue_rejection(broker, &s->place, &e->chain, &item, s->link, s->tag);
    if (reason == REASON_FORK) {
        fork_add(broker->store, s->place.chain, e->head->seq, &e->id.digest, answer);
        log_event(s->turn, CHAIN_FORK, "from=%s to=%s lane=%s incarnation=%u seq=%u", e->chain.from.text,
                  e->chain.to.text, lane_name(e->chain.lane), (unsigned)e->chain.incarnation,
                  (unsigned)e->head->seq);
    } else {
        struct chain_row number = row_of(s);
        number.kinds = kind_bit(RECEIPT_REJECTED);
        number.reason = reason;
        number.answer = answer;
        chain_row_add(broker->store, s->place.chain, e->head->seq, &number);
    }
    owe(broker, s->place.recipient, answer);
    broker->figures.refused[reason]++;
}

enum refusal {
    AGAIN, /* temporary: the bytes may have been damaged on the way */
    WAIT,  /* temporary: the same bytes may be taken later */
    FREE,  /* not temporary and no receipt: the number stays free */
    FINAL, /* signed: the number is spent */
};

/* The order is part of the protocol. */
static const struct step {
    enum reason (*check)(struct submission *);
    enum refusal refusal;
} steps[] = {
    {check_envelope, AGAIN},  /* 1-5 SIZE ENCODING VERSION FIELD NETWORK */
    {check_from, AGAIN},      /* 6 */
    {check_known, AGAIN},     /* 7 */
    {check_roster, WAIT},     /* 8 */
    {check_recipient, FREE},  /* 8 TO */
    {check_key, FREE},        /* 8 */
    {check_signature, AGAIN}, /* 9 */
    {check_fork, FINAL},      /* 10 */
    {check_revoked, FINAL},   /* 10 */
    {check_clock, FINAL},     /* 10 */
    {check_expired, FINAL},   /* 10 */
    {check_chain, FINAL},     /* 11 */
    {check_quota, WAIT},      /* 12 */
};

static void refuse(struct submission *s, enum reason reason, enum refusal refusal)
{
    const struct envelope_id *id = s->read ? &s->envelope.id : NULL;
    log_event(s->turn, SUBMIT_REFUSED, "party=%s reason=%s", s->link->party.text, reason_name(reason));
    if (refusal == FINAL) {
        reject(s, reason);
        return;
    }
    bool temporary = refusal != FREE;
    say_refusal(s->broker, s->turn, s->link, s->tag, id, reason, temporary, temporary ? RETRY_QUOTA_MS : 0,
                s->detail);
}

void admit_submit(struct broker *broker, struct turn *turn, struct link *link, const Comity__Submit *submit)
{
    struct submission s = {.broker = broker,
                           .turn = turn,
                           .link = link,
                           .tag = submit->tag,
                           .bytes = wire_bytes(submit->envelope)};
    s.detail = ++link->submits > broker->options.submits_max ? "submits_max: too many unanswered submits"
               : !issue_room(broker)                         ? "the broker is busy"
                                                             : NULL;
    if (s.detail != NULL) {
        say_refusal(broker, turn, link, s.tag, NULL, REASON_QUOTA, true, RETRY_TURN_MS, s.detail);
        return;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        enum reason reason = steps[i].check(&s);
        if (reason != REASON_NONE) {
            refuse(&s, reason, steps[i].refusal);
            return;
        }
        if (s.stop) {
            return;
        }
    }
    take(&s);
}
