/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Officers at the API of a world's nodes: what they write, and what they do when a node goes down or says no.
 * The oracle here is a listener that takes down what it is told (the functions of drills/oracle/ are not
 * linked).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/play/people_aim.h"
#include "proto/json.h"

/* What letters that arrived in HISTORIES histories met together of the table at least; one alone meets 55 to 70 rows, three 94 to 101. */
#define HISTORIES        3
#define MACHINES_MET_MIN 7
#define ROWS_MET_MIN     90
#define START            ((wall_ms){.ms = UINT64_C(1780315200000)}) /* 2026-06-01T12:00:00Z */

struct oracle {
    uint8_t submitted[16]; /* the last command */
    bool open;             /* and no answer to it yet */
    unsigned submits, answers, unanswered, opened, shown, canaries, canaries_seen;
    char canary[64]; /* the last */
};

/* --- the listener --- */

static bool contains(struct bytes bytes, const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; size != 0 && i + size <= bytes.size; i++) {
        if (memcmp(bytes.data + i, text, size) == 0) {
            return true;
        }
    }
    return false;
}

void oracle_submit(struct oracle *oracle, uint64_t at_us, size_t party, const uint8_t command_id[16],
                   struct bytes context, struct bytes letter)
{
    (void)at_us;
    assert_true(party != 0 && !oracle->open && context.size != 0);
    memcpy(oracle->submitted, command_id, sizeof oracle->submitted);
    oracle->open = true;
    oracle->submits++;
    oracle->canaries_seen += contains(letter, oracle->canary);
}

void oracle_answer(struct oracle *oracle, uint64_t at_us, size_t party, const uint8_t command_id[16],
                   unsigned status, const json_t *answer)
{
    (void)at_us;
    assert_true(party != 0 && oracle->open);
    assert_memory_equal(oracle->submitted, command_id, sizeof oracle->submitted);
    assert_true((status == 0) == (answer == NULL));
    oracle->open = false;
    oracle->answers++;
    oracle->unanswered += status == 0;
}

void oracle_opened(struct oracle *oracle, uint64_t at_us, size_t party, struct bytes signed_receipt)
{
    (void)at_us;
    assert_true(party != 0 && signed_receipt.size != 0);
    oracle->opened++;
}

void oracle_shown(struct oracle *oracle, uint64_t at_us, size_t party, const char *case_id,
                  const json_t *view)
{
    (void)at_us;
    assert_true(party != 0);
    assert_string_equal(json_string_value(json_object_get(view, "case")), case_id);
    oracle->shown++;
}

void oracle_canary(struct oracle *oracle, const char *text)
{
    assert_in_range(strlen(text), 12, 64);
    memcpy(oracle->canary, text, strlen(text) + 1);
    oracle->canaries++;
}

/* --- a scene --- */

struct scene {
    struct cast *cast;
    struct world *world;
    struct oracle oracle;
    struct coverage coverage;
    struct people *people;
};

static struct scene *scene_of(uint64_t seed, size_t parties)
{
    struct scene *s = calloc(1, sizeof *s);
    struct world_setup setup = {.seed = 0};
    ensure(s != NULL);
    s->cast = cast_new(seed, parties, START);
    s->world = cast_world(s->cast, &setup);
    s->people = people_new(s->world, s->cast, seed, &s->oracle, &s->coverage);
    ensure(world_pass(s->world, 3000));
    return s;
}

static void scene_done(struct scene *s)
{
    people_free(s->people);
    world_free(s->world);
    cast_free(s->cast);
    free(s);
}

static int set_up(void **state)
{
    *state = scene_of(11, 3);
    return 0;
}

static int tear_down(void **state)
{
    scene_done(*state);
    return 0;
}

static void play(struct scene *s, unsigned acts)
{
    for (unsigned i = 0; i < acts; i++) {
        people_act(s->people);
        people_retry(s->people);
        ensure(world_pass(s->world, 20000));
    }
}

static void said_yes(unsigned status, json_t *answer)
{
    if (status != 200) {
        char *dump = json_dumps(answer, JSON_INDENT(1));
        print_message("%u: %s\n", status, dump == NULL ? "" : dump);
        free(dump);
    }
    json_decref(answer);
    assert_int_equal(status, 200);
}

