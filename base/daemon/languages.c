/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/languages.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon/files.h"

#define FOLDER_BY "COMITY_LOCALE_DIR"
#define SOURCE    "en"
#define LIST_MAX  64 /* languages of a header that are looked at */

/* --- files --- */

static const char *folder(struct arena *arena)
{
    const char *named = getenv(FOLDER_BY);
    char self[PATH_MAX];
    if (named != NULL && named[0] != '\0') {
        return named;
    }
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size <= 0) {
        return NULL;
    }
    self[size] = '\0';
    char *slash = strrchr(self, '/');
    return slash == NULL ? NULL : arena_format(arena, "%.*s/../share/locale", (int)(slash - self), self);
}

/* Letters, digits and "_" only: no name leads elsewhere. */
static bool is_name(const char *name)
{
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return size >= 2 && size < LANGUAGE_NAME_MAX && name[size] == '\0';
}

static bool read_one(const char *in, const char *name, struct arena *arena, struct language *ret)
{
    const char *path =
        in == NULL || !is_name(name) ? NULL : arena_format(arena, "%s/%s/LC_MESSAGES/comity.mo", in, name);
    struct bytes file;
    if (path == NULL || files_read(path, CATALOGUE_BYTES_MAX, arena, &file, NULL) != FILES_OK ||
        catalogue_read(file, arena, &ret->words, NULL) != CATALOGUE_OK) {
        return false;
    }
    (void)snprintf(ret->name, sizeof ret->name, "%s", name);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct language *)a)->name, ((const struct language *)b)->name);
}

void languages_read(struct languages *languages, struct arena *arena)
{
    const char *in = folder(arena);
    DIR *directory = in == NULL ? NULL : opendir(in);
    *languages = (struct languages){.count = 0};
    if (directory == NULL) {
        return;
    }
    const struct dirent *entry = NULL;
    while (languages->count < LANGUAGES_MAX && (entry = readdir(directory)) != NULL) {
        languages->count += read_one(in, entry->d_name, arena, &languages->list[languages->count]) ? 1 : 0;
    }
    (void)closedir(directory);
    qsort(languages->list, languages->count, sizeof languages->list[0], by_name);
}

/* --- which one --- */

/* "de-CH" as a folder names it, "de_CH"; false: it is none. */
static bool name_of(const char *text, size_t size, char ret[LANGUAGE_NAME_MAX])
{
    if (size >= LANGUAGE_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        ret[i] = text[i] == '-' ? '_' : text[i];
    }
    ret[size] = '\0';
    return is_name(ret);
}

static bool is_source(const char *name)
{
    return strncmp(name, SOURCE, 2) == 0 && (name[2] == '\0' || name[2] == '_');
}

static const struct language *find(const struct languages *languages, char name[LANGUAGE_NAME_MAX])
{
    static const struct language source = {.name = ""};
    for (;;) {
        for (size_t i = 0; i < languages->count; i++) {
            if (strcmp(languages->list[i].name, name) == 0) {
                return &languages->list[i];
            }
        }
        char *last = strrchr(name, '_');
        if (last == NULL) {
            return is_source(name) ? &source : NULL;
        }
        *last = '\0';
    }
}

/* ";q=0.8" in thousandths; 1000 where there is none. */
static unsigned quality(const char *parameters, size_t size)
{
    const char *end = parameters + size;
    const char *at = parameters;
    while (at < end && (*at == ';' || *at == ' ' || *at == '\t')) {
        at++;
    }
    if (end - at < 3 || (*at != 'q' && *at != 'Q') || at[1] != '=') {
        return 1000;
    }
    unsigned value = at[2] == '1' ? 1000 : 0, worth = 100;
    for (at += 4; value < 1000 && at < end && *at >= '0' && *at <= '9'; at++, worth /= 10) {
        value += (unsigned)(*at - '0') * worth; /* digits after the third are worth nothing */
    }
    return value;
}

const struct language *languages_accepted(const struct languages *languages, const char *header)
{
    static const struct language source = {.name = ""};
    const struct language *best = &source;
    unsigned best_quality = 0;
    size_t looked = 0;
    for (const char *at = header; at != NULL && *at != '\0' && looked < LIST_MAX; looked++) {
        at += strspn(at, ", \t");
        size_t whole = strcspn(at, ",");
        size_t size = strcspn(at, ",; \t");
        char name[LANGUAGE_NAME_MAX];
        unsigned q = quality(at + size, whole - size);
        const struct language *found =
            q > best_quality && name_of(at, size, name) ? find(languages, name) : NULL;
        if (found != NULL) {
            best = found;
            best_quality = q;
        }
        at += whole;
    }
    return best;
}

/* --- the environment --- */

static const char *locale_named(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }
    return "C";
}

/* "de_CH.UTF-8@euro": the language and the country; then the language alone. */
static bool take_locale(const char *in, const char *text, size_t size, struct arena *arena,
                        struct language *ret)
{
    char name[LANGUAGE_NAME_MAX];
    size_t bare = strcspn(text, ".@:");
    if (!name_of(text, bare < size ? bare : size, name)) {
        return false;
    }
    for (;;) {
        if (read_one(in, name, arena, ret) || is_source(name)) {
            return true;
        }
        char *last = strrchr(name, '_');
        if (last == NULL) {
            return false;
        }
        *last = '\0';
    }
}

void language_of_environment(struct language *ret, struct arena *arena)
{
    const char *locale = locale_named();
    const char *list = getenv("LANGUAGE");
    *ret = (struct language){.name = ""};
    if (strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0 || strncmp(locale, "C.", 2) == 0) {
        return;
    }
    const char *in = folder(arena);
    if (list == NULL || list[0] == '\0') {
        (void)take_locale(in, locale, strlen(locale), arena, ret);
        return;
    }
    for (size_t size = 0; *list != '\0'; list += size + (list[size] == ':')) {
        size = strcspn(list, ":");
        if (take_locale(in, list, size, arena, ret)) {
            return;
        }
    }
}
