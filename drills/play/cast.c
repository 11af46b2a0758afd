/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/cast.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/zonefile.h"
#include "base/ensure.h"
#include "drills/office/issue.h"

#define SLAB_CELLS  256
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define PARTY_KEYS  (3 + CAST_OFFICERS)
#define SMALL_QUOTA 3 /* envelopes waiting for one recipient */
#define SMALL_BYTES                                                                                          \
    ((uint64_t)2 * 1024 * 1024) /* holds an envelope of any size: what is refused for now goes later */
#define SECONDS(ms) ((ms) / MS_PER_SECOND * MS_PER_SECOND)

#define MON_FRI 0x3e
#define SUN_THU 0x1f
#define SUN_FRI 0x3f
#define MON_SAT 0x7e

/*
 * Zones that differ in what goes wrong with dates: quarter hours, half an hour of summer time, midnights that
 * do not exist.
 */
static const struct {
    const char *address, *name, *zone, *phone;
    const char *languages[3];
} places[CAST_PARTIES_MAX] = {
    {"XA/poc", "Contact point of Aldoria", "Asia/Ho_Chi_Minh", "+84 24 5550 0101", {"vi", "en", NULL}},
    {"XB/poc", "Point de contact de Bérie", "Europe/Paris", "+33 1 5550 0102", {"fr", "en", NULL}},
    {"XC/poc", "Contact point of Cestan", "America/New_York", "+1 212 555 0103", {"en", NULL}},
    {"XA/central", "Central authority of Aldoria", "Asia/Ho_Chi_Minh", "+84 24 5550 0104", {"vi", NULL}},
    {"XD/poc", "Contact point of Doral", "Asia/Kathmandu", "+977 1 555 0105", {"ne", "en", NULL}},
    {"XE/poc", "Contact point of Eyrland", "Australia/Lord_Howe", "+61 2 5550 0106", {"en", NULL}},
    {"XF/poc", "Punto de contacto de Ferra", "America/Santiago", "+56 2 5550 0107", {"es", NULL}},
    {"XB/central", "Autorité centrale de Bérie", "Europe/Paris", "+33 1 5550 0108", {"fr", NULL}},
    {"XG/poc", "Contact point of Gath", "Africa/Cairo", "+20 2 5550 0109", {"ar", "en", NULL}},
    {"XH/poc", "Contact point of Hesp", "Pacific/Apia", "+685 555 0110", {"sm", "en", NULL}},
    {"XI/poc", "Contact point of Istra", "Asia/Beirut", "+961 1 555 111", {"ar", "fr", NULL}},
    {"XC/central", "Central authority of Cestan", "America/New_York", "+1 212 555 0112", {"en", NULL}},
};

/* The working days that each publishes, bit 0 is Sunday; 0: none. */
static const uint8_t weeks[CAST_PARTIES_MAX] = {
    MON_FRI, 0, MON_FRI, MON_FRI, SUN_FRI, MON_FRI, 0, MON_FRI, SUN_THU, MON_FRI, MON_SAT, 0,
};

static const struct exercise_id exercise_id = {.bytes = {0xe5, 0xe5, 0xe5, 0xe5, 0xe5, 0xe5, 0xe5, 0xe5, 1}};

const char *cast_address(size_t place)
{
    ensure(place < CAST_PARTIES_MAX);
    return places[place].address;
}

static void *take(struct cast *cast, size_t count, size_t size)
{
    void *taken = arena_zero(cast->arena, count, size);
    ensure(taken != NULL);
    return taken;
}

/* With the liar. */
static size_t everybody(const struct cast *cast)
{
    return cast->party_count + cast->has_liar;
}

/* Of parties[index], in the order of places. */
static size_t place_of(const struct cast *cast, size_t index)
{
    return index == cast->party_count ? cast->liar_place
                                      : index + (cast->has_liar && index >= cast->liar_place);
}

/* --- keys --- */

static struct signer draw_signer(struct cast *cast, struct stream *stream)
{
    struct signer signer = issue_signer(cast->slab, stream);
    signer.verified = &cast->verified;
    return signer;
}

