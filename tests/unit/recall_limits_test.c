/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of a recall, and what is right when it ends by time; whom a broker makes up, and what it makes up. The node is XB/poc. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/store.h"
#include "keys/prekeys.h"
#include "nodes/chains.h"
#include "nodes/node_private.h"
#include "nodes/recall.h"
#include "nodes/store_chains.h"
#include "nodes/store_recall.h"
#include "proto/limits.h"
#include "tests/support/loss.h"

static struct rig *anew(void **state)
{
    assert_int_equal(rig_teardown(state), 0);
    assert_int_equal(rig_setup(state), 0);
    return *state;
}

/* --- the broker --- */

/* to: a chain of ours; else one to us. */
static Comity__PeerHead head(struct rig *rig, const char *party, bool to, uint32_t incarnation, uint32_t seq)
{
    static const uint8_t id[32] = {1};
    Comity__PeerHead message = COMITY__PEER_HEAD__INIT;
    *(to ? &message.to : &message.from) = text_make(rig->arena, party);
    message.lane = LANE_URGENT;
    message.incarnation = incarnation;
    message.seq = seq;
    message.id = wire_binary(bytes_of(id, sizeof id));
    return message;
}

static void say_heads(struct rig *rig, Comity__PeerHead *messages, size_t count, bool last)
{
    Comity__PeerHead *pointers[PEER_HEADS_MAX + 1];
    Comity__Heads heads = COMITY__HEADS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    for (size_t i = 0; i < count; i++) {
        pointers[i] = &messages[i];
    }
    heads.n_head = count;
    heads.head = pointers;
    heads.last = last;
    frame.body_case = COMITY__FRAME__BODY_HEADS;
    frame.heads = &heads;
    /* frame_pack() would say no frame that is out of its limits. */
    uint8_t *bytes = arena_zero(rig->arena, 1, comity__frame__get_packed_size(&frame));
    assert_non_null(bytes);
    rig_say_bytes(rig, bytes_of(bytes, comity__frame__pack(&frame, bytes)));
}

/* A new link so much later; what is sealed first is heard. */
static void later(struct rig *rig, uint64_t ms, Comity__PeerHead *message)
{
    rig_link_down(rig);
    rig->wall.ms += ms;
    rig->mono.ms += ms;
    rig_hello(rig);
    loss_heads(rig, message);
}

static struct recall_state state_of(struct rig *rig, const char *party)
{
    static struct recall_state states[RECALLS_MAX + 8];
    size_t count = recall_states(rig->node, RECALLS_MAX + 8, states);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(states[i].party.text, party) == 0) {
            return states[i];
        }
    }
    return (struct recall_state){.since_ms = 0};
}

static bool is_done(struct rig *rig)
{
    return state_of(rig, "XA/poc").done_ms != 0;
}

/* The last page: so many chains of each direction, all of them up to seq. */
static void give_last(struct rig *rig, struct control_chain *chain, uint64_t number, size_t received,
                      size_t ended, uint32_t seq)
{
    Comity__Through through[RETURNED_CHAINS_MAX];
    Comity__Through *list[RETURNED_CHAINS_MAX];
    Comity__Returned returned = COMITY__RETURNED__INIT;
    Comity__Control control = COMITY__CONTROL__INIT;
    for (size_t i = 0; i < RETURNED_CHAINS_MAX; i++) {
        comity__through__init(&through[i]);
        through[i].lane = LANE_URGENT;
        through[i].incarnation = (uint32_t)i + 1;
        through[i].seq = seq;
        list[i] = &through[i];
    }
    returned.number = number;
    returned.n_received = received;
    returned.received = list;
    returned.n_ended = ended;
    returned.ended = list;
    control.body_case = COMITY__CONTROL__BODY_RETURNED;
    control.returned = &returned;
    control_send(rig, chain, &control, bytes_of(NULL, 0));
}

/* --- heads --- */

static void a_frame_has_64_heads_at_most(void **state)
{
    struct rig *rig = *state;
    Comity__PeerHead messages[PEER_HEADS_MAX + 1];
    for (size_t count = PEER_HEADS_MAX - 1; count <= PEER_HEADS_MAX + 1; count++) {
        for (size_t i = 0; i < count; i++) {
            messages[i] = head(rig, "XA/poc", true, (uint32_t)i + 1, 1);
        }
        rig_link_down(rig);
        rig_hello(rig);
        say_heads(rig, messages, count, true);
        assert_int_equal(rig->hung_up, count > 64);
    }
}

