/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/world/disk_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define TORN_SECTOR_BYTES 512

/* --- images --- */

static void *take(size_t size)
{
    void *memory = malloc(size == 0 ? 1 : size);
    ensure(memory != NULL);
    return memory;
}

static void image_done(struct image *image)
{
    if (image->scratch == NULL) {
        free(image->data);
    } else if (image->data != NULL) {
        scratch_give(image->scratch, image->data, image->room);
    }
}

static void make_room(struct image *image, size_t wanted)
{
    if (image->scratch == NULL) {
        image->data = realloc(image->data, wanted); /* which moves pages, not bytes, where images are large */
        ensure(image->data != NULL);
        image->room = wanted;
        return;
    }
    struct image larger = {.scratch = image->scratch, .size = image->size, .room = wanted};
    larger.data = scratch_take(larger.scratch, wanted, &larger.room);
    if (image->size != 0) {
        memcpy(larger.data, image->data, image->size);
    }
    image_done(image);
    *image = larger;
}

static void reserve(struct image *image, size_t size)
{
    if (size > image->room) {
        make_room(image, image->room * 2 > size ? image->room * 2 : size);
    }
}

void image_resize(struct image *image, uint64_t size)
{
    ensure(size <= SIZE_MAX / 2);
    reserve(image, (size_t)size);
    if (size > image->size) {
        memset(image->data + image->size, 0, (size_t)size - image->size);
    }
    image->size = (size_t)size;
}

void image_write(struct image *image, struct bytes from, uint64_t offset)
{
    if (from.size == 0) {
        return;
    }
    size_t end = (size_t)offset + from.size;
    if (offset > image->size) {
        image_resize(image, offset);
    }
    reserve(image, end);
    memcpy(image->data + offset, from.data, from.size);
    image->size = end > image->size ? end : image->size;
}

void image_copy(struct image *to, const struct image *from)
{
    to->size = 0;
    image_write(to, bytes_of(from->data, from->size), 0);
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

struct file *disk_files_new(struct disk_files *files, const char *path)
{
    struct file *file = calloc(1, sizeof *file);
    ensure(file != NULL);
    size_t length = strlen(path);
    file->path = take(length + 1);
    memcpy(file->path, path, length + 1);
    file->now.scratch = file->safe.scratch = files->scratch;
    file->named = true;
    file->next = files->first;
    files->first = file;
    return file;
}

static void file_free(struct file *file)
{
    free(file->path);
    image_done(&file->now);
    image_done(&file->safe);
    free(file);
}

/* A path leads to one file: once it safely leads to this one, those that had it before are gone for good. */
static void name_safely(struct disk_files *files, struct file *file)
{
    if (file->replaced) {
        return;
    }
    for (struct file *other = files->first; other != NULL; other = other->next) {
        if (other != file && strcmp(other->path, file->path) == 0) {
            other->safely_named = false;
            other->replaced = true;
        }
    }
    file->safely_named = true;
}

/* --- changes that are not safe yet --- */

void disk_files_change(struct disk_files *files, enum change_kind kind, struct file *file, struct bytes data,
                       uint64_t offset)
{
    struct change *change = take(sizeof *change);
    *change = (struct change){.kind = kind, .file = file, .offset = offset, .size = data.size};
    if (data.size != 0) {
        change->data = take(data.size);
        memcpy(change->data, data.data, data.size);
    }
    *files->changes_end = change;
    files->changes_end = &change->next;
}

static void change_free(struct change *change)
{
    free(change->data);
    free(change);
}

static void change_make_safe(struct disk_files *files, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_WRITE:
        image_write(&change->file->safe, bytes_of(change->data, change->size), change->offset);
        break;
    case CHANGE_TRUNCATE:
        image_resize(&change->file->safe, change->offset);
        break;
    case CHANGE_CREATE:
        name_safely(files, change->file);
        break;
    case CHANGE_DELETE:
        change->file->safely_named = false;
        break;
    }
}

static bool is_of_name(const struct change *change)
{
    return change->kind == CHANGE_CREATE || change->kind == CHANGE_DELETE;
}

