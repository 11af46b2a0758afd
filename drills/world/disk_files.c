/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/disk_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define TORN_SECTOR_BYTES 512

static void *take(size_t size)
{
    void *memory = malloc(size == 0 ? 1 : size);
    ensure(memory != NULL);
    return memory;
}

/* --- files by name --- */

struct file *disk_files_find(const struct disk_files *files, const char *path)
{
    for (struct file *file = files->first; file != NULL; file = file->next) {
        if (file->named && strcmp(file->path, path) == 0) {
            return file;
        }
    }
    return NULL;
}

const struct image *file_image(const struct file *file)
{
    return file->lossy ? &file->cached : &file->written;
}

/* A new empty file under that name, which is not safe yet. */
static struct file *file_new(struct disk_files *files, const char *path)
{
    struct file *file = calloc(1, sizeof *file);
    ensure(file != NULL);
    size_t length = strlen(path);
    file->path = take(length + 1);
    memcpy(file->path, path, length + 1);
    file->written.pieces = file->cached.pieces = files->pieces;
    file->named = true;
    file->next = files->first;
    files->first = file;
    return file;
}

static void file_free(struct file *file)
{
    free(file->path);
    image_done(&file->written);
    image_done(&file->cached);
    free(file);
}

/* A path leads to one file: once it safely leads to this one, those before it (behind it in the list) are gone for good. */
static void name_safely(struct file *file)
{
    if (file->replaced) {
        return;
    }
    for (struct file *other = file->next; other != NULL; other = other->next) {
        if (strcmp(other->path, file->path) == 0) {
            other->safely_named = false;
            other->replaced = true;
        }
    }
    file->safely_named = true;
}

void disk_files_copy(struct disk_files *files, const struct file *from)
{
    struct file *copy = file_new(files, from->path);
    image_copy(&copy->written, file_image(from));
    copy->safely_named = true;
}

/* --- changes that are not safe yet --- */

static bool is_of_name(const struct change *change)
{
    return change->kind == CHANGE_CREATE || change->kind == CHANGE_DELETE;
}

static uint8_t *copy_of(const struct image *image, size_t at, size_t size)
{
    if (size == 0) {
        return NULL;
    }
    uint8_t *copy = take(size);
    image_read(image, copy, size, at);
    return copy;
}

/* Records it before it is done, with the bytes that it will cover: of the file, and of what was cut off before. */
static void record(struct disk_files *files, struct change change)
{
    const struct image *image = &change.file->written;
    size_t end = change.offset + change.size < image->extent ? change.offset + change.size : image->extent;
    change.size_before = image->size;
    change.covers_at = change.offset < image->size ? change.offset : image->size;
    change.covered_size = end > change.covers_at ? end - change.covers_at : 0;
    change.covered = copy_of(image, change.covers_at, change.covered_size);
    if (files->change_count == files->change_room) {
        files->change_room = files->change_room == 0 ? 64 : 2 * files->change_room;
        files->changes = realloc(files->changes, files->change_room * sizeof *files->changes);
        ensure(files->changes != NULL);
    }
    files->changes[files->change_count++] = change;
}

struct file *disk_files_create(struct disk_files *files, const char *path)
{
    struct file *file = file_new(files, path);
    record(files, (struct change){.kind = CHANGE_CREATE, .file = file});
    return file;
}

void disk_files_delete(struct disk_files *files, struct file *file)
{
    file->named = false;
    record(files, (struct change){.kind = CHANGE_DELETE, .file = file});
}

void disk_files_write(struct disk_files *files, struct file *file, struct bytes from, uint64_t offset)
{
    ensure(offset <= SIZE_MAX / 2);
    if (!files->steady) {
        record(files, (struct change){
                          .kind = CHANGE_WRITE, .file = file, .offset = (size_t)offset, .size = from.size});
    }
    image_write(&file->written, from, offset);
    if (file->lossy) {
        image_write(&file->cached, from, offset);
    }
}

