/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of requests that nobody wrote (load_draw.h): sent one after the other, and what their custodians answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/actors/custodian.h"
#include "drills/conduct/load_draw.h"
#include "drills/conduct/play.h"

#define LABEL_BYTES 32
#define RETRY_MS    (10 * MS_PER_MINUTE)
#define IDENTIFIER  "load-" /* and the number of the request that asked first */

struct load {
    struct load_request *list;
    size_t count, next; /* the one that is sent next */
    struct sent {
        char case_id[ACTORS_CASE_TEXT];
    } * sent;
    size_t *forged, forged_count; /* of those that were sent, by place in the list */
};

/* The request whose data these are: a duplicate asks for those of the first. */
static const struct load_request *source_of(const struct load *load, const struct load_request *request)
{
    return request->duplicate_of == 0 ? request : &load->list[request->duplicate_of - 1];
}

static bool asks_for_data(const struct load_request *request)
{
    return strcmp(request->type, "preservation") == 0 || strcmp(request->type, "emergency") == 0 ||
           strcmp(request->type, "stored-data") == 0;
}

/* --- sending --- */

static unsigned send_request(struct play *play, const struct load_request *request,
                             char ret_case[ACTORS_CASE_TEXT], char ret_why[320])
{
    const struct load_request *source = source_of(play->load, request);
    char id[LABEL_BYTES], label[LABEL_BYTES], name[LABEL_BYTES];
    (void)snprintf(id, sizeof id, "load-%zu", request->number);
    (void)snprintf(label, sizeof label, "%s%zu", IDENTIFIER, source->number);
    (void)snprintf(name, sizeof name, "Provider %zu", source->custodian + 1);
    const struct scenario_provider provider = {.name = name, .state = request->to->state};
    const struct scenario_data data = {.label = label,
                                       .provider = &provider,
                                       .kind = SCENARIO_DATA_TRAFFIC,
                                       .identifier = {.kind = SCENARIO_IDENTIFIER_ACCOUNT, .value = label},
                                       .until_ms = source->dies_ms};
    const struct scenario_data *list[] = {&data};
    const struct scenario_inject inject = {.id = id,
                                           .kind = SCENARIO_INJECT_REQUEST,
                                           .from = request->from,
                                           .to = request->to,
                                           .type = request->type,
                                           .urgency = request->urgency,
                                           .mla = true,
                                           .data = {.list = list, .count = asks_for_data(request) ? 1 : 0}};
    return actors_request(play->actors, &inject, ret_case, ret_why);
}

static void note_sent(struct play *play, const struct load_request *request, const char *case_id)
{
    const struct load_request *source = source_of(play->load, request);
    struct record_case known = {
        .load = request->number,
        .forged = request->forged ? scenario_forgery_word(SCENARIO_FORGERY_OFFICER_KEY) : NULL,
        .duplicate_of =
            request->duplicate_of == 0 ? 0 : play_case(play, play->load->sent[source->number - 1].case_id)};
    ensure(hex_read(known.id, sizeof known.id, bytes_of_text(case_id)));
    size_t number = record_add_case(play->record, &known);
    if (asks_for_data(request)) {
        char label[LABEL_BYTES];
        (void)snprintf(label, sizeof label, "%s%zu", IDENTIFIER, request->number);
        size_t truth = record_add_truth(
            play->record,
            &(struct record_truth){.label = label,
                                   .provider = "",
                                   .state = record_find_state(play->record, request->to->state->code),
                                   .until_ms = source->dies_ms,
                                   .there = !source->nothing});
        (void)record_add_asks(play->record,
                              &(struct record_asks){.of_case = number, .truth = truth, .item = 1});
    }
}

/* Their own node does not answer, or has no room: they try again, and give up after a day. */
static void send_one(void *context, uint64_t number)
{
    struct play *play = context;
    const struct load_request *request = &play->load->list[number];
    char *case_id = play->load->sent[number].case_id, why[320] = "";
    unsigned status = send_request(play, request, case_id, why);
    if (status == 200) {
        note_sent(play, request, case_id);
        return;
    }
    case_id[0] = '\0';
    if ((status == 0 || status == 503) && play->agenda.now_ms < request->at_ms + MS_PER_DAY) {
        agenda_put(&play->agenda, play->agenda.now_ms + RETRY_MS, send_one, play, number);
    } else {
        play_act(play, "not sent", request->from, SIZE_MAX, why);
    }
}

static void send_next(void *context, uint64_t ignored)
{
    struct play *play = context;
    struct load *load = play->load;
    if (load->list[load->next].forged) {
        load->forged[load->forged_count++] = load->next;
    }
    send_one(play, load->next++);
    if (load->next < load->count) {
        agenda_put(&play->agenda, load->list[load->next].at_ms, send_next, play, ignored);
    }
}

void load_begin(struct play *play)
{
    size_t count = 0;
    struct load_request *list = load_draw(play->scenario, play->setup->seed, &count);
    if (count == 0) {
        free(list);
        return;
    }
    play->load = calloc(1, sizeof *play->load);
    ensure(play->load != NULL);
    *play->load = (struct load){.list = list, .count = count, .sent = calloc(count, sizeof(struct sent))};
    play->load->forged = calloc(count, sizeof *play->load->forged);
    ensure(play->load->sent != NULL && play->load->forged != NULL);
    agenda_put(&play->agenda, list[0].at_ms, send_next, play, 0);
}

void load_done(struct play *play)
{
    if (play->load != NULL) {
        free(play->load->list);
        free(play->load->sent);
        free(play->load->forged);
        free(play->load);
        play->load = NULL;
    }
}

/* --- what is asked about them --- */

static const struct load_request *request_named(const struct load *load, const char *text)
{
    if (load == NULL || strncmp(text, IDENTIFIER, strlen(IDENTIFIER)) != 0) {
        return NULL;
    }
    const unsigned long long number = strtoull(text + strlen(IDENTIFIER), NULL, 10);
    return number == 0 || number > load->count ? NULL : &load->list[number - 1];
}

bool load_forged(const struct play *play, const char *case_id)
{
    const struct load *load = play->load;
    for (size_t i = 0; load != NULL && i < load->forged_count; i++) {
        if (strcmp(load->sent[load->forged[i]].case_id, case_id) == 0) {
            return true;
        }
    }
    return false;
}

bool load_custodian(void *context, const char *provider, const char *identifier, uint64_t asked_ms,
                    struct stream *stream, struct custodian_answer *ret)
{
    const struct play *play = context;
    const struct load_request *request = request_named(play->load, identifier);
    const uint64_t takes = stream_next(stream), never = stream_next(stream);
    (void)provider;
    if (request == NULL) {
        return false;
    }
    const struct scenario_load *load = &play->scenario->load;
    const struct scenario_load_share *kind =
        load->custodians.count == 0 ? NULL : &load->custodians.list[request->custodian];
    uint64_t at_ms =
        kind == NULL || kind->custodian == NULL ? asked_ms : asked_ms + scenario_draw(kind->custodian, takes);
    bool silent = kind != NULL && scenario_happens(kind->never, never);
    *ret = (struct custodian_answer){.at_ms = silent ? UINT64_MAX : at_ms,
                                     .found = !silent && !request->nothing &&
                                              (request->dies_ms == 0 || at_ms < request->dies_ms)};
    return true;
}
