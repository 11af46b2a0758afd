/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/cli/interview_private.h"
#include "nodes/cli/screen.h"
#include "proto/form.h"
#include "proto/json.h"

struct answer *answer_at(struct interview *iv, const char *path)
{
    for (size_t i = 0; i < iv->answer_count; i++) {
        if (strcmp(iv->answers[i].path, path) == 0) {
            return &iv->answers[i];
        }
    }
    return NULL;
}

struct answer *answer_make(struct interview *iv, const struct request_field *field, const char *path)
{
    struct answer *answer = answer_at(iv, path);
    if (answer == NULL && iv->answer_count < ANSWERS_MAX) {
        answer = &iv->answers[iv->answer_count++];
        *answer = (struct answer){.field = field, .path = path, .text = ""};
    }
    return answer;
}

bool any_under(const struct interview *iv, const char *prefix)
{
    size_t size = strlen(prefix);
    for (size_t i = 0; i < iv->answer_count; i++) {
        if (iv->answers[i].text[0] != '\0' && strncmp(iv->answers[i].path, prefix, size) == 0 &&
            (iv->answers[i].path[size] == '.' || iv->answers[i].path[size] == '\0')) {
            return true;
        }
    }
    return false;
}

/* What tells this kind of request from others: where it is a measure, of every item. */
static void write_kind(const struct interview *iv, FILE *out)
{
    static const char first[] = "items[0]";
    const char *path = iv->kind->path;
    bool of_items = strncmp(path, first, sizeof first - 1) == 0;
    if (path[0] != '\0') {
        (void)fprintf(out, "%s: %s\n", path, iv->kind->value);
    }
    for (size_t n = 1; of_items && n < ELEMENTS_MAX; n++) {
        const char *item = arena_format(iv->arena, "items[%zu]", n);
        if (item == NULL || !any_under(iv, item)) {
            return;
        }
        (void)fprintf(out, "%s%s: %s\n", item, path + sizeof first - 1, iv->kind->value);
    }
}

/* All that is said, as a form. */
static const char *form_of(const struct interview *iv)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return "";
    }
    (void)fprintf(out, "type: %s\n", iv->kind->type_word);
    write_kind(iv, out);
    for (size_t i = 0; i < iv->answer_count; i++) {
        const struct answer *a = &iv->answers[i];
        const char *line = a->text[0] == '\0' ? NULL : form_line(iv->arena, a->path, a->text);
        (void)fputs(line == NULL ? "" : line, out);
    }
    (void)fclose(out);
    struct bytes copy = arena_copy(iv->arena, bytes_of_text(text == NULL ? "" : text));
    free(text);
    return copy.data == NULL ? "" : (const char *)copy.data;
}

json_t *request_of(const struct interview *iv, const char **ret_fault)
{
    struct faults faults;
    faults_init(&faults, iv->arena);
    faults.words = iv->cli->words;
    json_t *request = form_read(bytes_of_text(form_of(iv)), &comity__request__descriptor, iv->arena, &faults);
    if (request == NULL) {
        *ret_fault = faults.count == 0 ? "?" : faults.list[0].text;
    }
    return request;
}

json_t *faults_of(struct interview *iv, int *ret_code, const char **ret_fault)
{
    unsigned status = 0;
    json_t *answer = NULL;
    json_t *request = request_of(iv, ret_fault);
    *ret_code = EXIT_DONE;
    if (request == NULL) {
        return NULL;
    }
    json_t *body =
        json_pack("{s:{s:o}, s:s, s:[]}", "letter", "request", request, "to", iv->to->text, "signers");
    *ret_code = client_call(iv->client, "POST", "/v1/letters/prepare", body, false, &status, &answer);
    json_decref(body);
    json_t *list = json_incref(json_object_get(answer, "faults"));
    const char *code = json_string_value(json_object_get(answer, "code"));
    bool of_signers = list == NULL && code != NULL && strcmp(code, "SIGNERS") == 0;
    if (*ret_code == EXIT_DONE && list == NULL && status != 200 && !of_signers) {
        *ret_code = client_refused(iv->cli, status, json_incref(answer));
    } else if (*ret_code == EXIT_DONE && list == NULL) {
        list = json_array(); /* nobody was to sign it: all else is good */
    }
    json_decref(answer);
    return list;
}

static bool is_missing(const json_t *fault)
{
    const char *code = json_string_value(json_object_get(fault, "code"));
    return code != NULL && strcmp(code, "MISSING") == 0;
}

/* Is the fault about the field, or about an element of its list? */
static bool is_about(const json_t *fault, const char *path)
{
    const char *at = json_string_value(json_object_get(fault, "path"));
    size_t size = strlen(path);
    return at != NULL && strncmp(at, path, size) == 0 && (at[size] == '\0' || at[size] == '[');
}

const char *wrong_with(struct interview *iv, const struct answer *a)
{
    int code = EXIT_DONE;
    const char *wrong = NULL;
    json_t *list = faults_of(iv, &code, &wrong);
    size_t i = 0;
    const json_t *fault = NULL;
    json_array_foreach(list, i, fault)
    {
        if (wrong == NULL && is_about(fault, a->path) && !is_missing(fault)) {
            wrong = screen_member(iv->arena, fault, "text");
        }
    }
    iv->left |= code != EXIT_DONE;
    json_decref(list);
    return wrong;
}
