/* SPDX-License-Identifier: Apache-2.0 */
/* Links: opening, hostile frames, silence; rosters and prekeys over them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "broker/broker_private.h"
#include "keys/prekeys.h"
#include "tests/support/broker_driver.h"

#define BYE      COMITY__FRAME__BODY_BYE
#define WELCOME  COMITY__FRAME__BODY_WELCOME
#define HEADS    COMITY__FRAME__BODY_HEADS
#define REJECTED COMITY__FRAME__BODY_REJECTED
#define ROSTER   COMITY__FRAME__BODY_ROSTER
#define PREKEYS  COMITY__FRAME__BODY_PREKEYS
#define SETTLE   COMITY__FRAME__BODY_SETTLE
#define PONG     COMITY__FRAME__BODY_PONG

/* The link was ended with this reason since the mark. */
static void assert_ended(struct driver *d, size_t mark, link_id link, enum reason reason)
{
    const Comity__Frame *bye = driver_heard(d, mark, link, BYE, 0);
    struct broker_figures figures;
    assert_non_null(bye);
    assert_int_equal(bye->bye->reason, reason);
    assert_true(driver_hung_up(d, mark, link));
    broker_figures(d->broker, &figures);
    mark = d->heard_count;
    driver_begin(d); /* what it still sends is not looked at */
    driver_say_bytes(d, link, bytes_of("x", 1));
    driver_end(d);
    assert_int_equal(d->heard_count, mark);
}

/* --- opening --- */

static void hello_is_answered_by_welcome_and_heads(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    const Comity__Welcome *welcome = driver_heard(d, 0, link, WELCOME, 0)->welcome;
    assert_int_equal(welcome->version, 1);
    assert_string_equal(welcome->broker, "hub");
    assert_int_equal(welcome->roster, 1);
    assert_int_equal(welcome->now_ms, d->wall.ms);
    assert_int_equal(welcome->prekeys, 0);
    assert_int_equal(welcome->submits_max, 64);
    assert_true(driver_heard(d, 0, link, HEADS, 0)->heads->last);
    struct broker_figures figures;
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.links, 1);
}

static void hello(struct driver *d, link_id link, uint32_t version, const uint8_t *network, const char *party)
{
    Comity__Hello message = COMITY__HELLO__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.version = version;
    message.network = wire_binary(bytes_of(network, 32));
    message.party = (char *)(uintptr_t)party;
    message.software = (char *)(uintptr_t) "test";
    frame.body_case = COMITY__FRAME__BODY_HELLO;
    frame.hello = &message;
    driver_do(d, link, &frame);
}

static void a_hello_that_does_not_fit_ends_the_link(void **state)
{
    struct driver *d = *state;
    uint8_t other[32] = {1};
    size_t mark = d->heard_count;
    link_id link = driver_link_up(d, "XA/poc");
    hello(d, link, 2, d->options.network.bytes, "XA/poc");
    assert_ended(d, mark, link, REASON_VERSION);
    link = driver_link_up(d, "XA/poc");
    hello(d, link, 1, other, "XA/poc");
    assert_ended(d, mark, link, REASON_NETWORK);
    link = driver_link_up(d, "XA/poc");
    hello(d, link, 1, d->options.network.bytes, "XB/poc"); /* not the owner of the link key */
    assert_ended(d, mark, link, REASON_FROM);
    assert_int_equal(driver_heard_count(d, mark, link, WELCOME), 0);
}

static void a_newer_link_ends_the_older(void **state)
{
    struct driver *d = *state;
    link_id older = driver_link(d, "XA/poc");
    size_t mark = d->heard_count;
    link_id newer = driver_link(d, "XA/poc");
    struct broker_figures figures;
    assert_ended(d, mark, older, REASON_NONE);
    assert_false(driver_hung_up(d, mark, newer));
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.links, 1);
    driver_begin(d);
    assert_int_equal(broker_link_down(d->broker, d->turn, older),
                     DOOR_OK); /* the host's late word does nothing */
    driver_end(d);
    broker_figures(d->broker, &figures);
    assert_int_equal(figures.links, 1);
}

