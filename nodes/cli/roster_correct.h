/* SPDX-License-Identifier: Apache-2.0 */
/* Corrections that came back from a ping (ping_corrections.h) as changes of a roster that is drafted; whoever signs it decides. */
#ifndef COMITY_NODES_CLI_ROSTER_CORRECT_H
#define COMITY_NODES_CLI_ROSTER_CORRECT_H

#include "keys/roster.h"
#include "nodes/cli/cli.h"

/* Which member of a contact a field of a check is: "phone" for "PHONE"; NULL: it is none of a contact. */
const char *roster_contact_member(const char *field);

/*
 * Changes draft, the JSON of the next roster, as the record in the file says, and adds what was changed to `changed`. Refused, with the
 * draft spoiled: another network, a party or contact that is not there, an entry that is not any more what it was when it was
 * corrected. A key is never changed so: that is told, and the rest is done. An exit code, told.
 */
MUST_USE int roster_correct(const struct cli *, const char *path, const struct roster *held, json_t *draft,
                            json_t *changed);

#endif
