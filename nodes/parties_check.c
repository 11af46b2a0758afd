/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/letter_checks.h"
#include "nodes/tie.h"

void link_parties_check(const Comity__Letter *letter, const struct letter_terms *terms, struct faults *faults)
{
    const Comity__Request *request = letter_request(letter);
    if (request == NULL || request->type != COMITY__REQUEST__TYPE__LINK || terms->q == NULL ||
        terms->r == NULL || same_state(terms->q->address.text, terms->r->address.text)) {
        return;
    }
    faults_add(faults, "type", "OTHER_STATE",
               "%s is of another State: a LINK is between parties of one State", terms->r->address.text);
}

bool may_take_over(const struct roster *roster, const char *r, const char *party)
{
    const struct party *found = roster == NULL ? NULL : roster_find(roster, party);
    return found != NULL && found->status == PARTY_ACTIVE && strcmp(party, r) != 0 && same_state(party, r);
}

void moved_party_check(const Comity__Letter *letter, const struct letter_terms *terms, struct faults *faults)
{
    bool known = terms->roster != NULL && terms->r != NULL;
    if (letter_kind(letter) != LETTER_MOVED || !known || letter->moved->party[0] == '\0' ||
        may_take_over(terms->roster, terms->r->address.text, letter->moved->party)) {
        return;
    }
    faults_add(faults, "party", "RECIPIENT",
               "%s cannot take it over: name another party of your State that is in the roster",
               letter->moved->party);
}
