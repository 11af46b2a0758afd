/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/daemon/host.h"
#include "base/daemon/record_form.h"
#include "base/log.h"

#define STORE_PIECE_BYTES  ((size_t)256 * 1024)
#define GATHERED_KEPT      ((size_t)4 * 1024 * 1024) /* a larger buffer is given back after its turn */
#define END_BYTES_RESERVED ((uint64_t)4096)          /* of bytes_max, for the last chunk */

struct record {
    int fd; /* -1: the record has ended */
    char *path;
    struct logger *logger;
    struct turn_source source; /* what record_source() was given */
    bool sealed;
    uint64_t bytes, bytes_max;
    uint8_t *gathered;
    size_t gathered_size, gathered_room;
    crypto_secretstream_xchacha20poly1305_state stream;
    pthread_t thread;              /* whose abort may write */
    volatile sig_atomic_t writing; /* what is gathered or the stream is half changed */
    uint8_t chunk[RECORD_CHUNK_BYTES + RECORD_CHUNK_EXTRA];
};

/* --- the file --- */

static bool write_all(int fd, struct bytes content)
{
    while (content.size != 0) {
        ssize_t written = write(fd, content.data, content.size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            return false;
        }
        content = bytes_of(content.data + written, content.size - (size_t)written);
    }
    return true;
}

static bool write_chunk(struct record *record, struct bytes text, uint8_t tag)
{
    size_t size = text.size + RECORD_CHUNK_EXTRA;
    record_write_u32(record->chunk, (uint32_t)text.size);
    (void)crypto_secretstream_xchacha20poly1305_push(&record->stream, record->chunk + 4, NULL, text.data,
                                                     text.size, NULL, 0, tag);
    record->bytes += size;
    return write_all(record->fd, bytes_of(record->chunk, size));
}

/* Random bytes that became keys are among them: nothing of it stays in memory. */
static void forget_gathered(struct record *record)
{
    if (record->gathered != NULL) {
        sodium_memzero(record->gathered, record->gathered_size);
    }
    record->gathered_size = 0;
    if (record->gathered_room > GATHERED_KEPT) {
        free(record->gathered);
        record->gathered = NULL;
        record->gathered_room = 0;
    }
}

static void tell_ended(struct record *record, const char *cause)
{
    struct log_line line;
    log_line_init(&line);
    log_text(&line, "file", bytes_of_text(record->path));
    log_text(&line, "cause", bytes_of_text(cause));
    log_number(&line, "bytes", (int64_t)record->bytes);
    logger_event(record->logger, LOG_WARNING, "record.ended", "%s", line.text);
}

/* After a failed write: what the file has up to there can be read. */
static void give_up(struct record *record, const char *cause)
{
    (void)close(record->fd);
    record->fd = -1;
    forget_gathered(record);
    tell_ended(record, cause);
}

/* The last entry, the clean end, and the file on the disk. False: it could not be written. */
static bool write_end(struct record *record, const char *cause)
{
    struct bytes why = bytes_of_text(cause);
    record->writing = true;
    forget_gathered(record);
    record->writing = false;
    record_add(record, RECORD_ENDED, NULL, &why, 1);
    bool written = record->fd >= 0 &&
                   write_chunk(record, bytes_of(record->gathered, record->gathered_size),
                               crypto_secretstream_xchacha20poly1305_TAG_FINAL) &&
                   fsync(record->fd) == 0;
    if (record->fd >= 0) {
        (void)close(record->fd);
    }
    record->fd = -1;
    return written;
}

void record_stop(struct record *record, const char *cause)
{
    if (record == NULL || record->fd < 0) {
        return;
    }
    (void)write_end(record, cause);
    tell_ended(record, cause);
}

static uint64_t file_bytes_of(size_t size)
{
    return size + (size / RECORD_CHUNK_BYTES + 1) * RECORD_CHUNK_EXTRA;
}

static bool has_room(const struct record *record, uint64_t bytes)
{
    return bytes <= record->bytes_max && record->bytes + END_BYTES_RESERVED <= record->bytes_max - bytes;
}