/* A plan's statement that must hold; then its letter arrives. fields: JSON or NULL. */
static void tell(struct scene *s, const char *party, const char *letter, const char *where, const char *label,
                 const char *fields)
{
    json_t *answer = NULL;
    json_t *members = fields == NULL ? NULL : json_loads(fields, 0, NULL);
    assert_true(fields == NULL || members != NULL);
    unsigned status = people_write(s->people, party, letter, where, label, members, &answer);
    json_decref(members);
    said_yes(status, answer);
    assert_true(world_pass(s->world, 5000));
}

static void sees(struct scene *s, const char *party, const char *label, const char *want)
{
    json_t *view = people_view(s->people, party, label);
    assert_non_null(view);
    assert_string_equal(json_string_value(json_object_get(view, "state")), want);
    json_decref(view);
}

static size_t letters_seen(struct scene *s, const char *party, const char *label)
{
    json_t *view = people_view(s->people, party, label);
    size_t count = json_array_size(json_object_get(view, "letters"));
    json_decref(view);
    return count;
}

/* --- letters --- */

/* A case of three items, one in each of these states, with everything asked. */
static void fill_sight(struct sight *ret, enum machine machine, enum side side)
{
    *ret = (struct sight){.machine = machine,
                          .side = side,
                          .now = START,
                          .asks = 1U << ASK_STATUS,
                          .answer_runs = true,
                          .item_count = 3};
    for (size_t i = 0; i < 3; i++) {
        ret->items[i] =
            (struct sight_item){.state = ITEM_HELD, .until_ms = START.ms + 70 * MS_PER_DAY, .asks = 0x1e};
    }
    ret->items[0].state = ITEM_ASKED;
    ret->items[0].until_ms = 0;
}

/* But for what the node itself fills in when it is left open. */
static bool is_incomplete(const struct faults *faults)
{
    static const char *const filled[] = {"heldFrom", "holdUntil", "servedAt", "at", "caseId", NULL};
    for (size_t i = 0; i < faults->count; i++) {
        if (strcmp(faults->list[i].code, "MISSING") != 0 || !text_is_one_of(faults->list[i].path, filled)) {
            return true;
        }
    }
    return false;
}

/* The API reads each, and but for dates and grounds drawn wrong on purpose each is complete. */
/* Whatever the template has to say in free words says the canary, too; these always have some. */
static void expect_canary(enum cell_row row, const struct letter_scene *scene, const json_t *letter)
{
    bool always = row == ROW_HOLD_REQUEST_NONE || row == ROW_HOLD_INFO_ASKED_NONE ||
                  row == ROW_HOLD_HELD_NONE || row == ROW_HOLD_REFUSED_NONE || row == ROW_HOLD_EXTEND_NONE ||
                  row == ROW_HOLD_STATUS_NONE;
    char *text = json_dumps(letter, JSON_COMPACT);
    assert_non_null(text);
    assert_true(scene->canary[0] != '\0' || !always);
    assert_non_null(strstr(text, scene->canary));
    free(text);
}

static void every_template_is_a_complete_letter(void **state)
{
    const struct scene *s = *state;
    struct arena *arena = arena_new(1024 * 1024);
    struct stream stream = stream_of(1, "letters", 0);
    unsigned drawn = 0, incomplete = 0;
    assert_non_null(arena);
    for (unsigned i = 0; i < 60 * ROW_COUNT; i++) {
        enum cell_row row = (enum cell_row)(i % ROW_COUNT);
        const uint32_t items[] = {1, 2, 3};
        struct faults faults;
        struct sight sight;
        fill_sight(&sight, row_of_table(row)->machine, row_of_table(row)->side);
        struct letter_scene scene = {.stream = &stream,
                                     .author = &s->cast->parties[i % s->cast->party_count],
                                     .other = &s->cast->parties[(i + 1) % s->cast->party_count],
                                     .sibling = "",
                                     .sight = &sight,
                                     .items = items,
                                     .item_count = 3};
        json_t *json = letter_draw(row, &scene, NULL);
        arena_reset(arena);
        faults_init(&faults, arena);
        const Comity__Letter *letter =
            (const Comity__Letter *)message_of_json(&comity__letter__descriptor, json, arena, &faults);
        assert_false(faults_any(&faults));
        assert_ptr_equal(lifecycle_row_of(row_of_table(row)->machine, letter), row_of_table(row));
        expect_canary(row, &scene, json);
        const struct letter_terms terms = {.roster = s->cast->roster, .now = START};
        letter_check_arrived(letter, row_of_table(row)->side, &terms, &faults);
        incomplete += is_incomplete(&faults);
        drawn++;
        json_decref(json);
    }
    assert_true(incomplete * 50 < drawn);
    arena_free(arena);
}

