/* SPDX-License-Identifier: Apache-2.0 */
/* A cast: keys and rosters from a seed, and the world they live in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drills/play/cast.h"

#define START ((wall_ms){.ms = UINT64_C(1780315200000)}) /* 2026-06-01T12:00:00Z */

static void a_seed_gives_the_same_cast(void **state)
{
    (void)state;
    struct cast *one = cast_new(7, 5, START);
    struct cast *same = cast_new(7, 5, START);
    struct cast *other = cast_new(8, 5, START);
    assert_true(bytes_equal(one->roster_json, same->roster_json));
    assert_true(bytes_equal(one->minisigs[1], same->minisigs[1]));
    assert_false(bytes_equal(one->roster_json, other->roster_json));
    assert_false(public_key_equal(&one->parties[0].officer[0].key, &other->parties[0].officer[0].key));
    assert_false(public_key_equal(&one->parties[0].officer[0].key, &one->parties[1].officer[0].key));
    cast_free(one);
    cast_free(same);
    cast_free(other);
}

static void parties_come_in_one_order(void **state)
{
    static const char *const order[] = {"XA/poc", "XB/poc", "XC/poc", "XA/central", "XD/poc", "XE/poc"};
    (void)state;
    struct cast *small = cast_new(1, 4, START);
    struct cast *large = cast_new(2, CAST_PARTIES_MAX, START);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        assert_string_equal(large->parties[i].address.text, order[i]);
        assert_true(i >= small->party_count ||
                    address_equal(&small->parties[i].address, &large->parties[i].address));
    }
    assert_ptr_equal(cast_party(large, "XD/poc"), &large->parties[4]);
    cast_free(small);
    cast_free(large);
}

/* The others keep their places, keys and names; it is in the roster, and no part of an exercise. */
static void a_liar_leaves_its_place_and_comes_last(void **state)
{
    (void)state;
    struct cast *all = cast_new(6, 4, START);
    struct cast *cast = cast_of(&(struct cast_setup){.seed = 6,
                                                     .party_count = 4,
                                                     .start = START,
                                                     .exercise = true,
                                                     .outsider = 3,
                                                     .has_liar = true,
                                                     .liar = 1});
    static const size_t places[] = {0, 2, 3, 1};
    assert_int_equal(cast->party_count, 3);
    assert_int_equal(cast_liar(cast), 4);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct cast_party *party = &cast->parties[i];
        const struct cast_party *known = &all->parties[places[i]];
        const struct party *listed = roster_find(cast->roster, party->address.text);
        assert_string_equal(party->address.text, known->address.text);
        assert_true(public_key_equal(&party->node_signer.key, &known->node_signer.key));
        assert_string_equal(party->zone_name, known->zone_name);
        assert_non_null(listed);
        assert_string_equal(listed->name, roster_find(all->roster, party->address.text)->name);
        assert_int_equal(cast->world_parties[i].has_exercise, i < 3);
        assert_int_equal(listed->keys[3].exercise, i < 3);
    }
    cast_free(all);
    cast_free(cast);
}

/*
 * What people and nodes rely on: the roots' signatures, good keys of all officers, numbers to call, zones
 * that are known.
 */
static void the_first_roster_is_a_network(void **state)
{
    (void)state;
    struct cast *cast = cast_new(3, CAST_PARTIES_MAX, START);
    struct arena *arena = arena_new(1024 * 1024);
    struct error error = {.text = ""};
    bool stale = true;
    assert_non_null(arena);
    assert_int_equal(
        roster_first(cast->roster, &cast->network, cast->minisigs, CAST_ROOTS, arena, NULL, &error),
        ROSTER_OK);
    assert_int_equal(roster_freshness(cast->roster, START, &stale), ROSTER_OK);
    assert_false(stale);
    for (size_t i = 0; i < cast->party_count; i++) {
        const struct cast_party *p = &cast->parties[i];
        const struct party *entry = roster_find(cast->roster, p->address.text);
        const wall_ms long_ago = {.ms = START.ms - 5 * 365 * MS_PER_DAY};
        assert_non_null(entry);
        assert_non_null(p->zone);
        assert_string_equal(entry->zone, p->zone_name);
        assert_string_equal(entry->contacts[0].phone, p->phone);
        for (size_t k = 0; k < CAST_OFFICERS; k++) {
            assert_int_equal(
                roster_key_standing(cast->roster, entry, ROLE_OFFICER, &p->officer[k].key, long_ago, NULL),
                KEY_GOOD);
        }
    }
    arena_free(arena);
    cast_free(cast);
}