static void without_a_roster_nobody_comes_in(void **state)
{
    struct driver *d = *state;
    struct driver *empty = driver_new("broker_link_test_empty");
    struct error error = {.text = ""};
    assert_int_equal(broker_open(&empty->broker, &empty->options, &error), DOOR_OK);
    assert_false(broker_ready(empty->broker));
    assert_null(broker_admit(empty->broker, &fixture_party(empty->fixture, "XA/poc")->link_key, empty->wall));
    link_id link = driver_link_up(empty, "XA/poc");
    assert_true(driver_hung_up(empty, 0, link));
    driver_free(empty);
    assert_true(broker_ready(d->broker));
    const struct party *party =
        broker_admit(d->broker, &fixture_party(d->fixture, "XA/poc")->link_key, d->wall);
    assert_string_equal(party->address.text, "XA/poc");
    link = driver_link_up(d, "XZ/nobody");
    assert_true(driver_hung_up(d, 0, link));
}

/* --- hostile frames --- */

static void what_no_node_says_ends_the_link(void **state)
{
    struct driver *d = *state;
    Comity__Frame frame = COMITY__FRAME__INIT;
    Comity__Heads heads = COMITY__HEADS__INIT;
    Comity__Credit credit = COMITY__CREDIT__INIT;

    size_t mark = d->heard_count;
    link_id link = driver_link(d, "XA/poc");
    driver_begin(d);
    driver_say_bytes(d, link, bytes_of("\xff\xff\xff", 3));
    driver_end(d);
    assert_ended(d, mark, link, REASON_ENCODING);

    link = driver_link(d, "XA/poc");
    frame.body_case = HEADS; /* the wrong direction */
    frame.heads = &heads;
    driver_do(d, link, &frame);
    assert_ended(d, mark, link, REASON_FIELD);

    link = driver_link_up(d, "XA/poc");
    frame.body_case = COMITY__FRAME__BODY_CREDIT; /* before Hello */
    frame.credit = &credit;
    credit.lane = LANE_URGENT;
    credit.envelopes = 1;
    driver_do(d, link, &frame);
    assert_ended(d, mark, link, REASON_FIELD);

    link = driver_link(d, "XA/poc");
    credit.lane = 7;
    driver_do(d, link, &frame);
    assert_ended(d, mark, link, REASON_FIELD);

    link = driver_link(d, "XA/poc");
    hello(d, link, 1, d->options.network.bytes, "XA/poc"); /* twice */
    assert_ended(d, mark, link, REASON_FIELD);

    link = driver_link(d, "XA/poc");
    frame.body_case = COMITY__FRAME__BODY__NOT_SET; /* nothing at all */
    driver_begin(d);
    driver_say_bytes(d, link, bytes_of("", 0));
    driver_end(d);
    assert_true(driver_hung_up(d, mark, link));

    struct broker_figures figures;
    broker_figures(d->broker, &figures);
    assert_true(figures.refused[REASON_FIELD] >= 4);
    assert_int_equal(figures.refused[REASON_ENCODING] + figures.refused[REASON_FIELD], 6);
}

static void one_bad_link_spoils_nothing_else_of_the_turn(void **state)
{
    struct driver *d = *state;
    link_id bad = driver_link(d, "XC/poc");
    link_id good = driver_link(d, "XA/poc");
    struct made made = driver_make(d, driver_sample(d, "XA/poc", "XB/poc", 1));
    size_t mark = d->heard_count;
    driver_begin(d);
    driver_say_bytes(d, bad, bytes_of("\x01", 1));
    driver_say(d, good, driver_submit(d, 1, &made));
    driver_end(d);
    assert_true(driver_hung_up(d, mark, bad));
    assert_int_equal(driver_heard_count(d, mark, good, COMITY__FRAME__BODY_ACCEPTED), 1);
}

