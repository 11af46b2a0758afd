/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/network.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/zonefile.h"
#include "base/ensure.h"
#include "drills/office/issue.h"
#include "keys/envelope.h"

#define PARTY_KEYS       (3 + NETWORK_OFFICERS)
#define CELLS_A_PARTY    (2 + NETWORK_OFFICERS)
#define CELLS_SPARE      1024 /* roots, broker, prekeys in use */
#define ARENA_BYTES      ((size_t)256 * 1024 * 1024)
#define US_PER_MS        UINT64_C(1000)
#define CHECKPOINT_PAGES 256 /* of logs: few letters between two, and small disks */
#define CACHE_BYTES      (UINT64_C(3) * 512 * 1024)
#define RECONNECT_MS     UINT64_C(30000)
#define LATENCY_PERCENT  50 /* the longest delay of a link is so much above its latency */

const char *const network_root_names[NETWORK_ROOTS] = {"root-a", "root-b"};
const char *const network_officer_names[NETWORK_OFFICERS] = {"duty", "head", "deputy"};

static void *take(struct network *network, size_t count, size_t size)
{
    void *taken = arena_zero(network->arena, count, size);
    ensure(taken != NULL);
    return taken;
}

/* --- keys --- */

static struct signer draw_signer(struct network *network, struct stream *stream)
{
    struct signer signer = issue_signer(network->slab, stream);
    signer.verified = network->verified;
    return signer;
}

static void draw_keys(struct network *network)
{
    struct stream stream = stream_of(network->seed, "network", 0);
    for (size_t i = 0; i < NETWORK_ROOTS; i++) {
        network->root[i] = draw_signer(network, &stream);
    }
    network->receipt = draw_signer(network, &stream);
    network->broker_link = issue_link(&stream, network->broker_link_secret);
    stream_bytes(&stream, network->exercise.bytes, sizeof network->exercise.bytes);
    network->exercise.bytes[0] |= 1; /* the id of an exercise is not zero */
    for (size_t i = 0; i < network->party_count; i++) {
        struct network_party *party = &network->parties[i];
        stream = stream_of(network->seed, party->address.text, 0);
        party->node = draw_signer(network, &stream);
        party->seal = draw_signer(network, &stream);
        party->link = issue_link(&stream, party->link_secret);
        for (size_t k = 0; k < NETWORK_OFFICERS; k++) {
            party->officer[k] = draw_signer(network, &stream);
        }
    }
}

/* --- the roster --- */

/* A copy that ends with NULL. */
static const char *const *texts(struct network *network, const char *const *list, size_t count)
{
    const char **copy = take(network, count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = list[i];
    }
    return copy;
}

static const struct terms *draft_terms(struct network *network, const struct scenario_terms *terms)
{
    static const char *const none[] = {NULL};
    struct terms *draft = take(network, 1, sizeof *draft);
    bool limited = terms->hold_days_max != 0 || terms->hold_extensions != 0;
    *draft = (struct terms){
        .insists = texts(network, terms->insists.list, terms->insists.count),
        .dual_holds = terms->dual_holds,
        .dual_assistance = terms->dual_assistance,
        .hold_days_max = terms->hold_days_max == 0 ? TERMS_UNSAID : terms->hold_days_max,
        .hold_extensions = limited ? terms->hold_extensions : TERMS_UNSAID,
        .lead_days = terms->lead_days,
        .formats = none,
        .channels = none,
        .text = "",
    };
    for (size_t i = 0; i < TERMS_CLASSES; i++) {
        draft->languages[i] = none;
    }
    draft->languages[TERMS_ASSISTANCE] = texts(network, terms->translate.list, terms->translate.count);
    return draft;
}

static const struct ping_consent *draft_consent(struct network *network)
{
    struct ping_consent *consent = take(network, 1, sizeof *consent);
    *consent = (struct ping_consent){.given = true, .per_year = 365, .answer_hours = 24};
    return consent;
}

