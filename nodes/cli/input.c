/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/input.h"

#include <stdio.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"
#include "proto/form.h"
#include "proto/json.h"

#define INPUT_BYTES_MAX ((size_t)256 * 1024)
#define PARTS_MAX       1024 /* objects in one message; moments in those behind them have to be written out */

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

/* --- moments that are told from now --- */

struct part {
    json_t *json; /* borrowed */
    const ProtobufCMessageDescriptor *message;
};

/* "+1d" becomes the moment it says; what says none is left to message_of_json(), which names it. */
static void fill_moment(const struct cli *cli, json_t *part, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    const char *fault = NULL;
    struct instant instant;
    char written[INSTANT_TEXT_MAX];
    if (text != NULL && text[0] == '+' &&
        when_read(text, WHEN_TO_COME, host_wall(), NULL, cli, &instant, &fault)) {
        (void)json_object_set_new(part, name, json_string(instant_write(written, instant)));
    }
}

static void add_parts(struct part *parts, size_t *count, json_t *value,
                      const ProtobufCMessageDescriptor *message)
{
    size_t several = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < several && *count < PARTS_MAX; i++) {
        json_t *json = json_is_array(value) ? json_array_get(value, i) : value;
        if (json_is_object(json)) {
            parts[(*count)++] = (struct part){.json = json, .message = message};
        }
    }
}

/* Messages of people are not recursive: the list of parts is its own queue. */
static void fill_moments(const struct cli *cli, const ProtobufCMessageDescriptor *message, json_t *whole)
{
    size_t count = 0;
    struct part *parts = arena_zero(cli->arena, PARTS_MAX, sizeof *parts);
    if (parts == NULL) {
        return; /* what is left is told as no moment */
    }
    add_parts(parts, &count, whole, message);
    for (size_t i = 0; i < count; i++) {
        for (unsigned f = 0; f < parts[i].message->n_fields; f++) {
            const ProtobufCFieldDescriptor *field = &parts[i].message->fields[f];
            char spelled[JSON_NAME_MAX];
            const char *name = json_name(spelled, field->name);
            json_t *value = json_object_get(parts[i].json, name);
            name = value == NULL ? field->name : name; /* either spelling is read */
            value = value == NULL ? json_object_get(parts[i].json, name) : value;
            if (value == NULL || field->type != PROTOBUF_C_TYPE_MESSAGE) {
                continue;
            }
            if (field->descriptor == &comity__instant__descriptor) {
                fill_moment(cli, parts[i].json, name, value);
            } else {
                add_parts(parts, &count, value, field->descriptor);
            }
        }
    }
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
    fill_moments(cli, message, whole);
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
