/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts that a node cannot verify when they come (docs/protocol.md 6.6). The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/letters.h"
#include "nodes/node_private.h"
#include "tests/support/node_rig.h"

static int setup(void **state)
{
    static unsigned number;
    char vfs[32];
    (void)snprintf(vfs, sizeof vfs, "receipts%u", ++number);
    *state = rig_open(vfs);
    return 0;
}

static int teardown(void **state)
{
    rig_close(*state);
    return 0;
}

/* --- rosters --- */

struct change {
    struct signer node; /* a further key of XA/poc */
    const struct public_key *revoked;
};

static void change_them(struct roster_draft *draft, struct arena *arena, void *context)
{
    const struct change *change = context;
    for (size_t i = 0; i < draft->party_count; i++) {
        struct party *party = &draft->parties[i];
        if (strcmp(party->address.text, "XA/poc") != 0) {
            continue;
        }
        struct roster_key *keys = draft_keys(arena, party->keys, party->key_count, 1);
        for (size_t j = 0; change->revoked != NULL && j < party->key_count; j++) {
            if (public_key_equal(&keys[j].key, change->revoked)) {
                keys[j].revoked = true;
                keys[j].revoked_at_ms = FIXTURE_FROM_MS;
                keys[j].revoked_reason = "lost";
            }
        }
        if (change->revoked == NULL) {
            keys[party->key_count] = (struct roster_key){.role = ROLE_NODE,
                                                         .key = change->node.key,
                                                         .from_ms = FIXTURE_FROM_MS,
                                                         .until_ms = FIXTURE_UNTIL_MS};
            party->key_count++;
        }
        party->keys = keys;
    }
}

/* The version after held, taken by the node in a turn of its own. */
static struct roster *take_next(struct rig *rig, const struct roster *held, struct change *change)
{
    struct bytes minisigs[2];
    enum roster_outcome outcome = ROSTER_FORMAT;
    struct error error = {.text = ""};
    struct roster *next =
        fixture_next(rig->fixture, held, change == NULL ? NULL : change_them, change, minisigs);
    rig_begin(rig);
    assert_int_equal(node_roster(rig->node, rig->turn, roster_json(next), minisigs, 2, &outcome, &error),
                     DOOR_OK);
    assert_int_equal(outcome, ROSTER_OK);
    rig_end(rig);
    return next;
}

static void announce(struct rig *rig, uint64_t version)
{
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.version = version;
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = &message;
    rig_say(rig, &frame);
}

/* --- a letter and its receipt --- */

struct sent {
    struct letter_id letter;
    struct envelope_id id;
    const Comity__Header *header;
};

/* On a link that is ready, with XA/poc's keys: accepted. */
static void send_letter(struct rig *rig, struct sent *ret)
{
    ret->letter = rig_write(rig, NULL, LETTER_REQUEST, NULL);
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    ret->header = rig_submitted(rig, 0, &ret->id);
    assert_non_null(ret->header);
    rig_give_receipt(rig, RECEIPT_ACCEPTED, ret->header, &ret->id, REASON_NONE);
}

static void say_delivered(struct rig *rig, const struct sent *sent, const struct signer *by)
{
    struct digest digest;
    struct bytes proof;
    Comity__ReceiptFrame message = COMITY__RECEIPT_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    const struct receipt_item item = {
        .id = sent->id, .lane = LANE_URGENT, .incarnation = 1, .seq = sent->header->seq};
    struct bytes receipt =
        receipt_encode(RECEIPT_DELIVERED, &rig->fixture->network, &rig->me->address, &rig->peer->address,
                       &by->key, 1, rig->wall, &item, 1, rig->arena, &digest);
    assert_non_null(receipt.data);
    assert_true(sign_turn(by, &digest, 1, rig->arena, &proof));
    message.receipt = wire_binary(signed_receipt_encode(rig->arena, receipt, proof));
    message.accepted_ms = rig->wall.ms;
    frame.body_case = COMITY__FRAME__BODY_RECEIPT;
    frame.receipt = &message;
    rig_say(rig, &frame);
}

