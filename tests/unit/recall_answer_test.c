/* SPDX-License-Identifier: Apache-2.0 */
/* What a party gets that asks for the letters of the cases it shares with this node, XB/poc. XA/poc asks. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/inbox.h"
#include "nodes/letters.h"
#include "nodes/signed_letter.h"
#include "nodes/store_recall.h"
#include "proto/limits.h"
#include "tests/support/node_control.h"

static struct control_chain chain;

static int setup(void **state)
{
    (void)rig_setup_linked(state);
    rig_give_prekeys(*state, 1);
    memset(&chain, 0, sizeof chain);
    return 0;
}

static const struct bytes nothing = {.data = NULL, .size = 0};

static void put_question(struct rig *rig, uint64_t number, struct bytes after)
{
    Comity__Recall recall = COMITY__RECALL__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    recall.number = number;
    recall.after = wire_binary(after);
    control.body_case = COMITY__CONTROL__BODY_RECALL;
    control.recall = &recall;
    control_send(rig, &chain, &control, nothing);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &chain.last.id));
}

/* The page that was sealed in the last turn; NULL: none. It is delivered when ends is true. */
static const Comity__Returned *page(struct rig *rig, bool ends)
{
    const Comity__Header *header = NULL;
    struct envelope_id id;
    const Comity__Control *control = control_heard(rig, 0, &header, &id);
    if (control == NULL) {
        return NULL;
    }
    assert_int_equal(control->body_case, COMITY__CONTROL__BODY_RETURNED);
    assert_int_equal(header->lane, LANE_BULK);
    assert_null(control_heard(rig, 1, NULL, NULL));
    if (ends) {
        rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
        rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    }
    return control->returned;
}

/* A request of XA/poc, number seq of its chain. */
static void arrive(struct rig *rig, struct sample *s, uint32_t seq, const struct sample *before)
{
    struct digest prev = before == NULL ? (struct digest){{0}} : before->id.digest;
    rig_letter(rig, s, LETTER_REQUEST, seq, 1, NULL);
    if (seq > 1) {
        s->header.prev = wire_binary(arena_copy(rig->arena, digest_bytes(&prev)));
    }
}

static const Comity__ReturnedLetter *find(const Comity__Returned *returned, const struct letter_id *id)
{
    for (size_t i = 0; i < returned->n_letter; i++) {
        const Comity__ReturnedLetter *letter = returned->letter[i];
        struct letter_id found = letter_id_of(wire_bytes(letter->context), wire_bytes(letter->letter));
        if (digest_equal(&found.digest, &id->digest)) {
            return letter;
        }
    }
    return NULL;
}

static void shared_letters_are_given_back_as_signed(void **state)
{
    struct rig *rig = *state;
    struct sample asked, early, foreign;
    struct envelope_id id;
    arrive(rig, &asked, 1, NULL);
    rig_send(rig, &asked);
    rig_letter(rig, &early, LETTER_STATUS_ASK, 2, 3, &asked); /* held back: the one before it is not here */
    rig_send(rig, &early);
    struct letter_id answer = rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    uint64_t accepted_ms = rig->wall.ms;
    rig->wall.ms += 5000;
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    (void)rig_write(rig, &asked.case_id, LETTER_STATUS, NULL); /* on its way */
    const struct fixture_party *other = fixture_party(rig->fixture, "XC/poc");
    arrive(rig, &foreign, 1, NULL);
    foreign.header.from = foreign.context.from = text_make(rig->arena, "XC/poc");
    foreign.header.from_key = wire_binary(bytes_of(other->node_signer.key.bytes, 32));
    foreign.node_signer = &other->node_signer;
    foreign.officers[0] = &other->officer[FIXTURE_DUTY];
    foreign.context.signer[0] = wire_binary(bytes_of(other->officer[FIXTURE_DUTY].key.bytes, 32));
    rig_send(rig, &foreign);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &foreign.id));

    put_question(rig, 77, nothing);
    const Comity__Returned *returned = page(rig, true);
    assert_non_null(returned);
    assert_int_equal(returned->number, 77);
    assert_int_equal(returned->after.len, 0);
    assert_int_equal(returned->n_letter, 3);
    const Comity__ReturnedLetter *theirs = find(returned, &asked.letter_id);
    const Comity__ReturnedLetter *waits = find(returned, &early.letter_id);
    const Comity__ReturnedLetter *ours = find(returned, &answer);
    assert_non_null(ours);
    assert_ptr_equal(theirs, returned->letter[0]); /* Q before R, and by their numbers */
    assert_ptr_equal(waits, returned->letter[1]);
    assert_int_equal(waits->delivered_ms, theirs->delivered_ms);
    assert_int_equal(ours->accepted_ms, accepted_ms);
    assert_int_equal(ours->delivered_ms, accepted_ms + 5000);
    assert_int_equal(theirs->n_signature, 1);
    assert_int_equal(proof_verify(NULL, wire_bytes(theirs->signature[0]), &asked.letter_id.digest,
                                  &rig->peer->officer[FIXTURE_DUTY].key),
                     PROOF_OK);
}

