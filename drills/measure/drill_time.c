/* SPDX-License-Identifier: Apache-2.0 */
/* Freezes cut out of the clock. */
#include "drills/measure/measures.h"

static uint64_t greatest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* STOP twice is one STOP: what was counted up to a moment is not counted again. */
uint64_t frozen_ms(const struct drill_record *record, uint64_t from_ms, uint64_t to_ms)
{
    uint64_t sum_ms = 0, counted_ms = from_ms;
    for (size_t i = 0; i < record->freezes.count; i++) {
        const struct record_freeze *freeze = &record->freezes.list[i];
        uint64_t begin_ms = greatest(freeze->stop_ms, counted_ms);
        uint64_t end_ms = least(freeze->resume_ms == 0 ? record->head.end_ms : freeze->resume_ms, to_ms);
        if (end_ms > begin_ms) {
            sum_ms += end_ms - begin_ms;
            counted_ms = end_ms;
        }
    }
    return sum_ms;
}

uint64_t drill_ms(const struct drill_record *record, uint64_t ms)
{
    return ms - frozen_ms(record, 0, ms);
}

uint64_t thawed_ms(const struct drill_record *record, uint64_t from_ms, uint64_t end_ms)
{
    uint64_t counted_ms = from_ms;
    for (size_t i = 0; i < record->freezes.count; i++) {
        const struct record_freeze *freeze = &record->freezes.list[i];
        uint64_t begin_ms = greatest(freeze->stop_ms, counted_ms);
        uint64_t resume_ms = freeze->resume_ms == 0 ? record->head.end_ms : freeze->resume_ms;
        if (begin_ms < end_ms && resume_ms > begin_ms) {
            end_ms += resume_ms - begin_ms;
            counted_ms = resume_ms;
        }
    }
    return end_ms;
}
