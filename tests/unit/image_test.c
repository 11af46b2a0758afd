/* SPDX-License-Identifier: Apache-2.0 */
/* Images of files (image.h) on the heap and in a pool whose memory is far too small, each against plain bytes. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drills/world/image.h"
#include "drills/world/stream.h"

#define FEW       3 /* pieces in memory */
#define MODEL_MAX ((size_t)12 * PIECE_BYTES)

static struct pieces *pool_of(size_t count)
{
    struct error error = {.text = ""};
    struct pieces *pieces = pieces_open("/tmp", count * PIECE_BYTES, &error);
    assert_non_null(pieces);
    return pieces;
}

/* Bytes that are known by their place and the salt, and of which no two pages are alike. */
static struct bytes pattern(uint8_t *ret, size_t size, uint32_t salt)
{
    uint64_t state = salt;
    for (size_t i = 0; i < size; i++) {
        ret[i] = (uint8_t)(i % 8 == 0 ? splitmix64(&state) : state >> (8 * (i % 8)));
    }
    return bytes_of(ret, size);
}

static void assert_holds(const struct image *image, struct bytes wanted)
{
    uint8_t *got = malloc(wanted.size + 1);
    assert_non_null(got);
    assert_int_equal(image->size, wanted.size);
    image_read(image, got, wanted.size, 0);
    assert_memory_equal(got, wanted.data, wanted.size);
    free(got);
}

static void assert_zeros(const struct image *image, size_t from, size_t to)
{
    uint8_t byte = 1;
    for (size_t at = from; at < to; at++) {
        image_read(image, &byte, 1, at);
        assert_int_equal(byte, 0);
    }
}

/* Both kinds of memory, one after the other. */
static void in_both(void (*test)(struct pieces *))
{
    struct pieces *pool = pool_of(FEW);
    test(NULL);
    test(pool);
    pieces_close(pool);
}

/* --- sizes --- */

static void holds_all_sizes_of(struct pieces *pieces)
{
    static const size_t sizes[] = {
        1,           PIECE_BYTES_LEAST - 1, PIECE_BYTES_LEAST, PIECE_BYTES_LEAST + 1, PIECE_BYTES - 1,
        PIECE_BYTES, PIECE_BYTES + 1,       2 * PIECE_BYTES,   5 * PIECE_BYTES + 7};
    static uint8_t bytes[6 * PIECE_BYTES];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct image image = {.pieces = pieces};
        assert_holds(&image, bytes_of(bytes, 0));
        image_write(&image, pattern(bytes, sizes[i], (uint32_t)i), 0);
        assert_holds(&image, bytes_of(bytes, sizes[i]));
        image_write(&image, bytes_of(bytes, 0), sizes[i] + 5); /* of nothing: not even longer */
        assert_holds(&image, bytes_of(bytes, sizes[i]));
        image_done(&image);
        assert_int_equal(image.size, 0);
    }
}

static void an_image_of_every_size_reads_as_written(void **state)
{
    (void)state;
    in_both(holds_all_sizes_of);
}

static void grows_by_small_writes(struct pieces *pieces)
{
    static uint8_t bytes[3 * PIECE_BYTES];
    struct image image = {.pieces = pieces};
    (void)pattern(bytes, sizeof bytes, 9);
    for (size_t at = 0; at < sizeof bytes; at += 1000) {
        size_t size = sizeof bytes - at < 1000 ? sizeof bytes - at : 1000;
        image_write(&image, bytes_of(bytes + at, size), at);
    }
    assert_holds(&image, bytes_of(bytes, sizeof bytes));
    image_done(&image);
}

static void an_image_grows_write_by_write(void **state)
{
    (void)state;
    in_both(grows_by_small_writes);
}