static void ping_is_answered_and_silence_ends_the_link(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    Comity__Ping ping = COMITY__PING__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ping.nonce = 99;
    frame.body_case = COMITY__FRAME__BODY_PING;
    frame.ping = &ping;
    driver_tick(d, 30000);
    size_t mark = d->heard_count;
    driver_do(d, link, &frame);
    assert_int_equal(driver_heard(d, mark, link, PONG, 0)->pong->nonce, 99);
    assert_int_equal(broker_deadline(d->broker).ms, d->mono.ms + SILENCE_MS);
    driver_tick(d, SILENCE_MS - 1);
    assert_false(driver_hung_up(d, mark, link));
    driver_tick(d, 1);
    assert_ended(d, mark, link, REASON_NONE);
    assert_int_equal(broker_deadline(d->broker).ms, MONO_NEVER.ms);
}

/* --- rosters --- */

static void change_nothing(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)draft;
    (void)arena;
    (void)context;
}

static void suspend_xb(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)arena;
    (void)context;
    draft->parties[1].status = PARTY_SUSPENDED;
}

static void revoke_link_of_xb(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)context;
    struct party *party = &draft->parties[1];
    struct roster_key *keys = draft_keys(arena, party->keys, party->key_count, 0);
    for (size_t i = 0; i < party->key_count; i++) {
        if (keys[i].role == ROLE_LINK) {
            keys[i].revoked = true;
            keys[i].revoked_at_ms = FIXTURE_NOW.ms;
            keys[i].revoked_reason = "lost";
        }
    }
    party->keys = keys;
}

/* A name of 200 kB makes a roster of several parts. */
static void grow(struct roster_draft *draft, struct arena *arena, void *context)
{
    enum { NAME_BYTES = 200000 };
    (void)context;
    char *name = arena_zero(arena, NAME_BYTES + 1, 1);
    assert_non_null(name);
    memset(name, 'n', NAME_BYTES);
    draft->parties[2].name = name;
}

static struct bytes bundle_of(struct driver *d, const struct roster *roster, const struct bytes minisigs[2])
{
    ProtobufCBinaryData signatures[2] = {wire_binary(minisigs[0]), wire_binary(minisigs[1])};
    Comity__Roster message = COMITY__ROSTER__INIT;
    message.json = wire_binary(roster_json(roster));
    message.n_minisig = 2;
    message.minisig = signatures;
    return roster_bundle_pack(d->arena, &message);
}

static enum roster_outcome give(struct driver *d, const struct roster *next, const struct bytes minisigs[2],
                                size_t count)
{
    enum roster_outcome outcome;
    driver_begin(d);
    assert_int_equal(broker_roster(d->broker, d->turn, roster_json(next), minisigs, count, &outcome, NULL),
                     DOOR_OK);
    driver_end(d);
    return outcome;
}

static void say_part(struct driver *d, link_id link, uint64_t version, struct bytes bundle, size_t slice,
                     uint32_t part)
{
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    size_t offset = (part - 1) * slice;
    message.version = version;
    message.part = part;
    message.parts = (uint32_t)((bundle.size + slice - 1) / slice);
    message.data = wire_binary(
        bytes_of(bundle.data + offset, bundle.size - offset < slice ? bundle.size - offset : slice));
    frame.body_case = ROSTER;
    frame.roster = &message;
    driver_do(d, link, &frame);
}

static void a_roster_is_judged_kept_and_announced(void **state)
{
    struct driver *d = *state;
    struct bytes minisigs[2];
    link_id link = driver_link(d, "XA/poc");
    struct roster *next =
        fixture_next(d->fixture, broker_current_roster(d->broker), change_nothing, NULL, minisigs);
    size_t mark = d->heard_count;
    assert_int_equal(give(d, next, minisigs, 1), ROSTER_THRESHOLD);
    assert_int_equal(driver_heard_count(d, mark, link, ROSTER), 0);
    assert_int_equal(give(d, next, minisigs, 2), ROSTER_OK);
    const Comity__RosterFrame *told = driver_heard(d, mark, link, ROSTER, 0)->roster;
    assert_int_equal(told->version, 2);
    assert_int_equal(told->parts, 0);
    assert_int_equal(give(d, next, minisigs, 2), ROSTER_SAME);
    driver_restart(d);
    assert_int_equal(roster_version(broker_current_roster(d->broker)), 2); /* the store wins over files */
    assert_int_equal(give(d, d->fixture->roster, d->fixture->minisig, 2), ROSTER_VERSION);
    roster_free(next);
}

