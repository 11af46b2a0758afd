/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/act.h"

#include <ctype.h>
#include <string.h>

#include "base/daemon/host.h"
#include "base/text.h"
#include "nodes/cli/letter_value.h"
#include "nodes/cli/options.h"
#include "nodes/cli/prepared.h"
#include "nodes/cli/reading.h"
#include "nodes/cli/screen.h"
#include "proto/codes.h"
#include "proto/json.h"

#define PREPARES_MAX 2 /* the second when more officers must sign than were named */

void act_begin(struct act *act, const struct cli *cli, const struct arguments *arguments,
               const char *case_name)
{
    *act = (struct act){.cli = cli, .arguments = arguments, .signers = 1, .body = json_object()};
    act->code = client_open(&act->client, cli);
    act->now = host_wall();
    if (act->code == EXIT_DONE) {
        act->code = officers_open(&act->officers, cli, arguments);
    }
    if (act->code == EXIT_DONE) {
        act->code = elsewhere_find(&act->client, arguments, act->elsewhere, &act->elsewhere_count);
    }
    if (act->code == EXIT_DONE && case_name != NULL) {
        act->code = look_at(&act->client, case_name, NULL, &act->look);
        act->to = act->look.other;
    }
}

void act_done(struct act *act)
{
    json_decref(act->body);
    act->body = NULL;
    look_done(&act->look);
    officers_close(&act->officers);
    client_close(&act->client);
}

/* --- the letter --- */

void act_put(struct act *act, const char *member, json_t *value)
{
    if (act->code != EXIT_DONE) {
        json_decref(value);
    } else if (json_object_set_new(act->body, member, value) != 0) {
        act->code = cli_fail(act->cli, EXIT_USAGE, "write UTF-8", "the value of %s is no text", member);
    }
}

void act_text(struct act *act, const char *member, const char *option)
{
    const char *text = argument_value(act->arguments, option);
    if (text != NULL) {
        act_put(act, member, letter_text(act, option, text));
    }
}

json_t *act_instant(struct act *act, const char *option, enum when_kind kind, const char *instead)
{
    const char *given = argument_value(act->arguments, option);
    const char *text = given == NULL ? instead : given;
    const char *fault = NULL;
    struct instant instant;
    char written[INSTANT_TEXT_MAX];
    if (text == NULL || act->code != EXIT_DONE) {
        return NULL;
    }
    if (!when_read(text, kind, act->now, act->look.own_zone, act->cli, &instant, &fault)) {
        act->code = cli_fail(act->cli, EXIT_USAGE, NULL, "--%s: %s", option, fault == NULL ? "?" : fault);
        return NULL;
    }
    return json_string(instant_write(written, instant));
}

void act_when(struct act *act, const char *member, const char *option, enum when_kind kind,
              const char *instead)
{
    json_t *instant = act_instant(act, option, kind, instead);
    if (instant != NULL) {
        act_put(act, member, instant);
    }
}

void act_items(struct act *act)
{
    uint32_t numbers[ITEMS_MAX];
    size_t count = 0;
    const char *bad = NULL;
    if (act->code != EXIT_DONE) {
        return;
    }
    if (!argument_numbers(act->arguments, "item", ITEMS_MAX, numbers, ITEMS_MAX, &count, &bad)) {
        act->code = cli_usage(act->cli, act->arguments, "--item %s is no number of an item, such as 1", bad);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_integer(numbers[i]));
    }
    act_put(act, "items", list);
}

json_t *act_word_of(struct act *act, const char *option, const ProtobufCEnumDescriptor *words,
                    const char *text)
{
    const char *names[64];
    char word[64];
    size_t count = 0, size = strlen(text);
    for (unsigned i = 0; i < words->n_value_names && count + 1 < sizeof names / sizeof names[0]; i++) {
        if (words->values[i].value != 0) {
            names[count++] = words->values[i].name;
        }
    }
    names[count] = NULL;
    for (size_t i = 0; i <= size && i < sizeof word; i++) {
        word[i] = text[i] == '-' ? '_' : (char)toupper((unsigned char)text[i]);
    }
    word[sizeof word - 1] = '\0';
    if (text_is_one_of(word, names)) {
        return json_string(word);
    }
    if (act->code == EXIT_DONE) {
        const char *list = "";
        for (size_t i = 0; i < count && list != NULL; i++) {
            list = arena_format(act->cli->arena, "%s%s%s", list, i == 0 ? "" : " ", names[i]);
        }
        act->code =
            cli_fail(act->cli, EXIT_USAGE, cli_text(act->cli, "write one of: %s", list),
                     "--%s %s is no such word", option, screen_quiet(act->cli->arena, bytes_of_text(text)));
    }
    return NULL;
}

