/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/ids.h"

#define STATE_SIZE 2
#define NAME_MAX   28 /* what follows the slash */

const char *lane_name(uint32_t lane)
{
    static const char *const names[] = {"?", "urgent", "routine", "bulk"};
    return lane < sizeof names / sizeof names[0] ? names[lane] : names[0];
}

const char *receipt_kind_name(uint32_t kind)
{
    static const char *const names[] = {"?",         "accepted", "rejected", "expired",
                                        "delivered", "refused",  "opened"};
    return kind < sizeof names / sizeof names[0] ? names[kind] : names[0];
}

bool state_is_valid(struct bytes text)
{
    return text.size == STATE_SIZE && text.data[0] >= 'A' && text.data[0] <= 'Z' && text.data[1] >= 'A' &&
           text.data[1] <= 'Z';
}

static bool is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

bool address_read(struct bytes text, struct address *ret)
{
    size_t name = STATE_SIZE + 1;
    if (text.size <= name || text.size > name + NAME_MAX ||
        !state_is_valid(bytes_of(text.data, STATE_SIZE)) || text.data[STATE_SIZE] != '/' ||
        !is_lower(text.data[name])) {
        return false;
    }
    for (size_t i = name + 1; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (!is_lower(c) && !(c >= '0' && c <= '9') && c != '-') {
            return false;
        }
    }
    *ret = (struct address){{0}};
    memcpy(ret->text, text.data, text.size);
    return true;
}

bool same_state(const char *a, const char *b)
{
    size_t length = strcspn(a, "/");
    return length != 0 && strncmp(a, b, length + 1) == 0 && a[length] == '/';
}
