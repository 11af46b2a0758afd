/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a scenario as enumerations, from words.def and tasks.def: 0 is "not given". */
#ifndef COMITY_DRILLS_SCENARIO_WORDS_H
#define COMITY_DRILLS_SCENARIO_WORDS_H

/* SCENARIO_INJECT_PHONE, SCENARIO_EVENT_HELD ... */
#define WORD_CLASSIFICATION(name, ...) SCENARIO_TLP_##name,
enum scenario_classification {
    SCENARIO_TLP_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_CLASSIFICATION
#define WORD_CLASS(name, ...) SCENARIO_##name,
enum scenario_class {
    SCENARIO_NO_CLASS,
#include "drills/scenario/words.def"
    SCENARIO_CLASSES
};
#undef WORD_CLASS
#define WORD_ROLE(name, ...) SCENARIO_ROLE_##name,
enum scenario_role {
    SCENARIO_ROLE_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_ROLE
#define WORD_POWER(name, ...) SCENARIO_POWER_##name,
enum scenario_power {
    SCENARIO_POWER_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_POWER
#define WORD_DATA(name, ...) SCENARIO_DATA_##name,
enum scenario_data_kind {
    SCENARIO_DATA_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_DATA
#define WORD_IDENTIFIER(name, ...) SCENARIO_IDENTIFIER_##name,
enum scenario_identifier_kind {
    SCENARIO_IDENTIFIER_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_IDENTIFIER
#define WORD_INJECT(name, ...) SCENARIO_INJECT_##name,
enum scenario_inject_kind {
    SCENARIO_INJECT_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_INJECT
#define WORD_CARRIES(name, ...) SCENARIO_CARRIES_##name,
enum scenario_carries {
    SCENARIO_CARRIES_UNSAID,
#include "drills/scenario/words.def"
};
#undef WORD_CARRIES
#define WORD_DECISION(name, ...) SCENARIO_DECISION_##name,
enum scenario_decision {
    SCENARIO_DECISION_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_DECISION
#define WORD_FORGERY(name, ...) SCENARIO_FORGERY_##name,
enum scenario_forgery {
    SCENARIO_FORGERY_NONE, /* it is genuine */
#include "drills/scenario/words.def"
};
#undef WORD_FORGERY
#define WORD_FAULT(name, ...) SCENARIO_FAULT_##name,
enum scenario_fault_kind {
    SCENARIO_FAULT_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_FAULT
#define WORD_SIDE(name, ...) SCENARIO_CLOCK_##name,
enum scenario_clock_side {
    SCENARIO_CLOCK_RIGHT,
#include "drills/scenario/words.def"
};
#undef WORD_SIDE
#define WORD_MEASURE(name, ...) SCENARIO_MEASURE_##name,
enum scenario_measure {
    SCENARIO_MEASURE_NONE,
#include "drills/scenario/words.def"
};
#undef WORD_MEASURE
#define WORD_EVENT(name, ...) SCENARIO_EVENT_##name,
enum scenario_event {
    SCENARIO_EVENT_NONE,
#include "drills/scenario/words.def"
    SCENARIO_EVENTS
};
#undef WORD_EVENT
/* The types of nodes/request_kinds.def. */
enum scenario_request {
    SCENARIO_REQUEST_NONE,
    SCENARIO_REQUEST_PRESERVE,
    SCENARIO_REQUEST_MLA,
    SCENARIO_REQUEST_ENQUIRY,
    SCENARIO_REQUEST_SPONTANEOUS,
    SCENARIO_REQUEST_EMERGENCY,
    SCENARIO_REQUEST_PING
};
#define TASK(name, ...) SCENARIO_TASK_##name,
enum scenario_task {
#include "drills/scenario/tasks.def"
    SCENARIO_TASKS
};
#undef TASK

/* The words of the file. "" for 0. */
const char *scenario_classification_word(enum scenario_classification);
const char *scenario_class_word(enum scenario_class);
const char *scenario_role_word(enum scenario_role);
const char *scenario_power_word(enum scenario_power);
const char *scenario_data_word(enum scenario_data_kind);
const char *scenario_identifier_word(enum scenario_identifier_kind);
const char *scenario_inject_word(enum scenario_inject_kind);
const char *scenario_carries_word(enum scenario_carries);
const char *scenario_decision_word(enum scenario_decision);
const char *scenario_forgery_word(enum scenario_forgery);
const char *scenario_fault_word(enum scenario_fault_kind);
const char *scenario_measure_word(enum scenario_measure);
const char *scenario_event_word(enum scenario_event);
const char *scenario_task_word(enum scenario_task);
/* Of which type a kind of request is, by its name ("stored-data"); NONE: there is no such kind, or kind is NULL. */
enum scenario_request scenario_request_type(const char *kind);

#endif
