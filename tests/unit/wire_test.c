/* SPDX-License-Identifier: Apache-2.0 */
/* The strict scanner, one hand-made message a rule; limits.def against the descriptors; the bombs. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "proto/limits.h"
#include "proto/wire.h"
#include "tests/fuzz/scan_fuzz.c" /* the fuzz target's function, to replay its corpus */

#define ZEROS_31 "00000000000000000000000000000000000000000000000000000000000000"

struct scan_case {
    const char *name;
    const ProtobufCMessageDescriptor *type;
    const char *hex;
    enum wire_outcome outcome;
    const char *path;   /* NULL when accepted */
    const char *reason; /* the beginning of it */
};

#define HEAD    &comity__head__descriptor
#define GOSSIP  &comity__gossip__descriptor
#define REQUEST &comity__request__descriptor
#define LETTER  &comity__letter__descriptor
#define HELD    &comity__held__descriptor
#define INSTANT &comity__instant__descriptor
#define GOOD    WIRE_OK, NULL, NULL

static const struct scan_case scan_cases[] = {
    {"a number", HEAD, "0801", GOOD},
    {"all fields", HEAD, "0801150100000 01d020000002220" ZEROS_31 "01", GOOD},
    {"nothing at all", LETTER, "", GOOD},
    {"the largest uint32", HEAD, "08ffffffff0f", GOOD},

    {"zero uint32", HEAD, "0800", WIRE_ENCODING, "Head.lane", "explicit zero"},
    {"zero fixed32", HEAD, "1500000000", WIRE_ENCODING, "Head.incarnation", "explicit zero"},
    {"zero fixed64", &comity__ping__descriptor, "090000000000000000", WIRE_ENCODING, "Ping.nonce",
     "explicit zero"},
    {"zero bool", &comity__rejected__descriptor, "2000", WIRE_ENCODING, "Rejected.temporary",
     "explicit zero"},
    {"zero enum", REQUEST, "0800", WIRE_ENCODING, "Request.type", "explicit zero"},
    {"zero sint64", INSTANT, "0800", WIRE_ENCODING, "Instant.ms", "explicit zero"},
    {"zero in a packed list", HELD, "0a020100", WIRE_ENCODING, "Held.items", "explicit zero"},
    {"empty bytes", HEAD, "2200", WIRE_ENCODING, "Head.id", "empty text or bytes"},
    {"empty string", REQUEST, "1200", WIRE_ENCODING, "Request.reference", "empty text or bytes"},
    {"empty repeated bytes", &comity__inner__descriptor, "1a00", WIRE_ENCODING, "Inner.signature",
     "empty text"},
    {"empty packed list", HELD, "0a00", WIRE_ENCODING, "Held.items", "empty list"},
    {"empty message", REQUEST, "4a00", WIRE_ENCODING, "Request.necessity", "empty message"},
    {"empty member of a oneof", LETTER, "6a00", GOOD},
    {"empty Instant", &comity__period__descriptor, "0a00", GOOD},
    {"empty element", REQUEST, "4200", GOOD},

    {"bool of 2", &comity__rejected__descriptor, "2002", WIRE_ENCODING, "Rejected.temporary", "bool"},
    {"enum beyond its names", REQUEST, "0808", WIRE_ENCODING, "Request.type", "unknown value"},
    {"enum beyond an int", REQUEST, "08ffffffff0f", WIRE_ENCODING, "Request.type", "unknown value"},
    {"enum beyond its names, packed", &comity__offence__descriptor, "0a0163", WIRE_ENCODING, "Offence.codes",
     "unknown value"},
    {"uint32 of 2^32", HEAD, "088080808010", WIRE_ENCODING, "Head.lane", "number too large"},
    {"uint32 of 35 bits", HEAD, "08ffffffff7f", WIRE_ENCODING, "Head.lane", "number too large"},
    {"varint of 65 bits", INSTANT, "08ffffffffffffffffff02", WIRE_ENCODING, "Instant.ms", "number too large"},
    {"varint of 11 bytes", INSTANT, "08ffffffffffffffffffff01", WIRE_ENCODING, "Instant.ms",
     "number too large"},
    {"long varint", HEAD, "088100", WIRE_ENCODING, "Head.lane", "number not in its shortest form"},
    {"long tag", HEAD, "880001", WIRE_ENCODING, "Head", "number not in its shortest form"},
    {"long length", REQUEST, "12810061", WIRE_ENCODING, "Request.reference",
     "number not in its shortest form"},

    {"cut after the tag", HEAD, "08", WIRE_ENCODING, "Head.lane", "cut off"},
    {"cut in a varint", HEAD, "0881", WIRE_ENCODING, "Head.lane", "cut off"},
    {"cut in a fixed32", HEAD, "15010000", WIRE_ENCODING, "Head.incarnation", "cut off"},
    {"cut in bytes", HEAD, "22200001", WIRE_ENCODING, "Head.id", "longer than what holds it"},
    {"length of 2^64-1", HEAD, "22ffffffffffffffffff01", WIRE_ENCODING, "Head.id",
     "longer than what holds it"},
    {"a part longer than the whole", GOSSIP, "1a030801", WIRE_ENCODING, "Gossip.received", "longer than"},
    {"a value longer than its part", GOSSIP, "1a0115 01000000", WIRE_ENCODING, "Head.incarnation", "cut off"},
    {"a number longer than its list", HELD, "0a018101", WIRE_ENCODING, "Held.items",
     "longer than what holds it"},

    {"singular twice", HEAD, "08010801", WIRE_ENCODING, "Head.lane", "field repeated"},
    {"packed list twice", HELD, "0a01010a0102", WIRE_ENCODING, "Held.items", "field repeated"},
    {"descending", HEAD, "15010000000801", WIRE_ENCODING, "Head", "fields not ascending"},
    {"repeated apart", GOSSIP, "1a020801220208011a020801", WIRE_ENCODING, "Gossip", "fields not ascending"},
    {"repeated together", GOSSIP, "1a0208011a02080222020801", GOOD},
    {"unknown field", HEAD, "2a0101", WIRE_ENCODING, "Head", "unknown field"},
    {"unknown field 16", HEAD, "800101", WIRE_ENCODING, "Head", "unknown field"},
    {"field number 0", HEAD, "0001", WIRE_ENCODING, "Head", "no such field number"},
    {"field number 0, 8 bytes", HEAD, "010000000000000000", WIRE_ENCODING, "Head", "no such field number"},
    {"field number of 30 bits", GOSSIP, "8080808010 01", WIRE_ENCODING, "Gossip", "no such field number"},
    {"wrong wire type", HEAD, "0d01000000", WIRE_ENCODING, "Head.lane", "wrong wire type"},
    {"a group", HEAD, "0b0c", WIRE_ENCODING, "Head.lane", "wrong wire type"},
    {"unpacked scalars", HELD, "0801", WIRE_ENCODING, "Held.items", "wrong wire type"},
    {"packed scalars", HELD, "0a0301ac02", GOOD},
    {"two members of a oneof", LETTER, "6a007200", WIRE_ENCODING, "Letter.status", "two members of a oneof"},
    {"one member twice", LETTER, "6a006a00", WIRE_ENCODING, "Letter.status_ask", "field repeated"},
    {"the last member of the oneof", LETTER, "c20300", GOOD},
    {"what stands beside the oneof", LETTER, "6a00a2060 30a0101", GOOD},
    {"what stands beside it, alone", LETTER, "a206030a0101", GOOD},
    {"what stands beside it, empty", LETTER, "6a00a20600", WIRE_ENCODING, "Letter.acted", "empty message"},
    {"what stands beside it, before it", LETTER, "a206030a01016a00", WIRE_ENCODING, "Letter",
     "fields not ascending"},
    {"a number between the members", LETTER, "ca0300", WIRE_ENCODING, "Letter", "unknown field"},

    {"NUL in a line", REQUEST, "1203610062", WIRE_ENCODING, "Request.reference", "not one line"},
    {"NUL in a text", REQUEST, "3a03610062", WIRE_ENCODING, "Request.facts", "not showable text"},
    {"LF in a line", REQUEST, "1203610a62", WIRE_ENCODING, "Request.reference", "not one line"},
    {"LF in a text", REQUEST, "3a03610a62", GOOD},
    {"ff in a text", REQUEST, "3a01ff", WIRE_ENCODING, "Request.facts", "not showable text"},
    {"a surrogate in a text", REQUEST, "3a03eda080", WIRE_ENCODING, "Request.facts", "not showable text"},
    {"an overlong character", REQUEST, "3a02c080", WIRE_ENCODING, "Request.facts", "not showable text"},
    {"a direction override", REQUEST, "3a03e280ae", WIRE_ENCODING, "Request.facts", "not showable text"},
    {"an address", &comity__ask_again__descriptor, "0a0658412f706f63", GOOD},
    {"an address in lower case", &comity__ask_again__descriptor, "0a0678612f706f63", WIRE_ENCODING,
     "AskAgain.from", "not an address"},
    {"a date", &comity__mla__descriptor, "120a323032362d31322d3135", GOOD},
    {"30 February", &comity__mla__descriptor, "120a323032362d30322d3330", WIRE_ENCODING, "Mla.planned_by",
     "not a date"},
    {"a State", &comity__not_held__descriptor, "22025843", GOOD},
    {"a State in lower case", &comity__not_held__descriptor, "22025863", WIRE_ENCODING, "NotHeld.state",
     "not a State"},

    {"31 bytes for 32", HEAD, "221f" ZEROS_31, WIRE_LIMIT, "Head.id", "size outside"},
    {"33 bytes for 32", HEAD, "2221" ZEROS_31 "0000", WIRE_LIMIT, "Head.id", "size outside"},
    {"a path of one hash and a bit", &comity__proof__descriptor, "2221" ZEROS_31 "0000", WIRE_LIMIT,
     "Proof.path", "size outside"},
    {"offset +23:59", INSTANT, "10be16", GOOD},
    {"offset +24:00", INSTANT, "10c016", WIRE_LIMIT, "Instant.offset_min", "number outside"},
    {"offset -23:59", INSTANT, "10bd16", GOOD},
    {"offset -24:00", INSTANT, "10bf16", WIRE_LIMIT, "Instant.offset_min", "number outside"},
    {"the end of time", INSTANT, "08feffffffffffffffff01", WIRE_LIMIT, "Instant.ms", "number outside"},
    {"the first field outside counts", INSTANT, "08feffffffffffffffff0110c016", WIRE_LIMIT, "Instant.ms",
     "number outside"},
    {"the form is answered for before the content", HEAD, "2201ff2a00", WIRE_ENCODING, "Head",
     "unknown field"},

    {"Gossip skips a varint", GOSSIP, "800105", GOOD},
    {"Gossip skips a zero", GOSSIP, "800100", GOOD},
    {"Gossip skips 8 bytes", GOSSIP, "81010000000000000000", GOOD},
    {"Gossip skips bytes", GOSSIP, "820102ffff", GOOD},
    {"Gossip skips 4 bytes", GOSSIP, "850100000000", GOOD},
    {"Gossip skips what ascends", GOSSIP, "1a020801800105880105", GOOD},
    {"Gossip knows its own 15 numbers", GOSSIP, "7801", WIRE_ENCODING, "Gossip", "unknown field"},
    {"Gossip skips no group", GOSSIP, "83018401", WIRE_ENCODING, "Gossip", "wrong wire type"},
    {"Gossip skips no long varint", GOSSIP, "80018500", WIRE_ENCODING, "Gossip",
     "number not in its shortest"},
    {"Gossip skips nothing cut", GOSSIP, "820103ffff", WIRE_ENCODING, "Gossip", "longer than what holds it"},
    {"Gossip skips nothing descending", GOSSIP, "880105800105", WIRE_ENCODING, "Gossip",
     "fields not ascending"},
    {"Gossip knows what follows what it skips", GOSSIP, "8001051a020801", WIRE_ENCODING, "Gossip",
     "fields not"},
};

