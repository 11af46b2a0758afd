/* SPDX-License-Identifier: Apache-2.0 */
/* Letters as signed, in a file without a name: a year of all States has 400 MB of them, and each is read once or twice. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ensure.h"
#include "drills/record/record_private.h"

struct letter_file {
    FILE *file; /* NULL: none could be made */
    uint64_t bytes;
};

struct letter_file *letter_file_new(void)
{
    struct letter_file *letters = calloc(1, sizeof *letters);
    ensure(letters != NULL);
    letters->file = tmpfile();
    return letters;
}

void letter_file_free(struct letter_file *letters)
{
    if (letters->file != NULL) {
        (void)fclose(letters->file);
    }
    free(letters);
}

bool letter_file_put(struct letter_file *letters, struct bytes letter, uint64_t *ret_at)
{
    if (letters->file == NULL) {
        return false;
    }
    for (size_t done = 0; done < letter.size;) {
        ssize_t put = pwrite(fileno(letters->file), letter.data + done, letter.size - done,
                             (off_t)(letters->bytes + done));
        if (put == 0 || (put < 0 && errno != EINTR)) {
            return false;
        }
        done += put < 0 ? 0 : (size_t)put;
    }
    *ret_at = letters->bytes;
    letters->bytes += letter.size;
    return true;
}

struct bytes record_letter_bytes(const struct drill_record *record, const struct record_letter *letter,
                                 struct arena *arena)
{
    if (letter->filed_bytes == 0) {
        return letter->letter;
    }
    uint8_t *bytes = arena_take(arena, letter->filed_bytes);
    ensure(bytes != NULL);
    for (size_t done = 0; done < letter->filed_bytes;) {
        ssize_t got = pread(fileno(record->letter_file->file), bytes + done, letter->filed_bytes - done,
                            (off_t)(letter->filed_at + done));
        ensure(got > 0 || (got < 0 && errno == EINTR)); /* it was written by this process */
        done += got < 0 ? 0 : (size_t)got;
    }
    return bytes_of(bytes, letter->filed_bytes);
}
