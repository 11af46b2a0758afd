/* SPDX-License-Identifier: Apache-2.0 */
#include "base/store_wal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/store_checksum_vfs.h"

#define MAGIC   UINT32_C(0x377f0682) /* and one more where words are read as big-endian */
#define VERSION UINT32_C(3007000)

#define SECTOR_BYTES 512

/* Places in a header and in a frame's head. */
enum { AT_MAGIC = 0, AT_VERSION = 4, AT_PAGE_BYTES = 8, AT_SALTS = 16, AT_HEADER_SUM = 24 };
enum { AT_PAGE = 0, AT_COMMIT = 4, AT_FRAME_SALTS = 8, AT_FRAME_SUM = 16 };

/* A mark is a frame's head for page 0, with one of these in the place of a commit's size, and a sum of its own. */
#define MARK_END  UINT32_C(0x454e4421)
#define MARK_HOME UINT32_C(0x484f4d45)

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static int64_t frame_bytes(const struct wal *wal)
{
    return (int64_t)(WAL_HEAD_BYTES + wal->page_bytes);
}

static int64_t frame_at(const struct wal *wal, size_t frame)
{
    return WAL_HEADER_BYTES + (int64_t)frame * frame_bytes(wal);
}

bool wal_init(struct wal *wal, const char *path, size_t page_bytes)
{
    static const char suffix[] = "-wal";
    size_t length = strlen(path);
    *wal = (struct wal){.page_bytes = page_bytes};
    wal->path = malloc(length + sizeof suffix);
    wal->frame = malloc(WAL_HEAD_BYTES + page_bytes);
    if (wal->path == NULL || wal->frame == NULL) {
        return false;
    }
    memcpy(wal->path, path, length);
    memcpy(wal->path + length, suffix, sizeof suffix);
    return true;
}

void wal_done(struct wal *wal)
{
    free(wal->path);
    free(wal->frame);
    free(wal->heads);
    *wal = (struct wal){.file = NULL};
}

/* --- the file beneath --- */

static int file_read(struct wal *wal, void *ret, int64_t size, int64_t offset)
{
    return wal->file->pMethods->xRead(wal->file, ret, (int)size, offset);
}

static int file_write(struct wal *wal, const void *data, int64_t size, int64_t offset)
{
    return wal->file->pMethods->xWrite(wal->file, data, (int)size, offset);
}

static int file_sync(struct wal *wal)
{
    return wal->file->pMethods->xSync(wal->file, SQLITE_SYNC_NORMAL);
}

/* Durable before anything is written: what was cut off must not come back behind what is new. */
static int file_cut(struct wal *wal, int64_t size)
{
    int code = wal->file->pMethods->xTruncate(wal->file, size);
    return code == SQLITE_OK ? file_sync(wal) : code;
}

static int damaged(const struct wal *wal, struct error *error, size_t frame, const char *why)
{
    error_set(error, "%s: frame %zu of this log is damaged on disk (%s); " STORE_WAY_OUT, wal->path,
              frame + 1, why);
    return SQLITE_IOERR_DATA;
}

/* --- sums --- */

static enum checksum_words words_of(const struct wal *wal)
{
    return (number_at(wal->header + AT_MAGIC) & 1) != 0 ? CHECKSUM_BIG : CHECKSUM_LITTLE;
}

static bool header_holds(const struct wal *wal)
{
    struct checksum none = {.a = 0, .b = 0};
    struct checksum sum = checksum_add(none, bytes_of(wal->header, AT_HEADER_SUM), words_of(wal));
    return (number_at(wal->header + AT_MAGIC) & ~UINT32_C(1)) == MAGIC &&
           number_at(wal->header + AT_VERSION) == VERSION &&
           number_at(wal->header + AT_PAGE_BYTES) == wal->page_bytes &&
           checksum_equal(sum, checksum_read(wal->header + AT_HEADER_SUM));
}