/* The bytes of hexadecimal digits; blanks are there to read by. */
static size_t bytes_of_hex(uint8_t *ret, size_t max, const char *hex)
{
    char digits[1024];
    size_t count = 0;
    for (; *hex != 0; hex++) {
        if (*hex != ' ') {
            assert_true(count < sizeof digits);
            digits[count++] = *hex;
        }
    }
    assert_true(count / 2 <= max);
    assert_true(hex_read(ret, count / 2, bytes_of(digits, count)));
    return count / 2;
}

static void each_rule_of_the_encoding_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scan_cases / sizeof scan_cases[0]; i++) {
        const struct scan_case *c = &scan_cases[i];
        uint8_t bytes[512];
        struct wire_fault fault = {.path = NULL, .reason = NULL};
        size_t size = bytes_of_hex(bytes, sizeof bytes, c->hex);
        enum wire_outcome outcome = wire_scan(c->type, bytes_of(bytes, size), &fault);
        if (outcome != c->outcome) {
            fail_msg("%s: outcome %d, %s: %s", c->name, (int)outcome, fault.path, fault.reason);
        }
        if (c->path != NULL &&
            (strcmp(c->path, fault.path) != 0 || strstr(fault.reason, c->reason) != fault.reason)) {
            fail_msg("%s: refused for %s: %s", c->name, fault.path, fault.reason);
        }
    }
}

