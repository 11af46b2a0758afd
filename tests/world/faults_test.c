/* SPDX-License-Identifier: Apache-2.0 */
/* Each fault of faults.def really happens, is counted when it does, ends, and leaves nobody down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drills/play/faults.h"

#define PARTIES 3
#define START   ((wall_ms){.ms = UINT64_C(1780272000000)})
#define ROUNDS  12 /* of one fault in a world: some strike only when their moment comes */

struct scene {
    struct cast *cast;
    struct world *world;
    struct faults_play *faults;
    struct coverage coverage;
    unsigned downs;
    const char *why; /* of who goes down, instead of what the world says; NULL: that */
};

static void see_fact(void *context, size_t actor, enum world_fact fact, const char *text)
{
    struct scene *scene = context;
    if (fact == WORLD_DOWN) {
        scene->downs++;
        faults_down(scene->faults, actor, scene->why != NULL ? scene->why : text);
    }
}

static void scene_open(struct scene *scene, uint64_t seed)
{
    struct world_setup setup = {.life_ms = 0};
    memset(scene, 0, sizeof *scene);
    scene->cast = cast_new(seed, PARTIES, START);
    scene->world = cast_world(scene->cast, &setup);
    scene->faults = faults_new(scene->world, scene->cast, seed, NULL, NULL, &scene->coverage);
    world_set_witness(scene->world, (struct world_witness){.context = scene, .fact = see_fact});
    assert_true(world_pass(scene->world, 5000));
}

static void scene_close(struct scene *scene)
{
    faults_free(scene->faults);
    world_free(scene->world);
    cast_free(scene->cast);
}

static void assert_all_up(struct scene *scene)
{
    for (size_t i = 0; i <= PARTIES; i++) {
        assert_true(world_is_up(scene->world, i));
    }
    for (size_t i = 1; i <= PARTIES; i++) {
        struct node_figures figures;
        node_figures(world_node(scene->world, i), &figures);
        assert_true(figures.connected);
    }
    assert_string_equal(faults_trouble(scene->faults), "");
}

/* A roster makes everybody write, so that faults of disks and turns find something to strike. */
static void stir(struct scene *scene)
{
    (void)fault_begin(scene->faults, FAULT_NEW_ROSTER, 1, 0);
    for (size_t i = 1; i <= PARTIES; i++) {
        world_cut_link(scene->world, i);
    }
    assert_true(world_pass(scene->world, 10000));
}

static void play_one(enum fault_kind kind)
{
    struct scene scene;
    scene_open(&scene, 100 + (uint64_t)kind);
    for (size_t i = 0; i <= PARTIES; i++) {
        faults_backup(scene.faults, i);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        (void)fault_begin(scene.faults, kind, round % (PARTIES + 1), 0);
        stir(&scene);
    }
    faults_heal(scene.faults);
    assert_true(world_pass(scene.world, 90000));
    if (kind != FAULT_BURST) { /* that takes people */
        assert_true(scene.coverage.faults[kind] > 0);
    }
    assert_all_up(&scene);
    scene_close(&scene);
}

static void each_fault_happens_and_leaves_nobody_down(void **state)
{
    (void)state;
    for (int kind = 0; kind < FAULT_COUNT; kind++) {
        print_message("# %s\n", fault_name((enum fault_kind)kind));
        play_one((enum fault_kind)kind);
    }
}

/* A fault that found nothing to strike is none. */
static void what_strikes_nothing_does_not_count(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene, 3);
    world_want_link(scene.world, 1, false);
    assert_true(world_pass(scene.world, 1000));
    assert_false(fault_begin(scene.faults, FAULT_LINK_CUT, 1, 0));
    assert_false(fault_begin(scene.faults, FAULT_HALF_OPEN, 1, 0));
    assert_true(fault_begin(scene.faults, FAULT_LYING_DISK, 1, 1));
    assert_true(fault_begin(scene.faults, FAULT_DISK_FULL, 2, 1));
    assert_true(fault_begin(scene.faults, FAULT_CORRUPT, 1, 1));
    assert_true(fault_begin(scene.faults, FAULT_DUPLICATE, 1, 1));
    assert_true(fault_begin(scene.faults, FAULT_REORDER, 1, 1));
    assert_true(world_pass(scene.world, 1));
    faults_heal(scene.faults);
    for (size_t kind = 0; kind < FAULT_COUNT; kind++) {
        assert_int_equal(scene.coverage.faults[kind], 0);
    }
    assert_true(fault_begin(scene.faults, FAULT_LINK_CUT, 2, 0));
    assert_int_equal(scene.coverage.faults[FAULT_LINK_CUT], 1);
    scene_close(&scene);
}

static void killed_is_started_again(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene, 1);
    assert_true(fault_begin(scene.faults, FAULT_KILL, WORLD_BROKER, 0));
    assert_false(world_is_up(scene.world, WORLD_BROKER));
    assert_false(fault_begin(scene.faults, FAULT_KILL, WORLD_BROKER, 0)); /* it is down already */
    assert_true(world_pass(scene.world, 120000));
    assert_all_up(&scene);
    assert_int_equal(scene.coverage.faults[FAULT_KILL], 1);
    assert_int_equal(scene.coverage.restarts, 1);
    scene_close(&scene);
}