void disk_files_truncate(struct disk_files *files, struct file *file, uint64_t size)
{
    ensure(size <= SIZE_MAX / 2);
    if (!files->steady) {
        record(files, (struct change){.kind = CHANGE_TRUNCATE, .file = file, .offset = (size_t)size});
    }
    image_resize(&file->written, size);
    if (files->steady) {
        image_trim(&file->written);
    }
    if (file->lossy) {
        image_resize(&file->cached, size);
        image_trim(&file->cached); /* which nothing is undone in */
    }
}

/* Takes a change of content out of the image. Those made to the file after it were undone before. */
static void undo(struct change *change)
{
    struct image *image = &change->file->written;
    change->written = copy_of(image, change->offset, change->size);
    image_put_back(image, bytes_of(change->covered, change->covered_size), change->covers_at,
                   change->size_before);
}

/* Lets a change survive; one of content was undone. */
static void redo(const struct change *change)
{
    switch (change->kind) {
    case CHANGE_WRITE:
        image_write(&change->file->written, bytes_of(change->written, change->size), change->offset);
        break;
    case CHANGE_TRUNCATE:
        image_resize(&change->file->written, change->offset);
        break;
    case CHANGE_CREATE:
        name_safely(change->file);
        break;
    case CHANGE_DELETE:
        change->file->safely_named = false;
        break;
    }
}

/* It need not be undone any more. */
static void change_done(struct change *change)
{
    if (!is_of_name(change)) {
        image_trim(&change->file->written); /* the others of the file go with this one */
    }
    free(change->written);
    free(change->covered);
}

/* Takes out of the list what was done to the file, or to any (NULL), and is of content, or of a name. */
static void drop(struct disk_files *files, const struct file *file, bool content, bool name)
{
    size_t kept = 0;
    for (size_t i = 0; i < files->change_count; i++) {
        struct change *change = &files->changes[i];
        if ((file == NULL || change->file == file) && (is_of_name(change) ? name : content)) {
            change_done(change);
        } else {
            files->changes[kept++] = *change;
        }
    }
    files->change_count = kept;
}

static void make_names_safe(struct disk_files *files, const struct file *file)
{
    for (size_t i = 0; i < files->change_count; i++) {
        if (is_of_name(&files->changes[i]) && (file == NULL || files->changes[i].file == file)) {
            redo(&files->changes[i]);
        }
    }
}

void disk_files_settle(struct disk_files *files, struct file *file)
{
    make_names_safe(files, file);
    drop(files, file, true, true);
}

void disk_files_settle_names(struct disk_files *files)
{
    make_names_safe(files, NULL);
    drop(files, NULL, false, true);
}

/* Takes all changes of content of the file, or of any (NULL), out of its image. */
static void undo_all(struct disk_files *files, const struct file *file)
{
    for (size_t i = files->change_count; i-- != 0;) {
        if (!is_of_name(&files->changes[i]) && (file == NULL || files->changes[i].file == file)) {
            undo(&files->changes[i]);
        }
    }
}

void disk_files_lose(struct disk_files *files, struct file *file)
{
    ensure(!files->steady);
    if (!file->lossy) {
        image_copy(&file->cached, &file->written);
        file->lossy = true;
    }
    undo_all(files, file);
    drop(files, file, true, false);
}

void disk_files_flip(struct disk_files *files, struct file *file, uint64_t offset, uint8_t mask)
{
    image_flip(&file->written, offset, mask);
    image_flip(&file->cached, offset, mask);
    for (size_t i = 0; i < files->change_count; i++) {
        const struct change *change = &files->changes[i];
        if (change->file == file && change->covers_at <= offset &&
            offset - change->covers_at < change->covered_size) {
            change->covered[offset - change->covers_at] ^= mask;
        }
    }
}

