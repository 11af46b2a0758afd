/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

#define SHOWN_BYTES ((size_t)48) /* of what a person wrote, in a fault's text */

struct parse {
    const struct config_table *table;
    uint8_t *values;
    struct arena *arena;
    struct faults *faults;
    bool seen[CONFIG_KEYS_MAX];
    char path[24]; /* "line N" */
};

static struct bytes trimmed(struct bytes text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text = bytes_of(text.data + 1, text.size - 1);
    }
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

/* Cuts off what stands before the first separator; *rest goes on after it. True if there was one. */
static bool cut_at(struct bytes *rest, char separator, struct bytes *ret)
{
    const uint8_t *at = rest->size == 0 ? NULL : memchr(rest->data, separator, rest->size);
    if (at == NULL) {
        *ret = *rest;
        *rest = bytes_of(NULL, 0);
        return false;
    }
    size_t size = (size_t)(at - rest->data);
    *ret = bytes_of(rest->data, size);
    *rest = bytes_of(at + 1, rest->size - size - 1);
    return true;
}

/* Decimal digits without superfluous zeros; false if it is something else or does not fit. */
static bool read_digits(struct bytes text, uint64_t *ret)
{
    uint64_t value = 0;
    if (text.size == 0 || (text.data[0] == '0' && text.size > 1)) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c < '0' || c > '9' || value > (UINT64_MAX - (uint64_t)(c - '0')) / 10) {
            return false;
        }
        value = value * 10 + (uint64_t)(c - '0');
    }
    *ret = value;
    return true;
}

static const struct unit {
    const char *name;
    unsigned shift;
} units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}};

#define UNITS (sizeof units / sizeof units[0])

bool config_read_size(struct bytes text, uint64_t *ret)
{
    unsigned shift = 0;
    for (size_t i = 0; i < UNITS && shift == 0; i++) {
        struct bytes name = bytes_of_text(units[i].name);
        if (text.size > name.size && memcmp(text.data + text.size - name.size, name.data, name.size) == 0) {
            shift = units[i].shift;
            text = trimmed(bytes_of(text.data, text.size - name.size));
        }
    }
    uint64_t value = 0;
    if (!read_digits(text, &value) || value > UINT64_MAX >> shift) {
        return false;
    }
    *ret = value << shift;
    return true;
}

static bool read_flag(struct bytes text, bool *ret)
{
    *ret = bytes_equal(text, bytes_of_text("yes"));
    return *ret || bytes_equal(text, bytes_of_text("no"));
}

static bool read_list(struct parse *p, const struct config_key *key, struct bytes text,
                      struct config_list *ret)
{
    const char **items = arena_zero(p->arena, CONFIG_ITEMS_MAX + 1, sizeof *items);
    size_t count = 0;
    for (bool more = items != NULL && text.size != 0; more;) {
        struct bytes item;
        more = cut_at(&text, ',', &item);
        item = trimmed(item);
        if (item.size == 0 || count == CONFIG_ITEMS_MAX) {
            return false;
        }
        items[count++] = (const char *)arena_copy(p->arena, item).data;
    }
    *ret = (struct config_list){.items = items, .count = count};
    return items != NULL && count >= key->min && count <= key->max;
}

/* Puts the value into its member; false if it is none of the key's kind and range, or the arena is exhausted. */
static bool read_value(struct parse *p, const struct config_key *key, struct bytes text)
{
    uint8_t *member = p->values + key->offset;
    uint64_t number = 0;
    bool flag = false;
    struct config_list list = {0};
    switch (key->kind) {
    case CONFIG_TEXT:
        if (text.size < key->min || text.size > key->max) {
            return false;
        }
        memcpy(member, &(const char *){(const char *)arena_copy(p->arena, text).data}, sizeof(const char *));
        return true;
    case CONFIG_NUMBER:
    case CONFIG_SIZE:
        if (!(key->kind == CONFIG_SIZE ? config_read_size(text, &number) : read_digits(text, &number)) ||
            number < key->min || number > key->max) {
            return false;
        }
        memcpy(member, &number, sizeof number);
        return true;
    case CONFIG_FLAG:
        if (!read_flag(text, &flag)) {
            return false;
        }
        memcpy(member, &flag, sizeof flag);
        return true;
    case CONFIG_LIST:
        if (!read_list(p, key, text, &list)) {
            return false;
        }
        memcpy(member, &list, sizeof list);
        return true;
    }
    return false;
}

/* A size as a person would write it, in the largest unit that divides it. */
static const char *size_text(struct arena *arena, uint64_t size)
{
    for (size_t i = 0; i < UNITS; i++) {
        if (size != 0 && size % (UINT64_C(1) << units[i].shift) == 0) {
            return arena_format(arena, "%llu %s", (unsigned long long)(size >> units[i].shift),
                                units[i].name);
        }
    }
    return arena_format(arena, "%llu", (unsigned long long)size);
}

/* What a value of the key looks like: "a number from 1 to 64"; "" on exhaustion. */
static const char *wanted(const struct config_key *key, struct arena *arena)
{
    unsigned long long min = key->min;
    unsigned long long max = key->max;
    const char *text = NULL;
    const char *low = NULL;
    const char *high = NULL;
    switch (key->kind) {
    case CONFIG_TEXT:
        text = arena_format(arena, "one line of %llu to %llu bytes", min, max);
        break;
    case CONFIG_NUMBER:
        text = arena_format(arena, "a number from %llu to %llu", min, max);
        break;
    case CONFIG_SIZE:
        low = size_text(arena, key->min);
        high = size_text(arena, key->max);
        text = low == NULL || high == NULL ? NULL : arena_format(arena, "a size from %s to %s", low, high);
        break;
    case CONFIG_FLAG:
        text = "yes or no";
        break;
    case CONFIG_LIST:
        text = arena_format(arena, "%llu to %llu items with commas between them", min, max);
        break;
    }
    return text == NULL ? "" : text;
}