static void lasting_errors_are_retried_until_they_end(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene, 2);
    struct disk *disk = world_disk(scene.world, 1);
    for (unsigned round = 0; round < 20 && scene.coverage.faults[FAULT_EIO_READ] == 0; round++) {
        (void)fault_begin(scene.faults, FAULT_EIO_READ, 1, 600 * UINT64_C(1000000));
        (void)fault_begin(scene.faults, FAULT_KILL, 1, 0);
        assert_true(world_pass(scene.world, 700000));
    }
    assert_true(scene.coverage.faults[FAULT_EIO_READ] > 0);
    assert_true(disk_failed(disk) != 0);
    assert_true(world_pass(scene.world, 120000));
    assert_all_up(&scene);
    scene_close(&scene);
}

static void down_for_no_fault_is_trouble(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene, 3);
    struct disk *disk = world_disk(scene.world, 1);
    disk_fail_at(disk, disk_operations(disk) + 1, DISK_EIO_WRITE, false); /* nobody told the faults */
    for (unsigned round = 0; round < 3; round++) {
        stir(&scene);
    }
    assert_non_null(strstr(faults_trouble(scene.faults), "XA/poc went down for no fault"));
    assert_non_null(strstr(faults_trouble(scene.faults), "disk I/O error"));
    scene_close(&scene);
}

/* A trap that struck once and was outlived, and what ends the process after so long, which nobody told the faults. */
static void end_after_a_trap(struct scene *scene, uint64_t after_ms)
{
    uint64_t seed = 40;
    scene_open(scene, seed);
    while (scene->coverage.faults[FAULT_NO_SPACE] == 0 || scene->downs != 0) {
        scene_close(scene);
        scene_open(scene, ++seed);
        (void)fault_begin(scene->faults, FAULT_NO_SPACE, 1, 0);
        for (unsigned round = 0; round < 4 && scene->coverage.faults[FAULT_NO_SPACE] == 0; round++) {
            stir(scene);
            faults_look(scene->faults);
        }
    }
    assert_true(world_pass(scene->world, after_ms));
    faults_look(scene->faults);
    struct disk *disk = world_disk(scene->world, 1);
    disk_fail_at(disk, disk_operations(disk) + 1, DISK_EIO_WRITE, false);
    for (unsigned round = 0; round < 3 && scene->downs == 0; round++) {
        stir(scene);
    }
    assert_true(scene->downs != 0);
}

static void a_trap_explains_what_ends_soon_after_it_only(void **state)
{
    struct scene scene;
    (void)state;
    end_after_a_trap(&scene, 0);
    assert_string_equal(faults_trouble(scene.faults), "");
    scene_close(&scene);
    end_after_a_trap(&scene, UINT64_C(3600000));
    assert_non_null(strstr(faults_trouble(scene.faults), "XA/poc went down for no fault"));
    scene_close(&scene);
}

/* A planned end is known by its cause: what a core says of its own end may read like one. */
static void an_end_before_its_moment_is_trouble(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene, 3);
    scene.why = "an end nobody planned";
    struct disk *disk = world_disk(scene.world, 1);
    assert_true(fault_begin(scene.faults, FAULT_CUT_AFTER_COMMIT, 1, 0));
    disk_fail_at(disk, disk_operations(disk) + 1, DISK_EIO_WRITE, false);
    cast_next_roster(scene.cast, CAST_NOTHING, 0, world_now(scene.world));
    world_roster(scene.world, 1, scene.cast->newest_json, scene.cast->newest_minisigs, CAST_ROOTS);
    assert_true(world_pass(scene.world, 1000));
    assert_int_equal(scene.coverage.faults[FAULT_CUT_AFTER_COMMIT], 0);
    assert_non_null(strstr(faults_trouble(scene.faults), scene.why));
    scene_close(&scene);
}

static void a_ruined_disk_is_restored_from_the_backup(void **state)
{
    (void)state;
    for (uint64_t seed = 10; seed < 30; seed++) {
        struct scene scene;
        scene_open(&scene, seed);
        faults_backup(scene.faults, 2);
        assert_true(fault_begin(scene.faults, FAULT_LYING_DISK, 2, 20 * UINT64_C(1000000)));
        stir(&scene);
        assert_true(world_pass(scene.world, 120000));
        assert_true(scene.downs > 0);
        assert_all_up(&scene);
        scene_close(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_happens_and_leaves_nobody_down),
        cmocka_unit_test(what_strikes_nothing_does_not_count),
        cmocka_unit_test(killed_is_started_again),
        cmocka_unit_test(a_trap_explains_what_ends_soon_after_it_only),
        cmocka_unit_test(lasting_errors_are_retried_until_they_end),
        cmocka_unit_test(down_for_no_fault_is_trouble),
        cmocka_unit_test(an_end_before_its_moment_is_trouble),
        cmocka_unit_test(a_ruined_disk_is_restored_from_the_backup),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