static const struct calendar_entry *draft_calendar(struct network *network, const struct scenario_unit *unit)
{
    struct calendar_entry *calendar = take(network, 1, sizeof *calendar);
    *calendar = unit->state->calendar;
    return calendar;
}

static const char *published_phone(const struct network_party *party)
{
    return party->wrong_entry           ? "+99 999 9999"
           : party->unit->phone == NULL ? "+99 000 0000"
                                        : party->unit->phone;
}

static struct contact *draft_contact(struct network *network, const struct network_party *party)
{
    struct contact *contact = take(network, 1, sizeof *contact);
    *contact =
        (struct contact){.role = "duty officer", .phone = published_phone(party), .hours = "as published"};
    return contact;
}

static void draft_party(struct network *network, size_t place, struct party *ret)
{
    static const char *const mandate[] = {"sign", NULL};
    const struct network_party *p = &network->parties[place];
    const struct scenario_state *state = p->unit->state;
    const wall_ms start = {.ms = network->scenario->clock.start_ms};
    struct roster_key *keys = take(network, PARTY_KEYS, sizeof *keys);
    keys[0] = issue_key(ROLE_NODE, &p->node.key, start);
    keys[1] = issue_key(ROLE_SEAL, &p->seal.key, start);
    keys[2] = issue_key(ROLE_LINK, &p->link, start);
    for (size_t i = 0; i < NETWORK_OFFICERS; i++) {
        keys[3 + i] = issue_key(ROLE_OFFICER, &p->officer[i].key, start);
        keys[3 + i].name = network_officer_names[i];
        keys[3 + i].mandate = mandate;
        keys[3 + i].exercise = true;
    }
    *ret = (struct party){
        .address = p->address,
        .status = PARTY_ACTIVE,
        .name = arena_format(network->arena, "%s, %s", state->name, p->unit->name),
        .zone = state->zone.name,
        .languages = texts(network, state->languages.list, state->languages.count),
        .contacts = draft_contact(network, p),
        .contact_count = 1,
        .keys = keys,
        .key_count = PARTY_KEYS,
        .shares_opened = true,
        .letters = 2,
        .calendar = draft_calendar(network, p->unit),
        .terms = draft_terms(network, &state->terms),
        .ping = draft_consent(network),
    };
}

static void issue(struct network *network, struct roster_draft *draft, uint64_t issued_ms)
{
    struct roster *held = network->roster;
    issue_dates(draft, issued_ms);
    network->roster = issue_roster(draft, held, NULL, network->root, NETWORK_ROOTS, network->arena,
                                   &network->newest_json, network->newest_minisigs);
    roster_free(held);
}

static void issue_first(struct network *network)
{
    const char **endpoints = take(network, 2, sizeof *endpoints);
    const wall_ms start = {.ms = network->scenario->clock.start_ms};
    struct roster_draft draft = {.version = 1,
                                 .grace_days = ISSUE_GRACE_DAYS,
                                 .threshold = NETWORK_ROOTS,
                                 .root_count = NETWORK_ROOTS};
    draft.roots = take(network, NETWORK_ROOTS, sizeof *draft.roots);
    for (size_t i = 0; i < NETWORK_ROOTS; i++) {
        draft.roots[i] =
            (struct draft_root){.name = network_root_names[i], .minisign = issue_root(&network->root[i])};
    }
    struct roster_key *keys = take(network, 2, sizeof *keys);
    endpoints[0] = arena_format(network->arena, "tcp://127.0.0.1:%u", network->port);
    keys[0] = issue_key(ROLE_LINK, &network->broker_link, start);
    keys[1] = issue_key(ROLE_RECEIPT, &network->receipt.key, start);
    draft.broker_count = 1;
    draft.brokers = take(network, 1, sizeof *draft.brokers);
    draft.brokers[0] =
        (struct roster_broker){.id = NETWORK_BROKER, .endpoints = endpoints, .keys = keys, .key_count = 2};
    draft.party_count = network->party_count;
    draft.parties = take(network, network->party_count, sizeof *draft.parties);
    for (size_t i = 0; i < network->party_count; i++) {
        draft_party(network, i, &draft.parties[i]);
    }
    issue(network, &draft, start.ms - MS_PER_DAY);
    network->id = roster_network(network->roster);
    network->first_json = network->newest_json;
    memcpy(network->first_minisigs, network->newest_minisigs, sizeof network->first_minisigs);
}

