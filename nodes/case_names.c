/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case.h"

/* The word of a number in a table of words; "?" beyond it. */
#define WORD(words, number) ((size_t)(number) < sizeof(words) / sizeof(words)[0] ? (words)[number] : "?")

const char *item_state_name(enum item_state state)
{
    static const char *const words[ITEM_STATES] = {"?",         "ASKED",     "ORDERED",    "HELD",
                                                   "HELD_OPEN", "ENDED",     "CONSULTING", "POSTPONED",
                                                   "EXECUTING", "DELIVERED", "AGREED",     "LINKED"};
    return WORD(words, state);
}

const char *item_result_name(enum item_result result)
{
    static const char *const words[ITEM_RESULTS] = {
        "",        "NOT_FOUND",        "ELSEWHERE",   "IMPOSSIBLE", "NOT_EXECUTED",
        "REFUSED", "WITHDRAWN",        "EXPIRED",     "REFERRED",   "MOVED",
        "STOPPED", "ABANDONED",        "UNCONFIRMED", "DISCLOSED",  "LAW_END",
        "LOST",    "NOTHING_OBTAINED", "COMPLETED",   "ANSWERED",   "DECLINED",
        "TAKEN",   "REACHED",          "SILENT",      "NO_CONSENT", "CLOSED"};
    return WORD(words, result);
}

const char *case_state_name(enum case_state state)
{
    static const char *const words[] = {"?",         "SENT",      "REQUESTED", "ACKNOWLEDGED", "ORDERED",
                                        "HELD",      "HELD_OPEN", "CLOSED",    "CONSULTING",   "POSTPONED",
                                        "EXECUTING", "DELIVERED", "AGREED",    "LINKED"};
    return WORD(words, state);
}

const char *letter_effect_name(enum letter_effect effect)
{
    static const char *const words[] = {"?", "FOLDED", "NOTED", "VOID", "BREACH", "ON_ITS_WAY"};
    return WORD(words, effect);
}