static bool of_this_log(const struct wal *wal, const uint8_t *head)
{
    return memcmp(head + AT_FRAME_SALTS, wal->header + AT_SALTS, 8) == 0;
}

/* A frame's sum goes on from that of the frame before. */
static bool frame_holds(const struct wal *wal, struct checksum before, const uint8_t *head,
                        const uint8_t *page)
{
    struct checksum sum = checksum_add(before, bytes_of(head, AT_FRAME_SALTS), words_of(wal));
    sum = checksum_add(sum, bytes_of(page, wal->page_bytes), words_of(wal));
    return checksum_equal(sum, checksum_read(head + AT_FRAME_SUM));
}

static struct checksum sum_before(const struct wal *wal, size_t frame)
{
    return checksum_read(frame == 0 ? wal->header + AT_HEADER_SUM : wal->heads[frame - 1] + AT_FRAME_SUM);
}

static void mark_make(uint8_t ret[WAL_HEAD_BYTES], uint32_t kind, const uint8_t salts[8])
{
    struct checksum start = {.a = kind, .b = 1};
    memset(ret, 0, WAL_HEAD_BYTES);
    for (int i = 0; i < 4; i++) {
        ret[AT_COMMIT + i] = (uint8_t)(kind >> (24 - 8 * i));
    }
    memcpy(ret + AT_FRAME_SALTS, salts, 8);
    checksum_write(ret + AT_FRAME_SUM, checksum_add(start, bytes_of(ret, AT_FRAME_SUM), CHECKSUM_LITTLE));
}

static bool is_mark(const uint8_t *head, uint32_t kind, const uint8_t salts[8])
{
    uint8_t mark[WAL_HEAD_BYTES];
    mark_make(mark, kind, salts);
    return memcmp(mark, head, sizeof mark) == 0;
}

/* --- heads --- */

static bool keep_head(struct wal *wal, size_t frame, const uint8_t *head)
{
    if (frame >= wal->room) {
        size_t room = wal->room == 0 ? 64 : 2 * wal->room;
        uint8_t(*heads)[WAL_HEAD_BYTES] = realloc(wal->heads, room * sizeof *heads);
        if (heads == NULL) {
            return false;
        }
        wal->heads = heads;
        wal->room = room;
    }
    memcpy(wal->heads[frame], head, WAL_HEAD_BYTES);
    wal->count = frame + 1;
    wal->marked = false;
    return true;
}

static int put_mark(struct wal *wal, uint32_t kind)
{
    uint8_t mark[WAL_HEAD_BYTES];
    mark_make(mark, kind, wal->header + AT_SALTS);
    return file_write(wal, mark, sizeof mark, frame_at(wal, wal->count));
}

/* --- opening --- */

/* The frames that hold, one after the other; count becomes those of whole commits, *ret_held all of them. */
static int walk(struct wal *wal, int64_t size, size_t *ret_held)
{
    size_t whole = 0;
    size_t frame = 0;
    for (; frame_at(wal, frame + 1) <= size; frame++) {
        const uint8_t *head = wal->frame;
        int code = file_read(wal, wal->frame, frame_bytes(wal), frame_at(wal, frame));
        if (code != SQLITE_OK) {
            return code;
        }
        if (!of_this_log(wal, head) || number_at(head + AT_PAGE) == 0 ||
            !frame_holds(wal, sum_before(wal, frame), head, head + WAL_HEAD_BYTES)) {
            break;
        }
        if (!keep_head(wal, frame, head)) {
            return SQLITE_IOERR_NOMEM;
        }
        whole = number_at(head + AT_COMMIT) != 0 ? frame + 1 : whole;
    }
    wal->count = whole;
    *ret_held = frame;
    return SQLITE_OK;
}

/* A disk writes a sector whole or not: such a head with the salts of this log is as it was written, rot aside. */
static bool in_one_sector(const struct wal *wal, size_t frame)
{
    int64_t at = frame_at(wal, frame);
    return at / SECTOR_BYTES == (at + WAL_HEAD_BYTES - 1) / SECTOR_BYTES;
}