static void a_small_file_takes_little_memory(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {
        {1, 4096}, {4096, 4096}, {4097, 8192}, {8192, 8192}, {8193, PIECE_BYTES}};
    static uint8_t bytes[PIECE_BYTES];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct image image = {.pieces = NULL};
        image_write(&image, bytes_of(bytes, sizes[i][0]), 0);
        assert_int_equal(piece_bytes(image.table[0]), sizes[i][1]);
        image_done(&image);
    }
}

/* --- holes --- */

static void has_holes(struct pieces *pieces)
{
    struct image image = {.pieces = pieces};
    uint8_t byte = 7;
    image_write(&image, bytes_of(&byte, 1), 3 * PIECE_BYTES + 10);
    assert_int_equal(image.size, 3 * PIECE_BYTES + 11);
    assert_zeros(&image, 0, 3 * PIECE_BYTES + 10);
    for (size_t i = 0; i < 3; i++) {
        assert_null(image.table[i]); /* nothing is kept of zeros */
    }
    image_write(&image, bytes_of(&byte, 1), 10); /* into the hole */
    assert_int_equal(image.size, 3 * PIECE_BYTES + 11);
    assert_zeros(&image, 0, 10);
    assert_zeros(&image, 11, 3 * PIECE_BYTES + 10);
    image_resize(&image, 100 * PIECE_BYTES);
    assert_zeros(&image, 3 * PIECE_BYTES + 11, 5 * PIECE_BYTES);
    assert_null(image.table[99]);
    image_done(&image);
}

static void what_was_never_written_is_zeros_and_takes_no_piece(void **state)
{
    (void)state;
    in_both(has_holes);
}

/* --- truncation --- */

static void is_cut(struct pieces *pieces)
{
    static uint8_t bytes[4 * PIECE_BYTES];
    static const size_t sizes[] = {3 * PIECE_BYTES + 1, 3 * PIECE_BYTES, 2 * PIECE_BYTES - 1, 100, 0};
    (void)pattern(bytes, sizeof bytes, 3);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct image image = {.pieces = pieces};
        image_write(&image, bytes_of(bytes, sizeof bytes), 0);
        image_resize(&image, sizes[i]);
        assert_holds(&image, bytes_of(bytes, sizes[i]));
        image_put_back(&image, bytes_of(NULL, 0), sizes[i], sizeof bytes); /* a power cut brings it back */
        assert_holds(&image, bytes_of(bytes, sizeof bytes));
        image_resize(&image, sizes[i]);
        image_resize(&image, sizeof bytes); /* longer again, it is other bytes */
        assert_zeros(&image, sizes[i], sizeof bytes);
        image_resize(&image, sizes[i]);
        image_trim(&image);
        assert_int_equal(image.extent, sizes[i]);
        assert_int_equal(image.count, (sizes[i] + PIECE_BYTES - 1) / PIECE_BYTES);
        image_resize(&image, sizeof bytes);
        assert_zeros(&image, sizes[i], sizeof bytes);
        image_done(&image);
    }
}

static void what_is_cut_off_comes_back_until_trimmed_and_never_by_growing(void **state)
{
    (void)state;
    in_both(is_cut);
}

/* --- copies --- */

static void copies(struct pieces *from_pool, struct pieces *to_pool)
{
    static uint8_t bytes[3 * PIECE_BYTES + 100];
    static uint8_t other[PIECE_BYTES];
    struct image from = {.pieces = from_pool};
    struct image to = {.pieces = to_pool};
    image_write(&to, pattern(other, sizeof other, 1), 5 * PIECE_BYTES); /* gone with the copy */
    image_write(&from, pattern(bytes, sizeof bytes, 2), 0);
    image_copy(&to, &from);
    assert_true((to.table[0] == from.table[0]) == (to_pool == from_pool)); /* shared, or not */
    assert_holds(&to, bytes_of(bytes, sizeof bytes));
    image_write(&from, bytes_of(other, sizeof other), PIECE_BYTES + 50);
    image_flip(&from, 3 * PIECE_BYTES + 1, 1);
    assert_holds(&to, bytes_of(bytes, sizeof bytes));
    memcpy(bytes + PIECE_BYTES + 50, other, sizeof other);
    bytes[3 * PIECE_BYTES + 1] ^= 1;
    image_resize(&to, 0);
    image_trim(&to);
    assert_holds(&from, bytes_of(bytes, sizeof bytes));
    image_copy(&to, &from);
    image_done(&from);
    assert_holds(&to, bytes_of(bytes, sizeof bytes));
    image_done(&to);
}

