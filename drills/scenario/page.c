/* SPDX-License-Identifier: Apache-2.0 */
/* docs/drills/scenario.md, from the tables. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/scenario/schema.h"
#include "drills/scenario/tree.h"

const char schema_example[] =
    "scenario: 1\n"
    "title: One request\n"
    "clock: {start: 2026-11-19T00:00:00Z, length: 10d}\n"
    "times:\n"
    "  first-look: {p0: 2m, p50: 15m, p90: 75m, p100: 6h}\n"
    "  hoster: {p0: 1h, p50: 30h, p95: 6d, p100: 20d}\n"
    "desks:\n"
    "  day-and-night: {hours: 24/7, people: 2}\n"
    "  office: {hours: office, people: 1, on_call: yes}\n"
    "habits:\n"
    "  plain: {power: own, times: {look: first-look}, chances: {ask: 25 %}}\n"
    "states:\n"
    "  - {code: XA, name: Aldoria, zone: Asia/Ho_Chi_Minh, units: [{name: poc, desk: day-and-night, habits: "
    "plain}]}\n"
    "  - {code: XB, name: Bravonia, zone: Europe/Lisbon, units: [{name: poc, desk: office, habits: plain}]}\n"
    "providers:\n"
    "  - name: Example Hosting\n"
    "    state: XB\n"
    "    custodian: hoster\n"
    "    data: [{label: logs, kind: TRAFFIC, identifier: {kind: IP_ADDRESS, value: 203.0.113.77}, until: day "
    "8 00:00 XB}]\n"
    "injects:\n"
    "  - {id: ask, at: day 2 21:00 XA, kind: request, from: XA/poc, to: XB/poc, type: preservation, data: "
    "[logs]}\n"
    "expect:\n"
    "  - {id: answered, who: XB/poc, what: acknowledged, of: ask, by: 60m}\n"
    "  - {id: held, who: XB/poc, what: held, of: ask, by: day 8 00:00 XB, weight: 3}\n";

/* clang-format off */
static void put_intro(FILE *out)
{
    (void)fputs("# The scenario file\n\n<!-- Written from drills/scenario/keys.def: make docs -->\n\n", out);
    (void)fprintf(out,
        "A scenario is one document of YAML in UTF-8: at most %zu KiB a file, %d deep, %d values with all that is included.\n"
        "Anchors, aliases and tags are not taken; a key stands once. `comity drill check FILE` reads it and says what it\n"
        "understood, or all that is wrong, with line, column and the nearest right word.\n\n",
        TREE_BYTES_MAX / 1024, TREE_DEPTH_MAX, TREE_NODES_MAX);
    (void)fputs(
        "- **Times** are RFC 3339 with a zone, or `day 3 09:00 XB`: the local time of a State, where day 1 is the date of the\n"
        "  start of the clock as it is written. **Spans** are `90s`, `15m`, `4h`, `3d`, `1d 12h`; where it says so, also `2wd`:\n"
        "  working days of who owes it. **Chances** are `30 %` or `1 in 300`. Nothing is a floating-point number.\n"
        "- **Distributions** are tables of quantiles, `{p0: 2m, p50: 15m, p90: 75m, p100: 6h}`, straight between the points;\n"
        "  `p0` and `p100` must be there.\n"
        "- **`include`** lists files beside this one. Maps are merged, lists appended; what stands twice is a mistake that\n"
        "  names both places. A file that comes in by two ways is taken once.\n"
        "- **`parameters`** maps names to defaults; `${name}` stands for one in any text. One without a default has to be given.\n"
        "- **`--set NAME=VALUE`** gives a parameter, or lays a value over a path of keys, where an element of a list goes by its\n"
        "  code, name, id or label: `--set states.XB.units.poc.people=3`. `desk.XB.people` is short for the unit `poc` of XB.\n"
        "- The **hash** is SHA-256 of what is left when includes are in and parameters filled: as JSON without white space, keys in\n"
        "  the order of their bytes. Comments, order of keys and division into files leave no trace in it; any changed value does.\n",
        out);
    (void)fprintf(out, "\nA whole one:\n\n```yaml\n%s```\n", schema_example);
}
/* clang-format on */

static void put_section(FILE *out, enum section_id id, struct arena *arena)
{
    size_t count = 0;
    const struct schema_section *section = schema_section(id);
    const struct schema_key *keys = schema_keys(id, &count);
    (void)fprintf(
        out,
        "\n## %s\n\n%s%s| key | needed | what stands there | what for | such as |\n|---|---|---|---|---|\n",
        section->title, section->about, section->about[0] == '\0' ? "" : "\n\n");
    for (size_t i = 0; i < count; i++) {
        const struct schema_key *key = &keys[i];
        const char *kinds = schema_kinds(id, key, arena);
        const char *form = schema_form_text(key, NULL, arena);
        ensure(kinds != NULL && form != NULL);
        (void)fprintf(out, "| %s%s%s | %s%s%s%s | %s | %s%s%s%s | `%s` |\n", key->word[0] == '\0' ? "" : "`",
                      key->word[0] == '\0' ? "*name*" : key->word, key->word[0] == '\0' ? "" : "`",
                      key->needed ? "yes" : "", key->initial == NULL ? "" : "else `",
                      key->initial == NULL ? "" : key->initial, key->initial == NULL ? "" : "`", form,
                      key->about, kinds[0] == '\0' ? "" : " (only for: ", kinds, kinds[0] == '\0' ? "" : ")",
                      key->example);
    }
}

static void put_words(FILE *out, enum word_list list)
{
    (void)fprintf(out, "\n### %c%s\n\n| word | what it means |\n|---|---|\n",
                  schema_list_title(list)[0] - 'a' + 'A', schema_list_title(list) + 1);
    for (size_t i = 1; schema_word(list, i) != NULL; i++) {
        (void)fprintf(out, "| `%s` | %s |\n", schema_word(list, i), schema_meaning(list, i));
    }
}

const char *schema_page(struct arena *arena)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ensure(out != NULL);
    put_intro(out);
    for (unsigned id = 0; id < SECTIONS; id++) {
        put_section(out, (enum section_id)id, arena);
    }
    (void)fputs("\n## Words\n", out);
    for (unsigned list = WORDS_NONE + 1; list < WORD_LISTS; list++) {
        put_words(out, (enum word_list)list);
    }
    ensure(fclose(out) == 0);
    const char *copy = (const char *)arena_copy(arena, bytes_of(text, size)).data;
    free(text);
    return copy;
}