/* What the table cannot write down: repetitions and sizes at their limits. */

static enum wire_outcome scan_repeated(const ProtobufCMessageDescriptor *type, const char *hex, size_t times)
{
    uint8_t once[64];
    size_t size = bytes_of_hex(once, sizeof once, hex);
    uint8_t *all = malloc(size * times + 1);
    assert_non_null(all);
    for (size_t i = 0; i < times; i++) {
        memcpy(all + i * size, once, size);
    }
    enum wire_outcome outcome = wire_scan(type, bytes_of(all, size * times), NULL);
    free(all);
    return outcome;
}

static void repetitions_end_at_their_limit(void **state)
{
    (void)state;
    assert_int_equal(scan_repeated(GOSSIP, "1a020801", GOSSIP_HEADS_MAX), WIRE_OK);
    assert_int_equal(scan_repeated(GOSSIP, "1a020801", GOSSIP_HEADS_MAX + 1), WIRE_LIMIT);
    assert_int_equal(scan_repeated(REQUEST, "4200", ITEMS_MAX), WIRE_OK);
    assert_int_equal(scan_repeated(REQUEST, "4200", ITEMS_MAX + 1), WIRE_LIMIT);
    assert_int_equal(scan_repeated(&comity__receipt__descriptor, "4a021001", RECEIPT_ITEMS_MAX), WIRE_OK);
    assert_int_equal(scan_repeated(&comity__receipt__descriptor, "4a021001", RECEIPT_ITEMS_MAX + 1),
                     WIRE_LIMIT);
}

