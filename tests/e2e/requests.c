/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requests: an officer who sends many requests through the API of a node, for tests on real daemons.
 *
 *     requests NODE TO COUNT [PREFIX [FIRST [URGENCY]]]
 *
 * Sends requests PREFIX-FIRST, PREFIX-(FIRST+1) ... one after the other; prints "REFERENCE CASE LETTER" for each that was
 * answered. The node may die and come back at any moment: a call without an answer is repeated, a command with the same
 * command id and the same bytes; with COMITY_TWICE every command is repeated although it was answered, and the answers have to
 * be equal. Ends with code 1 when a request is refused, 9 when nobody answers for a minute.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/daemon/host.h"
#include "base/text.h"
#include "keys/keyfile.h"
#include "keys/sign.h"

#define PATIENCE_MS 60000
#define AGAIN_MS    5
#define CALL_MS     10000L

struct officer {
    CURL *curl;
    char socket[256];
    struct arena *arena;
    struct slab *slab;
    struct signer signer;
};

struct text {
    char *data;
    size_t size;
};

_Noreturn static void end(int code, const char *what, const char *detail)
{
    (void)fprintf(stderr, "requests: %s %s\n", what, detail);
    exit(code);
}

static size_t take_in(char *data, size_t size, size_t count, void *context)
{
    struct text *text = context;
    char *longer = realloc(text->data, text->size + size * count + 1);
    if (longer == NULL) {
        return 0;
    }
    memcpy(longer + text->size, data, size * count);
    text->data = longer;
    text->size += size * count;
    longer[text->size] = '\0';
    return size * count;
}

static void pause_shortly(void)
{
    struct timespec span = {.tv_nsec = AGAIN_MS * 1000000L};
    (void)nanosleep(&span, NULL);
}

/* One call until it is answered. command: 32 hex digits, or NULL for a query. The answer's object. */
static json_t *call(struct officer *officer, const char *path, const json_t *body, const char *command,
                    long *ret_status)
{
    char url[128];
    char header[64];
    char *sent = json_dumps(body, JSON_COMPACT);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    uint64_t end_ms = host_mono().ms + PATIENCE_MS;
    (void)snprintf(url, sizeof url, "http://localhost/v1/%s", path);
    (void)snprintf(header, sizeof header, "Comity-Command: %s", command == NULL ? "" : command);
    headers = command == NULL ? headers : curl_slist_append(headers, header);
    for (;;) {
        struct text text = {.data = NULL};
        CURL *curl = officer->curl;
        curl_easy_reset(curl);
        (void)curl_easy_setopt(curl, CURLOPT_URL, url);
        (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, officer->socket);
        (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent);
        (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, CALL_MS);
        (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_in);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
        CURLcode outcome = curl_easy_perform(curl);
        json_t *answer = outcome == CURLE_OK && text.data != NULL ? json_loads(text.data, 0, NULL) : NULL;
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
        free(text.data);
        if (answer != NULL && *ret_status != 503) {
            free(sent);
            curl_slist_free_all(headers);
            return answer;
        }
        json_decref(answer);
        if (host_mono().ms > end_ms) {
            end(9, "nobody answers at", officer->socket);
        }
        pause_shortly();
    }
}

static struct officer officer_open(const char *node)
{
    struct officer officer = {.curl = NULL};
    struct error error = {.text = ""};
    struct keyfile key;
    char path[256];
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) {
        end(9, "cannot start", "");
    }
    officer.curl = curl_easy_init();
    officer.arena = arena_new((size_t)16 * 1024 * 1024);
    officer.slab = slab_new(4, &error);
    (void)snprintf(officer.socket, sizeof officer.socket, "%s/node.sock", node);
    (void)snprintf(path, sizeof path, "%s/officers/duty.key", node);
    if (officer.slab == NULL ||
        keyfile_read(path, bytes_of(NULL, 0), officer.slab, &key, &error) != KEYFILE_OK ||
        !signer_init(&officer.signer, officer.slab, secret_data(key.secret))) {
        end(9, "cannot read", error.text);
    }
    keyfile_done(&key);
    return officer;
}

static void refuse_unless_200(long status, const json_t *answer)
{
    if (status != 200) {
        char *text = json_dumps(answer, JSON_COMPACT);
        end(1, "refused:", text == NULL ? "" : text);
    }
}

/* Prepares, signs, submits. */
static void send_one(struct officer *officer, json_t *request, const char *to, const char *reference)
{
    char key[65];
    char command[33];
    uint8_t random[16];
    struct digest id;
    struct bytes proof;
    long status = 0;
    host_random(NULL, random, sizeof random);
    (void)hex_write(command, bytes_of(random, sizeof random));
    (void)hex_write(key, bytes_of(officer->signer.key.bytes, 32));
    (void)json_object_set_new(request, "reference", json_string(reference));
    json_t *draft =
        json_pack("{s:s, s:{s:O}, s:[s]}", "to", to, "letter", "request", request, "signers", key);
    json_t *prepared = call(officer, "letters/prepare", draft, NULL, &status);
    refuse_unless_200(status, prepared);
    const char *letter_id = json_string_value(json_object_get(prepared, "letterId"));
    if (letter_id == NULL || !hex_read(id.bytes, sizeof id.bytes, bytes_of_text(letter_id)) ||
        !sign_turn(&officer->signer, &id, 1, officer->arena, &proof)) {
        end(9, "cannot sign", letter_id == NULL ? "" : letter_id);
    }
    json_t *letter =
        json_pack("{s:O, s:O, s:[s]}", "context", json_object_get(prepared, "context"), "letter",
                  json_object_get(prepared, "letter"), "signatures", base64_new(officer->arena, proof));
    json_t *filed = call(officer, "letters", letter, command, &status);
    refuse_unless_200(status, filed);
    if (getenv("COMITY_TWICE") != NULL) {
        json_t *again = call(officer, "letters", letter, command, &status);
        if (json_equal(again, filed) == 0) {
            end(1, "the repeated command was answered otherwise:", reference);
        }
        json_decref(again);
    }
    (void)printf("%s %s %s\n", reference, json_string_value(json_object_get(filed, "case")),
                 json_string_value(json_object_get(filed, "letterId")));
    (void)fflush(stdout);
    json_decref(draft);
    json_decref(prepared);
    json_decref(letter);
    json_decref(filed);
    arena_reset(officer->arena);
}

int main(int argc, char **argv)
{
    const char *file = getenv("COMITY_REQUEST");
    if (argc < 4) {
        end(9, "requests NODE TO COUNT [PREFIX [FIRST [URGENCY]]]", "");
    }
    struct officer officer = officer_open(argv[1]);
    json_t *request = json_load_file(file == NULL ? "examples/preservation.json" : file, 0, NULL);
    const char *prefix = argc > 4 ? argv[4] : "R";
    long count = strtol(argv[3], NULL, 10);
    long first = argc > 5 ? strtol(argv[5], NULL, 10) : 1;
    if (request == NULL) {
        end(9, "cannot read", file == NULL ? "the example" : file);
    }
    if (argc > 6) {
        (void)json_object_set_new(json_object_get(request, "necessity"), "urgency", json_string(argv[6]));
    }
    for (long i = first; i < first + count; i++) {
        char reference[64];
        (void)snprintf(reference, sizeof reference, "%.32s-%ld", prefix, i);
        send_one(&officer, request, argv[2], reference);
    }
    json_decref(request);
    signer_done(&officer.signer);
    slab_free(officer.slab);
    arena_free(officer.arena);
    curl_easy_cleanup(officer.curl);
    curl_global_cleanup();
    return 0;
}
