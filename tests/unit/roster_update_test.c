/* SPDX-License-Identifier: Apache-2.0 */
/* May a roster be trusted: rollback, fork, freeze, thresholds, changes of roots (threats T11 and T12, after TUF's cases). */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/roster_fixture.h"

#define SCRATCH_BYTES ((size_t)64 * 1024 * 1024)

struct bench {
    struct slab *slab;
    struct fixture *f;
    struct arena *scratch;
    struct signer new_root[2]; /* of no roster until a case puts them in */
};

static int bench_up(void **state)
{
    static struct bench bench;
    bench.slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
    assert_non_null(bench.slab);
    bench.f = fixture_kept(bench.slab);
    bench.scratch = arena_new(SCRATCH_BYTES);
    bench.new_root[0] = fixture_signer(bench.slab, 1000);
    bench.new_root[1] = fixture_signer(bench.slab, 1001);
    *state = &bench;
    return 0;
}

static int bench_down(void **state)
{
    struct bench *b = *state;
    signer_done(&b->new_root[0]);
    signer_done(&b->new_root[1]);
    arena_free(b->scratch);
    fixture_free(b->f);
    slab_free(b->slab);
    return 0;
}

static const struct signer *root_named(struct bench *b, char name)
{
    return name >= 'a' && name <= 'c' ? &b->f->root[name - 'a'] : &b->new_root[name - 'd'];
}

/* Signature files of the roots named by letters: "ab" = roots a and b; d and e are the new ones. */
static size_t sign_as(struct bench *b, const char *names, struct bytes json,
                      struct bytes ret[ROSTER_MINISIG_MAX])
{
    size_t count = 0;
    for (; names[count] != '\0'; count++) {
        ret[count] = fixture_minisig(b->f, root_named(b, names[count]), json);
    }
    return count;
}

static enum roster_outcome update(struct bench *b, const struct roster *held, struct bytes json,
                                  const struct bytes *minisigs, size_t count, struct error *error)
{
    struct roster *candidate = NULL;
    enum roster_outcome outcome = roster_read(json, &candidate, error);
    if (outcome == ROSTER_OK) {
        outcome = roster_update(held, candidate, minisigs, count, b->scratch, NULL, error);
    }
    roster_free(candidate);
    return outcome;
}

static struct roster *must_read(struct bytes json)
{
    struct roster *roster = NULL;
    assert_int_equal(roster_read(json, &roster, NULL), ROSTER_OK);
    return roster;
}

/* --- the table: a change to version 2, who signs it, and what becomes of it --- */

static struct roster_key *edit_keys(struct party *party, struct arena *arena)
{
    struct roster_key *keys = draft_keys(arena, party->keys, party->key_count, 1);
    assert_non_null(keys);
    party->keys = keys;
    return keys;
}

typedef void change(struct roster_draft *, struct arena *, void *);
#define CHANGE(name) static void name(struct roster_draft *d, struct arena *a UNUSED, void *c UNUSED)

CHANGE(version_1_again)
{
    d->version = 1;
    d->network = (struct network_id){{0}};
    d->previous = (struct digest){{0}};
}

CHANGE(version_3)
{
    d->version = 3;
}

CHANGE(version_largest)
{
    d->version = (UINT64_C(1) << 53) - 1;
}

CHANGE(other_network)
{
    d->network.bytes[31] ^= 1;
}

CHANGE(zero_network)
{
    d->network = (struct network_id){{0}};
}

CHANGE(other_previous)
{
    d->previous.bytes[0] ^= 0x80;
}

CHANGE(zero_previous)
{
    d->previous = (struct digest){{0}};
}

CHANGE(issued_before)
{
    d->issued_ms = FIXTURE_FROM_MS - 1000;
    d->expires_ms = FIXTURE_EXPIRES_MS;
}

CHANGE(issued_the_same)
{
    d->issued_ms = FIXTURE_FROM_MS;
}

