/* SPDX-License-Identifier: Apache-2.0 */
/* Single values as people write them: 15m, 2wd, 30 %, 1 in 300, 09:00, mon-fri, 10 Mbit/s. False, and ret untouched: it is none. */
#ifndef COMITY_DRILLS_SCENARIO_VALUES_H
#define COMITY_DRILLS_SCENARIO_VALUES_H

#include "drills/scenario/scenario.h"

#define SPAN_MS_MAX ((uint64_t)SCENARIO_LENGTH_DAYS * MS_PER_DAY)

/* Digits without sign or leading zeros. */
bool value_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
/* A number and its unit: ms, s, m, h, d, w; several from large to small: "1d 12h". At most SPAN_MS_MAX. */
bool value_span(const char *text, uint64_t *ret_ms);
/* The same, or "2wd": working days, at most 2,000. */
bool value_workspan(const char *text, struct scenario_span *ret);
/* "30 %" with at most four decimals, "1 in 300"; at most max parts in a million. */
bool value_chance(const char *text, uint32_t max, uint32_t *ret_ppm);
/* "64 kbit/s", "10 Mbit/s", "1 Gbit/s" in bytes a second. */
bool value_rate(const char *text, uint64_t *ret);
/* "09:00" .. "24:00" in minutes. */
bool value_daytime(const char *text, uint16_t *ret);
/* "09:00-17:00" */
bool value_dayspan(const char *text, struct day_span *ret);
/* "every", "work", "off", or days with commas: "mon-fri, sat, holiday". weekdays_only: nothing but days of the week. */
bool value_days(const char *text, bool weekdays_only, uint32_t *ret);
/* "-33.86" in millionths; at most that many degrees from 0. */
bool value_degrees(const char *text, int32_t degrees_max, int32_t *ret);
/* "p99.9" in parts in a million. */
bool value_quantile_key(const char *text, uint32_t *ret_ppm);

/* "day 3 09:00 XB": the day, minutes after midnight, and the State. */
bool value_day(const char *text, uint64_t *ret_day, uint16_t *ret_minute, char ret_state[3]);

#endif