void act_word(struct act *act, const char *member, const char *option, const ProtobufCEnumDescriptor *words,
              const char *text)
{
    json_t *word = act_word_of(act, option, words, text);
    if (word != NULL) {
        act_put(act, member, word);
    }
}

/* The rules of the own State that give way, as they stand beside the body; NULL: none. */
static json_t *acted_of(struct act *act)
{
    const char *why = argument_value(act->arguments, "because");
    const char *rule = NULL;
    json_t *rules = json_array();
    for (size_t i = 0; (rule = argument_nth(act->arguments, "overrule", i)) != NULL; i++) {
        json_t *word = act_word_of(act, "overrule", &comity__acted__rule__descriptor, rule);
        if (word != NULL) {
            (void)json_array_append_new(rules, word);
        }
    }
    if (json_array_size(rules) == 0 && why == NULL) {
        json_decref(rules);
        return NULL;
    }
    return json_pack("{s:o, s:s}", "rules", rules, "why", why == NULL ? "" : why);
}

/* What is asked for, whole; a new reference. */
static json_t *letter_of(struct act *act, const char *member)
{
    json_t *acted = acted_of(act);
    json_t *letter = json_pack("{s:O}", member, act->body);
    if (acted != NULL && (letter == NULL || json_object_set_new(letter, "acted", acted) != 0)) {
        json_decref(letter);
        return NULL;
    }
    return letter;
}

const char *act_reference(struct act *act)
{
    char party[ADDRESS_MAX];
    memcpy(party, act->client.party.text, sizeof party);
    for (char *c = party; *c != '\0'; c++) {
        *c = *c == '/' ? '-' : (char)toupper((unsigned char)*c);
    }
    const char *text =
        arena_format(act->cli->arena, "%s-%.8s", party, act->look.id == NULL ? "" : act->look.id);
    return text == NULL ? "" : text;
}

/* --- prepared --- */

/* Is everything in `asked` in `given`, the same? The node may add what was left open; it may change nothing. */
static bool says_all(const json_t *asked, const json_t *given, unsigned depth)
{
    if (depth == JSON_DEPTH_MAX) {
        return false;
    }
    if (json_is_object(asked)) {
        const char *key = NULL;
        json_t *value = NULL;
        json_object_foreach((json_t *)(uintptr_t)asked, key, value)
        {
            if (!says_all(value, json_object_get(given, key), depth + 1)) {
                return false;
            }
        }
        return json_is_object(given);
    }
    if (json_is_array(asked)) {
        size_t count = json_array_size(asked);
        bool same = json_is_array(given) && json_array_size(given) == count;
        for (size_t i = 0; same && i < count; i++) {
            same = says_all(json_array_get(asked, i), json_array_get(given, i), depth + 1);
        }
        return same;
    }
    return json_equal(asked, given) == 1;
}

/* Both in the one spelling that our own encoder gives them. */
static bool letter_is_asked(struct act *act, const char *member, const Comity__Letter *letter)
{
    struct faults faults;
    json_t *asked_json = letter_of(act, member);
    faults_init(&faults, act->cli->arena);
    faults.words = act->cli->words;
    const Comity__Letter *asked =
        asked_json == NULL ? NULL
                           : (const Comity__Letter *)message_of_json(&comity__letter__descriptor, asked_json,
                                                                     act->cli->arena, &faults);
    json_t *asked_plain = asked == NULL ? NULL : json_of_message(&asked->base);
    json_t *given_plain = json_of_message(&letter->base);
    bool same = asked_plain != NULL && given_plain != NULL && says_all(asked_plain, given_plain, 0);
    json_decref(asked_json);
    json_decref(asked_plain);
    json_decref(given_plain);
    return same;
}

/* Those whose keys are here come first, then those who sign elsewhere. */
static size_t signer_count(const struct act *act)
{
    return act->officers.count + act->elsewhere_count;
}

static const struct public_key *signer_key(const struct act *act, size_t i)
{
    return i < act->officers.count ? &act->officers.list[i].signer.key
                                   : &act->elsewhere[i - act->officers.count].key;
}

static bool context_is_asked(struct act *act, const Comity__Context *context)
{
    char id[2 * sizeof(struct case_id) + 1];
    if (context->kind != KIND_LETTER || strcmp(context->from, act->client.party.text) != 0 ||
        strcmp(context->to, act->to.text) != 0 || context->n_copy != 0 ||
        context->case_id.len != sizeof(struct case_id) || context->n_signer != signer_count(act)) {
        return false;
    }
    for (size_t i = 0; i < signer_count(act); i++) {
        const struct public_key *key = signer_key(act, i);
        if (!bytes_equal(wire_bytes(context->signer[i]), bytes_of(key->bytes, sizeof key->bytes))) {
            return false;
        }
    }
    return act->look.id == NULL || strcmp(hex_write(id, wire_bytes(context->case_id)), act->look.id) == 0;
}

