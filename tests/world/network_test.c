/* SPDX-License-Identifier: Apache-2.0 */
/* The network that is made of a scenario: who is in its roster with what, drawn from the seed, and nothing real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drills/conduct/network.h"
#include "tests/support/scenario_text.h"

static const char two[] =
    "scenario: 1\n"
    "title: Two\n"
    "summary: s\n"
    "teaches: t\n"
    "classification: TLP:CLEAR\n"
    "clock: {start: 2026-01-05T00:00:00Z, length: 30d}\n"
    "seed: 1\n"
    "desks: {d: {hours: office, people: 1}}\n"
    "habits: {h: {power: own}}\n"
    "states:\n"
    "  - {code: XA, name: Aldoria, zone: Asia/Dhaka, week: {work: sun-thu, hours: 09:00-17:00}, languages: "
    "[vi, en],\n"
    "     holidays: [2026-01-12], terms: {hold_days: 90, extensions: 2, lead_days: 14},\n"
    "     units: [{name: poc, desk: d, habits: h, phone: +99 555 0001}]}\n"
    "  - {code: XB, name: Bravonia, zone: Europe/Lisbon, units: [{name: poc, desk: d, habits: h},\n"
    "     {name: central, role: central, desk: d, habits: h}]}\n"
    "injects: [{id: n, at: day 1 12:00 XA, kind: note, script: x}]\n";

static struct scenario_texts texts;

static const struct scenario *read_two(void)
{
    scenario_texts_open(&texts);
    scenario_texts_add(&texts, "a.yaml", two);
    const struct scenario *scenario = scenario_texts_read(&texts, "a.yaml", NULL, 0);
    if (scenario == NULL) {
        fail_msg("%s", texts.mistakes.list[0].text);
    }
    return scenario;
}

static void the_roster_says_what_the_scenario_does(void **state)
{
    (void)state;
    const struct scenario *scenario = read_two();
    struct error error = {.text = ""};
    struct network *network = network_new(scenario, 1, NETWORK_PORT, &error);
    assert_non_null(network);
    assert_int_equal(network->party_count, 3);
    assert_int_equal(roster_format(network->roster), 2);
    const struct party *party = roster_find(network->roster, "XA/poc");
    assert_non_null(party);
    assert_string_equal(party->zone, "Asia/Dhaka");
    assert_string_equal(party->languages[0], "vi");
    assert_string_equal(party->contacts[0].phone, "+99 555 0001");
    assert_int_equal(party_calendar(party)->week, 0x1f); /* Sunday to Thursday */
    assert_int_equal(party_calendar(party)->hours.from_min, 9 * 60);
    assert_int_equal(party_calendar(party)->holiday_count, 1);
    assert_int_equal(party_terms(party)->hold_days_max, 90);
    assert_int_equal(party_terms(party)->hold_extensions, 2);
    assert_int_equal(party_terms(party)->lead_days, 14);
    assert_int_equal(party_terms(roster_find(network->roster, "XB/poc"))->hold_days_max, TERMS_UNSAID);
    assert_non_null(roster_find(network->roster, "XB/central"));
    network_free(network);
    scenario_texts_close(&texts);
}

static void nothing_real_can_be_signed_under_it(void **state)
{
    (void)state;
    const struct scenario *scenario = read_two();
    struct network *network = network_new(scenario, 1, NETWORK_PORT, NULL);
    assert_true(roster_is_exercise(network->roster));
    for (size_t i = 0; i < network->party_count; i++) {
        assert_true(network->world_parties[i].has_exercise);
    }
    network_free(network);
    scenario_texts_close(&texts);
}