static void packed_lists_end_at_their_limit(void **state)
{
    (void)state;
    uint8_t list[2 + ITEMS_MAX + 1];
    memset(list, 1, sizeof list);
    list[0] = 0x0a;
    list[1] = ITEMS_MAX;
    assert_int_equal(wire_scan(HELD, bytes_of(list, 2 + ITEMS_MAX), NULL), WIRE_OK);
    list[1] = ITEMS_MAX + 1;
    assert_int_equal(wire_scan(HELD, bytes_of(list, sizeof list), NULL), WIRE_LIMIT);
}

static void whole_messages_end_at_their_limit(void **state)
{
    (void)state;
    for (size_t i = 0; limits_all()[i] != NULL; i++) {
        const struct message_limit *limit = limits_all()[i];
        uint8_t *zeros = calloc(1, limit->bytes_max + 1);
        assert_non_null(zeros);
        assert_int_equal(wire_scan(limit->descriptor, bytes_of(zeros, limit->bytes_max + 1), NULL),
                         WIRE_SIZE);
        assert_int_equal(wire_scan(limit->descriptor, bytes_of(zeros, limit->bytes_max), NULL),
                         WIRE_ENCODING);
        free(zeros);
    }
}

static void an_inner_with_the_largest_letter_fits_a_body(void **state)
{
    (void)state;
    size_t tags = (1 + 3) * (2 + SIGNERS_MAX + 1);
    size_t parts = CONTEXT_BYTES_MAX + LETTER_BYTES_MAX + SIGNERS_MAX * PROOF_BYTES_MAX + GOSSIP_BYTES_MAX;
    assert_true(parts + tags <= INNER_BYTES_MAX);
    assert_true(parts + tags <= 256000);
}

