/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node's core without sockets: what an officer waits for. A case of 1,000 letters and an inbox over 100,000 cases, written
 * into the case file as the node itself writes them, once; each question is asked as the API does, answer and all.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/host.h"
#include "nodes/case_line.h"
#include "nodes/store_letters.h"
#include "tests/bench/bench.h"
#include "tests/bench/network.h"

#define TURN_BYTES   ((size_t)256 * 1024 * 1024)
#define STORE        "node.db"
#define CASES        100000
#define SIDE_LETTERS 500
#define CASES_A_TURN 500
#define ASKED        21
#define CASE_HEX     (2 * sizeof(struct case_id) + 1)
#define TEXT         "how does it stand? The prosecutor asks because the hearing is near and nothing was heard."

struct node_bench {
    struct bench *bench;
    struct node *node;
    struct turn *turn;
    struct case_id long_case;
    struct letter_id last[3]; /* by side */
    uint32_t seq[3];
    uint64_t at_ms;
};

static void begin(struct node_bench *b)
{
    turn_begin(b->turn, host_wall(), host_mono());
}

static void end(struct node_bench *b)
{
    ensure(node_turn_end(b->node, b->turn) == DOOR_OK && !turn_exhausted(b->turn));
    ensure(node_commit(b->node) == DOOR_OK && node_between_turns(b->node, false) == DOOR_OK);
}

/* --- a case of many letters --- */

static Comity__Instant *instant(struct arena *arena, uint64_t ms)
{
    Comity__Instant *made = arena_take(arena, sizeof *made);
    ensure(made != NULL);
    comity__instant__init(made);
    made->ms = (int64_t)ms;
    return made;
}

static void put_letter(struct node_bench *b, enum side author, const Comity__Letter *message)
{
    struct arena *arena = turn_arena(b->turn);
    const struct network *network = b->bench->network;
    enum side other = author == SIDE_Q ? SIDE_R : SIDE_Q;
    struct letter_draft draft = {.case_id = b->long_case,
                                 .to = network->parties[author == SIDE_Q ? 1 : 0],
                                 .author = author,
                                 .case_seq = ++b->seq[author],
                                 .has_prev = b->seq[author] > 1,
                                 .has_seen = b->seq[other] != 0,
                                 .prev = b->last[author],
                                 .seen = b->last[other]};
    struct letter_row row = {.case_id = b->long_case,
                             .own = author == SIDE_Q,
                             .author = author,
                             .from = network->parties[author == SIDE_Q ? 0 : 1],
                             .to = draft.to,
                             .kind = letter_kind(message),
                             .lane = LANE_URGENT,
                             .case_seq = draft.case_seq,
                             .prev = draft.prev,
                             .seen = draft.seen,
                             .signed_ms = b->at_ms,
                             .filed_ms = b->at_ms,
                             .accepted_ms = b->at_ms + 1,
                             .delivered_ms = b->at_ms + 2,
                             .opened_here_ms = b->at_ms + 3,
                             .place = PLACE_EFFECT,
                             .sending = author == SIDE_Q ? SENDING_DELIVERED : SENDING_NONE};
    row.letter = letter_pack(arena, message);
    row.context = letter_context(b->node, &draft, row.letter, &network->sender.key, 1,
                                 (wall_ms){.ms = b->at_ms}, arena, &row.id);
    row.proofs = noise(b->bench, 80);
    ensure(row.letter.data != NULL && row.context.data != NULL);
    store_letter_put(b->node->store, &row);
    b->last[author] = row.id;
    b->at_ms += MS_PER_MINUTE;
}

static Comity__Letter *request_letter(struct arena *arena, uint64_t ms)
{
    static char text[] = TEXT, number[] = "XA-1", custodian[] = "Example Hosting", address[] = "203.0.113.77";
    Comity__Letter *letter = arena_take(arena, sizeof *letter);
    Comity__Request *request = arena_take(arena, sizeof *request);
    Comity__Necessity *necessity = arena_take(arena, sizeof *necessity);
    Comity__Item **items = arena_take(arena, 3 * sizeof *items);
    Comity__Identifier **identifiers = arena_take(arena, sizeof *identifiers);
    ensure(letter != NULL && request != NULL && necessity != NULL && items != NULL && identifiers != NULL);
    identifiers[0] = arena_take(arena, sizeof *identifiers[0]);
    ensure(identifiers[0] != NULL);
    comity__identifier__init(identifiers[0]);
    identifiers[0]->kind = COMITY__IDENTIFIER__KIND__IP_ADDRESS;
    identifiers[0]->value = address;
    comity__necessity__init(necessity);
    necessity->urgency = COMITY__NECESSITY__URGENCY__URGENT;
    comity__request__init(request);
    request->type = COMITY__REQUEST__TYPE__PRESERVE;
    request->reference = number;
    request->necessity = necessity;
    request->n_items = 3;
    request->items = items;
    for (size_t i = 0; i < 3; i++) {
        items[i] = arena_take(arena, sizeof *items[i]);
        ensure(items[i] != NULL);
        comity__item__init(items[i]);
        items[i]->description = text;
        items[i]->custodian = custodian;
        items[i]->n_identifiers = 1;
        items[i]->identifiers = identifiers;
        items[i]->data_dies = instant(arena, ms + 4 * MS_PER_DAY);
    }
    comity__letter__init(letter);
    letter->body_case = COMITY__LETTER__BODY_REQUEST;
    letter->request = request;
    return letter;
}

