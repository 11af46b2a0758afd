/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/recall.h"

#include "nodes/broker_time.h"
#include "nodes/due.h"
#include "nodes/inbox.h"
#include "nodes/lifecycle.h"
#include "nodes/prekeys.h"
#include "nodes/rosters.h"
#include "nodes/store_chains.h"
#include "nodes/store_outbox.h"
#include "nodes/store_recall.h"
#include "proto/limits.h"

#define WAIT_MS_MIN      (10 * MS_PER_MINUTE) /* for an answer, and between passes; then twice as long each time */
#define WAIT_MS_MAX      (6 * MS_PER_HOUR)
#define SEAL_AGAIN_MS    MS_PER_MINUTE /* a question that did not arrive, likewise */
#define PAGE_PAUSE_MS    MS_PER_SECOND
#define PAGES_SWIFT_MAX  1024 /* in six hours; further ones are asked for ten minutes apart */
#define QUESTIONS_A_TURN 8
#define RETRY_MS_LEAST   MS_PER_MINUTE /* of a letter that waits for its case */
#define RETRY_MS_MOST    (15 * MS_PER_MINUTE)
#define NEEDS_MAX        (2 * RETURNED_CHAINS_MAX) /* no page tells of more chains */
#define COUNT_MS         MS_PER_MINUTE             /* of a link, between two looks; */
#define COUNT_MS_MOST    (2 * COUNT_MS)            /* what is longer was slept, and nobody could be asked */
#define CHAINS_NAMED_MAX 16                        /* in the log, of one link: that many more are one line */

static uint64_t wait_ms(uint64_t first_ms, unsigned times)
{
    uint64_t ms = times >= 16 ? WAIT_MS_MAX : first_ms << times;
    return ms < WAIT_MS_MAX ? ms : WAIT_MS_MAX;
}

static uint64_t draw_number(struct turn *turn)
{
    uint8_t drawn[8];
    uint64_t number = 0;
    turn_random(turn, drawn, sizeof drawn);
    for (size_t i = 0; i < sizeof drawn; i++) {
        number = number << 8 | drawn[i];
    }
    return (number & INT64_MAX) | 1; /* 0 is none */
}

uint64_t recall_dated_ms(struct node *node, struct turn *turn)
{
    wall_ms broker = {.ms = 0};
    uint64_t own = turn_wall(turn).ms;
    return broker_time_now(node, turn, &broker) && broker.ms > own ? broker.ms : own;
}

/* --- finding out --- */

static void note_loss(struct node *node, struct turn *turn)
{
    store_notice(node->store, "store", turn_wall(turn).ms);
    store_notice(node->store, "unasked", turn_wall(turn).ms);
    store_notice(node->store, "chains", turn_wall(turn).ms);
}

void recall_name_loss(struct node *node, struct turn *turn, const char *what)
{
    note_loss(node, turn);
    node_event(turn, EVENT_STORE_BEHIND, "%s", what);
}

void recall_name_broker(struct node *node, struct turn *turn, uint64_t chains, uint64_t envelopes)
{
    store_notice(node->store, "broker", turn_wall(turn).ms);
    /* It would not show any more what this disk has lost besides. */
    store_notice(node->store, "chains", turn_wall(turn).ms);
    node_event(turn, EVENT_BROKER_BEHIND, "chains=%llu sent_again=%llu", (unsigned long long)chains,
               (unsigned long long)envelopes);
}

void recall_broker_fell_back(struct node *node, struct turn *turn)
{
    recall_name_broker(node, turn, 0, 0);
    store_standing_want(node->store, NULL);
}

static void name(struct node *node, struct turn *turn, const char *party, const char *chain,
                 const Comity__PeerHead *head, uint32_t seq)
{
    const char *what =
        arena_format(turn_arena(turn), "party=%s chain=%s lane=%s incarnation=%u seq=%u", party, chain,
                     lane_name(head->lane), (unsigned)head->incarnation, (unsigned)seq);
    if (node->live.chains_lost++ < CHAINS_NAMED_MAX) {
        recall_name_loss(node, turn, what == NULL ? "" : what);
    } else {
        note_loss(node, turn);
    }
}