static void the_seed_alone_draws_it(void **state)
{
    (void)state;
    const struct scenario *scenario = read_two();
    struct network *a = network_new(scenario, 7, NETWORK_PORT, NULL),
                   *b = network_new(scenario, 7, NETWORK_PORT, NULL);
    struct network *other = network_new(scenario, 8, NETWORK_PORT, NULL);
    assert_true(digest_equal(roster_hash(a->roster), roster_hash(b->roster)));
    assert_false(digest_equal(roster_hash(a->roster), roster_hash(other->roster)));
    assert_memory_not_equal(a->exercise.bytes, other->exercise.bytes, sizeof a->exercise.bytes);
    network_free(a);
    network_free(b);
    network_free(other);
    scenario_texts_close(&texts);
}

static void a_revoked_officer_signs_no_more(void **state)
{
    (void)state;
    const struct scenario *scenario = read_two();
    struct network *network = network_new(scenario, 1, NETWORK_PORT, NULL);
    const struct signer *officers[NETWORK_OFFICERS];
    assert_int_equal(network_officers(network, 1, officers), NETWORK_OFFICERS);
    const struct public_key last = officers[NETWORK_OFFICERS - 1]->key;
    const uint64_t at_ms = scenario->clock.start_ms + MS_PER_DAY;
    network_next_roster(network, 1, at_ms);
    assert_int_equal(roster_version(network->roster), 2);
    assert_int_equal(network_officers(network, 1, officers), NETWORK_OFFICERS - 1);
    assert_int_equal(network_officers(network, 0, officers), NETWORK_OFFICERS);
    const struct party *party = roster_find(network->roster, "XB/poc");
    assert_int_equal(roster_key_standing(network->roster, party, ROLE_OFFICER, &last,
                                         (wall_ms){.ms = at_ms + MS_PER_DAY}, NULL),
                     KEY_REVOKED);
    network_free(network);
    scenario_texts_close(&texts);
}

static void a_wrong_entry_is_published_and_put_right_again(void **state)
{
    (void)state;
    const struct scenario *scenario = read_two();
    struct network *network = network_new(scenario, 1, NETWORK_PORT, NULL);
    const uint64_t at_ms = scenario->clock.start_ms + MS_PER_DAY;
    network->parties[0].wrong_entry = true;
    network_next_roster(network, SIZE_MAX, at_ms);
    assert_string_not_equal(roster_find(network->roster, "XA/poc")->contacts->phone, "+99 555 0001");
    assert_string_equal(roster_find(network->roster, "XB/poc")->contacts->phone, "+99 000 0000");
    network->parties[0].wrong_entry = false;
    network_next_roster(network, SIZE_MAX, at_ms + MS_PER_DAY);
    assert_int_equal(roster_version(network->roster), 3);
    assert_string_equal(roster_find(network->roster, "XA/poc")->contacts->phone, "+99 555 0001");
    network_free(network);
    scenario_texts_close(&texts);
}

static void everybody_is_linked_in_its_world(void **state)
{
    (void)state;
    const struct scenario *scenario = read_two();
    struct error error = {.text = ""};
    struct network *network = network_new(scenario, 1, NETWORK_PORT, &error);
    struct world *world = network_world(network, MS_PER_DAY, MS_PER_HOUR, NULL, &error);
    assert_non_null(world);
    assert_true(world_pass(world, MS_PER_MINUTE));
    for (size_t i = 1; i <= network->party_count; i++) {
        assert_true(world_has_connection(world, i));
        assert_true(node_ready(world_node(world, i)));
    }
    const uint64_t turns = world_figures(world).turns;
    assert_true(world_pass(world, MS_PER_DAY / 2)); /* nothing happens: hardly anybody moves */
    assert_true(world_figures(world).turns - turns < 200);
    assert_true(world_has_connection(world, 1));
    world_free(world);
    network_free(network);
    scenario_texts_close(&texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_roster_says_what_the_scenario_does),
        cmocka_unit_test(nothing_real_can_be_signed_under_it),
        cmocka_unit_test(the_seed_alone_draws_it),
        cmocka_unit_test(a_revoked_officer_signs_no_more),
        cmocka_unit_test(a_wrong_entry_is_published_and_put_right_again),
        cmocka_unit_test(everybody_is_linked_in_its_world),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