static void a_party_that_is_suspended_or_revoked_is_hung_up(void **state)
{
    struct driver *d = *state;
    struct bytes minisigs[2];
    link_id xa = driver_link(d, "XA/poc");
    link_id xb = driver_link(d, "XB/poc");
    size_t mark = d->heard_count;
    struct roster *second =
        fixture_next(d->fixture, broker_current_roster(d->broker), revoke_link_of_xb, NULL, minisigs);
    assert_int_equal(give(d, second, minisigs, 2), ROSTER_OK);
    assert_ended(d, mark, xb, REASON_REVOKED);
    assert_false(driver_hung_up(d, mark, xa));
    assert_null(broker_admit(d->broker, &fixture_party(d->fixture, "XB/poc")->link_key, d->wall));

    xb = driver_link(d, "XB/poc"); /* with another key, as its host says */
    mark = d->heard_count;
    struct roster *third =
        fixture_next(d->fixture, broker_current_roster(d->broker), suspend_xb, NULL, minisigs);
    assert_int_equal(give(d, third, minisigs, 2), ROSTER_OK);
    assert_ended(d, mark, xb, REASON_REVOKED);
    link_id refused = driver_link_up(d, "XB/poc");
    assert_true(driver_hung_up(d, mark, refused));
    roster_free(second);
    roster_free(third);
}

static const Comity__RosterFrame *ask_roster(struct driver *d, link_id link, uint64_t version,
                                             size_t *ret_mark)
{
    Comity__RosterFrame message = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    *ret_mark = d->heard_count;
    message.ask = version;
    frame.body_case = ROSTER;
    frame.roster = &message;
    driver_do(d, link, &frame);
    driver_settle_down(d);
    const Comity__Frame *answer = driver_heard(d, *ret_mark, link, ROSTER, 0);
    return answer == NULL ? NULL : answer->roster;
}

static void a_roster_travels_in_parts_both_ways(void **state)
{
    struct driver *d = *state;
    struct bytes minisigs[2];
    struct roster *next = fixture_next(d->fixture, broker_current_roster(d->broker), grow, NULL, minisigs);
    struct bytes bundle = bundle_of(d, next, minisigs);
    assert_true(bundle.size > 200000);
    link_id bringer = driver_link(d, "XA/poc");
    link_id other = driver_link(d, "XC/poc");
    size_t mark = d->heard_count;
    say_part(d, bringer, 2, bundle, 100000, 1);
    say_part(d, other, 2, bundle, 100000, 1); /* waits for the one that began */
    say_part(d, other, 2, bundle, 100000, 2);
    say_part(d, bringer, 2, bundle, 100000, 2);
    say_part(d, bringer, 2, bundle, 100000, 3);
    assert_int_equal(roster_version(broker_current_roster(d->broker)), 2);
    assert_int_equal(driver_heard(d, mark, other, ROSTER, 0)->roster->version, 2);

    const Comity__RosterFrame *part = ask_roster(d, other, 2, &mark);
    assert_int_equal(part->version, 2);
    uint8_t *joined = arena_take(d->arena, bundle.size);
    size_t size = 0;
    for (uint32_t i = 1; i <= part->parts; i++) {
        const Comity__RosterFrame *p = driver_heard(d, mark, other, ROSTER, i - 1)->roster;
        assert_int_equal(p->part, i);
        assert_true(size + p->data.len <= bundle.size);
        memcpy(joined + size, p->data.data, p->data.len);
        size += p->data.len;
    }
    assert_true(bytes_equal(bytes_of(joined, size), bundle));
    part = ask_roster(d, other, 1, &mark); /* every version is kept */
    assert_int_equal(part->parts, 1);
    part = ask_roster(d, other, 3, &mark); /* not held */
    assert_int_equal(part->version, 3);
    assert_int_equal(part->parts, 0);
    roster_free(next);
}

