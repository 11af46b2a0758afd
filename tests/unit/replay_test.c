/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/daemon/zonefile.h"
#include "base/store.h"
#include "base/text.h"
#include "drills/play/replay.h"
#include "nodes/daemon/doors.h"
#include "nodes/store_node.h"
#include "tests/support/roster_fixture.h"

/* A node as its daemon runs it, without a link: it makes its sealing keys (draws, a signature) and answers commands. */
struct place {
    char directory[64];
    char path[128];
    struct logger *logger;
    struct record_pair pair;
    struct slab *slab;
    struct fixture *fixture;
    struct node_options options;
    struct node_doors doors;
    uint64_t random;
    uint64_t turns;
};

static const char *in(struct place *place, const char *name)
{
    (void)snprintf(place->path, sizeof place->path, "%s/%s", place->directory, name);
    return place->path;
}

static void draw(void *context, uint8_t *ret, size_t size)
{
    uint64_t *state = context;
    for (size_t i = 0; i < size; i++) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        ret[i] = (uint8_t)*state;
    }
}

static void begin_turn(struct place *place)
{
    place->turns++;
    node_door_begin(&place->doors, (wall_ms){.ms = FIXTURE_NOW.ms + place->turns * 1000},
                    (mono_ms){.ms = place->turns * 1000});
}

static void end_turn(struct place *place)
{
    assert_int_equal(node_door_turn_end(&place->doors), DOOR_OK);
    assert_int_equal(node_door_commit(&place->doors), DOOR_OK);
    record_turn(place->doors.record, place->doors.turn);
    assert_int_equal(node_door_between_turns(&place->doors, place->turns % 2 == 0), DOOR_OK);
}

/* A turn in which the node is asked for its status. */
static void status_turn(struct place *place)
{
    struct answer answer = {.status = 500};
    const struct command command = {.actor = "duty", .verb = VERB_STATUS, .target = "", .query = ""};
    begin_turn(place);
    assert_int_equal(node_door_command(&place->doors, &command, &answer), DOOR_OK);
    assert_int_equal(answer.status, 200);
    end_turn(place);
}

static void roster_turn(struct place *place)
{
    const struct fixture *f = place->fixture;
    enum roster_outcome outcome = ROSTER_NO_MEMORY;
    begin_turn(place);
    assert_int_equal(node_door_roster(&place->doors, f->json, f->minisig, FIXTURE_ROOTS, &outcome, NULL),
                     DOOR_OK);
    assert_int_equal(outcome, ROSTER_OK);
    end_turn(place);
}

static void link_turn(struct place *place)
{
    const link_id link = {.number = 5};
    begin_turn(place);
    assert_int_equal(node_door_link_up(&place->doors, link), DOOR_OK);
    assert_int_equal(node_door_frame(&place->doors, link, bytes_of_text("not a frame")), DOOR_OK);
    assert_int_equal(node_door_link_down(&place->doors, link), DOOR_OK);
    assert_int_equal(node_door_tick(&place->doors), DOOR_OK);
    end_turn(place);
}

static struct record *new_record(struct place *place, const char *name, bool sealed)
{
    struct error error = {.text = ""};
    const struct record_options options = {.path = in(place, name),
                                           .key = sealed ? place->pair.key : NULL,
                                           .bytes_max = RECORD_FILE_BYTES_SET,
                                           .program = "comity-node",
                                           .logger = place->logger};
    struct record *record = record_open(&options, &error);
    assert_string_equal(error.text, "");
    return record;
}

/* A process of the node begins, on the store that is there. */
static void begin_node(struct place *place, struct record *record)
{
    struct error error = {.text = ""};
    char store[160];
    (void)snprintf(store, sizeof store, "%s", in(place, "node.db"));
    place->doors = (struct node_doors){.record = record};
    place->options.store_path = store;
    record_store(record, store);
    struct fixture_party *me = &place->fixture->parties[1];
    me->node_signer.hand = me->seal_signer.hand = (struct sign_hand){.sign = NULL};
    node_door_signer(&place->doors, &me->node_signer);
    node_door_signer(&place->doors, &me->seal_signer);
    const struct turn_source source = {.random = draw, .context = &place->random};
    place->doors.turn = turn_new(record_source(record, source), NODE_TURN_BYTES_MAX);
    assert_int_equal(node_door_open(&place->doors, &place->options, &error), DOOR_OK);
}

