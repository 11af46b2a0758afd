/* SPDX-License-Identifier: Apache-2.0 */
/* Many short texts looked for at once in many bytes: one look at every eighth place. */
#ifndef COMITY_DRILLS_ORACLE_CANARIES_H
#define COMITY_DRILLS_ORACLE_CANARIES_H

#include "base/attributes.h"
#include "base/bytes.h"

#define CANARY_BYTES_MIN 12
#define CANARY_BYTES_MAX 64

struct canaries;

struct canaries *canaries_new(void);
void canaries_free(struct canaries *);
/* Copied; CANARY_BYTES_MIN to CANARY_BYTES_MAX bytes. */
void canaries_add(struct canaries *, const char *text);
/* One of the texts that the bytes hold; NULL: none. */
const char *canaries_find(const struct canaries *, struct bytes);

#endif
