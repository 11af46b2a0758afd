/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/field_rules.h"

#include "proto/limits.h"

/* The words of required.def. */
enum {
    PRESERVE = WHEN_PRESERVE,
    MLA = WHEN_MLA,
    ENQUIRY = WHEN_ENQUIRY,
    SPONTANEOUS = WHEN_SPONTANEOUS,
    EMERGENCY = WHEN_EMERGENCY,
    PING = WHEN_PING,
    LINK = WHEN_LINK,
    BINDING = WHEN_BINDING,
    IN_WORDS = WHEN_IN_WORDS,
    ALWAYS = WHEN_ALWAYS,
    ORAL = WHEN_ORAL,
};

#define ROW(Message, member, rule)                                                                           \
    .message = MESSAGE_##Message, .offset = offsetof(Comity__##Message, member), .kind = RULE_##rule
#define REQUIRED(Message, member, times, words)                                                              \
    {ROW(Message, member, REQUIRED), .when = (times), .text = (words)},
#define ONLY(Message, member, times, words) {ROW(Message, member, ONLY), .when = (times), .text = (words)},
#define PAST(Message, member)               {ROW(Message, member, PAST)},
#define FUTURE(Message, member)             {ROW(Message, member, FUTURE)},
#define ZONE(Message, member)               {ROW(Message, member, ZONE)},
#define LANGUAGE(Message, member)           {ROW(Message, member, LANGUAGE)},
#define EMAIL(Message, member)              {ROW(Message, member, EMAIL)},
#define PHONE(Message, member)              {ROW(Message, member, PHONE)},
#define CURRENCY(Message, member)           {ROW(Message, member, CURRENCY)},
#define RANGE(Message, member, from, to, fault, words)                                                       \
    {ROW(Message, member, RANGE), .least = (from), .most = (to), .code = (fault), .text = (words)},

static const struct field_rule rules[] = {
#include "nodes/required.def"
};
#define RULES (sizeof rules / sizeof rules[0])

const struct field_rule *field_rules(size_t *ret_count)
{
    *ret_count = RULES;
    return rules;
}

static bool is_of(const struct field_rule *rule, const ProtobufCMessageDescriptor *message)
{
    return limits_all()[rule->message]->descriptor == message;
}

const struct field_rule *field_rules_of(const ProtobufCMessageDescriptor *message, size_t *ret_count)
{
    size_t first = 0;
    while (first < RULES && !is_of(&rules[first], message)) {
        first++;
    }
    size_t end = first;
    while (end < RULES && is_of(&rules[end], message)) {
        end++;
    }
    *ret_count = end - first;
    return first == end ? NULL : &rules[first];
}

bool when_applies(unsigned when, int type, bool oral)
{
    if (oral && (when & WHEN_ORAL) == 0) {
        return false;
    }
    unsigned types = when & WHEN_ALWAYS;
    bool known = type > 0 && type < 30 && (1U << type & WHEN_ALWAYS) != 0;
    return known ? (types >> type & 1U) != 0 : types == WHEN_ALWAYS;
}

const char *field_required_text(const ProtobufCMessageDescriptor *message,
                                const ProtobufCFieldDescriptor *field, int type)
{
    size_t count = 0;
    const struct field_rule *rule = field_rules_of(message, &count);
    for (size_t i = 0; i < count; i++) {
        if (rule[i].kind == RULE_REQUIRED && rule[i].offset == field->offset &&
            when_applies(rule[i].when, type, false)) {
            return rule[i].text;
        }
    }
    return NULL;
}