CHANGE(key_removed)
{
    d->parties[2].key_count--;
}

CHANGE(broker_key_removed)
{
    d->brokers[0].key_count--;
}

CHANGE(address_removed)
{
    d->party_count--;
}

CHANGE(broker_removed)
{
    d->broker_count = 0;
}

CHANGE(broker_renamed)
{
    d->brokers[0].id = "hub-2";
}

CHANGE(address_renamed)
{
    d->parties[1].address = (struct address){"XB/central"};
}

CHANGE(key_moved_to_another_party)
{
    struct roster_key *keys = edit_keys(&d->parties[0], a);
    keys[d->parties[0].key_count++] = d->parties[2].keys[4];
    d->parties[2].key_count--;
}

CHANGE(key_moved_to_a_broker)
{
    struct roster_key *keys = draft_keys(a, d->brokers[0].keys, 2, 1);
    keys[2] = d->parties[0].keys[2]; /* link, a role that both may have */
    d->brokers[0].keys = keys;
    d->brokers[0].key_count = 3;
    struct roster_key *left = edit_keys(&d->parties[0], a);
    left[2] = left[4];
    d->parties[0].key_count = 4;
}

CHANGE(role_changed)
{
    edit_keys(&d->parties[0], a)[0].role = ROLE_SEAL;
}

CHANGE(node_key_becomes_a_root)
{
    struct roster_key *keys = edit_keys(&d->parties[0], a);
    d->roots[2].minisign.key = keys[0].key;
    keys[0] = keys[4];
    d->parties[0].key_count = 4;
}

CHANGE(revoked)
{
    struct roster_key *key = &edit_keys(&d->parties[0], a)[0];
    key->revoked = true;
    key->revoked_at_ms = FIXTURE_NOW.ms;
    key->revoked_reason = "lost";
}

CHANGE(key_added)
{
    uint8_t secret[32];
    struct party *party = &d->parties[0];
    struct roster_key *keys = edit_keys(party, a);
    keys[party->key_count] = keys[2];
    keys[party->key_count++].key = fixture_link(1002, secret);
}

CHANGE(parties_reordered)
{
    struct party first = d->parties[0];
    d->parties[0] = d->parties[2];
    d->parties[2] = first;
}

CHANGE(key_dates_and_party_changed)
{
    edit_keys(&d->parties[0], a)[0].until_ms = FIXTURE_NOW.ms;
    d->parties[0].status = PARTY_LEFT;
    d->parties[0].name = "another name";
}

static void with_roots(struct roster_draft *d, struct arena *a, struct bench *b, const char *names,
                       unsigned threshold)
{
    d->roots = arena_zero(a, strlen(names), sizeof *d->roots);
    d->root_count = strlen(names);
    d->threshold = threshold;
    for (size_t i = 0; names[i] != '\0'; i++) {
        d->roots[i].name = "a root";
        d->roots[i].minisign = fixture_root_key(root_named(b, names[i]));
    }
}

CHANGE(roots_bcd)
{
    with_roots(d, a, c, "bcd", 2);
}

CHANGE(roots_cde)
{
    with_roots(d, a, c, "cde", 2);
}

CHANGE(roots_abc_all)
{
    with_roots(d, a, c, "abc", 3);
}

CHANGE(root_e_alone)
{
    with_roots(d, a, c, "e", 1);
}

CHANGE(root_a_under_another_id)
{
    with_roots(d, a, c, "abc", 2);
    d->roots[0].minisign.id[0] ^= 1;
}

/* The key id of root a stands for root d in version 2: minisign's ids are not authenticated. */
CHANGE(id_of_a_names_d)
{
    struct bench *b = c;
    with_roots(d, a, b, "dbc", 2);
    memcpy(d->roots[0].minisign.id, b->f->root_key[0].id, 8);
}

CHANGE(id_of_a_names_d_and_all_sign)
{
    id_of_a_names_d(d, a, c);
    d->threshold = 3;
}