/* Heads of chains to, or from, so many parties that nobody knows. */
static void make_up_chains(struct rig *rig, unsigned parties, bool to)
{
    Comity__PeerHead messages[PEER_HEADS_MAX];
    char name[32];
    size_t count = 0;
    for (unsigned i = 0; i < parties; i++) {
        (void)snprintf(name, sizeof name, "QM/p%u", i);
        messages[count++] = head(rig, name, to, 1, 1);
        if (count == PEER_HEADS_MAX || i + 1 == parties) {
            say_heads(rig, messages, count, i + 1 == parties);
            count = 0;
        }
    }
    assert_false(rig->hung_up);
}

static void make_up(struct rig *rig, unsigned parties)
{
    make_up_chains(rig, parties, true);
}

/* Of the parties that were made up, those with a row in that table: a literal, for the store keeps its queries. */
#define rows_of_made_up(rig, table)                                                                          \
    count_of(rig, "SELECT count(DISTINCT party) FROM " table " WHERE party LIKE 'QM/%'")

static size_t count_of(struct rig *rig, const char *sql)
{
    struct query *q = store_query_at(rig->node->store, sql);
    assert_true(query_row(q));
    size_t count = (size_t)query_get_int(q, 0);
    query_end(q);
    return count;
}

static size_t made_up(struct rig *rig)
{
    static struct recall_state states[RECALLS_MAX + 8];
    size_t count = recall_states(rig->node, RECALLS_MAX + 8, states);
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        made += strncmp(states[i].party.text, "QM/", 3) == 0;
    }
    return made;
}

/* And whoever is real is asked all the same, at once. */
static void names_that_a_broker_makes_up_are_bounded(void **state)
{
    for (unsigned parties = 4095; parties <= 4097; parties++) {
        struct rig *rig = anew(state);
        rig_hello(rig);
        make_up(rig, parties);
        assert_int_equal(made_up(rig), parties < 4096 ? parties : 4096);
        assert_int_equal(rows_of_made_up(rig, "chain_out"), made_up(rig));
        assert_int_equal(rows_of_made_up(rig, "recall_chain"), made_up(rig));
        assert_int_equal(state_of(rig, "XA/poc").since_ms, rig->wall.ms); /* to be sure */
        assert_false(state_of(rig, "XA/poc").shown);
        Comity__PeerHead message = head(rig, "XA/poc", true, 1, 12);
        rig->wall.ms += MS_PER_MINUTE;
        later(rig, 0, &message);
        assert_true(state_of(rig, "XA/poc").shown);
    }
}

static void names_that_chains_to_us_make_up_are_bounded(void **state)
{
    struct rig *rig = *state;
    rig_hello(rig);
    make_up_chains(rig, 4097, false);
    assert_int_equal(made_up(rig), 4096);
    assert_int_equal(rows_of_made_up(rig, "recall_chain"), 4096);
}

static void status_tells_of_the_parties_of_the_roster_first(void **state)
{
    struct rig *rig = *state;
    struct recall_state states[3];
    rig_hello(rig);
    make_up(rig, 3);
    assert_int_equal(recall_states(rig->node, 3, states), 3);
    assert_string_equal(states[0].party.text, "XA/poc");
    assert_string_equal(states[1].party.text, "XC/poc");
    assert_string_equal(states[2].party.text, "QM/p0");
}

/* Whom the roster names is told how far the chains are, however many names come before it. */
static void names_that_a_broker_makes_up_starve_no_standing(void **state)
{
    struct rig *rig = *state;
    struct address due[1];
    Comity__PeerHead message = head(rig, "XA/poc", true, 1, 12);
    rig_hello(rig);
    rig_heads_part(rig, (Comity__PeerHead *[]){&message}, 1, false);
    make_up(rig, 100);
    rig_begin(rig);
    store_standing_want(rig->node->store, NULL);
    rig_end(rig);
    for (unsigned turns = 1; turns <= 100 / 8 + 1; turns++) {
        rig_tick(rig, 0);
    }
    assert_int_equal(rows_of_made_up(rig, "standing"), 0);
    assert_int_equal(rows_of_made_up(rig, "peer"), 0);
    rig_give_prekeys(rig, 1);
    assert_int_equal(store_standings_due(rig->node->store, 1, due), 0); /* it was sealed */
    assert_int_equal(count_of(rig, "SELECT count(*) FROM standing WHERE party = 'XA/poc'"
                                   " AND envelope IS NOT NULL"),
                     1);
}

