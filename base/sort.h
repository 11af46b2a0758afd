/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting of lists so long that a copy of them counts. */
#ifndef COMITY_BASE_SORT_H
#define COMITY_BASE_SORT_H

#include <stddef.h>

/* Less than, equal to or greater than 0, as of qsort(). */
typedef int sort_compare(const void *left, const void *right, const void *context);

/*
 * Sorts count elements of size bytes each where they lie; what compares as equal keeps its order. Takes 16 bytes of memory an
 * element and one element, whatever their size; out of memory is the end (ensure).
 */
void sort_in_place(void *list, size_t count, size_t size, sort_compare *, const void *context);

#endif