CHANGE(expired_long_ago)
{
    d->issued_ms = FIXTURE_FROM_MS;
    d->expires_ms = FIXTURE_FROM_MS + 1000;
}

CHANGE(threshold_1)
{
    d->threshold = 1;
}

static const struct update_case {
    const char *name;
    change *change;
    const char *signers;
    enum roster_outcome outcome;
    const char *error; /* a part of the text */
} cases[] = {
    {"unchanged", NULL, "ab", ROSTER_OK, NULL},
    {"any quorum", NULL, "ac", ROSTER_OK, NULL},
    {"all", NULL, "abc", ROSTER_OK, NULL},
    {"rollback to another first", version_1_again, "ab", ROSTER_NETWORK, "hash is the network id"},
    {"gap", version_3, "ab", ROSTER_VERSION, "fetch version 2 first"},
    {"fast-forward to the end", version_largest, "abc", ROSTER_VERSION, "does not follow 1"},
    {"other network", other_network, "ab", ROSTER_NETWORK, "network: not"},
    {"no network", zero_network, "ab", ROSTER_NETWORK, "network: not"},
    {"other predecessor", other_previous, "ab", ROSTER_FORK, "previous: not the hash"},
    {"no predecessor", zero_previous, "ab", ROSTER_FORK, "previous: not the hash"},
    {"issued earlier", issued_before, "ab", ROSTER_RULE, "issued: before"},
    {"issued at the same time", issued_the_same, "ab", ROSTER_OK, NULL},
    {"key removed", key_removed, "ab", ROSTER_RULE, "parties[2].keys[4] of version 1: this key is gone"},
    {"broker's key removed", broker_key_removed, "ab", ROSTER_RULE, "brokers[0].keys[1] of version 1"},
    {"broker removed", broker_removed, "ab", ROSTER_RULE, "of version 1: this key is gone"},
    {"broker renamed", broker_renamed, "ab", ROSTER_RULE, "another role or owner"},
    {"address removed", address_removed, "ab", ROSTER_RULE, "XC/poc of version 1 is gone"},
    {"address renamed", address_renamed, "ab", ROSTER_RULE, "XB/poc of version 1 is gone"},
    {"key moved to another party", key_moved_to_another_party, "ab", ROSTER_RULE,
     "parties[0].keys[5]: this key had"},
    {"key moved to a broker", key_moved_to_a_broker, "ab", ROSTER_RULE, "brokers[0].keys[2]: this key had"},
    {"role changed", role_changed, "ab", ROSTER_RULE, "parties[0].keys[0]: this key had another role"},
    {"node key becomes a root", node_key_becomes_a_root, "ab", ROSTER_RULE, "roots.keys[2]: this key had"},
    {"threshold that two quorums reach", threshold_1, "ab", ROSTER_RULE, "not more than half"},
    {"key revoked", revoked, "ab", ROSTER_OK, NULL},
    {"key added", key_added, "ab", ROSTER_OK, NULL},
    {"parties in another order", parties_reordered, "ab", ROSTER_OK, NULL},
    {"dates of a key and a party's entry", key_dates_and_party_changed, "ab", ROSTER_OK, NULL},
    {"expired when it comes", expired_long_ago, "ab", ROSTER_OK, NULL},
    {"no signature", NULL, "", ROSTER_THRESHOLD, "signed by 0 of the roots of version 1, 2 are needed"},
    {"k - 1", NULL, "a", ROSTER_THRESHOLD, "signed by 1"},
    {"one key twice", NULL, "aa", ROSTER_THRESHOLD, "signed by 1"},
    {"one key 64 times", NULL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     ROSTER_THRESHOLD, "by 1"},
    {"a quorum in 64 files", NULL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
     ROSTER_OK, NULL},
    {"a quorum in 65 files", NULL, "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     ROSTER_FORMAT, "65 signature"},
    {"strangers", NULL, "de", ROSTER_THRESHOLD, "signed by 0"},
    {"one root and strangers", NULL, "ade", ROSTER_THRESHOLD, "signed by 1"},
    {"new roots, both quorums by the same", roots_bcd, "bc", ROSTER_OK, NULL},
    {"new roots, both quorums by three", roots_bcd, "abd", ROSTER_OK, NULL},
    {"new roots, old quorum only", roots_bcd, "ab", ROSTER_THRESHOLD, "of version 2, 2 are needed"},
    {"new roots, new quorum only", roots_bcd, "bd", ROSTER_THRESHOLD, "of version 1, 2 are needed"},
    {"nearly all new roots, old and new", roots_cde, "acd", ROSTER_OK, NULL},
    {"nearly all new roots, new only", roots_cde, "de", ROSTER_THRESHOLD,
     "signed by 0 of the roots of version 1"},
    {"higher threshold, old one reached", roots_abc_all, "ab", ROSTER_THRESHOLD,
     "of version 2, 3 are needed"},
    {"higher threshold reached", roots_abc_all, "abc", ROSTER_OK, NULL},
    {"one new root, signed by old", root_e_alone, "ab", ROSTER_THRESHOLD, "of version 2, 1 are needed"},
    {"one new root, signed by it", root_e_alone, "e", ROSTER_THRESHOLD, "of version 1, 2 are needed"},
    {"one new root, signed by all", root_e_alone, "abe", ROSTER_OK, NULL},
    {"a root's id changed", root_a_under_another_id, "ab", ROSTER_OK, NULL},
    {"a root's id given to another, old key signs", id_of_a_names_d, "ab", ROSTER_THRESHOLD, "of version 2"},
    {"a root's id given to another, common ones sign", id_of_a_names_d, "bc", ROSTER_OK, NULL},
};

static void update_cases_end_as_told(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct update_case *c = &cases[i];
        struct bytes minisigs[ROSTER_MINISIG_MAX + 1];
        struct error error = {0};
        struct bytes json = fixture_successor(b->f, b->f->roster, c->change, b);
        size_t count = sign_as(b, c->signers, json, minisigs);
        enum roster_outcome outcome = update(b, b->f->roster, json, minisigs, count, &error);
        if (outcome != c->outcome || (c->error != NULL && strstr(error.text, c->error) == NULL)) {
            fail_msg("%s: %s: %s", c->name, roster_outcome_name(outcome), error.text);
        }
    }
}

