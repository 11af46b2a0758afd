/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a roster: the grammar, the rules without a predecessor, and looking things up. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "tests/support/roster_fixture.h"

#define SCRATCH_BYTES ((size_t)64 * 1024 * 1024)
#define KEPT_NETWORK                                                                                         \
    "f47c72e49a9dd70709f19092e95a42b32a2baea1c9eb1bad9520b0f0922793a7" /* b2sum -l 256 tests/data/roster/roster.json */

struct bench {
    struct slab *slab;
    struct fixture *f;
    struct arena *scratch;
};

static int bench_up(void **state)
{
    static struct bench bench;
    bench.slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
    assert_non_null(bench.slab);
    bench.f = fixture_kept(bench.slab);
    bench.scratch = arena_new(SCRATCH_BYTES);
    *state = &bench;
    return 0;
}

static int bench_down(void **state)
{
    struct bench *b = *state;
    arena_free(b->scratch);
    fixture_free(b->f);
    slab_free(b->slab);
    return 0;
}

static enum roster_outcome read_text(struct bytes text, struct error *error)
{
    struct roster *roster = NULL;
    enum roster_outcome outcome = roster_read(text, &roster, error);
    assert_true((outcome == ROSTER_OK) == (roster != NULL));
    roster_free(roster);
    return outcome;
}

