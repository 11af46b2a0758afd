/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/oracle/oracle_private.h"

/* --- life --- */

struct oracle *oracle_new(const struct oracle_party *parties, size_t party_count,
                          const uint8_t receipt_key[32])
{
    struct oracle *o = calloc(1, sizeof *o);
    ensure(o != NULL);
    o->parties = calloc(party_count + 1, sizeof *o->parties);
    o->hostile = calloc(party_count + 1, sizeof *o->hostile);
    o->liar = calloc(party_count + 1, sizeof *o->liar);
    ensure(o->parties != NULL && o->hostile != NULL && o->liar != NULL);
    memcpy(o->parties + 1, parties, party_count * sizeof *parties);
    o->party_count = party_count;
    ensure(id_from(bytes_of(receipt_key, 32), &o->receipt_key));
    o->canaries = canaries_new();
    o->healed_us = NOT_YET;
    return o;
}

void oracle_free(struct oracle *o)
{
    if (o == NULL) {
        return;
    }
    struct id_map *const maps[] = {&o->envelope_of_id, &o->number_of_place, &o->receipt_of_digest,
                                   &o->receipt_of_raw, &o->letter_of_id,    &o->command_of_id,
                                   &o->good_turns,     &o->revoked_keys,    &o->torn_cases};
    void *const lists[] = {o->parties, o->hostile,  o->liar,  o->losses,  o->envelopes,
                           o->numbers, o->receipts, o->items, o->letters, o->commands};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        id_map_free(maps[i]);
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        free(lists[i]);
    }
    canaries_free(o->canaries);
    free(o);
}

/* --- the verdict --- */

const struct oracle_verdict *oracle_verdict(const struct oracle *o)
{
    return o->broken ? &o->verdict : NULL;
}

void oracle_break(struct oracle *o, const char *invariant, const char *format, ...)
{
    va_list args;
    if (o->broken) {
        return;
    }
    o->broken = true;
    o->verdict.invariant = invariant;
    o->verdict.at_us = o->now_us;
    va_start(args, format);
    (void)vsnprintf(o->verdict.text, sizeof o->verdict.text, format, args);
    va_end(args);
}

bool oracle_is_excused(const struct oracle *o, size_t actor, uint64_t at_us)
{
    for (size_t i = 0; i < o->loss_count; i++) {
        const struct loss *loss = &o->losses[i];
        if (loss->actor == actor && loss->since_us <= at_us && at_us <= loss->at_us) {
            return true;
        }
    }
    return false;
}

bool oracle_excuse(struct oracle *o, size_t actor, uint64_t at_us)
{
    bool excused = oracle_is_excused(o, actor, at_us);
    o->figures.excused += excused;
    return excused;
}

bool oracle_lost_since(const struct oracle *o, size_t actor, uint64_t at_us)
{
    for (size_t i = 0; i < o->loss_count; i++) {
        if (o->losses[i].actor == actor && o->losses[i].at_us >= at_us) {
            return true;
        }
    }
    return false;
}

bool oracle_lost_anything(const struct oracle *o, size_t actor)
{
    return oracle_lost_since(o, actor, 0);
}

bool oracle_had_a_day(const struct oracle *o, size_t from, size_t to, uint64_t created_ms,
                      uint64_t expires_ms)
{
    uint64_t from_ms = created_ms > o->healed_ms ? created_ms : o->healed_ms;
    return o->healed_us != NOT_YET && expires_ms > from_ms + DAY_MS && !oracle_lost_anything(o, BROKER) &&
           !oracle_lost_anything(o, from) && !oracle_lost_anything(o, to);
}

struct oracle_figures oracle_figures(const struct oracle *o)
{
    return o->figures;
}

struct id oracle_case_key(const uint8_t case_id[16])
{
    return id_hash(bytes_of(case_id, 16));
}

bool oracle_excuse_torn(struct oracle *o, const uint8_t case_id[16])
{
    struct id key = oracle_case_key(case_id);
    bool torn = id_map_get(&o->torn_cases, &key) != ID_MAP_NONE;
    o->figures.excused += torn;
    return torn;
}

/* --- names --- */

const char *oracle_name(const struct oracle *o, size_t actor)
{
    return actor == BROKER ? "the broker" : actor <= o->party_count ? o->parties[actor].address : "nobody";
}

size_t oracle_actor(const struct oracle *o, const char *address)
{
    for (size_t i = 1; i <= o->party_count; i++) {
        if (strcmp(o->parties[i].address, address) == 0) {
            return i;
        }
    }
    return NOBODY;
}