bool recall_notes(struct node *node, const char *party)
{
    const struct roster *roster = node_roster_now(node);
    bool named = roster != NULL && roster_find(roster, party) != NULL;
    return !node_is_me(node, party) && (named || store_recall_has_room(node->store, party, RECALLS_MAX));
}

/* A party that an older roster does not name yet is asked when a newer one does. */
static void open_recall(struct node *node, struct turn *turn, const char *party, bool shown)
{
    if (!node_is_me(node, party)) {
        store_recall_open(node->store, party, shown, draw_number(turn), recall_dated_ms(node, turn),
                          turn_wall(turn).ms);
    }
}

static void ask_back(struct node *node, struct turn *turn, const char *party)
{
    open_recall(node, turn, party, true);
}

void recall_heads_begin(struct node *node)
{
    store_answers_untold(node->store);
}

void recall_heads_done(struct node *node, struct turn *turn)
{
    size_t count = 0;
    uint64_t forgotten = store_answers_forgotten(node->store);
    if (forgotten != 0) {
        recall_name_broker(node, turn, forgotten, 0);
        node->live.receipts_said = 0; /* what was settled there is said again */
    }
    if (node->live.chains_lost > CHAINS_NAMED_MAX) {
        node_event(turn, EVENT_STORE_BEHIND, "chains=%u named=%u", node->live.chains_lost, CHAINS_NAMED_MAX);
    }
    if (store_noticed(node->store, "chains") != 0) { /* on this link, or on one that ended too soon */
        own_chains_close(node, turn, NULL);
        store_unnotice(node->store, "chains");
    }
    const struct roster *roster = node_roster_now(node);
    if (roster == NULL || store_noticed(node->store, "unasked") == 0) {
        return;
    }
    const struct party *parties = roster_parties(roster, &count);
    for (size_t i = 0; i < count; i++) {
        open_recall(node, turn, parties[i].address.text, false);
    }
    store_unnotice(node->store, "unasked");
}

void recall_number_taken(struct node *node, struct turn *turn, const char *party, enum reason reason)
{
    node_event(turn, EVENT_NUMBER_TAKEN, "party=%s reason=%s", party, reason_name((uint32_t)reason));
    own_chains_close(node, turn, party); /* also while a recall lasts: that will not show it */
    if (!store_recall_lasts(node->store, party)) {
        ask_back(node, turn, party);
    }
}

void recall_own_lost(struct node *node, struct turn *turn, const Comity__PeerHead *head)
{
    if (store_recall_note(node->store, head->to, RECALL_OURS, (enum lane)head->lane, head->incarnation,
                          head->seq)) {
        name(node, turn, head->to, "ours", head, head->seq);
        ask_back(node, turn, head->to);
    }
    store_out_unsend_accepted(node->store,
                              head->to); /* their ends may be lost, too: the broker tells them again */
}

void recall_end_lost(struct node *node, struct turn *turn, const Comity__PeerHead *head)
{
    if (store_recall_note(node->store, head->to, RECALL_ENDED, (enum lane)head->lane, head->incarnation,
                          head->ended)) {
        name(node, turn, head->to, "ended", head, head->ended);
    }
    store_out_unsend_accepted(node->store, head->to); /* the broker tells the end again */
}

void recall_head_answered(struct node *node, struct turn *turn, const Comity__PeerHead *head)
{
    struct in_row row;
    const struct envelope_id id = {.digest = digest_from(wire_bytes(head->id))};
    enum lane lane = (enum lane)head->lane;
    if (!recall_notes(node, head->from)) {
        return;
    }
    bool known = inbox_get(node, &id, &row);
    store_answer_told(node->store, head->from, lane);
    if (known) {
        store_recall_unnote(node->store, head->from, lane, head->incarnation);
    }
    if (!known &&
        store_recall_note(node->store, head->from, RECALL_TO_US, lane, head->incarnation, head->seq)) {
        name(node, turn, head->from, "theirs", head, head->seq);
        ask_back(node, turn, head->from);
    }
    if (known && store_answered_later(node->store, &row) &&
        store_recall_note(node->store, head->from, RECALL_FELL_BACK, lane, head->incarnation, head->seq)) {
        recall_name_broker(node, turn, 1, 0);
        store_standing_want(node->store, head->from);
        store_answers_say_later_again(node->store, &row);
        node->live.receipts_said = 0;
    }
}

