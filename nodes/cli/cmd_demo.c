/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo: a network of three States in a directory of its own, and one request that goes from XA to XB until all its items
 * are held. Every step is a command a person could type, run as a process of its own; this program only starts them, in
 * order, and makes sure that nothing is left behind, whatever happens.
 */
#define _GNU_SOURCE /* environ */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nodes/cli/client.h"
#include "nodes/cli/network_folder.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "proto/json.h"

#define WORDS_MAX     16
#define REQUEST_BYTES ((size_t)256 * 1024)
#define REQUEST_FILE  "examples/preservation.json"

static const struct option_spec options[] = {
    {"request", "FILE", false, N_("the request that is sent; default the example that comes with comity")},
    {"keep", NULL, false, N_("leave the network's directory in place")},
    {NULL, NULL, false, NULL},
};

static const char *const rungs[] = {"sealed",       "accepted", "delivered", "opened",
                                    "acknowledged", "ordered",  "held"};
#define RUNGS (sizeof rungs / sizeof rungs[0])

struct demo {
    const struct cli *cli;
    char self[PATH_MAX];                /* this program */
    const char *directory;              /* of the network */
    bool ours;                          /* the directory was made here and is removed at the end */
    const char *request;                /* file */
    const char *case_name;              /* its reference */
    const char *requesting, *requested; /* directories of the two nodes */
    sigset_t signals;                   /* INT, TERM, HUP, CHLD: blocked, and waited for */
    bool interrupted;
    int code;
};

/* --- running a command --- */

/* Waits for the command; a signal that ends the demo ends a command that can be ended. */
static int wait_for(struct demo *demo, pid_t pid, bool may_end)
{
    for (;;) {
        int status = 0;
        int signal = 0;
        if (waitpid(pid, &status, WNOHANG) == pid) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_REFUSED;
        }
        (void)sigwait(&demo->signals, &signal);
        if (signal != SIGCHLD) {
            demo->interrupted = true;
            if (may_end) {
                (void)kill(pid, SIGTERM);
            }
        }
    }
}

/* The command gets our own signal mask of before, a process group of its own, and with --json no standard output. */
static int spawn(struct demo *demo, char *const *words, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void)sigemptyset(&none);
    if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attributes) != 0) {
        return ENOMEM;
    }
    int failure = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    failure = failure != 0 ? failure : posix_spawnattr_setsigmask(&attributes, &none);
    if (failure == 0 && demo->cli->json) {
        failure = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    }
    failure = failure != 0 ? failure : posix_spawn(ret, demo->self, &actions, &attributes, words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return failure;
}

static void print_command(const struct demo *demo, char *const *words, const char *why)
{
    if (demo->cli->json) {
        return;
    }
    (void)printf("\n# %s\n%s$", say(demo->cli->words, why), demo->cli->colour ? "\033[1m" : "");
    for (size_t i = 0; words[i] != NULL; i++) {
        (void)printf(" %s", words[i]);
    }
    (void)printf("%s\n", demo->cli->colour ? "\033[0m" : "");
}

/* Runs "comity [-C directory] WORD..." unless an earlier step failed or the demo was interrupted. */
static void run_words(struct demo *demo, bool always, const char *why, const char *directory, va_list list)
{
    char *words[WORDS_MAX] = {(char *)(uintptr_t) "comity"};
    size_t count = 1;
    pid_t pid = 0;
    if (!always && (demo->code != EXIT_DONE || demo->interrupted)) {
        return;
    }
    if (directory != NULL) {
        words[count++] = (char *)(uintptr_t) "-C";
        words[count++] = (char *)(uintptr_t)directory;
    }
    for (char *word = va_arg(list, char *); word != NULL && count < WORDS_MAX - 1;
         word = va_arg(list, char *)) {
        words[count++] = word;
    }
    print_command(demo, words, why);
    (void)fflush(stdout);
    int failure = spawn(demo, words, &pid);
    int code = EXIT_REFUSED;
    if (failure != 0) {
        (void)cli_fail(demo->cli, EXIT_REFUSED, NULL, "cannot run %s: %s", demo->self, strerror(failure));
    } else {
        code = wait_for(demo, pid, directory != NULL);
    }
    if (demo->cli->json && failure == 0 && code != EXIT_DONE && demo->code == EXIT_DONE &&
        !demo->interrupted) {
        (void)cli_fail(demo->cli, code, "run it without --json to see the steps", "a step failed: %s", why);
    }
    demo->code = demo->code == EXIT_DONE ? code : demo->code;
}

