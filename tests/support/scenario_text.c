/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/scenario_text.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/scenario/files.h"

const char scenario_small[] =
    "scenario: 1\n"
    "title: Small\n"
    "clock: {start: 2026-11-19T08:00:00Z, length: 30d}\n"
    "desks: {a: {people: 1}}\n"
    "habits: {h: {}}\n"
    "states: [{code: XA, name: Aldoria, zone: Europe/Oslo, units: [{name: poc, desk: a, habits: h}]}]\n";

static bool read_text(void *context, const char *path, size_t bytes_max, struct arena *arena,
                      struct bytes *ret, const char **ret_why)
{
    const struct scenario_texts *texts = context;
    (void)arena;
    (void)bytes_max;
    for (size_t i = 0; i < texts->count; i++) {
        if (strcmp(texts->files[i].path, path) == 0) {
            *ret = texts->files[i].text;
            return true;
        }
    }
    if (texts->otherwise.size != 0 && strstr(path, "none") == NULL) {
        *ret = texts->otherwise;
        return true;
    }
    *ret_why = "no such file; write it";
    return false;
}

static const struct zone *read_zone(void *context, const char *name, struct arena *arena)
{
    (void)context;
    return scenario_files.zone(NULL, name, arena);
}

void scenario_texts_open(struct scenario_texts *texts)
{
    *texts = (struct scenario_texts){.arena = arena_new(SCENARIO_ARENA_BYTES)};
    ensure(texts->arena != NULL);
}

void scenario_texts_close(struct scenario_texts *texts)
{
    arena_free(texts->arena);
}

void scenario_texts_add_bytes(struct scenario_texts *texts, const char *path, struct bytes text)
{
    ensure(texts->count < SCENARIO_TEXTS_MAX);
    texts->files[texts->count].path = path;
    texts->files[texts->count++].text = text;
}

void scenario_texts_add(struct scenario_texts *texts, const char *path, const char *text)
{
    scenario_texts_add_bytes(texts, path, bytes_of_text(text));
}

const struct scenario *scenario_texts_read(struct scenario_texts *texts, const char *path,
                                           const char *const *sets, size_t set_count)
{
    const struct scenario_source source = {
        .context = texts, .file = read_text, .zone = read_zone, .zones = scenario_files.zones};
    scenario_mistakes_init(&texts->mistakes, texts->arena, NULL);
    return scenario_read(path, sets, set_count, &source, texts->arena, &texts->mistakes);
}

const struct scenario *scenario_texts_one(struct scenario_texts *texts, const char *text)
{
    scenario_texts_open(texts);
    scenario_texts_add(texts, "a.yaml", text);
    const struct scenario *scenario = scenario_texts_read(texts, "a.yaml", NULL, 0);
    if (scenario == NULL) {
        (void)fprintf(stderr, "%zu: %s\n", (size_t)texts->mistakes.list[0].place.line,
                      texts->mistakes.list[0].text);
    }
    ensure(scenario != NULL);
    return scenario;
}
