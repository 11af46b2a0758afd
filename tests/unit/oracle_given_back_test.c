/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter that was given back has no envelope where it came back to: its author lost that, and got the letter from its
 * recipient. When the recipient loses it later, the oracle must know all the same whether that loss explains it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/oracle_scene.h"

/* XA's disk is put back to before the letter, and XB tells it when it signed DELIVERED. */
static void give_back_to_author(struct scene *s, struct post *p, uint64_t delivered_ms)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "UPDATE letter SET envelope = NULL, delivered_ms = %llu",
                   (unsigned long long)delivered_ms);
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    scene_row_letter(s, XA, p, 1, 3, 0);
    scene_run_sql(s, XA, sql);
}

static uint64_t signed_delivered_ms(void)
{
    return KIT_CREATED_MS + 1000 * (uint64_t)RECEIPT_DELIVERED;
}

/* A letter that XB took and XA lost; XB's database does not have it. */
static struct post *play_and_lose(struct scene *s, uint32_t left_out)
{
    return scene_play(s, left_out | WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) | WITHOUT(ROW_DELIVERED_XA) |
                             WITHOUT(ROW_LETTER_XB));
}

static void what_a_revoked_officer_signed_stays_lost(void **state)
{
    struct scene *s = *state;
    struct post *p = play_and_lose(s, WITHOUT(ROW_IN) | WITHOUT(ROW_DELIVERED_XB));
    give_back_to_author(s, p, signed_delivered_ms());
    oracle_revoked(s->oracle, scene_tick(s), s->kit.officer.key.bytes);
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    scene_finish(s);
    scene_expect_good(s);
}

static void what_no_revoked_officer_signed_comes_back(void **state)
{
    struct scene *s = *state;
    struct post *p = play_and_lose(s, WITHOUT(ROW_IN) | WITHOUT(ROW_DELIVERED_XB));
    give_back_to_author(s, p, signed_delivered_ms());
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    scene_finish(s);
    scene_expect_broken(s, "I1", "gone at its recipient");
}

static void what_nobody_tells_of_stays_lost(void **state)
{
    struct scene *s = *state;
    struct post *p = play_and_lose(s, WITHOUT(ROW_IN) | WITHOUT(ROW_DELIVERED_XB));
    give_back_to_author(s, p, signed_delivered_ms());
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    oracle_lost_after(s->oracle, scene_tick(s), HUB, 0);
    scene_finish(s);
    scene_expect_good(s);
}

/* The backup that XB comes back from is younger than its DELIVERED: the letter was in it. */
static void a_loss_that_began_after_it_was_delivered_is_no_excuse(void **state)
{
    struct scene *s = *state;
    struct post *p = play_and_lose(s, NOTHING);
    give_back_to_author(s, p, signed_delivered_ms());
    oracle_revoked(s->oracle, scene_tick(s), s->kit.officer.key.bytes);
    uint64_t since_us = scene_tick(s);
    oracle_lost_after(s->oracle, scene_tick(s), XB, since_us);
    scene_finish(s);
    scene_expect_broken(s, "I1", "gone at its recipient");
}

static void a_time_that_nobody_signed_explains_nothing(void **state)
{
    struct scene *s = *state;
    struct post *p = play_and_lose(s, WITHOUT(ROW_IN) | WITHOUT(ROW_DELIVERED_XB));
    give_back_to_author(s, p, signed_delivered_ms() + 1);
    oracle_revoked(s->oracle, scene_tick(s), s->kit.officer.key.bytes);
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    scene_finish(s);
    scene_expect_broken(s, "I1", "gone at its recipient");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)
    const struct CMUnitTest tests[] = {
        TEST(what_a_revoked_officer_signed_stays_lost),
        TEST(what_no_revoked_officer_signed_comes_back),
        TEST(what_nobody_tells_of_stays_lost),
        TEST(a_loss_that_began_after_it_was_delivered_is_no_excuse),
        TEST(a_time_that_nobody_signed_explains_nothing),
    };
    return cmocka_run_group_tests_name("oracle given back", tests, NULL, NULL);
}