/* A step of the story. */
static void step(struct demo *demo, const char *why, const char *directory, ...)
{
    va_list list;
    va_start(list, directory);
    run_words(demo, false, why, directory, list);
    va_end(list);
}

/* A step that is taken whatever went before. */
static void at_last(struct demo *demo, const char *why, const char *directory, ...)
{
    va_list list;
    va_start(list, directory);
    run_words(demo, true, why, directory, list);
    va_end(list);
}

/* --- what it needs --- */

static bool find_self(struct demo *demo)
{
    ssize_t size = readlink("/proc/self/exe", demo->self, sizeof demo->self - 1);
    if (size <= 0) {
        demo->code = cli_fail(demo->cli, EXIT_REFUSED, NULL, "cannot find this program: %s", strerror(errno));
        return false;
    }
    demo->self[size] = '\0';
    return true;
}

/* Installed: PREFIX/share/comity; built: the sources are three folders up; else where we stand. */
static const char *find_request(struct demo *demo)
{
    struct arena *arena = demo->cli->arena;
    char *folder = arena_format(arena, "%s", demo->self);
    if (folder == NULL) {
        return NULL;
    }
    *strrchr(folder, '/') = '\0';
    const char *const places[] = {
        arena_format(arena, "%s/../share/comity/" REQUEST_FILE, folder),
        arena_format(arena, "%s/../../../" REQUEST_FILE, folder),
        REQUEST_FILE,
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *found = places[i] == NULL ? NULL : realpath(places[i], NULL);
        if (found != NULL) {
            const char *path = arena_format(arena, "%s", found);
            free(found);
            return path;
        }
    }
    return NULL;
}

static bool read_reference(struct demo *demo)
{
    struct error error = {.text = "", .words = demo->cli->words};
    struct faults faults;
    struct bytes text;
    faults_init(&faults, demo->cli->arena);
    faults.words = demo->cli->words;
    if (files_read(demo->request, REQUEST_BYTES, demo->cli->arena, &text, &error) != FILES_OK) {
        demo->code = cli_fail(demo->cli, EXIT_REFUSED,
                              "name the file of a request: comity demo --request FILE", "%s", error.text);
        return false;
    }
    json_t *request = json_read(text, REQUEST_BYTES, &faults);
    const char *reference = json_string_value(json_object_get(request, "reference"));
    demo->case_name = reference == NULL ? NULL : arena_format(demo->cli->arena, "%s", reference);
    json_decref(request);
    if (demo->case_name == NULL) {
        demo->code = cli_fail(demo->cli, EXIT_REFUSED, "give it a \"reference\"",
                              "%s is no request with a reference", demo->request);
    }
    return demo->case_name != NULL;
}

static bool make_directory(struct demo *demo, const struct arguments *arguments)
{
    struct arena *arena = demo->cli->arena;
    struct error error = {.text = "", .words = demo->cli->words};
    demo->ours = arguments->word_count == 0;
    demo->directory =
        demo->ours ? network_folder_temporary(arena, "comity-demo", &error) : arguments->words[0];
    if (demo->directory == NULL) {
        demo->code = cli_fail(demo->cli, EXIT_REFUSED, "name a directory: comity demo DIR", "%s", error.text);
        return false;
    }
    demo->ours = demo->ours && !argument_given(arguments, "keep");
    demo->requesting = arena_format(arena, "%s/XA-poc", demo->directory);
    demo->requested = arena_format(arena, "%s/XB-poc", demo->directory);
    return demo->requesting != NULL && demo->requested != NULL;
}

static bool prepare(struct demo *demo, const struct arguments *arguments)
{
    const char *file = argument_value(arguments, "request");
    if (!find_self(demo)) {
        return false;
    }
    demo->request = file == NULL ? find_request(demo) : file;
    if (demo->request == NULL) {
        demo->code = cli_fail(demo->cli, EXIT_REFUSED, "name one: comity demo --request FILE",
                              REQUEST_FILE " is not beside this program");
        return false;
    }
    return read_reference(demo) && make_directory(demo, arguments);
}