static void end_node(struct place *place)
{
    node_close(place->doors.node);
    turn_free(place->doors.turn);
    record_close(place->doors.record);
    place->doors = (struct node_doors){.record = NULL};
}

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    (void)snprintf(place->directory, sizeof place->directory, "/tmp/comity-replay-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    place->random = UINT64_C(88172645463325252);
    place->logger = logger_new(open("/dev/null", O_WRONLY), LOG_ERROR);
    assert_true(record_key_make(in(place, "key"), &place->pair, NULL));
    place->slab = slab_new(NODE_SLAB_CELLS, NULL);
    assert_true(place->logger != NULL && place->slab != NULL);
    place->fixture = fixture_new(place->slab);
    node_options_default(&place->options);
    place->options.network = place->fixture->network;
    place->options.party = place->fixture->parties[1].address;
    place->options.node_signer = &place->fixture->parties[1].node_signer;
    place->options.seal_signer = &place->fixture->parties[1].seal_signer;
    place->options.slab = place->slab;
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    const char *const *names = NULL;
    size_t count = 0;
    struct arena *arena = arena_new(1 << 20);
    assert_int_equal(files_list(place->directory, "", arena, &names, &count, NULL), FILES_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(unlink(in(place, names[i])), 0);
    }
    assert_int_equal(rmdir(place->directory), 0);
    arena_free(arena);
    fixture_free(place->fixture);
    slab_free(place->slab);
    logger_free(place->logger);
    free(place);
    return 0;
}

/* Two processes of a node, each with a record: "first" from an empty store, "second" on what the first left. */
static void record_two(struct place *place)
{
    begin_node(place, new_record(place, "first", true));
    roster_turn(place);
    status_turn(place);
    end_node(place);
    begin_node(place, new_record(place, "second", true));
    node_door_disk_free(&place->doors, UINT64_C(1) << 40);
    node_door_link_trouble(&place->doors, "nobody answers");
    struct arena *arena = arena_new((size_t)8 * ZONE_BYTES_MAX);
    assert_false(node_door_zone(&place->doors, bytes_of_text("no zone"), arena));
    struct zone_set *set = arena_take(arena, sizeof *set);
    zone_set_init(set, arena);
    assert_true(node_door_zone_of(&place->doors, set, "UTC", zonefile_bytes("UTC", arena)));
    assert_false(node_door_zone_of(&place->doors, set, "A/B", bytes_of_text("no zone")));
    node_door_zones(&place->doors, set);
    link_turn(place);
    status_turn(place);
    end_node(place);
    arena_free(arena);
}

static struct replay_report play(struct place *place, const char *name)
{
    struct error error = {.text = ""};
    struct replay_report report;
    const struct replay_options options = {.file = in(place, name), .key = &place->pair};
    assert_true(replay_run(&options, &report, &error));
    return report;
}

static void what_was_recorded_happens_again(void **state)
{
    struct place *place = *state;
    record_two(place);
    struct replay_report report = play(place, "first");
    assert_string_equal(report.text, "the process ended");
    assert_int_equal(report.end, REPLAY_ENDED);
    assert_int_equal(report.turns, 2);
    assert_int_equal(report.draws, place->options.prekey_days);
    assert_int_equal(report.signatures, 1);
    report = play(place, "second");
    assert_string_equal(report.text, "the process ended");
    assert_int_equal(report.end, REPLAY_ENDED);
    assert_string_equal(report.program, "comity-node");
    assert_string_equal(report.owner, "XB/poc");
    assert_true(report.said >= 2); /* Hello, and the end of the link that said no frame */
    assert_true(report.sealed);
}

/* --- a record in which one entry is another --- */

struct change {
    const char *of; /* record */
    enum record_kind kind;
    unsigned nth;                          /* of that kind, from 0 */
    void (*change)(struct record_entry *); /* NULL: a draw is put before it */
    const char *told;                      /* within the text */
    enum replay_end end;
};

