/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/people_draft.h"

static void draw(struct people *people, const struct drawing *drawing, struct draft *draft)
{
    bool odd = false;
    draft->letter = desk_draw(people, drawing, &odd);
    draft->sort = odd || drawing->fields != NULL ? ERRAND_ODD : ERRAND_OFFERED;
    desk_officers(people, draft);
}

void draft_in_case(struct people *people, const struct look *look, const struct choice *choice,
                   const json_t *fields, struct draft *ret)
{
    const struct drawing drawing = {.party = look->party,
                                    .other = desk_other(people, look->party, look->case_id),
                                    .row = choice->row,
                                    .sight = &look->sight,
                                    .items = choice->items,
                                    .item_count = choice->item_count,
                                    .exact = choice->exact,
                                    .fields = fields};
    *ret = (struct draft){
        .party = look->party, .row = choice->row, .case_id = look->case_id, .sight = &look->sight};
    draw(people, &drawing, ret);
}

void draft_begin(struct people *people, const struct drawing *drawing, struct sight *ret_sight,
                 struct draft *ret)
{
    struct drawing whole = *drawing;
    sight_read(NULL, world_clock(people->world, drawing->party), ret_sight);
    whole.sight = ret_sight;
    *ret = (struct draft){.party = drawing->party,
                          .row = drawing->row,
                          .to = desk_party(people, drawing->other)->address.text,
                          .label = "",
                          .sight = ret_sight};
    draw(people, &whole, ret);
}

void draft_done(struct draft *draft)
{
    json_decref((json_t *)(uintptr_t)draft->letter);
}
