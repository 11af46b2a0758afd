/* SPDX-License-Identifier: Apache-2.0 */
#include "base/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/plural.h"
#include "base/text.h"

#define MAGIC         UINT32_C(0x950412de)
#define MAGIC_SWAPPED UINT32_C(0xde120495)
#define HEAD_BYTES                                                                                           \
    20 /* magic, revision, number of texts, where the originals, where the translations are listed */
#define PLACE_BYTES 8 /* size and offset of a text */

struct entry {
    const char *msgid;
    const char *many;                   /* NULL: it has no plural */
    const char *form[PLURAL_FORMS_MAX]; /* of a text without a plural the first alone */
    size_t forms;
};

struct catalogue {
    struct plural plural;
    size_t count;
    struct entry *entries; /* by msgid */
};

struct file {
    struct bytes bytes;
    bool swapped;
    size_t count, originals, translations;
};

/* --- reading the file --- */

static uint32_t number_at(const struct file *file, size_t offset)
{
    const uint8_t *b = file->bytes.data + offset;
    return file->swapped ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | (uint32_t)b[3]
                         : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | (uint32_t)b[0];
}

static bool table_fits(const struct file *file, size_t offset)
{
    return offset >= HEAD_BYTES && offset <= file->bytes.size &&
           (file->bytes.size - offset) / PLACE_BYTES >= file->count;
}

static bool read_head(struct bytes bytes, struct file *ret)
{
    struct file file = {.bytes = bytes};
    if (bytes.size < HEAD_BYTES || bytes.size > CATALOGUE_BYTES_MAX) {
        return false;
    }
    uint32_t magic = number_at(&file, 0);
    file.swapped = magic == MAGIC_SWAPPED;
    if (!file.swapped && magic != MAGIC) {
        return false;
    }
    uint32_t major = number_at(&file, 4) >> 16;
    file.count = number_at(&file, 8);
    file.originals = number_at(&file, 12);
    file.translations = number_at(&file, 16);
    *ret = file;
    return major <= 1 && file.count <= CATALOGUE_ENTRIES_MAX && table_fits(&file, file.originals) &&
           table_fits(&file, file.translations);
}

/* A text with its zero byte inside the file; zeros within it part the forms of a plural. */
static bool text_at(const struct file *file, size_t table, size_t i, struct bytes *ret)
{
    size_t size = number_at(file, table + i * PLACE_BYTES);
    size_t offset = number_at(file, table + i * PLACE_BYTES + 4);
    if (offset >= file->bytes.size || size >= file->bytes.size - offset ||
        file->bytes.data[offset + size] != 0) {
        return false;
    }
    *ret = bytes_of(file->bytes.data + offset, size);
    return true;
}

/* --- one translation --- */

/* The C strings in a text that zeros part; 0: more than there is room for. */
static size_t split(struct bytes text, const char *ret[PLURAL_FORMS_MAX])
{
    size_t count = 0;
    for (size_t at = 0; at <= text.size; at += strlen((const char *)text.data + at) + 1) {
        if (count == PLURAL_FORMS_MAX) {
            return 0;
        }
        ret[count++] = (const char *)text.data + at;
    }
    return count;
}

/* A form of a plural may say the number in words: what is given to printf beyond its conversions is left aside. */
static bool form_good(const char *one, const char *many, const char *form)
{
    return form[0] != '\0' && text_is_showable(bytes_of_text(form)) &&
           (formats_agree(one, form) ||
            (many != NULL && (formats_agree(many, form) || formats_agree("", form))));
}

static bool entry_good(const struct catalogue *c, struct bytes original, struct bytes translation,
                       struct entry *ret)
{
    const char *ids[PLURAL_FORMS_MAX] = {NULL};
    struct entry entry = {.forms = 0};
    entry.forms = split(translation, entry.form);
    size_t count = split(original, ids);
    if (count < 1 || count > 2 || entry.forms != (count == 2 ? c->plural.forms : 1)) {
        return false;
    }
    for (size_t i = 0; i < entry.forms; i++) {
        if (!form_good(ids[0], ids[1], entry.form[i])) {
            return false;
        }
    }
    entry.msgid = ids[0];
    entry.many = ids[1];
    *ret = entry;
    return true;
}

/* --- the header: the translation of the empty text --- */

