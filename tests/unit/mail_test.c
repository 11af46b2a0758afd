/* SPDX-License-Identifier: Apache-2.0 */
/* Mails as files: nothing that a directory says begins a header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "nodes/cli/mail.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 20);
    return arena == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct mail some(void)
{
    return (struct mail){.from = "desk@xa.example",
                         .to = "poc@xq.example",
                         .id = "PING-1.XQ-poc",
                         .subject = "Who is there?",
                         .body = "One.\nTwo.\n",
                         .at = {.ms = UINT64_C(1795370400000)}};
}

static void only_plain_addresses_are_good(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b", "poc.duty+24@police.xq.example", "o'neill@x-y.example"};
    static const char *const bad[] = {"",
                                      "poc",
                                      "@xq.example",
                                      "poc@",
                                      "a@b@c",
                                      "a b@c",
                                      ".a@b",
                                      "a..b@c",
                                      "a@b.",
                                      "a@.b",
                                      "a@b..c",
                                      "poc@xq.example\r\nBcc: all@evil.example",
                                      "poc@xq.example\nBcc: all@evil.example",
                                      "poc@xq.example\tx",
                                      "Duty <poc@xq.example>",
                                      "poc@xq.example,all@evil.example",
                                      "poc@xq.example;all@evil.example",
                                      "\"a\"@b",
                                      "a(b)@c",
                                      "p\xc3\xb6@xq.example",
                                      "a@[192.0.2.1]",
                                      "a%0d%0aBcc:x@b c"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(mail_address_is_good(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(mail_address_is_good(bad[i]));
    }
    char large[300];
    memset(large, 'a', sizeof large);
    memcpy(large + sizeof large - 3, "@b", 3);
    assert_false(mail_address_is_good(large));
}

static void a_mail_is_made_of_lines_that_mail_programs_read(void **state)
{
    (void)state;
    struct mail mail = some();
    const char *file = mail_write(&mail, arena);
    assert_string_equal(file,
                        "From: desk@xa.example\r\nTo: poc@xq.example\r\n"
                        "Date: Sun, 22 Nov 2026 18:00:00 +0000\r\nMessage-ID: <PING-1.XQ-poc@xa.example>\r\n"
                        "Subject: =?UTF-8?B?V2hvIGlzIHRoZXJlPw==?=\r\nMIME-Version: 1.0\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                        "T25lLg0KVHdvLg0K\r\n");
}

/* Every header line begins with a name that this program wrote, or with the blank of a fold. */
static void a_subject_begins_no_header(void **state)
{
    (void)state;
    static const char *const known[] = {
        "From: ",    "To: ",           "Date: ",         "Message-ID: ",
        "Subject: ", "MIME-Version: ", "Content-Type: ", "Content-Transfer-Encoding: ",
        " =?"};
    struct mail mail = some();
    mail.subject =
        "Check\r\nBcc: all@evil.example\r\n\r\nPay now \xe4\xbd\xa0\xe5\xa5\xbd, and again, and again, and "
        "again, until no line holds it";
    const char *file = mail_write(&mail, arena);
    assert_non_null(file);
    assert_null(strstr(file, "Bcc"));
    const char *end = strstr(file, "\r\n\r\n");
    for (const char *line = file; line < end; line = strstr(line, "\r\n") + 2) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            found = found || strncmp(line, known[i], strlen(known[i])) == 0;
        }
        assert_true(found);
        assert_true(strstr(line, "\r\n") - line <= 76);
    }
}

static void a_mail_to_no_address_is_none(void **state)
{
    (void)state;
    struct mail mail = some();
    mail.to = "poc@xq.example\r\nBcc: all@evil.example";
    assert_null(mail_write(&mail, arena));
    mail = some();
    mail.from = "";
    assert_null(mail_write(&mail, arena));
    assert_null(mail_link("a@b\r\nX: y", "s", "b", arena));
}

static void lines_of_a_body_are_short(void **state)
{
    (void)state;
    struct mail mail = some();
    char body[4000];
    memset(body, 'x', sizeof body);
    body[sizeof body - 1] = '\0';
    mail.body = body;
    const char *file = mail_write(&mail, arena);
    for (const char *line = strstr(file, "\r\n\r\n") + 4; line[0] != '\0'; line = strstr(line, "\r\n") + 2) {
        assert_true(strstr(line, "\r\n") - line <= 76);
    }
}

static void a_link_holds_whatever_is_put_into_it(void **state)
{
    (void)state;
    assert_string_equal(
        mail_link("a+b@xa.example", "A & B?", "Code: X\nWrong: 100 %\n", arena),
        "mailto:a%2Bb@xa.example?subject=A%20%26%20B%3F&body=Code%3A%20X%0D%0AWrong%3A%20100%20%25%0D%0A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_plain_addresses_are_good),
        cmocka_unit_test(a_mail_is_made_of_lines_that_mail_programs_read),
        cmocka_unit_test(a_subject_begins_no_header),
        cmocka_unit_test(a_mail_to_no_address_is_none),
        cmocka_unit_test(lines_of_a_body_are_short),
        cmocka_unit_test(a_link_holds_whatever_is_put_into_it),
    };
    return cmocka_run_group_tests_name("mail", tests, setup, teardown);
}