static void copies_are_apart(void **state)
{
    (void)state;
    struct pieces *a = pool_of(FEW);
    struct pieces *b = pool_of(2);
    copies(NULL, NULL);
    copies(a, a);
    copies(a, b);
    copies(a, NULL);
    copies(NULL, b);
    pieces_close(a);
    pieces_close(b);
}

/* One small file of many copies takes its few bytes once, also when it grows in one of them. */
static void a_small_copy_grows_alone(void **state)
{
    (void)state;
    static uint8_t bytes[2 * PIECE_BYTES];
    struct image from = {.pieces = NULL};
    struct image to = {.pieces = NULL};
    image_write(&from, pattern(bytes, 100, 4), 0);
    image_copy(&to, &from);
    assert_ptr_equal(to.table[0], from.table[0]);
    image_write(&to, pattern(bytes, sizeof bytes, 5), 0);
    assert_holds(&to, bytes_of(bytes, sizeof bytes));
    assert_holds(&from, pattern(bytes, 100, 4));
    image_done(&from);
    image_done(&to);
}

static void a_flipped_byte_beyond_the_extent_is_none(void **state)
{
    (void)state;
    uint8_t byte = 6;
    struct image image = {.pieces = NULL};
    image_flip(&image, 0, 1);
    image_write(&image, bytes_of(&byte, 1), 0);
    image_flip(&image, 1, 1);
    image_flip(&image, 0, 1);
    byte = 7;
    assert_holds(&image, bytes_of(&byte, 1));
    image_done(&image);
}

/* --- out of memory and back --- */

static void what_was_used_last_stays_in_memory(void **state)
{
    (void)state;
    static uint8_t bytes[5 * PIECE_BYTES];
    struct pieces *pool = pool_of(FEW);
    struct image image = {.pieces = pool};
    image_write(&image, pattern(bytes, sizeof bytes, 6), 0);
    struct pieces_counts counts = pieces_counts(pool);
    assert_int_equal(counts.in_memory, FEW);
    assert_int_equal(counts.outside, 2);
    assert_int_equal(counts.written, 2);
    uint8_t byte = 0;
    image_read(&image, &byte, 1, 4 * PIECE_BYTES);
    image_read(&image, &byte, 1, 2 * PIECE_BYTES); /* 3 is now the one not used for longest */
    image_read(&image, &byte, 1, 0);
    assert_int_equal(pieces_counts(pool).read, 1);
    assert_int_equal(pieces_counts(pool).written, 3);
    image_read(&image, &byte, 1, 4 * PIECE_BYTES);
    image_read(&image, &byte, 1, 2 * PIECE_BYTES);
    assert_int_equal(pieces_counts(pool).read, 1); /* both were there */
    image_read(&image, &byte, 1, 3 * PIECE_BYTES);
    assert_int_equal(pieces_counts(pool).read, 2);
    assert_int_equal(pieces_counts(pool).written,
                     3); /* what went out was as in the file: not written again */
    assert_holds(&image, bytes_of(bytes, sizeof bytes));
    image_done(&image);
    counts = pieces_counts(pool);
    assert_int_equal(counts.in_memory + counts.outside, 0);
    pieces_close(pool);
}

