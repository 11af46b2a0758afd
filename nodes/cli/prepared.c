/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/prepared.h"

#include <string.h>

#include "base/text.h"
#include "keys/sign.h"
#include "nodes/cli/screen.h"

static bool read_base64(struct arena *arena, const json_t *object, const char *name, struct bytes *ret)
{
    const char *text = json_string_value(json_object_get(object, name));
    size_t room = text == NULL ? 0 : strlen(text);
    size_t size = 0;
    uint8_t *data = room == 0 ? NULL : arena_take(arena, room);
    if (data == NULL || !base64_read(data, room, &size, bytes_of_text(text))) {
        return false;
    }
    *ret = bytes_of(data, size);
    return true;
}

bool prepared_decode(struct arena *arena, struct prepared *p)
{
    if (!read_base64(arena, p->answer, "context", &p->context_bytes) ||
        !read_base64(arena, p->answer, "letter", &p->letter_bytes) ||
        context_unpack(p->context_bytes, arena, &p->context, NULL) != WIRE_OK ||
        letter_unpack(p->letter_bytes, arena, &p->letter, NULL) != WIRE_OK) {
        return false;
    }
    struct digest hash = plain_hash(p->letter_bytes);
    const struct bytes parts[] = {p->context_bytes, digest_bytes(&hash)};
    p->id.digest = labelled_digest("comity/v1/letter", parts, 2);
    return true;
}

/* What is signed is what was named: its id is made from the bytes, and these are a letter of this party. */
static bool is_named(const struct client *client, const struct prepared *p, const char *name)
{
    char id[2 * sizeof(struct letter_id) + 1];
    size_t size = strlen(name);
    return size < sizeof id && strncmp(hex_write(id, digest_bytes(&p->id.digest)), name, size) == 0 &&
           p->context->kind == KIND_LETTER && strcmp(p->context->from, client->party.text) == 0;
}

int prepared_get(struct client *client, const char *name, struct prepared *ret)
{
    *ret = (struct prepared){.answer = NULL};
    int code = client_get(client, client_path(client, "/v1/prepared/", name), &ret->answer);
    if (code == EXIT_DONE && (!prepared_decode(client->cli->arena, ret) || !is_named(client, ret, name))) {
        code = cli_fail(client->cli, EXIT_REFUSED, "nothing was signed; ask the node's administrator",
                        "what the node gives is not the letter that was named");
    }
    return code;
}

const char *prepared_names(const struct cli *cli, const json_t *answer, bool signed_already)
{
    size_t i = 0;
    const json_t *signer = NULL;
    const char *list = "";
    json_array_foreach(json_object_get(answer, "signers"), i, signer)
    {
        const char *name = screen_member(cli->arena, signer, "name");
        if (json_is_true(json_object_get(signer, "signed")) == signed_already) {
            const char *longer = arena_format(cli->arena, "%s%s%s", list, list[0] == '\0' ? "" : ", ", name);
            list = longer == NULL ? list : longer;
        }
    }
    return list;
}

int prepared_say(const struct cli *cli, json_t *answer)
{
    if (cli->json) {
        return cli_print_json(cli, answer);
    }
    const char *kind = screen_member(cli->arena, answer, "kind");
    const char *id = screen_member(cli->arena, answer, "letterId");
    const char *missing = prepared_names(cli, answer, false);
    if (missing[0] == '\0') {
        cli_print(cli, "all have signed %s %.*s; send it: comity submit %.*s\n", kind, PREPARED_DIGITS, id,
                  PREPARED_DIGITS, id);
    } else {
        cli_print(cli, "%s %.*s waits for the signature of %s: comity sign %.*s\n", kind, PREPARED_DIGITS, id,
                  missing, PREPARED_DIGITS, id);
    }
    json_decref(answer);
    return EXIT_DONE;
}