static void fields_stand_in_place_of_the_template(void **state)
{
    struct scene *s = *state;
    struct sight sight;
    struct stream stream = stream_of(1, "letters", 0);
    const uint32_t items[] = {1, 2, 3};
    uint32_t named[CASE_ITEMS_MAX];
    struct letter_scene scene = {.stream = &stream,
                                 .author = &s->cast->parties[0],
                                 .sibling = "",
                                 .sight = &sight,
                                 .items = items,
                                 .item_count = 3};
    fill_sight(&sight, MACHINE_HOLD, SIDE_R);
    json_t *fields =
        json_loads("{\"items\": [2], \"scope\": \"all\", \"gaps\": null, \"zone\": null}", 0, NULL);
    for (unsigned i = 0; i < 50; i++) {
        json_t *letter = letter_draw(ROW_HOLD_HELD_NONE, &scene, fields);
        const json_t *held = json_object_get(letter, "held");
        assert_int_equal(letter_names(letter, named), 1);
        assert_int_equal(named[0], 2);
        assert_string_equal(json_string_value(json_object_get(held, "scope")), "all");
        assert_null(json_object_get(held, "gaps"));
        assert_null(json_object_get(held, "zone"));
        assert_non_null(json_object_get(held, "custodianReference"));
        json_decref(letter);
    }
    json_decref(fields);
}

/* They come from a plan, which anybody may have written: no word of theirs is asked for by name or done so many times. */
static void fields_are_taken_as_they_are(void **state)
{
    static const char *const members[] = {
        "{\"scope\": \"$x\"}",
        "{\"$either\": []}",
        "{\"scope\": {\"$times\": [1000000000, 1000000000], \"of\": 1}}",
        "{\"scope\": {\"$perhaps\": {\"a\": \"$number\"}}}",
    };
    struct scene *s = *state;
    struct sight sight;
    struct stream stream = stream_of(1, "letters", 0);
    struct letter_scene scene = {
        .stream = &stream, .author = &s->cast->parties[0], .sibling = "", .sight = &sight};
    fill_sight(&sight, MACHINE_HOLD, SIDE_R);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *fields = json_loads(members[i], 0, NULL);
        assert_non_null(fields);
        json_t *letter = letter_draw(ROW_HOLD_HELD_NONE, &scene, fields);
        const char *name = json_object_iter_key(json_object_iter(fields));
        const json_t *kept = json_object_get(json_object_get(letter, "held"), name);
        assert_int_equal(json_equal(kept, json_object_get(fields, name)), 1);
        json_decref(letter);
        json_decref(fields);
    }
}

/* --- people --- */

static void both_sides_see_the_same(const struct scene *s)
{
    const struct people_case *cases = NULL;
    size_t count = people_cases(s->people, &cases);
    assert_true(count > 5);
    for (size_t i = 0; i < count; i++) {
        json_t *q = people_view(s->people, s->cast->parties[cases[i].q - 1].address.text, cases[i].id);
        json_t *r = people_view(s->people, s->cast->parties[cases[i].r - 1].address.text, cases[i].id);
        assert_non_null(q);
        assert_non_null(r);
        assert_true(json_equal(json_object_get(q, "items"), json_object_get(r, "items")));
        assert_true(json_equal(json_object_get(q, "owed"), json_object_get(r, "owed")));
        json_decref(q);
        json_decref(r);
    }
}

