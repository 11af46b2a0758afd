/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/daemon/http.h"

#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/text.h"
#include "nodes/daemon/peer.h"

#define TARGET_MAX     128
#define QUERY_MAX      512
#define ALLOW_MAX      32
#define COMMAND_HEADER "Comity-Command"

/* What is refused before the core hears of it, as docs/api.yaml has every error. */
struct refusal {
    unsigned status;
    const char *code, *error, *next;
};
static const struct refusal no_such_path = {404, "NO_SUCH_PATH", N_("there is no such path"),
                                            N_("see docs/api.yaml for those that are")};
static const struct refusal other_method = {405, "METHOD", N_("this path does not take that method"),
                                            N_("use one of those in the header Allow")};
static const struct refusal no_command_id = {
    400, "COMMAND_ID", N_("a command needs an id of its own, so that it may be repeated"),
    N_("send the header Comity-Command with 32 lower-case hexadecimal digits drawn at random")};
static const struct refusal body_too_large = {413, "TOO_LARGE", N_("a body may have 320 KiB at most"),
                                              N_("send less at once")};
static const struct refusal query_too_long = {414, "TOO_LARGE", N_("the query is too long"),
                                              N_("see docs/api.yaml for what it may hold")};
static const struct refusal query_ambiguous = {
    400, "MALFORMED", N_("no name or value in a query holds \"&\", nor a name \"=\""),
    N_("see docs/api.yaml for what it may hold")};
static const struct refusal not_allowed = {403, "NOT_ALLOWED", N_("this user may not act for this party"),
                                           N_("run the command as the node's own user")};
static const struct refusal no_memory = {503, "FULL", N_("no memory"), N_("try again in a moment")};

struct http {
    struct MHD_Daemon *mhd;
    int listener;
    const struct languages *languages; /* NULL: none */
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    struct http_request *first, *last; /* whole and not yet taken */
    struct http_request *suspended;    /* all that wait for their answer, taken or not */
};

enum request_phase { READING, WAITING, ANSWERED };

struct http_request {
    struct http *http;
    struct MHD_Connection *connection;
    struct http_request *next;
    struct http_request *next_suspended;
    enum request_phase phase;
    struct peer peer;
    const struct catalogue *words;
    enum verb verb;
    bool command;
    uint8_t command_id[16];
    char target[TARGET_MAX];
    char query[QUERY_MAX];
    uint8_t *body;
    size_t body_size, body_room;
    const struct refusal *refusal; /* told once the upload is over; NULL: none */
    char allow[ALLOW_MAX];         /* methods of a path that does not take the one given */
    struct MHD_Response *response;
    unsigned status;
};

enum route_kind { QUERY, COMMAND };
static const struct route {
    enum verb verb;
    enum route_kind kind;
    const char *method, *path;
} routes[] = {
#define VERB(name, kind, method, path, help) {VERB_##name, kind, method, path},
#include "nodes/api.def"
#undef VERB
};

/* Matches a path against "/v1/cases/{id}/opened"; target gets what stands for {id}. */
static bool path_matches(const char *path, const char *pattern, char target[TARGET_MAX])
{
    const char *open = strchr(pattern, '{');
    if (open == NULL) {
        return strcmp(path, pattern) == 0;
    }
    size_t before = (size_t)(open - pattern);
    const char *after = strchr(open, '}') + 1;
    size_t after_size = strlen(after);
    size_t size = strlen(path);
    if (strncmp(path, pattern, before) != 0 || size <= before + after_size ||
        strcmp(path + size - after_size, after) != 0) {
        return false;
    }
    size_t id_size = size - before - after_size;
    if (id_size >= TARGET_MAX) {
        return false;
    }
    memcpy(target, path + before, id_size);
    target[id_size] = '\0';
    return true; /* an id may hold a slash: references do */
}

/* The first one counts. */
static void refuse(struct http_request *request, const struct refusal *refusal)
{
    if (request->refusal == NULL) {
        request->refusal = refusal;
    }
}

static void allow(struct http_request *request, const char *method)
{
    size_t used = strlen(request->allow);
    (void)snprintf(request->allow + used, ALLOW_MAX - used, "%s%s", used == 0 ? "" : ", ", method);
}

