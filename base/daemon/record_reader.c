/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/record_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/catalogue.h"
#include "base/daemon/record_form.h"

struct record_reader {
    FILE *file;
    char *path;
    bool sealed;
    bool ended; /* TAG_FINAL has been read */
    crypto_secretstream_xchacha20poly1305_state stream;
    uint8_t *text; /* opened and not yet taken as entries: text[at .. size) */
    size_t at, size, room;
    uint8_t chunk[RECORD_CHUNK_BYTES + RECORD_CHUNK_EXTRA];
};

/* --- the head --- */

static enum record_outcome refuse(enum record_outcome outcome, const char *path, struct error *error)
{
    static const char *const why[] = {
        [RECORD_CUT] = "the record is cut off here",
        [RECORD_ALTERED] = "the record is damaged or was changed here; get another copy of it",
        [RECORD_NONE_SUCH] = "this is not a record; one is made with: comity-node --record FILE",
        [RECORD_OTHER_VERSION] = "a record of another version of Comity; replay it with that one",
        [RECORD_KEY_NEEDED] = "the record is sealed; give the key it is sealed to: --key FILE",
        [RECORD_KEY_WRONG] = "the record is sealed to another key, or its head is damaged",
        [RECORD_FAILED] = "cannot be read",
    };
    error_set(error, "%s: %s", path, error_say(error, why[outcome]));
    return outcome;
}

static enum record_outcome read_secret(struct record_head *head, const struct record_pair *pair,
                                       uint8_t ret[RECORD_KEY_BYTES])
{
    if (*record_head_sealed(head) == 0) {
        memcpy(ret, record_head_box(head), RECORD_KEY_BYTES);
        return RECORD_OK;
    }
    if (pair == NULL) {
        return RECORD_KEY_NEEDED;
    }
    return memcmp(record_head_key(head), pair->key, RECORD_KEY_BYTES) == 0 &&
                   crypto_box_seal_open(ret, record_head_box(head), RECORD_BOX_BYTES, pair->key,
                                        pair->secret) == 0
               ? RECORD_OK
               : RECORD_KEY_WRONG;
}

static enum record_outcome read_head(struct record_reader *reader, const struct record_pair *pair)
{
    struct record_head head;
    uint8_t secret[RECORD_KEY_BYTES];
    uint8_t stream_key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    uint8_t stream_head[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    size_t got = fread(head.bytes, 1, sizeof head.bytes, reader->file);
    if (got < RECORD_MAGIC_BYTES || memcmp(head.bytes, RECORD_MAGIC, RECORD_MAGIC_COMMON) != 0) {
        return RECORD_NONE_SUCH;
    }
    if (memcmp(head.bytes, RECORD_MAGIC, RECORD_MAGIC_BYTES) != 0) {
        return RECORD_OTHER_VERSION;
    }
    if (got < sizeof head.bytes ||
        fread(stream_head, 1, sizeof stream_head, reader->file) < sizeof stream_head) {
        return RECORD_CUT;
    }
    enum record_outcome outcome = read_secret(&head, pair, secret);
    if (outcome != RECORD_OK) {
        return outcome;
    }
    reader->sealed = *record_head_sealed(&head) != 0;
    record_stream_key(stream_key, secret, &head);
    (void)crypto_secretstream_xchacha20poly1305_init_pull(&reader->stream, stream_head, stream_key);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(stream_key, sizeof stream_key);
    return RECORD_OK;
}

/* Opens a plain file and nothing else; O_NONBLOCK so that a pipe in its place cannot hold us up. */
static FILE *open_file(const char *path, struct error *error)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool known = fd >= 0 && fstat(fd, &status) == 0;
    bool plain = known && S_ISREG(status.st_mode);
    FILE *file = plain ? fdopen(fd, "rb") : NULL;
    if (file == NULL) {
        error_set(error, "cannot read %s: %s", path,
                  known && !plain ? error_say(error, N_("it is not a plain file")) : strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    return file;
}

enum record_outcome record_reader_open(struct record_reader **ret, const char *path,
                                       const struct record_pair *pair, struct error *error)
{
    struct record_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL || (reader->path = strdup(path)) == NULL) {
        error_set(error, "no memory");
        free(reader);
        return RECORD_FAILED;
    }
    reader->file = open_file(path, error);
    if (reader->file == NULL) {
        record_reader_close(reader);
        return RECORD_FAILED;
    }
    enum record_outcome outcome = read_head(reader, pair);
    if (outcome != RECORD_OK) {
        record_reader_close(reader);
        return refuse(outcome, path, error);
    }
    *ret = reader;
    return RECORD_OK;
}

void record_reader_close(struct record_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->file != NULL) {
        (void)fclose(reader->file);
    }
    free(reader->text);
    free(reader->path);
    sodium_memzero(reader, sizeof *reader);
    free(reader);
}

bool record_reader_sealed(const struct record_reader *reader)
{
    return reader->sealed;
}

/* --- chunks --- */