/* Copies the record to "changed", with the change. */
static void copy_changed(struct place *place, const struct change *change)
{
    struct record_reader *reader = NULL;
    struct record_entry entry;
    struct error error = {.text = ""};
    unsigned seen = 0;
    struct arena *arena = arena_new((size_t)256 * 1024 * 1024);
    struct record *copy = new_record(place, "changed", true);
    assert_int_equal(record_reader_open(&reader, in(place, change->of), &place->pair, &error), RECORD_OK);
    while (record_reader_next(reader, arena, &entry, &error) == RECORD_OK) {
        bool is_it = entry.kind == change->kind && seen++ == change->nth;
        if (is_it && change->change == NULL) {
            record_add(copy, RECORD_DRAWN, NULL, &(const struct bytes){.data = place->pair.key, .size = 8},
                       1);
        } else if (is_it) {
            change->change(&entry);
        }
        if (entry.kind != RECORD_BEGUN && entry.kind != RECORD_ENDED && entry.kind != RECORD_NONE) {
            record_add(copy, entry.kind, entry.numbers, entry.blobs, entry.blob_count);
        }
    }
    assert_true(seen > change->nth);
    record_reader_close(reader);
    record_close(copy);
    arena_free(arena);
}

static void add_one(struct record_entry *entry)
{
    entry->numbers[0]++;
}

static void add_one_to_second(struct record_entry *entry)
{
    entry->numbers[1]++;
}

static void add_one_to_third(struct record_entry *entry)
{
    entry->numbers[2]++;
}

static void flip_a_bit(struct record_entry *entry)
{
    ((uint8_t *)(uintptr_t)entry->blobs[0].data)[0] ^= 0x10; /* not one of those that X25519 clamps */
}

static void shorten(struct record_entry *entry)
{
    entry->blobs[0].size--;
}

static void leave_out(struct record_entry *entry)
{
    entry->kind = RECORD_NONE;
}

static void say_less(struct record_entry *entry)
{
    entry->kind = RECORD_LINK_DOWN;
    entry->blob_count = 0;
}

static void take_no_key(struct record_entry *entry)
{
    entry->blobs[3].size--;
}

static void want_no_life(struct record_entry *entry)
{
    entry->numbers[1] = 0;
}

static void begin_far_away(struct record_entry *entry)
{
    entry->numbers[0] = UINT64_C(1) << 40;
}

static void flip_a_data_bit(struct record_entry *entry)
{
    ((uint8_t *)(uintptr_t)entry->blobs[1].data)[0] ^= 0x10;
}

static void go_back(struct record_entry *entry)
{
    entry->numbers[1] = 0;
}