/* Of several patterns that fit, as "/v1/cases/{id}" and "/v1/cases/{id}/next" do, the longest is meant. */
static void route(struct http_request *request, const char *method, const char *path)
{
    size_t best = 0;
    char target[TARGET_MAX] = "";
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        size_t size = strlen(routes[i].path);
        bool fits = path_matches(path, routes[i].path, target);
        if (fits && strcmp(method, routes[i].method) == 0 && size > best) {
            best = size;
            request->verb = routes[i].verb;
            request->command = routes[i].kind == COMMAND;
            memcpy(request->target, target, sizeof target);
        } else if (fits && strstr(request->allow, routes[i].method) == NULL) {
            allow(request, routes[i].method);
        }
    }
    if (best == 0) {
        refuse(request, request->allow[0] == '\0' ? &no_such_path : &other_method);
    }
}

static void read_headers(struct http_request *request)
{
    const char *id = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, COMMAND_HEADER);
    const char *language =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Accept-Language");
    if (language != NULL && request->http->languages != NULL) {
        request->words = languages_accepted(request->http->languages, language)->words;
    }
    const char *length = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Content-Length");
    if (request->command && (id == NULL || !hex_read(request->command_id, 16, bytes_of_text(id)) ||
                             bytes_all_zero(bytes_of(request->command_id, 16)))) {
        refuse(request, &no_command_id);
    }
    if (length != NULL && strtoull(length, NULL, 10) > HTTP_BODY_BYTES_MAX) {
        refuse(request, &body_too_large);
    }
}

/* Name and value come decoded: what would then stand for the end of one of them is refused, or it would be read as another query. */
static enum MHD_Result keep_query(void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct http_request *request = context;
    size_t used = strlen(request->query);
    int added = snprintf(request->query + used, QUERY_MAX - used, "%s%s=%s", used == 0 ? "" : "&", key,
                         value == NULL ? "" : value);
    (void)kind;
    if (strpbrk(key, "&=") != NULL || (value != NULL && strchr(value, '&') != NULL)) {
        refuse(request, &query_ambiguous);
    }
    if (added < 0 || (size_t)added >= QUERY_MAX - used) {
        refuse(request, &query_too_long);
    }
    return MHD_YES;
}

static struct http_request *request_new(struct http *http, struct MHD_Connection *connection,
                                        const char *path, const char *method)
{
    struct http_request *request = calloc(1, sizeof *request);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (request == NULL) {
        return NULL;
    }
    request->http = http;
    request->connection = connection;
    if (info == NULL || !peer_of_socket(info->connect_fd, &request->peer) || !peer_may_act(&request->peer)) {
        refuse(request, &not_allowed);
    }
    route(request, method, path);
    read_headers(request);
    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, keep_query, request);
    return request;
}

static void append_body(struct http_request *request, const char *data, size_t size)
{
    if (request->refusal != NULL) {
        return;
    }
    if (size > HTTP_BODY_BYTES_MAX - request->body_size) {
        refuse(request, &body_too_large);
        return;
    }
    if (request->body_size + size > request->body_room) {
        size_t room = (request->body_size + size) * 2;
        uint8_t *larger = realloc(request->body, room);
        if (larger == NULL) {
            refuse(request, &no_memory);
            return;
        }
        request->body = larger;
        request->body_room = room;
    }
    memcpy(request->body + request->body_size, data, size);
    request->body_size += size;
}

static struct MHD_Response *response_of(struct bytes json)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(json.size, (void *)(uintptr_t)json.data, MHD_RESPMEM_MUST_COPY);
    if (response != NULL) {
        (void)MHD_add_response_header(response, "Content-Type", "application/json");
        (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    }
    return response;
}

static enum MHD_Result give_refusal(struct http_request *request)
{
    const struct refusal *refusal = request->refusal;
    json_t *object = json_pack("{s:s, s:s, s:s}", "error", say(request->words, refusal->error), "code",
                               refusal->code, "next", say(request->words, refusal->next));
    char *json = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    struct MHD_Response *response = json == NULL ? NULL : response_of(bytes_of_text(json));
    free(json);
    json_decref(object);
    if (response == NULL) {
        return MHD_NO;
    }
    if (refusal->status == 405) {
        (void)MHD_add_response_header(response, "Allow", request->allow);
    }
    enum MHD_Result result = MHD_queue_response(request->connection, refusal->status, response);
    MHD_destroy_response(response);
    return result;
}

static void wait_for_turn(struct http_request *request)
{
    struct http *http = request->http;
    request->phase = WAITING;
    request->next = NULL;
    if (http->last == NULL) {
        http->first = request;
    } else {
        http->last->next = request;
    }
    http->last = request;
    request->next_suspended = http->suspended;
    http->suspended = request;
    MHD_suspend_connection(request->connection);
}

