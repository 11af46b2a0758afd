/* SPDX-License-Identifier: Apache-2.0 */
/* A case by its letters and case_rules.def: what the oracle knows of it while it takes them in. */
#ifndef COMITY_DRILLS_ORACLE_CASE_MODEL_PRIVATE_H
#define COMITY_DRILLS_ORACLE_CASE_MODEL_PRIVATE_H

#include "drills/oracle/case_rules.h"
#include "drills/oracle/oracle_private.h"

#define MODEL_ITEMS_MAX 64
#define MODEL_LINKS_MAX 64
#define GRACE_MS        (INT64_C(72) * 3600 * 1000) /* docs/lifecycle.md, rule 6 */
#define DAYS_MS(n)      ((n) * (int64_t)DAY_MS)

struct model_ask {
    bool open, blocking, default_stop;
    char owed_by;
    unsigned times;
    int64_t since_ms, by_ms,
        accepted_ms; /* by, accepted: what the last letter says, and when it was; 0: nothing, not */
};

struct model_item {
    char state;
    const char *result; /* "" */
    int64_t until_ms, grace_ms;
    unsigned links;
    struct model_ask asks[RULE_ASKS];
    bool put, accepted, well; /* conditions were put, or accepted; the final part was found good */
    bool assisted;            /* assistance that it was held for was completed */
    unsigned finals;
    json_int_t final_number;
    int64_t final_accepted_ms, cannot_continue_ms; /* of the last final part; 0: not yet */
};

struct model_link {
    const char *reference, *mla; /* "" */
    uint64_t items;
};

struct model {
    struct oracle *oracle;
    const char *case_id, *q;            /* q: the address of the requesting side */
    const struct rule_machine *machine; /* NULL: nothing has opened it */
    const char *urgency;                /* of the request as it stands; "" */
    size_t count;
    struct model_item items[MODEL_ITEMS_MAX + 1]; /* by number; [0] is the case: its asks alone */
    struct model_link links[MODEL_LINKS_MAX];
    size_t link_count;
    /* The letter being taken. */
    const json_t *letter, *body; /* body: what it says */
    const char *kind;
    const struct rule *rule;
    bool took; /* it is shown as having had an effect */
    int64_t signed_ms;
};

/* case_asks.c */

/* Which of rule_asks(); RULE_ASKS: none. */
size_t model_ask_named(const char *word);
/* Is one of these open on the item, or on the case? */
bool model_any_open(const struct model *, size_t number, const char *asks);
/* The date that the letter sets for what it asks; 0: none. */
int64_t model_by_ms(const struct model *);
/* When silence about what is asked begins to count: no earlier than its clock allows from its acceptance; 0: not yet. */
int64_t model_ask_by_ms(const struct model *, const struct model_ask *, size_t kind);
/* Of what the letter's rule opens, that of the item, or (number 0) of the case; a translation only where one is announced. */
void model_open_asks(struct model *, size_t number, bool blocking);
/* Those of the list, on the item or (number 0) on the case. */
void model_close_asks(struct model *, size_t number, const char *list);
/* Those that end when the item, or (number 0) the case, reaches the state. */
void model_close_by_state(struct model *, size_t number, char state);

/* case_items.c */

/* The link that the letter names and that keeps the item open; one that names none: any such. NULL: there is none. */
struct model_link *model_link(struct model *, size_t number);
/* One more, by its reference or its case ("": not named). */
void model_add_link(struct model *, size_t number, const char *reference, const char *mla);
/* What the letter says that later letters depend on. */
void model_remember(const struct model *, struct model_item *);
/* Moves the item, and its dates and links, as the cell of the rule says. */
void model_apply_cell(struct model *, size_t number, const char *cell);
void model_add_items(struct model *, size_t count);

/* case_opener.c */

/* Makes the case of the letter that opens it; one of an unknown type or kind leaves m->machine NULL. */
void model_open_case(struct model *);
/* "": it says none. */
const char *model_urgency_of(const json_t *request);

/* case_needs.c: do the rule's needs hold for the item? */
bool model_needs_hold(struct model *, size_t number);

/* case_view.c: holds the view (GET case) against the case. */
void model_check_view(const struct model *, const json_t *view);

#endif
