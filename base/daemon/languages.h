/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogues that are installed: FOLDER/LANGUAGE/LC_MESSAGES/comity.mo, FOLDER being COMITY_LOCALE_DIR or
 * ../share/locale beside the folder of the program. A file that does not hold is left aside: the source text is shown.
 */
#ifndef COMITY_BASE_DAEMON_LANGUAGES_H
#define COMITY_BASE_DAEMON_LANGUAGES_H

#include "base/catalogue.h"

#define LANGUAGES_MAX     32
#define LANGUAGE_NAME_MAX 16 /* "pt_BR", "sr_Cyrl_RS", with a zero byte */

struct language {
    char name[LANGUAGE_NAME_MAX]; /* of its folder; "": the source text */
    const struct catalogue *words;
};

struct languages {
    size_t count;
    struct language list[LANGUAGES_MAX];
};

/* All there are, by name; more than LANGUAGES_MAX are left aside. Catalogues live in the arena. */
void languages_read(struct languages *, struct arena *);

/*
 * The one that a header Accept-Language prefers (RFC 9110 12.5.4): by quality, then in the order given; "de-CH" takes
 * "de" where there is no "de_CH". English, and what none of them fits, is the source text. header may be anything.
 */
const struct language *languages_accepted(const struct languages *, const char *header);

/*
 * The one that the environment names: the list in LANGUAGE, unless the locale (the first set of LC_ALL, LC_MESSAGES, LANG) is C or
 * POSIX; else that locale. Only that catalogue is read.
 */
void language_of_environment(struct language *ret, struct arena *);

#endif