/* --- limits.def and the .proto files --- */

static bool is_text_or_bytes(enum limit_kind kind)
{
    return kind != LIMIT_NUMBER && kind != LIMIT_MESSAGE;
}

/* The types that scan.c and the JSON mapping know; protobuf has more. */
static bool is_type_of_ours(ProtobufCType type)
{
    static const ProtobufCType ours[] = {
        PROTOBUF_C_TYPE_UINT32,  PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_FIXED32,
        PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_BOOL,   PROTOBUF_C_TYPE_ENUM,   PROTOBUF_C_TYPE_STRING,
        PROTOBUF_C_TYPE_BYTES,   PROTOBUF_C_TYPE_MESSAGE};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (type == ours[i]) {
            return true;
        }
    }
    return false;
}

static void check_field(const struct message_limit *message, size_t i)
{
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
    const struct field_limit *limit = &message->field[i];
    char path[128];
    (void)snprintf(path, sizeof path, "%s.%s", message->descriptor->short_name, field->name);
    assert_string_equal(limit->path, path);
    bool is_string = field->type == PROTOBUF_C_TYPE_STRING;
    bool is_bytes = field->type == PROTOBUF_C_TYPE_BYTES;
    bool is_message = field->type == PROTOBUF_C_TYPE_MESSAGE;
    bool packed = (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0;
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    if (!is_type_of_ours(field->type)) {
        fail_msg("%s is of a type that the scanner does not know", path);
    }
    if (is_text_or_bytes(limit->kind) != (is_string || is_bytes) ||
        (limit->kind == LIMIT_BYTES) != is_bytes || (limit->kind == LIMIT_MESSAGE) != is_message ||
        (limit->many != 0) != repeated || packed != (repeated && !is_string && !is_bytes && !is_message)) {
        fail_msg("%s: its row in limits.def is of another kind", path);
    }
    if (is_string || is_bytes) {
        assert_true(limit->min >= 1 && limit->min <= limit->max);
    }
    if (is_message) {
        assert_ptr_equal(limit->of->descriptor, field->descriptor);
    }
    if (packed) {
        assert_true(field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_ENUM);
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        assert_true(is_message); /* so that the zero of a member need not be told from its absence */
    }
}

static void every_field_has_its_limits(void **state)
{
    (void)state;
    for (size_t i = 0; limits_all()[i] != NULL; i++) {
        const struct message_limit *message = limits_all()[i];
        assert_int_equal(message->field_count, message->descriptor->n_fields);
        for (size_t j = 0; j < message->field_count; j++) {
            check_field(message, j);
        }
    }
}

static bool has_limits(const char *name)
{
    for (size_t i = 0; limits_all()[i] != NULL; i++) {
        if (strcmp(limits_all()[i]->descriptor->short_name, name) == 0) {
            return true;
        }
    }
    return false;
}

static size_t check_messages_of(const char *path)
{
    char line[512];
    char name[64];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "message %63[A-Za-z] {", name) == 1) {
            count++;
            if (!has_limits(name)) {
                fail_msg("message %s of %s is not in limits.def", name, path);
            }
        }
    }
    (void)fclose(file);
    return count;
}

static void every_message_has_its_limits(void **state)
{
    (void)state;
    const char *top = getenv("COMITY_TOP");
    char folder[512];
    size_t found = 0;
    size_t rows = 0;
    (void)snprintf(folder, sizeof folder, "%s/proto", top != NULL ? top : ".");
    DIR *files = opendir(folder);
    assert_non_null(files);
    for (struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
        const char *end = strrchr(entry->d_name, '.');
        if (end != NULL && strcmp(end, ".proto") == 0) {
            char path[1024];
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            found += check_messages_of(path);
        }
    }
    (void)closedir(files);
    while (limits_all()[rows] != NULL) {
        rows++;
    }
    assert_int_equal(found, rows);
}

