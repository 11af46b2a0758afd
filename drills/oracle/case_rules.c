/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/case_rules.h"

#include <string.h>

#include "base/ensure.h"

static const struct rule_machine machines[] = {
#define LISTED                              true
#define SELF                                false
#define MACHINE(type, letters, lists_items) {#type, letters, lists_items},
#include "drills/oracle/case_rules.def"
#undef MACHINE
#undef LISTED
#undef SELF
};

static const struct {
    char letter;
    const char *word;
} states[] = {
#define STATE(letter, word) {letter, #word},
#include "drills/oracle/case_rules.def"
#undef STATE
};

static const struct rule_ask asks[] = {
#define ITEM                                         true
#define CASE                                         false
#define ASK(word, owes, per_item, closed_by, clocks) {#word, owes, per_item, closed_by, clocks},
#include "drills/oracle/case_rules.def"
#undef ASK
#undef ITEM
#undef CASE
};
_Static_assert(sizeof asks / sizeof asks[0] == RULE_ASKS, "the number in the header");

static const struct {
    const char *type, *ask; /* type "": any */
    int64_t emergency_h, urgent_h, routine_h;
} leasts[] = {
#define LEAST(type, ask, emergency, urgent, routine) {type, #ask, emergency, urgent, routine},
#include "drills/oracle/case_rules.def"
#undef LEAST
};

static const struct rule rows[] = {
#define RULE(type, letter, why, side, signer, cells, needs, opens, answers)                                  \
    {#type, letter, why, side, signer, cells, needs, opens, answers},
#include "drills/oracle/case_rules.def"
#undef RULE
};
#define ROWS (sizeof rows / sizeof rows[0])

const struct rule_ask *rule_asks(void)
{
    return asks;
}

const struct rule_machine *rule_machine(const char *type)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        if (strcmp(machines[i].type, type) == 0) {
            return &machines[i];
        }
    }
    return NULL;
}

int64_t rule_least_ms(const char *type, const char *ask, const char *urgency)
{
    for (size_t i = 0; i < sizeof leasts / sizeof leasts[0]; i++) {
        if ((leasts[i].type[0] == '\0' || strcmp(leasts[i].type, type) == 0) &&
            strcmp(leasts[i].ask, ask) == 0) {
            int64_t hours = strcmp(urgency, "EMERGENCY") == 0 ? leasts[i].emergency_h
                            : strcmp(urgency, "URGENT") == 0  ? leasts[i].urgent_h
                                                              : leasts[i].routine_h;
            return hours * 3600 * 1000;
        }
    }
    return 0;
}

const char *rule_state_word(char state)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (states[i].letter == state) {
            return states[i].word;
        }
    }
    return "?";
}

char rule_state_of(const char *word)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].word, word) == 0) {
            return states[i].letter;
        }
    }
    return '\0';
}

/* The n-th word of a list; its size, 0: there are fewer. */
static size_t word_at(const char *list, size_t n, const char **ret)
{
    for (;; n--) {
        list += strspn(list, " ");
        size_t size = strcspn(list, " ");
        if (n == 0 || size == 0) {
            *ret = list;
            return size;
        }
        list += size;
    }
}

bool rule_has_word(const char *list, const char *word)
{
    const char *at = NULL;
    size_t size = 0;
    for (size_t n = 0; (size = word_at(list, n, &at)) != 0; n++) {
        if (strlen(word) == size && strncmp(at, word, size) == 0) {
            return true;
        }
    }
    return false;
}

/* --- rows --- */

static const char *text_of(const json_t *body, const char *member)
{
    const char *text = json_string_value(json_object_get(body, member));
    return text == NULL ? "" : text;
}

/* What parts the rows of one letter: a word of its own, a ground of paragraph 21, whether evidence was bad. */
static const char *why_of(const char *letter, const json_t *body)
{
    static const char *const members[] = {"why", "on", "what", "to", "part", "match"};
    if (strcmp(letter, "REFUSED") == 0) {
        return strncmp(text_of(body, "ground"), "G21", 3) == 0 ? "P21" : "OTHER";
    }
    if (strcmp(letter, "EVIDENCE_RECEIPT") == 0) {
        return json_is_true(json_object_get(body, "bad")) ? "BAD" : "OK";
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (text_of(body, members[i])[0] != '\0') {
            return text_of(body, members[i]);
        }
    }
    return "";
}

/* The row of that reason, or the one of all that give none of the reasons there are. */
const struct rule *rule_of(const char *type, const char *letter, const json_t *body)
{
    const char *why = why_of(letter, body);
    const struct rule *plain = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].machine, type) == 0 && strcmp(rows[i].letter, letter) == 0) {
            if (rows[i].why[0] != '\0' && strcmp(rows[i].why, why) == 0) {
                return &rows[i];
            }
            plain = rows[i].why[0] == '\0' ? &rows[i] : plain;
        }
    }
    return plain;
}

bool rule_may_ask(const char *type, const char *ask)
{
    bool may = false;
    for (size_t i = 0; i < ROWS; i++) {
        may |= strcmp(rows[i].machine, type) == 0 && rule_has_word(rows[i].opens, ask);
    }
    return may;
}

bool rule_node_signs(const char *letter, const json_t *body)
{
    bool signs = false;
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        const struct rule *rule = rule_of(machines[i].type, letter, body);
        signs |= rule != NULL && rule->signer == 'a';
    }
    return signs;
}

const char *rule_cell(const struct rule *rule, char state, char ret[RULE_CELL_TEXT])
{
    const char *letters = rule_machine(rule->machine)->states;
    const char *at = strchr(letters, state);
    const char *cell = NULL;
    size_t size = at == NULL ? 0 : word_at(rule->cells, (size_t)(at - letters), &cell);
    ensure(size < RULE_CELL_TEXT);
    if (size == 0) {
        return "-";
    }
    memcpy(ret, cell, size);
    ret[size] = '\0';
    return ret;
}
