/* SPDX-License-Identifier: Apache-2.0 */
/* The node's API socket with clients that write HTTP by hand: what is served, refused and let go. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "nodes/daemon/http.h"

#define BOUND_MS 10000
#define ID       "Comity-Command: 000102030405060708090a0b0c0d0e0f\r\n"

struct bench {
    char directory[64];
    char path[96];
    struct http *http;
    int client;
    char heard[65536];
    size_t heard_size;
};

static int bench_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = {.text = ""};
    assert_non_null(bench);
    (void)snprintf(bench->directory, sizeof bench->directory, "/tmp/comity-http-XXXXXX");
    assert_non_null(mkdtemp(bench->directory));
    (void)snprintf(bench->path, sizeof bench->path, "%s/node.sock", bench->directory);
    bench->http = http_open(bench->path, &error);
    assert_string_equal(error.text, "");
    assert_non_null(bench->http);
    bench->client = -1;
    *state = bench;
    return 0;
}

static int bench_down(void **state)
{
    struct bench *bench = *state;
    if (bench->client >= 0) {
        (void)close(bench->client);
    }
    http_close(bench->http);
    assert_int_not_equal(access(bench->path, F_OK), 0);
    assert_int_equal(rmdir(bench->directory), 0);
    free(bench);
    return 0;
}

static void connect_client(struct bench *bench)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    (void)snprintf(to.sun_path, sizeof to.sun_path, "%s", bench->path);
    bench->client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(bench->client >= 0);
    assert_int_equal(connect(bench->client, (const struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(bench->client, F_SETFL, O_NONBLOCK), 0);
    bench->heard_size = 0;
}

static void speak(struct bench *bench, const char *text)
{
    assert_int_equal(write(bench->client, text, strlen(text)), strlen(text));
}

static void hear(struct bench *bench)
{
    ssize_t got = 1;
    while (got > 0) {
        assert_true(bench->heard_size < sizeof bench->heard - 1);
        got = read(bench->client, bench->heard + bench->heard_size,
                   sizeof bench->heard - 1 - bench->heard_size);
        bench->heard_size += got > 0 ? (size_t)got : 0;
    }
    bench->heard[bench->heard_size] = '\0';
}

/* Serves until a whole request is there. */
static struct http_request *next_request(struct bench *bench)
{
    uint64_t end = host_mono().ms + BOUND_MS;
    struct http_request *request = http_next(bench->http);
    while (request == NULL) {
        assert_true(host_mono().ms < end);
        struct pollfd item = {.fd = http_poll_fd(bench->http), .events = POLLIN};
        (void)poll(&item, 1, 10);
        http_run(bench->http);
        request = http_next(bench->http);
    }
    return request;
}

/* Serves until the client has heard the text so many times. */
static void wait_to_hear(struct bench *bench, const char *text, size_t times)
{
    uint64_t end = host_mono().ms + BOUND_MS;
    for (size_t found = 0; found < times;) {
        assert_true(host_mono().ms < end);
        struct pollfd item = {.fd = http_poll_fd(bench->http), .events = POLLIN};
        (void)poll(&item, 1, 10);
        http_run(bench->http);
        hear(bench);
        found = 0;
        for (const char *at = bench->heard; (at = strstr(at, text)) != NULL; at++) {
            found++;
        }
    }
}

/* --- */

