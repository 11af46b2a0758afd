/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of the API: one command or query, in an input of its own. A command that changed something has its answer
 * stored under its id, together with a hash of what was asked, so that the same id never means two things.
 */
#include "nodes/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

enum verb_kind { QUERY, COMMAND };

static const struct verb_entry {
    const char *name;
    enum verb_kind kind;
    void (*act)(struct call *);
} verbs[] = {
#define ACT_STATUS                           view_status
#define ACT_INBOX                            view_inbox
#define ACT_CASE                             view_case
#define ACT_PREPARE                          command_prepare
#define ACT_SUBMIT                           command_submit
#define ACT_PREPARED                         view_prepared
#define ACT_KEEP                             command_keep
#define ACT_PREPARED_ONE                     view_prepared_one
#define ACT_SIGN                             command_sign
#define ACT_DISCARD                          command_discard
#define ACT_OPEN                             command_open
#define ACT_WHY                              view_why
#define ACT_DRAFT                            view_draft
#define ACT_EXPORT                           view_export
#define ACT_IMPORT                           view_import
#define ACT_WORKLIST                         view_worklist
#define ACT_SETTLE                           command_settle
#define ACT_MLA_LOG                          command_mla
#define ACT_EXERCISE_JOIN                    command_exercise_join
#define ACT_EXERCISE_LEAVE                   command_exercise_leave
#define ACT_ROSTER                           view_roster
#define ACT_DIRECTORY                        view_directory
#define ACT_NEXT                             view_moves
#define ACT_TIMELINE                         view_timeline
#define ACT_TAKE                             command_take
#define ACT_NOTE                             command_note
#define ACT_ALARMS                           view_alarms
#define ACT_SEEN                             command_seen
#define ACT_HOOKED                           command_hooked
#define ACT_STATS                            view_stats
#define ACT_ORDERS                           view_orders
#define ACT_ORDER_PUT                        command_order_put
#define ACT_ORDER_RENEW                      command_order_renew
#define ACT_ORDER_END                        command_order_end
#define VERB(word, sort, method, path, help) [VERB_##word] = {#word, sort, ACT_##word},
#include "nodes/api.def"
#undef VERB
};
#define VERBS (sizeof verbs / sizeof verbs[0])

/* --- the text of an answer --- */

static struct bytes text_of(struct call *call)
{
    const struct bytes none = bytes_of(NULL, 0);
    if (call->lost || call->json == NULL) {
        return none;
    }
    char *json = json_dumps(call->json, JSON_COMPACT);
    size_t size = json == NULL ? 0 : strlen(json);
    char *text = json == NULL ? NULL : arena_take(call->arena, size + 1);
    if (text != NULL) {
        memcpy(text, json, size);
        text[size] = '\n';
    }
    free(json);
    return text == NULL ? none : bytes_of(text, size + 1);
}

/* An error where there is no call to answer, in the turn's memory; where that has ended too, in the source's words. */
static struct answer bare_error(struct turn *turn, const struct catalogue *words, unsigned status,
                                const char *code, const char *error, const char *next)
{
    static const char last[] = "{\"error\":\"no memory for the answer\",\"code\":\"FULL\"}\n";
    json_t *object =
        json_pack("{s:s, s:s, s:s}", "error", say(words, error), "code", code, "next", say(words, next));
    char *json = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    const char *line = json == NULL ? NULL : arena_format(turn_arena(turn), "%s\n", json);
    free(json);
    json_decref(object);
    return (struct answer){.status = status, .json = bytes_of_text(line == NULL ? last : line)};
}

/* --- repeated ids --- */

/* Hash of what is asked for: verb, target, body. data NULL: no memory. */
static bool request_hash(struct call *call, struct digest *ret)
{
    const struct command *command = call->command;
    size_t size =
        command->body == NULL ? 0 : json_dumpb(command->body, NULL, 0, JSON_COMPACT | JSON_SORT_KEYS);
    char *body = arena_take(call->arena, size + 1);
    if (body == NULL ||
        (size != 0 && json_dumpb(command->body, body, size, JSON_COMPACT | JSON_SORT_KEYS) != size)) {
        return false;
    }
    const struct bytes parts[] = {bytes_of_text(verbs[command->verb].name), bytes_of_text(command->target),
                                  bytes_of(body, size)};
    *ret = labelled_digest("comity/v1/api", parts, 3);
    return true;
}

/* What is stored for an id: the hash of what was asked, then the answer. */
static struct bytes stored_form(struct call *call, const struct digest *asked, struct bytes json)
{
    uint8_t *bytes = arena_take(call->arena, sizeof asked->bytes + json.size);
    if (bytes == NULL) {
        return bytes_of(NULL, 0);
    }
    memcpy(bytes, asked->bytes, sizeof asked->bytes);
    memcpy(bytes + sizeof asked->bytes, json.data, json.size);
    return bytes_of(bytes, sizeof asked->bytes + json.size);
}

/* True when the id was used before: its answer stands, or what is asked now is another thing. */
static bool is_repeated(struct call *call, const struct digest *asked, struct answer *ret)
{
    struct bytes stored;
    unsigned status = 0;
    if (!command_answer(call->node, call->command->id, call->arena, &status, &stored) ||
        stored.size < sizeof asked->bytes) {
        return false;
    }
    if (memcmp(stored.data, asked->bytes, sizeof asked->bytes) != 0) {
        answer_error(call, 409, "COMMAND_REUSED", "choose a new id for a new command",
                     "this command id was used for something else");
        return false;
    }
    *ret = (struct answer){
        .status = status,
        .json = bytes_of(stored.data + sizeof asked->bytes, stored.size - sizeof asked->bytes)};
    return true;
}

/* --- the call --- */