/* Depth by rounds instead of recursion: the height of a message is one more than that of its highest part. */
static void no_type_nests_deeper_than_the_scanner(void **state)
{
    (void)state;
    unsigned height[256] = {0};
    size_t messages = 0;
    while (limits_all()[messages] != NULL) {
        messages++;
    }
    assert_true(messages <= sizeof height / sizeof height[0]);
    for (unsigned round = 1; round <= WIRE_DEPTH_MAX + 1; round++) {
        for (size_t i = 0; limits_all()[i] != NULL; i++) {
            const struct message_limit *message = limits_all()[i];
            unsigned highest = 0;
            for (size_t j = 0; j < message->field_count; j++) {
                for (size_t k = 0; message->field[j].of != NULL && limits_all()[k] != NULL; k++) {
                    bool part = limits_all()[k] == message->field[j].of;
                    highest = part && height[k] > highest ? height[k] : highest;
                }
            }
            height[i] = highest + 1;
        }
    }
    for (size_t i = 0; limits_all()[i] != NULL; i++) {
        assert_true(height[i] <= WIRE_DEPTH_MAX);
    }
}

/* --- unpacking and packing --- */

static void bombs_stay_under_a_mebibyte(void **state)
{
    (void)state;
    static const char *const bombs[] = {"0a00",     "1200", "1a00",   "4200",   "4a00", "2200",
                                        "0a020a00", "7a00", "800100", "820100", "0801", "8a01020801"};
    const size_t bomb_bytes = (size_t)1024 * 1024;
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    uint8_t *bytes = malloc(bomb_bytes);
    assert_non_null(arena);
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        uint8_t once[16];
        size_t size = bytes_of_hex(once, sizeof once, bombs[i]);
        for (size_t at = 0; at < bomb_bytes; at++) {
            bytes[at] = once[at % size];
        }
        for (size_t k = 0; limits_all()[k] != NULL; k++) {
            /* In full, and cut to the largest size that is looked into. */
            size_t most = limits_all()[k]->bytes_max / size * size;
            size_t sizes[] = {bomb_bytes, most < bomb_bytes ? most : bomb_bytes};
            for (size_t n = 0; n < 2; n++) {
                ProtobufCMessage *message = NULL;
                enum wire_outcome outcome = wire_unpack(limits_all()[k]->descriptor,
                                                        bytes_of(bytes, sizes[n]), arena, &message, NULL);
                assert_true(arena_used(arena) < bomb_bytes);
                assert_true(arena_used(arena) <= 8 * sizes[n] + (size_t)320 * 1024 + 16);
                assert_int_equal(outcome == WIRE_OK, message != NULL);
                arena_reset(arena);
            }
        }
    }
    free(bytes);
    arena_free(arena);
}

static void nesting_ends_with_the_schema(void **state)
{
    (void)state;
    /* 30 KB of fields 1 that each hold the next, as in a recursive schema. */
    uint8_t bytes[30000];
    size_t at = sizeof bytes;
    while (at >= 4) {
        size_t inner = sizeof bytes - at;
        at -= inner < 128 ? 2 : inner < 16384 ? 3 : 4;
        bytes[at] = 0x0a;
        bytes[at + 1] = (uint8_t)(inner < 128 ? inner : (inner & 0x7f) | 0x80);
        if (inner >= 128) {
            bytes[at + 2] = (uint8_t)(inner < 16384 ? inner >> 7 : ((inner >> 7) & 0x7f) | 0x80);
        }
        if (inner >= 16384) {
            bytes[at + 3] = (uint8_t)(inner >> 14);
        }
    }
    for (size_t i = 0; limits_all()[i] != NULL; i++) {
        /* Where field 1 is plain bytes it holds all the rest, and is not looked into. */
        bool plain = limits_all()[i]->field[0].kind == LIMIT_BYTES;
        enum wire_outcome outcome =
            wire_scan(limits_all()[i]->descriptor, bytes_of(bytes + at, sizeof bytes - at), NULL);
        assert_true(plain || outcome != WIRE_OK);
    }
}