/* The fixture's text with the first find replaced. */
static struct bytes edited(struct bench *b, const char *find, const char *replace)
{
    const char *text = (const char *)b->f->json.data;
    const char *at = strstr(text, find);
    if (at == NULL) {
        fail_msg("the fixture does not have %s", find);
    }
    char *copy = arena_format(b->scratch, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
    assert_non_null(copy);
    return bytes_of_text(copy);
}

struct text_case {
    const char *find, *replace;
    enum roster_outcome outcome;
    const char *path; /* what the error begins with */
};

/* Cases by text: first occurrence in version 1 of the fixture, in which XA/poc is parties[0]. */
static const struct text_case text_cases[] = {
    /* members */
    {"\"grace_days\"", "\"grace\": 1, \"grace_days\"", ROSTER_FORMAT, "the roster: has a member \"grace\""},
    {"\"address\"", "\"adr\": 1, \"address\"", ROSTER_FORMAT, "parties[0]: has a member \"adr\""},
    {"\"hours\"", "\"our\": \"\", \"hours\"", ROSTER_FORMAT, "parties[0].contacts[0]: has a member \"our\""},
    {"\"opened\"", "\"o\": true, \"opened\"", ROSTER_FORMAT, "parties[0].capabilities: has a member"},
    {"\"quota\": {", "\"quota\": {\"x\": 1", ROSTER_FORMAT, "parties[0].quota: has a member"},
    {"\"role\": \"link\"", "\"role\": \"link\", \"name\": \"x\"", ROSTER_FORMAT,
     "brokers[0].keys[0]: has a member \"name\""},
    {"\"grace_days\"", "\"\\u001b[2J\": 1, \"grace_days\"", ROSTER_FORMAT,
     "the roster: has a member \"\\x1b[2J\""},
    {"\"grace_days\": 90,", "\"grace_days\": 90, \"grace_days\": 90,", ROSTER_FORMAT, "the roster: line "},
    {"\"zone\"", "\"\\u007aone\": \"x\", \"zone\"", ROSTER_FORMAT,
     "the roster: line "}, /* duplicate by escape */
    {"\"grace_days\": 90,", "", ROSTER_FORMAT, "grace_days: missing"},
    {"\"status\": \"active\",", "", ROSTER_FORMAT, "parties[0].status: missing"},
    {"\"name\": \"duty\",", "", ROSTER_FORMAT, "parties[0].keys[3].name: missing"},
    {"\"exercise\": false,", "", ROSTER_FORMAT, "parties[0].keys[3].exercise: missing"},
    {"\"revoked\": null,", "", ROSTER_FORMAT, "brokers[0].keys[0].revoked: missing"},
    {"\"opened\": true", "", ROSTER_OK, NULL},
    {"\"hours\": \"24/7\",", "", ROSTER_OK, NULL},
    {"\"capabilities\": {\n        \"opened\": true\n      },", "", ROSTER_OK, NULL},
    {"\"quota\": {}", "\"quota\": {\"envelopes\": 5, \"bytes\": 7}", ROSTER_OK, NULL},
    /* numbers */
    {"\"grace_days\": 90", "\"grace_days\": 0", ROSTER_OK, NULL},
    {"\"grace_days\": 90", "\"grace_days\": 91", ROSTER_FORMAT, "grace_days: not within 0..90"},
    {"\"grace_days\": 90", "\"grace_days\": -1", ROSTER_FORMAT, "grace_days: not within"},
    {"\"grace_days\": 90", "\"grace_days\": 90.0", ROSTER_FORMAT, "grace_days: not an integer"},
    {"\"grace_days\": 90", "\"grace_days\": 9e1", ROSTER_FORMAT, "grace_days: not an integer"},
    {"\"grace_days\": 90", "\"grace_days\": \"90\"", ROSTER_FORMAT, "grace_days: not an integer"},
    {"\"grace_days\": 90", "\"grace_days\": 090", ROSTER_FORMAT, "the roster: line "},
    {"\"grace_days\": 90", "\"grace_days\": 99999999999999999999", ROSTER_FORMAT, "the roster: line "},
    {"\"version\": 1", "\"version\": 0", ROSTER_FORMAT, "version: not within 1..9007199254740991"},
    {"\"version\": 1", "\"version\": 9007199254740991", ROSTER_OK, NULL},
    {"\"version\": 1", "\"version\": 9007199254740992", ROSTER_FORMAT, "version: not within"},
    {"\"min\": 1", "\"min\": 2", ROSTER_FORMAT, "wire.min: above wire.max"},
    {"\"min\": 1", "\"min\": 0", ROSTER_FORMAT, "wire.min: not within"},
    {"\"quota\": {}", "\"quota\": {\"bytes\": 1.5}", ROSTER_FORMAT, "parties[0].quota.bytes: not an integer"},
    {"\"opened\": true", "\"opened\": 1", ROSTER_FORMAT, "parties[0].capabilities.opened: not true or false"},
    /* hex */
    {"979ee3dd", "979EE3DD", ROSTER_FORMAT, "brokers[0].keys[0].key: not 64 lower-case hex digits"},
    {"979ee3dd", "979ee3d", ROSTER_FORMAT, "brokers[0].keys[0].key: not 64"},
    {"979ee3dd", "979ee3dd0", ROSTER_FORMAT, "brokers[0].keys[0].key: not 64"},
    {"979ee3dd", "979ee3dg", ROSTER_FORMAT, "brokers[0].keys[0].key: not 64"},
    {"\"network\": \"0", "\"network\": \"1", ROSTER_FORMAT, "network: not 64 zeros"},
    {"\"previous\": \"0", "\"previous\": \"1", ROSTER_FORMAT, "previous: not 64 zeros"},
    {"\"minisign\": \"RW", "\"minisign\": \"RU", ROSTER_FORMAT,
     "roots.keys[0].minisign: not a minisign public key"},
    /* times */
    {"2026-01-01T00:00:00Z", "2026-01-01T00:00:00z", ROSTER_FORMAT,
     "brokers[0].keys[0].from: not YYYY-MM-DDTHH:MM:SSZ"},
    {"2026-01-01T00:00:00Z", "2026-01-01t00:00:00Z", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "2026-01-01 00:00:00Z", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "2026-01-01T00:00:00", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "2026-01-01", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "2026-02-29T00:00:00Z", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "2026-01-01T23:59:60Z", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "1969-12-31T23:59:59Z", ROSTER_FORMAT, "brokers[0].keys[0].from: not"},
    {"2026-01-01T00:00:00Z", "1970-01-01T00:00:00Z", ROSTER_OK, NULL},
    {"\"from\": \"2026-01-01T00:00:00Z\"", "\"from\": 1767225600", ROSTER_FORMAT,
     "brokers[0].keys[0].from: not"},
    /* words and texts */
    {"comity-roster-1", "comity-roster-2", ROSTER_OK, NULL},
    {"comity-roster-1", "comity-roster-3", ROSTER_FORMAT, "format: not \"comity-roster-1\" or"},
    {"\"comity-roster-1\"", "1", ROSTER_FORMAT, "format: not \"comity-roster-1\" or"},
    {"\"zone\"", "\"calendar\": {}, \"zone\"", ROSTER_FORMAT,
     "parties[0]: has a member \"calendar\" that format 1 does not know"},
    {"\"XA/poc\"", "\"xa/poc\"", ROSTER_FORMAT, "parties[0].address: not an address"},
    {"\"active\"", "\"Active\"", ROSTER_FORMAT, "parties[0].status: not active"},
    {"\"role\": \"node\"", "\"role\": \"root\"", ROSTER_FORMAT, "parties[0].keys[0].role: not a role"},
    {"\"role\": \"node\"", "\"role\": \"receipt\"", ROSTER_FORMAT,
     "parties[0].keys[0].role: receipt is no role"},
    {"\"role\": \"receipt\"", "\"role\": \"node\"", ROSTER_FORMAT,
     "brokers[0].keys[1].role: node is no role"},
    {"\"role\": \"receipt\"", "\"role\": \"log\"", ROSTER_OK, NULL},
    {"\"role\": \"node\"", "\"role\": \"package\", \"minisign_id\": \"0011223344556677\"", ROSTER_OK, NULL},
    {"\"role\": \"node\"", "\"role\": \"package\"", ROSTER_FORMAT, "parties[0].keys[0].minisign_id: missing"},
    {"Asia/Ho_Chi_Minh", "../../etc/passwd", ROSTER_FORMAT, "parties[0].zone: not the name of a time zone"},
    {"Asia/Ho_Chi_Minh", "/Asia", ROSTER_FORMAT, "parties[0].zone: not the name"},
    {"Asia/Ho_Chi_Minh", "", ROSTER_FORMAT, "parties[0].zone: empty"},
    {"tcp://127", "ipc://127", ROSTER_FORMAT, "brokers[0].endpoints[0]: not tcp://"},
    {"Contact point of Aland", "", ROSTER_FORMAT, "parties[0].name: empty"},
    {"Aland", "Al\\u0000and", ROSTER_FORMAT, "the roster: line "},
    {"Aland", "Al\\u202eand", ROSTER_FORMAT, "parties[0].name: not one line"},
    {"Aland", "Al\\nand", ROSTER_FORMAT, "parties[0].name: not one line"},
    {"Aland",
     "Al\xff"
     "and",
     ROSTER_FORMAT, "the roster: line "},
    {"Aland",
     "Al\xc0\xa0"
     "and",
     ROSTER_FORMAT, "the roster: line "},
    {"Aland", "Al\xc3\xa5nd", ROSTER_OK, NULL},
    {"\"mandate\": [", "\"mandate\": [7,", ROSTER_FORMAT, "parties[0].keys[3].mandate[0]: not a string"},
    {"\"revoked\": null", "\"revoked\": false", ROSTER_FORMAT, "brokers[0].keys[0].revoked: not an object"},
    {"\"revoked\": null", "\"revoked\": {\"at\": \"2026-05-01T00:00:00Z\"}", ROSTER_FORMAT,
     "brokers[0].keys[0].revoked.reason: missing"},
    {"\"revoked\": null", "\"revoked\": {\"at\": \"x\", \"reason\": \"\"}", ROSTER_FORMAT,
     "brokers[0].keys[0].revoked.at: not"},
    {"\"revoked\": null", "\"revoked\": {\"at\": \"2026-05-01T00:00:00Z\", \"reason\": \"\"}", ROSTER_OK,
     NULL},
    /* ext */
    {"\"zone\"", "\"ext\": {\"a\": [1, {\"b\": null}], \"a b\": \"\\u202e\"}, \"zone\"", ROSTER_OK, NULL},
    {"\"zone\"", "\"ext\": [], \"zone\"", ROSTER_FORMAT, "parties[0].ext: not an object"},
    {"\"zone\"", "\"ext\": {\"a\": [1, {\"b\": 1.5}]}, \"zone\"", ROSTER_FORMAT,
     "parties[0].ext: holds a number"},
    {"\"zone\"", "\"ext\": {\"a\": 1, \"a\": 1}, \"zone\"", ROSTER_FORMAT, "the roster: line "},
    {"\"zone\"", "\"ext\": {\"a\": [[[[1]]]]}, \"zone\"", ROSTER_OK, NULL}, /* depth 8 */
    {"\"zone\"", "\"ext\": {\"a\": [[[[[1]]]]]}, \"zone\"", ROSTER_FORMAT,
     "the roster: nested deeper"},                                                       /* depth 9 */
    {"\"zone\"", "\"ext\": {\"a\": \"[[[[[[[[[[\\\"[[[[\"}, \"zone\"", ROSTER_OK, NULL}, /* in a string */
    {"\"grace_days\"", "\"ext\": {}, \"grace_days\"", ROSTER_FORMAT, "the roster: has a member \"ext\""},
    /* thresholds and dates */
    {"\"threshold\": 2", "\"threshold\": 0", ROSTER_RULE, "roots.threshold: 0 of 3"},
    {"\"threshold\": 2", "\"threshold\": 1", ROSTER_RULE, "roots.threshold: 1 is not more than half"},
    {"\"threshold\": 2", "\"threshold\": 3", ROSTER_OK, NULL},
    {"\"threshold\": 2", "\"threshold\": 4", ROSTER_RULE, "roots.threshold: 4 of 3"},
    {"\"expires\": \"2027-01-31", "\"expires\": \"2026-01-01", ROSTER_RULE, "expires: not after issued"},
    {"\"expires\": \"2027-01-31", "\"expires\": \"2027-02-05", ROSTER_OK, NULL}, /* 400 days */
    {"\"expires\": \"2027-01-31T00:00:00Z", "\"expires\": \"2027-02-05T00:00:01Z", ROSTER_RULE,
     "expires: more than 400"},
    /* twice */
    {"\"XB/poc\"", "\"XA/poc\"", ROSTER_RULE, "parties[1].address: XA/poc is there already"},
    {"\"root-b\"", "\"root-a\"", ROSTER_OK, NULL}, /* names are for people */
};

static void text_cases_end_as_told(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof text_cases / sizeof text_cases[0]; i++) {
        const struct text_case *c = &text_cases[i];
        struct error error = {0};
        enum roster_outcome outcome = read_text(edited(b, c->find, c->replace), &error);
        if (outcome != c->outcome ||
            (c->path != NULL && strncmp(error.text, c->path, strlen(c->path)) != 0)) {
            fail_msg("%s -> %s: %s: %s", c->find, c->replace, roster_outcome_name(outcome), error.text);
        }
        assert_true((outcome == ROSTER_OK) == (error.text[0] == '\0'));
        arena_reset(b->scratch);
    }
}

