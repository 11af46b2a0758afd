/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what format 2 added to parties, contacts and officers, for keys/roster_json.c only. */
#ifndef COMITY_KEYS_ROSTER_TERMS_H
#define COMITY_KEYS_ROSTER_TERMS_H

#include "keys/roster_fields.h"

field_reader roster_read_office;   /* enum office */
field_reader roster_read_calendar; /* const struct calendar_entry * */
field_reader roster_read_terms;    /* const struct terms * */
field_reader roster_read_ping;     /* const struct ping_consent * */

/* The rules of an officer's key by itself; sets what is shown of it. */
void roster_check_officer(struct reader *, const struct place *, struct roster_key *);

#endif
