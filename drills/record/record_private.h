/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_DRILLS_RECORD_RECORD_PRIVATE_H
#define COMITY_DRILLS_RECORD_RECORD_PRIVATE_H

#include "drills/record/record.h"

/* The cases have other numbers now. */
void record_reindex(struct drill_record *);

#endif