/*
 * Behind the first frame that does not hold. In the torn end of a power cut there may be other frames of that last commit, up
 * to the one that ends it; a frame behind that one, or an end mark, was written after a sync of all before it. A torn head may
 * say anything, so what it says counts only if it cannot be torn or its sum holds.
 */
static int look_behind(struct wal *wal, int64_t size, size_t held, struct error *error)
{
    const uint8_t *head = wal->frame;
    struct checksum before = sum_before(wal, held);
    bool ended = false;
    wal->dropped_frames = held - wal->count;
    for (size_t frame = held; frame_at(wal, frame) + WAL_HEAD_BYTES <= size; frame++) {
        bool whole = frame_at(wal, frame + 1) <= size;
        int code =
            file_read(wal, wal->frame, whole ? frame_bytes(wal) : WAL_HEAD_BYTES, frame_at(wal, frame));
        if (code != SQLITE_OK) {
            return code;
        }
        bool ours = of_this_log(wal, head);
        bool mark = is_mark(head, MARK_END, wal->header + AT_SALTS);
        if (frame > held && ours && (ended || mark)) {
            return damaged(wal, error, held,
                           "bit rot, or a disk that did not keep what it had synced: "
                           "it was whole once, for later commits stand behind it");
        }
        wal->dropped_frames += ours && !mark;
        bool sure =
            in_one_sector(wal, frame) || (whole && frame_holds(wal, before, head, head + WAL_HEAD_BYTES));
        ended = ended || (ours && sure && !mark && number_at(head + AT_COMMIT) != 0);
        before = checksum_read(head + AT_FRAME_SUM);
    }
    return SQLITE_OK;
}

/* The header does not hold: whether the frames behind it were marked as home before it was written. */
static int ask_home(struct wal *wal, int64_t size, bool *ret)
{
    uint8_t salts[8];
    uint8_t head[WAL_HEAD_BYTES];
    *ret = false;
    for (size_t frame = 0; frame_at(wal, frame) + WAL_HEAD_BYTES <= size; frame++) {
        int code = file_read(wal, head, sizeof head, frame_at(wal, frame));
        if (code != SQLITE_OK) {
            return code;
        }
        if (frame == 0) {
            memcpy(salts, head + AT_FRAME_SALTS, sizeof salts);
        }
        if (is_mark(head, MARK_HOME, salts)) {
            *ret = true;
            return SQLITE_OK;
        }
        if (memcmp(head + AT_FRAME_SALTS, salts, sizeof salts) != 0) {
            return SQLITE_OK;
        }
    }
    return SQLITE_OK;
}

static int check(struct wal *wal, struct error *error)
{
    sqlite3_int64 size = 0;
    size_t held = 0;
    bool home = false;
    int code = wal->file->pMethods->xFileSize(wal->file, &size);
    if (code != SQLITE_OK || size <= WAL_HEADER_BYTES) {
        return code; /* the header is synced before the first frame is written: nothing is lost with it */
    }
    code = file_read(wal, wal->header, WAL_HEADER_BYTES, 0);
    if (code == SQLITE_OK && !header_holds(wal)) {
        code = ask_home(wal, size, &home);
        if (code != SQLITE_OK || home) {
            return code == SQLITE_OK ? file_cut(wal, 0) : code;
        }
        error_set(error,
                  "%s: the head of this log is damaged on disk (bit rot, or another program wrote "
                  "it); " STORE_WAY_OUT,
                  wal->path);
        return SQLITE_IOERR_DATA;
    }
    if (code == SQLITE_OK) {
        code = walk(wal, size, &held);
    }
    if (code == SQLITE_OK) {
        code = look_behind(wal, size, held, error);
    }
    if (code == SQLITE_OK && size > frame_at(wal, wal->count)) {
        code = file_cut(wal, frame_at(wal, wal->count));
    }
    return code;
}