/* Of every subset of signers exactly those with a quorum are taken: old {a,b,c} 2, new {c,d,e} 2. */
static void every_subset_of_signers_counts_right(void **state)
{
    struct bench *b = *state;
    struct bytes json = fixture_successor(b->f, b->f->roster, roots_cde, b);
    for (unsigned set = 0; set < 32; set++) {
        char names[6];
        size_t length = 0;
        unsigned old_roots = 0;
        unsigned new_roots = 0;
        for (unsigned i = 0; i < 5; i++) {
            if ((set >> i & 1) != 0) {
                names[length++] = (char)('a' + (int)i);
                old_roots += i <= 2;
                new_roots += i >= 2;
            }
        }
        names[length] = '\0';
        struct bytes minisigs[ROSTER_MINISIG_MAX];
        size_t count = sign_as(b, names, json, minisigs);
        enum roster_outcome outcome = update(b, b->f->roster, json, minisigs, count, NULL);
        assert_int_equal(outcome, old_roots >= 2 && new_roots >= 2 ? ROSTER_OK : ROSTER_THRESHOLD);
    }
}

/* --- successions of more than one step --- */

static void same_bytes_are_nothing_to_do(void **state)
{
    struct bench *b = *state;
    assert_int_equal(update(b, b->f->roster, b->f->json, NULL, 0, NULL), ROSTER_SAME);
}

