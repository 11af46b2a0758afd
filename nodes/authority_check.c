/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "nodes/letter_checks.h"

static bool same_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static const struct {
    const char *path;
    size_t said, known; /* where it stands: in Authority, in struct contact */
    bool (*same)(const char *, const char *);
} of_contacts[] = {
    {"authority.phone", offsetof(Comity__Authority, phone), offsetof(struct contact, phone), same_phone},
    {"authority.email", offsetof(Comity__Authority, email), offsetof(struct contact, email), same_text},
    {"authority.hours", offsetof(Comity__Authority, hours), offsetof(struct contact, hours), same_text},
};

static const char *text_at(const void *object, size_t offset)
{
    return *(const char *const *)(const void *)((const char *)object + offset);
}

/* An officer sees it and may sign all the same: the other side will wonder, and calls only numbers of the roster. */
static void note(struct faults *notes, const char *path, const char *said, const char *known)
{
    faults_add(
        notes, path, "NOT_IN_ROSTER",
        "%s is not what your roster entry says (%s): write that, or have the entry corrected, for they "
        "look there who you are",
        said, known);
}

static void check_contacts(const Comity__Authority *authority, const struct party *own, size_t row,
                           struct faults *notes)
{
    const char *said = text_at(authority, of_contacts[row].said), *known = "";
    for (size_t i = 0; i < own->contact_count && known != NULL; i++) {
        const char *text = text_at(&own->contacts[i], of_contacts[row].known);
        if (text[0] != '\0' && of_contacts[row].same(text, said)) {
            return;
        }
        known = text[0] == '\0'
                    ? known
                    : arena_format(notes->arena, "%s%s%s", known, known[0] == '\0' ? "" : ", ", text);
    }
    if (known != NULL && known[0] != '\0' && said[0] != '\0') {
        note(notes, of_contacts[row].path, said, known);
    }
}

void authority_check(const Comity__Letter *letter, const struct party *own, struct faults *notes)
{
    const Comity__Authority *authority =
        letter_kind(letter) == LETTER_REQUEST ? letter->request->authority : NULL;
    if (authority == NULL) {
        return;
    }
    for (size_t row = 0; row < sizeof of_contacts / sizeof of_contacts[0]; row++) {
        check_contacts(authority, own, row, notes);
    }
    const bool zoned = own->zone != NULL && own->zone[0] != '\0' && authority->zone[0] != '\0';
    if (zoned && strcmp(authority->zone, own->zone) != 0) {
        note(notes, "authority.zone", authority->zone, own->zone);
    }
}
