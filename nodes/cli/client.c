/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/daemon/host.h"
#include "base/text.h"
#include "nodes/cli/screen.h"
#include "proto/json.h"

#define ANSWER_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define CALL_TIMEOUT_MS  30000L
#define AGAIN_FOR_MS     10000
#define AGAIN_EVERY_MS   100

static const struct program node_program = {
    .name = "comity-node", .config = "node.conf", .table = &settings_table};

struct body {
    char *data;
    size_t size;
};

enum call_outcome { CALL_ANSWERED, CALL_NOBODY, CALL_BROKEN, CALL_FAILED };

static bool start_curl(struct client *client, struct error *error)
{
    client->curl = curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK ? curl_easy_init() : NULL;
    if (client->curl == NULL) {
        error_set(error, "libcurl does not start");
    }
    return client->curl != NULL;
}

/* The time of the commands is that of the node: in an exercise, of its clock. */
static bool configure(struct client *client, const struct cli *cli, struct error *error)
{
    *client = (struct client){.cli = cli};
    if (!program_configure(&node_program, cli->directory, &client->settings, cli->arena, error)) {
        return false;
    }
    struct exercise_clock clock;
    if (!program_exercise_clock(&node_program, client->settings.exercise_clock, &clock, error)) {
        return false;
    }
    host_exercise(clock);
    client->socket = program_path(cli->arena, cli->directory, client->settings.socket);
    if (client->socket == NULL || !address_read(bytes_of_text(client->settings.party), &client->party)) {
        error_set(error, "node.conf: party = %s is no address", client->settings.party);
        return false;
    }
    return start_curl(client, error);
}

int client_open(struct client *client, const struct cli *cli)
{
    struct error error = {.text = "", .words = cli->words};
    return configure(client, cli, &error)
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REFUSED, "-C names the directory of a node, such as NETWORK/XA-poc", "%s",
                          error.text);
}

int client_open_socket(struct client *client, const struct cli *cli, const char *socket)
{
    struct error error = {.text = "", .words = cli->words};
    *client = (struct client){.cli = cli, .socket = socket};
    return start_curl(client, &error) ? EXIT_DONE : cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text);
}

void client_close(struct client *client)
{
    if (client->curl != NULL) {
        curl_easy_cleanup(client->curl);
        curl_global_cleanup();
        client->curl = NULL;
    }
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct body *body = context;
    size_t more = size * count;
    if (more > ANSWER_BYTES_MAX - body->size) {
        return 0;
    }
    char *longer = realloc(body->data, body->size + more + 1);
    if (longer == NULL) {
        return 0;
    }
    memcpy(longer + body->size, data, more);
    body->data = longer;
    body->size += more;
    return more;
}

static enum call_outcome outcome_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return CALL_ANSWERED;
    case CURLE_COULDNT_CONNECT:
        return CALL_NOBODY;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
        return CALL_BROKEN;
    default:
        return CALL_FAILED;
    }
}

struct call {
    const char *method, *path, *body, *id;
    CURLcode code;
    long os_error, status;
};

static struct curl_slist *headers_of(const struct client *client, const struct call *call)
{
    char id[64];
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
    list = list == NULL ? NULL : curl_slist_append(list, "Expect:"); /* no 100-continue on a Unix socket */
    if (list != NULL && client->cli->language != NULL && client->cli->language[0] != '\0') {
        char language[64] = "";
        (void)snprintf(language, sizeof language, "Accept-Language: %s", client->cli->language);
        for (char *c = language; *c != '\0'; c++) {
            *c = *c == '_' ? '-' : *c;
        }
        list = curl_slist_append(list, language);
    }
    if (list != NULL && call->id[0] != '\0') {
        (void)snprintf(id, sizeof id, "Comity-Command: %s", call->id);
        list = curl_slist_append(list, id);
    }
    return list;
}