static void note_rows_met(const struct scene *s, bool *met)
{
    for (size_t row = 0; row < ROW_COUNT; row++) {
        for (size_t k = 0; k < CELL_STATES; k++) {
            met[row] = met[row] || s->coverage.cells[row][k] != 0;
        }
    }
}

/* Both sides see the same of every case, and nobody was told anything that no fault explains. */
static void what_they_write_goes_over_the_table(void **state)
{
    bool met[ROW_COUNT] = {false}, met_of[MACHINES] = {false};
    size_t rows = 0, machines = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        struct scene *s = scene_of(seed, 4);
        play(s, 350);
        assert_true(people_letters(s->people) > 120);
        assert_string_equal(people_trouble(s->people), "");
        assert_int_equal(people_unanswered(s->people), 0);
        assert_true(world_pass(s->world, MS_PER_HOUR));
        both_sides_see_the_same(s);
        note_rows_met(s, met);
        assert_true(s->oracle.submits >
                    people_letters(s->people)); /* some were refused, some handed in twice */
        assert_int_equal(s->oracle.answers, s->oracle.submits);
        assert_true(s->oracle.opened > 10 && s->oracle.canaries > 10 && s->oracle.shown > 100);
        scene_done(s);
    }
    for (size_t row = 0; row < ROW_COUNT; row++) {
        rows += met[row];
        met_of[row_of_table((enum cell_row)row)->machine] |= met[row];
    }
    for (size_t machine = MACHINE_NONE + 1; machine < MACHINES; machine++) {
        machines += met_of[machine];
    }
    assert_true(rows >= ROWS_MET_MIN);
    assert_true(machines >= MACHINES_MET_MIN);
}

/* Of a row, one of the states in which its letter may be said to mean something; by turns another one. */
static enum item_state state_aimed(size_t row)
{
    size_t count = 0;
    const struct lifecycle_row *rule = row_of_table((enum cell_row)row);
    const enum item_state *states = machine_states(rule->machine, &count);
    size_t i = row % count;
    for (size_t k = 0; k < count && rule->cells[states[i]].rule == CELL_FORBIDDEN; k++) {
        i = (i + 1) % count;
    }
    return states[i];
}

/* Plays until the cell was met or given up. Returns how long they waited. */
static uint64_t play_aimed(struct scene *s, size_t number)
{
    uint64_t waited_ms = 0;
    memset(&s->coverage, 0, sizeof s->coverage);
    aim_init(&s->people->aim, 0);
    s->people->aim.number = number;
    s->people->aim.left = 1;
    for (bool on = true; on; on = is_aiming(s->people)) {
        assert_true(act_aimed(s->people));
        const uint64_t ms = people_wait_ms(s->people);
        waited_ms += ms;
        assert_true(ms < MS_PER_DAY ? world_pass(s->world, ms) : world_leap(s->world, ms));
    }
    return waited_ms;
}

/* Each row of the table, and in all of its kinds of cells: what may be said, what is void, what is refused. */
static void each_cell_that_they_aim_at_is_met(void **state)
{
    (void)state;
    struct scene *s = scene_of(7, 6);
    uint64_t waited_ms = 0;
    unsigned missed = 0;
    for (size_t number = 0; number < aim_cells(); number++) {
        enum item_state at = ITEM_ASKED;
        const enum cell_row row = aim_cell(number, &at);
        if (at != state_aimed((size_t)row)) {
            continue;
        }
        if (waited_ms > 100 * MS_PER_DAY) { /* a roster ends */
            scene_done(s);
            s = scene_of(7, 6);
            waited_ms = 0;
        }
        waited_ms += play_aimed(s, number);
        assert_string_equal(people_trouble(s->people), "");
        if (!cell_is_met(&s->coverage, row, at)) {
            print_message("%s %s of an item %s was not met\n", machine_name(row_of_table(row)->machine),
                          row_of_table(row)->name, item_state_name(at));
            missed++;
        }
    }
    scene_done(s);
    assert_int_equal(missed, 0);
}