static void whole_texts_that_are_no_roster(void **state)
{
    struct bench *b = *state;
    static const char *const texts[] = {
        "", " ", "null", "[]", "{}", "7", "\"x\"", "{", "[[[[[[[[[", "}}}}[[[[[[[[", "\xef\xbb\xbf{}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(read_text(bytes_of_text(texts[i]), NULL), ROSTER_FORMAT);
    }
    assert_int_equal(read_text(bytes_of(NULL, 0), NULL), ROSTER_FORMAT);
    const char *json = (const char *)b->f->json.data;
    struct error error = {0};
    assert_int_equal(read_text(bytes_of_text(arena_format(b->scratch, "\xef\xbb\xbf%s", json)), &error),
                     ROSTER_FORMAT);
    assert_string_equal(error.text, "the roster: begins with a byte order mark");
    assert_int_equal(read_text(bytes_of_text(arena_format(b->scratch, "%sx", json)), NULL), ROSTER_FORMAT);
    assert_int_equal(read_text(bytes_of_text(arena_format(b->scratch, "%s{}", json)), NULL), ROSTER_FORMAT);
    assert_int_equal(read_text(bytes_of(json, b->f->json.size + 1), NULL),
                     ROSTER_FORMAT); /* a zero byte after */
    assert_int_equal(read_text(bytes_of_text(arena_format(b->scratch, " %s ", json)), NULL), ROSTER_OK);
}