struct envelope_text oracle_envelope_text(const struct oracle *o, const struct envelope_record *e)
{
    struct envelope_text text;
    (void)snprintf(text.text, sizeof text.text, "%s's envelope %s to %s (lane %u, number %u/%u)",
                   oracle_name(o, e->from), id_digits(&e->id).text, oracle_name(o, e->to), (unsigned)e->lane,
                   (unsigned)e->incarnation, (unsigned)e->seq);
    return text;
}

struct envelope_text oracle_receipt_text(const struct oracle *o, const struct receipt_record *receipt)
{
    struct envelope_text text;
    (void)snprintf(text.text, sizeof text.text, "receipt %s %s of %s's envelopes to %s",
                   id_digits(&receipt->digest).text, fact_kind_name(receipt->kind),
                   oracle_name(o, receipt->from), oracle_name(o, receipt->to));
    return text;
}

/* --- what people do --- */

static struct id id_of_command(const uint8_t command_id[16])
{
    return id_hash(bytes_of(command_id, 16));
}

static uint32_t letter_record(struct oracle *o, struct bytes context_bytes, struct bytes letter)
{
    struct said_context context;
    struct id id = said_letter_id(context_bytes, letter);
    uint32_t known = id_map_get(&o->letter_of_id, &id);
    if (known != ID_MAP_NONE || !said_context_read(context_bytes, &context)) {
        return known;
    }
    o->letters = list_grow(o->letters, o->letter_count, &o->letter_room, sizeof *o->letters);
    struct letter_record *record = &o->letters[o->letter_count];
    *record = (struct letter_record){.id = id,
                                     .has_prev = context.has_prev,
                                     .prev = context.prev,
                                     .from = oracle_actor(o, context.from.text),
                                     .to = oracle_actor(o, context.to.text),
                                     .case_seq = context.case_seq,
                                     .signed_ms = context.signed_ms,
                                     .signer_count = context.signer_count,
                                     .submitted_us = o->now_us,
                                     .ok_us = NOT_YET};
    memcpy(record->case_id, context.case_id, sizeof record->case_id);
    memcpy(record->signers, context.signers, sizeof record->signers);
    id_map_put(&o->letter_of_id, &id, (uint32_t)o->letter_count);
    return (uint32_t)o->letter_count++;
}

void oracle_submit(struct oracle *o, uint64_t at_us, size_t party, const uint8_t command_id[16],
                   struct bytes context, struct bytes letter)
{
    struct id id = id_of_command(command_id);
    uint32_t known = id_map_get(&o->command_of_id, &id);
    if (o->broken) {
        return;
    }
    o->now_us = at_us;
    (void)party;
    uint32_t number = letter_record(o, context, letter);
    if (number != ID_MAP_NONE) {
        o->letters[number].outstanding++;
    }
    if (known != ID_MAP_NONE && o->commands[known].letter == number) {
        return; /* the same once more */
    }
    o->commands = list_grow(o->commands, o->command_count, &o->command_room, sizeof *o->commands);
    o->commands[o->command_count] = (struct command_record){.letter = number, .ok_us = NOT_YET};
    id_map_put(&o->command_of_id, &id, (uint32_t)o->command_count++);
}

/* I10: who is refused is told why. */
static void check_refusal(struct oracle *o, size_t party, unsigned status, const json_t *answer)
{
    const char *code = json_string_value(json_object_get(answer, "code"));
    const char *text = json_string_value(json_object_get(answer, "error"));
    if (code == NULL || code[0] == '\0' || text == NULL || text[0] == '\0') {
        oracle_break(o, "I10", "%s answered a command with %u without saying why", oracle_name(o, party),
                     status);
    }
}

static void submit_taken(struct oracle *o, size_t party, struct command_record *command, const json_t *answer)
{
    const char *told = json_string_value(json_object_get(answer, "letterId"));
    char text[65];
    if (command->letter == ID_MAP_NONE) {
        oracle_break(o, "I4", "%s took a letter whose context cannot be read", oracle_name(o, party));
        return;
    }
    struct letter_record *letter = &o->letters[command->letter];
    if (letter->from != party) {
        oracle_break(o, "I4", "%s took letter %s, which %s wrote", oracle_name(o, party),
                     id_digits(&letter->id).text, oracle_name(o, letter->from));
    } else if (told == NULL || strcmp(told, hex_write(text, id_bytes(&letter->id))) != 0) {
        oracle_break(o, "I4", "%s answered 200 to letter %s and named it %.8s", oracle_name(o, party),
                     id_digits(&letter->id).text, told == NULL ? "nothing" : told);
    }
    if (letter->ok_us == NOT_YET) {
        letter->ok_us = o->now_us;
        o->figures.letters++;
    }
    command->ok_us = o->now_us;
}

