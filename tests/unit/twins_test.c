/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer that asks for the same over and over makes a node do is bounded (I9). The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/fingerprint.h"
#include "nodes/node_private.h"
#include "nodes/store_letters.h"
#include "tests/support/arrivals.h"

#define REQUESTS    40
#define ITEMS       64
#define IDENTIFIERS 8

static Comity__Identifier **identifiers_new(struct rig *rig)
{
    Comity__Identifier **list = arena_take(rig->arena, IDENTIFIERS * sizeof(Comity__Identifier *));
    for (size_t i = 0; i < IDENTIFIERS; i++) {
        list[i] = arena_take(rig->arena, sizeof *list[i]);
        comity__identifier__init(list[i]);
        list[i]->kind = COMITY__IDENTIFIER__KIND__ACCOUNT;
        list[i]->value = arena_format(rig->arena, "%zu", i);
    }
    return list;
}

/* A request whose items all name the same; each from another time on, that overlaps. */
static void ask_the_same(struct rig *rig, struct sample *s, uint32_t n, struct case_id *ret)
{
    const struct sample last = *s;
    rig_letter(rig, s, LETTER_REQUEST, n, 1, NULL);
    if (n > 1) {
        s->prev = last.id.digest;
        s->header.prev = wire_binary(digest_bytes(&s->prev));
    }
    Comity__Request *request = s->letter->request;
    const Comity__Item *one = request->items[0];
    Comity__Identifier **identifiers = identifiers_new(rig);
    request->n_items = ITEMS;
    request->items = arena_take(rig->arena, ITEMS * sizeof(Comity__Item *));
    for (size_t i = 0; i < ITEMS; i++) {
        request->items[i] = arena_take(rig->arena, sizeof *request->items[i]);
        *request->items[i] = *one;
        request->items[i]->identifiers = identifiers;
        request->items[i]->n_identifiers = IDENTIFIERS;
    }
    rig->random++; /* another case */
    rig_send(rig, s);
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s->id));
    *ret = s->case_id;
}

static size_t dirty_cases(struct rig *rig)
{
    struct case_id ids[REQUESTS + 1];
    return store_cases_dirty(rig->node->store, REQUESTS + 1, ids);
}

static void the_same_asked_over_and_over_costs_no_more_each_time(void **state)
{
    struct rig *rig = *state;
    static struct sample s;
    struct case_id id;
    struct print_row rows[ITEMS * IDENTIFIERS];
    struct twin twins[REQUESTS];
    rig_link(rig);
    for (uint32_t n = 1; n <= REQUESTS; n++) {
        ask_the_same(rig, &s, n, &id);
        rig_tick(rig, 1000);
        assert_int_equal(store_prints(rig->node->store, &id, ITEMS * IDENTIFIERS, rig->arena, rows),
                         IDENTIFIERS); /* a thing once, however many items name it */
        assert_in_range(dirty_cases(rig), 0, TWINS_RENEWED);
        for (int turns = 0; turns < 4 && dirty_cases(rig) != 0; turns++) {
            rig_tick(rig, 1000);
        }
        assert_int_equal(dirty_cases(rig), 0);
    }
    assert_int_equal(store_twins(rig->node->store, &id, true, REQUESTS, twins), REQUESTS - 1);
    assert_int_equal(twins[0].item, 1);
}

static void act_touch(struct node *node, struct turn *turn, void *context)
{
    const struct case_id *ids = context;
    (void)turn;
    for (size_t i = 0; i < REQUESTS; i++) {
        case_touch(node, &ids[i], 0);
    }
}

static void a_turn_renews_cases_up_to_a_size(void **state)
{
    struct rig *rig = *state;
    static struct sample s;
    struct case_id ids[REQUESTS];
    size_t turns = 0;
    rig_link(rig);
    for (uint32_t n = 1; n <= REQUESTS; n++) {
        ask_the_same(rig, &s, n, &ids[n - 1]);
        rig_tick(rig, 1000);
    }
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_touch, ids), INPUT_DONE);
    rig_end(rig);
    assert_in_range(dirty_cases(rig), 1, REQUESTS - 1);
    for (; dirty_cases(rig) != 0; turns++) {
        size_t before = dirty_cases(rig);
        rig_tick(rig, 1000);
        assert_in_range(dirty_cases(rig), 0, before - 1);
    }
    assert_in_range(turns, 1, REQUESTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_asked_over_and_over_costs_no_more_each_time, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(a_turn_renews_cases_up_to_a_size, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests_name("twins", tests, NULL, NULL);
}
