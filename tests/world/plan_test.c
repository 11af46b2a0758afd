/* SPDX-License-Identifier: Apache-2.0 */
/* Plans are read strictly: what is wrong is named with its line, its column, and the nearest right word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drills/play/plan_stage.h"

#define PARTIES "parties XA/poc XB/poc\n"
#define THREE   "parties XA/poc XB/poc XC/poc\n"
#define REQUEST "XA/poc writes request to XB/poc as theft\n"
#define EXPECT  "expect both see the same of theft\n"

static bool read_plan(const char *text, struct plan **ret, struct error *error)
{
    return plan_read(bytes_of_text(text), "t.plan", ret, error);
}

/* The text is refused, and the error is that. */
static void assert_refused(const char *text, const char *wanted)
{
    struct plan *plan = NULL;
    struct error error = {.text = ""};
    if (read_plan(text, &plan, &error)) {
        plan_free(plan);
        fail_msg("it was taken: %s", text);
    }
    assert_string_equal(error.text, wanted);
}

static struct plan *assert_taken(const char *text)
{
    struct plan *plan = NULL;
    struct error error = {.text = ""};
    if (!read_plan(text, &plan, &error)) {
        fail_msg("%s", error.text);
    }
    return plan;
}

static void every_statement_is_read(void **state)
{
    (void)state;
    struct plan *plan =
        assert_taken("# All of them.\n"
                     "parties XA/poc XB/poc XC/poc XD/poc\n"
                     "envelopes live 2 days\n"
                     "sealing keys for 9 days\n"
                     "quota of 4 envelopes\n"
                     "\n"
                     "XA/poc writes request to XB/poc as theft\n"
                     "  XC/poc writes request to XB/poc as fraud with {\"facts\": \"a # in it\"}\n"
                     "XB/poc writes held in theft\n"
                     "XB/poc writes info_asked in theft with {\"questions\": []}  \n"
                     "XB/poc opens theft\n"
                     "XD/poc lies with two-keys to XB/poc\n"
                     "expect E_COMMIT of the last lie\n"
                     "wait 10 minutes\n"
                     "wait until quiet\n"
                     "sleep 1 day\n"
                     "cut the link of XA/poc\n"
                     "break the link of XA/poc\n"
                     "break the link of XA/poc unseen by hub\n"
                     "stall the link of XA/poc to hub\n"
                     "stall the link of XA/poc from hub\n"
                     "restore the link of XA/poc\n"
                     "fault power_cut at hub\n"
                     "fault slow_disk at XB/poc for 3 hours\n"
                     "heal\n"
                     "crash XA/poc losing nothing\n"
                     "crash hub before its commit losing everything\n"
                     "crash hub after its commit losing some\n"
                     "crash hub half spoken losing torn\n"
                     "start XA/poc\n"
                     "backup hub as monday\n"
                     "restore hub from monday\n"
                     "clock of XB/poc 2 hours ahead\n"
                     "clock of XB/poc 3 days behind\n"
                     "clock of XB/poc right\n"
                     "freeze XB/poc for 5 seconds\n"
                     "roster renewed\n"
                     "roster revokes deputy of XB/poc\n"
                     "roster suspends XB/poc\n"
                     "roster resumes XB/poc\n"
                     "roster shrinks quota of XB/poc\n"
                     "expect XA/poc sees theft items[0].state HELD\n"
                     "expect XA/poc sees theft letters.count 3\n"
                     "expect XA/poc sees theft request.purpose these proceedings only\n"
                     "expect XC/poc knows nothing of theft\n"
                     "expect both see the same of theft\n"
                     "expect 200 of the last write\n"
                     "expect 422 FAULTS of the last write\n"
                     "expect XB/poc logs chain.gap\n"
                     "expect hub never logs spool.rotten\n"
                     "expect XB/poc is up\n"
                     "expect hub is down");
    assert_int_equal(plan->party_count, 4);
    assert_string_equal(plan_liar(plan), "XD/poc");
    assert_int_equal(plan->life_ms, 2 * 86400000);
    assert_int_equal(plan->prekey_days, 9);
    assert_int_equal(plan->quota_envelopes, 4);
    assert_int_equal(plan->step_count, 50);
    plan_free(plan);
}