/* They are looked at in turns that follow at once, and then not for ten minutes. */
static void names_that_a_broker_makes_up_stand_in_nobodys_way(void **state)
{
    struct rig *rig = *state;
    rig_hello(rig);
    make_up(rig, 100);
    Comity__PeerHead message = head(rig, "XA/poc", true, 1, 12);
    rig->wall.ms += 1000;
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, &message);
    rig_give_prekeys(rig, 1);
    unsigned turns = 0;
    while (!loss_asks(rig)) {
        assert_true(++turns <= 100 / 8 + 1);
        assert_int_equal(node_deadline(rig->node).ms, rig->mono.ms); /* there is more to do */
        rig_tick(rig, 0);
    }
    rig_tick(rig, 0);
    rig_tick(rig, 0);
    assert_true(node_deadline(rig->node).ms > rig->mono.ms);
}

/* --- questions a turn --- */

#define MANY 9

struct many {
    struct rig *rig;
    size_t count;
    struct signer seal[MANY];
    char names[MANY][32];
};

/* Parties QN/p0, QN/p1 .. besides, each with keys of its own; they come before the others. */
static void add_many(struct roster_draft *draft, struct arena *arena, void *context)
{
    struct many *many = context;
    struct party *parties = arena_zero(arena, draft->party_count + many->count, sizeof *parties);
    assert_non_null(parties);
    memcpy(parties, draft->parties, draft->party_count * sizeof *parties);
    for (size_t i = 0; i < many->count; i++) {
        unsigned seed = 2000 + 10 * (unsigned)i;
        uint8_t secret[32];
        struct party *party = &parties[draft->party_count + i];
        *party = parties[0];
        struct roster_key *keys = draft_keys(arena, party->keys, party->key_count, 0);
        const struct signer node = fixture_signer(many->rig->slab, seed);
        many->seal[i] = fixture_signer(many->rig->slab, seed + 1);
        party->key_count = 3; /* node, seal, link */
        keys[0].key = node.key;
        keys[1].key = many->seal[i].key;
        keys[2].key = fixture_link(seed + 2, secret);
        party->keys = keys;
        (void)snprintf(many->names[i], sizeof many->names[i], "QN/p%zu", i);
        assert_true(address_read(bytes_of_text(many->names[i]), &party->address));
    }
    draft->parties = parties;
    draft->party_count += many->count;
}

static void give_keys_of(struct rig *rig, const struct many *many, size_t i)
{
    Comity__Prekeys message = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct address party;
    struct public_key keys[8];
    assert_true(address_read(bytes_of_text(many->names[i]), &party));
    for (unsigned k = 0; k < 8; k++) {
        uint8_t secret[32];
        keys[k] = fixture_link(5000 + 8 * (unsigned)i + k, secret);
    }
    struct bytes list = prekeys_sign(&many->seal[i], &rig->fixture->network, &party, 1, rig->wall,
                                     rig->wall.ms / MS_PER_DAY * MS_PER_DAY, keys, 8, rig->arena);
    assert_non_null(list.data);
    message.list = wire_binary(list);
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &message;
    rig_say(rig, &frame);
}

/* All are due at once and the keys of those from there on are here: how many are asked in the first turn. */
static size_t asked_at_once(struct rig *rig, size_t count, size_t with_keys)
{
    static struct many many;
    Comity__PeerHead messages[MANY];
    memset(&many, 0, sizeof many);
    many.rig = rig;
    many.count = count;
    rig_change_roster(rig, add_many, &many);
    rig_hello(rig);
    for (size_t i = 0; i < count; i++) {
        if (i >= with_keys) {
            give_keys_of(rig, &many, i);
        }
        messages[i] = head(rig, many.names[i], true, 1, 1);
    }
    say_heads(rig, messages, count, true);
    return rig_count(rig, COMITY__FRAME__BODY_SUBMIT);
}

static void eight_parties_are_asked_in_a_turn(void **state)
{
    for (size_t count = 7; count <= 9; count++) {
        struct rig *rig = anew(state);
        assert_int_equal(asked_at_once(rig, count, 0), count < 8 ? count : 8);
        assert_int_equal(node_deadline(rig->node).ms,
                         rig->mono.ms); /* the others of the roster are due, too */
        rig_tick(rig, 0);
        assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), count <= 8 ? 0 : count - 8);
    }
}

