/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nodes/cli/network.h"
#include "nodes/cli/network_folder.h"

static const struct option_spec options[] = {
    {"states", "XA,XB,...", false, N_("two-letter codes; each gets one point of contact (XA/poc)")},
    {"parties", "XA/poc,...", false, N_("party addresses, instead of --states")},
    {"roots", "N", false, N_("root keys that sign the roster (default 3, at most 9)")},
    {"threshold", "K", false, N_("how many of them must sign: more than half (default 2)")},
    {"port", "N", false, N_("TCP port of the broker on 127.0.0.1 (default: the first free one from 7701)")},
    {"exercise", NULL, false, N_("for exercises only: its officers sign nothing real")},
    {0},
};

static bool add_party(struct network_plan *plan, const char *text, size_t size)
{
    struct address address;
    if (plan->party_count == NETWORK_PARTIES_MAX || !address_read(bytes_of(text, size), &address)) {
        return false;
    }
    for (size_t i = 0; i < plan->party_count; i++) {
        if (address_equal(&plan->parties[i], &address)) {
            return false;
        }
    }
    plan->parties[plan->party_count++] = address;
    return true;
}

/* Splits at commas; suffix is put after each piece. *ret_bad is the piece that is no address, repeated, or one too many. */
static bool read_list(struct cli *cli, struct network_plan *plan, const char *list, const char *suffix,
                      const char **ret_bad)
{
    for (const char *at = list;;) {
        size_t size = strcspn(at, ",");
        char *text = arena_format(cli->arena, "%.*s%s", (int)(size > 64 ? 64 : size), at, suffix);
        if (text == NULL || !add_party(plan, text, strlen(text))) {
            *ret_bad = text == NULL ? at : text;
            return false;
        }
        if (at[size] == '\0') {
            return true;
        }
        at += size + 1;
    }
}

/* A decimal number in [min, max]; absent: initial. */
static bool read_number(const struct arguments *arguments, const char *name, unsigned long min,
                        unsigned long max, unsigned initial, unsigned *ret)
{
    const char *text = argument_value(arguments, name);
    char *end = NULL;
    if (text == NULL) {
        *ret = initial;
        return true;
    }
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < min || value > max) {
        return false;
    }
    *ret = (unsigned)value;
    return true;
}

static bool port_is_free(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        return false;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool is_free = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return is_free;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct network_plan *plan = arena_zero(cli->arena, 1, sizeof *plan);
    const char *states = argument_value(arguments, "states");
    const char *parties = argument_value(arguments, "parties");
    const char *bad = NULL;
    if (plan == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "free some memory", "no memory");
    }
    if ((states == NULL) == (parties == NULL)) {
        return cli_usage(cli, arguments, "give either --states XA,XB,XC or --parties XA/poc,XA/central,...");
    }
    if (!read_list(cli, plan, states != NULL ? states : parties, states != NULL ? "/poc" : "", &bad)) {
        return cli_usage(cli, arguments,
                         "%s: not a party address like XA/poc, or given twice, or more than %d", bad,
                         NETWORK_PARTIES_MAX);
    }
    if (!read_number(arguments, "roots", 1, NETWORK_ROOTS_MAX, 3, &plan->roots)) {
        return cli_usage(cli, arguments, "--roots takes a number from 1 to %d", NETWORK_ROOTS_MAX);
    }
    if (!read_number(arguments, "threshold", plan->roots / 2 + 1, plan->roots, plan->roots / 2 + 1,
                     &plan->threshold)) {
        return cli_usage(cli, arguments,
                         "--threshold takes a number from %u to %u: more than half of the roots",
                         plan->roots / 2 + 1, plan->roots);
    }
    if (!read_number(arguments, "port", 1, 65535, 0, &plan->port)) {
        return cli_usage(cli, arguments, "--port takes a number from 1 to 65535");
    }
    for (unsigned port = NETWORK_PORT_FIRST; plan->port == 0 && port < NETWORK_PORT_FIRST + 1000; port++) {
        plan->port = port_is_free(port) ? port : 0;
    }
    if (plan->port == 0) {
        return cli_fail(cli, EXIT_REFUSED, "name one with --port", "no port from %d to %d is free",
                        NETWORK_PORT_FIRST, NETWORK_PORT_FIRST + 999);
    }
    plan->exercise = argument_given(arguments, "exercise");
    if (!network_folder_is_empty(arguments->words[0])) {
        return cli_fail(cli, EXIT_REFUSED, "choose a directory that does not exist yet",
                        "%s is there and not empty", arguments->words[0]);
    }
    return network_make(cli, arguments->words[0], plan);
}

const struct subcommand cmd_network_new = {
    .name = "network new",
    .group = N_("Network"),
    .synopsis =
        "DIR --states XA,XB,... | --parties XA/poc,... [--roots N] [--threshold K] [--port N] [--exercise]",
    .does = N_("make root keys, a signed roster, a broker and a node for each party"),
    .help =
        N_("Makes a network of fictional States on this machine: DIR/broker, DIR/XA-poc, ... each with its "
           "keys and its copy\n"
           "of the roster, and DIR/roots with the root keys (minisign format, without passphrase: for demos "
           "and drills;\n"
           "real roots are made with minisign on offline machines). Officers' key files lie in officers/ of "
           "each party. With --exercise the network is one for exercises: officers sign nothing real, and\n"
           "exercise_clock in broker.conf and node.conf may give it a time of its own. Examples:\n"
           "  comity network new /tmp/net --states XA,XB,XC\n"
           "  comity network new /tmp/net --parties XA/poc,XA/central,XB/poc \\\n"
           "      --roots 5 --threshold 3\n"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