static void draw_keys(struct cast *cast)
{
    struct stream stream = stream_of(cast->seed, "cast", 0);
    for (size_t i = 0; i < CAST_ROOTS; i++) {
        cast->root[i] = draw_signer(cast, &stream);
    }
    cast->receipt_signer = draw_signer(cast, &stream);
    cast->broker_link = issue_link(&stream, NULL);
    for (size_t i = 0; i < everybody(cast); i++) {
        struct cast_party *party = &cast->parties[i];
        stream = stream_of(cast->seed, "cast", place_of(cast, i) + 1);
        party->node_signer = draw_signer(cast, &stream);
        party->seal_signer = draw_signer(cast, &stream);
        cast->link[i] = issue_link(&stream, NULL);
        for (size_t k = 0; k < CAST_OFFICERS; k++) {
            party->officer[k] = draw_signer(cast, &stream);
        }
    }
}

/* --- the roster --- */

static bool exercises(const struct cast *cast, size_t index)
{
    return cast->exercise && index != cast->outsider && index != cast->party_count;
}

/* Holidays soon after the start and some weeks later, on days that differ by place. */
static const struct calendar_entry *draft_calendar(struct cast *cast, size_t place)
{
    static const int32_t after_start[] = {1, 4, 11, 12, 30, 60};
    const size_t count = sizeof after_start / sizeof after_start[0];
    struct calendar_entry *calendar = take(cast, 1, sizeof *calendar);
    int32_t *holidays = take(cast, count, sizeof *holidays);
    for (size_t i = 0; i < count; i++) {
        holidays[i] = (int32_t)(cast->start.ms / MS_PER_DAY) + after_start[i] + (int32_t)place;
    }
    *calendar = (struct calendar_entry){
        .week = weeks[place],
        .hours = {8 * 60 + 30, 17 * 60},
        .on_call = {17 * 60, 8 * 60 + 30},
        .holidays = holidays,
        .holiday_count = count,
    };
    return calendar;
}

/* To be pinged, but not at night; one in three parties gives none. */
static const struct ping_consent *draft_consent(struct cast *cast, size_t place)
{
    struct ping_consent *consent = take(cast, 1, sizeof *consent);
    struct day_span *night = take(cast, 1, sizeof *night);
    *night = (struct day_span){22 * 60, 6 * 60};
    *consent = (struct ping_consent){
        .given = true, .quiet = night, .quiet_count = place % 2, .per_year = 12, .answer_hours = 24};
    return consent;
}

static void draft_party(struct cast *cast, size_t index, struct party *ret)
{
    static const char *const mandate[] = {"sign", NULL};
    static const char *const names[CAST_OFFICERS] = {"duty", "head", "deputy"};
    static const char *const numbers[CAST_OFFICERS] = {"4711", "4712", "4713"};
    static const enum office offices[CAST_OFFICERS] = {OFFICE_DUTY, OFFICE_HEAD, OFFICE_DEPUTY};
    const struct cast_party *p = &cast->parties[index];
    const size_t place = place_of(cast, index);
    struct roster_key *keys = take(cast, PARTY_KEYS, sizeof *keys);
    struct contact *contact = take(cast, 1, sizeof *contact);
    keys[0] = issue_key(ROLE_NODE, &p->node_signer.key, cast->start);
    keys[1] = issue_key(ROLE_SEAL, &p->seal_signer.key, cast->start);
    keys[2] = issue_key(ROLE_LINK, &cast->link[index], cast->start);
    for (size_t i = 0; i < CAST_OFFICERS; i++) {
        keys[3 + i] = issue_key(ROLE_OFFICER, &p->officer[i].key, cast->start);
        keys[3 + i].name = names[i];
        keys[3 + i].mandate = mandate;
        if (place % 3 == 2) { /* abroad these are known by office and number, the others by name */
            keys[3 + i].office = offices[i];
            keys[3 + i].number = numbers[i];
        }
        keys[3 + i].exercise = exercises(cast, index);
    }
    *contact = (struct contact){.role = "duty officer", .phone = p->phone, .hours = "24/7"};
    *ret = (struct party){
        .address = p->address,
        .status = PARTY_ACTIVE,
        .name = places[place].name,
        .zone = p->zone_name,
        .languages = places[place].languages,
        .contacts = contact,
        .contact_count = 1,
        .keys = keys,
        .key_count = PARTY_KEYS,
        .shares_opened = place % 3 != 2, /* XC/poc, XF/poc, XC/central: OPENED stays with them */
        .letters = 2,
        .calendar = weeks[place] == 0 ? NULL : draft_calendar(cast, place),
        .ping = place % 3 == 2 ? NULL : draft_consent(cast, place),
    };
}

