/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nodes/letter_checks.h"

#define KNOWN_MAX 256

bool same_phone(const char *a, const char *b)
{
    for (;;) {
        while (*a != '\0' && !text_is_digit(*a)) {
            a++;
        }
        while (*b != '\0' && !text_is_digit(*b)) {
            b++;
        }
        if (*a != *b) {
            return false;
        }
        if (*a == '\0') {
            return true;
        }
        a++;
        b++;
    }
}

/* The number that is called back, and its path; "": none. */
static const char *number_of(const Comity__Letter *letter, const char **ret_path)
{
    enum letter_kind kind = letter_kind(letter);
    if (kind == LETTER_ORAL_NOTED) {
        *ret_path = "numberCalledBack";
        return letter->oral_noted->number_called_back;
    }
    *ret_path = "confirmation.phone";
    return kind == LETTER_REQUEST && letter->request->confirmation != NULL
               ? letter->request->confirmation->phone
               : "";
}

void callback_check(const Comity__Letter *letter, const struct case_fold *fold,
                    const struct letter_terms *terms, struct faults *faults)
{
    const char *path = NULL;
    const char *number = number_of(letter, &path);
    const struct party *q = terms->q;
    if (number[0] == '\0' || q == NULL || letter_overrules(letter, fold, COMITY__ACTED__RULE__CALL_BACK)) {
        return;
    }
    char known[KNOWN_MAX] = "";
    for (size_t i = 0; i < q->contact_count; i++) {
        size_t used = strlen(known);
        if (same_phone(q->contacts[i].phone, number)) {
            return;
        }
        if (q->contacts[i].phone[0] != '\0') {
            (void)snprintf(known + used, sizeof known - used, "%s%s", used == 0 ? "" : ", ",
                           q->contacts[i].phone);
        }
    }
    if (known[0] != '\0') {
        faults_add(
            faults, path, "NOT_IN_ROSTER",
            "%s is not a number of %s in the roster: write one of %s, or have the roster corrected first",
            number, q->address.text, known);
    }
}