static void eight_that_wait_for_keys_hold_up_nobody(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(asked_at_once(rig, 9, 8), 0);
    assert_int_equal(node_deadline(rig->node).ms, rig->mono.ms);
    rig_tick(rig, 0);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
    assert_true(node_deadline(rig->node).ms > rig->mono.ms); /* they wait, and not in turns */
}

/* Nor is what is told or answered, to nine or to three of which the last one's keys are here. */
static void what_waits_for_keys_holds_up_nothing_that_is_told(void **state)
{
    static struct many many;
    for (unsigned answers = 0; answers <= 1; answers++) {
        struct rig *rig = anew(state);
        memset(&many, 0, sizeof many);
        many.rig = rig;
        many.count = answers ? 3 : 9;
        rig_change_roster(rig, add_many, &many);
        rig_link(rig);
        give_keys_of(rig, &many, many.count - 1);
        rig_begin(rig);
        for (size_t i = 0; i < many.count; i++) {
            if (answers == 0) {
                const struct own_head begun = {.incarnation = 1};
                store_own_head_put(rig->node->store, many.names[i], LANE_URGENT, &begun);
                store_standing_want(rig->node->store, many.names[i]);
            } else {
                assert_true(store_answer_want(rig->node->store, many.names[i], i + 1, bytes_of(NULL, 0), 1,
                                              rig->wall.ms));
            }
        }
        rig_end(rig);
        rig_tick(rig, 0);
        assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 0);
        assert_int_equal(node_deadline(rig->node).ms, rig->mono.ms);
        rig_tick(rig, 0);
        assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_SUBMIT), 1);
    }
}

/* --- what the last page covers --- */

/* Heads of so many chains of ours, and of so many to us; the question. */
static uint64_t lose_chains(struct rig *rig, size_t ours, size_t theirs)
{
    Comity__PeerHead messages[PEER_HEADS_MAX];
    rig_hello(rig);
    for (size_t i = 0; i < ours; i++) {
        messages[i] = head(rig, "XA/poc", true, (uint32_t)i + 1, 5);
    }
    say_heads(rig, messages, ours, false);
    for (size_t i = 0; i < theirs; i += 1) {
        messages[0] = head(rig, "XA/poc", false, (uint32_t)i + 1, 5);
        say_heads(rig, messages, 1, i + 1 == theirs);
    }
    rig_give_prekeys(rig, 1);
    return loss_question_number(rig);
}

static void all_chains_of_a_page_can_be_covered_and_no_more(void **state)
{
    for (size_t theirs = 63; theirs <= 65; theirs++) {
        struct rig *rig = anew(state);
        struct control_chain chain = {.last = {.header = {.seq = 0}}};
        uint64_t number = lose_chains(rig, 64, theirs);
        loss_question_arrives(rig);
        give_last(rig, &chain, number, 64, theirs < 64 ? theirs : 64, 5);
        assert_int_equal(is_done(rig), theirs <= 64);
    }
}

static void each_chain_of_a_page_must_be_covered(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    uint64_t number = lose_chains(rig, 64, 64);
    for (size_t covered = 63; covered <= 64; covered++) {
        loss_question_arrives(rig);
        give_last(rig, &chain, number, 64, covered, 5);
        assert_int_equal(is_done(rig), covered == 64);
        if (covered < 64) {
            later(rig, 7 * MS_PER_HOUR, NULL);
            number = loss_question_number(rig);
        }
    }
    const struct in_chain theirs = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 64};
    assert_int_equal(in_chain_through(rig->node, &theirs), 5);
}

/* --- two witnesses --- */

/* The recall ends by time: nothing that was shown was covered. */
static void end_by_time(struct rig *rig)
{
    later(rig, RECALL_ENDED_MS, NULL);
    loss_question_arrives(rig);
    loss_live(rig, RECALL_LINKED_MS);
    assert_true(is_done(rig));
}

