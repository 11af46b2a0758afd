/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/arrivals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nodes/inbox.h"

void assert_delivered(struct rig *rig, const struct sample *s)
{
    struct in_row row;
    assert_non_null(rig_receipt(rig, RECEIPT_DELIVERED, &s->id));
    assert_true(inbox_get(rig->node, &s->id, &row));
    assert_int_equal(row.outcome, IN_DELIVERED);
}

void assert_put_back(struct rig *rig, const struct envelope_id *id, enum reason reason)
{
    struct in_row row;
    const Comity__Frame *frame = rig_heard(rig, COMITY__FRAME__BODY_REJECTED, 0);
    assert_non_null(frame);
    assert_int_equal(frame->rejected->tag, 77);
    assert_string_equal(reason_name(frame->rejected->reason), reason_name((uint32_t)reason));
    assert_true(frame->rejected->temporary);
    assert_false(inbox_get(rig->node, id, &row));
    assert_int_equal(rig_count(rig, COMITY__FRAME__BODY_RECEIPT), 0);
}

void assert_refused(struct rig *rig, const struct sample *s, enum reason reason, bool number_taken)
{
    struct in_row row;
    const Comity__ReceiptItem *item = rig_receipt(rig, RECEIPT_REFUSED, &s->id);
    assert_non_null(item);
    assert_string_equal(reason_name(item->reason), reason_name((uint32_t)reason));
    assert_null(rig_receipt(rig, RECEIPT_DELIVERED, &s->id)); /* one receipt an envelope */
    assert_true(inbox_get(rig->node, &s->id, &row));
    assert_int_equal(row.outcome, IN_REFUSED);
    assert_int_equal(row.in_chain, number_taken);
    struct letter_row letter;
    assert_false(letter_get(rig->node, &s->letter_id, rig->arena, &letter));
}
