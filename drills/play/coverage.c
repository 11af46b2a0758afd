/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/coverage.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "nodes/lifecycle.h"

#define COLUMNS      3
#define LINE_CHARS   100
#define SECONDS_YEAR (365 * UINT64_C(86400))

_Static_assert(ITEM_ASKED == 1 && ITEM_STATES == CELL_STATES + 1, "a column for each state of an item");

const char *fault_name(enum fault_kind kind)
{
    static const char *const names[FAULT_COUNT] = {
        [FAULT_KILL] = "kill",
        [FAULT_POWER_CUT] = "power_cut",
        [FAULT_TORN_WRITE] = "torn_write",
        [FAULT_CUT_BEFORE_COMMIT] = "cut_before_commit",
        [FAULT_CUT_AFTER_COMMIT] = "cut_after_commit",
        [FAULT_CUT_HALF_SPOKEN] = "cut_half_spoken",
        [FAULT_CUT_IN_WRITE] = "cut_in_write",
        [FAULT_NO_SPACE] = "no_space",
        [FAULT_DISK_FULL] = "disk_full",
        [FAULT_EIO_READ] = "eio_read",
        [FAULT_EIO_WRITE] = "eio_write",
        [FAULT_EIO_SYNC] = "eio_sync",
        [FAULT_SLOW_DISK] = "slow_disk",
        [FAULT_LYING_DISK] = "lying_disk",
        [FAULT_RESTORE] = "restore",
        [FAULT_RESTORE_BROKER] = "restore_broker",
        [FAULT_LINK_CUT] = "link_cut",
        [FAULT_HALF_OPEN] = "half_open",
        [FAULT_PARTITION] = "partition",
        [FAULT_ISOLATED] = "isolated",
        [FAULT_SLOW_LINK] = "slow_link",
        [FAULT_SLOW_READER] = "slow_reader",
        [FAULT_CORRUPT] = "corrupt",
        [FAULT_DUPLICATE] = "duplicate",
        [FAULT_REORDER] = "reorder",
        [FAULT_CLOCK_OFFSET] = "clock_offset",
        [FAULT_CLOCK_DRIFT] = "clock_drift",
        [FAULT_CLOCK_JUMP] = "clock_jump",
        [FAULT_FREEZE] = "freeze",
        [FAULT_SLOW_PROCESS] = "slow_process",
        [FAULT_REVOKED_OFFICER] = "revoked_officer",
        [FAULT_SUSPENDED_PARTY] = "suspended_party",
        [FAULT_SMALL_QUOTA] = "small_quota",
        [FAULT_NEW_ROSTER] = "new_roster",
        [FAULT_LONG_SLEEP] = "long_sleep",
        [FAULT_BURST] = "burst",
    };
    ensure((unsigned)kind < FAULT_COUNT && names[kind] != NULL);
    return names[kind];
}

void coverage_add(struct coverage *to, const struct coverage *from)
{
    /* One flat block of uint64_t, so that a counter added later is added up, too. */
    uint64_t *sums = (uint64_t *)to;
    const uint64_t *counts = (const uint64_t *)from;
    _Static_assert(sizeof *to % sizeof *sums == 0, "nothing but counters of this size");
    for (size_t i = 0; i < sizeof *to / sizeof *sums; i++) {
        sums[i] += counts[i];
    }
}

/* --- the table --- */

static const struct lifecycle_row *row_at(size_t index)
{
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    ensure(count == ROW_COUNT && index < count);
    return &rows[index];
}

/* Has the machine of that row such a state? */
static bool has_state(size_t index, unsigned state)
{
    size_t count = 0;
    const enum item_state *states = machine_states(row_at(index)->machine, &count);
    for (size_t i = 0; i < count; i++) {
        if (states[i] == state) {
            return true;
        }
    }
    return false;
}

static const struct cell_place unmet[] = {
    {ROW_COUNT, ITEM_ASKED}, /* none: so that the list is never empty */
#define UNMET(machine, letter, why, state, reason) {ROW_##machine##_##letter##_##why, ITEM_##state},
#include "drills/play/unmet.def"
#undef UNMET
};

static bool is_listed(const struct cell_place *list, size_t count, enum cell_row row, enum item_state state)
{
    bool listed = false;
    for (size_t i = 0; i < count; i++) {
        listed |= list[i].row == row && list[i].state == state;
    }
    return listed;
}

bool cell_is_played(enum cell_row row, enum item_state state)
{
    return has_state(row, state) && !is_listed(unmet, sizeof unmet / sizeof unmet[0], row, state);
}

static void count_cell(uint64_t cells[ROW_COUNT][CELL_STATES], enum cell_row row, enum item_state state)
{
    ensure((unsigned)row < ROW_COUNT && has_state(row, state));
    cells[row][state - ITEM_ASKED]++;
}

void coverage_cell(struct coverage *coverage, enum cell_row row, enum item_state state)
{
    count_cell(coverage->cells, row, state);
}