static void older_version_is_a_rollback(void **state)
{
    struct bench *b = *state;
    struct roster *second = fixture_next(b->f, b->f->roster, NULL, NULL, NULL);
    struct roster *third = fixture_next(b->f, second, NULL, NULL, NULL);
    struct error error = {0};
    assert_int_equal(update(b, third, roster_json(second), NULL, 0, &error), ROSTER_VERSION);
    assert_string_equal(error.text, "version: 2 is older than 3, which is held");
    assert_int_equal(update(b, third, b->f->json, b->f->minisig, 3, NULL), ROSTER_VERSION);
    assert_int_equal(update(b, third, roster_json(third), NULL, 0, NULL), ROSTER_SAME);
    assert_int_equal(update(b, b->f->roster, roster_json(third), NULL, 0, NULL), ROSTER_VERSION);
    roster_free(second);
    roster_free(third);
}

static void other_bytes_of_the_held_version_are_a_fork(void **state)
{
    struct bench *b = *state;
    struct roster *second = fixture_next(b->f, b->f->roster, NULL, NULL, NULL);
    struct bytes other = fixture_successor(b->f, b->f->roster, key_added, b);
    struct bytes minisigs[ROSTER_MINISIG_MAX];
    size_t count = sign_as(b, "abc", other, minisigs);
    struct error error = {0};
    assert_int_equal(update(b, second, other, minisigs, count, &error), ROSTER_FORK);
    assert_non_null(strstr(error.text, "keep both"));
    /* and what follows the other one does not follow ours */
    struct roster *theirs = must_read(other);
    struct bytes third = fixture_successor(b->f, theirs, NULL, NULL);
    count = sign_as(b, "abc", third, minisigs);
    assert_int_equal(update(b, second, third, minisigs, count, NULL), ROSTER_FORK);
    roster_free(theirs);
    roster_free(second);
}

CHANGE(revoked_again)
{
    struct roster_key *key = &edit_keys(&d->parties[0], a)[0];
    key->revoked_reason = "stolen, as we know now";
}

CHANGE(revoked_no_more)
{
    edit_keys(&d->parties[0], a)[0].revoked = false;
}

static void revocation_is_for_ever(void **state)
{
    struct bench *b = *state;
    struct roster *second = fixture_next(b->f, b->f->roster, revoked, NULL, NULL);
    struct bytes minisigs[ROSTER_MINISIG_MAX];
    struct bytes json = fixture_successor(b->f, second, revoked_no_more, NULL);
    size_t count = sign_as(b, "abc", json, minisigs);
    struct error error = {0};
    assert_int_equal(update(b, second, json, minisigs, count, &error), ROSTER_RULE);
    assert_string_equal(error.text, "parties[0].keys[0].revoked: null, but version 2 has revoked this key");
    json = fixture_successor(b->f, second, revoked_again, NULL);
    count = sign_as(b, "abc", json, minisigs);
    assert_int_equal(update(b, second, json, minisigs, count, NULL), ROSTER_OK);
    roster_free(second);
}

static void removed_root_signs_no_more(void **state)
{
    struct bench *b = *state;
    struct bytes minisigs[ROSTER_MINISIG_MAX];
    struct bytes json = fixture_successor(b->f, b->f->roster, roots_bcd, b);
    size_t count = sign_as(b, "bc", json, minisigs);
    assert_int_equal(update(b, b->f->roster, json, minisigs, count, NULL), ROSTER_OK);
    struct roster *second = must_read(json);
    json = fixture_successor(b->f, second, NULL, NULL);
    count = sign_as(b, "ab", json, minisigs);
    assert_int_equal(update(b, second, json, minisigs, count, NULL), ROSTER_THRESHOLD);
    count = sign_as(b, "bd", json, minisigs);
    assert_int_equal(update(b, second, json, minisigs, count, NULL), ROSTER_OK);
    roster_free(second);
}

/* --- what signature files may be --- */