/* Room for a chunk's text behind what is left, which moves to the beginning. */
static bool make_room(struct record_reader *reader, size_t more)
{
    size_t left = reader->size - reader->at;
    if (reader->at != 0) {
        memmove(reader->text, reader->text + reader->at, left);
        reader->at = 0;
        reader->size = left;
    }
    if (left + more <= reader->room) {
        return true;
    }
    size_t room = left + more + RECORD_CHUNK_BYTES;
    uint8_t *larger = realloc(reader->text, room);
    if (larger == NULL) {
        return false;
    }
    reader->text = larger;
    reader->room = room;
    return true;
}

/* The next chunk's text behind what is left. */
static enum record_outcome read_chunk(struct record_reader *reader)
{
    uint8_t tag = 0;
    if (reader->ended) {
        return reader->at == reader->size && fgetc(reader->file) == EOF ? RECORD_END : RECORD_ALTERED;
    }
    if (fread(reader->chunk, 1, 4, reader->file) < 4) {
        return ferror(reader->file) != 0 ? RECORD_FAILED : RECORD_CUT;
    }
    size_t size = record_read_u32(reader->chunk);
    size_t sealed = size + crypto_secretstream_xchacha20poly1305_ABYTES;
    if (size > RECORD_CHUNK_BYTES) {
        return RECORD_ALTERED;
    }
    if (fread(reader->chunk, 1, sealed, reader->file) < sealed) {
        return ferror(reader->file) != 0 ? RECORD_FAILED : RECORD_CUT;
    }
    if (!make_room(reader, size)) {
        return RECORD_FAILED;
    }
    if (crypto_secretstream_xchacha20poly1305_pull(&reader->stream, reader->text + reader->size, NULL, &tag,
                                                   reader->chunk, sealed, NULL, 0) != 0) {
        return RECORD_ALTERED;
    }
    reader->size += size;
    reader->ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return RECORD_OK;
}

/* --- entries --- */

enum taken { TAKEN, INCOMPLETE, IMPOSSIBLE, NO_MEMORY };

/* One entry from the text, if all of it is there; *ret_size bytes of it. Blobs point into the text. */
static enum taken parse(struct bytes text, struct record_entry *ret, size_t *ret_size)
{
    size_t at = 1;
    if (text.size < 1) {
        return INCOMPLETE;
    }
    if (text.data[0] == RECORD_NONE || text.data[0] >= RECORD_KINDS) {
        return IMPOSSIBLE;
    }
    ret->kind = (enum record_kind)text.data[0];
    for (size_t i = 0; i < record_number_count(ret->kind); i++, at += 8) {
        if (text.size < at + 8) {
            return INCOMPLETE;
        }
        ret->numbers[i] = record_read_u64(text.data + at);
    }
    if (text.size < at + 1) {
        return INCOMPLETE;
    }
    ret->blob_count = text.data[at++];
    if (ret->blob_count < record_blob_count_min(ret->kind) || ret->blob_count > RECORD_BLOBS_MAX) {
        return IMPOSSIBLE;
    }
    for (size_t i = 0; i < ret->blob_count; i++) {
        if (text.size < at + 4) {
            return INCOMPLETE;
        }
        size_t size = record_read_u32(text.data + at);
        at += 4;
        if (size > RECORD_ENTRY_BYTES_MAX || at + size > RECORD_ENTRY_BYTES_MAX) {
            return IMPOSSIBLE;
        }
        if (text.size < at + size) {
            return INCOMPLETE;
        }
        ret->blobs[i] = bytes_of(text.data + at, size);
        at += size;
    }
    *ret_size = at;
    return TAKEN;
}

static enum taken take_entry(struct record_reader *reader, struct arena *arena, struct record_entry *ret)
{
    size_t size = 0;
    struct bytes text = bytes_of(reader->text + reader->at, reader->size - reader->at);
    enum taken taken = parse(text, ret, &size);
    if (taken != TAKEN) {
        return taken;
    }
    for (size_t i = 0; i < ret->blob_count; i++) {
        ret->blobs[i] = arena_copy(arena, ret->blobs[i]);
        if (ret->blobs[i].data == NULL) {
            return NO_MEMORY;
        }
    }
    reader->at += size;
    return TAKEN;
}

enum record_outcome record_reader_next(struct record_reader *reader, struct arena *arena,
                                       struct record_entry *ret, struct error *error)
{
    for (;;) {
        enum taken taken = take_entry(reader, arena, ret);
        if (taken == TAKEN) {
            return RECORD_OK;
        }
        if (taken == NO_MEMORY) {
            error_set(error, "no memory");
            return RECORD_FAILED;
        }
        enum record_outcome outcome = taken == IMPOSSIBLE ? RECORD_ALTERED : read_chunk(reader);
        if (outcome != RECORD_OK) {
            if (outcome != RECORD_END) {
                (void)refuse(outcome, reader->path, error);
            }
            return outcome;
        }
    }
}
