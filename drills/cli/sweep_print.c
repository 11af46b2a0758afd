/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/sweep_print.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/cli/words.h"
#include "nodes/cli/screen.h"

#define BAR_COLUMNS   24
#define COLUMNS_SHOWN 30

/* A key, taken apart. */
struct named {
    char measure[NUMBER_KEY_BYTES_MAX + 1], word[NUMBER_KEY_BYTES_MAX + 1], urgency[NUMBER_KEY_BYTES_MAX + 1],
        state[NUMBER_KEY_BYTES_MAX + 1], what[NUMBER_KEY_BYTES_MAX + 1];
};

static void name_of(const char *key, struct named *ret)
{
    (void)number_key_part(key, 0, ret->measure);
    (void)number_key_part(key, 1, ret->word);
    (void)number_key_part(key, 2, ret->urgency);
    (void)number_key_part(key, 3, ret->state);
    (void)number_key_part(key, 4, ret->what);
}

static bool is(const char *text, const char *word)
{
    return strcmp(text, word) == 0;
}

/* What nobody asks for first: where the time went in all its parts, and the slower ones; of a State the median alone. */
static bool is_telling(const struct named *name)
{
    return !is(name->what, "p90") && !is(name->what, "time") &&
           (name->state[0] == '\0' || is(name->what, "p50"));
}

static const char *title_of(struct cli *cli, const struct named *name)
{
    static const struct {
        const char *what, *says;
    } said[] = {{"p50", N_("half by")}, {"p90", N_("9 in 10 by")},   {"on time", N_("on time")},
                {"so", N_("so")},       {"time", N_("of the time")}, {"count", N_("in a run")}};
    if (is(name->what, "weight")) {
        return cli_text(cli, "expectations met, by weight");
    }
    if (is(name->what, "met")) {
        return cli_text(cli, "expectation %s: met", name->word);
    }
    if (is(name->what, "span")) {
        return cli_text(cli, "question %s: answered by", name->word);
    }
    const char *says = name->what;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        says = is(name->what, said[i].what) ? say(cli->words, said[i].says) : says;
    }
    return cli_text(cli, "%s %s%s%s%s%s: %s", name->measure, name->word, name->urgency[0] == '\0' ? "" : ", ",
                    name->urgency, name->state[0] == '\0' ? "" : ", ", name->state, says);
}

/* --- values --- */

static const char *value_text(struct cli *cli, enum number_kind kind, uint64_t value)
{
    unsigned long long whole = value / (kind == NUMBER_MEAN ? 1000 : 10),
                       rest = value % (kind == NUMBER_MEAN ? 1000 : 10);
    switch (kind) {
    case NUMBER_SPAN:
        return words_span(cli->arena, cli->words, value);
    case NUMBER_SHARE:
    case NUMBER_CHANCE:
        return cli_text(cli, "%s %%", cli_text(cli, "%llu.%llu", whole, rest));
    case NUMBER_MEAN:
        return cli_text(cli, "%llu.%03llu", whole, rest);
    }
    return "";
}

/* Beyond the last observed, where it was not reached. */
static const char *bound_text(struct cli *cli, enum number_kind kind, bool reached, uint64_t value)
{
    const char *text = value_text(cli, kind, value);
    return reached ? text : cli_text(cli, "> %s", text);
}

static const char *cell_text(struct cli *cli, enum number_kind kind, const struct sweep_cell *cell)
{
    const char *value = bound_text(cli, kind, cell->reached || kind != NUMBER_SPAN, cell->value);
    if (!cell->reached && kind != NUMBER_SPAN) {
        return cli_text(cli, "nothing to judge");
    }
    return !cell->sure
               ? value
               : cli_text(cli, "%s  (%s to %s)", value, bound_text(cli, kind, cell->low_reached, cell->low),
                          bound_text(cli, kind, cell->high_reached, cell->high));
}

/* --- lines --- */

