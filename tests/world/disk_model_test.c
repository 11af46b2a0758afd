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

#include <string.h>

#include "drills/world/disk.h"
#include "drills/world/stream.h"

#define PATH       "/file"
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

static void same(const struct disk *disk, const struct model *model, const struct content *wanted)
{
    struct bytes file = disk_file(disk, PATH);
    if (file.size != wanted->size || memcmp(file.data, wanted->bytes, wanted->size) != 0) {
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
        assert_int_equal(disk_write(handle, bytes_of(data, size), offset), DISK_OK);
    } else if (kind < 8) {
        content_resize(&model->reads, offset);
        content_resize(next_step(model), offset);
        assert_int_equal(disk_truncate(handle, offset), DISK_OK);
    } else if (kind == 8) {
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

static void play(uint64_t seed)
{
    static const enum disk_cut cuts[] = {DISK_KEEP_ALL, DISK_LOSE_ALL, DISK_PREFIX};
    struct stream stream = stream_of(seed, "disk model", 0);
    struct disk *disk = disk_new("model", seed);
    struct model model = {.seed = seed};
    struct disk_handle handle;
    assert_int_equal(disk_open(disk, PATH, true, true, &handle), DISK_OK);
    assert_int_equal(disk_sync(&handle), DISK_OK);
    for (uint64_t i = 1 + stream_below(&stream, OPERATIONS); i != 0; i--) {
        draw_operation(&handle, &model, &stream);
    }
    enum disk_cut cut = cuts[stream_below(&stream, 3)];
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
        play(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_leaves_what_the_model_says),
    };
    return cmocka_run_group_tests_name("disk model", tests, NULL, NULL);
}