static void the_last_page_tells_how_far_the_chains_are(void **state)
{
    struct rig *rig = *state;
    struct sample asked, later;
    struct envelope_id first, second;
    arrive(rig, &asked, 1, NULL);
    rig_send(rig, &asked);
    arrive(rig, &later, 3, &asked); /* 2 is missing */
    rig_send(rig, &later);
    (void)rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    const Comity__Header *one = rig_submitted(rig, 0, &first);
    (void)rig_write(rig, &asked.case_id, LETTER_STATUS, NULL);
    const Comity__Header *two = rig_submitted(rig, 0, &second);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, one, &first, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, one, &first, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, two, &second,
                     REASON_NONE); /* and not ACCEPTED: its time is unknown */
    put_question(rig, 5, nothing);
    const Comity__Returned *returned = page(rig, true);
    bool urgent = false;
    for (size_t i = 0; i < returned->n_received; i++) {
        if (returned->received[i]->lane == LANE_URGENT) {
            urgent = true;
            assert_int_equal(returned->received[i]->incarnation, 1);
            assert_int_equal(returned->received[i]->seq, 1);
        }
    }
    assert_true(urgent);
    assert_int_equal(returned->n_ended, 1);
    assert_int_equal(returned->ended[0]->lane, LANE_URGENT);
    assert_int_equal(returned->ended[0]->seq, 1);
}

/* Delivered, while the broker has forgotten that it took it: not while its word may come, and then dated by who signed it. */
static void what_is_never_accepted_is_given_back_with_the_time_it_was_signed(void **state)
{
    struct rig *rig = *state;
    struct sample asked;
    struct envelope_id id;
    arrive(rig, &asked, 1, NULL);
    rig_send(rig, &asked);
    struct letter_id answer = rig_write(rig, &asked.case_id, LETTER_ACK, NULL);
    const Comity__Header *header = rig_submitted(rig, 0, &id);
    rig->wall.ms += 5000;
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    put_question(rig, 77, nothing);
    assert_null(find(page(rig, true), &answer));
    rig_give_receipt(rig, RECEIPT_REJECTED, header, &id, REASON_EXPIRED);
    rig_tick(rig, 1000);
    put_question(rig, 78, nothing);
    const Comity__ReturnedLetter *ours = find(page(rig, true), &answer);
    assert_non_null(ours);
    assert_int_equal(ours->accepted_ms, rig_filed(rig, &answer).signed_ms);
    assert_int_equal(ours->delivered_ms, rig_filed(rig, &answer).delivered_ms);
}

/* A letter that is sealed in the very turn of the page has its number, and has not ended. */
static void what_is_sealed_beside_a_page_has_not_ended(void **state)
{
    struct rig *rig = *state;
    struct envelope_id id;
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL);
    const Comity__Header *first = rig_submitted(rig, 0, &id);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, first, &id, REASON_NONE);
    rig_give_receipt(rig, RECEIPT_DELIVERED, first, &id, REASON_NONE);
    rig_link_down(rig);
    (void)rig_write(rig, NULL, LETTER_REQUEST, NULL); /* waits for the link */
    rig->link.number++;
    rig_begin(rig);
    assert_int_equal(node_link_up(rig->node, rig->turn, rig->link), DOOR_OK);
    rig_end(rig);
    rig_welcome(rig, 1, 1);
    put_question(rig, 9, nothing); /* before the heads nothing is sealed */
    Comity__PeerHead message = COMITY__PEER_HEAD__INIT;
    message.to = text_make(rig->arena, "XA/poc");
    message.lane = LANE_URGENT;
    message.incarnation = 1;
    message.seq = 1;
    message.id = wire_binary(digest_bytes(&id.digest));
    rig_heads(rig, &message);
    assert_int_equal(rig_letters(rig), 1);
    const Comity__Returned *returned = page(rig, false);
    assert_non_null(returned);
    assert_int_equal(returned->n_ended, 1);
    assert_int_equal(returned->ended[0]->seq, 1);
}

