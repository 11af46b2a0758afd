/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/look.h"

#include <string.h>

#include "base/daemon/zonefile.h"
#include "base/instant.h"
#include "base/text.h"
#include "keys/receipt.h"
#include "nodes/cli/reading.h"
#include "nodes/cli/screen.h"

uint64_t look_ms(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    struct instant instant;
    if (text == NULL || instant_read(bytes_of_text(text), &instant) != INSTANT_OK || instant.ms < 0) {
        return 0;
    }
    return (uint64_t)instant.ms;
}

static int not_ours(const struct cli *cli)
{
    return cli_fail(cli, EXIT_REFUSED, "is it the socket of a comity-node of this version?",
                    "the node's answer is not what docs/api.yaml says");
}

static int fill(struct client *client, struct look *look)
{
    struct arena *arena = client->cli->arena;
    const json_t *zones = json_object_get(look->json, "zones");
    const char *from = json_string_value(json_object_get(look->json, "from"));
    const char *to = json_string_value(json_object_get(look->json, "to"));
    look->id = json_string_value(json_object_get(look->json, "case"));
    if (look->id == NULL || strlen(look->id) != 32 || from == NULL || to == NULL) {
        return not_ours(client->cli);
    }
    look->requesting = strcmp(from, client->party.text) == 0;
    if (!address_read(bytes_of_text(look->requesting ? to : from), &look->other) ||
        strcmp(look->requesting ? from : to, client->party.text) != 0) {
        return not_ours(client->cli);
    }
    look->own_zone_name = screen_member(arena, zones, look->requesting ? "from" : "to");
    look->their_zone_name = screen_member(arena, zones, look->requesting ? "to" : "from");
    look->own_zone = zonefile_read(look->own_zone_name, arena);
    look->their_zone = zonefile_read(look->their_zone_name, arena);
    return EXIT_DONE;
}

static int look_with(struct client *client, const char *name, const struct officer *officer, bool all,
                     struct look *ret)
{
    char key[2 * sizeof officer->signer.key.bytes + 1];
    const char *path = client_path(client, "/v1/cases/", name);
    *ret = (struct look){.json = NULL};
    if (path != NULL && all) {
        path = cli_text(client->cli, "%s?letters=all", path);
    }
    if (path != NULL && officer != NULL) {
        path =
            cli_text(client->cli, "%s%csigner=%s", path, all ? '&' : '?',
                     hex_write(key, bytes_of(officer->signer.key.bytes, sizeof officer->signer.key.bytes)));
    }
    int code = client_get(client, path, &ret->json);
    code = code == EXIT_DONE ? fill(client, ret) : code;
    if (code != EXIT_DONE) {
        look_done(ret);
    }
    return code;
}

int look_at(struct client *client, const char *name, const struct officer *officer, struct look *ret)
{
    return look_with(client, name, officer, false, ret);
}

void look_done(struct look *look)
{
    json_decref(look->json);
    *look = (struct look){.json = NULL};
}

/* --- OPENED --- */

struct opening {
    struct bytes receipt;
    struct digest digest;
    const Comity__Receipt *body;
};

static bool read_base64(struct arena *arena, const json_t *string, struct bytes *ret)
{
    const char *text = json_string_value(string);
    size_t room = text == NULL ? 0 : strlen(text);
    size_t size = 0;
    uint8_t *data = room == 0 ? NULL : arena_take(arena, room);
    if (data == NULL || !base64_read(data, room, &size, bytes_of_text(text))) {
        return false;
    }
    *ret = bytes_of(data, size);
    return true;
}

/* An officer signs OPENED about the other side's envelopes and nothing that merely looks so. */
static bool opening_good(const struct client *client, const struct officer *officer,
                         const struct address *other, const json_t *entry, struct opening *ret)
{
    Comity__Receipt *receipt = NULL;
    struct arena *arena = client->cli->arena;
    *ret = (struct opening){.body = NULL};
    if (!read_base64(arena, json_object_get(entry, "receipt"), &ret->receipt) ||
        receipt_unpack(ret->receipt, arena, &receipt, NULL) != WIRE_OK) {
        return false;
    }
    ret->digest = labelled_digest("comity/v1/rcpt", &ret->receipt, 1);
    ret->body = receipt;
    return receipt->kind == RECEIPT_OPENED && strcmp(receipt->to, client->party.text) == 0 &&
           strcmp(receipt->from, other->text) == 0 &&
           bytes_equal(wire_bytes(receipt->by_key),
                       bytes_of(officer->signer.key.bytes, sizeof officer->signer.key.bytes));
}

static int not_opened(const struct cli *cli)
{
    return cli_fail(cli, EXIT_REFUSED, "nothing was signed; ask the node's administrator",
                    "what the node gives to be signed as OPENED is not that");
}

static json_t *signed_object(struct arena *arena, struct bytes receipt, struct bytes proof)
{
    const char *receipt_text = base64_new(arena, receipt);
    const char *proof_text = proof.data == NULL ? NULL : base64_new(arena, proof);
    return receipt_text == NULL || proof_text == NULL
               ? NULL
               : json_pack("{s:s, s:s}", "receipt", receipt_text, "proof", proof_text);
}

