/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/limits.h"

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "proto/ids.h"
#include "proto/wire.h"

#define NUMBER             .kind = LIMIT_NUMBER
#define RANGE(least, most) .kind = LIMIT_NUMBER, .min = (least), .max = (most)
#define OF(message)        .kind = LIMIT_MESSAGE, .of = &message##_limit
#define BYTES(least, most) .kind = LIMIT_BYTES, .min = (least), .max = (most), .step = 1
#define HASHES(most)       .kind = LIMIT_BYTES, .min = 32, .max = 32 * (most), .step = 32
#define ADDRESS            .kind = LIMIT_ADDRESS, .min = 4, .max = 31
#define LINE(most)         .kind = LIMIT_LINE, .min = 1, .max = (most)
#define REFERENCE(most)    .kind = LIMIT_REFERENCE, .min = 1, .max = (most)
#define TEXT(most)         .kind = LIMIT_TEXT, .min = 1, .max = (most)
#define DATE               .kind = LIMIT_DATE, .min = 10, .max = 10
#define STATE              .kind = LIMIT_STATE, .min = 2, .max = 2
#define MANY(most, ...)    .many = (most), __VA_ARGS__

/* Messages name each other, so they are announced before they are described. */
#define MESSAGE(name, lower, bytes) static const struct message_limit name##_limit;
#define FIELD(name, member, ...)
#define END
#include "proto/limits.def"
#undef MESSAGE
#undef FIELD
#undef END

#define MESSAGE(name, lower, bytes) static const struct field_limit name##_fields[] = {
#define FIELD(name, member, ...)    {.path = #name "." #member, __VA_ARGS__},
#define END                                                                                                  \
    }                                                                                                        \
    ;
#include "proto/limits.def"
#undef MESSAGE
#undef FIELD
#undef END

#define MESSAGE(name, lower, bytes)                                                                          \
    static const struct message_limit name##_limit = {                                                       \
        .descriptor = &comity__##lower##__descriptor,                                                        \
        .bytes_max = (bytes),                                                                                \
        .field = name##_fields,                                                                              \
        .field_count = sizeof name##_fields / sizeof name##_fields[0],                                       \
    };
#define FIELD(name, member, ...)
#define END
#include "proto/limits.def"
#undef MESSAGE

#define MESSAGE(name, lower, bytes) &name##_limit,
static const struct message_limit *const all[] = {
#include "proto/limits.def"
    NULL};
#undef MESSAGE

const struct message_limit *limits_of(const ProtobufCMessageDescriptor *descriptor)
{
    /* Only for the outermost message: nested ones are reached through their field's row. The table has some sixty
     * rows, the most frequent first, and comparing addresses is cheaper than a search by name. */
    for (size_t i = 0; all[i] != NULL; i++) {
        if (all[i]->descriptor == descriptor) {
            return all[i];
        }
    }
    bool has_limits = false;
    ensure(has_limits);
    return NULL;
}

const char *limit_text_fault(const struct field_limit *limit, struct bytes text)
{
    struct address address;
    int64_t midnight_ms = 0;
    switch (limit->kind) {
    case LIMIT_ADDRESS:
        return address_read(text, &address) ? NULL : "not an address";
    case LIMIT_LINE:
        return text_is_line(text) ? NULL : "not one line of showable text";
    case LIMIT_REFERENCE:
        return text_is_reference(text) ? NULL : "not one line in which everything is seen";
    case LIMIT_TEXT:
        return text_is_showable(text) ? NULL : "not showable text";
    case LIMIT_DATE:
        return instant_read_date(text, &midnight_ms) ? NULL : "not a date";
    case LIMIT_STATE:
        return state_is_valid(text) ? NULL : "not a State";
    case LIMIT_NUMBER:
    case LIMIT_MESSAGE:
    case LIMIT_BYTES:
        break;
    }
    return NULL;
}

const struct message_limit *const *limits_all(void)
{
    return all;
}
