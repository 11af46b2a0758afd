/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/roster_shelf.h"

#include <stdlib.h>

#include "keys/roster_private.h"

struct shelved {
    struct roster *roster;
    bool points_checked;
    struct shelved *next;
};
struct roster_shelf {
    struct shelved *newest;
};

struct roster_shelf *roster_shelf_new(void)
{
    return calloc(1, sizeof(struct roster_shelf));
}

void roster_shelf_free(struct roster_shelf *shelf)
{
    for (struct shelved *one = shelf == NULL ? NULL : shelf->newest, *next = NULL; one != NULL; one = next) {
        next = one->next;
        roster_free(one->roster);
        free(one);
    }
    free(shelf);
}

static struct shelved *find(struct roster_shelf *shelf, struct bytes json)
{
    struct shelved *one = shelf->newest;
    while (one != NULL && !bytes_equal(roster_json(one->roster), json)) {
        one = one->next;
    }
    return one;
}

/* NULL, and *ret_outcome: it does not read. */
static struct shelved *take_in(struct roster_shelf *shelf, struct bytes json,
                               enum roster_outcome *ret_outcome, struct error *error)
{
    struct roster *roster = NULL;
    *ret_outcome = roster_read_stored(json, &roster, error);
    struct shelved *one = *ret_outcome == ROSTER_OK ? calloc(1, sizeof *one) : NULL;
    if (one != NULL) {
        *one = (struct shelved){.roster = roster, .next = shelf->newest};
        shelf->newest = one;
    } else if (*ret_outcome == ROSTER_OK) {
        roster_free(roster);
        error_set(error, "the roster: not enough memory");
        *ret_outcome = ROSTER_NO_MEMORY;
    }
    return one;
}

static enum roster_outcome give(struct roster_shelf *shelf, struct bytes json, struct shelved **ret,
                                struct error *error)
{
    enum roster_outcome outcome = ROSTER_OK;
    struct shelved *one = find(shelf, json);
    one = one == NULL ? take_in(shelf, json, &outcome, error) : one;
    *ret = one;
    return outcome;
}

enum roster_outcome roster_shelf_read_after(struct roster_shelf *shelf, const struct roster *held,
                                            struct bytes json, struct roster **ret, struct error *error)
{
    struct shelved *one = NULL;
    if (shelf == NULL) {
        return roster_read_after(held, json, ret, error);
    }
    enum roster_outcome outcome = give(shelf, json, &one, error);
    if (outcome == ROSTER_OK && !one->points_checked && !roster_check_points(one->roster, held, error)) {
        outcome = ROSTER_RULE;
    }
    if (outcome == ROSTER_OK) {
        one->points_checked = true;
        *ret = roster_share(one->roster);
    }
    return outcome;
}

enum roster_outcome roster_shelf_read_stored(struct roster_shelf *shelf, struct bytes json,
                                             struct roster **ret, struct error *error)
{
    struct shelved *one = NULL;
    if (shelf == NULL) {
        return roster_read_stored(json, ret, error);
    }
    enum roster_outcome outcome = give(shelf, json, &one, error);
    if (outcome == ROSTER_OK) {
        *ret = roster_share(one->roster);
    }
    return outcome;
}