/* What follows "name: " on a line of its own. */
static struct bytes header_field(struct bytes header, const char *name)
{
    size_t size = strlen(name);
    for (size_t at = 0; at < header.size;) {
        const uint8_t *line = header.data + at;
        const uint8_t *end = memchr(line, '\n', header.size - at);
        size_t length = end == NULL ? header.size - at : (size_t)(end - line);
        if (length > size && memcmp(line, name, size) == 0) {
            return bytes_of(line + size, length - size);
        }
        at += length + 1;
    }
    return bytes_of(NULL, 0);
}

static bool header_good(struct catalogue *c, struct bytes header)
{
    static const char charset[] = "charset=UTF-8";
    struct bytes type = header_field(header, "Content-Type:");
    struct bytes plural = header_field(header, "Plural-Forms:");
    const size_t size = sizeof charset - 1;
    bool utf8 = type.size >= size && memcmp(type.data + type.size - size, charset, size) == 0;
    plural_default(&c->plural);
    return utf8 && (plural.size == 0 || plural_read(plural, &c->plural));
}

/* --- all of it --- */

/* Originals ascend, each once: msgfmt sorts them. */
static bool in_order(const struct file *file)
{
    struct bytes before = bytes_of(NULL, 0);
    for (size_t i = 0; i < file->count; i++) {
        struct bytes text, translation;
        if (!text_at(file, file->originals, i, &text) ||
            !text_at(file, file->translations, i, &translation) ||
            (i != 0 && strcmp((const char *)before.data, (const char *)text.data) >= 0)) {
            return false;
        }
        before = text;
    }
    return true;
}

static size_t take_entries(struct catalogue *c, const struct file *file)
{
    size_t refused = 0;
    for (size_t i = 1; i < file->count; i++) {
        struct bytes original = {.size = 0}, translation = {.size = 0};
        bool good = text_at(file, file->originals, i, &original) &&
                    text_at(file, file->translations, i, &translation) &&
                    entry_good(c, original, translation, &c->entries[c->count]);
        c->count += good ? 1 : 0;
        refused += good ? 0 : 1;
    }
    return refused;
}

enum catalogue_outcome catalogue_read(struct bytes bytes, struct arena *arena, const struct catalogue **ret,
                                      size_t *ret_refused)
{
    struct file file;
    struct bytes original, header;
    if (!read_head(bytes, &file)) {
        return CATALOGUE_FORMAT;
    }
    file.bytes = arena_copy(arena, bytes);
    struct catalogue *c = arena_zero(arena, 1, sizeof *c);
    if (file.bytes.data == NULL || c == NULL) {
        return CATALOGUE_MEMORY;
    }
    if (file.count == 0 || !in_order(&file) || !text_at(&file, file.originals, 0, &original) ||
        original.size != 0 || !text_at(&file, file.translations, 0, &header) || !header_good(c, header)) {
        return CATALOGUE_FORMAT;
    }
    c->entries = arena_zero(arena, file.count, sizeof *c->entries);
    if (c->entries == NULL) {
        return CATALOGUE_MEMORY;
    }
    size_t refused = take_entries(c, &file);
    if (ret_refused != NULL) {
        *ret_refused = refused;
    }
    *ret = c;
    return CATALOGUE_OK;
}

/* --- looking up --- */

static int by_msgid(const void *msgid, const void *entry)
{
    return strcmp(msgid, ((const struct entry *)entry)->msgid);
}

static const struct entry *find(const struct catalogue *c, const char *msgid)
{
    return c == NULL || c->count == 0 ? NULL
                                      : bsearch(msgid, c->entries, c->count, sizeof *c->entries, by_msgid);
}

/* The file's own words were looked at beside its translations: they must be the very words of the caller. */
const char *say(const struct catalogue *c, const char *msgid)
{
    const struct entry *entry = find(c, msgid);
    return entry == NULL || entry->many != NULL ? msgid : entry->form[0];
}

const char *say_n(const struct catalogue *c, const char *one, const char *many, uint64_t number)
{
    const struct entry *entry = find(c, one);
    if (entry == NULL || entry->many == NULL || strcmp(entry->many, many) != 0) {
        return number == 1 ? one : many;
    }
    return entry->form[plural_form(&c->plural, number)];
}
