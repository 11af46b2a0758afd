/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/drill_scene.h"

#include <string.h>

#include "base/ensure.h"
#include "drills/record/read_node.h"

#define SCENE_BYTES ((size_t)64 << 20)

struct drill_scene scene;

static void add_party(const char *code, const char *address)
{
    size_t state = record_add_state(scene.record, &(struct record_state){.code = code, .name = code});
    (void)record_add_party(
        scene.record,
        &(struct record_party){.address = address,
                               .state = state,
                               .role = "poc",
                               .desk = "office",
                               .people = 2,
                               .on = {.week = 62, .hours = {.from_min = 480, .until_min = 960}}});
}

void scene_anew(void)
{
    measures_free(scene.measures);
    record_free(scene.record);
    scene.measures = NULL;
    scene.record = record_new();
    scene.record->head.start_ms = T0_MS;
    scene.record->head.title = "Small";
    scene.record->head.way = "world";
    scene.record->head.build = "0";
    scene.record->head.command = "comity drill run small.yaml";
    add_party("XA", "XA/poc");
    add_party("XB", "XB/poc");
}

int scene_setup(void **state)
{
    (void)state;
    scene.arena = arena_new(SCENE_BYTES);
    ensure(scene.arena != NULL);
    scene_anew();
    return 0;
}

int scene_teardown(void **state)
{
    (void)state;
    measures_free(scene.measures);
    record_free(scene.record);
    arena_free(scene.arena);
    memset(&scene, 0, sizeof scene);
    return 0;
}

size_t scene_case(uint8_t id)
{
    struct record_case it = {
        .q = XA, .r = XB, .machine = "HOLD", .urgency = RECORD_URGENT, .id = {id, 1, 2, 3}};
    char reference[] = "XA-000";
    reference[5] = (char)('0' + id % 10);
    it.reference = reference;
    return record_add_case(scene.record, &it);
}

static uint32_t next_seq(size_t of_case, enum side side)
{
    uint32_t seq = 1;
    for (size_t i = 0; i < scene.record->letters.count; i++) {
        const struct record_letter *letter = &scene.record->letters.list[i];
        seq += letter->of_case == of_case && letter->side == (enum record_side)side;
    }
    return seq;
}

/* Ids as of struct history: side, then the number in two bytes. */
static struct bytes id_of(enum side side, uint32_t seq)
{
    uint8_t *id = arena_zero(scene.arena, 32, 1);
    ensure(id != NULL);
    id[0] = (uint8_t)side;
    id[1] = (uint8_t)(seq >> 8);
    id[2] = (uint8_t)seq;
    return bytes_of(id, 32);
}

struct record_letter *scene_letter(size_t of_case, enum side side, const Comity__Letter *letter, uint64_t ms)
{
    uint32_t seq = next_seq(of_case, side);
    uint32_t seen = next_seq(of_case, side == SIDE_Q ? SIDE_R : SIDE_Q) - 1;
    struct record_letter row = {.of_case = of_case,
                                .side = (enum record_side)side,
                                .seq = seq,
                                .human = letter_signatures_needed(letter_kind(letter), letter) != 0,
                                .sealed_ms = ms,
                                .accepted_ms = ms,
                                .delivered_ms = ms + MS_PER_MINUTE,
                                .id = id_of(side, seq),
                                .letter = letter_pack(scene.arena, letter)};
    row.seen = seen == 0 ? bytes_of(NULL, 0) : id_of(side == SIDE_Q ? SIDE_R : SIDE_Q, seen);
    record_letter_says(letter, &row);
    size_t number = record_add_letter(scene.record, &row); /* which may move the list */
    return &scene.record->letters.list[number - 1];
}

struct record_letter *scene_write(size_t of_case, enum machine machine, const char *name, uint64_t ms)
{
    return scene_letter(of_case, row_named(machine, name)->side, letter_named(scene.arena, machine, name, ms),
                        ms);
}

void scene_measure(uint64_t end_ms, const struct scenario *scenario)
{
    record_finish(scene.record, end_ms);
    scene.measures = measures_new(scene.record, scenario);
}

size_t scene_events(uint32_t metric)
{
    size_t count = 0;
    for (size_t i = 0; i < scene.measures->event_count; i++) {
        count += (uint32_t)scene.measures->events[i].event.metric == metric;
    }
    return count;
}

const struct measured_event *scene_event(uint32_t metric)
{
    const struct measured_event *found = NULL;
    for (size_t i = 0; i < scene.measures->event_count; i++) {
        const struct measured_event *event = &scene.measures->events[i];
        if ((uint32_t)event->event.metric == metric) {
            ensure(found == NULL);
            found = event;
        }
    }
    return found;
}