static const char *shown(struct parse *p, struct bytes text)
{
    const char *quiet = text_quiet(p->arena, text, SHOWN_BYTES);
    return quiet == NULL ? "" : quiet;
}

static void unknown_key(struct parse *p, struct bytes name)
{
    const char *names[CONFIG_KEYS_MAX + 1] = {NULL};
    for (size_t i = 0; i < p->table->count; i++) {
        names[i] = p->table->keys[i].name;
    }
    const char *word = shown(p, name);
    const char *nearest = text_nearest(word, names);
    if (nearest != NULL) {
        faults_add(p->faults, p->path, "UNKNOWN_KEY", "there is no key \"%s\"; is \"%s\" meant?", word,
                   nearest);
    } else {
        faults_add(p->faults, p->path, "UNKNOWN_KEY", "there is no key \"%s\"", word);
    }
}

static void read_line(struct parse *p, struct bytes line)
{
    struct bytes rest = line;
    struct bytes name;
    if (!cut_at(&rest, '=', &name)) {
        faults_add(p->faults, p->path, "BAD_LINE", "\"%s\" is not of the form: key = value", shown(p, line));
        return;
    }
    name = trimmed(name);
    rest = trimmed(rest);
    if (!text_is_line(name) || !text_is_line(rest)) {
        faults_add(p->faults, p->path, "BAD_LINE", "there are characters in it that cannot be shown");
        return;
    }
    for (size_t i = 0; i < p->table->count; i++) {
        const struct config_key *key = &p->table->keys[i];
        if (!bytes_equal(name, bytes_of_text(key->name))) {
            continue;
        }
        if (p->seen[i]) {
            faults_add(p->faults, p->path, "REPEATED_KEY", "%s is given a second time", key->name);
        } else if (!read_value(p, key, rest)) {
            faults_add(p->faults, p->path, "BAD_VALUE", "%s is \"%s\"; write %s", key->name, shown(p, rest),
                       wanted(key, p->arena));
        }
        p->seen[i] = true;
        return;
    }
    unknown_key(p, name);
}

static void read_lines(struct parse *p, struct bytes text)
{
    size_t number = 0;
    while (text.size != 0) {
        struct bytes line;
        (void)cut_at(&text, '\n', &line);
        number++;
        if (number > CONFIG_LINES_MAX) {
            faults_add(p->faults, "", "TOO_BIG", "there are more than %zu lines", CONFIG_LINES_MAX);
            return;
        }
        if (line.size > 0 && line.data[line.size - 1] == '\r') {
            line.size--;
        }
        line = trimmed(line);
        if (line.size != 0 && line.data[0] != '#') {
            (void)snprintf(p->path, sizeof p->path, "line %zu", number);
            read_line(p, line);
        }
    }
}

static void take_initial_values(struct parse *p)
{
    for (size_t i = 0; i < p->table->count; i++) {
        const struct config_key *key = &p->table->keys[i];
        if (p->seen[i]) {
            continue;
        }
        if (key->initial == NULL) {
            faults_add(p->faults, "", "MISSING_KEY", "%s is missing: %s", key->name, key->help);
        } else {
            bool good = read_value(p, key, bytes_of_text(key->initial));
            ensure(good || arena_exhausted(p->arena));
        }
    }
}

bool config_read(const struct config_table *table, struct bytes text, void *ret, struct arena *arena,
                 struct faults *faults)
{
    ensure(table->count <= CONFIG_KEYS_MAX);
    struct parse p = {.table = table, .arena = arena, .faults = faults};
    p.values = arena_zero(arena, 1, table->struct_bytes);
    size_t before = faults->count + faults->more;
    if (text.size > CONFIG_BYTES_MAX) {
        faults_add(faults, "", "TOO_BIG", "it is longer than %zu bytes", CONFIG_BYTES_MAX);
    } else if (p.values != NULL) {
        read_lines(&p, text);
        take_initial_values(&p);
    }
    if (arena_exhausted(arena) && faults->count + faults->more == before) {
        faults_add(faults, "", "NO_MEMORY", "there is no memory to read it");
    }
    if (faults->count + faults->more != before) {
        return false;
    }
    ensure(p.values != NULL);
    memcpy(ret, p.values, table->struct_bytes);
    return true;
}

/* before and line in one string; NULL once the arena is exhausted. */
static char *joined(struct arena *arena, const char *before, const char *line)
{
    return before == NULL || line == NULL ? NULL : arena_format(arena, "%s%s", before, line);
}

char *config_sample(const struct config_table *table, struct arena *arena)
{
    char *text = arena_format(arena, "%s", "");
    for (size_t i = 0; i < table->count; i++) {
        const struct config_key *key = &table->keys[i];
        char *entry = arena_format(arena, "%s# %s (%s).\n%s%s = %s\n", i == 0 ? "" : "\n", key->help,
                                   wanted(key, arena), key->initial == NULL ? "# " : "", key->name,
                                   key->initial == NULL ? "" : key->initial);
        text = joined(arena, text, entry);
    }
    return text;
}

char *config_manual(const struct config_table *table, struct arena *arena)
{
    char *text = arena_format(arena, "%s", "| key | value | if not given | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < table->count; i++) {
        const struct config_key *key = &table->keys[i];
        const char *initial = key->initial == NULL ? "has to be given" : key->initial;
        char *row = arena_format(arena, "| `%s` | %s | %s | %s |\n", key->name, wanted(key, arena), initial,
                                 key->help);
        text = joined(arena, text, row);
    }
    return text;
}