/* --- the story --- */

static void play(struct demo *demo)
{
    const char *name = demo->case_name;
    step(demo, "three fictional States: root keys, a signed roster, a broker and a node each", NULL,
         "network", "new", demo->directory, "--states", "XA,XB,XC", NULL);
    step(demo, "the broker and the nodes as processes of their own", NULL, "network", "up", demo->directory,
         "--detach", NULL);
    step(demo, "XA's officer signs a request for XB; the node seals and sends it", demo->requesting,
         "request", demo->request, "--to", "XB/poc", NULL);
    step(demo, "it arrives", demo->requested, "wait", name, "--state", "REQUESTED", NULL);
    step(demo, "what XB's officer sees", demo->requested, "inbox", NULL);
    step(demo, "opening it is a signed step of its own", demo->requested, "show", name, NULL);
    step(demo, "XB says that it will answer, and by when", demo->requested, "ack", name, NULL);
    step(demo, "XB's order to the custodian", demo->requested, "ordered", name, NULL);
    step(demo, "the custodian has confirmed: all items are held", demo->requested, "held", name, NULL);
    step(demo, "XA hears of it", demo->requesting, "wait", name, "--state", "HELD", NULL);
    step(demo, "the case at the requested side", demo->requested, "show", name, NULL);
    step(demo, "the case at the requesting side", demo->requesting, "show", name, NULL);
}

/* --- the verdict --- */

static const json_t *rung_of(const json_t *ladder, const char *name)
{
    size_t i = 0;
    const json_t *rung = NULL;
    json_array_foreach(ladder, i, rung)
    {
        const char *step_name = json_string_value(json_object_get(rung, "step"));
        if (step_name != NULL && strcmp(step_name, name) == 0) {
            return rung;
        }
    }
    return NULL;
}

/* The case as the node of a directory tells it; NULL when it does not. */
static json_t *ask_case(const struct demo *demo, const char *directory)
{
    struct cli other = *demo->cli;
    struct client client;
    unsigned status = 0;
    other.directory = directory;
    const char *path = client_open(&client, &other) == EXIT_DONE
                           ? client_path(&client, "/v1/cases/", demo->case_name)
                           : NULL;
    client_close(&client);
    json_t *answer = path == NULL ? NULL : client_try(&other, path, &status);
    if (answer != NULL && status != 200) {
        json_decref(answer);
        answer = NULL;
    }
    return answer;
}

/* HELD, and every rung of the ladder there with its time and who signed it. */
static bool is_held(const json_t *held_case)
{
    const char *state = json_string_value(json_object_get(held_case, "state"));
    bool good = state != NULL && strcmp(state, "HELD") == 0;
    for (size_t i = 0; i < RUNGS; i++) {
        good = good && rung_of(json_object_get(held_case, "ladder"), rungs[i]) != NULL;
    }
    return good;
}

static void print_ladders(const struct demo *demo, const json_t *theirs, const json_t *ours)
{
    struct arena *arena = demo->cli->arena;
    cli_print(demo->cli, "\nThe ladder of signed steps, as each side has it:\n");
    (void)printf("  %-13s %-25s %-25s %s\n", say(demo->cli->words, "step"),
                 say(demo->cli->words, "at XB/poc"), say(demo->cli->words, "at XA/poc"),
                 say(demo->cli->words, "signed by"));
    for (size_t i = 0; i < RUNGS; i++) {
        const json_t *there = rung_of(json_object_get(theirs, "ladder"), rungs[i]);
        const json_t *here = rung_of(json_object_get(ours, "ladder"), rungs[i]);
        (void)printf("  %-13s %-25s %-25s %s\n", rungs[i],
                     there == NULL ? say(demo->cli->words, N_("missing")) : screen_member(arena, there, "at"),
                     here == NULL ? say(demo->cli->words, N_("missing")) : screen_member(arena, here, "at"),
                     here == NULL ? "" : screen_member(arena, here, "by"));
    }
}