void coverage_tried(struct coverage *coverage, enum cell_row row, enum item_state state)
{
    count_cell(coverage->tried, row, state);
}

bool cell_is_met(const struct coverage *coverage, enum cell_row row, enum item_state state)
{
    bool forbidden = row_at(row)->cells[state].rule == CELL_FORBIDDEN || row_at(row)->kind == LETTER_REQUEST;
    return coverage->cells[row][state - ITEM_ASKED] != 0 ||
           (forbidden && coverage->tried[row][state - ITEM_ASKED] != 0);
}

/* "HOLD RELEASED:EXPIRED" */
struct row_text {
    char text[64];
};

static struct row_text row_text(size_t index)
{
    struct row_text text;
    const struct lifecycle_row *row = row_at(index);
    (void)snprintf(text.text, sizeof text.text, "%s %s", machine_name(row->machine), row->name);
    return text;
}

/* --- what was never met --- */

struct never {
    FILE *out; /* NULL: only counted */
    unsigned count, of_kind;
    size_t column;
};

/* "  faults: kill, torn_write" and so on, in lines of about LINE_CHARS. */
static void never_met(struct never *never, const char *kind, const char *what, const char *of)
{
    char text[96];
    int size = snprintf(text, sizeof text, "%s%s%s", what, of[0] == '\0' ? "" : " of an item ", of);
    if (never->out != NULL && never->of_kind == 0) {
        never->column =
            (size_t)fprintf(never->out, "%s  %s: %s", never->count == 0 ? "\nnever met\n" : "\n", kind, text);
    } else if (never->out != NULL) {
        bool wraps = never->column + (size_t)size > LINE_CHARS;
        never->column = wraps ? 0 : never->column;
        never->column += (size_t)fprintf(never->out, wraps ? ",\n    %s" : ", %s", text);
    }
    never->count++;
    never->of_kind++;
}

static unsigned find_never(const struct coverage *coverage, FILE *out)
{
    struct never never = {.out = out};
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        if (coverage->faults[i] == 0) {
            never_met(&never, "faults", fault_name((enum fault_kind)i), "");
        }
    }
    never.of_kind = 0;
    for (uint32_t i = REASON_NONE + 1; i < REASON_COUNT; i++) {
        if (coverage->reasons[i] == 0) {
            never_met(&never, "reasons", reason_name(i), "");
        }
    }
    never.of_kind = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        for (unsigned state = ITEM_ASKED; state < ITEM_STATES; state++) {
            if (cell_is_played((enum cell_row)i, (enum item_state)state) &&
                !cell_is_met(coverage, (enum cell_row)i, (enum item_state)state)) {
                never_met(&never, "letters", row_text(i).text, item_state_name((enum item_state)state));
            }
        }
    }
    return never.count;
}

unsigned coverage_never(const struct coverage *coverage)
{
    return find_never(coverage, NULL);
}

/* --- all cells --- */

unsigned cells_wrong(const struct coverage *coverage, const struct cell_place *list, size_t count, FILE *out)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < (size_t)ROW_COUNT * CELL_STATES; i++) {
        const enum cell_row row = (enum cell_row)(i / CELL_STATES);
        const enum item_state state = (enum item_state)(i % CELL_STATES + ITEM_ASKED);
        if (!has_state(row, state) ||
            cell_is_met(coverage, row, state) != is_listed(list, count, row, state)) {
            continue;
        }
        wrong++;
        if (out != NULL) {
            (void)fprintf(out, "%s of an item %s: %s\n", row_text(row).text, item_state_name(state),
                          cell_is_met(coverage, row, state)
                              ? "met, although drills/play/unmet.def says that nothing meets it"
                              : "no history met it, and drills/play/unmet.def does not say why");
        }
    }
    return wrong;
}

unsigned coverage_cells_wrong(const struct coverage *coverage, FILE *out)
{
    return cells_wrong(coverage, unmet, sizeof unmet / sizeof unmet[0], out);
}

/* --- for people --- */

static void print_totals(FILE *out, const struct coverage *c)
{
    char text[7][GROUPED_TEXT];
    uint64_t seconds = c->virtual_ms / 1000;
    (void)fprintf(out, "%s seeds, %s failed; %s letters, %s envelopes accepted; ",
                  number_grouped(text[0], c->seeds), number_grouped(text[1], c->failed),
                  number_grouped(text[2], c->letters), number_grouped(text[3], c->accepted));
    (void)fprintf(out, "%s power cuts, %s of them with something unsafe, %s restarts; ",
                  number_grouped(text[4], c->power_cuts), number_grouped(text[6], c->unsafe_cuts),
                  number_grouped(text[5], c->restarts));
    (void)fprintf(out, "%s turns; simulated time %" PRIu64 " years %" PRIu64 " days %" PRIu64 " hours\n",
                  number_grouped(text[0], c->turns), seconds / SECONDS_YEAR, seconds % SECONDS_YEAR / 86400,
                  seconds % 86400 / 3600);
}