/* What a broker made up once does not make the node overlook what the party says. */
static void what_the_broker_made_up_hides_nothing_that_the_party_says(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    Comity__PeerHead message = head(rig, "XA/poc", false, 1, 7);
    rig_hello(rig);
    rig_heads(rig, &message);
    rig_give_prekeys(rig, 1);
    loss_question_arrives(rig);
    end_by_time(rig);
    later(rig, 30 * MS_PER_DAY, &message); /* as ever */
    assert_true(is_done(rig));
    control_say_standing(rig, &chain, 1, 0, 7);
    assert_false(is_done(rig));
    assert_true(state_of(rig, "XA/poc").shown);
    uint64_t number = loss_question_number(rig);
    loss_question_arrives(rig);
    give_last(rig, &chain, number, 0, 1, 7);
    assert_true(is_done(rig));
    control_say_standing(rig, &chain, 1, 0, 7); /* said before, and whole */
    assert_true(is_done(rig));
}

/* Nor what it says later: a higher number that was made up and a lower one leave what the party showed. */
static void what_the_party_showed_is_covered_whatever_the_broker_says(void **state)
{
    struct rig *rig = *state;
    struct control_chain chain = {.last = {.header = {.seq = 0}}};
    rig_hello(rig);
    rig_heads(rig, NULL);
    rig_give_prekeys(rig, 1);
    control_say_standing(rig, &chain, 1, 0, 7);
    loss_question_arrives(rig);
    Comity__PeerHead message = head(rig, "XA/poc", false, 1, 4);
    later(rig, 7 * MS_PER_HOUR, &message);
    for (uint32_t ended = 6; ended <= 7; ended++) {
        uint64_t number = loss_question_number(rig);
        loss_question_arrives(rig);
        give_last(rig, &chain, number, 0, 1, ended);
        assert_int_equal(is_done(rig), ended == 7);
        if (ended < 7) {
            later(rig, 7 * MS_PER_HOUR, &message);
        }
    }
}

/* A broker that names what is known has taken back what it showed: when it shows that again, it is a loss again. */
static void what_was_taken_back_can_be_shown_again(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    Comity__PeerHead made = head(rig, "XA/poc", false, 1, 7);
    rig_hello(rig);
    rig_heads(rig, &made);
    rig_give_prekeys(rig, 1);
    loss_question_arrives(rig);
    end_by_time(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    Comity__PeerHead known = head(rig, "XA/poc", false, 1, 1);
    known.id = wire_binary(digest_bytes(&s.id.digest));
    for (unsigned i = 0; i < 2; i++) {
        later(rig, 16 * MS_PER_DAY, i == 0 ? &made : &known);
        assert_true(is_done(rig));
    }
    later(rig, 1, &made);
    assert_false(is_done(rig));
    assert_true(state_of(rig, "XA/poc").shown);
}

/* --- after an end by time --- */

static bool is_in_effect(struct rig *rig, const struct sample *s)
{
    return rig_filed(rig, &s->letter_id).place == PLACE_EFFECT;
}

static size_t lines(struct rig *rig, const char *event)
{
    size_t count = 0;
    size_t found = 0;
    const struct logged *logged = turn_logged(rig->turn, &count);
    for (size_t i = 0; i < count; i++) {
        found += strcmp(logged[i].event, event) == 0;
    }
    return found;
}

/*
 * Numbers 1 to 7 were lost, XA/poc never told that they have ended, and went on with number 9 on the second day. Letters are not
 * held up by the gap; it is asked for until nothing can come under it any more.
 */
static void a_gap_that_a_loss_leaves_holds_up_nothing_and_ends(void **state)
{
    struct rig *rig = *state;
    const struct in_chain theirs = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    struct sample ninth, eighth;
    Comity__PeerHead message = head(rig, "XA/poc", false, 1, 7);
    rig_hello(rig);
    rig_heads(rig, &message);
    rig_give_prekeys(rig, 1);
    loss_question_arrives(rig);
    later(rig, MS_PER_DAY, NULL);
    rig_letter(rig, &eighth, LETTER_REQUEST, 8, 1, NULL);
    rig_seal(rig, &eighth);
    rig_letter(rig, &ninth, LETTER_REQUEST, 9, 1, NULL);
    ninth.header.prev = wire_binary(arena_copy(rig->arena, digest_bytes(&eighth.id.digest)));
    rig_send(rig, &ninth);
    assert_true(is_in_effect(rig, &ninth));
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_ASK_AGAIN), 1);
    later(rig, RECALL_ENDED_MS - MS_PER_DAY, NULL);
    loss_live(rig, RECALL_LINKED_MS - 1);
    assert_false(is_done(rig));
    rig_tick(rig, 1);
    assert_true(is_done(rig)); /* by time; the gap is younger */
    assert_int_equal(in_chain_through(rig->node, &theirs), 0);
    later(rig, MS_PER_DAY - 1, NULL);
    rig_tick(rig, 0);
    assert_int_equal(in_chain_through(rig->node, &theirs), 0);
    rig_tick(rig, MS_PER_HOUR - 1); /* they are looked for once an hour */
    assert_int_equal(in_chain_through(rig->node, &theirs), 0);
    rig_tick(rig, 1);
    assert_int_equal(in_chain_through(rig->node, &theirs), 9);
    assert_int_equal(lines(rig, "chain.lost"), 1);
    rig_tick(rig, 1);
    assert_int_equal(lines(rig, "chain.lost"), 0);
    rig_link_down(rig);
    rig_hello(rig);
    rig_heads(rig, NULL);
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_ASK_AGAIN), 0);
}