/* Signs nothing but what was asked for: kind, recipient, case, signers and every word that was given. */
static bool prepared_good(struct act *act, const char *member, struct prepared *p)
{
    return prepared_decode(act->cli->arena, p) && context_is_asked(act, p->context) &&
           letter_is_asked(act, member, p->letter);
}

static json_t *prepare_body(struct act *act, const char *member)
{
    char key[2 * sizeof(struct public_key) + 1];
    json_t *signers = json_array();
    for (size_t i = 0; i < signer_count(act); i++) {
        const struct public_key *public = signer_key(act, i);
        (void)json_array_append_new(
            signers, json_string(hex_write(key, bytes_of(public->bytes, sizeof public->bytes))));
    }
    json_t *body = json_pack("{s:o, s:o}", "letter", letter_of(act, member), "signers", signers);
    bool is_new = act->look.id == NULL;
    if (body != NULL && json_object_set_new(body, is_new ? "to" : "case",
                                            json_string(is_new ? act->to.text : act->look.id)) != 0) {
        json_decref(body);
        return NULL;
    }
    return body;
}

/* Asks the node; with more officers when the letter needs more. */
static int prepare(struct act *act, const char *member, struct prepared *p)
{
    for (int round = 1;; round++) {
        unsigned status = 0;
        size_t here = act->signers > act->elsewhere_count ? act->signers - act->elsewhere_count : 0;
        int code = officers_need(&act->officers, here);
        json_t *body = code == EXIT_DONE ? prepare_body(act, member) : NULL;
        if (code == EXIT_DONE) {
            code = body == NULL ? cli_fail(act->cli, EXIT_REFUSED, "", "no memory")
                                : client_call(&act->client, "POST", "/v1/letters/prepare", body, false,
                                              &status, &p->answer);
        }
        json_decref(body);
        if (code != EXIT_DONE) {
            return code;
        }
        json_int_t needed = json_integer_value(json_object_get(p->answer, "signatures"));
        bool more = needed > (json_int_t)signer_count(act) && needed <= SIGNERS_MAX && !act->officers.named;
        if (!more || round == PREPARES_MAX) {
            return status == 200 ? EXIT_DONE : client_refused(act->cli, status, json_incref(p->answer));
        }
        act->signers = (size_t)needed;
        json_decref(p->answer);
        p->answer = NULL;
    }
}

/* --- signed --- */