/* --- what other parties show --- */

/* Something shows a loss that was not asked about just now. */
static bool may_be_asked(struct node *node, struct turn *turn, const char *party)
{
    struct recall_row row;
    uint64_t now = turn_wall(turn).ms;
    return !store_recall_get(node->store, party, turn_arena(turn), &row) ||
           (row.done_ms != 0 && (now < row.done_ms || now - row.done_ms >= ASKED_JUST_NOW_MS));
}

/* Asks that party, unless it was asked just now; false: it was. */
static bool hinted(struct node *node, struct turn *turn, const char *party, const char *why)
{
    if (!may_be_asked(node, turn, party)) {
        return false;
    }
    node_event(turn, EVENT_RECALL_HINTED, "party=%s why=%s", party, why);
    own_chains_close(node, turn, party);
    ask_back(node, turn, party);
    return true;
}

uint32_t recall_retry_ms(struct node *node, struct turn *turn, const char *party)
{
    struct recall_row row;
    const uint64_t now = turn_wall(turn).ms;
    bool lasts = store_recall_get(node->store, party, turn_arena(turn), &row) && row.done_ms == 0;
    uint64_t wait = lasts && now > row.lost_ms ? (now - row.lost_ms) / 4 : 0;
    return (uint32_t)(wait < RETRY_MS_LEAST ? RETRY_MS_LEAST : wait > RETRY_MS_MOST ? RETRY_MS_MOST : wait);
}

void recall_key_unknown(struct node *node, struct turn *turn, const char *party)
{
    (void)hinted(node, turn, party, "unknown-key");
}

bool recall_awaits_case(struct node *node, struct turn *turn, const struct letter_row *letter)
{
    struct recall_row row;
    if (letter_begins(letter) || store_case_is_known(node->store, &letter->case_id)) {
        return false;
    }
    if (store_recall_get(node->store, letter->from.text, turn_arena(turn), &row) && row.done_ms == 0) {
        return true;
    }
    /* Others may have overtaken the letter that begins their case. */
    bool answers = !bytes_all_zero(digest_bytes(&letter->seen.digest)) ||
                   (letter->case_seq == 1 && !letter_opens(letter->kind));
    return answers && hinted(node, turn, letter->from.text, "unknown-case");
}

/* Numbers of ours that they have and we have not used: what is used is closed and what they name is used up, within reason. */
static bool own_numbers_lost(struct node *node, struct turn *turn, const struct address *from,
                             const Comity__Through *received)
{
    struct own_head newest = {.incarnation = 0}, head = {.seq = 0};
    enum lane lane = (enum lane)received->lane;
    bool any = store_own_head(node->store, from->text, lane, 0, &newest);
    bool known = store_own_head(node->store, from->text, lane, received->incarnation, &head);
    if ((known && received->seq <= head.seq) ||
        !own_incarnation_may_be_lost(node, from->text, lane, received->incarnation)) {
        return false;
    }
    if (any) {
        own_chain_close(node, turn, from->text, lane, newest.incarnation);
    }
    head.incarnation = received->incarnation;
    head.closed = true;
    store_own_head_put(node->store, from->text, lane, &head);
    return store_recall_note(node->store, from->text, RECALL_OURS_SAID, lane, received->incarnation,
                             received->seq);
}

static bool is_chain(const Comity__Through *through)
{
    return through->lane >= LANE_URGENT && through->lane <= LANE_BULK && through->incarnation >= 1 &&
           through->seq >= 1;
}

static bool take_received(struct node *node, struct turn *turn, const struct address *from,
                          Comity__Through *const *received, size_t count)
{
    bool lost = false;
    for (size_t i = 0; i < count; i++) {
        lost = (is_chain(received[i]) && own_numbers_lost(node, turn, from, received[i])) || lost;
    }
    return lost;
}

/* The party has shown that numbers between it and us are lost here. */
static void ask_for_lost(struct node *node, struct turn *turn, const struct address *from)
{
    own_chains_close(node, turn, from->text);
    if (!store_recall_lasts(node->store, from->text)) {
        node_event(turn, EVENT_RECALL_HINTED, "party=%s why=standing", from->text);
        ask_back(node, turn, from->text);
    }
}