static void put_long_case(struct node *node, struct turn *turn, void *context)
{
    static char text[] = TEXT;
    struct node_bench *b = context;
    struct arena *arena = turn_arena(turn);
    Comity__Letter asks = COMITY__LETTER__INIT, says = COMITY__LETTER__INIT;
    Comity__StatusAsk ask = COMITY__STATUS_ASK__INIT;
    Comity__Status status = COMITY__STATUS__INIT;
    struct case_row row = {.id = b->long_case,
                           .own_side = SIDE_Q,
                           .q = b->bench->network->parties[0],
                           .r = b->bench->network->parties[1],
                           .lane = LANE_URGENT,
                           .q_reference = "XA-1",
                           .created_ms = b->at_ms};
    ask.text = text;
    status.text = text;
    asks.body_case = COMITY__LETTER__BODY_STATUS_ASK;
    asks.status_ask = &ask;
    says.body_case = COMITY__LETTER__BODY_STATUS;
    says.status = &status;
    store_case_put(node->store, &row);
    for (size_t i = 0; i < SIDE_LETTERS; i++) {
        put_letter(b, SIDE_Q, i == 0 ? request_letter(arena, b->at_ms) : &asks);
        put_letter(b, SIDE_R, &says);
    }
}

/* --- many cases --- */

struct fill {
    struct node_bench *b;
    size_t from;
};

/* As at a busy desk: a third is ours to do, of it some at risk and some legal dates; the rest waits for them or is over. */
static struct case_line line_of(size_t i, uint64_t now_ms)
{
    uint64_t due_ms = now_ms + (i * 7919 % 80) * MS_PER_DAY;
    struct case_line line = {.urgency = (enum urgency)(1 + i % 3),
                             .rank = i % 30 == 0  ? LINE_LOSS
                                     : i % 3 == 0 ? LINE_OWED
                                     : i % 3 == 1 ? LINE_THEIRS
                                                  : LINE_REST,
                             .at_ms = due_ms,
                             .legal_ms = i % 6 == 0 ? due_ms : 0,
                             .type = "PRESERVE",
                             .target = "203.0.113.77 Example Hosting",
                             .items = 1 + i % 5,
                             .dies_ms = i % 30 == 0 ? due_ms : 0,
                             .flags = FLAG_CONF | FLAG_NO_NOTIFY,
                             .what = CLOCK_DECIDE,
                             .due_ms = i % 3 == 2 ? 0 : due_ms,
                             .ours = i % 3 == 0};
    return line;
}

static void put_cases(struct node *node, struct turn *turn, void *context)
{
    const struct fill *fill = context;
    for (size_t i = 0; i < CASES_A_TURN; i++) {
        struct case_row row = {.own_side = i % 2 == 0 ? SIDE_Q : SIDE_R,
                               .q = fill->b->bench->network->parties[0],
                               .r = fill->b->bench->network->parties[1],
                               .lane = LANE_URGENT,
                               .q_reference = arena_format(turn_arena(turn), "XA-2026-%zu", fill->from + i),
                               .created_ms = turn_wall(turn).ms};
        struct case_line line = line_of(fill->from + i, turn_wall(turn).ms);
        randombytes_buf(row.id.bytes, sizeof row.id.bytes);
        store_case_put(node->store, &row);
        store_case_cache(node->store, &row);
        store_line_put(node->store, &row, &line);
    }
}

static void fill_store(struct node_bench *b)
{
    randombytes_buf(b->long_case.bytes, sizeof b->long_case.bytes);
    b->at_ms = host_wall().ms - 2 * SIDE_LETTERS * MS_PER_MINUTE;
    begin(b);
    ensure(node_input(b->node, b->turn, put_long_case, b) == INPUT_DONE);
    end(b);
    for (size_t i = 0; i < CASES; i += CASES_A_TURN) {
        struct fill fill = {.b = b, .from = i};
        begin(b);
        ensure(node_input(b->node, b->turn, put_cases, &fill) == INPUT_DONE);
        end(b);
    }
}

/* --- questions --- */

static const char *case_hex(const struct node_bench *b, char ret_text[CASE_HEX])
{
    return sodium_bin2hex(ret_text, CASE_HEX, b->long_case.bytes, sizeof b->long_case.bytes);
}

