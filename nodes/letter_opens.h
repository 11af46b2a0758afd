/* SPDX-License-Identifier: Apache-2.0 */
/* Which letters begin a case. */
#ifndef COMITY_NODES_LETTER_OPENS_H
#define COMITY_NODES_LETTER_OPENS_H

#include <stdbool.h>

#include "proto/codes.h"
#include "proto/wire.h"

/* Can it be the first letter of a case: does it carry the whole request (letter_parts.def)? */
bool letter_opens(enum letter_kind);
/* Is this one the first of its case? The first letter of the side that answers has the number 1, too. */
bool letter_begins_case(const Comity__Context *, const Comity__Letter *);

#endif