/* Whether a power cut may bring back a file that no name leads to. */
static bool may_come_back(const struct disk_files *files, const struct file *file)
{
    if (file->replaced) {
        return false;
    }
    for (size_t i = 0; i < files->change_count; i++) {
        if (files->changes[i].file == file && files->changes[i].kind == CHANGE_CREATE) {
            return true;
        }
    }
    return file->safely_named;
}

void disk_files_forget(struct disk_files *files)
{
    struct file **at = &files->first;
    while (*at != NULL) {
        struct file *file = *at;
        if (file->named || file->open_count != 0 || may_come_back(files, file)) {
            at = &file->next;
            continue;
        }
        *at = file->next;
        drop(files, file, true, true);
        file_free(file);
    }
}

/* --- the power cut --- */

/* A number below bound. */
static uint64_t pick(struct turn_source random, uint64_t bound)
{
    uint64_t value = 0;
    uint8_t bytes[8];
    random.random(random.context, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        value = value << 8 | bytes[i];
    }
    return value % bound;
}

/* Cuts the write at the sectors of the device; each piece is lost, written or garbled. */
static void redo_torn(const struct change *change, struct turn_source random)
{
    for (size_t done = 0; done < change->size;) {
        uint8_t noise[TORN_SECTOR_BYTES];
        uint64_t at = change->offset + done;
        size_t left = TORN_SECTOR_BYTES - (size_t)(at % TORN_SECTOR_BYTES);
        size_t size = left < change->size - done ? left : change->size - done;
        uint64_t fate = pick(random, 8); /* noise is rarer, or no write would ever be whole */
        if (fate == 0) {
            random.random(random.context, noise, size);
            image_write(&change->file->written, bytes_of(noise, size), at);
        } else if (fate < 5) {
            image_write(&change->file->written, bytes_of(change->written + done, size), at);
        }
        done += size;
    }
}

/* Of what was undone, lets survive what the mode lets survive, in the order it was done. */
static void redo_some(struct disk_files *files, enum disk_cut mode, struct turn_source random)
{
    uint64_t prefix = mode == DISK_PREFIX ? pick(random, files->change_count + 1) : 0;
    for (size_t i = 0; i < files->change_count; i++) {
        const struct change *change = &files->changes[i];
        if (mode == DISK_TORN && change->kind == CHANGE_WRITE) {
            redo_torn(change, random);
        } else if (mode == DISK_PREFIX ? i < prefix
                                       : (mode == DISK_RANDOM || mode == DISK_TORN) && pick(random, 2) == 0) {
            redo(change);
        }
    }
}

/* What a failed sync lost was on its way all the same: it is there. */
static void keep_lost(struct file *file)
{
    if (file->lossy) {
        struct image written = file->written;
        file->written = file->cached;
        file->cached = written;
    }
}

static void forget_cached(struct file *file)
{
    image_done(&file->cached);
    file->lossy = false;
}

void disk_files_survive(struct disk_files *files, enum disk_cut mode, struct turn_source random)
{
    ensure(mode == DISK_KEEP_ALL || !files->steady);
    if (mode != DISK_KEEP_ALL) {
        undo_all(files, NULL);
        redo_some(files, mode, random);
    }
    drop(files, NULL, true, true);
    for (struct file *file = files->first; file != NULL; file = file->next) {
        ensure(file->open_count == 0);
        if (mode == DISK_KEEP_ALL) {
            keep_lost(file);
            file->safely_named = file->named;
        } else {
            file->named = file->safely_named;
        }
        forget_cached(file);
    }
    disk_files_forget(files);
}

void disk_files_clear(struct disk_files *files)
{
    drop(files, NULL, true, true); /* which looks at the files */
    for (struct file *file = files->first, *next = NULL; file != NULL; file = next) {
        next = file->next;
        ensure(file->open_count == 0);
        file_free(file);
    }
    free(files->changes);
    *files = (struct disk_files){.pieces = files->pieces, .steady = files->steady};
}