/* Milliseconds of the processor at the median. anew: as if no case had been looked at before. */
static double ask(struct node_bench *b, enum verb verb, const char *target, const char *query, bool anew)
{
    uint64_t samples[ASKED];
    const struct command command = {.actor = "officer", .verb = verb, .target = target, .query = query};
    for (size_t i = 0; i < ASKED; i++) {
        struct answer answer;
        if (anew) {
            kept_cases_free(&b->node->kept);
        }
        begin(b);
        uint64_t start = processor_ns();
        ensure(node_command(b->node, b->turn, &command, &answer) == DOOR_OK);
        samples[i] = processor_ns() - start;
        ensure(answer.status == 200 && answer.json.size > 1000);
        end(b);
    }
    return latencies_of(samples, ASKED).p50_us / 1e3;
}

/* --- is it what it is measured as? --- */

static json_t *answer_of(struct node_bench *b, enum verb verb, const char *target, const char *query)
{
    const struct command command = {.actor = "officer", .verb = verb, .target = target, .query = query};
    struct answer answer;
    begin(b);
    ensure(node_command(b->node, b->turn, &command, &answer) == DOOR_OK && answer.status == 200);
    json_t *json = json_loadb((const char *)answer.json.data, answer.json.size, 0, NULL);
    ensure(json != NULL);
    end(b);
    return json;
}

/* Of a case, how many letters took effect. */
static size_t letters_in_effect(struct node_bench *b, const char *id)
{
    json_t *json = answer_of(b, VERB_CASE, id, "letters=all"), *letter = NULL;
    size_t i = 0, count = 0;
    json_array_foreach(json_object_get(json, "letters"), i, letter)
    {
        const char *effect = json_string_value(json_object_get(letter, "effect"));
        count += effect != NULL && (strcmp(effect, "FOLDED") == 0 || strcmp(effect, "NOTED") == 0);
    }
    json_decref(json);
    return count;
}

/* Of an inbox with everything, page by page. */
static size_t lines_listed(struct node_bench *b)
{
    char query[160];
    size_t count = 0;
    (void)snprintf(query, sizeof query, "all=1");
    for (bool more = true; more;) {
        json_t *json = answer_of(b, VERB_INBOX, "", query);
        const char *after = json_string_value(json_object_get(json, "more"));
        count += json_array_size(json_object_get(json, "cases"));
        more = after != NULL;
        if (more) {
            ensure((size_t)snprintf(query, sizeof query, "all=1&after=%s", after) < sizeof query);
        }
        json_decref(json);
    }
    return count;
}

static struct node_bench *node_bench_new(struct bench *bench)
{
    struct node_bench *b = arena_zero(bench->arena, 1, sizeof *b);
    struct network *network = bench->network;
    struct node_options options;
    struct error error = {.text = ""};
    enum roster_outcome outcome = ROSTER_NO_MEMORY;
    char id[CASE_HEX];
    ensure(b != NULL);
    *b = (struct node_bench){.bench = bench, .turn = turn_new(host_turn_source(), TURN_BYTES)};
    ensure(b->turn != NULL);
    node_options_default(&options);
    options.store_path = path_in(bench, STORE);
    options.network = network->id;
    options.party = network->parties[0];
    options.node_signer = &network->sender;
    options.seal_signer = &network->sender;
    options.slab = bench->slab;
    ensure(node_open(&b->node, &options, &error) == DOOR_OK);
    begin(b);
    ensure(node_roster(b->node, b->turn, network->json, &network->minisig, 1, &outcome, &error) == DOOR_OK);
    ensure(outcome == ROSTER_OK);
    end(b);
    fill_store(b);
    ensure(letters_in_effect(b, case_hex(b, id)) == 2 * SIDE_LETTERS);
    ensure(lines_listed(b) == CASES + 1); /* and the long one */
    return b;
}

void round_node(struct bench *bench)
{
    char id[CASE_HEX];
    if (bench->node == NULL) {
        bench->node = node_bench_new(bench);
    }
    struct node_bench *b = bench->node;
    (void)case_hex(b, id);
    note(bench, ROW_CASE_FIRST, ask(b, VERB_CASE, id, "", true));
    note(bench, ROW_CASE, ask(b, VERB_CASE, id, "", false));
    note(bench, ROW_CASE_ALL, ask(b, VERB_CASE, id, "letters=all", false));
    note(bench, ROW_INBOX, ask(b, VERB_INBOX, "", "", false));
    note(bench, ROW_INBOX_50, ask(b, VERB_INBOX, "", "limit=50", false));
}

void node_bench_free(struct node_bench *b)
{
    if (b != NULL) {
        node_close(b->node);
        turn_free(b->turn);
        remove_store(b->bench, STORE);
    }
}
