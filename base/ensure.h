/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions about our own code. They stay on in every build: a daemon that has found itself to be wrong must
 * not go on. Never used on what a peer, a file or a person sent: that is an outcome, not a bug.
 */
#ifndef COMITY_BASE_ENSURE_H
#define COMITY_BASE_ENSURE_H

#define ensure(condition) ((condition) ? (void)0 : ensure_failed(#condition, __FILE__, __LINE__))

/* Prints "FILE:LINE: CONDITION does not hold" to standard error and aborts. */
_Noreturn void ensure_failed(const char *condition, const char *file, int line);

#endif
