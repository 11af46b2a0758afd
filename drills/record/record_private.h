/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_DRILLS_RECORD_RECORD_PRIVATE_H
#define COMITY_DRILLS_RECORD_RECORD_PRIVATE_H

#include "drills/record/record.h"

/* The cases have other numbers now. */
void record_reindex(struct drill_record *);

/* --- record_letters.c --- */

struct letter_file *letter_file_new(void);
void letter_file_free(struct letter_file *);
/* Behind the others; one of no bytes takes none. False: the system has no room for it; the file is as before. */
MUST_USE bool letter_file_put(struct letter_file *, struct bytes letter, uint64_t *ret_at);

#endif