static void no_prefix_is_a_roster(void **state)
{
    struct bench *b = *state;
    for (size_t size = 0; size < b->f->json.size - 1; size++) {
        assert_int_equal(read_text(bytes_of(b->f->json.data, size), NULL), ROSTER_FORMAT);
    }
}

static void four_mebibytes_and_no_more(void **state)
{
    struct bench *b = *state;
    uint8_t *text = arena_take(b->scratch, ROSTER_BYTES_MAX + 1);
    memset(text, ' ', ROSTER_BYTES_MAX + 1);
    memcpy(text, b->f->json.data, b->f->json.size);
    struct error error = {0};
    assert_int_equal(read_text(bytes_of(text, ROSTER_BYTES_MAX), &error), ROSTER_OK);
    assert_int_equal(read_text(bytes_of(text, ROSTER_BYTES_MAX + 1), &error), ROSTER_FORMAT);
    assert_string_equal(error.text, "the roster: longer than 4194304 bytes");
}

/* The fixture's text with so many more empty contacts: what swells most in memory for its bytes. */
static struct bytes swollen(struct bench *b, size_t count)
{
    char *contacts = arena_take(b->scratch, count * 3 + 64);
    strcpy(contacts, "\"contacts\": [{}");
    char *at = contacts + strlen(contacts);
    for (size_t i = 0; i < count; i++, at += 3) {
        memcpy(at, ",{}", 4);
    }
    strcpy(at, ", {");
    return edited(b, "\"contacts\": [\n        {", contacts);
}

static void number_of_values_is_bounded_and_fits_the_arena(void **state)
{
    struct bench *b = *state;
    const size_t count = 130000;
    struct roster *roster = NULL;
    struct error error = {0};
    assert_int_equal(roster_read(swollen(b, count), &roster, NULL), ROSTER_OK);
    assert_int_equal(roster_find(roster, "XA/poc")->contact_count, count + 2);
    roster_free(roster);
    assert_int_equal(read_text(swollen(b, count + 1100), &error), ROSTER_FORMAT);
    assert_string_equal(error.text, "the roster: more than 262144 values");
}

/* --- rules that are told by a change of the draft --- */

static struct roster_key *keys_of(struct bench *b, size_t party)
{
    struct party *p = &b->f->draft.parties[party];
    struct roster_key *keys = draft_keys(b->scratch, p->keys, p->key_count, 1);
    p->keys = keys;
    return keys;
}

static enum roster_outcome make_and_read(struct bench *b, struct error *error)
{
    struct bytes json = roster_make(&b->f->draft, b->scratch);
    assert_non_null(json.data);
    return read_text(json, error);
}

static void expect_rule(struct bench *b, const char *text)
{
    struct error error = {0};
    assert_int_equal(make_and_read(b, &error), ROSTER_RULE);
    assert_string_equal(error.text, text);
}

static void key_serves_one_role_only(void **state)
{
    struct bench *b = *state;
    struct roster_key *keys = keys_of(b, 0);
    keys[1].key = keys[0].key;
    expect_rule(b, "parties[0].keys[1]: the same key as parties[0].keys[0]");
}

