/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a record as a table and as a hash; both say the same. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "drills/record/csv_line.h"
#include "drills/record/record.h"

#define FIELDS   14
#define ITEM_MAX 64

/* An event in words; the texts live as long as the record, or as this. */
struct line {
    const char *field[FIELDS];
    char at[INSTANT_TEXT_MAX], at_ms[24], id[33], item[ITEM_MAX * 3 + 1];
};

static const char *const names[FIELDS] = {"at",    "at_ms",  "party", "who",   "case", "reference", "inject",
                                          "event", "letter", "why",   "class", "item", "detail",    NULL};

/* "1 3" of the bits; "" for none. */
static void items_write(char *ret, size_t size, uint64_t items, uint32_t item)
{
    size_t used = 0;
    ret[0] = '\0';
    items |= item == 0 ? 0 : UINT64_C(1) << ((item - 1) % ITEM_MAX);
    for (unsigned i = 0; i < ITEM_MAX && used + 4 < size; i++) {
        if ((items >> i & 1) != 0) {
            used += (size_t)snprintf(ret + used, size - used, used == 0 ? "%u" : " %u", i + 1);
        }
    }
}

static const char *or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

static void line_of(const struct drill_record *record, const struct record_event *event, struct line *line)
{
    const struct record_case *it = record_case(record, event->of_case);
    const struct record_letter *letter = record_letter(record, event->letter);
    const struct record_inject *inject = record_inject(record, event->inject);
    const struct record_party *party = record_party(record, event->party);
    (void)instant_write(line->at, (struct instant){.ms = (int64_t)event->at_ms});
    (void)snprintf(line->at_ms, sizeof line->at_ms, "%" PRIu64, event->at_ms);
    (void)hex_write(line->id, it == NULL ? bytes_of(NULL, 0) : bytes_of(it->id, sizeof it->id));
    items_write(line->item, sizeof line->item, letter == NULL ? 0 : letter->items, event->item);
    const char *const fields[FIELDS] = {line->at,
                                        line->at_ms,
                                        party == NULL ? "" : party->address,
                                        or_nothing(event->who),
                                        line->id,
                                        it == NULL ? "" : or_nothing(it->reference),
                                        inject == NULL ? "" : inject->id,
                                        event->what,
                                        letter == NULL ? "" : or_nothing(letter->word),
                                        letter == NULL ? "" : or_nothing(letter->why),
                                        it == NULL ? "" : record_class_letter(it->urgency),
                                        line->item,
                                        or_nothing(event->detail),
                                        NULL};
    memcpy(line->field, fields, sizeof line->field);
}

void record_hash(const struct drill_record *record, uint8_t ret[32])
{
    crypto_generichash_state state;
    ensure(crypto_generichash_init(&state, NULL, 0, 32) == 0);
    for (size_t i = 0; i < record->events.count; i++) {
        struct line line;
        line_of(record, &record->events.list[i], &line);
        for (size_t f = 1; line.field[f] != NULL; f++) { /* the first is the second in other words */
            size_t size = strlen(line.field[f]);
            const uint8_t length[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                                       (uint8_t)size};
            ensure(crypto_generichash_update(&state, length, sizeof length) == 0 &&
                   crypto_generichash_update(&state, (const uint8_t *)line.field[f], size) == 0);
        }
    }
    ensure(crypto_generichash_final(&state, ret, 32) == 0);
}

bool record_write_csv(const struct drill_record *record, bool (*put)(void *context, const char *, size_t),
                      void *context)
{
    const struct csv_out out = {.put = put, .context = context};
    bool good = csv_line(&out, names);
    for (size_t i = 0; good && i < record->events.count; i++) {
        struct line line;
        line_of(record, &record->events.list[i], &line);
        good = csv_line(&out, line.field);
    }
    return good;
}