static void each_difference_is_told_where_it_is_first(void **state)
{
    struct place *place = *state;
    static const struct change changes[] = {
        /* what was given or taken */
        {"second", RECORD_TURN, 1, add_one_to_third, "", REPLAY_ENDED}, /* there is no third number */
        {"second", RECORD_TURN, 1, add_one, "turn 2: command", REPLAY_DIVERGED},
        {"first", RECORD_DRAWN, 0, flip_a_bit, "turn 1: ", REPLAY_DIVERGED},
        {"first", RECORD_DRAWN, 0, shorten, "turn 1: ", REPLAY_DIVERGED},
        {"first", RECORD_DRAWN, 0, leave_out, "turn 1: ", REPLAY_DIVERGED},
        {"first", RECORD_SIGNED, 0, flip_a_bit, "signs something else", REPLAY_DIVERGED},
        {"first", RECORD_SIGNED, 0, leave_out, "turn 1: ", REPLAY_DIVERGED},
        {"second", RECORD_LINK_TROUBLE, 0, flip_a_bit, "turn 2: command", REPLAY_DIVERGED},
        {"second", RECORD_LINK_UP, 0, leave_out, "", REPLAY_UNREADABLE}, /* a result without a door */
        {"second", RECORD_RESULT, 1, NULL, "drew or signed less than it did then", REPLAY_DIVERGED},
        /* what came of it */
        {"second", RECORD_RESULT, 1, add_one, "turn 1: link up answered OK where it answered FATAL",
         REPLAY_DIVERGED},
        {"second", RECORD_RESULT, 8, add_one_to_second, "turn 2: command", REPLAY_DIVERGED},
        {"second", RECORD_RESULT, 8, add_one_to_third, "turn 2: command", REPLAY_DIVERGED},
        {"second", RECORD_RESULT, 8, flip_a_bit, "turn 2: command", REPLAY_DIVERGED},
        {"second", RECORD_SAID, 0, add_one, "turn 1: the 1. thing said", REPLAY_DIVERGED},
        {"second", RECORD_SAID, 0, add_one_to_second, "turn 1: the 1. thing said", REPLAY_DIVERGED},
        {"second", RECORD_SAID, 0, add_one_to_third, "turn 1: the 1. thing said", REPLAY_DIVERGED},
        {"second", RECORD_SAID, 1, flip_a_bit, "turn 1: the 2. thing said", REPLAY_DIVERGED},
        {"second", RECORD_SAID, 0, leave_out, "turn 1: the 1. thing said", REPLAY_DIVERGED},
        /* what no daemon puts down */
        {"second", RECORD_OPEN_NODE, 0, take_no_key, "not sound", REPLAY_UNREADABLE},
        {"second", RECORD_OPEN_NODE, 0, want_no_life, "not sound", REPLAY_UNREADABLE},
        {"second", RECORD_OPEN_NODE, 0, leave_out, "not sound", REPLAY_UNREADABLE},
        {"second", RECORD_TURN, 0, leave_out, "not sound", REPLAY_UNREADABLE},
        {"second", RECORD_TURN, 1, go_back, "not sound", REPLAY_UNREADABLE},
        {"second", RECORD_RESULT, 1, leave_out, "a door without a result", REPLAY_UNREADABLE},
        {"second", RECORD_SAID, 0, say_less, "less was said than is counted", REPLAY_UNREADABLE},
        {"second", RECORD_STORE, 1, add_one, "does not follow the one before", REPLAY_UNREADABLE},
        {"second", RECORD_STORE, 1, begin_far_away, "does not follow the one before", REPLAY_UNREADABLE},
        {"second", RECORD_STORE, 1, flip_a_data_bit, "turn 0: open answered FATAL where it answered OK",
         REPLAY_DIVERGED},
    };
    record_two(place);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        copy_changed(place, &changes[i]);
        struct replay_report report = play(place, "changed");
        if (report.end != changes[i].end || strstr(report.text, changes[i].told) == NULL) {
            fail_msg("change %zu: end %d, %s", i, (int)report.end, report.text);
        }
        assert_int_equal(unlink(in(place, "changed")), 0);
    }
}

/* --- a record that somebody made --- */

/* The node's store, whose table of rosters somebody made anew: what stands in there is not ours to trust. */
static void make_strange_store(struct place *place, const char *roster_table)
{
    static char schema[16384];
    struct store *store = NULL;
    struct error error = {.text = ""};
    int length = snprintf(schema, sizeof schema, "%s DROP TABLE roster; CREATE TABLE roster(%s);",
                          node_schema, roster_table);
    assert_true(length > 0 && (size_t)length < sizeof schema);
    const struct store_options options = {
        .path = in(place, "node.db"), .schema = schema, .version = NODE_SCHEMA_VERSION, .page_bytes = 4096};
    assert_int_equal(store_open(&store, &options, &error), STORE_OK);
    store_close(store);
}

/* All that a trace of the record shows; malloc'd. */
static char *trace_of(struct place *place, const char *name, struct replay_report *ret)
{
    struct error error = {.text = ""};
    FILE *trace = tmpfile();
    char *text = calloc(1, 1 << 20);
    assert_true(trace != NULL && text != NULL);
    const struct replay_options options = {.file = in(place, name), .key = &place->pair, .trace = trace};
    assert_true(replay_run(&options, ret, &error));
    rewind(trace);
    assert_true(fread(text, 1, (1 << 20) - 1, trace) > 0);
    (void)fclose(trace);
    return text;
}

