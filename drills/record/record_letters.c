/* SPDX-License-Identifier: Apache-2.0 */
/* Letters as signed, in a file without a name: a year of all States has 400 MB of them, and each is read once or twice. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "drills/record/record_private.h"

struct letter_file {
    int fd; /* -1: none could be made */
    uint64_t bytes;
};

struct letter_file *letter_file_new(void)
{
    struct error error = {.text = ""}; /* letters stay in memory then */
    struct letter_file *letters = calloc(1, sizeof *letters);
    ensure(letters != NULL);
    letters->fd = files_unnamed(files_temporary(), &error);
    return letters;
}

void letter_file_free(struct letter_file *letters)
{
    if (letters->fd >= 0) {
        (void)close(letters->fd);
    }
    free(letters);
}

bool letter_file_put(struct letter_file *letters, struct bytes letter, uint64_t *ret_at)
{
    for (size_t done = 0; done < letter.size;) {
        ssize_t put =
            pwrite(letters->fd, letter.data + done, letter.size - done, (off_t)(letters->bytes + done));
        if (put == 0 || (put < 0 && errno != EINTR)) {
            return false;
        }
        done += put < 0 ? 0 : (size_t)put;
    }
    *ret_at = letters->bytes;
    letters->bytes += letter.size;
    return true;
}

/* A report without some of its letters would be a false one. */
static _Noreturn void failed(const char *why)
{
    (void)fprintf(stderr,
                  "cannot read the letters of this drill back from a temporary file in %s: %s; run again "
                  "with TMPDIR elsewhere\n",
                  files_temporary(), why);
    abort();
}

struct bytes record_letter_bytes(const struct drill_record *record, const struct record_letter *letter,
                                 struct arena *arena)
{
    uint8_t *bytes = letter->filed_bytes == 0 ? NULL : arena_take(arena, letter->filed_bytes);
    if (bytes == NULL) {
        return letter->letter;
    }
    for (size_t done = 0; done < letter->filed_bytes;) {
        ssize_t got = pread(record->letter_file->fd, bytes + done, letter->filed_bytes - done,
                            (off_t)(letter->filed_at + done));
        if (got == 0 || (got < 0 && errno != EINTR)) {
            failed(got == 0 ? "it ends too soon" : strerror(errno));
        }
        done += got < 0 ? 0 : (size_t)got;
    }
    return bytes_of(bytes, letter->filed_bytes);
}