static void bad_files_are_reported_and_count_nothing(void **state)
{
    struct bench *b = *state;
    struct roster *second = NULL;
    struct bytes json = fixture_successor(b->f, b->f->roster, NULL, NULL);
    struct bytes good = fixture_minisig(b->f, &b->f->root[1], json);
    uint8_t *legacy = arena_take(b->scratch, good.size);
    memcpy(legacy, good.data, good.size);
    uint8_t *alg = memchr(legacy, '\n', good.size);
    assert_memory_equal(alg + 1, "RU", 2);
    alg[2] = 'W';
    const struct bytes minisigs[] = {
        fixture_minisig(b->f, &b->f->root[0], b->f->json), /* of another version */
        bytes_of_text("not a signature"),
        bytes_of(NULL, 0),
        bytes_of(legacy, good.size),
        fixture_minisig(b->f, &b->new_root[0], json),
        good,
        good,
    };
    enum { FILES = sizeof minisigs / sizeof minisigs[0] };
    struct signature_report reports[FILES];
    assert_int_equal(roster_read(json, &second, NULL), ROSTER_OK);
    assert_int_equal(roster_update(b->f->roster, second, minisigs, FILES, b->scratch, reports, NULL),
                     ROSTER_THRESHOLD);
    static const enum minisig_outcome outcomes[FILES] = {MINISIG_BAD,    MINISIG_MALFORMED, MINISIG_MALFORMED,
                                                         MINISIG_LEGACY, MINISIG_OTHER_KEY, MINISIG_OK,
                                                         MINISIG_OK};
    static const char *const roots[FILES] = {"root-a", "", "", "", "", "root-b", "root-b"};
    for (size_t i = 0; i < FILES; i++) {
        assert_int_equal(reports[i].outcome, outcomes[i]);
        assert_string_equal(reports[i].root, roots[i]);
        assert_string_equal(reports[i].comment, outcomes[i] == MINISIG_OK ? "comity roster" : "");
        assert_int_equal(reports[i].counted, i == 5);
    }
    /* they spoil nothing either */
    struct bytes with_quorum[FILES + 1];
    memcpy(with_quorum, minisigs, sizeof minisigs);
    with_quorum[FILES] = fixture_minisig(b->f, &b->f->root[2], json);
    assert_int_equal(roster_update(b->f->roster, second, with_quorum, FILES + 1, b->scratch, NULL, NULL),
                     ROSTER_OK);
    roster_free(second);
}

/* A key id that named one root in the old version and names another in the new one: the new one's files count. */
static void key_id_may_pass_to_another_root(void **state)
{
    struct bench *b = *state;
    struct bytes json = fixture_successor(b->f, b->f->roster, id_of_a_names_d_and_all_sign, b);
    struct bytes minisigs[ROSTER_MINISIG_MAX];
    size_t count = sign_as(b, "bc", json, minisigs);
    minisigs[count] = minisig_make(json, b->f->root_key[0].id, &b->new_root[0], "by root d", b->scratch);
    assert_int_equal(update(b, b->f->roster, json, minisigs, count, NULL), ROSTER_THRESHOLD);
    assert_int_equal(update(b, b->f->roster, json, minisigs, count + 1, NULL), ROSTER_OK);
}

/* --- the first roster --- */

static void first_roster_needs_its_network_and_its_quorum(void **state)
{
    struct bench *b = *state;
    const struct fixture *f = b->f;
    struct network_id other = f->network;
    other.bytes[0] ^= 1;
    assert_int_equal(roster_first(f->roster, &f->network, f->minisig, 2, b->scratch, NULL, NULL), ROSTER_OK);
    assert_int_equal(roster_first(f->roster, &f->network, f->minisig, 1, b->scratch, NULL, NULL),
                     ROSTER_THRESHOLD);
    assert_int_equal(roster_first(f->roster, &f->network, NULL, 0, b->scratch, NULL, NULL), ROSTER_THRESHOLD);
    assert_int_equal(roster_first(f->roster, &other, f->minisig, 3, b->scratch, NULL, NULL), ROSTER_NETWORK);
    const struct bytes twice[2] = {f->minisig[1], f->minisig[1]};
    assert_int_equal(roster_first(f->roster, &f->network, twice, 2, b->scratch, NULL, NULL),
                     ROSTER_THRESHOLD);
    assert_memory_equal(f->network.bytes, roster_hash(f->roster)->bytes, 32);
}

