/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_TESTS_FUZZ_SCENARIOS_FUZZ_H
#define COMITY_TESTS_FUZZ_SCENARIOS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* the name that libFuzzer calls */

#endif