/* One entry of a list in columns. */
static void print_entry(FILE *out, size_t index, size_t count, const char *name, uint64_t number)
{
    char text[GROUPED_TEXT];
    bool last = index + 1 == count || index % COLUMNS == COLUMNS - 1;
    (void)fprintf(out, "  %-19s %10s%s", name, number_grouped(text, number), last ? "\n" : "  ");
}

static void print_head(FILE *out, enum machine machine)
{
    size_t count = 0;
    const enum item_state *states = machine_states(machine, &count);
    (void)fprintf(out, "  %-22s", machine_name(machine));
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, " %12s", item_state_name(states[i]));
    }
    (void)fprintf(out, "\n");
}

/* '-': nothing can meet it, '.': the table forbids it (it can only be tried). */
static void print_row(FILE *out, size_t index, const uint64_t cells[CELL_STATES])
{
    size_t count = 0;
    const enum item_state *states = machine_states(row_at(index)->machine, &count);
    (void)fprintf(out, "  %-22s", row_at(index)->name);
    for (size_t i = 0; i < count; i++) {
        char text[GROUPED_TEXT];
        uint64_t met = cells[states[i] - ITEM_ASKED];
        bool forbidden = row_at(index)->cells[states[i]].rule == CELL_FORBIDDEN;
        (void)fprintf(out, " %12s",
                      met != 0                                           ? number_grouped(text, met)
                      : !cell_is_played((enum cell_row)index, states[i]) ? "-"
                      : forbidden                                        ? "."
                                                                         : "0");
    }
    (void)fprintf(out, "\n");
}

static void print_table(FILE *out, const char *title, const uint64_t cells[ROW_COUNT][CELL_STATES])
{
    enum machine machine = MACHINE_NONE;
    (void)fprintf(out, "\n%s ('.': forbidden there; '-': nothing can meet it)\n", title);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (row_at(i)->machine != machine) {
            machine = row_at(i)->machine;
            print_head(out, machine);
        }
        print_row(out, i, cells[i]);
    }
}

void coverage_print(FILE *out, const struct coverage *coverage)
{
    print_totals(out, coverage);
    (void)fprintf(out, "\nfaults\n");
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        print_entry(out, i, FAULT_COUNT, fault_name((enum fault_kind)i), coverage->faults[i]);
    }
    (void)fprintf(out, "\nreasons\n");
    for (uint32_t i = REASON_NONE + 1; i < REASON_COUNT; i++) {
        print_entry(out, i - 1, REASON_COUNT - 1, reason_name(i), coverage->reasons[i]);
    }
    print_table(out, "letters that arrived, by the state of the item they met", coverage->cells);
    print_table(out, "letters that people asked for, by the state of the item", coverage->tried);
    (void)fprintf(out, "%s", find_never(coverage, out) == 0 ? "\nnever met: nothing\n" : "\n");
}

/* --- for programs --- */

static void put(json_t *object, const char *name, json_t *value)
{
    ensure(json_object_set_new(object, name, value) == 0);
}

static void put_count(json_t *object, const char *name, uint64_t count)
{
    put(object, name, json_integer((json_int_t)count));
}

static json_t *cells_json(const uint64_t cells[ROW_COUNT][CELL_STATES])
{
    json_t *rows = json_object();
    for (size_t i = 0; i < ROW_COUNT; i++) {
        size_t count = 0;
        const enum item_state *states = machine_states(row_at(i)->machine, &count);
        json_t *row = json_object();
        for (size_t k = 0; k < count; k++) {
            put_count(row, item_state_name(states[k]), cells[i][states[k] - ITEM_ASKED]);
        }
        put(rows, row_text(i).text, row);
    }
    return rows;
}

json_t *coverage_json(const struct coverage *coverage)
{
    json_t *json = json_object();
    json_t *faults = json_object();
    json_t *reasons = json_object();
    put_count(json, "seeds", coverage->seeds);
    put_count(json, "failed", coverage->failed);
    put_count(json, "letters", coverage->letters);
    put_count(json, "accepted", coverage->accepted);
    put_count(json, "turns", coverage->turns);
    put_count(json, "power_cuts", coverage->power_cuts);
    put_count(json, "unsafe_cuts", coverage->unsafe_cuts);
    put_count(json, "restarts", coverage->restarts);
    put_count(json, "virtual_ms", coverage->virtual_ms);
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        put_count(faults, fault_name((enum fault_kind)i), coverage->faults[i]);
    }
    for (uint32_t i = REASON_NONE + 1; i < REASON_COUNT; i++) {
        put_count(reasons, reason_name(i), coverage->reasons[i]);
    }
    put(json, "faults", faults);
    put(json, "reasons", reasons);
    put(json, "letters_met", cells_json(coverage->cells));
    put(json, "letters_tried", cells_json(coverage->tried));
    put_count(json, "never", coverage_never(coverage));
    return json;
}