void network_next_roster(struct network *network, size_t revoked, uint64_t issued_ms)
{
    struct roster_draft draft;
    ensure(roster_draft_after(network->roster, network->arena, &draft));
    uint64_t held_ms = roster_issued_ms(network->roster);
    uint64_t at_ms = issued_ms > held_ms ? issued_ms : held_ms;
    if (revoked != SIZE_MAX && !network->parties[revoked].revoked) {
        struct party *party = &draft.parties[revoked];
        struct roster_key *keys = draft_keys(network->arena, party->keys, party->key_count, 0);
        ensure(keys != NULL && party->key_count == PARTY_KEYS);
        keys[PARTY_KEYS - 1].revoked = true;
        keys[PARTY_KEYS - 1].revoked_at_ms = at_ms / MS_PER_SECOND * MS_PER_SECOND;
        keys[PARTY_KEYS - 1].revoked_reason = "as the scenario has it";
        party->keys = keys;
        network->parties[revoked].revoked = true;
    }
    for (size_t i = 0; i < network->party_count; i++) {
        if (strcmp(draft.parties[i].contacts->phone, published_phone(&network->parties[i])) != 0) {
            draft.parties[i].contacts = draft_contact(network, &network->parties[i]);
        }
    }
    issue(network, &draft, at_ms);
}

/* --- the network --- */

static bool load_zone(struct network *network, const char *name, struct error *error)
{
    if (zone_of(network->zones, name) != NULL ||
        zone_set_add(network->zones, name, zonefile_bytes(name, network->arena))) {
        return true;
    }
    error_set(error, "there is no time zone %s on this machine: install tzdata", name);
    return false;
}

static bool place_parties(struct network *network, struct error *error)
{
    const struct scenario *scenario = network->scenario;
    size_t place = 0;
    for (size_t i = 0; i < scenario->states.count; i++) {
        const struct scenario_state *state = &scenario->states.list[i];
        if (!load_zone(network, state->zone.name, error)) {
            return false;
        }
        for (size_t k = 0; k < state->units.count; k++) {
            struct network_party *party = &network->parties[place++];
            party->unit = &state->units.list[k];
            ensure(address_read(bytes_of_text(party->unit->address), &party->address));
        }
    }
    return true;
}

static size_t count_units(const struct scenario *scenario)
{
    size_t count = 0;
    for (size_t i = 0; i < scenario->states.count; i++) {
        count += scenario->states.list[i].units.count;
    }
    return count;
}

static void tell_world(struct network *network)
{
    network->world_parties = take(network, network->party_count, sizeof *network->world_parties);
    for (size_t i = 0; i < network->party_count; i++) {
        const struct network_party *party = &network->parties[i];
        network->world_parties[i] =
            (struct world_party){.address = party->address,
                                 .node_signer = &party->node,
                                 .seal_signer = &party->seal,
                                 .zone = zone_of(network->zones, party->unit->state->zone.name),
                                 .has_exercise = true,
                                 .exercise = network->exercise};
    }
}

#if SCENARIO_START_MS_MIN != CREATED_MS_MIN + 2 * MS_PER_DAY || SCENARIO_END_MS != CREATED_MS_END
#error "a scenario has the dates that envelopes take"
#endif

