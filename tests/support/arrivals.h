/* SPDX-License-Identifier: Apache-2.0 */
/* What became of an envelope that a rig's node was given, as a test asserts it. */
#ifndef COMITY_TESTS_SUPPORT_ARRIVALS_H
#define COMITY_TESTS_SUPPORT_ARRIVALS_H

#include "tests/support/node_rig.h"

/* Filed as delivered, and said so. */
void assert_delivered(struct rig *, const struct sample *);
/* Rejected on the link, temporary, and nothing is stored: the same bytes may come again. */
void assert_put_back(struct rig *, const struct envelope_id *, enum reason);
/* Refused for good by a receipt, and its letter is not filed; number_taken: its number is not missing any more. */
void assert_refused(struct rig *, const struct sample *, enum reason, bool number_taken);

#endif