static void draft_first(struct cast *cast, struct roster_draft *ret)
{
    static const char *const names[CAST_ROOTS] = {"root-a", "root-b"};
    static const char *const endpoints[] = {"tcp://127.0.0.1:7400", NULL};
    *ret = (struct roster_draft){.version = 1, .grace_days = ISSUE_GRACE_DAYS, .threshold = CAST_ROOTS};
    ret->root_count = CAST_ROOTS;
    ret->roots = take(cast, CAST_ROOTS, sizeof *ret->roots);
    for (size_t i = 0; i < CAST_ROOTS; i++) {
        ret->roots[i] = (struct draft_root){.name = names[i], .minisign = issue_root(&cast->root[i])};
    }
    struct roster_key *keys = take(cast, 2, sizeof *keys);
    keys[0] = issue_key(ROLE_LINK, &cast->broker_link, cast->start);
    keys[1] = issue_key(ROLE_RECEIPT, &cast->receipt_signer.key, cast->start);
    ret->broker_count = 1;
    ret->brokers = take(cast, 1, sizeof *ret->brokers);
    ret->brokers[0] =
        (struct roster_broker){.id = CAST_BROKER_ID, .endpoints = endpoints, .keys = keys, .key_count = 2};
    ret->party_count = everybody(cast);
    ret->parties = take(cast, everybody(cast), sizeof *ret->parties);
    for (size_t i = 0; i < everybody(cast); i++) {
        draft_party(cast, i, &ret->parties[i]);
    }
}

/* The newest roster from now on. */
static void issue(struct cast *cast, struct roster_draft *draft, uint64_t issued_ms)
{
    struct roster *held = cast->roster;
    issue_dates(draft, issued_ms);
    cast->roster = issue_roster(draft, held, cast->shelf, cast->root, CAST_ROOTS, cast->arena,
                                &cast->newest_json, cast->newest_minisigs);
    roster_free(held);
}

/* --- the cast --- */

static void place_party(struct cast *cast, size_t index)
{
    struct cast_party *party = &cast->parties[index];
    const size_t place = place_of(cast, index);
    ensure(address_read(bytes_of_text(places[place].address), &party->address));
    party->phone = places[place].phone;
    party->zone_name = places[place].zone;
    bool there = zone_of(cast->zones, party->zone_name) != NULL;
    if (!there &&
        !zone_set_add(cast->zones, party->zone_name, zonefile_bytes(party->zone_name, cast->arena))) {
        (void)fprintf(stderr, "cast: no time zone %s on this machine: install tzdata\n", party->zone_name);
        abort();
    }
    party->zone = zone_of(cast->zones, party->zone_name);
}

struct cast *cast_of(const struct cast_setup *setup)
{
    ensure(sodium_init() >= 0);
    ensure(setup->party_count >= 2 && setup->party_count <= CAST_PARTIES_MAX);
    ensure(!setup->has_liar || setup->liar < setup->party_count);
    struct cast *cast = calloc(1, sizeof *cast);
    ensure(cast != NULL);
    cast->slab = slab_new(SLAB_CELLS, NULL);
    cast->arena = arena_new(ARENA_BYTES);
    cast->shelf = roster_shelf_new();
    ensure(cast->slab != NULL && cast->arena != NULL && cast->shelf != NULL);
    cast->seed = setup->seed;
    cast->start = setup->start;
    cast->exercise = setup->exercise;
    cast->outsider = setup->outsider;
    cast->has_liar = setup->has_liar;
    cast->liar_place = setup->liar;
    cast->party_count = setup->party_count - setup->has_liar;
    cast->zones = take(cast, 1, sizeof *cast->zones);
    zone_set_init(cast->zones, cast->arena);
    for (size_t i = 0; i < everybody(cast); i++) {
        place_party(cast, i);
    }
    draw_keys(cast);
    struct roster_draft draft;
    draft_first(cast, &draft);
    issue(cast, &draft, SECONDS(setup->start.ms - MS_PER_DAY));
    cast->network = roster_network(cast->roster);
    cast->roster_json = cast->newest_json;
    memcpy(cast->minisigs, cast->newest_minisigs, sizeof cast->minisigs);
    cast->world_parties = take(cast, everybody(cast), sizeof *cast->world_parties);
    for (size_t i = 0; i < everybody(cast); i++) {
        const struct cast_party *party = &cast->parties[i];
        cast->world_parties[i] = (struct world_party){.address = party->address,
                                                      .node_signer = &party->node_signer,
                                                      .seal_signer = &party->seal_signer,
                                                      .zone = party->zone,
                                                      .has_exercise = exercises(cast, i),
                                                      .exercise = exercise_id};
    }
    return cast;
}

