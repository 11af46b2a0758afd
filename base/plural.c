/* SPDX-License-Identifier: Apache-2.0 */
/* Operator precedence as in C, with a stack instead of recursion; a step works on at most as many values as there are steps. */
#include "base/plural.h"

#include <string.h>

#include "base/ensure.h"

enum step {
    STEP_NUMBER,
    STEP_N,
    STEP_NOT,
    STEP_MULTIPLY,
    STEP_DIVIDE,
    STEP_REMAINDER,
    STEP_PLUS,
    STEP_MINUS,
    STEP_LESS,
    STEP_LESS_EQUAL,
    STEP_GREATER,
    STEP_GREATER_EQUAL,
    STEP_EQUAL,
    STEP_NOT_EQUAL,
    STEP_AND,
    STEP_OR,
    STEP_SELECT, /* a ? b : c */
    /* while reading only */
    STEP_ASK,  /* "?" whose ":" is still to come */
    STEP_OPEN, /* "(" */
};

/* Longer spellings before those they begin with. */
static const struct operator
{
    const char *text;
    enum step step;
    unsigned binds; /* the higher, the tighter */
}
operators[] = {
    {"==", STEP_EQUAL, 4},         {"!=", STEP_NOT_EQUAL, 4}, {"<=", STEP_LESS_EQUAL, 5}, {"<", STEP_LESS, 5},
    {">=", STEP_GREATER_EQUAL, 5}, {">", STEP_GREATER, 5},    {"&&", STEP_AND, 3},        {"||", STEP_OR, 2},
    {"*", STEP_MULTIPLY, 7},       {"/", STEP_DIVIDE, 7},     {"%", STEP_REMAINDER, 7},   {"+", STEP_PLUS, 6},
    {"-", STEP_MINUS, 6},
};
#define OPERATORS (sizeof operators / sizeof operators[0])

struct reader {
    struct bytes text;
    size_t at;
    struct plural plural;
    enum step stack[PLURAL_CODE_MAX];
    size_t depth;
    size_t values; /* that the steps so far leave */
    bool bad;
};

static unsigned binds(enum step step)
{
    for (size_t i = 0; i < OPERATORS; i++) {
        if (operators[i].step == step) {
            return operators[i].binds;
        }
    }
    return step == STEP_NOT ? 8 : step == STEP_SELECT ? 1 : 0;
}

static size_t operands(enum step step)
{
    return step == STEP_NUMBER || step == STEP_N ? 0 : step == STEP_NOT ? 1 : step == STEP_SELECT ? 3 : 2;
}

static void emit(struct reader *r, enum step step, uint32_t number)
{
    size_t taken = operands(step);
    if (r->bad || r->plural.count == PLURAL_CODE_MAX || r->values < taken) {
        r->bad = true;
        return;
    }
    r->values = r->values - taken + 1;
    r->plural.code[r->plural.count++] = (struct plural_step){.what = (uint8_t)step, .number = number};
}

static void push(struct reader *r, enum step step)
{
    if (r->depth == PLURAL_CODE_MAX) {
        r->bad = true;
        return;
    }
    r->stack[r->depth++] = step;
}

/* Moves out what binds at least as tightly. */
static void pop_to(struct reader *r, unsigned least)
{
    while (r->depth != 0 && binds(r->stack[r->depth - 1]) >= least) {
        emit(r, r->stack[--r->depth], 0);
    }
}

/* Moves out what stands above that opening, and takes the opening away. */
static void close_with(struct reader *r, enum step opening)
{
    pop_to(r, 1);
    if (r->depth == 0 || r->stack[r->depth - 1] != opening) {
        r->bad = true;
        return;
    }
    r->depth--;
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->text.size && strchr(" \t\\\n", r->text.data[r->at]) != NULL &&
           r->text.data[r->at] != 0) {
        r->at++;
    }
}

static bool take(struct reader *r, const char *word)
{
    size_t size = strlen(word);
    if (r->text.size - r->at < size || memcmp(r->text.data + r->at, word, size) != 0) {
        return false;
    }
    r->at += size;
    return true;
}

static bool take_number(struct reader *r, uint32_t *ret)
{
    uint32_t number = 0;
    size_t begin = r->at;
    for (; r->at < r->text.size && r->text.data[r->at] >= '0' && r->text.data[r->at] <= '9'; r->at++) {
        if (number > 1000000) {
            r->bad = true;
            return false;
        }
        number = number * 10 + (uint32_t)(r->text.data[r->at] - '0');
    }
    *ret = number;
    return r->at != begin;
}