static void the_same_seed_does_the_same(void **state)
{
    struct coverage coverage[2];
    struct oracle oracle[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct scene *s = scene_of(5, 3);
        play(s, 60);
        coverage[i] = s->coverage;
        oracle[i] = s->oracle;
        scene_done(s);
    }
    assert_memory_equal(&coverage[0], &coverage[1], sizeof coverage[0]);
    assert_memory_equal(&oracle[0], &oracle[1], sizeof oracle[0]);
}

static void a_plan_is_written_letter_by_letter(void **state)
{
    struct scene *s = *state;
    tell(s, "XA/poc", "request", "XB/poc", "theft", NULL);
    assert_int_equal(s->oracle.canaries_seen, 1);
    tell(s, "XB/poc", "info asked", "theft", NULL, NULL);
    assert_int_equal(people_open(s->people, "XA/poc", "theft"), 200);
    assert_true(s->oracle.opened > 0);
    tell(s, "XA/poc", "INFO_GIVEN", "theft", NULL, NULL);
    tell(s, "XB/poc", "held", "theft", NULL, "{\"items\": null, \"holdUntil\": null, \"heldFrom\": null}");
    sees(s, "XA/poc", "theft", "HELD");
    tell(s, "XA/poc", "withdraw", "theft", NULL, "{\"items\": null}");
    tell(s, "XB/poc", "released", "theft", NULL, "{\"items\": null, \"at\": null}");
    sees(s, "XA/poc", "theft", "CLOSED");
    json_t *answer = NULL;
    assert_int_equal(people_write(s->people, "XB/poc", "ordered", "theft", NULL, NULL, &answer), 422);
    assert_string_equal(json_string_value(json_object_get(answer, "code")), "INCOMPLETE");
    json_decref(answer);
}

static void a_refusal_has_two_officers(void **state)
{
    struct scene *s = *state;
    tell(s, "XA/poc", "request", "XB/poc", "fraud", "{\"basis\": {\"instrument\": \"UN_CYBERCRIME\"}}");
    tell(s, "XB/poc", "refused", "fraud", NULL, "{\"items\": null, \"ground\": \"G21B\"}");
    json_t *view = people_view(s->people, "XA/poc", "fraud");
    const json_t *letters = json_object_get(view, "letters");
    const json_t *refused = json_array_get(letters, json_array_size(letters) - 1);
    assert_string_equal(json_string_value(json_object_get(refused, "letter")), "REFUSED");
    assert_true(json_array_size(json_object_get(refused, "signers")) >= 2);
    json_decref(view);
}

/*
 * The node ends in the turn of the submit: before the commit nothing was filed, after it everything; once in
 * the end.
 */
static void an_unanswered_submit_is_handed_in_again(void **state)
{
    static const enum world_moment moments[] = {WORLD_BEFORE_COMMIT, WORLD_AFTER_COMMIT};
    struct scene *s = *state;
    size_t party = world_actor(s->world, "XB/poc");
    tell(s, "XA/poc", "request", "XB/poc", "case-one", NULL);
    for (size_t i = 0; i < 2; i++) {
        struct error error = {.text = ""};
        size_t before = letters_seen(s, "XB/poc", "case-one");
        world_crash_in_turn(s->world, party, moments[i], DISK_KEEP_ALL);
        assert_int_equal(people_write(s->people, "XB/poc", "status", "case-one", NULL, NULL, NULL), 0);
        assert_int_equal(people_unanswered(s->people), 1);
        assert_int_equal(s->oracle.unanswered, i + 1);
        people_retry(s->people); /* it is still down */
        assert_int_equal(people_unanswered(s->people), 1);
        assert_true(world_start(s->world, party, &error));
        assert_true(world_pass(s->world, 5000));
        assert_int_equal(letters_seen(s, "XB/poc", "case-one"), before + i);
        people_retry(s->people);
        assert_int_equal(people_unanswered(s->people), 0);
        assert_int_equal(letters_seen(s, "XB/poc", "case-one"), before + 1);
        assert_true(world_pass(s->world, 5000));
    }
}

