/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/scenario/tree.h"

#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

#define WORDS_SHOWN 40 /* of a list, when no word is near */

struct tree *tree_find(const struct tree *map, const char *key)
{
    for (struct tree *child = map->first; child != NULL; child = child->next) {
        if (child->key != NULL && strcmp(child->key, key) == 0) {
            return child;
        }
    }
    return NULL;
}

void tree_append(struct tree *parent, struct tree *child)
{
    child->next = NULL;
    if (parent->last == NULL) {
        parent->first = child;
    } else {
        parent->last->next = child;
    }
    parent->last = child;
    parent->count++;
}

bool tree_remove(struct tree *parent, const struct tree *child)
{
    struct tree *before = NULL;
    for (struct tree *at = parent->first; at != NULL; before = at, at = at->next) {
        if (at != child) {
            continue;
        }
        if (before == NULL) {
            parent->first = at->next;
        } else {
            before->next = at->next;
        }
        parent->last = parent->last == at ? before : parent->last;
        parent->count--;
        return true;
    }
    return false;
}

void tree_unknown(const struct reading *r, struct scenario_place place, const char *what, const char *word,
                  const char *const *words)
{
    struct scenario_mistakes *m = r->mistakes;
    if (mistakes_full(m)) {
        return;
    }
    const char *named = say(m->words, what);
    const char *nearest = text_nearest(word, words);
    if (nearest != NULL) {
        mistake_at(m, place, N_("\"%s\" is %s; did you mean \"%s\"?"), mistake_quote(m, word), named,
                   mistake_quote(m, nearest));
        return;
    }
    const char *all = "";
    size_t count = 0;
    for (; all != NULL && words[count] != NULL && count < WORDS_SHOWN; count++) {
        all = arena_format(r->arena, "%s%s%s", all, count == 0 ? "" : ", ", mistake_quote(m, words[count]));
    }
    if (count == 0 || all == NULL) {
        mistake_at(m, place, N_("\"%s\" is %s; there is none at all: write it first"), mistake_quote(m, word),
                   named);
    } else {
        mistake_at(m, place, N_("\"%s\" is %s; it is one of: %s%s"), mistake_quote(m, word), named, all,
                   words[count] == NULL ? "" : " ...");
    }
}

bool tree_is_number(const struct tree *tree)
{
    const char *digits = tree->text;
    if (tree->kind != TREE_TEXT || tree->quoted) {
        return false;
    }
    digits += *digits == '-';
    size_t size = strspn(digits, "0123456789");
    return size >= 1 && size <= 18 && digits[size] == '\0' &&
           (digits[0] != '0' || (size == 1 && digits == tree->text));
}

bool tree_is_flag(const struct tree *tree, bool *ret)
{
    if (tree->kind != TREE_TEXT || tree->quoted) {
        return false;
    }
    bool yes = strcmp(tree->text, "yes") == 0 || strcmp(tree->text, "true") == 0;
    bool no = strcmp(tree->text, "no") == 0 || strcmp(tree->text, "false") == 0;
    *ret = yes;
    return yes || no;
}

void tree_each(struct tree *root, bool (*visit)(void *context, struct tree *), void *context)
{
    struct tree *stack[TREE_DEPTH_MAX + 2];
    size_t depth = 0;
    stack[depth++] = root;
    while (depth > 0) {
        struct tree *at = stack[--depth];
        if (!visit(context, at)) {
            return;
        }
        if (at != root && at->next != NULL) {
            stack[depth++] = at->next;
        }
        if (at->first != NULL) {
            ensure(depth < TREE_DEPTH_MAX + 2);
            stack[depth++] = at->first;
        }
    }
}