struct network *network_new(const struct scenario *scenario, uint64_t seed, unsigned port,
                            struct error *error)
{
    size_t count = count_units(scenario);
    ensure(sodium_init() >= 0);
    if (count == 0 || count > WORLD_PARTIES_MAX) {
        error_set(error, "a world has 1 to %d parties, the scenario %zu: leave some out", WORLD_PARTIES_MAX,
                  count);
        return NULL;
    }
    struct network *network = calloc(1, sizeof *network);
    ensure(network != NULL);
    network->scenario = scenario;
    network->seed = seed;
    network->port = port;
    network->party_count = count;
    network->slab = slab_new(CELLS_SPARE + count * CELLS_A_PARTY, error);
    network->arena = arena_new(ARENA_BYTES);
    if (network->slab == NULL || network->arena == NULL) {
        network_free(network);
        return NULL;
    }
    network->parties = take(network, count, sizeof *network->parties);
    network->zones = take(network, 1, sizeof *network->zones);
    network->verified = take(network, 1, sizeof *network->verified);
    zone_set_init(network->zones, network->arena);
    if (!place_parties(network, error)) {
        network->party_count = 0;
        network_free(network);
        return NULL;
    }
    draw_keys(network);
    issue_first(network);
    tell_world(network);
    return network;
}

void network_free(struct network *network)
{
    if (network == NULL) {
        return;
    }
    for (size_t i = 0; network->parties != NULL && i < network->party_count; i++) {
        signer_done(&network->parties[i].node);
        signer_done(&network->parties[i].seal);
        for (size_t k = 0; k < NETWORK_OFFICERS; k++) {
            signer_done(&network->parties[i].officer[k]);
        }
    }
    for (size_t i = 0; i < NETWORK_ROOTS; i++) {
        signer_done(&network->root[i]);
    }
    signer_done(&network->receipt);
    roster_free(network->roster);
    arena_free(network->arena);
    slab_free(network->slab);
    free(network);
}

size_t network_place(const struct network *network, const struct scenario_unit *unit)
{
    size_t place = 0;
    while (place < network->party_count && network->parties[place].unit != unit) {
        place++;
    }
    ensure(place < network->party_count);
    return place;
}

size_t network_officers(const struct network *network, size_t place,
                        const struct signer *ret[NETWORK_OFFICERS])
{
    const struct network_party *party = &network->parties[place];
    size_t count = party->revoked ? NETWORK_OFFICERS - 1 : NETWORK_OFFICERS;
    for (size_t i = 0; i < count; i++) {
        ret[i] = &party->officer[i];
    }
    return count;
}

static void lay_lines(const struct network *network, struct world *world)
{
    for (size_t i = 0; i < network->party_count; i++) {
        const struct scenario_link *link = &network->parties[i].unit->state->link;
        const struct link_nature nature = {
            .delay_min_us = link->latency * US_PER_MS,
            .delay_max_us = link->latency * US_PER_MS * (100 + LATENCY_PERCENT) / 100,
            .bytes_per_s = link->bandwidth,
            .reconnect_us = RECONNECT_MS * US_PER_MS,
        };
        world_link(world, i + 1, &nature);
    }
}

struct world *network_world(const struct network *network, uint64_t quiet_ms, uint64_t tick_ms,
                            const char *scratch_directory, struct error *error)
{
    const struct world_setup setup = {
        .network = network->id,
        .roster_json = network->first_json,
        .minisigs = network->first_minisigs,
        .minisig_count = NETWORK_ROOTS,
        .broker_id = NETWORK_BROKER,
        .receipt_signer = &network->receipt,
        .parties = network->world_parties,
        .party_count = network->party_count,
        .slab = network->slab,
        .verified = network->verified,
        .zones = network->zones,
        .start = {.ms = network->scenario->clock.start_ms},
        .seed = network->seed,
        .scratch_directory = scratch_directory,
        .steady_disks =
            true, /* machines end as a process does, and their disk is full or restored at worst */
        .quiet_ms = quiet_ms,
        .tick_ms = tick_ms,
        .checkpoint_pages = CHECKPOINT_PAGES,
        .cache_bytes = CACHE_BYTES,
        .busy = true,
    };
    struct world *world = world_new(&setup, error);
    if (world != NULL) {
        lay_lines(network, world);
    }
    return world;
}