static const char *point_text(struct cli *cli, const struct sweep_grid *grid, size_t point)
{
    const char *text = "";
    for (size_t i = 0; i < grid->count; i++) {
        if (grid->names[i].count > 1) {
            text = cli_text(cli, "%s%s%s=%s", text, text[0] == '\0' ? "" : " ", grid->names[i].name,
                            grid->names[i].values[sweep_grid_at(grid, point, i)]);
        }
    }
    return screen_quiet(cli->arena, bytes_of_text(text[0] == '\0' ? cli_text(cli, "as it is") : text));
}

static const char *bar(uint64_t value, uint64_t most)
{
    static const char full[] = "########################";
    static_assert(sizeof full - 1 == BAR_COLUMNS, "columns");
    uint64_t columns = most == 0                          ? 0
                       : value > UINT64_MAX / BAR_COLUMNS ? BAR_COLUMNS
                                                          : value * BAR_COLUMNS / most;
    return full + BAR_COLUMNS - (columns < BAR_COLUMNS ? columns : BAR_COLUMNS);
}

static void print_column(struct cli *cli, const struct sweep *sweep, const struct sweep_grid *grid,
                         size_t column, int width)
{
    enum number_kind kind = sweep_column_kind(sweep, column);
    struct sweep_cell cell;
    struct named name;
    uint64_t most = 0;
    name_of(sweep_column_key(sweep, column), &name);
    (void)printf("\n%s\n", title_of(cli, &name));
    for (size_t point = 0; point < grid->points; point++) {
        most = sweep_cell(sweep, column, point, &cell) && cell.value > most ? cell.value : most;
    }
    for (size_t point = 0; point < grid->points; point++) {
        bool any = sweep_cell(sweep, column, point, &cell);
        (void)printf("  %-*s  %-42s %s\n", width, point_text(cli, grid, point),
                     any ? cell_text(cli, kind, &cell) : cli_text(cli, "nothing measured"),
                     any ? bar(cell.value, most) : "");
    }
}

static void print_head(struct cli *cli, struct sweep *sweep, const struct sweep_grid *grid)
{
    size_t least = SWEEP_RUNS_MAX, most = 0;
    for (size_t point = 0; point < grid->points; point++) {
        size_t done = sweep_done_at(sweep, point);
        least = done < least ? done : least;
        most = done > most ? done : most;
    }
    (void)printf("%s\n", cli_text(cli, "EXERCISE"));
    (void)printf("%s\n", least == most
                             ? cli_text(cli, "%zu points, %zu runs each", grid->points, most)
                             : cli_text(cli, "%zu points, %zu to %zu runs each", grid->points, least, most));
    (void)printf("%s\n", cli_text(cli, "A time: half of the runs by then. A share: of all runs together."));
    (void)printf(
        "%s\n",
        least >= SWEEP_SURE_LEAST
            ? cli_text(cli, "In brackets: where it lies 95 times of 100.")
            : cli_text(cli, "With fewer than %d runs nobody can say how far this may be trusted: --runs 50",
                       SWEEP_SURE_LEAST));
}

void sweep_print(struct cli *cli, struct sweep *sweep, const struct sweep_grid *grid, bool all)
{
    size_t columns = sweep_columns(sweep), shown = 0, same = 0, more = 0;
    int width = 0;
    print_head(cli, sweep, grid);
    for (size_t point = 0; point < grid->points; point++) {
        int length = (int)strlen(point_text(cli, grid, point));
        width = length > width ? length : width;
    }
    for (size_t column = 0; column < columns; column++) {
        struct named name;
        name_of(sweep_column_key(sweep, column), &name);
        bool differs = grid->points == 1 || sweep_differs(sweep, column);
        same += !differs;
        if (all || (differs && is_telling(&name) && shown < COLUMNS_SHOWN)) {
            print_column(cli, sweep, grid, column, width);
            shown++;
        } else {
            more += differs;
        }
    }
    (void)printf("\n");
    if (same != 0) {
        cli_print(cli, "%zu of %zu numbers are the same everywhere, as far as these runs can tell.\n", same,
                  columns);
    }
    if (more != 0) {
        cli_print(cli, "%zu more differ; all of them: --all, or the files of --out\n", more);
    }
}