int look_sign_opened(const struct client *client, const struct officer *officer, const struct address *other,
                     const json_t *unopened, json_t **ret, size_t *ret_letters)
{
    struct arena *arena = client->cli->arena;
    json_t *list = json_array();
    size_t letters = 0, i = 0;
    const json_t *entry = NULL;
    json_array_foreach(unopened, i, entry)
    {
        struct opening opening;
        if (!opening_good(client, officer, other, entry, &opening)) {
            json_decref(list);
            return not_opened(client->cli);
        }
        struct bytes proof = officer_sign(officer, &opening.digest, arena);
        if (json_array_append_new(list, signed_object(arena, opening.receipt, proof)) != 0) {
            json_decref(list);
            return cli_fail(client->cli, EXIT_REFUSED, "", "no memory");
        }
        letters += opening.body->n_item;
    }
    *ret = list;
    *ret_letters = letters;
    return EXIT_DONE;
}

/* The letter that an envelope brought, with its content; NULL: the case as it was looked at does not have it. */
static const json_t *letter_of(const struct look *look, const Comity__ReceiptItem *item)
{
    char id[2 * sizeof(struct digest) + 1];
    size_t i = 0;
    const json_t *letter = NULL;
    if (item->id.len != sizeof(struct digest)) {
        return NULL;
    }
    hex_write(id, wire_bytes(item->id));
    json_array_foreach(json_object_get(look->json, "letters"), i, letter)
    {
        const char *has = json_string_value(json_object_get(letter, "envelope"));
        if (has != NULL && strcmp(has, id) == 0 && json_is_object(json_object_get(letter, "body"))) {
            return letter;
        }
    }
    return NULL;
}

static bool has_all(const struct look *look, const Comity__Receipt *opened)
{
    bool all = true;
    for (size_t i = 0; i < opened->n_item && all; i++) {
        all = letter_of(look, opened->item[i]) != NULL;
    }
    return all;
}

/* The same case again, as it is now; all: with the content of old letters, too. */
static int look_again(struct client *client, const struct officer *officer, bool all, struct look *look)
{
    const char *id = look->id == NULL ? NULL : arena_format(client->cli->arena, "%s", look->id);
    look_done(look);
    return id == NULL ? cli_fail(client->cli, EXIT_REFUSED, "", "no memory")
                      : look_with(client, id, officer, all, look);
}

static bool show(const struct cli *cli, const struct look *look, const Comity__Receipt *opened)
{
    bool shown = true;
    for (size_t i = 0; i < opened->n_item && shown && !cli->json; i++) {
        shown = reading_received(stderr, cli, letter_of(look, opened->item[i]));
    }
    return shown;
}

int look_show_unread(struct client *client, const struct officer *officer, struct look *look,
                     const json_t *unopened)
{
    const struct cli *cli = client->cli;
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(unopened, i, entry)
    {
        struct opening opening;
        if (look->json == NULL || !opening_good(client, officer, &look->other, entry, &opening)) {
            return not_opened(cli);
        }
        /* It came meanwhile, or is one of so many that its content was left out. */
        int code = has_all(look, opening.body) ? EXIT_DONE : look_again(client, NULL, true, look);
        if (code != EXIT_DONE) {
            return code;
        }
        if (!has_all(look, opening.body)) {
            return not_opened(cli);
        }
        if (!show(cli, look, opening.body)) {
            return reading_failed(cli);
        }
    }
    return EXIT_DONE;
}

static int file_opened(struct client *client, const struct look *look, json_t *list)
{
    unsigned status = 0;
    json_t *answer = NULL;
    json_t *body = json_pack("{s:O}", "opened", list);
    const char *path = arena_format(client->cli->arena, "/v1/cases/%s/opened", look->id);
    if (body == NULL || path == NULL) {
        json_decref(body);
        return cli_fail(client->cli, EXIT_REFUSED, "", "no memory");
    }
    int code = client_call(client, "POST", path, body, true, &status, &answer);
    json_decref(body);
    if (code == EXIT_DONE && status != 200) {
        return client_refused(client->cli, status, answer);
    }
    json_decref(answer);
    return code;
}

/* All that is unread in it stands in it with its content. */
static bool is_readable(const struct client *client, const struct officer *officer, const struct look *look)
{
    size_t i = 0;
    const json_t *entry = NULL;
    struct opening opening;
    bool readable = true;
    json_array_foreach(json_object_get(look->json, "unopened"), i, entry)
    {
        readable = readable && opening_good(client, officer, &look->other, entry, &opening) &&
                   has_all(look, opening.body);
    }
    return readable;
}

int look_open(struct client *client, struct officers *officers, struct look *look)
{
    json_t *list = NULL;
    size_t letters = 0;
    if (json_array_size(json_object_get(look->json, "unopened")) == 0) {
        return EXIT_DONE;
    }
    int code = officers_need(officers, 1);
    const struct officer *officer = &officers->list[0];
    code = code == EXIT_DONE ? look_again(client, officer, false, look) : code;
    const bool all = code == EXIT_DONE && !is_readable(client, officer, look);
    code = all ? look_again(client, officer, true, look) : code;
    if (code == EXIT_DONE && !is_readable(client, officer, look)) {
        code = not_opened(client->cli);
    }
    if (code == EXIT_DONE) {
        code = look_sign_opened(client, officer, &look->other, json_object_get(look->json, "unopened"), &list,
                                &letters);
    }
    if (code == EXIT_DONE && letters != 0) {
        code = file_opened(client, look, list);
    }
    json_decref(list);
    if (code == EXIT_DONE && letters != 0) {
        cli_note(client->cli, "opened %zu letter%s of %s as %s: a receipt says so", letters,
                 letters == 1 ? "" : "s", look->other.text, officer->name);
        code = look_again(client, officer, all, look);
    }
    return code;
}
