/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/letter_opens.h"

bool letter_opens(enum letter_kind kind)
{
    static const bool opens[LETTER_KINDS + 1] = {
#define REQUEST_OF(word, request) [LETTER_##word] = true,
#include "nodes/letter_parts.def"
#undef REQUEST_OF
    };
    return (unsigned)kind <= LETTER_KINDS && opens[kind];
}

bool letter_begins_case(const Comity__Context *context, const Comity__Letter *letter)
{
    return context->case_seq == 1 && context->seen.len == 0 && letter_opens(letter_kind(letter));
}