static void key_serves_one_party_only(void **state)
{
    struct bench *b = *state;
    keys_of(b, 2)[4].key = keys_of(b, 0)[4].key;
    expect_rule(b, "parties[2].keys[4]: the same key as parties[0].keys[4]");
}

static void link_key_serves_no_other_role(void **state)
{
    struct bench *b = *state;
    keys_of(b, 1)[2].key = b->f->broker_link_key;
    expect_rule(b, "parties[1].keys[2]: the same key as brokers[0].keys[0]");
}

static void root_key_signs_rosters_only(void **state)
{
    struct bench *b = *state;
    keys_of(b, 1)[3].key = b->f->root[2].key;
    expect_rule(b, "roots.keys[2]: the same key as parties[1].keys[3]");
}

static void root_keys_are_distinct(void **state)
{
    struct bench *b = *state;
    b->f->draft.roots[2].minisign.key = b->f->draft.roots[0].minisign.key;
    expect_rule(b, "roots.keys[2]: the same key as roots.keys[0]");
}

static void root_key_ids_are_distinct(void **state)
{
    struct bench *b = *state;
    memcpy(b->f->draft.roots[2].minisign.id, b->f->draft.roots[1].minisign.id, 8);
    expect_rule(b, "roots.keys[2].minisign: another root key has the same key id");
}

static void broker_ids_are_distinct(void **state)
{
    struct bench *b = *state;
    struct roster_broker brokers[2] = {b->f->draft.brokers[0], b->f->draft.brokers[0]};
    brokers[1].key_count = 0;
    b->f->draft.brokers = brokers;
    b->f->draft.broker_count = 2;
    expect_rule(b, "brokers[1].id: is there already");
}

static void two_of_four_roots_are_too_few(void **state)
{
    struct bench *b = *state;
    struct draft_root roots[4];
    struct signer fourth = fixture_signer(b->slab, 1000);
    memcpy(roots, b->f->draft.roots, 3 * sizeof roots[0]);
    roots[3] = (struct draft_root){.name = "root-d", .minisign = fixture_root_key(&fourth)};
    b->f->draft.roots = roots;
    b->f->draft.root_count = 4;
    expect_rule(b, "roots.threshold: 2 is not more than half of the 4 root keys");
    b->f->draft.threshold = 3;
    assert_int_equal(make_and_read(b, NULL), ROSTER_OK);
    signer_done(&fourth);
}

/* P + (0, -1): on the curve, of no small order, not in the main subgroup (CVE-2025-69277). */
static struct public_key mixed_order(const struct public_key *key)
{
    struct public_key ret;
    unsigned borrow = 0;
    for (size_t i = 0; i < 32; i++) { /* y' = p - y */
        unsigned p = i == 0 ? 0xed : i == 31 ? 0x7f : 0xff;
        unsigned y = (i == 31 ? key->bytes[i] & 0x7fu : key->bytes[i]) + borrow;
        borrow = p < y;
        ret.bytes[i] = (uint8_t)(p - y);
    }
    ret.bytes[31] = (uint8_t)(ret.bytes[31] | (~key->bytes[31] & 0x80)); /* x' = -x */
    return ret;
}

static void ed25519_keys_are_points_of_the_main_subgroup(void **state)
{
    struct bench *b = *state;
    const struct public_key bad[] = {
        {{0}},                                          /* order 4 */
        {{1}},                                          /* the identity */
        {{2}},                                          /* not on the curve */
        mixed_order(&b->f->parties[0].node_signer.key), /* main subgroup and order 2 */
        {{0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}}, /* y = p */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        keys_of(b, 0)[0].key = bad[i];
        expect_rule(b, "parties[0].keys[0]: not a valid Ed25519 key");
    }
    keys_of(b, 0)[0].key = b->f->parties[0].node_signer.key;
    b->f->draft.roots[1].minisign.key = bad[3];
    expect_rule(b, "roots.keys[1]: not a valid Ed25519 key");
}

static void link_key_need_not_be_an_ed25519_point(void **state)
{
    struct bench *b = *state;
    keys_of(b, 0)[2].key = (struct public_key){{2}};
    assert_int_equal(make_and_read(b, NULL), ROSTER_OK);
}

/* What the stored roster holds as a link key was never a point, and a key that it does not hold is new. */
static void after_another_roster_only_its_edwards_keys_are_known_points(void **state)
{
    struct bench *b = *state;
    struct roster *held = NULL, *next = NULL;
    struct error error = {0};
    const struct public_key bad = {{2}}, good = keys_of(b, 0)[0].key;
    keys_of(b, 0)[2].key = bad;
    assert_int_equal(roster_read(roster_make(&b->f->draft, b->scratch), &held, NULL), ROSTER_OK);
    assert_int_equal(roster_read_after(held, roster_make(&b->f->draft, b->scratch), &next, NULL), ROSTER_OK);
    roster_free(next);
    keys_of(b, 0)[2].key = good;
    keys_of(b, 0)[0].key = bad;
    struct bytes json = roster_make(&b->f->draft, b->scratch);
    assert_int_equal(roster_read_after(held, json, &next, &error), ROSTER_RULE);
    assert_string_equal(error.text, "parties[0].keys[0]: not a valid Ed25519 key");
    roster_free(held);
}