/* 65 letters are two pages, whatever is asked for a second time is the same. */
static void a_page_ends_at_64_letters(void **state)
{
    struct rig *rig = *state;
    static struct sample asked[RETURNED_LETTERS_MAX + 1];
    for (uint32_t i = 0; i <= RETURNED_LETTERS_MAX; i++) {
        arrive(rig, &asked[i], i + 1, i == 0 ? NULL : &asked[i - 1]);
        rig_send(rig, &asked[i]);
        if (i < RETURNED_LETTERS_MAX - 2) {
            continue;
        }
        put_question(rig, i + 1, nothing);
        const Comity__Returned *returned = page(rig, true);
        bool more = i == RETURNED_LETTERS_MAX;
        assert_int_equal(returned->n_letter, more ? RETURNED_LETTERS_MAX : i + 1);
        assert_int_equal(returned->after.len != 0, more);
        assert_int_not_equal(returned->n_received, 0); /* the first page tells it, and the last */
        rig_tick(rig, 1000);
        if (more) {
            put_question(rig, 100, wire_bytes(returned->after));
            const Comity__Returned *rest = page(rig, true);
            assert_int_equal(rest->n_letter, 1);
            assert_int_equal(rest->after.len, 0);
            assert_int_not_equal(rest->n_received, 0);
            for (uint32_t k = 0; k <= i; k++) {
                bool first = find(returned, &asked[k].letter_id) != NULL;
                assert_int_equal(find(rest, &asked[k].letter_id) == NULL, first);
            }
        }
    }
}

/* One request, and as many letters as may be held back, all for the same place: they are on both sides of a page's end. */
static void letters_held_back_for_one_place_are_all_given_back(void **state)
{
    struct rig *rig = *state;
    static struct sample asked, held[RETURNED_LETTERS_MAX];
    arrive(rig, &asked, 1, NULL);
    rig_send(rig, &asked);
    for (uint32_t i = 0; i < RETURNED_LETTERS_MAX; i++) {
        rig->wall.ms++;
        rig_letter(rig, &held[i], LETTER_STATUS_ASK, 2 + i, 3, i == 0 ? &asked : &held[i - 1]);
        rig_send(rig, &held[i]);
        assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &held[i].id));
    }
    put_question(rig, 1, nothing);
    const Comity__Returned *returned = page(rig, true);
    assert_int_equal(returned->n_letter, RETURNED_LETTERS_MAX);
    rig_tick(rig, 1000);
    put_question(rig, 2, wire_bytes(returned->after));
    const Comity__Returned *rest = page(rig, true);
    assert_int_equal(rest->n_letter, 1);
    assert_non_null(find(rest, &held[RETURNED_LETTERS_MAX - 1].letter_id));
}

/* A request of nearly the largest size is a page of its own; small ones fill theirs. */
static void a_page_is_as_large_as_one_letter_at_least(void **state)
{
    struct rig *rig = *state;
    struct sample before, asked[3];
    char text[2001];
    size_t largest = 0;
    memset(text, 'x', sizeof text);
    for (uint32_t i = 0; i < 3; i++) {
        arrive(rig, &asked[i], i + 1, i == 0 ? NULL : &before);
        asked[i].letter = letter_make(rig->arena, LETTER_REQUEST, rig->wall.ms, 32);
        for (size_t k = 0; k < 32; k++) {
            text[i == 0 ? 1400 : 900] = '\0';
            asked[i].letter->request->items[k]->description = text_make(rig->arena, text);
            text[i == 0 ? 1400 : 900] = 'x';
        }
        struct bytes packed = letter_pack(rig->arena, asked[i].letter);
        largest = packed.size > largest ? packed.size : largest;
        rig_send(rig, &asked[i]);
        assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &asked[i].id));
        before = asked[i];
    }
    assert_true(largest > 47000);
    struct bytes after = nothing;
    size_t seen = 0;
    for (uint32_t i = 0; i < 3 && seen < 3; i++) {
        put_question(rig, i + 1, after);
        const Comity__Returned *returned = page(rig, true);
        assert_non_null(returned);
        assert_int_equal(returned->n_letter, 1);             /* two of any of them are more than a page */
        assert_int_equal(returned->n_received == 0, i == 1); /* which is neither the first nor the last */
        seen += returned->n_letter;
        after = wire_bytes(returned->after);
        rig_tick(rig, 1000);
    }
    assert_int_equal(seen, 3);
    assert_int_equal(after.size, 0);
}