static void a_newer_roster_than_the_next_is_asked_for_step_by_step(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    size_t mark = d->heard_count;
    say_part(d, link, 5, bytes_of("anything", 8), 8, 1);
    assert_int_equal(driver_heard(d, mark, link, ROSTER, 0)->roster->ask, 2);
}

static void a_roster_that_does_not_hold_changes_nothing(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct bytes minisigs[2];
    struct roster *next =
        fixture_next(d->fixture, broker_current_roster(d->broker), change_nothing, NULL, minisigs);
    minisigs[1] = minisigs[0];
    size_t mark = d->heard_count;
    say_part(d, link, 2, bundle_of(d, next, minisigs), 262144, 1);
    assert_int_equal(driver_heard(d, mark, link, REJECTED, 0)->rejected->reason, REASON_ROSTER);
    assert_int_equal(roster_version(broker_current_roster(d->broker)), 1);
    say_part(d, link, 2, bytes_of("rubbish", 7), 7, 1);
    assert_int_equal(driver_heard_count(d, mark, link, REJECTED), 2);
    roster_free(next);
}

static const char *bring(struct driver *d, link_id link, uint64_t version, struct bytes bundle)
{
    size_t mark = d->heard_count;
    say_part(d, link, version, bundle, 262144, 1);
    const Comity__Frame *answer = driver_heard(d, mark, link, REJECTED, 0);
    return answer == NULL ? "" : answer->rejected->detail;
}

/* What a party made up alone is neither parsed nor kept as proof of a fork: it could fill the places of real proofs. */
static void a_roster_that_no_root_signed_is_not_even_read(void **state)
{
    struct driver *d = *state;
    link_id link = driver_link(d, "XA/poc");
    struct bytes minisigs[2];
    struct bytes theirs[2];
    struct roster *next =
        fixture_next(d->fixture, broker_current_roster(d->broker), change_nothing, NULL, minisigs);
    struct roster *fork =
        fixture_next(d->fixture, broker_current_roster(d->broker), suspend_xb, NULL, theirs);
    assert_int_equal(give(d, next, minisigs, 2), ROSTER_OK);
    assert_string_equal(bring(d, link, 2, bundle_of(d, fork, minisigs)), "E_ROSTER_THRESHOLD");
    assert_string_equal(bring(d, link, 2, bundle_of(d, fork, theirs)), "E_ROSTER_FORK");
    theirs[0] = minisigs[0]; /* one root is enough to be looked at */
    assert_string_equal(bring(d, link, 2, bundle_of(d, fork, theirs)), "E_ROSTER_FORK");
    roster_free(next);
    roster_free(fork);
}

/* --- prekeys --- */

static struct bytes prekey_list(struct driver *d, const char *signer, const char *party, uint64_t number,
                                unsigned seed)
{
    struct public_key keys[8];
    uint8_t secret[32];
    struct address address;
    for (unsigned i = 0; i < 8; i++) {
        keys[i] = fixture_link(seed + i, secret);
    }
    assert_true(address_read(bytes_of_text(party), &address));
    uint64_t first = d->wall.ms / MS_PER_DAY * MS_PER_DAY;
    return prekeys_sign(&fixture_party(d->fixture, signer)->seal_signer, &d->options.network, &address,
                        number, d->wall, first, keys, 8, d->arena);
}

static void publish(struct driver *d, link_id link, struct bytes list)
{
    Comity__Prekeys message = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.list = wire_binary(list);
    frame.body_case = PREKEYS;
    frame.prekeys = &message;
    driver_do(d, link, &frame);
}

