/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "tests/support/api.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define EXTRA_OFFICERS (API_EXTRA_END - API_READER)

/* --- a roster with more officers --- */

void api_add_officers(struct slab *slab, struct arena *arena, struct party *party)
{
    static const char *const sign[] = {"sign", NULL};
    static const char *const nothing[] = {NULL};
    struct roster_key *keys = arena_zero(arena, party->key_count + EXTRA_OFFICERS, sizeof *keys);
    assert_non_null(keys);
    memcpy(keys, party->keys, party->key_count * sizeof *keys);
    struct roster_key *extra = &keys[party->key_count];
    for (unsigned i = 0; i < EXTRA_OFFICERS; i++) {
        struct signer signer = fixture_signer(slab, API_READER + i);
        extra[i] = (struct roster_key){.role = ROLE_OFFICER,
                                       .key = signer.key,
                                       .from_ms = FIXTURE_FROM_MS,
                                       .until_ms = FIXTURE_UNTIL_MS,
                                       .name = "another",
                                       .mandate = sign};
        signer_done(&signer);
    }
    extra[0].mandate = nothing;
    extra[API_TRAINEE - API_READER].exercise = true;
    extra[API_REVOKED - API_READER].revoked = true;
    extra[API_REVOKED - API_READER].revoked_at_ms = FIXTURE_NOW.ms - MS_PER_DAY;
    extra[API_REVOKED - API_READER].revoked_reason = "lost";
    extra[API_OVER - API_READER].until_ms = FIXTURE_NOW.ms - MS_PER_DAY;
    party->keys = keys;
    party->key_count += EXTRA_OFFICERS;
}

/* Version 1 again, with what was changed in its draft. */
static void found_again(struct fixture *f)
{
    struct error error = {.text = ""};
    f->json = roster_make(&f->draft, f->arena);
    for (size_t i = 0; i < FIXTURE_ROOTS; i++) {
        f->minisig[i] = fixture_minisig(f, &f->root[i], f->json);
    }
    roster_free(f->roster);
    if (roster_read(f->json, &f->roster, &error) != ROSTER_OK) {
        fail_msg("%s", error.text);
    }
    f->network = roster_network(f->roster);
}

static void nothing(struct party *xb)
{
    (void)xb;
}

/* party.keys is const; these were just made in the fixture's arena */
static void decides(struct party *xb)
{
    static const char *const sign_and_decide[] = {"sign", "decide", NULL};
    struct roster_key *reader = (struct roster_key *)(uintptr_t)&xb->keys[xb->key_count - EXTRA_OFFICERS];
    reader->mandate = sign_and_decide;
}

static void is_free_on_fridays(struct party *xb)
{
    static const int32_t holidays[] = {(int32_t)(UINT64_C(1780444800000) / MS_PER_DAY)}; /* 2026-06-03 */
    static const struct calendar_entry calendar = {
        .week = 1 | 2 | 4 | 8 | 16, .holidays = holidays, .holiday_count = 1};
    static const struct ping_consent consent = {.given = true, .per_year = 12, .answer_hours = 24};
    xb->calendar = &calendar;
    xb->ping = &consent;
}

static int set_up(void **state, void (*change)(struct party *xb))
{
    struct api *api = calloc(1, sizeof *api);
    assert_non_null(api);
    assert_true(sodium_init() >= 0);
    api->slab = slab_new(256, NULL);
    api->fixture = fixture_new(api->slab);
    struct party *xb = &api->fixture->draft.parties[1];
    api_add_officers(api->slab, api->fixture->arena, xb);
    change(xb);
    found_again(api->fixture);
    api->world = officer_world(api->fixture, 11);
    api->request = officer_sample_request();
    api->arena = arena_new((size_t)16 * 1024 * 1024);
    assert_non_null(api->arena);
    assert_true(world_settle(api->world, 1000));
    *state = api;
    return 0;
}