int wal_open(struct wal *wal, struct sqlite3_file *file, struct error *error)
{
    wal->file = file;
    wal->count = 0;
    wal->marked = false;
    wal->failed = false;
    int code = check(wal, error);
    if (code != SQLITE_OK) {
        wal_close(wal);
    }
    return code;
}

void wal_close(struct wal *wal)
{
    wal->file = NULL;
    wal->count = 0;
}

/* --- what SQLite asks --- */

int wal_read(struct wal *wal, void *ret, int size, int64_t offset, struct error *error)
{
    int code = file_read(wal, ret, size, offset);
    int64_t in_frame = (offset - WAL_HEADER_BYTES) % frame_bytes(wal);
    size_t frame = (size_t)((offset - WAL_HEADER_BYTES) / frame_bytes(wal));
    /* Heads, and whole frames at recovery, SQLite compares itself; a part of a page it reads again when it knows their size. */
    bool page = in_frame == WAL_HEAD_BYTES && (size_t)size == wal->page_bytes;
    if (code == SQLITE_OK && page && frame < wal->count &&
        !frame_holds(wal, sum_before(wal, frame), wal->heads[frame], ret)) {
        return damaged(wal, error, frame, "bit rot, or another program wrote it");
    }
    return code;
}

/* The log begins anew over frames that are all in the database by now. */
static int put_header(struct wal *wal, const uint8_t *header)
{
    if (wal->count != 0) {
        int code = put_mark(wal, MARK_HOME);
        code = code == SQLITE_OK ? file_sync(wal) : code;
        if (code != SQLITE_OK) {
            wal->failed = true;
            return code;
        }
    }
    wal->count = 0;
    memcpy(wal->header, header, WAL_HEADER_BYTES);
    return file_write(wal, header, WAL_HEADER_BYTES, 0);
}

int wal_write(struct wal *wal, const void *data, int size, int64_t offset)
{
    if (offset == 0 && size == WAL_HEADER_BYTES) {
        return put_header(wal, data);
    }
    int64_t in_frame = (offset - WAL_HEADER_BYTES) % frame_bytes(wal);
    size_t frame = (size_t)((offset - WAL_HEADER_BYTES) / frame_bytes(wal));
    bool head = in_frame == 0 && size == WAL_HEAD_BYTES && frame == wal->count;
    bool page = in_frame == WAL_HEAD_BYTES && (size_t)size == wal->page_bytes && frame + 1 == wal->count;
    if (offset < WAL_HEADER_BYTES || (!head && !page)) {
        return SQLITE_IOERR_WRITE; /* with spilling off SQLite appends, a head and then its page, and no more */
    }
    if (head) { /* it is written with its page, in one */
        return keep_head(wal, frame, data) ? SQLITE_OK : SQLITE_IOERR_NOMEM;
    }
    memcpy(wal->frame, wal->heads[frame], WAL_HEAD_BYTES);
    memcpy(wal->frame + WAL_HEAD_BYTES, data, wal->page_bytes);
    int code = file_write(wal, wal->frame, frame_bytes(wal), frame_at(wal, frame));
    wal->failed = wal->failed || code != SQLITE_OK;
    return code;
}

int wal_truncate(struct wal *wal, int64_t size)
{
    while (wal->count != 0 && frame_at(wal, wal->count) > size) {
        wal->count--;
    }
    return file_cut(wal, size);
}

int wal_sync(struct wal *wal, int flags)
{
    int code = wal->file->pMethods->xSync(wal->file, flags);
    wal->failed = wal->failed || code != SQLITE_OK;
    if (!wal->failed && wal->count != 0 && !wal->marked &&
        number_at(wal->heads[wal->count - 1] + AT_COMMIT) != 0) {
        wal->marked = true;
        (void)put_mark(wal, MARK_END); /* the commit is safe without it: no room for a mark is no failure */
    }
    return code;
}