/* The request leaves the list of the suspended, and its connection goes on. */
static void resume(struct http_request *request)
{
    struct http_request **at = &request->http->suspended;
    while (*at != request) {
        at = &(*at)->next_suspended;
    }
    *at = request->next_suspended;
    MHD_resume_connection(request->connection);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct http_request *request = *state;
    (void)version;
    if (request == NULL) {
        *state = request_new(context, connection, path, method);
        return *state == NULL ? MHD_NO : MHD_YES;
    }
    if (*upload_size != 0) {
        append_body(request, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (request->refusal != NULL) {
        return give_refusal(request);
    }
    if (request->phase == READING) {
        wait_for_turn(request);
        return MHD_YES;
    }
    if (request->phase == WAITING) { /* resumed without an answer: the daemon is ending */
        return MHD_NO;
    }
    return request->response == NULL ? MHD_NO
                                     : MHD_queue_response(connection, request->status, request->response);
}

static void completed(void *context, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code)
{
    struct http_request *request = *state;
    (void)context;
    (void)connection;
    (void)code;
    if (request != NULL) {
        if (request->response != NULL) {
            MHD_destroy_response(request->response);
        }
        free(request->body);
        free(request);
        *state = NULL;
    }
}

void http_languages(struct http *http, const struct languages *languages)
{
    http->languages = languages;
}

const struct catalogue *http_words(const struct http_request *request)
{
    return request->words;
}

static int listen_on(const char *path, struct error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat old;
    if (strlen(path) >= sizeof address.sun_path) {
        error_set(error, "the socket's path %s is longer than %zu bytes; choose a shorter directory", path,
                  sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (lstat(path, &old) == 0 && !S_ISSOCK(old.st_mode)) {
        error_set(error, "%s is there and is no socket; remove it", path);
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)unlink(path); /* the directory's lock is ours, so a socket here belongs to a dead process */
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0600) != 0 || listen(fd, SOMAXCONN) != 0 /* who cannot be served yet waits there */) {
        error_set(error, "cannot listen on %s: %s", path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

struct http *http_open(const char *path, struct error *error)
{
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        error_set(error, "no memory for the API");
        return NULL;
    }
    http->listener = listen_on(path, error);
    if (http->listener < 0) {
        free(http);
        return NULL;
    }
    (void)snprintf(http->path, sizeof http->path, "%s", path);
    http->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, http,
                                 MHD_OPTION_LISTEN_SOCKET, http->listener, MHD_OPTION_CONNECTION_LIMIT,
                                 (unsigned)HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, 15u,
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32 * 1024,
                                 MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
    if (http->mhd == NULL) {
        error_set(error, "cannot start the HTTP server on %s", path);
        (void)close(http->listener);
        free(http);
        return NULL;
    }
    return http;
}

void http_close(struct http *http)
{
    if (http == NULL) {
        return;
    }
    while (http->suspended !=
           NULL) { /* also what was taken and never answered: libmicrohttpd aborts over it */
        resume(http->suspended);
    }
    MHD_stop_daemon(http->mhd); /* closes the listener */
    (void)unlink(http->path);
    free(http);
}

int http_poll_fd(const struct http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    ensure(info != NULL);
    return info->epoll_fd;
}

int64_t http_timeout_ms(const struct http *http)
{
    MHD_UNSIGNED_LONG_LONG timeout = 0;
    if (http->first != NULL) {
        return 0; /* read in by the http_run() after the last turn: nothing else would wake the loop for it */
    }
    return MHD_get_timeout(http->mhd, &timeout) == MHD_YES ? (int64_t)timeout : -1;
}

void http_run(struct http *http)
{
    (void)MHD_run(http->mhd);
}

struct http_request *http_next(struct http *http)
{
    struct http_request *request = http->first;
    if (request != NULL) {
        http->first = request->next;
        http->last = http->first == NULL ? NULL : http->last;
        request->next = NULL;
    }
    return request;
}

const char *http_actor(const struct http_request *request)
{
    return request->peer.name;
}

enum verb http_verb(const struct http_request *request)
{
    return request->verb;
}

bool http_is_command(const struct http_request *request)
{
    return request->command;
}

const uint8_t *http_command_id(const struct http_request *request)
{
    return request->command_id;
}

const char *http_target(const struct http_request *request)
{
    return request->target;
}

const char *http_query(const struct http_request *request)
{
    return request->query;
}

struct bytes http_body(const struct http_request *request)
{
    return bytes_of(request->body, request->body_size);
}

void http_answer(struct http_request *request, unsigned status, struct bytes json)
{
    ensure(request->phase == WAITING);
    request->response = response_of(json);
    request->status = status;
    request->phase = ANSWERED;
    resume(request);
}
