/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>

void ensure_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: %s does not hold: this is a bug of ours, please report it\n", file, line,
                  condition);
    abort();
}