static void name_with_escape(struct record_entry *entry)
{
    entry->blobs[0] = bytes_of_text("\x1b[2J");
}

static void no_escape_of_a_record_reaches_the_terminal(void **state)
{
    struct place *place = *state;
    struct replay_report report;
    enum roster_outcome outcome = ROSTER_NO_MEMORY;
    const struct fixture *f = place->fixture;
    record_two(place);
    copy_changed(place,
                 &(const struct change){"second", RECORD_STORE, 1, name_with_escape, "", REPLAY_ENDED});
    char *text = trace_of(place, "changed", &report);
    assert_non_null(strstr(text, "store\\x1b[2J: "));
    assert_null(strchr(text, 0x1b));
    free(text);
    /* SQLite's text of what is wrong names what stands in the schema */
    assert_int_equal(unlink(in(place, "node.db")), 0);
    make_strange_store(place, "version INTEGER PRIMARY KEY, hash BLOB, bundle BLOB, "
                              "CONSTRAINT \"\x1b[2J\" CHECK (version > 9)");
    begin_node(place, new_record(place, "strange", true));
    begin_turn(place);
    assert_int_equal(node_door_roster(&place->doors, f->json, f->minisig, FIXTURE_ROOTS, &outcome, NULL),
                     DOOR_FATAL);
    end_node(place);
    text = trace_of(place, "strange", &report);
    assert_int_equal(report.end, REPLAY_FATAL);
    assert_non_null(strstr(report.text, "\\x1b[2J"));
    assert_non_null(strstr(text, "FATAL "));
    assert_null(strchr(text, 0x1b));
    assert_null(strchr(report.text, 0x1b));
    free(text);
}

static void a_schema_that_asks_the_time_is_no_bug_of_ours(void **state)
{
    struct place *place = *state;
    make_strange_store(place, "version INTEGER PRIMARY KEY, hash BLOB NOT NULL, bundle BLOB NOT NULL, "
                              "at TEXT DEFAULT current_timestamp");
    begin_node(place, new_record(place, "strange", true));
    roster_turn(place);
    status_turn(place);
    end_node(place);
    struct replay_report report = play(place, "strange");
    assert_string_equal(report.text, "the process ended");
    assert_int_equal(report.turns, 2);
}

static void it_stops_where_it_is_told_and_shows_the_store(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct replay_report report;
    struct bytes database;
    char file[160];
    record_two(place);
    (void)snprintf(file, sizeof file, "%s", in(place, "second"));
    const struct replay_options options = {
        .file = file, .key = &place->pair, .until_turn = 1, .dump = place->directory};
    assert_true(replay_run(&options, &report, &error));
    assert_int_equal(report.end, REPLAY_UNTIL);
    assert_int_equal(report.turns, 1);
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    assert_int_equal(files_read(in(place, "store.db"), (size_t)32 * 1024 * 1024, arena, &database, NULL),
                     FILES_OK);
    assert_memory_equal(database.data, "SQLite format 3", 16);
    assert_false(replay_run(&options, &report, &error)); /* it overwrites nothing */
    assert_non_null(strstr(error.text, "exists already"));
    assert_int_equal(report.turns, 0); /* and has not played for nothing */
    arena_free(arena);
}

/* The first bytes of a record as a record. */
static bool plays_cut(struct place *place, const char *name, size_t size, struct replay_report *ret,
                      struct error *error)
{
    char file[160];
    struct bytes whole;
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    assert_int_equal(files_read(in(place, name), (size_t)32 * 1024 * 1024, arena, &whole, NULL), FILES_OK);
    (void)snprintf(file, sizeof file, "%s", in(place, "cut"));
    FILE *cut = fopen(file, "w");
    assert_non_null(cut);
    assert_true(size < whole.size);
    assert_int_equal(fwrite(whole.data, 1, size, cut), size);
    assert_int_equal(fclose(cut), 0);
    arena_free(arena);
    const struct replay_options options = {.file = file, .key = &place->pair};
    return replay_run(&options, ret, error);
}