/* By the earlier of both clocks; and what comes after all is taken. */
static void a_clock_that_is_ahead_gives_up_no_gap(void **state)
{
    struct rig *rig = *state;
    const struct in_chain theirs = {.from = rig->peer->address, .lane = LANE_URGENT, .incarnation = 1};
    struct sample first, second;
    rig_link(rig);
    rig_letter(rig, &first, LETTER_REQUEST, 1, 1, NULL);
    first.header.expires_ms = rig->wall.ms + 14 * MS_PER_DAY;
    rig_seal(rig, &first);
    rig_letter(rig, &second, LETTER_STATUS_ASK, 2, 2, &first);
    rig_send(rig, &second);
    rig->wall.ms += 20 * MS_PER_DAY; /* the broker's has not moved */
    rig_tick(rig, 1);
    assert_int_equal(in_chain_through(rig->node, &theirs), 0);
    rig->wall.ms -= 20 * MS_PER_DAY;
    rig_deliver(rig, first.bytes);
    assert_int_equal(in_chain_through(rig->node, &theirs), 2);
    assert_true(is_in_effect(rig, &first));
    assert_true(is_in_effect(rig, &second));
}

/* What was put back while it lasted, for its case might have come back, is answered for good. */
static void a_letter_of_an_unknown_case_is_answered_after_the_end(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    Comity__PeerHead message = head(rig, "XA/poc", false, 1, 7);
    rig_hello(rig);
    rig_heads(rig, &message);
    rig_give_prekeys(rig, 1);
    loss_question_arrives(rig);
    later(rig, RECALL_ENDED_MS, NULL);
    loss_live(rig, RECALL_LINKED_MS - 1);
    rig_letter(rig, &s, LETTER_ACK, 1, 1, NULL);
    rig_send(rig, &s);
    assert_null(rig_receipt(rig, RECEIPT_REFUSED, &s.id));
    assert_int_equal(rig_heard(rig, COMITY__FRAME__BODY_REJECTED, 0)->rejected->reason, REASON_QUOTA);
    rig_tick(rig, 1);
    assert_true(is_done(rig));
    rig_deliver(rig, s.bytes);
    assert_non_null(rig_receipt(rig, RECEIPT_REFUSED, &s.id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
        TEST(a_frame_has_64_heads_at_most),
        TEST(names_that_a_broker_makes_up_are_bounded),
        TEST(names_that_chains_to_us_make_up_are_bounded),
        TEST(status_tells_of_the_parties_of_the_roster_first),
        TEST(names_that_a_broker_makes_up_starve_no_standing),
        TEST(names_that_a_broker_makes_up_stand_in_nobodys_way),
        TEST(eight_parties_are_asked_in_a_turn),
        TEST(eight_that_wait_for_keys_hold_up_nobody),
        TEST(what_waits_for_keys_holds_up_nothing_that_is_told),
        TEST(all_chains_of_a_page_can_be_covered_and_no_more),
        TEST(each_chain_of_a_page_must_be_covered),
        TEST(what_the_broker_made_up_hides_nothing_that_the_party_says),
        TEST(what_the_party_showed_is_covered_whatever_the_broker_says),
        TEST(what_was_taken_back_can_be_shown_again),
        TEST(a_gap_that_a_loss_leaves_holds_up_nothing_and_ends),
        TEST(a_clock_that_is_ahead_gives_up_no_gap),
        TEST(a_letter_of_an_unknown_case_is_answered_after_the_end),
    };
    return cmocka_run_group_tests_name("recall limits", tests, NULL, NULL);
}
