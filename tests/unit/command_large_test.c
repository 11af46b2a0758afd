/* SPDX-License-Identifier: Apache-2.0 */
/* A case as large as the other side may make it is shown, and does not take the memory of the turn (one node, no network). */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "base/text.h"
#include "nodes/letters.h"
#include "tests/support/node_rig.h"

#define ANSWERS     7
#define TEXT_BYTES  8000
#define QUERIES     12 /* in one turn: several times its memory, if they took it from there */
#define SHOWN_LEAST ((size_t)900 * 1024)

/* About 56 kB of text. */
static void fill(struct rig *rig, Comity__Letter *letter)
{
    Comity__InfoGiven *given = letter->info_given;
    given->n_answers = ANSWERS;
    given->answers = arena_zero(rig->arena, ANSWERS, sizeof(Comity__InfoAnswer *));
    assert_non_null(given->answers);
    for (uint32_t i = 0; i < ANSWERS; i++) {
        Comity__InfoAnswer *answer = arena_zero(rig->arena, 1, sizeof *answer);
        char *text = arena_zero(rig->arena, TEXT_BYTES + 1, 1);
        assert_true(answer != NULL && text != NULL);
        comity__info_answer__init(answer);
        memset(text, 'a', TEXT_BYTES);
        answer->question = i + 1;
        answer->text = text;
        given->answers[i] = answer;
    }
}

static void a_case_of_the_largest_size_is_shown_many_times_in_one_turn(void **state)
{
    struct rig *rig = rig_open("large");
    struct sample s;
    char name[33];
    size_t effective = 1;
    (void)state;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    for (uint32_t n = 2; rig_receipt(rig, RECEIPT_DELIVERED, &s.id) != NULL; n++) {
        rig_letter(rig, &s, LETTER_INFO_GIVEN, n, n, &s);
        fill(rig, s.letter);
        rig_send(rig, &s);
        effective = n;
    }
    assert_in_range(effective, 17, 20); /* and no further: the case is full */
    struct command command = {
        .actor = "officer",
        .verb = VERB_CASE,
        .target = hex_write(name, bytes_of(s.case_id.bytes, sizeof s.case_id.bytes)),
        .query = "",
    };
    rig_begin(rig);
    for (unsigned i = 0; i < QUERIES; i++) {
        struct answer answer = {.status = 0};
        assert_int_equal(node_command(rig->node, rig->turn, &command, &answer), DOOR_OK);
        assert_int_equal(answer.status, 200);
        assert_true(answer.json.size > SHOWN_LEAST);
    }
    rig_end(rig);
    rig_close(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_of_the_largest_size_is_shown_many_times_in_one_turn),
    };
    return cmocka_run_group_tests_name("command_large", tests, NULL, NULL);
}
