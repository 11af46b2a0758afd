/* SPDX-License-Identifier: Apache-2.0 */
/* The cases that people know, who has them, and letters drawn with them in mind. */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/play/people_desk.h"

/* --- the cases there are --- */

static size_t add_case(struct people *people, const char *id, size_t q, size_t r, enum machine machine)
{
    if (people->case_count == people->case_room) {
        people->case_room = people->case_room == 0 ? 64 : 2 * people->case_room;
        people->cases = realloc(people->cases, people->case_room * sizeof *people->cases);
        people->met = realloc(people->met, people->case_room * sizeof *people->met);
        ensure(people->cases != NULL && people->met != NULL);
    }
    people->met[people->case_count] = (struct met){.machine = machine};
    struct people_case *added = &people->cases[people->case_count];
    *added = (struct people_case){.q = q, .r = r};
    ensure(strlen(id) < sizeof added->id);
    memcpy(added->id, id, strlen(id) + 1);
    return people->case_count++;
}

/* Who begins it is the requested side where its first letter says so. */
void desk_note_begun(struct people *people, const struct errand *errand)
{
    const struct lifecycle_row *row = row_of_table(errand->row);
    size_t to = world_actor(people->world, errand->to);
    bool of_r = row->side == SIDE_R;
    if (desk_case_index(people, errand->case_id) == people->case_count) {
        (void)add_case(people, errand->case_id, of_r ? to : errand->party, of_r ? errand->party : to,
                       row->machine);
    }
}

size_t desk_note_view(struct people *people, const json_t *view)
{
    const char *id = sight_text(view, "case");
    size_t index = desk_case_index(people, id);
    if (index < people->case_count) {
        return index;
    }
    return add_case(people, id, world_actor(people->world, sight_text(view, "from")),
                    world_actor(people->world, sight_text(view, "to")),
                    machine_of_type(sight_text(view, "type")));
}

/* --- who has them --- */

const struct cast_party *desk_party(const struct people *people, size_t party)
{
    ensure(party >= 1 && party <= people->cast->party_count);
    return &people->cast->parties[party - 1];
}

size_t desk_case_index(const struct people *people, const char *case_id)
{
    size_t i = 0;
    while (i < people->case_count && strcmp(people->cases[i].id, case_id) != 0) {
        i++;
    }
    return i;
}

static bool are_of_one_state(const struct people *people, size_t a, size_t b)
{
    return same_state(desk_party(people, a)->address.text, desk_party(people, b)->address.text);
}

static bool is_cast(const struct people *people, size_t actor)
{
    return actor >= 1 && actor <= people->cast->party_count;
}

size_t desk_other(const struct people *people, size_t party, const char *case_id)
{
    size_t index = desk_case_index(people, case_id);
    const struct people_case *known = index < people->case_count ? &people->cases[index] : NULL;
    return known == NULL ? 0 : known->q == party ? known->r : known->r == party ? known->q : 0;
}

size_t desk_sibling(const struct people *people, size_t party)
{
    for (size_t i = 1; i <= people->cast->party_count; i++) {
        if (i != party && are_of_one_state(people, i, party)) {
            return i;
        }
    }
    return 0;
}

/* --- drawing --- */

/* Holds that somebody of the author's State asked for there, or that the author was asked for; the last ones begun. */
static void name_cases(const struct people *people, const struct drawing *drawing, struct letter_scene *scene)
{
    for (size_t i = people->case_count; i > 0 && scene->case_count < SCENE_CASES_MAX; i--) {
        const struct people_case *known = &people->cases[i - 1];
        bool hold = people->met[i - 1].machine == MACHINE_HOLD && is_cast(people, known->q) &&
                    is_cast(people, known->r);
        bool asked = hold && is_cast(people, drawing->other) &&
                     are_of_one_state(people, known->q, drawing->party) &&
                     are_of_one_state(people, known->r, drawing->other);
        if (asked || (hold && known->r == drawing->party)) {
            struct scene_case *named = &scene->cases[scene->case_count++];
            memcpy(named->id, known->id, sizeof named->id);
            named->holder = desk_party(people, known->r)->address.text;
        }
    }
}

json_t *desk_draw(struct people *people, const struct drawing *drawing, bool *ret_odd)
{
    size_t sibling = desk_sibling(people, drawing->party);
    struct letter_scene scene = {.stream = &people->stream,
                                 .author = desk_party(people, drawing->party),
                                 .other = is_cast(people, drawing->other) ? desk_party(people, drawing->other)
                                                                          : NULL,
                                 .sibling = sibling == 0 ? "" : desk_party(people, sibling)->address.text,
                                 .sight = drawing->sight,
                                 .items = drawing->items,
                                 .item_count = drawing->item_count,
                                 .exact = drawing->exact,
                                 .restates = drawing->restates,
                                 .told = drawing->told};
    name_cases(people, drawing, &scene);
    json_t *letter = letter_draw(drawing->row, &scene, drawing->fields);
    if (ret_odd != NULL) {
        *ret_odd = scene.odd;
    }
    if (scene.canary[0] != '\0' && people->oracle != NULL) {
        oracle_canary(people->oracle, scene.canary);
    }
    return letter;
}
