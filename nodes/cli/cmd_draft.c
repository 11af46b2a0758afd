/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a case, written as far as it is known: a form to complete and send. */
#include <stdio.h>

#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/drafts.h"
#include "nodes/template.h"
#include "proto/form.h"
#include "proto/json.h"

static const struct option_spec options[] = {
    {"as", "WORD", false,
     N_("what follows, such as mla, hop, takeover (like: the same once more); a wrong one is told all")},
    {NULL, NULL, false, NULL},
};

static void print_line(void *context, const char *path, const char *text)
{
    struct arena *arena = context;
    const char *line = form_line(arena, path, text);
    (void)fputs(line == NULL ? "" : line, stdout);
}

/* A request as the form of its kind, all else as plain lines. */
static int print_draft(const struct cli *cli, const json_t *answer)
{
    const json_t *letter = json_object_get(answer, "letter");
    const json_t *request = json_object_get(letter, "request");
    const char *to = screen_member(cli->arena, answer, "to");
    const char *form = template_of(request, cli->words, cli->arena);
    if (form != NULL) {
        (void)fputs(form, stdout);
    } else {
        const char *member = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)letter));
        const ProtobufCFieldDescriptor *field =
            member == NULL ? NULL : form_field(&comity__letter__descriptor, member);
        if (field != NULL) {
            form_each(field->descriptor, json_object_get(letter, member), cli->arena, print_line, cli->arena);
        }
    }
    size_t missing = json_array_size(json_object_get(answer, "faults"));
    const char *named = to[0] == '\0' ? "PARTY" : to;
    if (json_object_get(letter, "notHeld") != NULL) {
        cli_note(cli, N_("%zu things lack; send it with: comity letter not-held CASE FILE"), missing);
    } else {
        cli_note(cli,
                 request == NULL ? N_("%zu things lack; send it with: comity take-over FILE --to %s")
                                 : N_("%zu things lack; send it with: comity request FILE --to %s"),
                 missing, named);
    }
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    const char *as = argument_value(arguments, "as");
    enum draft_kind kind = DRAFT_LIKE;
    if (as != NULL && !draft_kind_of_name(as, &kind)) {
        return cli_fail(cli, EXIT_USAGE, cli_text(cli, "write one of: %s", draft_names(cli->arena)),
                        "--as %s is nothing that can be drafted",
                        screen_quiet(cli->arena, bytes_of_text(as)));
    }
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        const char *path = client_path(&client, "/v1/cases/", arguments->words[0]);
        path = path == NULL ? NULL : arena_format(cli->arena, "%s/draft?as=", path);
        path = path == NULL ? NULL : client_path(&client, path, draft_name(kind));
        code =
            path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : client_get(&client, path, &answer);
    }
    return client_end(&client, code, answer, print_draft);
}

const struct subcommand cmd_draft = {
    .name = "draft",
    .group = N_("Requesting"),
    .synopsis = "CASE [--as WORD]",
    .does = N_("write what follows from a case, as far as it is known: a form to complete"),
    .help = N_("Nothing is kept and nothing is sent. Example:\n"
               "  comity draft 3f2a --as hop >hop.form"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
