/* SPDX-License-Identifier: Apache-2.0 */
/* A file of the disk against a model of it that keeps all it was: drawn operations, then a power cut (disk.h). */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drills/world/disk.h"
#include "drills/world/piece.h"
#include "drills/world/stream.h"

#define PATH       "/file"
#define ELSEWHERE  "/other"
#define BYTES_MAX  96
#define CHANGES    40
#define HISTORIES  4000
#define OPERATIONS 60

struct content {
    uint8_t bytes[BYTES_MAX];
    size_t size;
};

struct model {
    uint64_t seed;
    size_t start; /* of what is modelled in the file: zeros before it */
    bool steady;  /* no sync fails */
    struct content reads;
    struct content steps[CHANGES + 1]; /* the safe content after 0, 1, ... of the changes that are not safe */
    size_t change_count;
};

static void content_write(struct content *content, const uint8_t *data, size_t size, size_t offset)
{
    memcpy(content->bytes + offset, data, size);
    content->size = offset + size > content->size ? offset + size : content->size;
}

static void content_resize(struct content *content, size_t size)
{
    if (size < content->size) {
        memset(content->bytes + size, 0,
               BYTES_MAX - size); /* what lies beyond the end is zero, if it grows again */
    }
    content->size = size;
}

static struct content *next_step(struct model *model)
{
    model->steps[model->change_count + 1] = model->steps[model->change_count];
    return &model->steps[++model->change_count];
}

static void settle(struct model *model, size_t survivors)
{
    model->steps[0] = model->steps[survivors];
    model->change_count = 0;
}

static void same(struct disk *disk, const struct model *model, const struct content *wanted)
{
    struct bytes file = disk_file(disk, PATH);
    if (file.size != model->start + wanted->size ||
        memcmp(file.data + model->start, wanted->bytes, wanted->size) != 0) {
        fail_msg("seed %llu: the file is not what the model says", (unsigned long long)model->seed);
    }
}

static void draw_operation(struct disk_handle *handle, struct model *model, struct stream *stream)
{
    uint8_t data[BYTES_MAX];
    size_t offset = (size_t)stream_below(stream, BYTES_MAX);
    size_t size = 1 + (size_t)stream_below(stream, BYTES_MAX - offset);
    uint64_t kind = model->change_count == CHANGES ? 9 : stream_below(stream, 10);
    if (kind < 5) {
        stream_bytes(stream, data, size);
        content_write(&model->reads, data, size, offset);
        content_write(next_step(model), data, size, offset);
        assert_int_equal(disk_write(handle, bytes_of(data, size), model->start + offset), DISK_OK);
    } else if (kind < 8) {
        content_resize(&model->reads, offset);
        content_resize(next_step(model), offset);
        assert_int_equal(disk_truncate(handle, model->start + offset), DISK_OK);
    } else if (kind == 8 && !model->steady) {
        disk_fail_at(handle->disk, 0, DISK_EIO_SYNC, false);
        assert_int_equal(disk_sync(handle), DISK_IO);
        settle(model, 0); /* lost, although it can still be read */
    } else {
        assert_int_equal(disk_sync(handle), DISK_OK);
        settle(model, model->change_count);
    }
    same(handle->disk, model, &model->reads);
}

/* The mode PREFIX asks for one number of eight bytes: how many of the changes, which are all those of the file, survive. */
static void draw(void *context, uint8_t *ret, size_t size)
{
    memset(ret, 0, size);
    ret[size - 1] = *(const uint8_t *)context;
}

/* Other files take the memory that the pool has, so that pieces of the one go out and come back. */
static void use_another(struct disk *disk, uint64_t round)
{
    uint8_t byte = (uint8_t)round;
    struct disk_handle handle;
    assert_int_equal(disk_open(disk, ELSEWHERE, true, false, &handle), DISK_OK);
    assert_int_equal(disk_write(&handle, bytes_of(&byte, 1), (2 + round % 3) * PIECE_BYTES), DISK_OK);
    assert_int_equal(disk_sync(&handle), DISK_OK);
    disk_close(&handle);
}

static void begin_at(struct disk_handle *handle, size_t start)
{
    assert_int_equal(disk_open(handle->disk, PATH, true, true, handle), DISK_OK);
    assert_int_equal(disk_truncate(handle, start), DISK_OK);
    assert_int_equal(disk_sync(handle), DISK_OK);
}

/* pieces: NULL, or a pool with room for too few; the file is then one of two pieces, which are both changed. */
static void play(uint64_t seed, struct pieces *pieces, bool steady)
{
    static const enum disk_cut cuts[] = {DISK_KEEP_ALL, DISK_LOSE_ALL, DISK_PREFIX};
    struct stream stream = stream_of(seed, "disk model", 0);
    struct disk *disk = disk_new("model", seed);
    struct model model = {
        .seed = seed, .start = pieces == NULL ? 0 : PIECE_BYTES - BYTES_MAX / 2, .steady = steady};
    struct disk_handle handle = {.disk = disk};
    disk_use_pieces(disk, pieces);
    if (steady) {
        disk_is_steady(disk);
    }
    begin_at(&handle, model.start);
    for (uint64_t i = 1 + stream_below(&stream, OPERATIONS); i != 0; i--) {
        draw_operation(&handle, &model, &stream);
        if (pieces != NULL) {
            use_another(disk, i);
        }
    }
    assert_true(!steady || disk_unsafe(disk) == 0);
    enum disk_cut cut = steady ? DISK_KEEP_ALL : cuts[stream_below(&stream, 3)];
    uint8_t survivors = (uint8_t)stream_below(&stream, model.change_count + 1);
    disk_power_cut(disk, cut, (struct turn_source){.random = draw, .context = &survivors});
    same(disk, &model,
         cut == DISK_KEEP_ALL ? &model.reads : &model.steps[cut == DISK_PREFIX ? survivors : 0]);
    disk_close(&handle);
    disk_free(disk);
}

static void a_cut_leaves_what_the_model_says(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        play(seed, NULL, false);
    }
}

static void a_cut_leaves_the_same_where_pieces_go_out_of_memory(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    struct pieces *pieces = pieces_open("/tmp", 2 * PIECE_BYTES, &error);
    assert_non_null(pieces);
    for (uint64_t seed = 1; seed <= HISTORIES / 8; seed++) {
        play(seed, pieces, false);
    }
    assert_true(pieces_counts(pieces).read != 0);
    pieces_close(pieces);
}

static void a_steady_disk_keeps_what_is_written(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        play(seed, NULL, true);
    }
}

static void a_steady_disk_cannot_lose_anything(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct disk *disk = disk_new("steady", 1);
        (void)signal(SIGABRT, SIG_DFL);
        (void)close(STDERR_FILENO);
        disk_is_steady(disk);
        disk_power_cut(disk, DISK_LOSE_ALL, (struct turn_source){.random = draw});
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_leaves_what_the_model_says),
        cmocka_unit_test(a_cut_leaves_the_same_where_pieces_go_out_of_memory),
        cmocka_unit_test(a_steady_disk_keeps_what_is_written),
        cmocka_unit_test(a_steady_disk_cannot_lose_anything),
    };
    return cmocka_run_group_tests_name("disk model", tests, NULL, NULL);
}