struct cast *cast_new(uint64_t seed, size_t party_count, wall_ms start)
{
    return cast_of(&(struct cast_setup){.seed = seed, .party_count = party_count, .start = start});
}

size_t cast_liar(const struct cast *cast)
{
    ensure(cast->has_liar);
    return cast->party_count + 1;
}

void cast_free(struct cast *cast)
{
    if (cast == NULL) {
        return;
    }
    for (size_t i = 0; i < CAST_ROOTS; i++) {
        signer_done(&cast->root[i]);
    }
    signer_done(&cast->receipt_signer);
    for (size_t i = 0; i < everybody(cast); i++) {
        signer_done(&cast->parties[i].node_signer);
        signer_done(&cast->parties[i].seal_signer);
        for (size_t k = 0; k < CAST_OFFICERS; k++) {
            signer_done(&cast->parties[i].officer[k]);
        }
    }
    roster_free(cast->roster);
    roster_shelf_free(cast->shelf);
    arena_free(cast->arena);
    slab_free(cast->slab);
    free(cast);
}

static const struct cast_party *find_party(const struct cast *cast, const char *address)
{
    for (size_t i = 0; i < cast->party_count + cast->has_liar; i++) {
        if (strcmp(cast->parties[i].address.text, address) == 0) {
            return &cast->parties[i];
        }
    }
    return NULL;
}

const struct cast_party *cast_party(const struct cast *cast, const char *address)
{
    const struct cast_party *found = find_party(cast, address);
    ensure(found != NULL);
    return found;
}

const struct signer *cast_deputy(const struct cast_party *party)
{
    return &party->officer[CAST_OFFICERS - 1];
}

const char *cast_misses(const struct cast *cast, const char *const *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (find_party(cast, addresses[i]) == NULL) {
            return addresses[i];
        }
    }
    return NULL;
}

struct world *cast_world(struct cast *cast, struct world_setup *setup)
{
    struct error error = {.text = ""};
    setup->network = cast->network;
    setup->roster_json = cast->roster_json;
    setup->minisigs = cast->minisigs;
    setup->minisig_count = CAST_ROOTS;
    setup->broker_id = CAST_BROKER_ID;
    setup->receipt_signer = &cast->receipt_signer;
    setup->parties = cast->world_parties;
    setup->party_count = cast->party_count;
    setup->guest_count = cast->has_liar;
    setup->slab = cast->slab;
    setup->verified = &cast->verified;
    setup->shelf = cast->shelf;
    setup->zones = cast->zones;
    setup->start = cast->start;
    setup->seed = cast->seed;
    struct world *world = world_new(setup, &error);
    if (world == NULL) {
        (void)fprintf(stderr, "cast: the world does not start: %s\n", error.text);
        abort();
    }
    return world;
}

/* --- the next version --- */

static void revoke_deputy(struct cast *cast, struct party *party, uint64_t at_ms)
{
    struct roster_key *keys = draft_keys(cast->arena, party->keys, party->key_count, 0);
    ensure(keys != NULL && party->key_count == PARTY_KEYS);
    struct roster_key *deputy = &keys[PARTY_KEYS - 1];
    if (!deputy->revoked) {
        deputy->revoked = true;
        deputy->revoked_at_ms = at_ms;
        deputy->revoked_reason = "left the service";
    }
    party->keys = keys;
}

void cast_next_roster(struct cast *cast, enum cast_change change, size_t index, wall_ms issued)
{
    struct roster_draft draft;
    ensure(index < cast->party_count);
    ensure(roster_draft_after(cast->roster, cast->arena, &draft));
    uint64_t held_ms = roster_issued_ms(cast->roster);
    uint64_t issued_ms = SECONDS(issued.ms) > held_ms ? SECONDS(issued.ms) : held_ms;
    struct party *party = &draft.parties[index];
    switch (change) {
    case CAST_NOTHING:
        break;
    case CAST_REVOKE_OFFICER:
        revoke_deputy(cast, party, issued_ms);
        break;
    case CAST_SUSPEND:
        party->status = PARTY_SUSPENDED;
        break;
    case CAST_RESUME:
        party->status = PARTY_ACTIVE;
        break;
    case CAST_QUOTA:
        party->quota_envelopes = party->quota_envelopes == 0 ? SMALL_QUOTA : 0;
        party->quota_bytes = party->quota_envelopes == 0 ? 0 : SMALL_BYTES;
        break;
    }
    issue(cast, &draft, issued_ms);
}