/* --- what is read --- */

static void everything_is_read_as_it_was_written(void **state)
{
    struct bench *b = *state;
    const struct roster *r = b->f->roster;
    size_t count = 0;
    const struct minisign_key *roots = roster_roots(r, &count);
    assert_int_equal(count, FIXTURE_ROOTS);
    assert_memory_equal(&roots[1], &b->f->root_key[1], sizeof roots[1]);
    assert_string_equal(roster_root_name(r, 2), "root-c");
    assert_int_equal(roster_threshold(r), 2);
    assert_int_equal(roster_version(r), 1);
    assert_int_equal(roster_issued_ms(r), FIXTURE_FROM_MS);
    assert_int_equal(roster_expires_ms(r), FIXTURE_EXPIRES_MS);
    assert_int_equal(roster_grace_ms(r), 90 * MS_PER_DAY);
    assert_true(bytes_equal(roster_json(r), b->f->json));
    assert_true(bytes_all_zero(digest_bytes(roster_previous(r))));
    const struct roster_broker *brokers = roster_brokers(r, &count);
    assert_int_equal(count, 1);
    assert_string_equal(brokers[0].id, "hub");
    assert_string_equal(brokers[0].endpoints[0], "tcp://127.0.0.1:7400");
    assert_null(brokers[0].endpoints[1]);
    const struct party *parties = roster_parties(r, &count);
    assert_int_equal(count, 3);
    const struct party *xb = roster_find(r, "XB/poc");
    assert_ptr_equal(xb, &parties[1]);
    assert_int_equal(xb->status, PARTY_ACTIVE);
    assert_string_equal(xb->name, "Point de contact de Bérie");
    assert_string_equal(xb->zone, "Europe/Paris");
    assert_string_equal(xb->languages[1], "en");
    assert_null(xb->languages[2]);
    assert_int_equal(xb->contact_count, 1);
    assert_string_equal(xb->contacts[0].phone, "+33 1 5550 0200");
    assert_string_equal(xb->contacts[0].email, "");
    assert_true(xb->shares_opened);
    assert_int_equal(xb->key_count, 5);
    assert_int_equal(xb->keys[3].role, ROLE_OFFICER);
    assert_string_equal(xb->keys[3].name, "duty");
    assert_string_equal(xb->keys[3].mandate[0], "sign");
    assert_null(xb->keys[3].mandate[1]);
    assert_false(xb->keys[3].exercise);
    assert_string_equal(xb->keys[0].revoked_reason, "");
}

static void all_members_survive_writing_and_reading(void **state)
{
    struct bench *b = *state;
    struct roster_key *keys = keys_of(b, 0);
    keys[3].exercise = true;
    keys[3].revoked = true;
    keys[3].revoked_at_ms = FIXTURE_FROM_MS + 1000;
    keys[3].revoked_reason = "stolen \"key\"";
    struct signer package = fixture_signer(b->slab, 1001);
    keys[5] = keys[0];
    keys[5].role = ROLE_PACKAGE;
    keys[5].key = package.key;
    memcpy(keys[5].minisign_id, "\x01\x02\x03\x04\x05\x06\x07\xff", 8);
    b->f->draft.parties[0].key_count = 6;
    b->f->draft.parties[0].status = PARTY_SUSPENDED;
    b->f->draft.parties[0].quota_envelopes = 12;
    b->f->draft.parties[0].quota_bytes = UINT64_C(9007199254740991);
    b->f->draft.parties[0].shares_opened = false;
    struct roster *r = NULL;
    assert_int_equal(roster_read(roster_make(&b->f->draft, b->scratch), &r, NULL), ROSTER_OK);
    const struct party *xa = roster_find(r, "XA/poc");
    assert_int_equal(xa->status, PARTY_SUSPENDED);
    assert_int_equal(xa->quota_envelopes, 12);
    assert_int_equal(xa->quota_bytes, UINT64_C(9007199254740991));
    assert_false(xa->shares_opened);
    assert_true(xa->keys[3].exercise && xa->keys[3].revoked);
    assert_int_equal(xa->keys[3].revoked_at_ms, FIXTURE_FROM_MS + 1000);
    assert_string_equal(xa->keys[3].revoked_reason, "stolen \"key\"");
    assert_memory_equal(xa->keys[5].minisign_id, keys[5].minisign_id, 8);
    struct roster_draft again;
    assert_true(roster_draft_after(r, b->scratch, &again));
    again.version = 1;
    again.network = (struct network_id){{0}};
    again.previous = (struct digest){{0}};
    assert_true(bytes_equal(roster_make(&again, b->scratch), roster_json(r)));
    roster_free(r);
    signer_done(&package);
}