static void later_first_roster_needs_its_number_and_hash_from_paper(void **state)
{
    struct bench *b = *state;
    struct bytes minisigs[2];
    struct roster *second = fixture_next(b->f, b->f->roster, NULL, NULL, minisigs);
    const struct network_id *network = &b->f->network;
    const struct digest *hash = roster_hash(second);
    struct digest other = *hash;
    other.bytes[9] ^= 1;
    struct network_id other_network_id = *network;
    other_network_id.bytes[9] ^= 1;
    assert_int_equal(roster_first(second, network, minisigs, 2, b->scratch, NULL, NULL), ROSTER_VERSION);
    assert_int_equal(roster_first_pinned(second, network, 2, hash, minisigs, 2, b->scratch, NULL, NULL),
                     ROSTER_OK);
    assert_int_equal(roster_first_pinned(second, network, 2, hash, minisigs, 1, b->scratch, NULL, NULL),
                     ROSTER_THRESHOLD);
    assert_int_equal(roster_first_pinned(second, network, 3, hash, minisigs, 2, b->scratch, NULL, NULL),
                     ROSTER_VERSION);
    assert_int_equal(roster_first_pinned(second, network, 2, &other, minisigs, 2, b->scratch, NULL, NULL),
                     ROSTER_FORK);
    assert_int_equal(
        roster_first_pinned(second, &other_network_id, 2, hash, minisigs, 2, b->scratch, NULL, NULL),
        ROSTER_NETWORK);
    roster_free(second);
}

static struct bytes kept_file(struct bench *b, const char *name)
{
    const char *top = getenv("COMITY_TOP");
    char *path = arena_format(b->scratch, "%s/tests/data/roster/%s", top == NULL ? "." : top, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s is missing", path);
    }
    uint8_t *data = arena_take(b->scratch, 65536);
    size_t size = fread(data, 1, 65536, file);
    (void)fclose(file);
    return bytes_of(data, size);
}

/* Kept files, signed by stock minisign 0.11 with the fixture's root keys. */
static void rosters_signed_by_stock_minisign_are_taken(void **state)
{
    struct bench *b = *state;
    const struct bytes first[2] = {kept_file(b, "roster.json.root-a.minisig"),
                                   kept_file(b, "roster.json.root-b.minisig")};
    assert_int_equal(roster_first(b->f->roster, &b->f->network, first, 2, b->scratch, NULL, NULL), ROSTER_OK);
    const struct bytes legacy[2] = {first[0], kept_file(b, "roster.json.root-b-legacy.minisig")};
    assert_int_equal(roster_first(b->f->roster, &b->f->network, legacy, 2, b->scratch, NULL, NULL),
                     ROSTER_THRESHOLD);
}