static void take_standing(struct node *node, struct turn *turn, const struct address *from,
                          const Comity__Standing *standing)
{
    bool lost = take_received(node, turn, from, standing->received, standing->n_received);
    for (size_t i = 0; i < standing->n_ended; i++) {
        const Comity__Through *through = standing->ended[i];
        const struct in_chain chain = {
            .from = *from, .lane = (enum lane)through->lane, .incarnation = through->incarnation};
        lost = (is_chain(through) && in_chain_through(node, &chain) < through->seq &&
                store_recall_note(node->store, from->text, RECALL_TO_US_SAID, chain.lane, chain.incarnation,
                                  through->seq)) ||
               lost;
    }
    if (lost) {
        ask_for_lost(node, turn, from);
    }
}

void recall_number_answered(struct node *node, struct turn *turn, const struct address *to,
                            const Comity__ReceiptItem *item)
{
    Comity__Through through = COMITY__THROUGH__INIT;
    Comity__Through *const received[] = {&through};
    through.lane = item->lane;
    through.incarnation = item->incarnation;
    through.seq = item->seq;
    if (take_received(node, turn, to, received, 1)) {
        ask_for_lost(node, turn, to);
    }
}

uint64_t recall_noticed_ms(struct node *node)
{
    return store_noticed(node->store, "store");
}

uint64_t recall_broker_noticed_ms(struct node *node)
{
    return store_noticed(node->store, "broker");
}

/* --- asking --- */

/* After the wait, but a pass begins as soon as nothing is on its way any more: it is the last one. */
static uint64_t next_pass_ms(const struct recall_row *row, uint64_t now, uint64_t wait)
{
    uint64_t ended_ms = row->lost_ms + RECALL_ENDED_MS;
    return now < ended_ms && now + wait > ended_ms ? ended_ms : now + wait;
}

static bool ask(struct node *node, struct turn *turn, struct recall_row *row, struct outgoing *ret)
{
    Comity__Recall recall = COMITY__RECALL__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    uint64_t now = turn_wall(turn).ms;
    bool again = row->number != 0; /* its answer may be on its way still, and will do */
    recall.number = row->number = again ? row->number : draw_number(turn);
    recall.after = wire_binary(row->after);
    recall.loss = row->loss;
    control.body_case = COMITY__CONTROL__BODY_RECALL;
    control.recall = &recall;
    if (!outbox_seal_control(node, turn, &row->party, LANE_BULK, control_pack(turn_arena(turn), &control),
                             ret)) {
        return false;
    }
    if (row->after.size == 0 && !again) {
        uint64_t begins_ms = broker_time_sure(node, turn).ms;
        bool close = begins_ms >= row->pass_ms && begins_ms - row->pass_ms < WAIT_MS_MAX;
        row->pages = close ? row->pages : 0;
        row->pass_ms = begins_ms;
        row->held = false;
    }
    row->next_ms = next_pass_ms(row, now, wait_ms(WAIT_MS_MIN, row->tries++));
    store_recall_asked(node->store, row, &ret->sealed.id);
    return true;
}

/* Whom the roster does not name now stands in nobody's way: it is looked at again later. */
static bool put_off(struct node *node, struct turn *turn, struct recall_row *row)
{
    const struct party *party = roster_find(node_roster_now(node), row->party.text);
    if (party != NULL && party->status == PARTY_ACTIVE) {
        return false;
    }
    row->next_ms = turn_wall(turn).ms + WAIT_MS_MIN;
    store_recall_put(node->store, row);
    return true;
}

static size_t seal_questions(struct node *node, struct turn *turn, struct outgoing *ret, size_t max)
{
    struct recall_row rows[QUESTIONS_A_TURN];
    size_t count = 0;
    size_t off = 0;
    size_t most = max < QUESTIONS_A_TURN ? max : QUESTIONS_A_TURN;
    size_t due = store_recalls_due(node->store, turn_wall(turn).ms, most, turn_arena(turn), rows);
    for (size_t i = 0; i < due; i++) {
        if (put_off(node, turn, &rows[i])) {
            off++;
        } else if (ask(node, turn, &rows[i], &ret[count])) {
            count++;
        } else if (store_peer_is_waiting(node->store, rows[i].party.text)) {
            off++;
        }
    }
    node->live.more = node->live.more || (count + off != 0 && due == most); /* there may be further ones */
    return count;
}