static const struct step *step_of(const struct plan *plan, unsigned line)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].line == line) {
            return &plan->steps[i];
        }
    }
    fail_msg("no step of line %u", line);
    return NULL;
}

static void the_words_of_a_statement_are_kept(void **state)
{
    (void)state;
    struct plan *plan =
        assert_taken(PARTIES REQUEST "XB/poc writes not_held in theft with {\"items\": [2]}\n"
                                     "fault cut_half_spoken at hub for 90 seconds\n"
                                     "crash hub half spoken losing torn\n"
                                     "clock of XB/poc 2 hours behind\n"
                                     "expect XA/poc sees theft items[1].result NOT FOUND at all\n"
                                     "expect XA/poc sees theft letters.count 3\n");
    assert_string_equal(step_of(plan, 3)->letter, "not_held");
    assert_int_equal(step_of(plan, 3)->actor, 2);
    assert_true(json_is_array(json_object_get(step_of(plan, 3)->json, "items")));
    assert_int_equal(step_of(plan, 4)->fault, FAULT_CUT_HALF_SPOKEN);
    assert_int_equal(step_of(plan, 4)->actor, 0);
    assert_int_equal(step_of(plan, 4)->ms, 90000);
    assert_int_equal(step_of(plan, 5)->detail, WORLD_HALF_SPOKEN);
    assert_int_equal(step_of(plan, 5)->loss, DISK_TORN);
    assert_int_equal(step_of(plan, 6)->detail, -1);
    assert_string_equal(step_of(plan, 7)->word, "items[1].result");
    assert_string_equal(json_string_value(step_of(plan, 7)->json), "NOT FOUND at all");
    assert_int_equal(json_integer_value(step_of(plan, 8)->json), 3);
    plan_free(plan);
}