static bool is_delivered(struct rig *rig, const struct sent *sent)
{
    struct letter_row row;
    assert_true(letter_get(rig->node, &sent->letter, rig->arena, &row));
    return row.sending == SENDING_DELIVERED;
}

static bool settled(const struct rig *rig)
{
    return rig_count(rig, COMITY__FRAME__BODY_SETTLE) == 1;
}

/* --- tests --- */

static void a_receipt_that_came_before_its_roster_comes_again(void **state)
{
    struct rig *rig = *state;
    struct sent sent;
    struct change change = {.node = fixture_signer(rig->slab, 3000)};
    send_letter(rig, &sent);
    say_delivered(rig, &sent, &change.node);
    assert_false(settled(rig) || is_delivered(rig, &sent) || rig->hung_up);
    struct roster *next = take_next(rig, rig->fixture->roster, &change);
    assert_true(rig->hung_up);
    rig_link(rig);
    say_delivered(rig, &sent, &change.node);
    assert_true(settled(rig) && is_delivered(rig, &sent));
    struct roster *third = take_next(rig, next, NULL); /* nothing is wanted any more */
    assert_false(rig->hung_up);
    roster_free(third);
    roster_free(next);
}

/* One link is enough, however many versions are behind. */
static void the_link_is_renewed_when_the_last_roster_has_come(void **state)
{
    struct rig *rig = *state;
    struct sent sent;
    struct change change = {.node = fixture_signer(rig->slab, 3000)};
    send_letter(rig, &sent);
    announce(rig, 3);
    say_delivered(rig, &sent, &change.node);
    struct roster *second = take_next(rig, rig->fixture->roster, NULL);
    assert_false(rig->hung_up);
    struct roster *third = take_next(rig, second, &change);
    assert_true(rig->hung_up);
    rig_link(rig);
    say_delivered(rig, &sent, &change.node);
    assert_true(is_delivered(rig, &sent));
    roster_free(third);
    roster_free(second);
}

/* A broker that says nonsense does not make the node end one link after the other. */
static void what_never_verifies_renews_a_link_once_for_each_roster(void **state)
{
    struct rig *rig = *state;
    struct sent sent;
    const struct signer nobody = fixture_signer(rig->slab, 3000);
    send_letter(rig, &sent);
    say_delivered(rig, &sent, &nobody);
    struct roster *next = take_next(rig, rig->fixture->roster, NULL);
    assert_true(rig->hung_up);
    rig_link(rig);
    for (unsigned i = 0; i < 3; i++) {
        say_delivered(rig, &sent, &nobody);
        rig_tick(rig, MS_PER_SECOND);
        assert_false(rig->hung_up || settled(rig) || is_delivered(rig, &sent));
    }
    roster_free(next);
}

/* A broker keeps so many receipts without an answer on a link: those that can never hold would stop all others. */
static void a_receipt_by_a_revoked_key_is_settled_and_moves_nothing(void **state)
{
    struct rig *rig = *state;
    struct sent sent;
    struct change change = {.revoked = &rig->peer->node_signer.key};
    send_letter(rig, &sent);
    struct roster *next = take_next(rig, rig->fixture->roster, &change);
    say_delivered(rig, &sent, &rig->peer->node_signer);
    assert_true(settled(rig));
    assert_false(is_delivered(rig, &sent));
    struct roster *third = take_next(rig, next, NULL);
    assert_false(rig->hung_up); /* it is waited for no more */
    roster_free(third);
    roster_free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_receipt_that_came_before_its_roster_comes_again),
        TEST(the_link_is_renewed_when_the_last_roster_has_come),
        TEST(what_never_verifies_renews_a_link_once_for_each_roster),
        TEST(a_receipt_by_a_revoked_key_is_settled_and_moves_nothing),
    };
    return cmocka_run_group_tests_name("node receipts", tests, NULL, NULL);
}
