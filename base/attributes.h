/* SPDX-License-Identifier: Apache-2.0 */
/* The one header through which GNU attributes enter: everything else is plain C17. */
#ifndef COMITY_BASE_ATTRIBUTES_H
#define COMITY_BASE_ATTRIBUTES_H

#define MUST_USE                 __attribute__((warn_unused_result)) /* an outcome that has to be looked at */
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define FORMAT_OF(argument)      __attribute__((format_arg(argument))) /* the same conversions come back */
#define UNUSED                   __attribute__((unused))

#endif
