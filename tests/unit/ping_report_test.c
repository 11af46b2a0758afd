/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a round of pings, its page, and what officers signed of it. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "nodes/cli/ping_page.h"
#include "nodes/cli/ping_round.h"
#include "nodes/cli/signed_record.h"

#define NOW_MS UINT64_C(1795370400000) /* 2026-11-22T18:00:00Z */

static struct cli cli;
static struct client client;
static struct slab *slab;
static struct officer officer;

static int setup(void **state)
{
    (void)state;
    uint8_t seed[32] = {7};
    cli = (struct cli){.command = "ping", .arena = arena_new((size_t)4 << 20), .language = ""};
    client = (struct client){.cli = &cli, .settings = {.network = "00ff"}, .party = {.text = "XA/poc"}};
    if (sodium_init() < 0) {
        return -1;
    }
    slab = slab_new(1, NULL);
    return cli.arena == NULL || slab == NULL || !signer_init(&officer.signer, slab, seed) ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    signer_done(&officer.signer);
    slab_free(slab);
    arena_free(cli.arena);
    return 0;
}

/* --- figures --- */

static json_t *row(const char *party, const char *answered, const char *result)
{
    json_t *json = json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "party", party, "sent", "2026-11-22T12:00:00Z",
                             "answered", answered, "how", answered == NULL ? NULL : "link", "result", result);
    assert_non_null(json);
    return json;
}

static json_t *report_of(json_t *rows)
{
    return ping_round_report(&client, "PING-1", (wall_ms){.ms = NOW_MS}, rows);
}

/* M24: six were asked; three answered after an hour, one waits, one is silent, one more than half is not told as answered. */
static void who_has_not_answered_counts_and_is_never_left_out(void **state)
{
    (void)state;
    json_t *report = report_of(json_pack(
        "[o, o, o, o, o, o]", row("XB/poc", "2026-11-22T13:00:00Z", "REACHED"),
        row("XC/poc", "2026-11-22T13:00:00Z", "REACHED"), row("XD/poc", "2026-11-22T13:00:00Z", "REACHED"),
        row("XE/poc", NULL, NULL), row("XF/poc", NULL, "SILENT"), row("XG/poc", NULL, "NO_CONSENT")));
    json_t *expected =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:{s:i, s:i, s:i}, s:{s:b, s:I}, s:{s:b, s:I}}", "asked", 5,
                  "answered", 3, "waiting", 1, "silent", 1, "without_consent", 1, "how", "node", 0, "link", 3,
                  "phone", 0, "half", "reached", 1, "ms", (json_int_t)3600000, "nine_of_ten", "reached", 0,
                  "ms", (json_int_t)(6 * 3600000));
    char *text = json_dumps(json_object_get(report, "summary"), JSON_SORT_KEYS),
         *wanted = json_dumps(expected, JSON_SORT_KEYS);
    assert_string_equal(text, wanted);
    assert_string_equal(ping_round_speed(&cli, report),
                        "half of them within 60 min, nine of ten not within 6 h");
    assert_int_equal(json_array_size(json_object_get(report, "parties")), 6);
    free(text);
    free(wanted);
    json_decref(expected);
    json_decref(report);
}

static void what_others_wrote_is_text_in_the_page(void **state)
{
    (void)state;
    json_t *hostile = row("XB/poc", "2026-11-22T13:00:00Z", "REACHED");
    static const char *const members[] = {"person", "text", "entered", "entered_by", "fault"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        (void)json_object_set_new(hostile, members[i], json_string("<img src=x onerror='a()'>\"&\x1b[31m"));
    }
    (void)json_object_set_new(hostile, "corrections", json_pack("[s]", "PHONE: </li><script>b()</script>"));
    json_t *report = report_of(json_pack("[o]", hostile));
    const char *page = ping_page(&cli, report);
    assert_non_null(page);
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "<script"));
    assert_null(strchr(page, '\x1b'));
    assert_non_null(strstr(page, "&lt;img src=x onerror=&#39;a()&#39;&gt;&quot;&amp;"));
    assert_non_null(strstr(page, "&lt;/li&gt;&lt;script&gt;"));
    assert_null(strstr(page, "http://"));
    json_decref(report);
}

/* --- what officers signed --- */

static json_t *roster(const char *role, const char *word, bool revoked)
{
    char hex[65];
    hex_write(hex, bytes_of(officer.signer.key.bytes, 32));
    json_t *json = json_pack("{s:[{s:s, s:[{s:s, s:s, s:s, s:s, s:[s]}]}]}", "parties", "address", "XA/poc",
                             "keys", "role", role, "key", hex, "from", "2026-01-01T00:00:00Z", "until",
                             "2027-01-01T00:00:00Z", "mandate", word);
    if (revoked) {
        json_t *key =
            json_array_get(json_object_get(json_array_get(json_object_get(json, "parties"), 0), "keys"), 0);
        (void)json_object_set_new(key, "revoked", json_string("2026-11-01T00:00:00Z"));
    }
    assert_non_null(json);
    return json;
}

static const char *fault(const json_t *record, json_t *of_roster, uint64_t at_ms)
{
    const char *said = signed_record_fault(&client, of_roster, record, at_ms);
    json_decref(of_roster);
    return said;
}

static void a_record_holds_as_it_was_signed_by_an_officer(void **state)
{
    (void)state;
    json_t *record =
        signed_record_new(&client, &officer, json_pack("{s:s, s:s}", "to", "XQ/poc", "until", "then"));
    assert_non_null(record);
    assert_null(fault(record, roster("officer", "sign", false), NOW_MS));
    /* read from a file: other order of members, other blanks */
    char *text = json_dumps(record, JSON_INDENT(2));
    json_t *again = json_loads(text, 0, NULL);
    free(text);
    assert_null(fault(again, roster("officer", "sign", false), NOW_MS));
    json_decref(again);
    assert_non_null(fault(record, roster("node", "sign", false), NOW_MS));
    assert_non_null(fault(record, roster("officer", "read", false), NOW_MS));
    assert_non_null(fault(record, roster("officer", "sign", true), NOW_MS));
    assert_non_null(fault(record, roster("officer", "sign", false), NOW_MS + 365 * MS_PER_DAY));
    assert_non_null(fault(record, json_object(), NOW_MS));
    client.settings.network = "00fe";
    assert_non_null(fault(record, roster("officer", "sign", false), NOW_MS));
    client.settings.network = "00ff";
    (void)json_object_set_new(json_object_get(record, "signed"), "until", json_string("later"));
    assert_non_null(fault(record, roster("officer", "sign", false), NOW_MS));
    json_decref(record);
}

static void what_is_no_record_is_told(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}", "{\"signed\": 1}",
                                        "{\"signed\": {}, \"key\": \"00\", \"proof\": \"AA==\"}",
                                        "{\"signed\": {}, \"key\": 3, \"proof\": [\"x\"]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *record = json_loads(texts[i], 0, NULL);
        assert_non_null(fault(record, roster("officer", "sign", false), NOW_MS));
        json_decref(record);
    }
    assert_non_null(fault(NULL, roster("officer", "sign", false), NOW_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_not_answered_counts_and_is_never_left_out),
        cmocka_unit_test(what_others_wrote_is_text_in_the_page),
        cmocka_unit_test(a_record_holds_as_it_was_signed_by_an_officer),
        cmocka_unit_test(what_is_no_record_is_told),
    };
    return cmocka_run_group_tests_name("ping_report", tests, setup, teardown);
}