/* Ends the change that *at leads to, and takes it out of the list. */
static void settle_one(struct disk_files *files, struct change **at, bool safe)
{
    struct change *change = *at;
    if (safe) {
        change_make_safe(files, change);
    }
    *at = change->next;
    change_free(change);
}

void disk_files_settle(struct disk_files *files, const struct file *file, bool with_name, bool safe)
{
    struct change **at = &files->changes;
    while (*at != NULL) {
        if ((*at)->file == file && (with_name || !is_of_name(*at))) {
            settle_one(files, at, safe);
        } else {
            at = &(*at)->next;
        }
    }
    files->changes_end = at;
}

void disk_files_settle_names(struct disk_files *files)
{
    struct change **at = &files->changes;
    while (*at != NULL) {
        if (is_of_name(*at)) {
            settle_one(files, at, true);
        } else {
            at = &(*at)->next;
        }
    }
    files->changes_end = at;
}

/* Whether a power cut may bring back a file that no name leads to. */
static bool may_come_back(const struct disk_files *files, const struct file *file)
{
    if (file->replaced) {
        return false;
    }
    for (const struct change *change = files->changes; change != NULL; change = change->next) {
        if (change->file == file && change->kind == CHANGE_CREATE) {
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
        disk_files_settle(files, file, true, false);
        file_free(file);
    }
}

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
static void make_torn_safe(const struct change *change, struct turn_source random)
{
    for (size_t done = 0; done < change->size;) {
        uint8_t noise[TORN_SECTOR_BYTES];
        uint64_t at = change->offset + done;
        size_t left = TORN_SECTOR_BYTES - (size_t)(at % TORN_SECTOR_BYTES);
        size_t size = left < change->size - done ? left : change->size - done;
        uint64_t fate = pick(random, 8); /* noise is rarer, or no write would ever be whole */
        if (fate == 0) {
            random.random(random.context, noise, size);
            image_write(&change->file->safe, bytes_of(noise, size), at);
        } else if (fate < 5) {
            image_write(&change->file->safe, bytes_of(change->data + done, size), at);
        }
        done += size;
    }
}

static size_t change_count(const struct disk_files *files)
{
    size_t count = 0;
    for (const struct change *change = files->changes; change != NULL; change = change->next) {
        count++;
    }
    return count;
}

/* Lets survive what the mode lets survive, in the order it was done, and empties the list. */
static void decide(struct disk_files *files, enum disk_cut mode, struct turn_source random)
{
    uint64_t prefix = mode == DISK_PREFIX ? pick(random, change_count(files) + 1) : 0;
    for (struct change *change = files->changes, *next = NULL; change != NULL; change = next) {
        next = change->next;
        if (mode == DISK_TORN && change->kind == CHANGE_WRITE) {
            make_torn_safe(change, random);
        } else if (mode == DISK_PREFIX ? prefix > 0
                                       : (mode == DISK_RANDOM || mode == DISK_TORN) && pick(random, 2) == 0) {
            change_make_safe(files, change);
        }
        prefix -= prefix > 0;
        change_free(change);
    }
    files->changes = NULL;
    files->changes_end = &files->changes;
}

void disk_files_survive(struct disk_files *files, enum disk_cut mode, struct turn_source random)
{
    decide(files, mode, random);
    for (struct file *file = files->first; file != NULL; file = file->next) {
        ensure(file->open_count == 0);
        if (mode == DISK_KEEP_ALL) {
            image_copy(&file->safe, &file->now);
            file->safely_named = file->named;
        } else {
            image_copy(&file->now, &file->safe);
            file->named = file->safely_named;
        }
    }
    disk_files_forget(files);
}

void disk_files_init(struct disk_files *files)
{
    *files = (struct disk_files){.first = NULL};
    files->changes_end = &files->changes;
}

void disk_files_clear(struct disk_files *files)
{
    for (struct file *file = files->first, *next = NULL; file != NULL; file = next) {
        next = file->next;
        ensure(file->open_count == 0);
        disk_files_settle(files, file, true, false);
        file_free(file);
    }
    files->first = NULL;
}