/* tests/data/roster was written by this code and signed by stock minisign; it must not change. */
static void kept_roster_is_still_written_and_read(void **state)
{
    struct bench *b = *state;
    const char *top = getenv("COMITY_TOP");
    char *path = arena_format(b->scratch, "%s/tests/data/roster/roster.json", top == NULL ? "." : top);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *data = arena_take(b->scratch, 65536);
    size_t size = fread(data, 1, 65536, file);
    (void)fclose(file);
    assert_true(bytes_equal(bytes_of(data, size), b->f->json));
    char hash[65];
    assert_string_equal(hex_write(hash, digest_bytes(roster_hash(b->f->roster))), KEPT_NETWORK);
}

/* --- looking up --- */

static void link_key_admits_its_party_while_it_holds(void **state)
{
    struct bench *b = *state;
    const struct roster *r = b->f->roster;
    const struct fixture_party *xb = fixture_party(b->f, "XB/poc");
    const struct public_key *link = &xb->link_key;
    assert_ptr_equal(roster_find_link(r, link, FIXTURE_NOW), xb->party);
    assert_null(roster_find_link(r, link, (wall_ms){FIXTURE_FROM_MS - 1}));
    assert_ptr_equal(roster_find_link(r, link, (wall_ms){FIXTURE_FROM_MS}), xb->party);
    assert_ptr_equal(roster_find_link(r, link, (wall_ms){FIXTURE_UNTIL_MS - 1}), xb->party);
    assert_null(roster_find_link(r, link, (wall_ms){FIXTURE_UNTIL_MS}));
    assert_null(roster_find_link(r, &b->f->broker_link_key, FIXTURE_NOW));
    assert_null(roster_find_link(r, &xb->node_signer.key, FIXTURE_NOW));
    assert_null(roster_find_link(r, &b->f->root[0].key, FIXTURE_NOW));
    assert_null(roster_find_link(r, &(struct public_key){{9}}, FIXTURE_NOW));
}

static void inactive_party_and_revoked_link_are_not_admitted(void **state)
{
    struct bench *b = *state;
    b->f->draft.parties[0].status = PARTY_SUSPENDED;
    b->f->draft.parties[1].status = PARTY_LEFT;
    struct roster_key *keys = keys_of(b, 2);
    keys[2].revoked = true;
    keys[2].revoked_at_ms = FIXTURE_NOW.ms + MS_PER_DAY; /* a date does not soften a revocation */
    struct roster *r = NULL;
    assert_int_equal(roster_read(roster_make(&b->f->draft, b->scratch), &r, NULL), ROSTER_OK);
    for (size_t i = 0; i < FIXTURE_PARTIES; i++) {
        assert_non_null(roster_find(r, b->f->parties[i].address.text));
        assert_null(roster_find_link(r, &b->f->parties[i].link_key, FIXTURE_NOW));
    }
    roster_free(r);
}

static void key_stands_for_its_role_owner_and_time(void **state)
{
    struct bench *b = *state;
    keys_of(b, 0)[0].revoked = true;
    struct roster *r = NULL;
    assert_int_equal(roster_read(roster_make(&b->f->draft, b->scratch), &r, NULL), ROSTER_OK);
    const struct party *xa = roster_find(r, "XA/poc");
    const struct party *xb = roster_find(r, "XB/poc");
    const struct public_key *node = &b->f->parties[1].node_signer.key;
    const struct public_key *receipt = &b->f->broker_receipt_signer.key;
    const struct roster_key *key = NULL;
    assert_int_equal(roster_key_standing(r, xb, ROLE_NODE, node, FIXTURE_NOW, &key), KEY_GOOD);
    assert_ptr_equal(key, &xb->keys[0]);
    assert_int_equal(roster_key_standing(r, xb, ROLE_SEAL, node, FIXTURE_NOW, NULL), KEY_UNKNOWN);
    assert_int_equal(roster_key_standing(r, xa, ROLE_NODE, node, FIXTURE_NOW, NULL), KEY_UNKNOWN);
    assert_int_equal(roster_key_standing(r, NULL, ROLE_NODE, node, FIXTURE_NOW, NULL), KEY_UNKNOWN);
    assert_int_equal(roster_key_standing(r, NULL, ROLE_RECEIPT, receipt, FIXTURE_NOW, NULL), KEY_GOOD);
    assert_int_equal(roster_key_standing(r, xb, ROLE_RECEIPT, receipt, FIXTURE_NOW, NULL), KEY_UNKNOWN);
    assert_int_equal(roster_key_standing(r, NULL, ROLE_NODE, &b->f->root[0].key, FIXTURE_NOW, NULL),
                     KEY_UNKNOWN);
    wall_ms before = {FIXTURE_FROM_MS - 1};
    wall_ms after = {FIXTURE_UNTIL_MS};
    assert_int_equal(roster_key_standing(r, xb, ROLE_NODE, node, before, NULL), KEY_NOT_AT_THAT_TIME);
    assert_int_equal(roster_key_standing(r, xb, ROLE_NODE, node, after, NULL), KEY_NOT_AT_THAT_TIME);
    const struct public_key *revoked = &b->f->parties[0].node_signer.key;
    assert_int_equal(roster_key_standing(r, xa, ROLE_NODE, revoked, FIXTURE_NOW, NULL), KEY_REVOKED);
    assert_int_equal(roster_key_standing(r, xa, ROLE_NODE, revoked, after, NULL), KEY_NOT_AT_THAT_TIME);
    roster_free(r);
}