/* Where a value is due: true once there was one, false for what comes before it. */
static bool read_operand(struct reader *r)
{
    uint32_t number = 0;
    if (take(r, "(")) {
        push(r, STEP_OPEN);
    } else if (take(r, "!")) {
        push(r, STEP_NOT);
    } else if (take(r, "n")) {
        emit(r, STEP_N, 0);
        return true;
    } else if (take_number(r, &number)) {
        emit(r, STEP_NUMBER, number);
        return true;
    } else {
        r->bad = true;
    }
    return false;
}

/* After a value: true when another one is due. */
static bool read_operator(struct reader *r)
{
    if (take(r, ")")) {
        close_with(r, STEP_OPEN);
        return false;
    }
    if (take(r, "?")) {
        pop_to(r, 2);
        push(r, STEP_ASK);
        return true;
    }
    if (take(r, ":")) {
        close_with(r, STEP_ASK);
        push(r, STEP_SELECT);
        return true;
    }
    for (size_t i = 0; i < OPERATORS; i++) {
        if (take(r, operators[i].text)) {
            pop_to(r, operators[i].binds);
            push(r, operators[i].step);
            return true;
        }
    }
    r->bad = true;
    return false;
}

static void read_expression(struct reader *r)
{
    bool value_due = true;
    for (skip_blanks(r); !r->bad && r->at < r->text.size && r->text.data[r->at] != ';'; skip_blanks(r)) {
        value_due = value_due ? !read_operand(r) : read_operator(r);
    }
    pop_to(r, 1);
    r->bad = r->bad || value_due || r->depth != 0 || r->values != 1;
}

void plural_default(struct plural *ret)
{
    *ret = (struct plural){.forms = 2, .count = 3};
    ret->code[0].what = STEP_N;
    ret->code[1] = (struct plural_step){.what = STEP_NUMBER, .number = 1};
    ret->code[2].what = STEP_NOT_EQUAL;
}

bool plural_read(struct bytes text, struct plural *ret)
{
    struct reader r = {.text = text};
    uint32_t forms = 0;
    skip_blanks(&r);
    if (!take(&r, "nplurals=") || !take_number(&r, &forms) || forms == 0 || forms > PLURAL_FORMS_MAX ||
        !take(&r, ";")) {
        return false;
    }
    skip_blanks(&r);
    if (!take(&r, "plural=")) {
        return false;
    }
    read_expression(&r);
    if (r.bad) {
        return false;
    }
    r.plural.forms = forms;
    *ret = r.plural;
    return true;
}

/* Dividing by zero gives zero: what is chosen is a form of words, and there is always one. */
static uint64_t result_of(enum step step, uint64_t a, uint64_t b)
{
    switch (step) {
    case STEP_MULTIPLY:
        return a * b;
    case STEP_DIVIDE:
        return b == 0 ? 0 : a / b;
    case STEP_REMAINDER:
        return b == 0 ? 0 : a % b;
    case STEP_PLUS:
        return a + b;
    case STEP_MINUS:
        return a - b;
    case STEP_LESS:
        return a < b;
    case STEP_LESS_EQUAL:
        return a <= b;
    case STEP_GREATER:
        return a > b;
    case STEP_GREATER_EQUAL:
        return a >= b;
    case STEP_EQUAL:
        return a == b;
    case STEP_NOT_EQUAL:
        return a != b;
    case STEP_AND:
        return a != 0 && b != 0;
    case STEP_OR:
        return a != 0 || b != 0;
    case STEP_NUMBER:
    case STEP_N:
    case STEP_NOT:
    case STEP_SELECT:
    case STEP_ASK:
    case STEP_OPEN:
        break;
    }
    return 0;
}

size_t plural_form(const struct plural *plural, uint64_t n)
{
    uint64_t values[PLURAL_CODE_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < plural->count; i++) {
        enum step step = (enum step)plural->code[i].what;
        size_t taken = operands(step);
        ensure(count >= taken); /* compiled so */
        count -= taken;
        if (step == STEP_NUMBER || step == STEP_N) {
            values[count] = step == STEP_N ? n : plural->code[i].number;
        } else if (step == STEP_NOT) {
            values[count] = values[count] == 0;
        } else if (step == STEP_SELECT) {
            values[count] = values[count] != 0 ? values[count + 1] : values[count + 2];
        } else {
            values[count] = result_of(step, values[count], values[count + 1]);
        }
        count++;
    }
    return values[0] < plural->forms ? (size_t)values[0] : 0;
}