static void socket_is_for_its_user_alone(void **state)
{
    struct bench *bench = *state;
    struct stat status;
    assert_int_equal(stat(bench->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void request_is_answered_after_it_was_taken(void **state)
{
    struct bench *bench = *state;
    connect_client(bench);
    speak(bench, "GET /v1/status?all=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    struct http_request *request = next_request(bench);
    assert_false(http_is_command(request));
    assert_string_equal(http_query(request), "all=1");
    http_answer(request, 200, bytes_of_text("{\"a\":1}"));
    wait_to_hear(bench, "{\"a\":1}", 1);
    assert_non_null(strstr(bench->heard, "200 OK"));
}

/* A reference may hold slashes, and so more than one pattern may fit. */
static void of_several_paths_the_longest_is_meant(void **state)
{
    static const struct {
        const char *path;
        enum verb verb;
        const char *target;
    } cases[] = {
        {"/v1/cases/4Kls/77", VERB_CASE, "4Kls/77"},
        {"/v1/cases/4Kls/77/next", VERB_NEXT, "4Kls/77"},
        {"/v1/cases/4Kls/77/timeline", VERB_TIMELINE, "4Kls/77"},
        {"/v1/cases/4Kls/next/77", VERB_CASE, "4Kls/next/77"},
    };
    struct bench *bench = *state;
    connect_client(bench);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char head[128];
        (void)snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", cases[i].path);
        speak(bench, head);
        struct http_request *request = next_request(bench);
        assert_int_equal(http_verb(request), cases[i].verb);
        assert_string_equal(http_target(request), cases[i].target);
        http_answer(request, 200, bytes_of_text("{}"));
        wait_to_hear(bench, "200 OK", i + 1);
    }
}

static void one_connection_serves_many_requests(void **state)
{
    struct bench *bench = *state;
    connect_client(bench);
    speak(bench, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/status?n=2 HTTP/1.1\r\nHost: x\r\n\r\n");
    for (size_t i = 1; i <= 2; i++) {
        struct http_request *request = next_request(bench);
        assert_string_equal(http_query(request), i == 1 ? "" : "n=2");
        http_answer(request, 200, bytes_of_text("{}"));
        wait_to_hear(bench, "200 OK", i);
    }
}

static void what_is_not_in_the_api_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *head, *status;
    } cases[] = {
        {"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n", "404"},
        {"DELETE /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", "405"},
        {"POST /v1/letters HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", "400"}, /* without an id */
        {"POST /v1/letters HTTP/1.1\r\nHost: x\r\n" ID "Content-Length: 327681\r\n\r\n", "413"},
        {"GET /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "4"},
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[32];
        connect_client(bench);
        speak(bench, cases[i].head);
        if (strcmp(cases[i].status, "413") == 0) {
            static char body[327681 + 1];
            memset(body, ' ', sizeof body - 1);
            size_t done = 0;
            while (done < sizeof body - 1) {
                ssize_t put = write(bench->client, body + done, sizeof body - 1 - done);
                done += put > 0 ? (size_t)put : 0;
                http_run(bench->http);
            }
        }
        (void)snprintf(line, sizeof line, "HTTP/1.1 %s", cases[i].status);
        wait_to_hear(bench, line, 1);
        assert_null(http_next(bench->http));
        (void)close(bench->client);
        bench->client = -1;
    }
}

/* %26 in a value would come to the core as the end of it. */
static void a_query_that_would_read_as_another_is_refused(void **state)
{
    static const char *const queries[] = {"of=XB%26all%3D1", "a%26all=1", "all%3D1", "of=a%26"};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        char head[128];
        connect_client(bench);
        (void)snprintf(head, sizeof head, "GET /v1/status?%s HTTP/1.1\r\nHost: x\r\n\r\n", queries[i]);
        speak(bench, head);
        wait_to_hear(bench, "HTTP/1.1 400", 1);
        assert_null(http_next(bench->http));
        (void)close(bench->client);
        bench->client = -1;
    }
    connect_client(bench);
    speak(bench, "GET /v1/status?of=XB%2Fpoc&a=b%3Dc HTTP/1.1\r\nHost: x\r\n\r\n");
    struct http_request *request = next_request(bench);
    assert_string_equal(http_query(request), "of=XB/poc&a=b=c");
    http_answer(request, 200, bytes_of_text("{}"));
    wait_to_hear(bench, "200 OK", 1);
}

static void client_that_goes_while_it_waits_harms_nobody(void **state)
{
    struct bench *bench = *state;
    connect_client(bench);
    speak(bench, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
    struct http_request *gone = next_request(bench);
    (void)close(bench->client);
    connect_client(bench);
    speak(bench, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
    struct http_request *request = next_request(bench);
    http_answer(gone, 200, bytes_of_text("{\"for\":\"nobody\"}"));
    http_answer(request, 200, bytes_of_text("{\"for\":\"you\"}"));
    wait_to_hear(bench, "{\"for\":\"you\"}", 1);
}

/* A turn that failed leaves requests that were taken and others that were not: the daemon still ends in order. */
static void closing_lets_go_of_all_that_wait(void **state)
{
    struct bench *bench = *state;
    connect_client(bench);
    int first = bench->client;
    speak(bench, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(next_request(bench)); /* taken, and never answered */
    connect_client(bench);
    speak(bench, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
    for (uint64_t end = host_mono().ms + BOUND_MS; http_timeout_ms(bench->http) != 0;) {
        assert_true(host_mono().ms < end);
        struct pollfd item = {.fd = http_poll_fd(bench->http), .events = POLLIN};
        (void)poll(&item, 1, 10);
        http_run(bench->http);
    }
    (void)close(first);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(socket_is_for_its_user_alone),
        TEST(request_is_answered_after_it_was_taken),
        TEST(of_several_paths_the_longest_is_meant),
        TEST(one_connection_serves_many_requests),
        TEST(what_is_not_in_the_api_is_refused_with_the_reason),
        TEST(a_query_that_would_read_as_another_is_refused),
        TEST(client_that_goes_while_it_waits_harms_nobody),
        TEST(closing_lets_go_of_all_that_wait),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