static enum call_outcome call_once(struct client *client, struct call *call, struct body *answer)
{
    CURL *curl = client->curl;
    struct curl_slist *headers = headers_of(client, call);
    answer->size = 0;
    if (headers == NULL) {
        return CALL_FAILED;
    }
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket);
    (void)curl_easy_setopt(curl, CURLOPT_URL, "http://localhost");
    (void)curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, call->path);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, CALL_TIMEOUT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    /* On a connection of an earlier call, libcurl would try again by itself, and "nobody there" would not mean "not heard". */
    (void)curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (call->body != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(call->body));
    }
    call->code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &call->status);
    (void)curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &call->os_error);
    curl_slist_free_all(headers);
    return outcome_of(call->code);
}

static void pause_ms(long ms)
{
    struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&span, NULL);
}

/* A call that broke may have been heard: the same words again, until somebody says what came of them. */
static enum call_outcome call_until_answered(struct client *client, struct call *call, struct body *answer)
{
    enum call_outcome outcome = call_once(client, call, answer);
    if (outcome != CALL_BROKEN) {
        return outcome;
    }
    mono_ms until = mono_after(host_mono(), AGAIN_FOR_MS);
    while ((outcome == CALL_BROKEN || outcome == CALL_NOBODY) && host_mono().ms < until.ms) {
        pause_ms(AGAIN_EVERY_MS);
        outcome = call_once(client, call, answer);
    }
    return outcome;
}

static int tell_nobody(const struct client *client, const struct call *call)
{
    const struct cli *cli = client->cli;
    if (call->os_error == EACCES || call->os_error == EPERM) {
        return cli_fail(cli, EXIT_UNREACHABLE, "run this as the user whose node it is",
                        "%s may not be used by this user", client->socket);
    }
    const char *next =
        cli->directory == NULL
            ? N_("start it, or name the socket of one that runs")
            : cli_text(cli, "start it: comity network up DIR, or comity-node -C %s", cli->directory);
    return cli_fail(cli, EXIT_UNREACHABLE, next, "no node answers at %s", client->socket);
}

static int tell_failure(const struct client *client, enum call_outcome outcome, const struct call *call)
{
    if (outcome == CALL_NOBODY) {
        return tell_nobody(client, call);
    }
    if (outcome == CALL_BROKEN) {
        return cli_fail(client->cli, EXIT_UNREACHABLE,
                        call->id[0] == '\0' ? "try again"
                                            : "see with comity show what came of it, then try again",
                        "the node at %s ended the connection before it answered", client->socket);
    }
    return cli_fail(client->cli, EXIT_REFUSED, "", "the node at %s could not be asked: %s", client->socket,
                    curl_easy_strerror(call->code));
}

