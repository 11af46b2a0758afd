/* SPDX-License-Identifier: Apache-2.0 */
/* comity-drill: what comity(1) runs for `comity world ...` and `comity drill ...` (docs/decisions/0017-one-runner.md). */
#include <malloc.h>

#include "base/store.h"
#include "drills/cli/subcommands.h"
#include "nodes/cli/help.h"

#define KEPT_BYTES_MAX (1 << 30)

/* A world takes and frees arenas of megabytes all the time: memory once had is kept, not given back and faulted in anew. */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES_MAX);
}

static void help_all_in_full(FILE *out, const struct catalogue *words, const struct subcommand *const *table)
{
    help_family(out, words, table, NULL);
}

int main(int argc, char **argv)
{
    keep_memory();
    store_start();
    return cli_main(argc, argv, drill_subcommands, help_all_in_full);
}
