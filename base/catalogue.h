/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts for people in another language: a .mo file as msgfmt(1) writes it (GNU gettext manual, "The Format of GNU MO
 * Files"). libintl keeps its language in a global; here a catalogue is a value that who speaks to somebody carries:
 * struct cli, struct call, struct faults.
 *
 * What is translated is what people read. Words of the machine (codes, states, JSON keys) and the reading of bytes that are
 * signed never are; nor what a world tells of its course (trace, verdict, coverage), which is compared and quoted.
 */
#ifndef COMITY_BASE_CATALOGUE_H
#define COMITY_BASE_CATALOGUE_H

#include "base/arena.h"

#define CATALOGUE_BYTES_MAX   ((size_t)4 * 1024 * 1024)
#define CATALOGUE_ENTRIES_MAX 65536

/* Marks a text that is translated where it is used (make po finds it); the compiler sees the text itself. */
#define N_(text) text

struct catalogue;

enum catalogue_outcome {
    CATALOGUE_OK,
    CATALOGUE_FORMAT, /* no .mo file, one whose offsets or order do not hold, or not in UTF-8 */
    CATALOGUE_MEMORY,
};

/*
 * Reads a file, in either byte order; it is copied. Every offset is checked. A translation that may not be used is left
 * out, and its original is shown instead; *ret_refused (may be NULL) counts them: one whose printf conversions are not
 * those of its original, or that is no text to be shown (text_is_showable).
 */
MUST_USE enum catalogue_outcome catalogue_read(struct bytes file, struct arena *,
                                               const struct catalogue **ret, size_t *ret_refused);

/* The translation, msgid itself where there is none; catalogue NULL: the source text. */
const char *say(const struct catalogue *, const char *msgid) FORMAT_OF(2);
/* The form for that number; without a translation `one` for 1 and `many` for all others. */
const char *say_n(const struct catalogue *, const char *one, const char *many, uint64_t number) FORMAT_OF(2)
    FORMAT_OF(3);

/* Would printf take the same arguments for both? Every argument must be used by both, "%2$s" is allowed in the translation. */
bool formats_agree(const char *msgid, const char *translation);

#endif