static void what_was_written_again_goes_out_again(void **state)
{
    (void)state;
    static uint8_t bytes[5 * PIECE_BYTES];
    struct pieces *pool = pool_of(FEW);
    struct image image = {.pieces = pool};
    image_write(&image, pattern(bytes, sizeof bytes, 6), 0);
    for (size_t round = 0; round < 4; round++) {
        for (size_t at = 17; at < sizeof bytes; at += PIECE_BYTES) {
            bytes[at] ^= 0x40;
            image_write(&image, bytes_of(bytes + at, 1), at);
        }
    }
    assert_holds(&image, bytes_of(bytes, sizeof bytes));
    image_done(&image);
    pieces_close(pool);
}

/* A shared piece that is outside is read by each of its images, and the one that writes gets its own. */
static void shared_pieces_go_out_and_come_back(void **state)
{
    (void)state;
    static uint8_t bytes[6 * PIECE_BYTES];
    struct pieces *pool = pool_of(2);
    struct image images[4] = {{.pieces = pool}, {.pieces = pool}, {.pieces = pool}, {.pieces = pool}};
    image_write(&images[0], pattern(bytes, sizeof bytes, 8), 0);
    for (size_t i = 1; i < 4; i++) {
        image_copy(&images[i], &images[0]);
    }
    assert_int_equal(pieces_counts(pool).in_memory + pieces_counts(pool).outside, 6);
    for (size_t i = 0; i < 4; i++) {
        uint8_t byte = (uint8_t)i;
        image_write(&images[i], bytes_of(&byte, 1), i * PIECE_BYTES + 5);
    }
    assert_int_equal(pieces_counts(pool).in_memory + pieces_counts(pool).outside, 10);
    for (size_t i = 0; i < 4; i++) {
        uint8_t kept = bytes[i * PIECE_BYTES + 5];
        bytes[i * PIECE_BYTES + 5] = (uint8_t)i;
        assert_holds(&images[i], bytes_of(bytes, sizeof bytes));
        bytes[i * PIECE_BYTES + 5] = kept;
    }
    for (size_t i = 0; i < 4; i++) {
        image_done(&images[i]);
    }
    pieces_close(pool);
}

/* Drawn operations on two images of one pool that copy each other now and then, against plain bytes. */
struct model {
    struct image image;
    uint8_t *bytes;
    size_t size;
};

static void draw_operation(struct model *model, struct model *other, struct stream *stream)
{
    static uint8_t data[2 * PIECE_BYTES];
    size_t offset = (size_t)stream_below(stream, MODEL_MAX - sizeof data);
    size_t size = (size_t)stream_below(stream, sizeof data);
    switch (stream_below(stream, 8)) {
    case 0:
        image_resize(&model->image, offset);
        if (offset > model->size) {
            memset(model->bytes + model->size, 0, offset - model->size);
        }
        model->size = offset;
        break;
    case 1:
        image_trim(&model->image);
        break;
    case 2:
        image_copy(&other->image, &model->image);
        memcpy(other->bytes, model->bytes, model->size);
        other->size = model->size;
        break;
    default:
        (void)pattern(data, size, (uint32_t)stream_next(stream));
        image_write(&model->image, bytes_of(data, size), offset);
        if (size != 0) {
            memset(model->bytes + model->size, 0, offset > model->size ? offset - model->size : 0);
            memcpy(model->bytes + offset, data, size);
            model->size = offset + size > model->size ? offset + size : model->size;
        }
    }
}

static void drawn_operations_read_as_plain_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct stream stream = stream_of(seed, "image", 0);
        struct pieces *pool = pool_of(2 + (size_t)stream_below(&stream, 8));
        struct model models[2];
        for (size_t i = 0; i < 2; i++) {
            models[i] = (struct model){.image = {.pieces = pool}, .bytes = calloc(1, MODEL_MAX)};
            assert_non_null(models[i].bytes);
        }
        for (size_t i = 0; i < 60; i++) {
            size_t which = (size_t)stream_below(&stream, 2);
            draw_operation(&models[which], &models[1 - which], &stream);
            assert_holds(&models[0].image, bytes_of(models[0].bytes, models[0].size));
            assert_holds(&models[1].image, bytes_of(models[1].bytes, models[1].size));
        }
        for (size_t i = 0; i < 2; i++) {
            image_done(&models[i].image);
            free(models[i].bytes);
        }
        pieces_close(pool);
    }
}