static json_t *signatures(struct act *act, const struct letter_id *id)
{
    json_t *list = json_array();
    for (size_t i = 0; i < act->officers.count; i++) {
        struct bytes proof = officer_sign(&act->officers.list[i], &id->digest, act->cli->arena);
        const char *text = proof.data == NULL ? NULL : base64_new(act->cli->arena, proof);
        if (text == NULL || json_array_append_new(list, json_string(text)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    for (size_t i = 0; i < act->elsewhere_count; i++) {
        (void)json_array_append_new(list, json_null());
    }
    return list;
}

/* What was signed to be opened goes with a letter that is sent, and before one that waits. */
static int post_opened(struct act *act, json_t *opened)
{
    unsigned status = 0;
    json_t *answer = NULL;
    if (json_array_size(opened) == 0) {
        json_decref(opened);
        return EXIT_DONE;
    }
    const char *path = arena_format(act->cli->arena, "/v1/cases/%s/opened", act->look.id);
    json_t *body = json_pack("{s:o}", "opened", opened);
    int code = path == NULL || body == NULL
                   ? cli_fail(act->cli, EXIT_REFUSED, "", "no memory")
                   : client_call(&act->client, "POST", path, body, true, &status, &answer);
    json_decref(body);
    if (code == EXIT_DONE && status != 200) {
        return client_refused(act->cli, status, answer);
    }
    json_decref(answer);
    return code;
}

/* Leaves it with the node, signed by those who are here, for those who sign elsewhere. */
static int keep(struct act *act, const struct prepared *p, json_t **ret)
{
    json_t *opened = NULL;
    size_t letters = 0;
    unsigned status = 0;
    int code = EXIT_DONE;
    if (act->officers.count != 0) {
        code = look_sign_opened(&act->client, &act->officers.list[0], &act->to,
                                json_object_get(p->answer, "unopened"), &opened, &letters);
        code = code == EXIT_DONE ? post_opened(act, opened) : code;
    }
    if (code != EXIT_DONE) {
        return code;
    }
    json_t *body = json_pack("{s:O, s:O, s:o}", "context", json_object_get(p->answer, "context"), "letter",
                             json_object_get(p->answer, "letter"), "signatures", signatures(act, &p->id));
    code = body == NULL ? cli_fail(act->cli, EXIT_REFUSED, "", "no memory")
                        : client_call(&act->client, "POST", "/v1/prepared", body, true, &status, ret);
    json_decref(body);
    if (code == EXIT_DONE && status != 200) {
        code = client_refused(act->cli, status, *ret);
        *ret = NULL;
    }
    return code;
}

static int submit(struct act *act, const struct prepared *p, json_t **ret)
{
    json_t *opened = NULL;
    size_t opened_letters = 0;
    unsigned status = 0;
    int code = look_sign_opened(&act->client, &act->officers.list[0], &act->to,
                                json_object_get(p->answer, "unopened"), &opened, &opened_letters);
    if (code != EXIT_DONE) {
        return code;
    }
    json_t *body = json_pack("{s:O, s:O, s:o, s:o}", "context", json_object_get(p->answer, "context"),
                             "letter", json_object_get(p->answer, "letter"), "signatures",
                             signatures(act, &p->id), "opened", opened);
    code = body == NULL ? cli_fail(act->cli, EXIT_REFUSED, "", "no memory")
                        : client_call(&act->client, "POST", "/v1/letters", body, true, &status, ret);
    json_decref(body);
    if (code == EXIT_DONE && status != 200) {
        code = client_refused(act->cli, status, *ret);
        *ret = NULL;
    }
    if (code == EXIT_DONE && opened_letters != 0) {
        const char *opened_text =
            arena_format(act->cli->arena,
                         say_n(act->cli->words, "opened %zu letter of %s as %s: a receipt says so",
                               "opened %zu letters of %s as %s: a receipt says so", opened_letters),
                         opened_letters, act->to.text, act->officers.list[0].name);
        cli_note(act->cli, "%s", opened_text == NULL ? "?" : opened_text);
    }
    return code;
}

static int say_done(struct act *act, const struct prepared *p, json_t *answer)
{
    if (act->cli->json) {
        return cli_print_json(act->cli, answer);
    }
    const char *id = screen_member(act->cli->arena, answer, "case");
    if (act->look.id == NULL) {
        (void)printf("%s\n", id);
        (void)fflush(stdout);
        cli_note(act->cli, "%s filed, on its way to %s; look at it with: comity show %.8s",
                 letter_name((uint32_t)letter_kind(p->letter)), act->to.text, id);
    } else {
        cli_print(act->cli, "%s filed in case %.8s, on its way to %s; the case stands at %s\n",
                  letter_name((uint32_t)letter_kind(p->letter)), id, act->to.text,
                  screen_member(act->cli->arena, answer, "state"));
    }
    json_decref(answer);
    return EXIT_DONE;
}

int act_send(struct act *act, const char *member)
{
    struct prepared prepared = {.answer = NULL};
    json_t *answer = NULL;
    if (act->code == EXIT_DONE) {
        act->code = prepare(act, member, &prepared);
    }
    if (act->code == EXIT_DONE && !prepared_good(act, member, &prepared)) {
        act->code = cli_fail(act->cli, EXIT_REFUSED, "nothing was signed; ask the node's administrator",
                             "what the node prepared is not the letter that was asked for");
    }
    if (act->code == EXIT_DONE && act->officers.count != 0) {
        act->code = look_show_unread(&act->client, &act->officers.list[0], &act->look,
                                     json_object_get(prepared.answer, "unopened"));
    }
    if (act->code == EXIT_DONE && !act->cli->json) {
        (void)fputs(act->confirm == NULL ? "" : "\n", stderr); /* it stands out from what was asked before */
        bool shown = reading_print(
            stderr, act->cli, act->officers.list, act->officers.count, prepared.context, prepared.letter,
            act->look.json == NULL ? "" : screen_member(act->cli->arena, act->look.json, "reference"));
        client_notes(act->cli, json_object_get(prepared.answer, "notes"));
        act->code = shown ? EXIT_DONE : reading_failed(act->cli);
    }
    if (act->code == EXIT_DONE && act->confirm != NULL) {
        act->code = act->confirm(act->confirm_context);
    }
    if (act->code == EXIT_DONE && act->elsewhere_count != 0) {
        act->code = keep(act, &prepared, &answer);
        act->code = act->code == EXIT_DONE ? prepared_say(act->cli, answer) : act->code;
    } else if (act->code == EXIT_DONE) {
        act->code = submit(act, &prepared, &answer);
        act->code = act->code == EXIT_DONE ? say_done(act, &prepared, answer) : act->code;
    }
    json_decref(prepared.answer);
    act_done(act);
    return act->code;
}