struct context {
    struct call call;
    struct answer
        answer; /* json in the call's arena, the turn's or a literal; data NULL: it is the call's value */
    struct bytes text; /* the call's value in the call's arena; data NULL: not written yet */
    bool gave_up;      /* no memory for what would have to be kept of it: all it did is undone */
};

static struct answer no_memory(struct turn *turn, const struct command *command)
{
    return bare_error(turn, command->words, 503, "FULL", N_("no memory for the answer"),
                      N_("try again later"));
}

static void log_command(const struct context *context)
{
    const struct command *command = context->call.command;
    struct log_line line;
    log_line_init(&line);
    log_text(&line, "verb", bytes_of_text(verbs[command->verb].name));
    log_text(&line, "actor", bytes_of_text(command->actor));
    log_number(&line, "status", (int64_t)context->answer.status);
    node_event(context->call.turn, EVENT_COMMAND, "%s", line.text);
}

static void run_query(struct context *context)
{
    struct call *call = &context->call;
    verbs[call->command->verb].act(call);
    context->answer = call->lost || call->json == NULL ? no_memory(call->turn, call->command)
                                                       : (struct answer){.status = call->status};
}

static void run_command(struct context *context)
{
    struct call *call = &context->call;
    const struct command *command = call->command;
    struct digest asked;
    if (bytes_all_zero(bytes_of(command->id, sizeof command->id))) {
        answer_error(call, 400, "MALFORMED", "give 32 hexadecimal digits in Comity-Command",
                     "a command needs an id");
    } else if (!request_hash(call, &asked)) {
        context->answer = no_memory(call->turn, call->command);
        return;
    } else if (is_repeated(call, &asked, &context->answer)) {
        return;
    } else if (call->status == 0) {
        verbs[command->verb].act(call);
    }
    context->text = text_of(call);
    struct bytes stored = call->changed && context->text.data != NULL
                              ? stored_form(call, &asked, context->text)
                              : bytes_of(NULL, 0);
    context->gave_up = call->changed && stored.data == NULL;
    if (context->gave_up) {
        store_give_up(call->node->store); /* without an answer for its id it would be done twice */
    } else if (stored.data != NULL) {
        command_store(call->node, call->turn, command->id, call->status, stored);
    }
    context->answer = context->gave_up || context->text.data == NULL
                          ? no_memory(call->turn, command)
                          : (struct answer){.status = call->status};
    log_command(context);
}

static void act(struct node *node, struct turn *turn, void *pointer)
{
    struct context *context = pointer;
    (void)node;
    (void)turn;
    if (verbs[context->call.command->verb].kind == COMMAND) {
        run_command(context);
    } else {
        run_query(context);
    }
}

static struct answer answer_of(const struct context *context, enum input_outcome outcome)
{
    if (outcome == INPUT_FULL && !context->gave_up) {
        return bare_error(context->call.turn, context->call.words, 503, "FULL",
                          N_("there is no room on the disk of this node; nothing was changed"),
                          N_("free disk space, then repeat the command"));
    }
    return context->answer;
}

/* Gives the answer of a call whose memory ends with it. False: the turn has no memory for it. */
typedef bool give_answer(struct context *, void *to);

static enum door call_command(struct node *node, struct turn *turn, const struct command *command,
                              give_answer *give, void *to)
{
    struct arena *arena = arena_new(CALL_BYTES_MAX);
    struct context context = {.call = {.node = node,
                                       .turn = turn,
                                       .arena = arena,
                                       .command = command,
                                       .words = command->words,
                                       .now = turn_wall(turn)}};
    enum input_outcome outcome = INPUT_DONE;
    if (arena == NULL) {
        context.answer = no_memory(turn, command);
    } else if (command->verb == VERB_NONE || (size_t)command->verb >= VERBS) {
        context.answer = bare_error(turn, command->words, 404, "NOT_FOUND", N_("there is no such verb"),
                                    N_("see docs/api.yaml"));
    } else {
        outcome = verbs[command->verb].kind == QUERY ? node_question(node, turn, act, &context)
                                                     : node_input(node, turn, act, &context);
        context.answer = answer_of(&context, outcome);
        if (context.gave_up) {
            log_command(&context); /* what it said of itself was undone with it */
        }
    }
    bool given = give(&context, to);
    json_decref(context.call.json);
    arena_free(arena);
    return outcome == INPUT_FATAL || !given ? DOOR_FATAL : DOOR_OK;
}

static bool give_text(struct context *context, void *to)
{
    struct answer *answer = to;
    struct bytes text = context->answer.json.data != NULL ? context->answer.json
                        : context->text.data != NULL      ? context->text
                                                          : text_of(&context->call);
    *answer = text.data != NULL ? (struct answer){.status = context->answer.status, .json = text}
                                : no_memory(context->call.turn, context->call.command);
    answer->json = arena_copy(turn_arena(context->call.turn), answer->json);
    return answer->json.data != NULL;
}

enum door node_command(struct node *node, struct turn *turn, const struct command *command,
                       struct answer *ret)
{
    return call_command(node, turn, command, give_text, ret);
}

struct value {
    unsigned status;
    json_t *json;
};

static bool give_value(struct context *context, void *to)
{
    struct value *value = to;
    const struct answer *answer = &context->answer;
    value->status = answer->status;
    value->json = answer->json.data == NULL
                      ? json_incref(context->call.json)
                      : json_loadb((const char *)answer->json.data, answer->json.size, JSON_DECODE_ANY, NULL);
    return value->json != NULL;
}

enum door node_command_value(struct node *node, struct turn *turn, const struct command *command,
                             unsigned *ret_status, json_t **ret_json)
{
    struct value value = {.status = 0};
    enum door door = call_command(node, turn, command, give_value, &value);
    *ret_status = value.status;
    *ret_json = value.json;
    return door;
}
