/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan tells officers to do, one thing at a time. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/play/people_desk.h"

/* The case of a label, or what is given itself: an id, a prefix or a reference. */
static const char *case_of(const struct people *people, const char *label)
{
    for (size_t i = 0; i < people->label_count; i++) {
        if (strcmp(people->labels[i].name, label) == 0) {
            return people->labels[i].case_id;
        }
    }
    return label;
}

/* "info asked", "INFO_ASKED" and "info-asked" are one word. */
static bool same_word(const char *a, const char *b)
{
    size_t i = 0;
    for (; a[i] != '\0' && b[i] != '\0'; i++) {
        bool gap = strchr(" -_", a[i]) != NULL && strchr(" -_", b[i]) != NULL;
        if (!gap && toupper((unsigned char)a[i]) != toupper((unsigned char)b[i])) {
            return false;
        }
    }
    return a[i] == b[i];
}

/* The member that says which of its rows a letter is of. */
static const char *why_told(const json_t *fields)
{
    static const char *const members[] = {"why", "what", "to", "part", "on", "match"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *said = json_string_value(json_object_get(fields, members[i]));
        if (said != NULL) {
            return said;
        }
    }
    return NULL;
}

/*
 * The row of a letter of that name ("RELEASED:EXPIRED" names one) in that machine: the one that fields say, or the first that fits the
 * case, or the first there is. ROW_COUNT: there is no such letter.
 */
static enum cell_row row_in(enum machine machine, const char *letter, const struct sight *sight,
                            const json_t *fields)
{
    const char *why = why_told(fields);
    enum cell_row first = ROW_COUNT, fitting = ROW_COUNT;
    uint32_t items[CASE_ITEMS_MAX];
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const enum cell_row index = (enum cell_row)i;
        const struct lifecycle_row *row = row_of_table(index);
        bool whole = same_word(letter, row->name);
        if (row->machine != machine || (!whole && !same_word(letter, letter_name((uint32_t)row->kind)))) {
            continue;
        }
        if ((whole && row->why != WHY_NONE) || (why != NULL && same_word(why, why_name(row->why)))) {
            return index;
        }
        first = first == ROW_COUNT ? index : first;
        fitting = fitting == ROW_COUNT && sight_fits(sight, index, items) != 0 ? index : fitting;
    }
    return fitting == ROW_COUNT ? first : fitting;
}

/* The same in the machine of the case, or of what its fields say it is; a letter that this one does not have in any that has it. */
static enum cell_row row_named(const char *letter, const struct sight *sight, const json_t *fields)
{
    const char *type = json_string_value(json_object_get(fields, "type"));
    const enum machine told = type == NULL ? sight->machine : machine_of_type(type);
    const enum machine own = told == MACHINE_NONE ? MACHINE_HOLD : told;
    enum cell_row row = row_in(own, letter, sight, fields);
    for (unsigned i = MACHINE_NONE + 1; row == ROW_COUNT && i < MACHINES; i++) {
        row = row_in((enum machine)i, letter, sight, fields);
    }
    return row;
}

/* As officers who name all the items they may; a letter for which there are none names none. */
static unsigned write_told(struct people *people, struct draft *draft, const struct sight *sight,
                           const json_t *fields, json_t **ret_answer)
{
    struct errand errand;
    uint32_t items[CASE_ITEMS_MAX];
    size_t count = sight_fits(sight, draft->row, items);
    const struct drawing drawing = {.party = draft->party,
                                    .other = draft->case_id == NULL
                                                 ? world_actor(people->world, draft->to)
                                                 : desk_other(people, draft->party, draft->case_id),
                                    .row = draft->row,
                                    .sight = sight,
                                    .items = items,
                                    .item_count = count,
                                    .fields = fields,
                                    .told = true};
    json_t *letter = desk_draw(people, &drawing, NULL);
    draft->letter = letter;
    draft->sight = sight;
    desk_officers(people, draft);
    unsigned status = desk_prepare(people, draft, &errand, ret_answer);
    if (status == 200) {
        status = desk_hand_in(people, &errand, ret_answer);
    }
    json_decref(letter);
    return status;
}

unsigned people_write(struct people *people, const char *party, const char *letter, const char *where,
                      const char *label, const json_t *fields, json_t **ret_answer)
{
    struct look look = {.party = world_actor(people->world, party)};
    struct draft draft = {.party = look.party, .label = label == NULL ? "" : label, .sort = ERRAND_TOLD};
    if (ret_answer != NULL) {
        *ret_answer = NULL;
    }
    sight_read(NULL, world_clock(people->world, look.party), &look.sight);
    if (strchr(where, '/') != NULL) {
        draft.to = where;
    } else {
        draft.case_id = case_of(people, where);
        (void)desk_look(people, look.party, draft.case_id, &look);
    }
    draft.row = row_named(letter, &look.sight, fields);
    ensure(draft.row != ROW_COUNT);
    unsigned status = write_told(people, &draft, &look.sight, fields, ret_answer);
    desk_look_done(&look);
    return status;
}

unsigned people_do(struct people *people, const char *party, enum verb verb, const char *target,
                   const json_t *body, json_t **ret_answer)
{
    json_t *nothing = json_object();
    struct command command = {.actor = "officer",
                              .verb = verb,
                              .target = target,
                              .query = "",
                              .body = body == NULL ? nothing : body};
    unsigned status = 0;
    *ret_answer = NULL;
    stream_bytes(&people->stream, command.id, sizeof command.id);
    command.id[0] |= 1; /* a command's id is not zero */
    bool heard =
        world_command(people->world, world_actor(people->world, party), &command, &status, ret_answer);
    json_decref(nothing);
    return heard ? status : 0;
}

/* What a party shows when it is asked; NULL: it is down, or has no such thing. */
static json_t *asked(struct people *people, const char *party, enum verb verb, const char *target,
                     const char *query)
{
    const struct command command = {.actor = "officer", .verb = verb, .target = target, .query = query};
    unsigned status = 0;
    json_t *answer = NULL;
    bool heard = world_command(people->world, world_actor(people->world, party), &command, &status, &answer);
    if (!heard || status != 200) {
        json_decref(answer);
        return NULL;
    }
    return answer;
}

json_t *people_worklist(struct people *people, const char *party)
{
    return asked(people, party, VERB_WORKLIST, "", "");
}

json_t *people_orders(struct people *people, const char *party)
{
    return asked(people, party, VERB_ORDERS, "", "all=1");
}

json_t *people_draft(struct people *people, const char *party, const char *case_id, const char *as)
{
    char query[32];
    (void)snprintf(query, sizeof query, "as=%s", as);
    return asked(people, party, VERB_DRAFT, case_id, query);
}

unsigned people_open(struct people *people, const char *party, const char *label)
{
    return desk_open(people, world_actor(people->world, party), case_of(people, label));
}

unsigned people_look(struct people *people, const char *party, const char *label, json_t **ret_view)
{
    unsigned status = 0;
    *ret_view = desk_case(people, world_actor(people->world, party), case_of(people, label), &status);
    return status;
}

json_t *people_view(struct people *people, const char *party, const char *label)
{
    return desk_case(people, world_actor(people->world, party), case_of(people, label), NULL);
}
