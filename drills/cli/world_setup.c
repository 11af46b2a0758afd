/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/world_setup.h"

#include "base/daemon/files.h"
#include "drills/cli/words.h"

#define PARTIES_IN_MEMORY 32

/* So many disks do not go into memory. */
static bool is_large(const struct scenario *scenario)
{
    size_t parties = 0;
    for (size_t i = 0; i < scenario->states.count; i++) {
        parties += scenario->states.list[i].units.count;
    }
    return parties > PARTIES_IN_MEMORY;
}

struct conduct_setup world_setup_of(const struct scenario *scenario, uint64_t seed, const char *command)
{
    return (struct conduct_setup){.scenario = scenario,
                                  .seed = seed,
                                  .build = words_build(),
                                  .command = command,
                                  .scratch_directory = is_large(scenario) ? files_temporary() : NULL};
}