static void a_record_without_its_beginning_is_an_error(void **state)
{
    static const size_t sizes[] = {400, 1000, 3000, 8000};
    struct place *place = *state;
    struct replay_report report;
    record_two(place);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct error error = {.text = ""};
        assert_false(plays_cut(place, "second", sizes[i], &report, &error));
        assert_non_null(strstr(error.text, "cut off before its first turn"));
        assert_non_null(strstr(error.text, "get the whole file"));
        assert_int_equal(report.turns, 0);
    }
}

static void a_dump_that_fails_hides_no_verdict(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct replay_report report;
    char file[160], nowhere[160];
    record_two(place);
    copy_changed(place, &(const struct change){"second", RECORD_SAID, 1, flip_a_bit, "", REPLAY_DIVERGED});
    (void)snprintf(file, sizeof file, "%s", in(place, "changed"));
    (void)snprintf(nowhere, sizeof nowhere, "%s", in(place, "nowhere"));
    const struct replay_options options = {.file = file, .key = &place->pair, .dump = nowhere};
    assert_true(replay_run(&options, &report, &error));
    assert_int_equal(report.end, REPLAY_DIVERGED);
    assert_non_null(strstr(report.undumped, "nowhere"));
}

/* --- only exercises are recorded openly --- */

static void an_open_record_ends_when_the_roster_is_not_of_exercises(void **state)
{
    struct place *place = *state;
    begin_node(place, new_record(place, "open", false));
    roster_turn(place); /* its officers sign what is real */
    status_turn(place);
    end_node(place);
    struct replay_report report;
    struct error error = {.text = ""};
    char file[160];
    (void)snprintf(file, sizeof file, "%s", in(place, "open"));
    const struct replay_options options = {.file = file};
    assert_false(replay_run(&options, &report, &error)); /* before its first turn */
    assert_int_equal(report.turns, 0);
    assert_non_null(strstr(error.text, "exercises only"));
}

struct who {
    bool all;
};

static void for_exercises(struct roster_draft *draft, struct arena *arena, void *context)
{
    const struct who *who = context;
    for (size_t i = 0; i < draft->party_count; i++) {
        struct roster_key *keys = draft_keys(arena, draft->parties[i].keys, draft->parties[i].key_count, 0);
        for (size_t k = 0; k < draft->parties[i].key_count; k++) {
            keys[k].exercise = keys[k].role == ROLE_OFFICER && (who->all || i != 2);
        }
        draft->parties[i].keys = keys;
    }
}

static void a_roster_is_of_exercises_when_no_officer_may_sign_else(void **state)
{
    struct place *place = *state;
    struct fixture *f = place->fixture;
    assert_false(roster_is_exercise(f->roster));
    struct roster *most = fixture_next(f, f->roster, for_exercises, &(struct who){.all = false}, NULL);
    assert_false(roster_is_exercise(most));
    struct roster *all = fixture_next(f, f->roster, for_exercises, &(struct who){.all = true}, NULL);
    assert_true(roster_is_exercise(all));
    for (size_t i = 0; i < f->draft.party_count; i++) {
        f->draft.parties[i].key_count = 3; /* node, seal, link */
    }
    struct roster *nobody = NULL;
    assert_int_equal(roster_read(roster_make(&f->draft, f->arena), &nobody, NULL), ROSTER_OK);
    assert_false(roster_is_exercise(nobody));
    roster_free(most);
    roster_free(all);
    roster_free(nobody);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_recorded_happens_again),
        CASE(each_difference_is_told_where_it_is_first),
        CASE(no_escape_of_a_record_reaches_the_terminal),
        CASE(a_schema_that_asks_the_time_is_no_bug_of_ours),
        CASE(it_stops_where_it_is_told_and_shows_the_store),
        CASE(a_record_without_its_beginning_is_an_error),
        CASE(a_dump_that_fails_hides_no_verdict),
        CASE(an_open_record_ends_when_the_roster_is_not_of_exercises),
        CASE(a_roster_is_of_exercises_when_no_officer_may_sign_else),
    };
    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
