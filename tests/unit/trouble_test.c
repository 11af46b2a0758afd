/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a node itself from its work: said in its log and to its people, with what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keys/envelope.h"
#include "nodes/trouble.h"
#include "tests/support/node_sent.h"

/* How many lines of the last turn are that event and have these words. */
static size_t lines_of(struct rig *rig, const char *event, const char *words)
{
    size_t count = 0, found = 0;
    const struct logged *lines = turn_logged(rig->turn, &count);
    for (size_t i = 0; i < count; i++) {
        found += strcmp(lines[i].event, event) == 0 && strstr(lines[i].fields, words) != NULL;
    }
    return found;
}

/* It has one trouble, with these words. */
static void assert_trouble(struct rig *rig, const char *what, const char *why, const char *next,
                           bool seals_nothing)
{
    struct trouble found[TROUBLES_MAX];
    assert_int_equal(troubles(rig->node, rig->turn, NULL, found), 1);
    assert_string_equal(found[0].what, what);
    assert_string_equal(found[0].why.text, why);
    assert_non_null(strstr(found[0].next, next));
    assert_int_equal(found[0].seals_nothing, seals_nothing);
}

static void assert_no_trouble(struct rig *rig)
{
    struct trouble found[TROUBLES_MAX];
    assert_int_equal(troubles(rig->node, rig->turn, NULL, found), 0);
}

/* --- the clock --- */

static void a_clock_that_is_ahead_is_told_with_its_minutes(void **state)
{
    struct rig *rig = *state;
    rig->wall.ms += CLOCK_AHEAD_MS;
    rig_tick(rig, 0);
    assert_no_trouble(rig);
    rig->wall.ms += 100 * MS_PER_SECOND;
    rig_tick(rig, 0);
    assert_trouble(
        rig, "clock",
        "this machine's clock is 6 minutes ahead of the broker's: nothing is sealed until it is right",
        "set this machine's clock", true);
}

/* What is sealed by a clock behind is taken until it would have expired already. */
static void a_clock_behind_seals_until_all_would_have_expired(void **state)
{
    struct rig *rig = *state;
    rig->wall.ms -= 20 * MS_PER_MINUTE;
    rig_tick(rig, 0);
    assert_trouble(
        rig, "clock",
        "this machine's clock is 20 minutes behind the broker's: what is signed and sealed has the "
        "wrong time",
        "set this machine's clock", false);
    rig->wall.ms += 20 * MS_PER_MINUTE;
    rig->wall.ms -= rig->options.life_ms;
    rig_tick(rig, 0);
    struct trouble found[TROUBLES_MAX];
    assert_true(troubles(rig->node, rig->turn, NULL, found) > 0);
    assert_true(found[0].seals_nothing);
}

/* --- keys --- */

static void a_node_key_of_another_party_is_told_with_its_file(void **state)
{
    struct rig *rig = *state;
    static const char why[] = "keys/node.key is not a node key that roster 1 names for XB/poc";
    assert_no_trouble(rig);
    rig->options.node_signer = &rig->peer->node_signer;
    rig_restart(rig);
    rig_link(rig);
    assert_trouble(rig, "node_key", why, "put this party's own key there", true);
    assert_int_equal(lines_of(rig, "key.unusable", why), 1);
    assert_int_equal(lines_of(rig, "key.unusable", "role=node cause=\""), 1);
    assert_int_equal(lines_of(rig, "key.unusable", "next=\"put this party's own key there"), 1);
    rig_tick(rig, 1000);
    assert_int_equal(lines_of(rig, "key.unusable", ""), 0); /* once */
}

/* Of two keys the second is not hidden by the first. */
static void each_own_key_is_told(void **state)
{
    struct rig *rig = *state;
    struct trouble found[TROUBLES_MAX];
    rig->options.node_signer = &rig->peer->node_signer;
    rig->options.seal_signer = &rig->peer->seal_signer;
    rig_restart(rig);
    rig_link_up(rig);
    assert_int_equal(troubles(rig->node, rig->turn, NULL, found), 2);
    assert_string_equal(found[0].what, "node_key");
    assert_string_equal(found[1].what, "seal_key");
    assert_false(found[1].seals_nothing);
}

static void a_revoked_node_key_is_told_as_that(void **state)
{
    struct rig *rig = *state;
    struct fixture_revocation lost = {.key = rig->me->node_signer.key, .at_ms = FIXTURE_FROM_MS};
    rig_change_roster(rig, fixture_revoke, &lost);
    assert_trouble(rig, "node_key", "roster 2 revokes the key of keys/node.key for XB/poc", "new key", true);
}

/* --- the disk --- */

static void a_disk_that_is_nearly_full_is_told_when_that_begins_and_when_it_ends(void **state)
{
    struct rig *rig = *state;
    node_disk_free(rig->node, DISK_FREE_MIN - 1);
    rig_tick(rig, 1000);
    assert_int_equal(lines_of(rig, "disk.low", "free=67108863 needed=67108864"), 1);
    assert_trouble(
        rig, "disk",
        "the disk has 67108863 bytes free, and 67108864 are needed: nothing is filed, and nothing is "
        "taken from the broker",
        "make room", false);
    node_disk_free(rig->node, 1000);
    rig_tick(rig, 1000);
    assert_int_equal(lines_of(rig, "disk.low", ""), 0); /* once */
    node_disk_free(rig->node, DISK_FREE_MIN);
    rig_tick(rig, 1000);
    assert_int_equal(lines_of(rig, "disk.enough", "free=67108864 needed=67108864"), 1);
    assert_no_trouble(rig);
    rig_tick(rig, 1000);
    assert_int_equal(lines_of(rig, "disk.enough", ""), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup_linked, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_clock_that_is_ahead_is_told_with_its_minutes),
        TEST(a_clock_behind_seals_until_all_would_have_expired),
        TEST(a_node_key_of_another_party_is_told_with_its_file),
        TEST(each_own_key_is_told),
        TEST(a_revoked_node_key_is_told_as_that),
        TEST(a_disk_that_is_nearly_full_is_told_when_that_begins_and_when_it_ends),
    };
    return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
