/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/letter_parts.h"

#include <string.h>

enum letter_why letter_why(const Comity__Letter *letter)
{
    enum letter_kind kind = letter_kind(letter);
#define SAYS(word, said, value, why)                                                                         \
    if (kind == LETTER_##word && (int)(said) == (int)(value)) {                                              \
        return WHY_##why;                                                                                    \
    }
#include "nodes/whys.def"
#undef SAYS
#define ELSE(word, why)                                                                                      \
    if (kind == LETTER_##word) {                                                                             \
        return WHY_##why;                                                                                    \
    }
#include "nodes/whys.def"
#undef ELSE
    return WHY_NONE;
}

const char *why_name(enum letter_why why)
{
    static const char *const words[WHYS] = {
        [WHY_NONE] = "",
#define WHY(word) [WHY_##word] = #word,
#include "nodes/whys.def"
#undef WHY
    };
    return (unsigned)why < WHYS ? words[why] : "?";
}

/* One reader for each letter that has the part, and a table of them by kind. */

#define ITEMS_OF(word, member)                                                                               \
    static const uint32_t *items_of_##member(const Comity__Letter *letter, size_t *ret_count)                \
    {                                                                                                        \
        *ret_count = letter->member->n_items;                                                                \
        return letter->member->items;                                                                        \
    }
#include "nodes/letter_parts.def"
#undef ITEMS_OF

bool letter_item_list(const Comity__Letter *letter, const uint32_t **ret, size_t *ret_count)
{
    static const uint32_t *(*const readers[LETTER_KINDS + 1])(const Comity__Letter *, size_t *) = {
#define ITEMS_OF(word, member) [LETTER_##word] = items_of_##member,
#include "nodes/letter_parts.def"
#undef ITEMS_OF
    };
    enum letter_kind kind = letter_kind(letter);
    if (readers[kind] == NULL) {
        return false;
    }
    *ret = readers[kind](letter, ret_count);
    return true;
}

/* Adds one list of numbers; an empty one means all. */
static void target_list(struct targets *t, const uint32_t *list, size_t count, size_t item_count,
                        bool blocking)
{
    if (count == 0) {
        t->all = true;
        t->blocking[0] |= blocking;
    }
    for (size_t i = 0; i < count; i++) {
        if (list[i] == 0 || list[i] > item_count) {
            t->beyond = true;
        } else {
            t->named[list[i]] = true;
            t->blocking[list[i]] |= blocking;
        }
    }
}

void letter_targets(const Comity__Letter *letter, size_t item_count, struct targets *ret)
{
    memset(ret, 0, sizeof *ret);
    const uint32_t *list = NULL;
    size_t count = 0;
    if (letter_kind(letter) == LETTER_INFO_ASKED) {
        const Comity__InfoAsked *asked = letter->info_asked;
        for (size_t i = 0; i < asked->n_questions; i++) {
            const Comity__Question *q = asked->questions[i];
            target_list(ret, q->items, q->n_items, item_count, q->blocking != 0);
        }
        ret->all |= asked->n_questions == 0;
    } else {
        (void)letter_item_list(letter, &list, &count);
        target_list(ret, list, count, item_count, false);
    }
}

struct instant instant_of(const Comity__Instant *at)
{
    return at == NULL || at->ms < 0 ? (struct instant){.ms = 0}
                                    : (struct instant){.ms = at->ms, .offset_min = at->offset_min};
}

struct instant letter_by(const Comity__Letter *letter)
{
    const Comity__Instant *by = NULL;
    enum letter_kind kind = letter_kind(letter);
#define BY_OF(word, member, field)                                                                           \
    if (kind == LETTER_##word) {                                                                             \
        by = letter->member->field;                                                                          \
    }
#include "nodes/letter_parts.def"
#undef BY_OF
    return instant_of(by);
}

struct instant letter_hold_until(const Comity__Letter *letter, const char **ret_zone)
{
    const Comity__Instant *until = NULL;
    const char *zone = "";
    enum letter_kind kind = letter_kind(letter);
#define HOLD_OF(word, member)                                                                                \
    if (kind == LETTER_##word) {                                                                             \
        until = letter->member->hold_until;                                                                  \
        zone = letter->member->zone;                                                                         \
    }
#include "nodes/letter_parts.def"
#undef HOLD_OF
    if (ret_zone != NULL) {
        *ret_zone = zone;
    }
    return instant_of(until);
}

struct letter_link letter_link(const Comity__Letter *letter)
{
    static const ProtobufCBinaryData NO_CASE = {0, NULL};
    struct letter_link link = {.reference = ""};
    enum letter_kind kind = letter_kind(letter);
#define LINK_OF(word, name, mla_case)                                                                        \
    if (kind == LETTER_##word) {                                                                             \
        link.reference = (name);                                                                             \
        link.mla = wire_bytes(mla_case);                                                                     \
    }
#include "nodes/letter_parts.def"
#undef LINK_OF
    return link;
}

const Comity__Request *letter_request(const Comity__Letter *letter)
{
    enum letter_kind kind = letter_kind(letter);
#define REQUEST_OF(word, request)                                                                            \
    if (kind == LETTER_##word) {                                                                             \
        return request;                                                                                      \
    }
#include "nodes/letter_parts.def"
#undef REQUEST_OF
    return NULL;
}
