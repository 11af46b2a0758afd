/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/words.h"

#include <inttypes.h>
#include <string.h>

#include "base/daemon/program.h"
#include "base/text.h"
#include "drills/commit.h" /* made by make: COMITY_COMMIT */

const char *words_build(void)
{
    return COMITY_VERSION " (" COMITY_COMMIT ")";
}

static const char *or_unknown(const char *text)
{
    return text == NULL ? "?" : text;
}

const char *words_span(struct arena *arena, const struct catalogue *words, uint64_t ms)
{
    unsigned long long s = ms / 1000;
    if (s >= 86400) {
        return or_unknown(arena_format(arena, say(words, "%llu d %llu h"), s / 86400, s % 86400 / 3600));
    }
    if (s >= 3600) {
        return or_unknown(arena_format(arena, say(words, "%llu h %llu min"), s / 3600, s % 3600 / 60));
    }
    if (s >= 60) {
        return or_unknown(arena_format(arena, say(words, "%llu min %llu s"), s / 60, s % 60));
    }
    return or_unknown(
        arena_format(arena, say(words, "%llu.%02llu s"), s, (unsigned long long)(ms % 1000 / 10)));
}

const char *words_number(struct arena *arena, uint64_t number)
{
    char text[GROUPED_TEXT];
    return or_unknown(arena_format(arena, "%s", number_grouped(text, number)));
}

const char *words_cases(struct arena *arena, const struct catalogue *words, uint64_t number)
{
    return or_unknown(
        arena_format(arena, say_n(words, "%s case", "%s cases", number), words_number(arena, number)));
}

const char *words_letters(struct arena *arena, const struct catalogue *words, uint64_t number)
{
    return or_unknown(
        arena_format(arena, say_n(words, "%s letter", "%s letters", number), words_number(arena, number)));
}

const char *words_injects(struct arena *arena, const struct catalogue *words, uint64_t number)
{
    return or_unknown(
        arena_format(arena, say_n(words, "%s inject", "%s injects", number), words_number(arena, number)));
}

const char *words_expectations(struct arena *arena, const struct catalogue *words, uint64_t number)
{
    return or_unknown(arena_format(arena, say_n(words, "%s expectation", "%s expectations", number),
                                   words_number(arena, number)));
}

const char *words_faults(struct arena *arena, const struct catalogue *words, uint64_t number)
{
    return or_unknown(
        arena_format(arena, say_n(words, "%s fault", "%s faults", number), words_number(arena, number)));
}

const char *words_lines(struct arena *arena, const char *text)
{
    char *ret = arena_take(arena, 4 * strlen(text) + 1); /* \xNN for a byte */
    size_t at = 0;
    for (const char *line = text; *line != '\0';) {
        size_t size = strcspn(line, "\n");
        const char *quiet = text_quiet(arena, bytes_of(line, size), 4 * size);
        if (ret == NULL || quiet == NULL) {
            return "?";
        }
        size_t length = strlen(quiet);
        memcpy(ret + at, quiet, length);
        at += length;
        line += size;
        if (*line == '\n') {
            ret[at++] = *line++;
        }
    }
    if (ret != NULL) {
        ret[at] = '\0';
    }
    return or_unknown(ret);
}

#define PLAIN_IN_A_SHELL "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:/@%"

const char *words_shell(struct arena *arena, const char *word)
{
    if (word[0] != '\0' && word[strspn(word, PLAIN_IN_A_SHELL)] == '\0') {
        return word;
    }
    char *ret = arena_take(arena, 4 * strlen(word) + 3); /* '\'' for a quote */
    if (ret == NULL) {
        return "?";
    }
    char *at = ret;
    *at++ = '\'';
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'') {
            memcpy(at, "'\\''", 4);
            at += 4;
        } else {
            *at++ = *c;
        }
    }
    *at++ = '\'';
    *at = '\0';
    return ret;
}

const char *words_command(struct arena *arena, const char *subcommand, const char *file,
                          const char *const *sets, size_t set_count, uint64_t seed)
{
    const char *text = arena_format(arena, "comity %s %s", subcommand, words_shell(arena, file));
    for (size_t i = 0; text != NULL && i < set_count; i++) {
        text = arena_format(arena, "%s%s%s", text, " --set ", words_shell(arena, sets[i]));
    }
    text = text == NULL ? NULL : arena_format(arena, "%s%s%" PRIu64, text, " --seed ", seed);
    return text == NULL ? "" : text;
}

const char *words_hash(struct arena *arena, const uint8_t hash[32])
{
    return or_unknown(hex_new(arena, bytes_of(hash, 32)));
}

static const struct {
    const char *name, *says;
    size_t offset;
} members[] = {
#define MEMBER(name, says)                                                                                   \
    {                                                                                                        \
#name, says, offsetof(struct oracle_figures, name)                                                   \
    }
    MEMBER(letters, N_("letters")),
    MEMBER(accepted, N_("envelopes accepted")),
    MEMBER(delivered, N_("delivered")),
    MEMBER(opened, N_("opened")),
    MEMBER(refused, N_("refused")),
    MEMBER(rejected, N_("rejected")),
    MEMBER(expired, N_("expired")),
    MEMBER(duplicates, N_("said again")),
    MEMBER(excused, N_("lost by a fault that excuses it")),
    MEMBER(failed, N_("letters given up")),
#undef MEMBER
};

static uint64_t figure(const struct oracle_figures *figures, size_t index)
{
    return *(const uint64_t *)(const void *)((const char *)figures + members[index].offset);
}

const char *words_figures(struct arena *arena, const struct catalogue *words,
                          const struct oracle_figures *figures)
{
    const char *text = "";
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        text = or_unknown(arena_format(arena, "%s%s%s %s", text, i == 0 ? "" : ", ",
                                       words_number(arena, figure(figures, i)), say(words, members[i].says)));
    }
    return text;
}

json_t *words_figures_json(const struct oracle_figures *figures)
{
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        (void)json_object_set_new(json, members[i].name, json_integer((json_int_t)figure(figures, i)));
    }
    return json;
}