int api_set_up(void **state)
{
    return set_up(state, nothing);
}

int api_set_up_deciding(void **state)
{
    return set_up(state, decides);
}

int api_set_up_calendar(void **state)
{
    return set_up(state, is_free_on_fridays);
}

int api_tear_down(void **state)
{
    struct api *api = *state;
    assert_int_equal(world_fatals(api->world), 0);
    world_free(api->world);
    fixture_free(api->fixture);
    slab_free(api->slab);
    arena_free(api->arena);
    free(api->request);
    free(api);
    return 0;
}

void api_settle(struct api *api)
{
    assert_true(world_settle(api->world, 100000));
    assert_true(world_pass(api->world, 2000));
}

/* --- calls --- */

const char *api_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

json_t *api_call(struct api *api, const char *party, enum verb verb, const char *target, const char *query,
                 bool command, json_t *body, unsigned *ret_status)
{
    struct command asked = {.actor = "officer", .verb = verb, .target = target, .query = query, .body = body};
    json_t *answer = NULL;
    if (command) {
        officer_command_id(asked.id);
    }
    assert_true(world_command(api->world, world_actor(api->world, party), &asked, ret_status, &answer));
    json_decref(body);
    assert_non_null(answer);
    return answer;
}

unsigned api_get_status(struct api *api, const char *party, enum verb verb, const char *target)
{
    unsigned status = 0;
    json_decref(api_call(api, party, verb, target, "", false, NULL, &status));
    return status;
}

void api_assert_refused(json_t *answer, unsigned status, unsigned want_status, const char *want_code)
{
    if (status != want_status || strcmp(api_text(answer, "code"), want_code) != 0) {
        fail_msg("wanted %u %s, got %u %s: %s", want_status, want_code, status, api_text(answer, "code"),
                 api_text(answer, "error"));
    }
    assert_string_not_equal(api_text(answer, "error"), "");
    assert_string_not_equal(api_text(answer, "next"), "");
    json_decref(answer);
}

const char *api_key(struct api *api, const struct public_key *key)
{
    char *text = hex_new(api->arena, bytes_of(key->bytes, sizeof key->bytes));
    assert_non_null(text);
    return text;
}

const char *api_officer(struct api *api, const char *party, unsigned which)
{
    return api_key(api, &fixture_party(api->fixture, party)->officer[which].key);
}

const char *api_extra(struct api *api, unsigned number)
{
    struct signer signer = fixture_signer(api->slab, number);
    const char *text = api_key(api, &signer.key);
    signer_done(&signer);
    return text;
}

json_t *api_prepare_body(const char *member, const char *where, const char *letter, const char *signer)
{
    json_t *parsed = json_loads(letter, 0, NULL);
    assert_non_null(parsed);
    return json_pack("{s:s, s:o, s:[s]}", member, where, "letter", parsed, "signers", signer);
}

struct bytes api_bytes(struct api *api, const char *text)
{
    uint8_t *bytes = arena_take(api->arena, strlen(text) + 1);
    size_t size = 0;
    assert_true(bytes != NULL && base64_read(bytes, strlen(text), &size, bytes_of_text(text)));
    return bytes_of(bytes, size);
}

/* --- a case --- */

void api_case(struct api *api)
{
    json_t *answer = NULL;
    assert_int_equal(officer_send(api->world, api->fixture, "XA/poc", "XB/poc", api->request, &answer), 200);
    (void)snprintf(api->case_id, sizeof api->case_id, "%s", api_text(answer, "case"));
    json_decref(answer);
    api_settle(api);
}

void api_send(struct api *api, const char *party, const char *letter)
{
    json_t *answer = NULL;
    unsigned status = officer_send(api->world, api->fixture, party, api->case_id, letter, &answer);
    if (status != 200) {
        fail_msg("%s answered %u: %s", party, status, api_text(answer, "error"));
    }
    json_decref(answer);
    api_settle(api);
}
