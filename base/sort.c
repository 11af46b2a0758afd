/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* qsort_r */
#include "base/sort.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

struct sorting {
    sort_compare *compare;
    const void *context;
};

static int by_element(const void *left, const void *right, void *context)
{
    const struct sorting *sorting = context;
    const uint8_t *a = *(uint8_t *const *)left, *b = *(uint8_t *const *)right;
    int order = sorting->compare(a, b, sorting->context);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Each place gets the element that its pointer names, cycle by cycle of the permutation. */
static void move(uint8_t *list, uint8_t **order, size_t count, size_t size, uint8_t *one)
{
    for (size_t first = 0; first < count; first++) {
        if (order[first] == NULL) {
            continue;
        }
        memcpy(one, list + first * size, size);
        for (size_t at = first, from = 0;; at = from) {
            from = (size_t)(order[at] - list) / size;
            order[at] = NULL;
            memcpy(list + at * size, from == first ? one : list + from * size, size);
            if (from == first) {
                break;
            }
        }
    }
}

void sort_in_place(void *list, size_t count, size_t size, sort_compare *compare, const void *context)
{
    struct sorting sorting = {.compare = compare, .context = context};
    if (count < 2) {
        return;
    }
    uint8_t **order = calloc(count, sizeof *order), *one = malloc(size);
    ensure(order != NULL && one != NULL);
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint8_t *)list + i * size;
    }
    qsort_r(order, count, sizeof *order, by_element, &sorting);
    move(list, order, count, size, one);
    free(order);
    free(one);
}
