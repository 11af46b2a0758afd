/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nodes/required.def as a table: the rules of single fields, by message and field of the descriptors. The check before signing
 * (completeness.c), the templates and the pages of docs/requests read it and know no rule of their own.
 */
#ifndef COMITY_NODES_FIELD_RULES_H
#define COMITY_NODES_FIELD_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/letter.pb-c.h"

enum rule_kind {
    RULE_REQUIRED,
    RULE_ONLY,
    RULE_PAST,
    RULE_FUTURE,
    RULE_ZONE,
    RULE_LANGUAGE,
    RULE_EMAIL,
    RULE_PHONE,
    RULE_CURRENCY,
    RULE_RANGE,
};

/* Bits of `when`: 1 << Request.type, and one for a request noted from a call. */
enum {
    WHEN_PRESERVE = 1 << COMITY__REQUEST__TYPE__PRESERVE,
    WHEN_MLA = 1 << COMITY__REQUEST__TYPE__MLA,
    WHEN_ENQUIRY = 1 << COMITY__REQUEST__TYPE__ENQUIRY,
    WHEN_SPONTANEOUS = 1 << COMITY__REQUEST__TYPE__SPONTANEOUS,
    WHEN_EMERGENCY = 1 << COMITY__REQUEST__TYPE__EMERGENCY,
    WHEN_PING = 1 << COMITY__REQUEST__TYPE__PING,
    WHEN_LINK = 1 << COMITY__REQUEST__TYPE__LINK,
    WHEN_BINDING = WHEN_PRESERVE + WHEN_MLA + WHEN_EMERGENCY,       /* asks for an act under law */
    WHEN_IN_WORDS = WHEN_BINDING + WHEN_ENQUIRY + WHEN_SPONTANEOUS, /* written by people for people */
    WHEN_ALWAYS = WHEN_IN_WORDS + WHEN_PING + WHEN_LINK,
    WHEN_ORAL = 1 << 30,
};

/* The messages in the order of limits.def, which is that of limits_all(). */
enum message_number {
#define MESSAGE(name, lower, bytes) MESSAGE_##name,
#define FIELD(name, member, ...)
#define END
#include "proto/limits.def"
#undef MESSAGE
#undef FIELD
#undef END
};

struct field_rule {
    enum message_number message;
    size_t offset; /* of the field in the message's struct, as its descriptor has it */
    enum rule_kind kind;
    unsigned when;        /* REQUIRED, ONLY */
    uint32_t least, most; /* RANGE */
    const char *code;     /* RANGE: of the fault */
    const char *text;     /* REQUIRED, ONLY, RANGE: what to write, or why not */
};

/* All rows in the order of required.def, in which those of one message stand together. */
const struct field_rule *field_rules(size_t *ret_count);
/* Those of one message; NULL and 0: none. */
const struct field_rule *field_rules_of(const ProtobufCMessageDescriptor *, size_t *ret_count);
/* What to write into a field that must not be missing from such a request; NULL: it may be. */
const char *field_required_text(const ProtobufCMessageDescriptor *, const ProtobufCFieldDescriptor *,
                                int type);

/* Whether a row with such a `when` is about a request of the type (0: unknown, then only what is always so), noted from a call or not. */
bool when_applies(unsigned when, int type, bool oral);

#endif