static void give_roster(struct scene *s)
{
    for (size_t i = 0; i < world_actor_count(s->world); i++) {
        world_roster(s->world, i, s->cast->newest_json, s->cast->newest_minisigs, CAST_ROOTS);
    }
    assert_true(world_pass(s->world, 5000));
}

/*
 * What was prepared is refused as it is, since another roster is in use or its officer's key is revoked; it
 * is not lost.
 */
static void a_letter_gone_stale_is_prepared_again(void **state)
{
    struct scene *s = *state;
    struct look look;
    struct errand errand;
    json_t *answer = NULL;
    tell(s, "XA/poc", "request", "XB/poc", "case-two", NULL);
    const struct people_case *cases = NULL;
    assert_int_equal(people_cases(s->people, &cases), 1);
    assert_true(desk_look(s->people, cases[0].r, cases[0].id, &look));
    struct draft draft = {
        .party = look.party, .row = ROW_HOLD_STATUS_NONE, .case_id = look.case_id, .sight = &look.sight};
    const struct drawing drawing = {.party = look.party, .row = draft.row, .sight = &look.sight};
    json_t *letter = desk_draw(s->people, &drawing, NULL);
    draft.letter = letter;
    draft.signer_count = 1;
    draft.keys[0] = &s->cast->parties[look.party - 1].officer[CAST_OFFICERS - 1];
    draft.signers[0] = draft.keys[0]->key;
    assert_int_equal(desk_prepare(s->people, &draft, &errand, NULL), 200);
    cast_next_roster(s->cast, CAST_REVOKE_OFFICER, look.party - 1, world_now(s->world));
    give_roster(s);
    unsigned submits = s->oracle.submits;
    unsigned status = desk_hand_in(s->people, &errand, &answer);
    assert_int_equal(s->oracle.submits, submits + 2); /* refused, and then another */
    said_yes(status, answer);
    json_decref(letter);
    desk_look_done(&look);
}

/* --- answers --- */

static bool explained(struct scene *s, enum verb verb, enum errand_sort sort, unsigned status,
                      const char *code, bool deputy)
{
    struct asked asked = desk_asked(s->people, 1, verb, sort, "", "XB/poc");
    json_t *answer = json_pack("{s:s,s:s}", "code", code, "error", "no");
    asked.deputy = deputy;
    desk_judge(s->people, &asked, status, answer);
    bool good = people_trouble(s->people)[0] == '\0';
    s->people->trouble[0] = '\0';
    json_decref(answer);
    return good;
}

/* What answers.def allows, when it allows it; everything else is a finding. */
static void a_right_errand_is_refused_only_for_a_reason(void **state)
{
    struct scene *s = *state;
    struct disk *disk = world_disk(s->world, 1);
    const enum errand_sort right[] = {ERRAND_OFFERED, ERRAND_FRESH, ERRAND_STALE};
    for (size_t i = 0; i < 3; i++) {
        enum verb verb = right[i] == ERRAND_OFFERED ? VERB_PREPARE : VERB_SUBMIT;
        assert_false(explained(s, verb, right[i], 400, "MALFORMED", false));
        assert_false(explained(s, verb, right[i], 422, "SIGNATURE", false));
        assert_false(explained(s, verb, right[i], 409, "COMMAND_REUSED", false));
        assert_false(explained(s, verb, right[i], 500, "INTERNAL", false));
        assert_false(explained(s, verb, right[i], 503, "FULL", false));
        assert_false(explained(s, verb, right[i], 422, "OFFICER", true));
        assert_false(explained(s, verb, right[i], 422, "RECIPIENT", false));
    }
    assert_false(explained(s, VERB_PREPARE, ERRAND_OFFERED, 422, "INCOMPLETE", false));
    assert_true(explained(s, VERB_PREPARE, ERRAND_ODD, 422, "INCOMPLETE", false));
    assert_false(explained(s, VERB_SUBMIT, ERRAND_FRESH, 409, "CASE_MOVED", false));
    assert_true(explained(s, VERB_SUBMIT, ERRAND_STALE, 409, "CASE_MOVED", false));
    assert_false(explained(s, VERB_SUBMIT, ERRAND_STALE, 409, "ROSTER_MOVED", false));
    disk_capacity(disk, disk_bytes(disk));
    assert_true(explained(s, VERB_SUBMIT, ERRAND_FRESH, 503, "FULL", false));
    disk_capacity(disk, UINT64_MAX);
    assert_false(explained(s, VERB_SUBMIT, ERRAND_FRESH, 422, "MALFORMED", false));
    people_struck(s->people, 1, FAULT_CLOCK_JUMP);
    assert_false(explained(s, VERB_PREPARE, ERRAND_OFFERED, 409, "RECALL", false));
    assert_true(explained(s, VERB_SUBMIT, ERRAND_FRESH, 422, "MALFORMED", false));
    people_struck(s->people, 2, FAULT_SUSPENDED_PARTY);
    assert_true(explained(s, VERB_PREPARE, ERRAND_OFFERED, 422, "RECIPIENT", false));
    assert_false(explained(s, VERB_PREPARE, ERRAND_OFFERED, 409, "NOT_ALLOWED", false));
}