static void the_most_elements_unpack_within_the_budget(void **state)
{
    (void)state;
    /* The dearest message there is for its size: every item with every identifier, all of them empty. */
    static const uint8_t empty_identifier[] = {0x1a, 0x00};
    static uint8_t bytes[ITEMS_MAX * (2 + 2 * IDENTIFIERS_MAX)];
    size_t at = 0;
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        bytes[at++] = 0x42;
        bytes[at++] = 2 * IDENTIFIERS_MAX;
        for (size_t k = 0; k < IDENTIFIERS_MAX; k++, at += 2) {
            memcpy(bytes + at, empty_identifier, 2);
        }
    }
    struct arena *arena = arena_new((size_t)1024 * 1024);
    ProtobufCMessage *message = NULL;
    assert_int_equal(wire_unpack(REQUEST, bytes_of(bytes, at), arena, &message, NULL), WIRE_OK);
    arena_free(arena);
}

static void a_small_arena_is_an_outcome(void **state)
{
    (void)state;
    uint8_t bytes[64];
    size_t size = bytes_of_hex(bytes, sizeof bytes, "0801150100000 01d020000002220" ZEROS_31 "01");
    struct arena *arena = arena_new(64);
    struct wire_fault fault;
    Comity__Head *head = NULL;
    ProtobufCMessage *message = NULL;
    assert_int_equal(wire_unpack(HEAD, bytes_of(bytes, size), arena, &message, &fault), WIRE_EXHAUSTED);
    assert_null(message);
    arena_free(arena);
    arena = arena_new(4096);
    assert_int_equal(wire_unpack(HEAD, bytes_of(bytes, size), arena, &message, &fault), WIRE_OK);
    head = (Comity__Head *)message;
    assert_int_equal(head->seq, 2);
    assert_int_equal(head->id.len, 32);
    struct bytes packed = wire_pack(arena, message);
    assert_true(bytes_equal(packed, bytes_of(bytes, size)));
    struct arena *small = arena_new(16);
    assert_null(wire_pack(small, message).data);
    arena_free(small);
    arena_free(arena);
}

static void an_empty_message_packs_to_no_bytes_and_back(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    Comity__Gossip gossip = COMITY__GOSSIP__INIT;
    Comity__Gossip *back = NULL;
    struct bytes packed = gossip_pack(arena, &gossip);
    assert_non_null(packed.data);
    assert_int_equal(packed.size, 0);
    assert_int_equal(gossip_unpack(bytes_of(NULL, 0), arena, &back, NULL), WIRE_OK);
    assert_int_equal(back->n_sent, 0);
    arena_free(arena);
}

static void past_finds_of_the_fuzzer_hold(void **state)
{
    (void)state;
    const char *top = getenv("COMITY_TOP");
    char folder[512];
    size_t count = 0;
    (void)snprintf(folder, sizeof folder, "%s/tests/data/scan", top != NULL ? top : ".");
    DIR *files = opendir(folder);
    assert_non_null(files);
    for (struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
        char path[1024];
        uint8_t bytes[4096];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_name[0] != '.' ? fopen(path, "rb") : NULL;
        if (file != NULL) {
            size_t size = fread(bytes, 1, sizeof bytes, file);
            (void)fclose(file);
            assert_int_equal(LLVMFuzzerTestOneInput(bytes, size), 0);
            count++;
        }
    }
    (void)closedir(files);
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_of_the_encoding_is_kept),
        cmocka_unit_test(repetitions_end_at_their_limit),
        cmocka_unit_test(packed_lists_end_at_their_limit),
        cmocka_unit_test(whole_messages_end_at_their_limit),
        cmocka_unit_test(an_inner_with_the_largest_letter_fits_a_body),
        cmocka_unit_test(every_field_has_its_limits),
        cmocka_unit_test(every_message_has_its_limits),
        cmocka_unit_test(no_type_nests_deeper_than_the_scanner),
        cmocka_unit_test(bombs_stay_under_a_mebibyte),
        cmocka_unit_test(nesting_ends_with_the_schema),
        cmocka_unit_test(the_most_elements_unpack_within_the_budget),
        cmocka_unit_test(a_small_arena_is_an_outcome),
        cmocka_unit_test(an_empty_message_packs_to_no_bytes_and_back),
        cmocka_unit_test(past_finds_of_the_fuzzer_hold),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
