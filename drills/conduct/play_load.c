/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of a load: sent at their times, one after the other, beside what the scenario has written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/conduct/play.h"

#define RETRY_MS (10 * MS_PER_MINUTE) /* a node that does not answer */

static void send(void *context, uint64_t number);

static void plan_next(struct play *play, uint64_t number)
{
    if (number <= play->load->count) {
        agenda_put(&play->agenda, play->load->list[number - 1].inject.at, send, play, number);
    }
}

/* What is true of the data that it asks for, whoever gets them. */
static size_t truth_of(struct play *play, const struct scenario_data *data)
{
    struct play_load *done = &play->loaded[strtoul(data->label + strlen("load-"), NULL, 10) - 1];
    if (done->truth == 0) {
        done->truth = record_add_truth(play->record,
                                       &(struct record_truth){.label = data->label,
                                                              .provider = data->provider->name,
                                                              .state = record_find_state(
                                                                  play->record, data->provider->state->code),
                                                              .until_ms = data->until_ms,
                                                              .there = true});
    }
    return done->truth;
}

static void note(struct play *play, uint64_t number, const char *case_id)
{
    const struct load_request *request = &play->load->list[number - 1];
    struct record_case known = {.load = number,
                                .forged = request->inject.forged == SCENARIO_FORGERY_NONE
                                              ? NULL
                                              : scenario_forgery_word(request->inject.forged)};
    ensure(hex_read(known.id, sizeof known.id, bytes_of_text(case_id)));
    known.duplicate_of = request->duplicate_of == 0 ? 0 : play->loaded[request->duplicate_of - 1].of_case;
    const size_t of_case = record_add_case(play->record, &known);
    play->loaded[number - 1].of_case = of_case;
    if (request->inject.data.count != 0) {
        (void)record_add_asks(
            play->record, &(struct record_asks){.of_case = of_case,
                                                .truth = truth_of(play, request->inject.data.list[0]),
                                                .item = 1});
    }
}

static void send(void *context, uint64_t number)
{
    struct play *play = context;
    const struct load_request *request = &play->load->list[number - 1];
    char case_id[ACTORS_CASE_TEXT] = "", why[320] = "";
    unsigned status = actors_request(play->actors, &request->inject, case_id, why);
    if (status == 200) {
        note(play, number, case_id);
    } else if (status == 0 || status == 503) {
        agenda_put(&play->agenda, play->agenda.now_ms + RETRY_MS, send, play, number);
    } else {
        play_trouble(play, request->inject.from, why);
    }
    if (!play->loaded[number - 1].tried) {
        play->loaded[number - 1].tried = true;
        plan_next(play, number + 1);
    }
}

void load_begin(struct play *play)
{
    if (play->load != NULL) {
        play->loaded = calloc(play->load->count + 1, sizeof *play->loaded);
        ensure(play->loaded != NULL);
        plan_next(play, 1);
    }
}

void load_done(struct play *play)
{
    free(play->loaded);
    play->loaded = NULL;
    load_free(play->load);
    play->load = NULL;
}