static const Comity__Prekeys *ask_prekeys(struct driver *d, link_id link, const char *party)
{
    Comity__Prekeys message = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    size_t mark = d->heard_count;
    message.ask = (char *)(uintptr_t)party;
    frame.body_case = PREKEYS;
    frame.prekeys = &message;
    driver_do(d, link, &frame);
    return driver_heard(d, mark, link, PREKEYS, 0)->prekeys;
}

static void the_newest_prekey_list_is_kept_and_given(void **state)
{
    struct driver *d = *state;
    link_id xb = driver_link(d, "XB/poc");
    link_id xa = driver_link(d, "XA/poc");
    assert_string_equal(ask_prekeys(d, xa, "XB/poc")->absent, "XB/poc");
    assert_string_equal(ask_prekeys(d, xa, "XZ/nobody")->absent, "XZ/nobody");
    struct bytes first = prekey_list(d, "XB/poc", "XB/poc", 3, 6000);
    struct bytes conflict = prekey_list(d, "XB/poc", "XB/poc", 3, 6100);
    struct bytes newer = prekey_list(d, "XB/poc", "XB/poc", 4, 6200);
    size_t mark = d->heard_count;
    publish(d, xb, first);
    publish(d, xb, first);
    assert_int_equal(driver_heard_count(d, mark, xb, SETTLE), 2);
    assert_true(bytes_equal(wire_bytes(ask_prekeys(d, xa, "XB/poc")->list), first));
    publish(d, xb, conflict);
    assert_int_equal(driver_heard(d, mark, xb, REJECTED, 0)->rejected->reason, REASON_FORK);
    publish(d, xb, newer);
    publish(d, xb, first);
    assert_int_equal(driver_heard(d, mark, xb, REJECTED, 1)->rejected->reason, REASON_SEQUENCE);
    driver_restart(d);
    xb = driver_link(d, "XB/poc");
    assert_int_equal(driver_heard(d, mark, xb, WELCOME, 0)->welcome->prekeys, 4);
    assert_true(bytes_equal(wire_bytes(ask_prekeys(d, xb, "XB/poc")->list), newer));
}

static void prekeys_of_another_party_are_refused(void **state)
{
    struct driver *d = *state;
    link_id xa = driver_link(d, "XA/poc");
    size_t mark = d->heard_count;
    publish(d, xa, prekey_list(d, "XB/poc", "XB/poc", 1, 6000)); /* not this link's */
    publish(d, xa, prekey_list(d, "XB/poc", "XA/poc", 1, 6000)); /* not its key */
    assert_int_equal(driver_heard(d, mark, xa, REJECTED, 0)->rejected->reason, REASON_FROM);
    assert_int_equal(driver_heard(d, mark, xa, REJECTED, 1)->rejected->reason, REASON_KEY);
    assert_int_equal(driver_heard_count(d, mark, xa, SETTLE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, driver_setup, driver_teardown)
        T(hello_is_answered_by_welcome_and_heads),
        T(a_hello_that_does_not_fit_ends_the_link),
        T(a_newer_link_ends_the_older),
        T(without_a_roster_nobody_comes_in),
        T(what_no_node_says_ends_the_link),
        T(one_bad_link_spoils_nothing_else_of_the_turn),
        T(ping_is_answered_and_silence_ends_the_link),
        T(a_roster_is_judged_kept_and_announced),
        T(a_party_that_is_suspended_or_revoked_is_hung_up),
        T(a_roster_travels_in_parts_both_ways),
        T(a_newer_roster_than_the_next_is_asked_for_step_by_step),
        T(a_roster_that_does_not_hold_changes_nothing),
        T(a_roster_that_no_root_signed_is_not_even_read),
        T(the_newest_prekey_list_is_kept_and_given),
        T(prekeys_of_another_party_are_refused),
    };
    return cmocka_run_group_tests_name("broker_link", tests, NULL, NULL);
}
