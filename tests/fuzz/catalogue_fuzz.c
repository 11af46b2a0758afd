/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile catalogues, formats and plural expressions. A catalogue that is read: what it says of a text is a format as that text is. */
#include <stdlib.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/ensure.h"
#include "base/plural.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_texts(const struct catalogue *c)
{
    static const char *const texts[] = {"", "a", "%s", "%s is %u", "%zu letter", "hello"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ensure(formats_agree(texts[i], say(c, texts[i])));
    }
    for (uint64_t n = 0; n < 12; n++) {
        const char *text = say_n(c, "%zu letter", "%zu letters", n);
        ensure(formats_agree("%zu", text) || formats_agree("", text));
    }
}

static void check_plural(struct bytes input)
{
    struct plural plural;
    if (plural_read(input, &plural)) {
        for (uint64_t n = 0; n < 300; n++) {
            ensure(plural_form(&plural, n * n * n) < plural.forms);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)1024 * 1024);
    const struct catalogue *c = NULL;
    if (arena == NULL) {
        abort();
    }
    if (catalogue_read(bytes_of(data, size), arena, &c, NULL) == CATALOGUE_OK) {
        check_texts(c);
    }
    check_plural(bytes_of(data, size));
    const char *text = (const char *)arena_copy(arena, bytes_of(data, size)).data;
    ensure(text == NULL || formats_agree(text, text) || strchr(text, '%') != NULL);
    arena_free(arena);
    return 0;
}
