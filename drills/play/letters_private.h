/* SPDX-License-Identifier: Apache-2.0 */
/* Between letters.c, which fills in templates, and letters_case.c, which knows the words that the case decides. */
#ifndef COMITY_DRILLS_PLAY_LETTERS_PRIVATE_H
#define COMITY_DRILLS_PLAY_LETTERS_PRIVATE_H

#include "drills/play/letters.h"

struct filling {
    struct letter_scene *scene;
    const struct lifecycle_row *row;
    uint64_t promised_ms; /* the latest hold of the items it names */
    const json_t *body;   /* being filled; its members that fields has are not the template's */
    const json_t *fields; /* or NULL */
};

/* Values; new references. */
json_t *letter_text(const char *);
json_t *letter_moment(const struct filling *, uint64_t ms); /* as the author's clock on the wall shows it */
json_t *letter_bytes(struct bytes);                         /* in base64 */
json_t *letter_random(struct filling *, size_t size);       /* so many random bytes in base64 */
json_t *letter_reference(struct filling *);                 /* a new file number of the author */
json_t *letter_words(struct filling *, uint64_t min, uint64_t max); /* NULL: none were drawn */
void letter_put(json_t *object, const char *name, json_t *value);   /* takes the reference */
void letter_append(json_t *list, json_t *value);

/* What the word stands for, NULL: it is left out. *ret_known: it is one that the case decides. */
json_t *letter_case_word(struct filling *, const char *word, bool *ret_known);

/* Remembers what the items that the letter names (NULL: all it may) are promised: later words depend on it. */
void letter_note_items(struct filling *, const json_t *list);

#endif