static void one_page_a_second_is_made_for_a_party(void **state)
{
    struct rig *rig = *state;
    put_question(rig, 1, nothing);
    assert_non_null(page(rig, true));
    put_question(rig, 2, nothing);
    assert_null(page(rig, true));
    put_question(rig, 3, nothing);
    assert_null(page(rig, true));
    rig_tick(rig, 0); /* nothing else is due */
    assert_int_equal(node_deadline(rig->node).ms, rig->mono.ms + 1000);
    rig_tick(rig, 999);
    assert_null(page(rig, true));
    rig_tick(rig, 1);
    assert_int_equal(page(rig, true)->number, 3); /* the last question is the one that is open */
    rig_tick(rig, 1000);
    assert_null(page(rig, true));
}

static void one_page_is_on_its_way_at_a_time(void **state)
{
    struct rig *rig = *state;
    const Comity__Header *header = NULL;
    struct envelope_id id;
    put_question(rig, 1, nothing);
    assert_non_null(control_heard(rig, 0, &header, &id));
    rig_tick(rig, 2000);
    put_question(rig, 2, nothing);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, header, &id, REASON_NONE);
    assert_null(page(rig, false));
    rig_give_receipt(rig, RECEIPT_DELIVERED, header, &id, REASON_NONE);
    assert_int_equal(page(rig, false)->number, 2);
}

static void a_page_that_does_not_open_is_sealed_again(void **state)
{
    struct rig *rig = *state;
    put_question(rig, 1, nothing);
    for (unsigned times = 1; times <= 3; times++) {
        const Comity__Header *header = NULL;
        struct envelope_id id;
        const Comity__Control *control = control_heard(rig, 0, &header, &id);
        assert_non_null(control);
        assert_int_equal(control->returned->number, 1);
        rig_give_receipt(rig, RECEIPT_REFUSED, header, &id, REASON_SLOT);
        assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
        rig_tick(rig, 1000);
        rig_give_prekeys(rig, 1 + times); /* asked for anew before */
    }
    assert_null(page(rig, false)); /* they ask again when they want it */
}

static void a_place_that_is_none_begins_from_the_start(void **state)
{
    struct rig *rig = *state;
    struct sample asked;
    static uint8_t high[32];
    memset(high, 0xff, sizeof high);
    arrive(rig, &asked, 1, NULL);
    rig_send(rig, &asked);
    for (size_t size = 1; size <= 32; size++) {
        put_question(rig, size, bytes_of(high, size));
        const Comity__Returned *returned = page(rig, true);
        assert_int_equal(returned->n_letter, size == 29 ? 0 : 1); /* 29: a place behind all letters */
        assert_int_equal(returned->after.len, 0);
        rig_tick(rig, 1000);
    }
}

static void a_question_without_a_number_is_none(void **state)
{
    struct rig *rig = *state;
    put_question(rig, 0, nothing);
    assert_null(page(rig, true));
    put_question(rig, UINT64_MAX, nothing);
    assert_null(page(rig, true));
    put_question(rig, INT64_MAX, nothing);
    assert_int_equal(page(rig, true)->number, INT64_MAX);
}

static void assert_refused(struct rig *rig, const struct envelope_id *id, enum reason reason)
{
    const Comity__ReceiptItem *item = rig_receipt(rig, RECEIPT_REFUSED, id);
    assert_non_null(item);
    assert_string_equal(reason_name(item->reason), reason_name((uint32_t)reason));
    assert_null(control_heard(rig, 0, NULL, NULL));
}