static void expiry_is_stale_first_and_an_end_after_the_grace(void **state)
{
    struct bench *b = *state;
    const struct roster *r = b->f->roster;
    const uint64_t end = FIXTURE_EXPIRES_MS + 90 * MS_PER_DAY;
    bool stale = true;
    assert_int_equal(roster_freshness(r, (wall_ms){FIXTURE_EXPIRES_MS}, &stale), ROSTER_OK);
    assert_false(stale);
    assert_int_equal(roster_freshness(r, (wall_ms){FIXTURE_EXPIRES_MS + 1}, &stale), ROSTER_OK);
    assert_true(stale);
    assert_int_equal(roster_freshness(r, (wall_ms){end}, &stale), ROSTER_OK);
    assert_true(stale);
    assert_int_equal(roster_freshness(r, (wall_ms){end + 1}, &stale), ROSTER_EXPIRED);
}

/* A real network has some hundred parties: every one is found by address and by link key, and nobody else. */
static void finds_each_of_386_parties(void **state)
{
    enum { PARTIES = 386 };
    struct bench *b = *state;
    struct party *parties = arena_zero(b->scratch, PARTIES, sizeof *parties);
    for (unsigned i = 0; i < PARTIES; i++) {
        uint8_t secret[32];
        struct roster_key *key = draft_keys(b->scratch, &b->f->draft.parties[0].keys[2], 1, 0);
        key->key = fixture_link(2000 + i, secret);
        parties[i] = b->f->draft.parties[0];
        parties[i].keys = key;
        parties[i].key_count = 1;
        (void)snprintf(parties[i].address.text, ADDRESS_MAX, "X%c/unit-%u", 'A' + (int)(i % 26),
                       i * 7919 % 1000);
    }
    b->f->draft.parties = parties;
    b->f->draft.party_count = PARTIES;
    struct roster *r = NULL;
    assert_int_equal(roster_read(roster_make(&b->f->draft, b->scratch), &r, NULL), ROSTER_OK);
    for (unsigned i = 0; i < PARTIES; i++) {
        const struct party *found = roster_find(r, parties[i].address.text);
        assert_non_null(found);
        assert_string_equal(found->address.text, parties[i].address.text);
        assert_ptr_equal(roster_find_link(r, &parties[i].keys[0].key, FIXTURE_NOW), found);
    }
    assert_null(roster_find(r, "XA/unit"));
    assert_null(roster_find(r, ""));
    assert_null(roster_find(r, "ZZ/poc"));
    roster_free(r);
}

static void exhausted_arena_is_an_outcome_of_writing(void **state)
{
    struct bench *b = *state;
    struct arena *small = arena_new(256);
    struct roster_draft draft;
    assert_null(roster_make(&b->f->draft, small).data);
    arena_reset(small);
    assert_false(roster_draft_after(b->f->roster, small, &draft));
    arena_free(small);
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(text_cases_end_as_told),
        TEST(whole_texts_that_are_no_roster),
        TEST(no_prefix_is_a_roster),
        TEST(four_mebibytes_and_no_more),
        TEST(number_of_values_is_bounded_and_fits_the_arena),
        TEST(key_serves_one_role_only),
        TEST(key_serves_one_party_only),
        TEST(link_key_serves_no_other_role),
        TEST(root_key_signs_rosters_only),
        TEST(root_keys_are_distinct),
        TEST(root_key_ids_are_distinct),
        TEST(broker_ids_are_distinct),
        TEST(two_of_four_roots_are_too_few),
        TEST(ed25519_keys_are_points_of_the_main_subgroup),
        TEST(link_key_need_not_be_an_ed25519_point),
        TEST(after_another_roster_only_its_edwards_keys_are_known_points),
        TEST(everything_is_read_as_it_was_written),
        TEST(all_members_survive_writing_and_reading),
        TEST(kept_roster_is_still_written_and_read),
        TEST(link_key_admits_its_party_while_it_holds),
        TEST(inactive_party_and_revoked_link_are_not_admitted),
        TEST(key_stands_for_its_role_owner_and_time),
        TEST(expiry_is_stale_first_and_an_end_after_the_grace),
        TEST(finds_each_of_386_parties),
        TEST(exhausted_arena_is_an_outcome_of_writing),
    };
    return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
