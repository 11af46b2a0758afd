/* SPDX-License-Identifier: Apache-2.0 */
/* comity-drill: what comity(1) runs for `comity world ...` (docs/decisions/0017-one-runner.md). */
#include "base/store.h"
#include "drills/cli/subcommands.h"
#include "nodes/cli/help.h"

static void help_all_in_full(FILE *out, const struct subcommand *const *table)
{
    help_family(out, table, NULL);
}

int main(int argc, char **argv)
{
    store_start();
    return cli_main(argc, argv, drill_subcommands, help_all_in_full);
}