static void wrong_plans_are_named_with_the_nearest_right_word(void **state)
{
    static const struct {
        const char *text, *error;
    } wrong[] = {
        {"", "t.plan:1: the plan is empty; its first line is: parties XA/poc XB/poc"},
        {"# nothing but this\n", "t.plan:1: the plan is empty; its first line is: parties XA/poc XB/poc"},
        {"heal\n", "t.plan:1:1: the first line names the parties: parties XA/poc XB/poc"},
        {"partie XA/poc XB/poc\n",
         "t.plan:1:1: \"partie\" is not understood here; did you mean \"parties\"?"},
        {"parties XA/poc\n", "t.plan:1:15: a history needs two parties"},
        {"parties XA/poc XA/poc\n", "t.plan:1:16: XA/poc is named twice"},
        {"parties XA/poc XZ/poc\n",
         "t.plan:1:16: \"XZ/poc\" is no party of a world; did you mean \"XA/poc\"?"},
        {"parties XA/poc Berie\n",
         "t.plan:1:16: \"Berie\" is no party of a world; write XA/poc, XB/poc, XC/poc, XA/central, XD/poc, "
         "XE/poc, XF/poc, XB/central, XG/poc, XH/poc, XI/poc or XC/central"},
        {PARTIES PARTIES EXPECT, "t.plan:2:1: the parties are already named"},
        {PARTIES "XC/poc writes request to XB/poc as theft\n",
         "t.plan:2:1: \"XC/poc\" is not understood here; did you mean \"XA/poc\"?"},
        {PARTIES "XA/poc writes request to XA/poc as theft\n", "t.plan:2: XA/poc writes to itself"},
        {PARTIES "XA/poc writes request to XD/poc as theft\n",
         "t.plan:2:26: \"XD/poc\" is not a party of this plan; did you mean \"XA/poc\"?"},
        {PARTIES "XA/poc writes request to XB/poc as Theft\n",
         "t.plan:2:36: \"Theft\" is not a new name: a small letter, then small letters, digits and -, 24 at "
         "most"},
        {PARTIES "XA/poc writes request to XB/poc\n",
         "t.plan:2:32: the line ends too early; write: PARTY writes request to PARTY as NEW"},
        {PARTIES REQUEST REQUEST, "t.plan:3: there is a case named theft already"},
        {PARTIES REQUEST "XB/poc writes hold in theft\n",
         "t.plan:3:15: \"hold\" is not understood here; did you mean \"held\"?"},
        {PARTIES REQUEST "XB/poc writes held in fraud\n",
         "t.plan:3:23: \"fraud\" is not a case that was named before; write theft"},
        {PARTIES REQUEST "XB/poc writes held in theft with {\"a\": 1,}\n",
         "t.plan:3:42: this is no JSON object: string or '}' expected near '}'"},
        {PARTIES REQUEST "XB/poc writes held in theft with 7\n",
         "t.plan:3:34: this is no JSON object: '[' or '{' expected near '7'"},
        {PARTIES REQUEST "XB/poc writes held in theft now\n",
         "t.plan:3:29: \"now\" is not understood here; write with"},
        {"parties XA/poc XB/poc XC/poc\n" REQUEST "XC/poc opens theft\n",
         "t.plan:3: XC/poc is not in the case theft: that is between XA/poc and XB/poc"},
        {PARTIES "wait 10 minuets\n",
         "t.plan:2:9: \"minuets\" is not a unit of time; did you mean \"minutes\"?"},
        {PARTIES "wait ten minutes\n", "t.plan:2:6: \"ten\" is not understood here; write until"},
        {PARTIES "wait 0 minutes\n", "t.plan:2:6: \"0\" is not understood here; write until"},
        {PARTIES "wait 4000 days\n", "t.plan:2:11: that is longer than ten years"},
        {PARTIES "wait until quite\n",
         "t.plan:2:12: \"quite\" is not understood here; did you mean \"quiet\"?"},
        {PARTIES "fault powercut at hub\n",
         "t.plan:2:7: \"powercut\" is not a fault; did you mean \"power_cut\"?"},
        {PARTIES "fault kill at broker\n",
         "t.plan:2:15: \"broker\" is not a party of this plan or hub; write XA/poc, XB/poc or hub"},
        {PARTIES "fault kill at hub for 5 minutes please\n",
         "t.plan:2:33: the statement ends before \"please\""},
        {PARTIES "crash hub losing all\n",
         "t.plan:2:18: \"all\" is not what a crash loses; write nothing, everything, some or torn"},
        {PARTIES "restore hub from monday\n", "t.plan:2:18: \"monday\" is not a backup that was made before"},
        {PARTIES "backup hub as monday\nrestore XA/poc from monday\n",
         "t.plan:3: monday is a backup of hub, not of XA/poc"},
        {PARTIES "backup hub as monday\nbackup XA/poc as monday\n",
         "t.plan:3: there is a backup named monday already"},
        {PARTIES "break the link of XA/poc unseen by XB/poc\n",
         "t.plan:2: the two ends of that link are XA/poc and hub"},
        {PARTIES REQUEST "quota of 4 envelopes\n" EXPECT,
         "t.plan:3:1: limits stand before the first thing that happens"},
        {PARTIES "envelopes live 20 days\n", "t.plan:2: an envelope lives from 1 minute to 14 days"},
        {PARTIES "sealing keys for 3 days\n", "t.plan:2: a list has sealing keys for 8 to 42 days"},
        {PARTIES REQUEST "expect XB/poc logs chain.gaps\n",
         "t.plan:3:20: \"chain.gaps\" is not an event that it logs; did you mean \"chain.gap\"?"},
        {PARTIES REQUEST "expect hub logs letter.filed\n",
         "t.plan:3:17: \"letter.filed\" is not an event that it logs"},
        {PARTIES REQUEST "expect XA/poc sees theft state\n",
         "t.plan:3:31: the line ends too early; write: expect PARTY sees CASE PATH VALUE"},
        {PARTIES "expect 200 of the last write\n", "t.plan:2: nobody wrote anything before"},
        {PARTIES "expect E_BODY of the last lie\n", "t.plan:2: nobody lied before"},
        {THREE "XC/poc lies with padding to XA/poc\nexpect E_PADING of the last lie\n",
         "t.plan:3: \"E_PADING\" is no code of a refusal; did you mean \"E_PADDING\"?"},
        {THREE "XC/poc lies with padding to XA/poc\nexpect FAULTS of the last lie\n",
         "t.plan:3: \"FAULTS\" is no code of a refusal, such as E_PADDING"},
        {THREE "XC/poc lies with paddings to XA/poc\n",
         "t.plan:2:18: \"paddings\" is not a flaw of an envelope; did you mean \"padding\"?"},
        {THREE "XC/poc lies with none to XA/poc\n", "t.plan:2:18: \"none\" is not a flaw of an envelope"},
        {THREE "XC/poc lies with padding to XC/poc\n", "t.plan:2: XC/poc cannot lie to itself"},
        {THREE "XC/poc lies with padding to hub\n",
         "t.plan:2:29: \"hub\" is not a party of this plan; write XA/poc, XB/poc or XC/poc"},
        {THREE "XC/poc lies with padding to XA/poc\nXB/poc lies with padding to XA/poc\n",
         "t.plan:3:1: XC/poc lies in this plan already: one party at most"},
        {THREE "XA/poc writes request to XC/poc as theft\nXC/poc lies with padding to XA/poc\n" EXPECT,
         "t.plan:2: XC/poc lies in this plan: it has no node"},
        {PARTIES "XA/poc lies with padding to XB/poc\nexpect E_PADDING of the last lie\n",
         "t.plan:1: a history needs two parties beside the one that lies"},
        {PARTIES REQUEST "wait until quiet\n", "t.plan:3: a plan ends with what is expected: expect ..."},
        {PARTIES "wait\t1 day\n", "t.plan:2:5: a byte that is no text; words are parted by blanks"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(wrong[i].text, wrong[i].error);
    }
}

static void what_is_too_much_is_refused(void **state)
{
    static char text[PLAN_BYTES_MAX + 2];
    struct plan *plan = NULL;
    struct error error = {.text = ""};
    (void)state;
    memset(text, '\n', PLAN_LINES_MAX + 1);
    assert_refused(text, "t.plan:2001: a plan has 2000 lines at most");
    memset(text, ' ', sizeof text - 1);
    assert_false(read_plan(text, &plan, &error));
    assert_string_equal(error.text, "t.plan: a plan has 65536 bytes at most");
    size_t used = (size_t)snprintf(text, sizeof text, THREE);
    for (size_t i = 0; i < LIES_MAX; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "XC/poc lies with padding to XA/poc\n");
    }
    (void)snprintf(text + used, sizeof text - used, "expect E_PADDING of the last lie\n");
    plan_free(assert_taken(text));
    (void)snprintf(text + used, sizeof text - used, "XC/poc lies with padding to XB/poc\n");
    assert_refused(text, "t.plan:66: there are too many lies: 64 at most");
}