/* The time with a link, of all links: one that ends too soon to count by itself would put off the end for ever. */
static void count_link(struct node *node, struct turn *turn, uint64_t now_ms)
{
    struct live *live = &node->live;
    if (live->stage == LINK_READY && live->recall_seen.ms != 0) {
        uint64_t since_ms = turn_mono(turn).ms - live->recall_seen.ms;
        live->recall_linked_ms += since_ms < COUNT_MS_MOST ? since_ms : COUNT_MS_MOST;
    }
    live->recall_seen = turn_mono(turn);
    if (live->recall_linked_ms >= COUNT_MS) {
        store_recalls_linked(node->store, now_ms, live->recall_linked_ms);
        live->recall_linked_ms = 0;
    }
}

/* By the earlier of both clocks, for what is sealed then cannot be taken back. */
void recall_tick(struct node *node, struct turn *turn)
{
    struct address parties[QUESTIONS_A_TURN];
    const uint64_t sure_ms = broker_time_sure(node, turn).ms;
    store_recalls_not_later(node->store, recall_dated_ms(node, turn));
    count_link(node, turn, sure_ms);
    size_t count = store_recalls_over(node->store, sure_ms, QUESTIONS_A_TURN, parties);
    for (size_t i = 0; i < count; i++) {
        store_recall_over(node->store, parties[i].text, sure_ms, turn_wall(turn).ms);
        node_event(turn, EVENT_RECALL_OVER, "party=%s", parties[i].text);
    }
    node->live.more = node->live.more || count != 0; /* letters that waited for it */
}

size_t recall_seal(struct node *node, struct turn *turn, struct outgoing *ret, size_t max)
{
    if (max == 0 || !outbox_may_seal(node, turn)) {
        return 0;
    }
    size_t count = seal_questions(node, turn, ret, max);
    count += recall_seal_standings(node, turn, ret + count, max - count);
    return count + recall_seal_answers(node, turn, ret + count, max - count);
}

void recall_envelope_ended(struct node *node, struct turn *turn, const struct envelope_id *id, bool delivered,
                           bool again)
{
    uint64_t soon = turn_wall(turn).ms + SEAL_AGAIN_MS;
    if (!recall_answer_ended(node, turn, id, delivered, again) &&
        !store_standing_ended(node->store, id, !delivered && again)) {
        store_recall_ended(node->store, id, delivered || !again ? 0 : soon);
    }
}

void recall_due(struct node *node, const struct turn *turn, struct due *due)
{
    bool counting = false;
    due_sure(due, store_recall_end_ms(node->store, broker_time_sure(node, turn).ms, &counting));
    if (node->live.stage == LINK_READY) {
        due_own(due, store_recall_next_ms(node->store, turn_wall(turn).ms));
        due_at(due, counting ? mono_after(node->live.recall_seen, COUNT_MS) : (mono_ms){.ms = 0});
    }
}

/* --- an answer --- */

static bool reaches(const struct recall_need *need, Comity__Through *const *told, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (told[i]->lane == (uint32_t)need->lane && told[i]->incarnation == need->incarnation &&
            told[i]->seq >= need->seq) {
            return true;
        }
    }
    return false;
}

/*
 * Has the party had all that this disk may have lost? What we sent has reached it or is gone, and it knows that what it sent
 * us has ended. Where that cannot be known any more, time tells: nothing lives longer.
 */
static bool had_all(struct node *node, const struct recall_row *row, const Comity__Returned *page)
{
    struct recall_need needs[NEEDS_MAX + 1];
    size_t count = store_recall_needs(node->store, row->party.text, NEEDS_MAX + 1, needs);
    bool all = count <= NEEDS_MAX;
    for (size_t i = 0; i < count && all; i++) {
        all = needs[i].ours ? reaches(&needs[i], page->received, page->n_received)
                            : reaches(&needs[i], page->ended, page->n_ended);
    }
    return all || row->pass_ms >= row->lost_ms + RECALL_ENDED_MS;
}

