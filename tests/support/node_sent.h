/* SPDX-License-Identifier: Apache-2.0 */
/* What the node of a rig sends: XB/poc's letters to XA/poc, and the envelopes that it submits for them. */
#ifndef COMITY_TESTS_SUPPORT_NODE_SENT_H
#define COMITY_TESTS_SUPPORT_NODE_SENT_H

#include "nodes/letters.h"
#include "nodes/outbox.h"
#include "tests/support/node_rig.h"

/* --- letters --- */

/* Files the next letter of the case (or one that begins a case with XA/poc when case_id is NULL), signed by the duty officer. */
struct letter_id rig_write(struct rig *, const struct case_id *, enum letter_kind, struct case_id *ret_case);
/* A letter that is here. */
struct letter_row rig_filed(struct rig *, const struct letter_id *);

/* A letter, and the envelope that was submitted for it last. */
struct rig_sent {
    struct case_id case_id;
    struct letter_id letter;
    const Comity__Header *head;
    struct envelope_id id;
};
/* Links, gives keys: a request was sealed and submitted. */
struct rig_sent rig_request(struct rig *);

/* --- envelopes --- */

/* Header and id of the envelope of the nth Submit of the last turn; NULL: none. */
const Comity__Header *rig_submitted(struct rig *, size_t nth, struct envelope_id *ret_id);
/* Its bytes; empty: none. Its tag. What XA/poc finds in it; NULL: it was sealed to other keys than its newest. */
struct bytes rig_submitted_bytes(struct rig *, size_t nth);
uint64_t rig_tag(struct rig *, size_t nth);
Comity__Inner *rig_opened(struct rig *, size_t nth);
/* How many envelopes of kind LETTER were submitted in the last turn. */
size_t rig_letters(struct rig *);
/* How it stands with an envelope that was submitted, in this turn or before. */
enum out_state rig_out_state(struct rig *, const struct envelope_id *);

/* The broker answers Rejected, temporary or final; tag 0 and id NULL: it names no submit. */
void rig_reject(struct rig *, uint64_t tag, const struct envelope_id *, enum reason, bool temporary);

#endif
