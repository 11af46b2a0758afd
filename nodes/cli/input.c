/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/input.h"

#include <stdio.h>
#include <string.h>

#include "base/daemon/files.h"
#include "nodes/cli/screen.h"
#include "proto/form.h"
#include "proto/json.h"

#define INPUT_BYTES_MAX ((size_t)256 * 1024)

static bool read_standard_input(struct arena *arena, struct bytes *ret, struct error *error)
{
    uint8_t *data = arena_take(arena, INPUT_BYTES_MAX + 1);
    size_t size = data == NULL ? 0 : fread(data, 1, INPUT_BYTES_MAX + 1, stdin);
    if (data == NULL || ferror(stdin) != 0 || size > INPUT_BYTES_MAX) {
        error_set(error, "standard input cannot be read, or is larger than %zu bytes", INPUT_BYTES_MAX);
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
        (void)cli_print_json(cli, json_pack("{s:s, s:s, s:s, s:o}", "error",
                                            say(cli->words, "the file cannot be read"), "code", "MALFORMED",
                                            "next", say(cli->words, "correct the file"), "faults", list));
        return EXIT_REFUSED;
    }
    (void)cli_fail(cli, EXIT_REFUSED, "correct it and send it again",
                   "%s cannot be read as what is asked for", file);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];
        (void)fprintf(stderr, "  %s%s%s\n", screen_quiet(cli->arena, bytes_of_text(fault->path)),
                      fault->path[0] == '\0' ? "" : ": ",
                      screen_quiet(cli->arena, bytes_of_text(fault->text)));
    }
    return EXIT_REFUSED;
}

int input_text(const struct cli *cli, const ProtobufCMessageDescriptor *message, struct bytes text,
               const char *named, json_t **ret)
{
    struct faults faults;
    faults_init(&faults, cli->arena);
    faults.words = cli->words;
    json_t *json = form_is(text) ? form_read(text, message, cli->arena, &faults)
                                 : json_read(text, INPUT_BYTES_MAX, &faults);
    json_t *inner = json_object_size(json) == 1 ? json_object_get(json, "request") : NULL;
    json_t *whole = json_incref(inner == NULL ? json : inner);
    json_decref(json);
    bool readable =
        whole != NULL && !faults_any(&faults) && message_of_json(message, whole, cli->arena, &faults) != NULL;
    if (!readable) {
        json_decref(whole);
        return tell_faults(cli, named, &faults);
    }
    *ret = whole;
    return EXIT_DONE;
}

static bool read_input(const struct cli *cli, const char *path, struct bytes *ret, struct error *error)
{
    return strcmp(path, "-") == 0 ? read_standard_input(cli->arena, ret, error)
                                  : files_read(path, INPUT_BYTES_MAX, cli->arena, ret, error) == FILES_OK;
}

int input_json(const struct cli *cli, const char *path, json_t **ret)
{
    struct error error = {.text = "", .words = cli->words};
    struct faults faults;
    struct bytes text;
    if (!read_input(cli, path, &text, &error)) {
        return cli_fail(cli, EXIT_REFUSED, "name a file with JSON", "%s", error.text);
    }
    faults_init(&faults, cli->arena);
    faults.words = cli->words;
    json_t *json = json_read(text, INPUT_BYTES_MAX, &faults);
    if (!json_is_object(json)) {
        json_decref(json);
        return tell_faults(cli, path, &faults);
    }
    *ret = json;
    return EXIT_DONE;
}

int input_message(const struct cli *cli, const ProtobufCMessageDescriptor *message, const char *path,
                  json_t **ret)
{
    struct error error = {.text = "", .words = cli->words};
    struct bytes text;
    bool got = read_input(cli, path, &text, &error);
    return got ? input_text(cli, message, text, path, ret)
               : cli_fail(cli, EXIT_REFUSED,
                          "name a file; comity request --type T --new writes a form of a request", "%s",
                          error.text);
}
