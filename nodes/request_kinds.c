/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/request_kinds.h"

#include <string.h>

#include "base/ensure.h"

/* Numbers of the kinds, and sets of them: one bit each. */
enum {
#define KIND(word, name, type, path, value, title, about) KIND_##word,
#include "nodes/request_kinds.def"
#undef KIND
    KINDS,
};
_Static_assert(KINDS <= 32, "a set of kinds has 32 bits");

#define IS(word) (UINT32_C(1) << KIND_##word)
#define ALL      (~UINT32_C(0))
#define LIVE     (IS(REALTIME_TRAFFIC) | IS(INTERCEPTION))
#define DATA     (IS(PRESERVATION) | IS(STORED_DATA) | LIVE)
#define MONEY    (IS(TRACE_PROCEEDS) | IS(RECOVER_PROCEEDS) | IS(CONFISCATION))
#define PERSONAL                                                                                             \
    (IS(TAKE_EVIDENCE) | IS(SERVE_DOCUMENTS) | IS(SEARCH_SEIZURE) | IS(APPEARANCE) | IS(EMERGENCY))
#define ACTS                                                                                                 \
    (IS(TAKE_EVIDENCE) | IS(SERVE_DOCUMENTS) | IS(SEARCH_SEIZURE) | IS(EXAMINE_SITE) | IS(EXPERT) |          \
     IS(RECORDS) | IS(APPEARANCE))
#define MLAS     (IS(STORED_DATA) | LIVE | MONEY | ACTS)
#define ASKABOUT (IS(LOCATE_PROVIDER) | IS(POLICE_INFO))
#define ENQUIRIES                                                                                            \
    (ASKABOUT | IS(ADVICE) | IS(LEGAL_INFO) | IS(LOCATE_SUSPECT) | IS(JOINT_INVESTIGATION) |                 \
     IS(ONWARD_TRANSFER) | IS(FREEZE_ALERT))
#define OFFERS  (IS(SPONTANEOUS) | IS(PROCEEDS))
#define BINDING (IS(PRESERVATION) | MLAS | IS(EMERGENCY))
#define WRITTEN (ALL & ~IS(PING))

static const struct request_kind kinds[] = {
#define KIND(word, called, of_type, at_path, with_value, heading, text)                                      \
    {.name = (called),                                                                                       \
     .type = COMITY__REQUEST__TYPE__##of_type,                                                               \
     .type_word = #of_type,                                                                                  \
     .path = (at_path),                                                                                      \
     .value = (with_value),                                                                                  \
     .title = (heading),                                                                                     \
     .about = (text),                                                                                        \
     .number = KIND_##word},
#include "nodes/request_kinds.def"
#undef KIND
};

enum { MAY, NEEDED };

static const struct {
    uint32_t kinds;
    struct request_field field;
} fields[] = {
#define FIELD(set, at, need, such_as, because)                                                               \
    {(set), {.path = (at), .needed = (need) == NEEDED, .example = (such_as), .why = (because)}},
#include "nodes/fields.def"
#undef FIELD
};

const struct request_kind *request_kinds(size_t *ret_count)
{
    *ret_count = KINDS;
    return kinds;
}

const struct request_kind *request_kind_find(const char *name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* The word at the path that makes a kind; NULL: nothing is there. */
static const char *word_of(const Comity__Request *m, const char *path)
{
    const ProtobufCEnumValue *word = NULL;
    if (strcmp(path, "enquiry.topic") == 0 && m->enquiry != NULL) {
        word =
            protobuf_c_enum_descriptor_get_value(&comity__enquiry__topic__descriptor, (int)m->enquiry->topic);
    } else if (strcmp(path, "items[0].measure") == 0 && m->n_items > 0) {
        word = protobuf_c_enum_descriptor_get_value(&comity__item__measure__descriptor,
                                                    (int)m->items[0]->measure);
    } else if (strcmp(path, "offer.proceeds") == 0 && m->offer != NULL && m->offer->proceeds) {
        return "true";
    }
    return word == NULL ? NULL : word->name;
}

const struct request_kind *request_kind_of(const Comity__Request *m)
{
    const struct request_kind *found = NULL;
    for (size_t i = 0; i < KINDS; i++) {
        const char *word = kinds[i].path[0] == '\0' ? "" : word_of(m, kinds[i].path);
        if (kinds[i].type == m->type && word != NULL && strcmp(word, kinds[i].value) == 0) {
            found = &kinds[i]; /* the last that fits is the nearer one: proceeds are information, too */
        }
    }
    return found;
}

size_t request_fields(const struct request_kind *kind, struct request_field ret[REQUEST_FIELDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if ((fields[i].kinds >> kind->number & 1U) != 0) {
            ensure(count < REQUEST_FIELDS_MAX);
            ret[count++] = fields[i].field;
        }
    }
    return count;
}