/* The same through a desk: a case that its node showed and then does not know any more, for no fault. */
static void a_case_forgotten_is_a_finding(void **state)
{
    struct scene *s = *state;
    struct error error = {.text = ""};
    tell(s, "XA/poc", "request", "XB/poc", "case-three", NULL);
    json_t *view = people_view(s->people, "XA/poc", "case-three");
    assert_non_null(view);
    json_decref(view);
    struct disk *nothing = disk_new("people-nothing", 1);
    for (unsigned told = 0; told < 2; told++) {
        world_crash(s->world, 1, DISK_KEEP_ALL);
        world_restore(s->world, 1, nothing);
        assert_true(world_start(s->world, 1, &error));
        if (told == 0) {
            people_struck(s->people, 1, FAULT_RESTORE);
        }
        assert_null(people_view(s->people, "XA/poc", "case-three"));
        assert_int_equal(people_trouble(s->people)[0] == '\0', told == 0);
        memset(&s->people->struck[1], 0, sizeof s->people->struck[1]);
    }
    disk_free(nothing);
}

/* Also of those who do everything right, a node may refuse the one whose key is revoked, and no other. */
static void a_revoked_key_explains_its_own_refusal(void **state)
{
    struct scene *s = *state;
    assert_false(explained(s, VERB_PREPARE, ERRAND_OFFERED, 422, "OFFICER", true));
    cast_next_roster(s->cast, CAST_REVOKE_OFFICER, 0, world_now(s->world));
    assert_true(explained(s, VERB_PREPARE, ERRAND_OFFERED, 422, "OFFICER", true));
    assert_false(explained(s, VERB_PREPARE, ERRAND_OFFERED, 422, "OFFICER", false));
    assert_true(explained(s, VERB_SUBMIT, ERRAND_STALE, 409, "ROSTER_MOVED", false));
}

static void bursts_fill_the_lanes(void **state)
{
    struct scene *s = *state;
    people_burst(s->people, 25);
    const struct people_case *cases = NULL;
    assert_true(people_cases(s->people, &cases) >= 20); /* a few stay in a drawer */
    assert_true(world_pass(s->world, MS_PER_MINUTE));
    for (size_t i = 0; i < people_cases(s->people, &cases); i++) {
        json_t *view = people_view(s->people, s->cast->parties[cases[i].r - 1].address.text, cases[i].id);
        assert_non_null(view);
        json_decref(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_template_is_a_complete_letter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_stand_in_place_of_the_template, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_are_taken_as_they_are, set_up, tear_down),
        cmocka_unit_test(what_they_write_goes_over_the_table),
        cmocka_unit_test(each_cell_that_they_aim_at_is_met),
        cmocka_unit_test(the_same_seed_does_the_same),
        cmocka_unit_test_setup_teardown(a_plan_is_written_letter_by_letter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_has_two_officers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unanswered_submit_is_handed_in_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_letter_gone_stale_is_prepared_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_right_errand_is_refused_only_for_a_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_case_forgotten_is_a_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_revoked_key_explains_its_own_refusal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bursts_fill_the_lanes, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("people", tests, NULL, NULL);
}