/* Numbers of its chains that have ended, and that were shown, will not come any more: they are no gaps. */
static void close_gaps(struct node *node, struct turn *turn, const struct recall_row *row,
                       const Comity__Returned *page)
{
    for (size_t i = 0; i < page->n_ended; i++) {
        const Comity__Through *ended = page->ended[i];
        const struct in_chain chain = {
            .from = row->party, .lane = (enum lane)ended->lane, .incarnation = ended->incarnation};
        uint32_t shown = store_recall_shown(node->store, &chain);
        if (shown != 0 && ended->seq != 0) {
            uint32_t seq = ended->seq < shown ? ended->seq : shown;
            store_in_chain_ended(node->store, &chain, seq);
            in_chain_taken(node, turn, &chain, seq); /* and what came behind them is no gap, either */
        }
    }
}

static void end_pass(struct node *node, struct turn *turn, struct recall_row *row,
                     const Comity__Returned *page)
{
    uint64_t now = turn_wall(turn).ms;
    /* Its letters are being asked back already. */
    if (take_received(node, turn, &row->party, page->received, page->n_received)) {
        own_chains_close(node, turn, row->party.text);
    }
    bool whole = !row->held && had_all(node, row, page);
    row->number = 0;
    row->after = bytes_of(NULL, 0);
    row->tries = 0;
    row->next_ms = next_pass_ms(row, now, wait_ms(WAIT_MS_MIN, row->passes++));
    store_recall_put(node->store, row);
    if (whole) {
        close_gaps(node, turn, row, page);
        store_recall_done(node->store, row->party.text, now);
    }
    node_event(turn, whole ? EVENT_RECALL_DONE : EVENT_RECALL_PASSED, "party=%s letters=%llu",
               row->party.text, (unsigned long long)row->letters);
}

static void take_page(struct node *node, struct turn *turn, struct recall_row *row,
                      const Comity__Returned *page)
{
    bool early[RETURNED_LETTERS_MAX] = {false};
    bool first = row->after.size == 0;
    bool last = page->after.len == 0;
    /* What reached it behind the first page may have its place on a page that was made before. */
    row->held = row->held || (first && !had_all(node, row, page));
    for (size_t i = 0; i < page->n_letter; i++) {
        enum returned_outcome outcome = returned_take(node, turn, &row->party, page->letter[i], false);
        early[i] = outcome == RETURNED_EARLY;
        row->held = row->held || outcome == RETURNED_AGAIN;
    }
    for (size_t i = 0; i < page->n_letter; i++) {
        row->held =
            (early[i] && returned_take(node, turn, &row->party, page->letter[i], last) != RETURNED_TAKEN) ||
            row->held;
    }
    row->letters += page->n_letter;
    if (page->after.len == 0 || page->n_letter == 0) { /* a page that brings nothing leads nowhere */
        end_pass(node, turn, row, page);
        return;
    }
    row->number = 0;
    row->after = wire_bytes(page->after);
    row->tries = 0;
    row->pages++;
    row->next_ms = turn_wall(turn).ms + (row->pages < PAGES_SWIFT_MAX ? PAGE_PAUSE_MS : WAIT_MS_MIN);
    store_recall_put(node->store, row);
}

void recall_take(struct node *node, struct turn *turn, const struct address *from,
                 const Comity__Control *control)
{
    struct recall_row row;
    if (control->body_case == COMITY__CONTROL__BODY_RECALL) {
        recall_asked(node, turn, from, control->recall);
        return;
    }
    if (control->body_case == COMITY__CONTROL__BODY_STANDING) {
        take_standing(node, turn, from, control->standing);
        return;
    }
    const Comity__Returned *page = control->returned;
    bool asked = store_recall_get(node->store, from->text, turn_arena(turn), &row) && row.done_ms == 0 &&
                 row.number != 0 && row.number == page->number;
    if (asked) {
        take_page(node, turn, &row, page);
    } else {
        node_event(turn, EVENT_RECALL_IGNORED, "party=%s letters=%zu", from->text, page->n_letter);
    }
}
