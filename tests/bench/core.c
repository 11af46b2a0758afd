/* SPDX-License-Identifier: Apache-2.0 */
/* The broker's doors without sockets: turns by hand on a store on the disk. Only the time inside the doors counts. */
#include "base/daemon/host.h"
#include "broker/broker.h"
#include "tests/bench/client.h"

#define TURN_BYTES   ((size_t)256 * 1024 * 1024)
#define ARENA_BYTES  ((size_t)64 * 1024 * 1024)
#define STORE        "core.db"
#define SETTLE_GROUP 64

struct core {
    struct bench *bench;
    struct broker *broker;
    struct turn *turn;
    struct arena *arena; /* of the frames that go in */
    link_id sender, recipient;
    uint64_t spent_ns, processor_ns;
    struct appends beside; /* one after each turn */
};

static void begin(struct core *core)
{
    turn_begin(core->turn, host_wall(), host_mono());
}

static void say(struct core *core, link_id link, struct bytes frame)
{
    uint64_t used = processor_ns();
    uint64_t start = now_ns();
    ensure(frame.data != NULL && broker_frame(core->broker, core->turn, link, frame) == DOOR_OK);
    core->spent_ns += now_ns() - start;
    core->processor_ns += processor_ns() - used;
}

static void end(struct core *core)
{
    uint64_t used = processor_ns();
    uint64_t start = now_ns();
    ensure(broker_turn_end(core->broker, core->turn) == DOOR_OK && !turn_exhausted(core->turn));
    ensure(broker_commit(core->broker) == DOOR_OK);
    ensure(broker_between_turns(core->broker, false) == DOOR_OK);
    core->spent_ns += now_ns() - start;
    core->processor_ns += processor_ns() - used;
}

static link_id link_up(struct core *core, size_t party)
{
    const struct network *network = core->bench->network;
    link_id link = {.number = party + 1};
    begin(core);
    ensure(broker_link_up(core->broker, core->turn, link, &network->parties[party]) == DOOR_OK);
    say(core, link, frame_hello(network, core->arena, party));
    end(core);
    return link;
}

static void core_open(struct core *core, struct bench *bench)
{
    struct network *network = bench->network;
    struct broker_options options;
    struct error error = {.text = ""};
    enum roster_outcome outcome = ROSTER_NO_MEMORY;
    *core = (struct core){.bench = bench, .arena = arena_new(ARENA_BYTES)};
    core->turn = turn_new(host_turn_source(), TURN_BYTES);
    ensure(core->turn != NULL && core->arena != NULL);
    remove_store(bench, STORE);
    broker_options_default(&options);
    options.store_path = path_in(bench, STORE);
    options.network = network->id;
    options.id = BROKER_ID;
    options.receipt_signer = &network->receipt;
    options.submits_max = 256;
    options.quota_bytes = UINT64_C(8) * 1024 * 1024 * 1024;
    ensure(broker_open(&core->broker, &options, &error) == DOOR_OK);
    begin(core);
    ensure(broker_roster(core->broker, core->turn, network->json, &network->minisig, 1, &outcome, &error) ==
           DOOR_OK);
    ensure(outcome == ROSTER_OK);
    end(core);
    core->sender = link_up(core, 0);
}

static void core_close(struct core *core)
{
    broker_close(core->broker);
    turn_free(core->turn);
    arena_free(core->arena);
    remove_store(core->bench, STORE);
}

struct pace {
    double per_second, processor_us; /* of the time inside the doors */
};

static struct pace pace_of(const struct core *core, size_t count)
{
    return (struct pace){.per_second = (double)count * 1e9 / (double)core->spent_ns,
                         .processor_us = (double)core->processor_ns / 1e3 / (double)count};
}

static void reset_clocks(struct core *core)
{
    core->spent_ns = 0;
    core->processor_ns = 0;
    core->beside = (struct appends){.count = 0};
}

/* Submits the first count envelopes in turns of so many. */
static struct pace submit_all(struct core *core, size_t count, size_t turn)
{
    struct broker_figures figures;
    reset_clocks(core);
    for (size_t i = 0; i < count; i += turn) {
        arena_reset(core->arena);
        begin(core);
        for (size_t j = 0; j < turn; j++) {
            say(core, core->sender, frame_submit(&core->bench->stack, core->arena, i + j));
        }
        end(core);
        appends_add(core->bench, &core->beside, 1);
    }
    broker_figures(core->broker, &figures);
    ensure(figures.accepted == count);
    return pace_of(core, count);
}

/* The recipient comes, takes all in groups and signs for each group; the sender settles each receipt. */
static struct pace settle_all(struct core *core, size_t count)
{
    struct broker_figures figures;
    struct digest digest = {.bytes = {0}};
    core->recipient = link_up(core, 1);
    begin(core);
    reset_clocks(core);
    say(core, core->recipient, frame_credit(core->arena, SETTLE_GROUP));
    end(core);
    for (size_t i = 0; i <= count; i += SETTLE_GROUP) {
        arena_reset(core->arena);
        begin(core);
        if (i > 0) {
            say(core, core->sender, frame_settle(core->arena, &digest));
        }
        if (i < count) {
            say(core, core->recipient, frame_delivered(core->bench, core->arena, i, SETTLE_GROUP, &digest));
            say(core, core->recipient, frame_credit(core->arena, SETTLE_GROUP));
        }
        end(core);
        appends_add(core->bench, &core->beside, 1);
    }
    broker_figures(core->broker, &figures);
    ensure(figures.settled == count && figures.waiting_envelopes == 0 && figures.receipts_owed == 0);
    return pace_of(core, count);
}

void round_core(struct bench *bench)
{
    static const struct {
        enum row row, beside;
        size_t turn, count;
    } runs[] = {{ROW_CORE_1, ROW_CORE_1_APPEND, 1, 256},
                {ROW_CORE_16, ROW_CORE_16_APPEND, 16, 2048},
                {ROW_CORE_64, ROW_CORE_64_APPEND, 64, 4096},
                {ROW_CORE_256, ROW_CORE_256_APPEND, 256, 5120}};
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct core core;
        core_open(&core, bench);
        struct pace accepted = submit_all(&core, runs[i].count, runs[i].turn);
        note(bench, runs[i].row, accepted.per_second);
        note(bench, runs[i].beside, appends_per_second(&core.beside));
        if (runs[i].row == ROW_CORE_64) {
            struct pace settled = settle_all(&core, runs[i].count);
            note(bench, ROW_CORE_ACCEPT_CPU, accepted.processor_us);
            note(bench, ROW_CORE_SETTLED, settled.per_second);
            note(bench, ROW_SETTLED_APPEND, appends_per_second(&core.beside));
            note(bench, ROW_CORE_SETTLE_CPU, settled.processor_us);
        }
        core_close(&core);
    }
}
