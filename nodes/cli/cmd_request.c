/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/text.h"
#include "nodes/cli/act.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "proto/form.h"
#include "proto/json.h"

#define REQUEST_BYTES_MAX ((size_t)256 * 1024)

static const struct option_spec options[] = {
    {"to", "PARTY", false, N_("whom it goes to, as the roster names it: XB/poc")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

static bool read_standard_input(struct arena *arena, struct bytes *ret, struct error *error)
{
    uint8_t *data = arena_take(arena, REQUEST_BYTES_MAX + 1);
    size_t size = data == NULL ? 0 : fread(data, 1, REQUEST_BYTES_MAX + 1, stdin);
    if (data == NULL || ferror(stdin) != 0 || size > REQUEST_BYTES_MAX) {
        error_set(error, "standard input cannot be read, or is larger than %zu bytes", REQUEST_BYTES_MAX);
        return false;
    }
    *ret = bytes_of(data, size);
    return true;
}

static int tell_faults(const struct cli *cli, const char *file, const struct faults *faults)
{
    if (cli->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < faults->count; i++) {
            const struct fault *fault = &faults->list[i];
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "path", fault->path, "code",
                                                        fault->code, "text", fault->text));
        }
        (void)cli_print_json(
            cli, json_pack("{s:s, s:s, s:s, s:o}", "error", say(cli->words, "the request cannot be read"),
                           "code", "MALFORMED", "next", say(cli->words, "correct the file"), "faults", list));
        return EXIT_REFUSED;
    }
    (void)cli_fail(cli, EXIT_REFUSED, "correct it and send it again", "%s cannot be read as a request", file);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];
        (void)fprintf(stderr, "  %s%s%s\n", screen_quiet(cli->arena, bytes_of_text(fault->path)),
                      fault->path[0] == '\0' ? "" : ": ",
                      screen_quiet(cli->arena, bytes_of_text(fault->text)));
    }
    return EXIT_REFUSED;
}

/* The request of the file, or what stands under its one member "request". Spelling and types are looked at here already. */
static int read_request(const struct cli *cli, const char *file, json_t **ret)
{
    struct error error = {.text = "", .words = cli->words};
    struct faults faults;
    struct bytes text;
    bool got = strcmp(file, "-") == 0
                   ? read_standard_input(cli->arena, &text, &error)
                   : files_read(file, REQUEST_BYTES_MAX, cli->arena, &text, &error) == FILES_OK;
    if (!got) {
        return cli_fail(cli, EXIT_REFUSED, "name the file of a request, such as examples/preservation.json",
                        "%s", error.text);
    }
    faults_init(&faults, cli->arena);
    faults.words = cli->words;
    json_t *json = form_is(text) ? form_read(text, &comity__request__descriptor, cli->arena, &faults)
                                 : json_read(text, REQUEST_BYTES_MAX, &faults);
    json_t *inner = json_object_size(json) == 1 ? json_object_get(json, "request") : NULL;
    json_t *request = json_incref(inner == NULL ? json : inner);
    json_decref(json);
    bool readable = request != NULL && !faults_any(&faults) &&
                    message_of_json(&comity__request__descriptor, request, cli->arena, &faults) != NULL;
    if (!readable) {
        json_decref(request);
        return tell_faults(cli, file, &faults);
    }
    *ret = request;
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    struct address to;
    json_t *request = NULL;
    const char *name = argument_value(arguments, "to");
    if (name == NULL) {
        return cli_usage(cli, arguments, "--to is missing");
    }
    if (!address_read(bytes_of_text(name), &to)) {
        return cli_usage(cli, arguments, "--to %s is no address of a party, such as XB/poc",
                         screen_quiet(cli->arena, bytes_of_text(name)));
    }
    int code = read_request(cli, arguments->words[0], &request);
    if (code != EXIT_DONE) {
        return code;
    }
    act_begin(&act, cli, arguments, NULL);
    act.to = to;
    json_decref(act.body);
    act.body = request;
    return act_send(&act, "request");
}

const struct subcommand cmd_request = {
    .name = "request",
    .group = N_("Requesting"),
    .synopsis = "FILE --to PARTY",
    .does = N_("send a request to hold data; prints the id of the case"),
    .help = N_(
        "FILE is JSON as in examples/preservation.json, or - for standard input. Everything that is missing\n"
        "or wrong is named at once, before anything is signed. Example:\n"
        "  comity -C DIR/XA-poc request examples/preservation.json --to XB/poc"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
