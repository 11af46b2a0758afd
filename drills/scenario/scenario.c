/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a scenario: read, merge, fill in, check, find names, hash. */
#include "drills/scenario/scenario.h"

#include <sodium.h>
#include <string.h>

#include "drills/scenario/reader.h"

_Static_assert(sizeof(enum scenario_event) == sizeof(unsigned),
               "words are read into enumerations as numbers");

static void fill_links(struct scenario *s)
{
    struct scenario_state *states = (struct scenario_state *)(uintptr_t)s->states.list;
    for (size_t i = 0; i < s->states.count; i++) {
        if (!states[i].link.given) {
            states[i].link = s->links;
            states[i].link.given = false;
        }
    }
}

static struct scenario *understand(struct reading *r, const struct tree *root)
{
    struct scenario *s = arena_zero(r->arena, 1, sizeof *s);
    struct reader *reader = arena_zero(r->arena, 1, sizeof *reader);
    if (s == NULL || reader == NULL) {
        mistake_at(r->mistakes, root->place, N_("there is no memory left; make the scenario smaller"));
        return NULL;
    }
    reader->r = r;
    reader->s = s;
    read_values(reader, SECTION_TOP, root, s);
    s->clock.end_ms = s->clock.length_ms == 0 ? 0 : s->clock.start_ms + s->clock.length_ms;
    registries_sort(reader);
    read_names(reader, SECTION_TOP, root, s);
    fill_links(s);
    fill_load(reader);
    check_rules(reader, root);
    return s;
}

/* NULL: the mistakes say why. */
static struct scenario *read_all(struct reading *r, const char *path, const char *const *sets,
                                 size_t set_count)
{
    struct tree *root = tree_read_files(r, path);
    if (root == NULL || !tree_set(r, root, sets, set_count)) {
        return NULL;
    }
    struct scenario *s = understand(r, root);
    if (s == NULL || r->mistakes->count > 0) {
        return NULL;
    }
    s->arena = r->arena;
    s->file = path;
    s->canonical = tree_canonical(root, r->arena);
    if (s->canonical == NULL) {
        mistake_at(r->mistakes, root->place, N_("there is no memory left; make the scenario smaller"));
        return NULL;
    }
    (void)crypto_hash_sha256(s->hash, (const unsigned char *)s->canonical, strlen(s->canonical));
    return s;
}

const struct scenario *scenario_read(const char *path, const char *const *sets, size_t set_count,
                                     const struct scenario_source *source, struct arena *arena,
                                     struct scenario_mistakes *mistakes)
{
    struct reading r = {.arena = arena, .mistakes = mistakes, .source = source, .varied = set_count != 0};
    const struct scenario *s = read_all(&r, path, sets, set_count);
    mistakes_sort(mistakes);
    if (s == NULL && mistakes->count == 0) { /* memory ended where nobody could say so */
        mistake_at(mistakes, (struct scenario_place){NULL, 0, 0},
                   N_("there is no memory left; make the scenario smaller"));
    }
    return s;
}

const struct scenario_state *scenario_state(const struct scenario *s, const char *code)
{
    for (size_t i = 0; i < s->states.count; i++) {
        if (strcmp(s->states.list[i].code, code) == 0) {
            return &s->states.list[i];
        }
    }
    return NULL;
}

const struct scenario_unit *scenario_unit(const struct scenario *s, const char *address)
{
    for (size_t i = 0; i < s->states.count; i++) {
        for (size_t k = 0; k < s->states.list[i].units.count; k++) {
            if (strcmp(s->states.list[i].units.list[k].address, address) == 0) {
                return &s->states.list[i].units.list[k];
            }
        }
    }
    return NULL;
}

const struct scenario_inject *scenario_inject(const struct scenario *s, const char *id)
{
    for (size_t i = 0; i < s->injects.count; i++) {
        if (strcmp(s->injects.list[i].id, id) == 0) {
            return &s->injects.list[i];
        }
    }
    return NULL;
}

/* --- drawing --- */

bool scenario_happens(uint32_t chance, uint64_t uniform)
{
    return (uniform >> 32) * SCENARIO_MILLION >> 32 < chance;
}

/*
 * The number is a position among a million, in parts of 2^32, between two points; the value lies as far between theirs. That part
 * times a span of ten years takes more than 64 bits, so that it is multiplied in two halves.
 */
uint64_t scenario_draw(const struct scenario_quantiles *table, uint64_t uniform)
{
    const uint64_t position = (uniform >> 32) * SCENARIO_MILLION;
    if (table == NULL || table->count == 0) {
        return 0;
    }
    size_t i = 1;
    while (i + 1 < table->count && position >= (uint64_t)table->points[i].ppm << 32) {
        i++;
    }
    const struct scenario_quantile *low = &table->points[i - 1];
    const struct scenario_quantile *high = &table->points[i];
    const uint64_t part = (position - ((uint64_t)low->ppm << 32)) / (high->ppm - low->ppm); /* below 2^32 */
    const uint64_t width = high->ms - low->ms;
    return low->ms + (width >> 32) * part + ((width & UINT32_MAX) * part >> 32);
}