/* Slots of pieces that are no more are used again: the file does not grow for ever. */
static void slots_are_used_again(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    static uint8_t bytes[SCRATCH_SLOT_BYTES];
    static uint8_t got[SCRATCH_SLOT_BYTES];
    struct scratch *scratch = scratch_open("/tmp", &error);
    assert_non_null(scratch);
    for (uint32_t i = 0; i < 200; i++) {
        assert_int_equal(scratch_put(scratch, pattern(bytes, sizeof bytes, i).data), i);
    }
    scratch_free(scratch, 7);
    scratch_free(scratch, 199);
    assert_int_equal(scratch_put(scratch, pattern(bytes, sizeof bytes, 300).data), 199);
    assert_int_equal(scratch_put(scratch, pattern(bytes, sizeof bytes, 301).data), 7);
    assert_int_equal(scratch_put(scratch, bytes), 200);
    scratch_get(scratch, 199, got);
    assert_memory_equal(got, pattern(bytes, sizeof bytes, 300).data, sizeof got);
    scratch_get(scratch, 8, got);
    assert_memory_equal(got, pattern(bytes, sizeof bytes, 8).data, sizeof got);
    scratch_close(scratch);
}

/* --- limits --- */

static int status_of(void (*what)(void))
{
    int status = 0;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        what();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void write_beyond_the_largest(void)
{
    uint8_t byte = 1;
    struct image image = {.pieces = NULL};
    image_write(&image, bytes_of(&byte, 1), IMAGE_BYTES_MAX);
}

static void read_beyond_the_extent(void)
{
    uint8_t byte = 1;
    struct image image = {.pieces = NULL};
    image_write(&image, bytes_of(&byte, 1), 0);
    image_read(&image, &byte, 1, 1);
}

static void fill_the_scratch_file(void)
{
    static uint8_t bytes[8 * PIECE_BYTES];
    const struct rlimit few = {.rlim_cur = 3 * PIECE_BYTES, .rlim_max = 3 * PIECE_BYTES};
    struct error error = {.text = ""};
    struct pieces *pool = pieces_open("/tmp", FEW * (size_t)PIECE_BYTES, &error);
    struct image image = {.pieces = pool};
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &few);
    image_write(&image, bytes_of(bytes, sizeof bytes), 0);
}

static void beyond_the_limits_the_process_ends(void **state)
{
    (void)state;
    void (*const mistakes[])(void) = {write_beyond_the_largest, read_beyond_the_extent,
                                      fill_the_scratch_file};
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        int status = status_of(mistakes[i]);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

static void a_directory_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    assert_null(pieces_open("/none/such", 2 * PIECE_BYTES, &error));
    assert_non_null(strstr(error.text, "/none/such"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_of_every_size_reads_as_written),
        cmocka_unit_test(an_image_grows_write_by_write),
        cmocka_unit_test(a_small_file_takes_little_memory),
        cmocka_unit_test(what_was_never_written_is_zeros_and_takes_no_piece),
        cmocka_unit_test(what_is_cut_off_comes_back_until_trimmed_and_never_by_growing),
        cmocka_unit_test(copies_are_apart),
        cmocka_unit_test(a_small_copy_grows_alone),
        cmocka_unit_test(a_flipped_byte_beyond_the_extent_is_none),
        cmocka_unit_test(what_was_used_last_stays_in_memory),
        cmocka_unit_test(what_was_written_again_goes_out_again),
        cmocka_unit_test(shared_pieces_go_out_and_come_back),
        cmocka_unit_test(drawn_operations_read_as_plain_bytes),
        cmocka_unit_test(slots_are_used_again),
        cmocka_unit_test(beyond_the_limits_the_process_ends),
        cmocka_unit_test(a_directory_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
