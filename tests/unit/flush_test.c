/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that must outlast a power cut are flushed, and the directory that names them too. The test stands in front of the C
 * library's fsync and notes what was flushed, so that a flush that somebody removes is missed.
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/daemon/files.h"
#include "keys/keyfile.h"
#include "nodes/cli/roster_folder.h"
#include "tests/support/roster_fixture.h"

#define FLUSHES_MAX 64

static ino_t flushed[FLUSHES_MAX];
static size_t flushed_count;

/* In the place of the C library's: the disk itself is not what is tested here. */
int fsync(int fd);
int fsync(int fd)
{
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    assert_true(flushed_count < FLUSHES_MAX);
    flushed[flushed_count++] = status.st_ino;
    return 0;
}

static bool was_flushed(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    for (size_t i = 0; i < flushed_count; i++) {
        if (flushed[i] == status.st_ino) {
            return true;
        }
    }
    return false;
}

struct place {
    char directory[64], path[96];
};

static struct place place_new(const char *name)
{
    struct place place;
    (void)snprintf(place.directory, sizeof place.directory, "/tmp/comity-flush.XXXXXX");
    assert_non_null(mkdtemp(place.directory));
    (void)snprintf(place.path, sizeof place.path, "%s/%s", place.directory, name);
    flushed_count = 0;
    return place;
}

static void a_replaced_file_and_its_name_are_flushed(void **state)
{
    struct error error = {.text = ""};
    struct place place = place_new("file");
    (void)state;
    assert_true(files_write_atomic(place.path, bytes_of_text("content"), 0600, &error));
    assert_true(was_flushed(place.path));
    assert_true(was_flushed(place.directory));
    assert_int_equal(unlink(place.path), 0);
    assert_int_equal(rmdir(place.directory), 0);
}

static void a_key_and_its_name_are_flushed(void **state)
{
    struct error error = {.text = ""};
    struct place place = place_new("key");
    (void)state;
    assert_true(keyfile_write(place.path, bytes_of_text("a key"), &error));
    assert_true(was_flushed(place.path));
    assert_true(was_flushed(place.directory));
    assert_int_equal(unlink(place.path), 0);
    assert_int_equal(rmdir(place.directory), 0);
}

/* The judged roster of the fixture, as roster_check_read() would leave it. */
static void a_roster_version_and_its_folder_are_flushed(void **state)
{
    struct error error = {.text = ""};
    char version[128], file[160];
    struct place place = place_new("roster");
    struct slab *slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
    struct fixture *fixture = fixture_new(slab);
    struct cli cli = {.command = "", .arena = fixture->arena};
    struct roster_check check = {
        .cli = &cli, .path = "roster.json", .candidate = fixture->roster, .count = 1};
    (void)state;
    check.minisigs[0] = fixture->minisig[0];
    check.names[0] = "roster.json.a.minisig";
    check.reports[0].counted = true;
    assert_int_equal(mkdir(place.path, 0700), 0);
    assert_true(roster_folder_put(&check, place.path, &error));
    (void)snprintf(version, sizeof version, "%s/1", place.path);
    assert_true(was_flushed(version));
    assert_true(was_flushed(place.path));
    static const char *const names[] = {"roster.json", "roster.json.a.minisig"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(file, sizeof file, "%s/%s", version, names[i]);
        assert_true(was_flushed(file));
        assert_int_equal(unlink(file), 0);
    }
    assert_int_equal(rmdir(version), 0);
    assert_int_equal(rmdir(place.path), 0);
    assert_int_equal(rmdir(place.directory), 0);
    fixture_free(fixture);
    slab_free(slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replaced_file_and_its_name_are_flushed),
        cmocka_unit_test(a_key_and_its_name_are_flushed),
        cmocka_unit_test(a_roster_version_and_its_folder_are_flushed),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests_name("flush", tests, NULL, NULL);
}