/* Neither bytes that are no text nor cut plans are taken, and nothing but an error comes of them. */
static void damaged_plans_are_refused_or_read(void **state)
{
    static const char good[] = PARTIES REQUEST "XB/poc writes held in theft with {\"items\": [1]}\n"
                                               "fault kill at hub for 5 minutes\n" EXPECT;
    uint64_t random = 0x9e3779b97f4a7c15;
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        char text[sizeof good];
        struct plan *plan = NULL;
        struct error error = {.text = ""};
        memcpy(text, good, sizeof good);
        for (unsigned i = 0; i < 1 + round % 3; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            text[random % (sizeof good - 1)] = (char)(random >> 32);
        }
        if (plan_read(bytes_of(text, sizeof good - 1), "t.plan", &plan, &error)) {
            plan_free(plan);
        } else {
            assert_int_equal(strncmp(error.text, "t.plan:", 7), 0);
        }
    }
}

/* Else "never logs" would hold of what there was no room for. */
static void there_is_room_for_every_event_of_every_actor(void **state)
{
    const struct plan_run *run = NULL;
    (void)state;
    assert_true(sizeof run->logs / sizeof run->logs[0] >=
                CAST_PARTIES_MAX * PLAN_NODE_EVENTS + PLAN_BROKER_EVENTS);
    for (size_t i = 0; i < PLAN_NODE_EVENTS; i++) {
        assert_true(strlen(plan_node_events[i]) < PLAN_EVENT_BYTES);
    }
    for (size_t i = 0; i < PLAN_BROKER_EVENTS; i++) {
        assert_true(strlen(plan_broker_events[i]) < PLAN_EVENT_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_read),
        cmocka_unit_test(the_words_of_a_statement_are_kept),
        cmocka_unit_test(wrong_plans_are_named_with_the_nearest_right_word),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(damaged_plans_are_refused_or_read),
        cmocka_unit_test(there_is_room_for_every_event_of_every_actor),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
