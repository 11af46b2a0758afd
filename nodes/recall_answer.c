/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of a recall: a party gets the letters of the cases that it shares with this one, in effect and of its own also
 * those held back, a page for each question. One page is on its way at a time, and for each party at most one a second is made.
 */
#include <string.h>

#include "nodes/prekeys.h"
#include "nodes/recall.h"
#include "nodes/store_recall.h"
#include "proto/limits.h"

#define PAGE_BYTES       60000 /* with what is around them they fit the second largest body */
#define ANSWERS_A_TURN   2
#define STANDINGS_A_TURN 8
#define ANSWER_PAUSE_MS  MS_PER_SECOND
#define ANSWER_TRIES     3 /* then the party has to ask again */

/*
 * Case, author and number of the last letter of a page, and its number of filing: several may be held back for one place.
 * It is what "after" holds, opaque to the other side.
 */
#define PLACE_BYTES (sizeof(struct case_id) + 1 + 4 + 8)

static void number_write(uint8_t *ret, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ret[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
    }
}

static uint64_t number_read(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static void place_write(uint8_t ret[PLACE_BYTES], const struct letter_row *last)
{
    memcpy(ret, last->case_id.bytes, sizeof last->case_id.bytes);
    ret[16] = (uint8_t)last->author;
    number_write(ret + 17, last->case_seq, 4);
    number_write(ret + 21, last->number, 8);
}

/* What is none begins from the start. */
static struct page_place place_read(struct bytes after)
{
    struct page_place place = {.case_seq = 0};
    if (after.size == PLACE_BYTES) {
        memcpy(place.case_id.bytes, after.data, sizeof place.case_id.bytes);
        place.author = (enum side)after.data[16];
        place.case_seq = (uint32_t)number_read(after.data + 17, 4);
        place.number = number_read(after.data + 21, 8) & INT64_MAX;
    }
    return place;
}

void recall_asked(struct node *node, struct turn *turn, const struct address *from,
                  const Comity__Recall *recall)
{
    if (recall->number == 0 || recall->number > INT64_MAX) {
        return;
    }
    if (recall->after.len == 0) {
        node_event(turn, EVENT_RECALL_ASKED, "party=%s", from->text);
    }
    bool first = store_answer_want(node->store, from->text, recall->number, wire_bytes(recall->after),
                                   recall->loss & INT64_MAX, turn_wall(turn).ms);
    if (first) { /* what it gave back to us before may have been of a disk that it has no more, or not yet had */
        store_recall_again(node->store, from->text, recall_dated_ms(node, turn), turn_wall(turn).ms);
    }
}

/* --- a page --- */

static bool fill_letter(struct arena *arena, const struct letter_row *row, Comity__ReturnedLetter *ret)
{
    Comity__Inner *proofs = NULL;
    comity__returned_letter__init(ret);
    if (inner_unpack(row->proofs, arena, &proofs, NULL) != WIRE_OK) {
        return false; /* it was packed by us: the arena has ended */
    }
    ret->context = wire_binary(row->context);
    ret->letter = wire_binary(row->letter);
    ret->n_signature = proofs->n_signature;
    ret->signature = proofs->signature;
    /* No ACCEPTED will come of one that was delivered and then rejected by a broker that had forgotten it. */
    ret->accepted_ms = row->accepted_ms != 0 ? row->accepted_ms : row->signed_ms;
    ret->delivered_ms = row->delivered_ms;
    ret->opened_ms = row->opened_ms;
    return true;
}

static Comity__Through **through_list(struct arena *arena, const struct chain_through *chains, size_t count)
{
    Comity__Through **list = arena_zero(arena, count == 0 ? 1 : count, sizeof(Comity__Through *));
    Comity__Through *messages = arena_zero(arena, count == 0 ? 1 : count, sizeof *messages);
    for (size_t i = 0; list != NULL && messages != NULL && i < count; i++) {
        comity__through__init(&messages[i]);
        messages[i].lane = (uint32_t)chains[i].lane;
        messages[i].incarnation = chains[i].incarnation;
        messages[i].seq = chains[i].seq;
        list[i] = &messages[i];
    }
    return list;
}

/* How far the chains between the two are known here; by them: as far as the party must know it, too. */
static Comity__Standing standing_of(struct node *node, const char *party, bool by_them, struct arena *arena)
{
    struct chain_through chains[RETURNED_CHAINS_MAX];
    Comity__Standing standing = COMITY__STANDING__INIT;
    standing.n_received = store_chains_received(node->store, party, RETURNED_CHAINS_MAX, chains);
    standing.received = through_list(arena, chains, standing.n_received);
    standing.n_ended = store_chains_ended(node->store, party, by_them, RETURNED_CHAINS_MAX, chains);
    standing.ended = through_list(arena, chains, standing.n_ended);
    return standing;
}

/* data NULL: the arena has ended. */
static struct bytes make_page(struct node *node, struct turn *turn, const struct answer_row *answer)
{
    const struct bytes none = bytes_of(NULL, 0);
    struct arena *arena = turn_arena(turn);
    Comity__Returned page = COMITY__RETURNED__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    uint8_t after[PLACE_BYTES];
    bool more = false;
    struct letter_row *rows = arena_zero(arena, RETURNED_LETTERS_MAX, sizeof *rows);
    Comity__ReturnedLetter *letters = arena_zero(arena, RETURNED_LETTERS_MAX, sizeof *letters);
    Comity__ReturnedLetter *list[RETURNED_LETTERS_MAX];
    if (rows == NULL || letters == NULL) {
        return none;
    }
    const struct page_place place = place_read(answer->after);
    size_t count = store_letters_shared(node->store, answer->party.text, &place, PAGE_BYTES,
                                        RETURNED_LETTERS_MAX, arena, rows, &more);
    for (size_t i = 0; i < count; i++) {
        if (!fill_letter(arena, &rows[i], &letters[i])) {
            return none;
        }
        list[i] = &letters[i];
    }
    page.number = answer->number;
    page.n_letter = count;
    page.letter = list;
    more = more && count != 0;
    if (more) {
        place_write(after, &rows[count - 1]);
        page.after = wire_binary(bytes_of(after, sizeof after));
    }
    if (!more || answer->after.size == 0) { /* how it stood as the pass began, and as it ended */
        const Comity__Standing standing = standing_of(node, answer->party.text, false, arena);
        page.n_received = standing.n_received;
        page.received = standing.received;
        page.n_ended = standing.n_ended;
        page.ended = standing.ended;
    }
    control.body_case = COMITY__CONTROL__BODY_RETURNED;
    control.returned = &page;
    return arena_exhausted(arena) ? none : control_pack(arena, &control);
}

static bool answer_one(struct node *node, struct turn *turn, const struct answer_row *answer,
                       struct outgoing *ret)
{
    struct bytes page = make_page(node, turn, answer);
    if (page.data == NULL || !outbox_seal_control(node, turn, &answer->party, LANE_BULK, page, ret)) {
        return false;
    }
    store_answer_sent(node->store, answer->party.text, &ret->sealed.id, turn_wall(turn).ms + ANSWER_PAUSE_MS);
    return true;
}

size_t recall_seal_answers(struct node *node, struct turn *turn, struct outgoing *ret, size_t max)
{
    struct answer_row rows[ANSWERS_A_TURN];
    size_t count = 0;
    size_t off = 0;
    size_t most = max < ANSWERS_A_TURN ? max : ANSWERS_A_TURN;
    size_t due = store_answers_due(node->store, turn_wall(turn).ms, most, turn_arena(turn), rows);
    for (size_t i = 0; i < due; i++) {
        if (answer_one(node, turn, &rows[i], &ret[count])) {
            count++;
        } else if (store_peer_is_waiting(node->store, rows[i].party.text)) {
            off++;
        }
    }
    node->live.more = node->live.more || (count + off != 0 && due == most);
    return count;
}

size_t recall_seal_standings(struct node *node, struct turn *turn, struct outgoing *ret, size_t max)
{
    struct address parties[STANDINGS_A_TURN];
    struct arena *arena = turn_arena(turn);
    size_t count = 0;
    size_t off = 0; /* done with, or waiting for its keys: the next ones are looked at at once */
    size_t most = max < STANDINGS_A_TURN ? max : STANDINGS_A_TURN;
    size_t due = store_standings_due(node->store, most, parties);
    for (size_t i = 0; i < due; i++) {
        if (roster_find(node_roster_now(node), parties[i].text) == NULL) {
            store_standing_drop(node->store, parties[i].text); /* a broker may have made it up */
            off++;
            continue;
        }
        Comity__Control control = COMITY__CONTROL__INIT;
        Comity__Standing standing = standing_of(node, parties[i].text, true, arena);
        control.body_case = COMITY__CONTROL__BODY_STANDING;
        control.standing = &standing;
        struct bytes bytes = arena_exhausted(arena) ? bytes_of(NULL, 0) : control_pack(arena, &control);
        if (outbox_seal_control(node, turn, &parties[i], LANE_BULK, bytes, &ret[count])) {
            store_standing_sent(node->store, parties[i].text, &ret[count].sealed.id);
            count++;
        } else if (store_peer_is_waiting(node->store, parties[i].text)) {
            off++;
        }
    }
    node->live.more = node->live.more || (count + off != 0 && due == most);
    return count;
}

bool recall_answer_ended(struct node *node, struct turn *turn, const struct envelope_id *id, bool delivered,
                         bool again)
{
    struct answer_row row;
    uint64_t now = turn_wall(turn).ms;
    if (!store_answer_of(node->store, id, &row)) {
        return false;
    }
    bool newer = row.number != row.answered; /* it was asked something else meanwhile */
    bool wanted = newer || (!delivered && again && row.tries < ANSWER_TRIES);
    uint64_t soonest = delivered ? row.next_ms : now + ANSWER_PAUSE_MS;
    store_answer_ended(node->store, row.party.text, wanted, soonest);
    return true;
}
