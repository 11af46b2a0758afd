/* SPDX-License-Identifier: Apache-2.0 */
/* case_rules.def as data. */
#ifndef COMITY_DRILLS_ORACLE_CASE_RULES_H
#define COMITY_DRILLS_ORACLE_CASE_RULES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rule {
    const char *machine; /* the type of the request */
    const char *letter, *why;
    char side;         /* 'Q', 'R' */
    char signer;       /* how many officers; 'a': the node alone, or an officer */
    const char *cells; /* in the order of the machine's states */
    const char *needs, *opens, *answers;
};

struct rule_machine {
    const char *type;   /* "PRESERVE" */
    const char *states; /* "AOHMZ" */
    bool lists_items;
};

#define RULE_ASKS 17
struct rule_ask {
    const char *word; /* "INFO" */
    char owed_by;     /* 'Q', 'R', '*': who did not ask */
    bool per_item;
    const char *closed_by; /* letters of states */
    const char *clocks;    /* "info": words of what is owed */
};

/* NULL: there is none. */
const struct rule_machine *rule_machine(const char *type);
/* What the letter says it is for decides, where its kind has several rows. NULL: the machine has no such letter. */
const struct rule *rule_of(const char *type, const char *letter, const json_t *body);
/* May a node sign such a letter alone, in any machine? */
bool rule_node_signs(const char *letter, const json_t *body);
/* The cell of a state of that machine; "-" where it has no such state. */
#define RULE_CELL_TEXT 32
const char *rule_cell(const struct rule *, char state, char ret[RULE_CELL_TEXT]);

/* Can it be asked in a case of that type? */
bool rule_may_ask(const char *type, const char *ask);
const struct rule_ask *rule_asks(void); /* RULE_ASKS of them */
/* How long who owes the answer has at least, from the acceptance of what asks; urgency as the letter says it, "" routine. */
int64_t rule_least_ms(const char *type, const char *ask, const char *urgency);
const char *rule_state_word(char state);
/* '\0': no such state. */
char rule_state_of(const char *word);
/* Is the word one of those in the list, which are parted by blanks? */
bool rule_has_word(const char *list, const char *word);

#endif