static json_t *read_answer(const struct client *client, const struct body *answer)
{
    struct faults faults;
    faults_init(&faults, client->cli->arena);
    faults.words = client->cli->words;
    json_t *json = json_read(bytes_of(answer->data, answer->size), ANSWER_BYTES_MAX, &faults);
    if (!json_is_object(json)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* CALL_ANSWERED: *ret is what was answered, NULL when that was no JSON. */
static enum call_outcome ask(struct client *client, struct call *call, const json_t *body, json_t **ret)
{
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    struct body answer = {.data = NULL};
    enum call_outcome outcome = CALL_FAILED;
    call->body = text;
    call->code = CURLE_OUT_OF_MEMORY;
    if (body == NULL || text != NULL) {
        outcome = call_until_answered(client, call, &answer);
    }
    if (outcome == CALL_ANSWERED) {
        *ret = read_answer(client, &answer);
    }
    free(text);
    free(answer.data);
    return outcome;
}

int client_call(struct client *client, const char *method, const char *path, const json_t *body,
                bool is_command, unsigned *ret_status, json_t **ret)
{
    uint8_t random[16];
    char id[2 * sizeof random + 1] = "";
    struct call call = {.method = method, .path = path, .id = id};
    json_t *answer = NULL;
    if (is_command) {
        host_random(NULL, random, sizeof random);
        hex_write(id, bytes_of(random, sizeof random));
    }
    enum call_outcome outcome = ask(client, &call, body, &answer);
    if (outcome != CALL_ANSWERED) {
        return tell_failure(client, outcome, &call);
    }
    if (answer == NULL) {
        return cli_fail(client->cli, EXIT_REFUSED, "is it the socket of a comity-node of this version?",
                        "what answers at %s does not speak JSON", client->socket);
    }
    *ret_status = (unsigned)call.status;
    *ret = answer;
    return EXIT_DONE;
}

json_t *client_once(struct client *client, const char *method, const char *path, const json_t *body,
                    const uint8_t *id, unsigned *ret_status)
{
    char id_text[2 * 16 + 1] = "";
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    struct call call = {.method = method, .path = path, .body = text, .id = id_text};
    struct body answer = {.data = NULL};
    json_t *json = NULL;
    *ret_status = 0;
    if (id != NULL) {
        (void)hex_write(id_text, bytes_of(id, 16));
    }
    if ((body == NULL || text != NULL) && call_once(client, &call, &answer) == CALL_ANSWERED) {
        json = read_answer(client, &answer);
        *ret_status = (unsigned)call.status;
    }
    free(text);
    free(answer.data);
    return json;
}

json_t *client_glance(struct client *client, const char *path, unsigned *ret_status)
{
    return client_once(client, "GET", path, NULL, NULL, ret_status);
}

json_t *client_try(const struct cli *cli, const char *path, unsigned *ret_status)
{
    struct client client;
    json_t *json = configure(&client, cli, NULL) ? client_glance(&client, path, ret_status) : NULL;
    client_close(&client);
    return json;
}

bool client_answers(const struct cli *cli, const char *directory)
{
    struct cli other = *cli;
    unsigned status = 0;
    other.directory = directory;
    json_t *answer = client_try(&other, "/v1/status", &status);
    json_decref(answer);
    return answer != NULL && status == 200;
}

int client_do(struct client *client, const char *method, const char *path, json_t *body, json_t **ret)
{
    unsigned status = 0;
    int code = path == NULL || body == NULL ? cli_fail(client->cli, EXIT_REFUSED, "", "no memory")
                                            : client_call(client, method, path, body, true, &status, ret);
    json_decref(body);
    if (code == EXIT_DONE && status != 200) {
        code = client_refused(client->cli, status, *ret);
        *ret = NULL;
    }
    return code;
}

int client_get(struct client *client, const char *path, json_t **ret)
{
    unsigned status = 0;
    json_t *answer = NULL;
    int code = path == NULL ? cli_fail(client->cli, EXIT_REFUSED, "", "no memory")
                            : client_call(client, "GET", path, NULL, false, &status, &answer);
    if (code != EXIT_DONE) {
        return code;
    }
    if (status != 200) {
        return client_refused(client->cli, status, answer);
    }
    *ret = answer;
    return EXIT_DONE;
}

static void print_faults(const struct cli *cli, const json_t *faults)
{
    size_t i = 0;
    const json_t *fault = NULL;
    json_array_foreach(faults, i, fault)
    {
        const char *path = screen_member(cli->arena, fault, "path");
        (void)fprintf(stderr, "  %s%s%s\n", path, path[0] == '\0' ? "" : ": ",
                      screen_member(cli->arena, fault, "text"));
    }
}

int client_end(struct client *client, int code, json_t *answer,
               int (*print)(const struct cli *, const json_t *answer))
{
    const struct cli *cli = client->cli;
    if (code == EXIT_DONE) {
        code = cli->json ? cli_print_json(cli, json_incref(answer)) : print(cli, answer);
    }
    json_decref(answer);
    client_close(client);
    return code;
}

int client_pages(struct client *client, const char *path, const char *after,
                 size_t (*print)(const struct cli *, const json_t *page, bool last, size_t before))
{
    const struct cli *cli = client->cli;
    size_t printed = 0;
    const char *begins = arena_format(cli->arena, "%s%cafter=", path, strchr(path, '?') == NULL ? '?' : '&');
    int code = begins == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : EXIT_DONE;
    for (bool last = false; code == EXIT_DONE && !last;) {
        json_t *page = NULL;
        const char *from = after == NULL ? path : client_path(client, begins, after);
        code = from == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : client_get(client, from, &page);
        const char *more = code == EXIT_DONE ? screen_member(cli->arena, page, "more") : "";
        last = more[0] == '\0' || cli->json;
        if (code == EXIT_DONE && cli->json) {
            code = cli_print_json(cli, json_incref(page));
        } else if (code == EXIT_DONE) {
            printed = print(cli, page, last, printed);
        }
        after = more;
        json_decref(page);
    }
    return code;
}

void client_notes(const struct cli *cli, const json_t *notes)
{
    size_t i = 0;
    const json_t *note = NULL;
    json_array_foreach(notes, i, note)
    {
        const char *path = screen_member(cli->arena, note, "path");
        cli_note(cli, "note: %s%s%s", path, path[0] == '\0' ? "" : ": ",
                 screen_member(cli->arena, note, "text"));
    }
}

/* As JSON has it. */
static const char *json_shown(const struct cli *cli, const json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *shown =
        text == NULL ? say(cli->words, N_("nothing")) : screen_quiet(cli->arena, bytes_of_text(text));
    free(text);
    return shown;
}

/* "XB/poc terms.languages.holds: ["fr"], before ["en"]": what another roster says of a party. */
static void print_changes(const struct cli *cli, const json_t *changes)
{
    size_t i = 0;
    const json_t *change = NULL;
    json_array_foreach(changes, i, change)
    {
        (void)fprintf(stderr, say(cli->words, "  %s %s: %s, before %s\n"),
                      screen_member(cli->arena, change, "party"), screen_member(cli->arena, change, "path"),
                      json_shown(cli, json_object_get(change, "is")),
                      json_shown(cli, json_object_get(change, "was")));
    }
}

/* Cases a prefix or a reference fits, where the answer names them. */
static void print_candidates(const struct cli *cli, const json_t *candidates)
{
    size_t i = 0;
    const json_t *candidate = NULL;
    json_array_foreach(candidates, i, candidate)
    {
        if (json_is_string(candidate)) {
            (void)fprintf(stderr, "  %s\n", screen_string(cli->arena, candidate));
        } else {
            (void)fprintf(stderr, "  %s  %s -> %s  %s\n", screen_member(cli->arena, candidate, "case"),
                          screen_member(cli->arena, candidate, "from"),
                          screen_member(cli->arena, candidate, "to"),
                          screen_member(cli->arena, candidate, "reference"));
        }
    }
}

int client_refused(const struct cli *cli, unsigned status, json_t *answer)
{
    if (cli->json) {
        (void)cli_print_json(cli, answer);
        return EXIT_REFUSED;
    }
    const char *said = screen_member(cli->arena, answer, "error");
    const char *next = screen_member(cli->arena, answer, "next");
    (void)fflush(stdout);
    (void)fprintf(stderr, "comity %s: ", cli->command);
    if (said[0] == '\0') {
        (void)fprintf(stderr, say(cli->words, "the node answered with status %u"), status);
    }
    (void)fprintf(stderr, "%s%s%s\n", said, next[0] == '\0' ? "" : "; ", next);
    print_faults(cli, json_object_get(answer, "faults"));
    print_changes(cli, json_object_get(answer, "changes"));
    client_notes(cli, json_object_get(answer, "notes"));
    print_candidates(cli, json_object_get(answer, "candidates"));
    json_decref(answer);
    return EXIT_REFUSED;
}

const char *client_path(struct client *client, const char *prefix, const char *name)
{
    char *escaped = curl_easy_escape(client->curl, name, 0);
    const char *path = escaped == NULL ? NULL : arena_format(client->cli->arena, "%s%s", prefix, escaped);
    curl_free(escaped);
    return path;
}
