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

/*
 * The row of a letter of that name that people draw: of a letter that says why, the one that fields say, or the first that
 * fits the case. ROW_COUNT: there is no such letter.
 */
static enum cell_row row_named(const char *letter, const struct sight *sight, const json_t *fields)
{
    const char *why = json_string_value(json_object_get(fields, "why"));
    enum cell_row first = ROW_COUNT;
    uint32_t items[CASE_ITEMS_MAX];
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct lifecycle_row *row = row_of_table((enum cell_row)i);
        if (!row_is_played((enum cell_row)i) ||
            (!same_word(letter, row->name) && !same_word(letter, letter_name((uint32_t)row->kind)))) {
            continue;
        }
        if (same_word(letter, row->name) || (why != NULL && same_word(why, why_name(row->why))) ||
            (why == NULL && sight_fits(sight, (enum cell_row)i, items) != 0)) {
            return (enum cell_row)i;
        }
        first = first == ROW_COUNT ? (enum cell_row)i : first;
    }
    return first;
}

/* Is that the row of what the fields say it is for? */
static bool says_why(enum cell_row index, const json_t *fields)
{
    const char *why = json_string_value(json_object_get(fields, "why"));
    return why == NULL || same_word(why, why_name(row_of_table(index)->why));
}

/* The row of a letter that only plans write, in the machine of the case if it has one there. */
static enum cell_row row_told(const char *letter, const struct sight *sight, const json_t *fields)
{
    const char *type = sight_text(sight->view, "type");
    const char *why = json_string_value(json_object_get(fields, "why"));
    enum cell_row found = ROW_COUNT;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct lifecycle_row *row = row_of_table((enum cell_row)i);
        const char *machine = row->machine == MACHINE_HOLD ? "PRESERVE" : machine_name(row->machine);
        bool said = why == NULL ? row->why == WHY_NONE : same_word(why, why_name(row->why));
        if (same_word(letter, letter_name((uint32_t)row->kind)) && (found == ROW_COUNT || said) &&
            (found == ROW_COUNT || strcmp(machine, type) == 0)) {
            found = (enum cell_row)i;
        }
    }
    return found;
}

/* As officers who name all the items they may; a letter for which there are none names none. */
static unsigned write_told(struct people *people, struct draft *draft, const struct sight *sight,
                           const json_t *fields, json_t **ret_answer)
{
    struct errand errand;
    uint32_t items[CASE_ITEMS_MAX];
    size_t count = sight_fits(sight, draft->row, items);
    json_t *letter = desk_draw(people, draft->party, draft->row, sight, items, count, fields, NULL);
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
        draft.row = same_word(letter, letter_name(LETTER_REQUEST)) ? ROW_HOLD_REQUEST_NONE
                                                                   : row_told(letter, &look.sight, fields);
    } else {
        draft.case_id = case_of(people, where);
        (void)desk_look(people, look.party, draft.case_id, &look);
        draft.row = row_named(letter, &look.sight, fields);
        if (draft.row == ROW_COUNT || !says_why(draft.row, fields)) {
            draft.row = row_told(letter, &look.sight, fields);
        }
    }
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