static void judge(struct demo *demo, json_t **ret_verdict)
{
    if (demo->code != EXIT_DONE || demo->interrupted) {
        return;
    }
    json_t *theirs = ask_case(demo, demo->requested);
    json_t *ours = ask_case(demo, demo->requesting);
    bool good = is_held(theirs) && is_held(ours);
    if (!demo->cli->json) {
        print_ladders(demo, theirs, ours);
        cli_print(demo->cli, "\nThe case %s is %s at XB/poc and %s at XA/poc.\n", demo->case_name,
                  screen_member(demo->cli->arena, theirs, "state"),
                  screen_member(demo->cli->arena, ours, "state"));
    }
    *ret_verdict = json_pack("{s:b, s:s, s:O?, s:O?}", "held", good, "case", demo->case_name, "requested",
                             theirs, "requesting", ours);
    json_decref(theirs);
    json_decref(ours);
    if (!good) {
        demo->code = cli_fail(demo->cli, EXIT_REFUSED, "keep the network and look: comity demo DIR",
                              "the case is not held on both sides with all its steps");
    }
}

/* --- the end --- */

static void clean_up(struct demo *demo)
{
    struct stat status;
    const char *marker = arena_format(demo->cli->arena, "%s/network", demo->directory);
    if (marker != NULL && stat(marker, &status) == 0) {
        at_last(demo, "the end: nothing is left running", NULL, "network", "down", demo->directory, NULL);
    }
    struct error error = {.text = "", .words = demo->cli->words};
    if (demo->ours && !network_folder_remove(demo->directory, &error)) {
        demo->code = cli_fail(demo->cli, EXIT_REFUSED, "remove it by hand", "%s", error.text);
    }
}

/* As the person called it, so that it can be typed again: it need not be on the PATH. */
static void print_next(const struct demo *demo)
{
    const char *comity = program_invocation_name;
    if (demo->ours) {
        cli_print(demo->cli, "\nNext, at your own pace:\n");
        (void)printf("  %s network new /tmp/net --states XA,XB,XC\n"
                     "  %s network up /tmp/net --detach\n"
                     "  %s -C /tmp/net/XA-poc request \\\n      %s --to XB/poc\n"
                     "  %s -C /tmp/net/XB-poc inbox\n"
                     "  %s network down /tmp/net\n",
                     comity, comity, comity, demo->request, comity, comity);
    } else {
        cli_print(demo->cli, "\nThe network is kept. Next:\n");
        (void)printf("  %s network up %s --detach\n"
                     "  %s -C %s inbox --all\n"
                     "  %s -C %s why %s\n"
                     "  %s network down %s\n",
                     comity, demo->directory, comity, demo->requested, comity, demo->requesting,
                     demo->case_name, comity, demo->directory);
    }
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct demo demo = {.cli = cli};
    json_t *verdict = NULL;
    sigset_t before;
    (void)sigemptyset(&demo.signals);
    (void)sigaddset(&demo.signals, SIGINT);
    (void)sigaddset(&demo.signals, SIGTERM);
    (void)sigaddset(&demo.signals, SIGHUP);
    (void)sigaddset(&demo.signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &demo.signals, &before);
    if (prepare(&demo, arguments)) {
        play(&demo);
        judge(&demo, &verdict);
        clean_up(&demo);
        if (demo.interrupted) {
            demo.code =
                cli_fail(cli, EXIT_REFUSED, NULL, "interrupted; everything that was started has ended");
        }
        if (demo.code == EXIT_DONE && !cli->json) {
            print_next(&demo);
        }
        if (demo.code == EXIT_DONE && cli->json) {
            demo.code = cli_print_json(cli, json_incref(verdict));
        }
    }
    json_decref(verdict);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return demo.code;
}

const struct subcommand cmd_demo = {
    .name = "demo",
    .group = N_("Network"),
    .synopsis = "[DIR] [--request FILE] [--keep]",
    .does = N_("three States here, and a request from XA to XB until it is held"),
    .help =
        N_("Makes a network in DIR, or in a temporary directory that is removed again, starts it, sends a "
           "request,\n"
           "answers it as XB's officer would, shows the case and its ladder on both sides, and ends "
           "everything.\n"
           "Each step is printed as the command a person would type. Exit code 0 only when all items are "
           "held on\n"
           "both sides with every signed step in place. Example:\n"
           "  comity demo"),
    .options = options,
    .words_max = 1,
    .run = run,
};
