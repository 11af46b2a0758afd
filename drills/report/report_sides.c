/* SPDX-License-Identifier: Apache-2.0 */
/* A report of several sides: who gave a record, and in what they differ. */
#include "base/text.h"
#include "drills/report/report_private.h"

static json_t *side_json(const struct report *report, const struct record_side_read *side)
{
    json_t *json = json_object();
    report_put(json, "party", text_json(party_name(report, side->party)));
    report_put(json, "given", json_boolean(side->given));
    report_put(json, "hash",
               side->given ? text_json(hex_new(report->arena, bytes_of(side->hash, sizeof side->hash)))
                           : json_null());
    report_put(json, "ended", ms_json(side->ended_ms));
    report_put(json, "cases", number_json(side->cases));
    report_put(json, "letters", number_json(side->letters));
    report_put(json, "skipped", number_json(side->skipped));
    report_put(json, "trouble", text_json(side->trouble));
    return json;
}

/* What a dispute is about: a letter of the case, by whose it is. */
static const char *letter_word(const struct report *report, const struct record_dispute *dispute)
{
    const struct record_case *it = record_case(report->record, dispute->of_case);
    for (size_t i = 0; it != NULL && dispute->seq != 0 && i < it->letters; i++) {
        const struct record_letter *letter = &report->record->letters.list[it->first_letter - 1 + i];
        if (letter->side == dispute->side && letter->seq == dispute->seq) {
            return letter->word;
        }
    }
    return NULL;
}

static json_t *dispute_json(const struct report *report, const struct record_dispute *dispute)
{
    static const char *const sides[] = {NULL, "Q", "R"};
    json_t *json = json_object();
    report_put(json, "what", text_json(dispute->what));
    report_put(json, "case", dispute->of_case == 0 ? json_null() : number_json(dispute->of_case - 1));
    report_put(json, "letter", text_json(letter_word(report, dispute)));
    report_put(json, "side", text_json(sides[dispute->side]));
    report_put(json, "seq", ms_json(dispute->seq));
    report_put(json, "first", text_json(party_name(report, dispute->first)));
    report_put(json, "first_says", text_json(dispute->first_says));
    report_put(json, "second", text_json(party_name(report, dispute->second)));
    report_put(json, "second_says", text_json(dispute->second_says));
    return json;
}

void report_sides(const struct report *report, json_t *json)
{
    json_t *sides = json_array(), *disputes = json_array();
    for (size_t i = 0; i < report->record->sides.count; i++) {
        report_add(sides, side_json(report, &report->record->sides.list[i]));
    }
    for (size_t i = 0; i < report->record->disputes.count; i++) {
        report_add(disputes, dispute_json(report, &report->record->disputes.list[i]));
    }
    report_put(json, "sides", sides);
    report_put(json, "disputes", disputes);
}