static void each_next_roster_follows_the_one_before(void **state)
{
    static const enum cast_change changes[] = {CAST_NOTHING, CAST_REVOKE_OFFICER, CAST_SUSPEND, CAST_QUOTA,
                                               CAST_RESUME,  CAST_REVOKE_OFFICER, CAST_QUOTA};
    (void)state;
    struct cast *cast = cast_new(4, 3, START);
    struct arena *arena = arena_new(4 * 1024 * 1024);
    struct error error = {.text = ""};
    assert_non_null(arena);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct roster *held = NULL;
        assert_int_equal(roster_read(cast->newest_json, &held, &error), ROSTER_OK);
        cast_next_roster(cast, changes[i], 1, (wall_ms){.ms = START.ms + i * MS_PER_HOUR + 7});
        assert_int_equal(
            roster_update(held, cast->roster, cast->newest_minisigs, CAST_ROOTS, arena, NULL, &error),
            ROSTER_OK);
        const struct party *party = roster_find(cast->roster, "XB/poc");
        const struct signer *deputy = cast_deputy(&cast->parties[1]);
        assert_int_equal(roster_key_standing(cast->roster, party, ROLE_OFFICER, &deputy->key, START, NULL),
                         i < 1 ? KEY_GOOD : KEY_REVOKED);
        assert_int_equal(party->status, i == 2 || i == 3 ? PARTY_SUSPENDED : PARTY_ACTIVE);
        assert_int_equal(party->quota_envelopes != 0, i >= 3 && i < 6);
        roster_free(held);
    }
    assert_int_equal(roster_version(cast->roster), 1 + sizeof changes / sizeof changes[0]);
    arena_free(arena);
    cast_free(cast);
}

static bool is_connected(struct world *world, size_t party)
{
    struct command command = {.actor = "test", .verb = VERB_STATUS, .target = "", .query = ""};
    unsigned status = 0;
    json_t *answer = NULL;
    bool connected = world_command(world, party, &command, &status, &answer) && status == 200 &&
                     json_is_true(json_object_get(answer, "connected"));
    json_decref(answer);
    return connected;
}

static void its_world_links_everybody_and_takes_new_rosters(void **state)
{
    (void)state;
    struct cast *cast = cast_new(5, 6, START);
    struct world_setup setup = {.life_ms = 2 * MS_PER_DAY};
    struct world *world = cast_world(cast, &setup);
    assert_true(world_pass(world, 5000));
    cast_next_roster(cast, CAST_NOTHING, 0, world_now(world));
    for (size_t i = 0; i < world_actor_count(world); i++) {
        world_roster(world, i, cast->newest_json, cast->newest_minisigs, CAST_ROOTS);
    }
    assert_true(world_pass(world, 5000));
    for (size_t i = 1; i < world_actor_count(world); i++) {
        assert_true(is_connected(world, i));
        assert_int_equal(roster_version(node_current_roster(world_node(world, i))), 2);
    }
    world_free(world);
    cast_free(cast);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_the_same_cast),
        cmocka_unit_test(parties_come_in_one_order),
        cmocka_unit_test(a_liar_leaves_its_place_and_comes_last),
        cmocka_unit_test(the_first_roster_is_a_network),
        cmocka_unit_test(each_next_roster_follows_the_one_before),
        cmocka_unit_test(its_world_links_everybody_and_takes_new_rosters),
    };
    return cmocka_run_group_tests_name("cast", tests, NULL, NULL);
}