/* --- properties --- */

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Any one byte of a signed roster changed to anything else: refused, by update and as a first roster. */
static void no_changed_byte_is_taken(void **state)
{
    struct bench *b = *state;
    struct bytes minisigs[ROSTER_MINISIG_MAX];
    struct bytes json = fixture_successor(b->f, b->f->roster, key_added, b);
    size_t count = sign_as(b, "abc", json, minisigs);
    assert_int_equal(update(b, b->f->roster, json, minisigs, count, NULL), ROSTER_OK);
    uint8_t *changed = arena_take(b->scratch, json.size);
    uint32_t random = 20261121;
    for (size_t at = next_random(&random) % 8; at < json.size; at += 1 + next_random(&random) % 15) {
        memcpy(changed, json.data, json.size);
        uint8_t flip = (uint8_t)(1 + next_random(&random) % 255);
        /* a letter or digit mostly stays one, so that many changes pass the grammar */
        changed[at] ^= next_random(&random) % 2 == 0 ? flip : 1;
        struct roster *candidate = NULL;
        if (roster_read(bytes_of(changed, json.size), &candidate, NULL) != ROSTER_OK) {
            continue;
        }
        struct network_id own = roster_network(candidate);
        if (roster_update(b->f->roster, candidate, minisigs, count, b->scratch, NULL, NULL) == ROSTER_OK ||
            roster_first_pinned(candidate, &own, roster_version(candidate), roster_hash(candidate), minisigs,
                                count, b->scratch, NULL, NULL) == ROSTER_OK) {
            fail_msg("byte %zu changed from 0x%02x to 0x%02x", at, json.data[at], changed[at]);
        }
        roster_free(candidate);
    }
}

/* Random versions, honest or with one rule broken: what is taken always kept every key and address of what was held. */
static void what_is_taken_only_grows(void **state)
{
    static change *const changes[] = {
        NULL,           key_added,         revoked,         revoked_no_more,
        key_removed,    role_changed,      address_removed, issued_before,
        other_previous, parties_reordered, broker_removed,  key_dates_and_party_changed};
    struct bench *b = *state;
    uint32_t random = 7;
    struct roster *held = must_read(b->f->json);
    unsigned taken = 0;
    for (int round = 0; round < 60; round++) {
        struct bytes minisigs[ROSTER_MINISIG_MAX];
        change *pick = changes[next_random(&random) % (sizeof changes / sizeof changes[0])];
        if (pick == key_added && taken > 0) {
            pick = NULL; /* it would add the same key again */
        }
        struct bytes json = fixture_successor(b->f, held, pick, b);
        struct roster *candidate = must_read(json);
        size_t count = sign_as(b, "bc", json, minisigs);
        if (roster_update(held, candidate, minisigs, count, b->scratch, NULL, NULL) != ROSTER_OK) {
            roster_free(candidate);
            continue;
        }
        size_t parties = 0;
        const struct party *old = roster_parties(held, &parties);
        for (size_t i = 0; i < parties; i++) {
            const struct party *now = roster_find(candidate, old[i].address.text);
            assert_non_null(now);
            for (size_t k = 0; k < old[i].key_count; k++) {
                const struct roster_key *key = NULL;
                wall_ms at = {old[i].keys[k].from_ms};
                enum key_standing standing =
                    roster_key_standing(candidate, now, old[i].keys[k].role, &old[i].keys[k].key, at, &key);
                assert_int_not_equal(standing, KEY_UNKNOWN);
                assert_true(key->revoked || !old[i].keys[k].revoked);
            }
        }
        roster_free(held);
        held = candidate;
        taken++;
    }
    assert_true(taken > 5);
    roster_free(held);
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(update_cases_end_as_told),
        TEST(every_subset_of_signers_counts_right),
        TEST(same_bytes_are_nothing_to_do),
        TEST(older_version_is_a_rollback),
        TEST(other_bytes_of_the_held_version_are_a_fork),
        TEST(revocation_is_for_ever),
        TEST(removed_root_signs_no_more),
        TEST(bad_files_are_reported_and_count_nothing),
        TEST(key_id_may_pass_to_another_root),
        TEST(first_roster_needs_its_network_and_its_quorum),
        TEST(later_first_roster_needs_its_number_and_hash_from_paper),
        TEST(rosters_signed_by_stock_minisign_are_taken),
        TEST(no_changed_byte_is_taken),
        TEST(what_is_taken_only_grows),
    };
    return cmocka_run_group_tests_name("roster_update", tests, NULL, NULL);
}