static void a_control_that_does_not_read_is_refused(void **state)
{
    struct rig *rig = *state;
    static uint8_t large[CONTROL_BYTES_MAX + 1];
    control_send(rig, &chain, NULL, bytes_of("\xff", 1));
    assert_refused(rig, &chain.last.id, REASON_LETTER);
    control_send(rig, &chain, NULL, bytes_of("\x0a\x02\x12\x00", 4)); /* a place of no bytes */
    assert_refused(rig, &chain.last.id, REASON_LETTER);
    control_send(rig, &chain, NULL, bytes_of(large, CONTROL_BYTES_MAX));
    assert_refused(rig, &chain.last.id, REASON_LETTER);
}

/* A place of 32 bytes and a page of 64 letters are the most that reads; the page was not asked for. */
static void a_control_ends_at_its_limits(void **state)
{
    struct rig *rig = *state;
    uint8_t recall[47] = {0x0a, 0x2b, 0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x20};
    uint8_t letters[3 + 2 * (RETURNED_LETTERS_MAX + 1)] = {0x12, 0x80, 0x01};
    memset(recall + 13, 7, 34);
    control_send(rig, &chain, NULL, bytes_of(recall, 45));
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &chain.last.id));
    recall[1]++;
    recall[12]++;
    control_send(rig, &chain, NULL, bytes_of(recall, 46));
    assert_refused(rig, &chain.last.id, REASON_LETTER);
    for (size_t i = 3; i < sizeof letters; i += 2) {
        letters[i] = 0x12;
    }
    control_send(rig, &chain, NULL, bytes_of(letters, sizeof letters - 2));
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &chain.last.id));
    letters[1] += 2;
    control_send(rig, &chain, NULL, bytes_of(letters, sizeof letters));
    assert_refused(rig, &chain.last.id, REASON_LETTER);
}

static void a_letter_bears_no_control(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    struct bytes proof;
    Comity__Inner inner = COMITY__INNER__INIT;
    arrive(rig, &s, 1, NULL);
    struct bytes context = context_pack(rig->arena, &s.context);
    struct bytes letter = letter_pack(rig->arena, s.letter);
    struct letter_id id = letter_id_of(context, letter);
    assert_true(sign_turn(s.officers[0], &id.digest, 1, rig->arena, &proof));
    ProtobufCBinaryData proofs[] = {wire_binary(proof)};
    inner.context = wire_binary(context);
    inner.letter = wire_binary(letter);
    inner.n_signature = 1;
    inner.signature = proofs;
    inner.control = wire_binary(bytes_of("\x0a\x00", 2));
    rig_seal_inner(rig, &s, inner_pack(rig->arena, &inner));
    rig_deliver(rig, s.bytes);
    assert_refused(rig, &s.id, REASON_CONTEXT);
}

/* XC/poc's keys are not here: that its page cannot be made keeps nobody behind it waiting. */
static void a_page_that_fails_does_not_end_the_batch(void **state)
{
    struct rig *rig = *state;
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    assert_true(store_answer_want(rig->node->store, "XA/poc", 1, bytes_of(NULL, 0), 1, rig->wall.ms));
    assert_true(store_answer_want(rig->node->store, "XC/poc", 1, bytes_of(NULL, 0), 1, rig->wall.ms));
    rig_tick(rig, 1);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
    assert_int_equal(rig->node->live.deadline.ms, rig->mono.ms); /* the next turn comes at once */
    rig_tick(rig, 1);
    assert_true(rig->node->live.deadline.ms > rig->mono.ms); /* and is the last */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
        TEST(shared_letters_are_given_back_as_signed),
        TEST(the_last_page_tells_how_far_the_chains_are),
        TEST(what_is_never_accepted_is_given_back_with_the_time_it_was_signed),
        TEST(what_is_sealed_beside_a_page_has_not_ended),
        TEST(a_page_ends_at_64_letters),
        TEST(letters_held_back_for_one_place_are_all_given_back),
        TEST(a_page_is_as_large_as_one_letter_at_least),
        TEST(one_page_a_second_is_made_for_a_party),
        TEST(one_page_is_on_its_way_at_a_time),
        TEST(a_page_that_does_not_open_is_sealed_again),
        TEST(a_place_that_is_none_begins_from_the_start),
        TEST(a_question_without_a_number_is_none),
        TEST(a_control_that_does_not_read_is_refused),
        TEST(a_control_ends_at_its_limits),
        TEST(a_letter_bears_no_control),
        TEST(a_page_that_fails_does_not_end_the_batch),
    };
    return cmocka_run_group_tests_name("recall_answer", tests, NULL, NULL);
}