void oracle_answer(struct oracle *o, uint64_t at_us, size_t party, const uint8_t command_id[16],
                   unsigned status, const json_t *answer)
{
    struct id id = id_of_command(command_id);
    uint32_t number = id_map_get(&o->command_of_id, &id);
    if (o->broken || status == 0) {
        return;
    }
    o->now_us = at_us;
    if (status >= 400) {
        check_refusal(o, party, status, answer);
    }
    if (number == ID_MAP_NONE) {
        return; /* not a submit */
    }
    struct command_record *command = &o->commands[number];
    if (command->letter != ID_MAP_NONE) {
        o->letters[command->letter].outstanding -= o->letters[command->letter].outstanding != 0;
        o->letters[command->letter].status = status;
    }
    if (status == 200) {
        submit_taken(o, party, command, answer);
    } else if (status < 500 && command->ok_us != NOT_YET && !oracle_excuse(o, party, command->ok_us)) {
        oracle_break(o, "I2", "%s answered 200 to a command and %u to the very same one later",
                     oracle_name(o, party), status);
    }
}

/* The letters must have come: an officer cannot have read what the broker never brought (I5). */
void oracle_opened(struct oracle *o, uint64_t at_us, size_t party, struct bytes signed_receipt)
{
    if (o->broken) {
        return;
    }
    o->now_us = at_us;
    struct receipt_record *receipt = oracle_receipt_shown(o, signed_receipt);
    if (receipt == NULL || receipt->kind != FACT_OPENED || receipt->to != party) {
        oracle_break(o, "I5", "%s let an officer sign what is no receipt OPENED of it",
                     oracle_name(o, party));
        return;
    }
    receipt->opened_by_officer = true;
    for (size_t i = 0; i < receipt->item_count; i++) {
        const struct envelope_record *e = &o->envelopes[o->items[receipt->item_first + i].envelope];
        if (e->delivered_us == NOT_YET) {
            oracle_break(o, "I5", "%s let an officer open %s, which the broker never delivered there",
                         oracle_name(o, party), oracle_envelope_text(o, e).text);
        }
    }
}

void oracle_canary(struct oracle *o, const char *text)
{
    canaries_add(o->canaries, text);
}

void oracle_logged(struct oracle *o, uint64_t at_us, size_t actor, const char *text)
{
    const char *canary = o->broken || text == NULL ? NULL : canaries_find(o->canaries, bytes_of_text(text));
    if (canary != NULL) {
        o->now_us = at_us;
        oracle_break(o, "I7", "\"%s\" can be read in the log of %s", canary, oracle_name(o, actor));
    }
}

/* --- what excuses --- */

void oracle_lost_after(struct oracle *o, uint64_t at_us, size_t actor, uint64_t since_us)
{
    o->losses = list_grow(o->losses, o->loss_count, &o->loss_room, sizeof *o->losses);
    o->losses[o->loss_count++] = (struct loss){.actor = actor, .since_us = since_us, .at_us = at_us};
}

void oracle_hostile(struct oracle *o, uint64_t at_us, size_t party)
{
    (void)at_us;
    o->hostile[party] = true;
}

void oracle_liar(struct oracle *o, size_t party)
{
    o->liar[party] = true;
}

bool oracle_may_recall(const struct oracle *o, size_t actor, size_t party)
{
    return oracle_lost_anything(o, BROKER) || oracle_lost_anything(o, actor) ||
           oracle_lost_anything(o, party) || o->hostile[actor] || o->hostile[party];
}

void oracle_revoked(struct oracle *o, uint64_t at_us, const uint8_t officer_key[32])
{
    struct id key;
    (void)at_us;
    ensure(id_from(bytes_of(officer_key, sizeof key.bytes), &key));
    id_map_put(&o->revoked_keys, &key, 0);
}

void oracle_healed(struct oracle *o, uint64_t at_us, uint64_t healed_ms)
{
    o->healed_us = at_us;
    o->healed_ms = healed_ms;
}
