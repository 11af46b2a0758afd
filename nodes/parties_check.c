/* SPDX-License-Identifier: Apache-2.0 */
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