/* What is gathered, as chunks. False with errno. */
static bool write_gathered(struct record *record)
{
    bool written = true;
    record->writing = true;
    for (size_t at = 0; written && at < record->gathered_size;) {
        size_t left = record->gathered_size - at;
        size_t size = left < RECORD_CHUNK_BYTES ? left : RECORD_CHUNK_BYTES;
        written = write_chunk(record, bytes_of(record->gathered + at, size),
                              crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
        at += size;
    }
    if (written) {
        forget_gathered(record);
    }
    record->writing = false;
    return written;
}

static void write_out(struct record *record)
{
    if (record->fd < 0 || record->gathered_size == 0) {
        return;
    }
    if (!has_room(record, file_bytes_of(record->gathered_size))) {
        record_stop(record, "it has reached the size of --record-max");
    } else if (!write_gathered(record)) {
        give_up(record, strerror(errno));
    }
}

/* --- when the process aborts --- */

static struct record *volatile recording;

/*
 * Nothing here but write(2) and computing on memory of our own: it is allowed in a signal handler. The signal, which may come
 * from abort() or from a supervisor that has waited too long, is then given its way.
 */
static void at_abort(int signal)
{
    struct record *record = recording;
    if (record != NULL && record->fd >= 0 && !record->writing &&
        pthread_equal(pthread_self(), record->thread) != 0 &&
        has_room(record, file_bytes_of(record->gathered_size))) {
        (void)write_gathered(record);
    }
    (void)raise(signal);
}

static void watch_for_abort(struct record *record)
{
    struct sigaction action = {.sa_handler = at_abort, .sa_flags = (int)SA_RESETHAND};
    record->thread = pthread_self();
    recording = record;
    (void)sigaction(SIGABRT, &action, NULL);
}

/* --- beginning and end --- */

static bool write_head(struct record *record, const uint8_t *key, struct error *error)
{
    struct record_head head = {.bytes = RECORD_MAGIC};
    uint8_t secret[RECORD_KEY_BYTES];
    uint8_t stream_key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    uint8_t stream_head[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    int sealed = 0;
    host_random(NULL, secret, sizeof secret);
    *record_head_sealed(&head) = key != NULL;
    if (key == NULL) {
        memcpy(record_head_box(&head), secret, sizeof secret);
    } else {
        memcpy(record_head_key(&head), key, RECORD_KEY_BYTES);
        sealed = crypto_box_seal(record_head_box(&head), secret, sizeof secret, key);
    }
    record_stream_key(stream_key, secret, &head);
    (void)crypto_secretstream_xchacha20poly1305_init_push(&record->stream, stream_head, stream_key);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(stream_key, sizeof stream_key);
    if (sealed != 0) {
        error_set(error, "--record-key is no public key that can be sealed to");
        return false;
    }
    record->bytes = sizeof head.bytes + sizeof stream_head;
    if (!write_all(record->fd, bytes_of(head.bytes, sizeof head.bytes)) ||
        !write_all(record->fd, bytes_of(stream_head, sizeof stream_head))) {
        error_set(error, "cannot write %s: %s", record->path, strerror(errno));
        return false;
    }
    return true;
}

static int make_file(const char *path, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set(error, "cannot make the record %s: %s", path,
                  errno == EEXIST
                      ? "it is there already, and a record is never overwritten; give another name"
                      : strerror(errno));
    }
    return fd;
}

struct record *record_open(const struct record_options *options, struct error *error)
{
    struct record *record = calloc(1, sizeof *record);
    char *path = strdup(options->path);
    int fd = record == NULL || path == NULL ? -1 : make_file(options->path, error);
    if (fd < 0) {
        error_set(error, "no memory");
        free(path);
        free(record);
        return NULL;
    }
    record->fd = fd;
    record->path = path;
    record->logger = options->logger;
    record->bytes_max = options->bytes_max;
    record->sealed = options->key != NULL;
    if (!write_head(record, options->key, error)) {
        (void)unlink(path);
        record_close(record);
        return NULL;
    }
    watch_for_abort(record);
    const uint64_t wall = host_wall().ms;
    const struct bytes program[] = {bytes_of_text(options->program), bytes_of_text(RECORD_BUILD)};
    record_add(record, RECORD_BEGUN, &wall, program, 2);
    return record;
}

void record_close(struct record *record)
{
    if (record == NULL) {
        return;
    }
    write_out(record);
    if (record->fd >= 0 && !write_end(record, "the process ended")) {
        tell_ended(record, "its end could not be written");
    }
    if (recording == record) {
        recording = NULL;
        (void)signal(SIGABRT, SIG_DFL);
    }
    free(record->gathered);
    free(record->path);
    sodium_memzero(record, sizeof *record);
    free(record);
}

bool record_is_sealed(const struct record *record)
{
    return record == NULL || record->sealed;
}

/* --- entries --- */

/* Room for so many more bytes. The old place is wiped: realloc would leave it as it is. */
static bool gather_room(struct record *record, size_t more)
{
    size_t wanted = record->gathered_size + more;
    if (wanted <= record->gathered_room) {
        return true;
    }
    size_t room = record->gathered_room == 0 ? (size_t)64 * 1024 : record->gathered_room;
    while (room < wanted) {
        room *= 2;
    }
    uint8_t *larger = malloc(room);
    if (larger == NULL) {
        return false;
    }
    if (record->gathered != NULL) {
        memcpy(larger, record->gathered, record->gathered_size);
        sodium_memzero(record->gathered, record->gathered_size);
        free(record->gathered);
    }
    record->gathered = larger;
    record->gathered_room = room;
    return true;
}

static void put_entry(struct record *record, enum record_kind kind, const uint64_t *numbers,
                      const struct bytes *blobs, size_t blob_count)
{
    uint8_t *at = record->gathered + record->gathered_size;
    *at++ = (uint8_t)kind;
    for (size_t i = 0; i < record_number_count(kind); i++, at += 8) {
        record_write_u64(at, numbers[i]);
    }
    *at++ = (uint8_t)blob_count;
    for (size_t i = 0; i < blob_count; i++) {
        record_write_u32(at, (uint32_t)blobs[i].size);
        at += 4;
        if (blobs[i].size != 0) {
            memcpy(at, blobs[i].data, blobs[i].size);
        }
        at += blobs[i].size;
    }
    record->gathered_size = (size_t)(at - record->gathered);
}

void record_add(struct record *record, enum record_kind kind, const uint64_t *numbers,
                const struct bytes *blobs, size_t blob_count)
{
    if (record == NULL || record->fd < 0) {
        return;
    }
    size_t size = 2 + 8 * record_number_count(kind);
    for (size_t i = 0; i < blob_count; i++) {
        size += 4 + (blobs[i].size < RECORD_ENTRY_BYTES_MAX ? blobs[i].size : RECORD_ENTRY_BYTES_MAX);
    }
    if (size > RECORD_ENTRY_BYTES_MAX || blob_count > RECORD_BLOBS_MAX ||
        record->gathered_size + size > RECORD_TURN_BYTES_MAX) {
        record_stop(record, "an input is larger than what a record holds");
        return;
    }
    record->writing = true;
    bool fits = gather_room(record, size);
    if (fits) {
        put_entry(record, kind, numbers, blobs, blob_count);
    }
    record->writing = false;
    if (!fits) {
        give_up(record, "no memory");
    }
}

enum door record_result_of(struct record *record, enum door door, uint64_t code, struct bytes answer)
{
    if (record != NULL) {
        uint8_t hash[RECORD_HASH_BYTES];
        const uint64_t numbers[] = {door, code, answer.size};
        (void)crypto_generichash(hash, sizeof hash, answer.data, answer.size, NULL, 0);
        record_add(record, RECORD_RESULT, numbers,
                   &(struct bytes){.data = hash, .size = answer.size == 0 ? 0 : sizeof hash}, 1);
    }
    return door;
}

enum door record_result(struct record *record, enum door door)
{
    return record_result_of(record, door, 0, bytes_of(NULL, 0));
}

void record_turn(struct record *record, const struct turn *turn)
{
    if (record == NULL) {
        return;
    }
    size_t count = 0;
    const struct said *said = turn_said(turn, &count);
    for (size_t i = 0; i < count; i++) {
        uint8_t hash[RECORD_HASH_BYTES];
        struct bytes what = said[i].kind == SAID_FRAME ? said[i].frame : bytes_of_text(said[i].why);
        const uint64_t numbers[] = {said[i].to.number, said[i].kind, what.size};
        (void)crypto_generichash(hash, sizeof hash, what.data, what.size, NULL, 0);
        record_add(record, RECORD_SAID, numbers, &(struct bytes){.data = hash, .size = sizeof hash}, 1);
    }
    write_out(record);
}

/* --- randomness --- */

static void draw(void *context, uint8_t *ret, size_t size)
{
    struct record *record = context;
    record->source.random(record->source.context, ret, size);
    record_add(record, RECORD_DRAWN, NULL, &(struct bytes){.data = ret, .size = size}, 1);
}

struct turn_source record_source(struct record *record, struct turn_source source)
{
    if (record == NULL) {
        return source;
    }
    record->source = source;
    return (struct turn_source){.random = draw, .context = record};
}

/* --- the store --- */

/* Gathers a file piece by piece and writes each. False with errno. */
static bool copy_file(struct record *record, int fd, const char *suffix)
{
    static const uint8_t nothing[1];
    uint8_t *piece = malloc(STORE_PIECE_BYTES);
    ssize_t got = piece == NULL ? -1 : 1;
    uint64_t offset = 0;
    const struct bytes head[] = {bytes_of_text(suffix), bytes_of(nothing, 0)};
    record_add(record, RECORD_STORE, &offset, head, 2);
    while (got > 0 && record->fd >= 0) {
        got = read(fd, piece, STORE_PIECE_BYTES);
        if (got > 0) {
            const struct bytes blobs[] = {bytes_of_text(suffix), bytes_of(piece, (size_t)got)};
            record_add(record, RECORD_STORE, &offset, blobs, 2);
            write_out(record);
            offset += (uint64_t)got;
        } else if (got < 0 && errno == EINTR) {
            got = 1;
        }
    }
    if (piece != NULL) {
        sodium_memzero(piece, STORE_PIECE_BYTES);
        free(piece);
    }
    return got >= 0;
}

static void record_file(struct record *record, const char *path, const char *suffix)
{
    char full[4096];
    struct stat status;
    int length = snprintf(full, sizeof full, "%s%s", path, suffix);
    int fd = length < 0 || (size_t)length >= sizeof full ? -1 : open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return;
    }
    if (fd < 0 || fstat(fd, &status) != 0) {
        record_stop(record, "the store cannot be read");
    } else if (!has_room(record, file_bytes_of((size_t)status.st_size))) {
        record_stop(record, "the store is larger than --record-max");
    } else if (!copy_file(record, fd, suffix)) {
        record_stop(record, "the store cannot be read");
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

void record_store(struct record *record, const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-journal"};
    for (size_t i = 0; record != NULL && record->fd >= 0 && i < sizeof suffixes / sizeof suffixes[0]; i++) {
        record_file(record, path, suffixes[i]);
    }
}
