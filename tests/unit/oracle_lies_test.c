/* SPDX-License-Identifier: Apache-2.0 */
/* Who lies: what a party without honour, or a link that alters frames, says is no promise; and what that explains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/oracle_scene.h"

/* It alters, doubles and withholds; it delivers nothing and signs nothing. */
static void a_link_that_lies_makes_no_receipt(void **state)
{
    static const struct {
        uint32_t left_out;
        const char *part;
    } lies[] = {{WITHOUT(SAY_DELIVER), "never delivered it there"},
                {WITHOUT(SAY_DELIVERED), "has not said"},
                {WITHOUT(SAY_DELIVER) | WITHOUT(SAY_DELIVERED) | WITHOUT(PASS_DELIVERED), NULL}};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        struct scene *s = *state;
        oracle_hostile(s->oracle, scene_tick(s), XA);
        oracle_hostile(s->oracle, scene_tick(s), XB);
        struct post *p = scene_play(s, lies[i].left_out);
        if (lies[i].part == NULL) {
            scene_give(s, XB, true, scene_receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY));
        }
        scene_expect_broken(s, "I5", lies[i].part == NULL ? "never delivered it there" : lies[i].part);
    }
}

static void a_link_that_lies_opens_and_settles_nothing(void **state)
{
    struct scene *s = *state;
    oracle_hostile(s->oracle, scene_tick(s), XB);
    struct post *p = scene_next_post(s);
    scene_submit(s, p);
    oracle_opened(s->oracle, scene_tick(s), XB, scene_receipt(s, RECEIPT_OPENED, p));
    scene_expect_broken(s, "I5", "never delivered there");
    assert_int_equal(scene_close(state), 0);
    assert_int_equal(scene_open(state), 0);
    s = *state;
    oracle_hostile(s->oracle, scene_tick(s), XB);
    p = scene_next_post(s);
    scene_submit(s, p);
    scene_deliver(s, p);
    struct bytes opened = scene_receipt(s, RECEIPT_OPENED, p);
    oracle_opened(s->oracle, scene_tick(s), XB, opened);
    scene_settle(s, XB, false, opened); /* known here, and not said */
    scene_expect_broken(s, "I5", "settles a receipt OPENED");
}

/* A node may not say so: not its own, a number used again, a predecessor that is none, bytes that are no frame. */
static void what_a_liar_says_is_no_promise(void **state)
{
    static const uint8_t garbage[] = {0x1a, 0x05, 0x09, 0x01};
    static const uint8_t stranger[32] = {7};
    struct scene *s = *state;
    oracle_liar(s->oracle, XA);
    struct post *first = scene_next_post(s);
    scene_submit(s, first);
    struct post other = *first;
    other.header.expires_ms += 1;
    scene_seal(s, &other);
    scene_submit(s, &other);
    struct post *second = scene_next_post(s);
    second->header.prev = scene_binary(stranger, 32);
    scene_seal(s, second);
    scene_submit(s, second);
    second->header.from = (char *)(uintptr_t) "XZ/poc";
    scene_seal(s, second);
    scene_submit(s, second);
    oracle_said(s->oracle, scene_tick(s), XA, true, bytes_of(garbage, sizeof garbage));
    scene_expect_good(s);
}

static void what_a_liar_may_not_send_is_not_accepted(void **state)
{
    struct scene *s = *state;
    oracle_liar(s->oracle, XA);
    struct post *p = scene_next_post(s);
    p->header.from = (char *)(uintptr_t) "XZ/poc";
    scene_seal(s, p);
    scene_submit(s, p);
    scene_accept(s, scene_receipt(s, RECEIPT_ACCEPTED, p));
    scene_expect_broken(s, "I5", "never submitted");
}

static void the_chains_of_a_liar_are_chains(void **state)
{
    static const uint8_t stranger[32] = {7};
    struct scene *s = *state;
    oracle_liar(s->oracle, XA);
    struct post *first = scene_next_post(s);
    scene_submit(s, first);
    scene_accept(s, scene_receipt(s, RECEIPT_ACCEPTED, first));
    struct post *second = scene_next_post(s);
    second->header.prev = scene_binary(stranger, 32);
    scene_seal(s, second);
    scene_submit(s, second);
    scene_expect_good(s);
    scene_accept(s, scene_receipt(s, RECEIPT_ACCEPTED, second));
    scene_expect_broken(s, "I3", "does not name the envelope");
}

static void what_a_liar_sends_is_refused_and_not_delivered(void **state)
{
    struct scene *s = *state;
    oracle_liar(s->oracle, XA);
    struct post *first = scene_next_post(s);
    scene_submit(s, first);
    scene_deliver(s, first);
    scene_give(s, XB, true, scene_receipt_at(s, RECEIPT_REFUSED, first, KIT_CREATED_MS, REASON_PADDING));
    scene_expect_good(s);
    struct post *second = scene_next_post(s);
    scene_submit(s, second);
    scene_deliver(s, second);
    scene_give(s, XB, true, scene_receipt(s, RECEIPT_DELIVERED, second));
    scene_expect_broken(s, "I4", "it is unsound");
}

static void only_a_loss_or_a_link_that_lies_explains_a_recall(void **state)
{
    struct scene *s = *state;
    assert_false(oracle_may_recall(s->oracle, XA, XB));
    oracle_liar(s->oracle, XA);
    assert_false(oracle_may_recall(s->oracle, XA, XB));
    oracle_hostile(s->oracle, scene_tick(s), XB);
    assert_true(oracle_may_recall(s->oracle, XA, XB));
    assert_false(oracle_may_recall(s->oracle, XA, XA)); /* that link is not its own */
    assert_int_equal(scene_close(state), 0);
    assert_int_equal(scene_open(state), 0);
    s = *state;
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    assert_true(oracle_may_recall(s->oracle, XB, XA));
    assert_true(oracle_may_recall(s->oracle, XA, XB));
    assert_false(oracle_may_recall(s->oracle, XA, XA)); /* a loss of others is none of its own */
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    assert_true(oracle_may_recall(s->oracle, XA, XA));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_link_that_lies_makes_no_receipt),
        TEST(a_link_that_lies_opens_and_settles_nothing),
        TEST(what_a_liar_says_is_no_promise),
        TEST(what_a_liar_may_not_send_is_not_accepted),
        TEST(the_chains_of_a_liar_are_chains),
        TEST(what_a_liar_sends_is_refused_and_not_delivered),
        TEST(only_a_loss_or_a_link_that_lies_explains_a_recall),
    };
    return cmocka_run_group_tests_name("oracle_lies", tests, NULL, NULL);
}
