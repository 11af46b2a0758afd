/* SPDX-License-Identifier: Apache-2.0 */
/* The one way to write what a scenario says: comments, order of keys, quotes and files leave no trace in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/scenario/tree.h"

/* A list or map that is being written. */
struct level {
    const struct tree *const *children;
    size_t count, next;
    bool map;
};

static void write_text(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\n' || *c == '\t') {
            (void)fputs(*c == '\n' ? "\\n" : "\\t", out);
        } else {
            if (*c == '"' || *c == '\\') {
                (void)fputc('\\', out);
            }
            (void)fputc(*c, out);
        }
    }
    (void)fputc('"', out);
}

static void write_scalar(FILE *out, const struct tree *tree)
{
    bool yes = false;
    if (tree_is_number(tree)) {
        (void)fputs(tree->text, out);
    } else if (tree_is_flag(tree, &yes)) {
        (void)fputs(yes ? "true" : "false", out);
    } else {
        write_text(out, tree->text);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct tree *const *x = a;
    const struct tree *const *y = b;
    return strcmp((*x)->key, (*y)->key);
}

/* False: no memory. */
static bool open_level(FILE *out, const struct tree *tree, struct arena *arena, struct level *ret)
{
    const struct tree **children = arena_zero(arena, tree->count + 1, sizeof *children);
    size_t count = 0;
    if (children == NULL) {
        return false;
    }
    for (const struct tree *child = tree->first; child != NULL; child = child->next) {
        children[count++] = child;
    }
    *ret = (struct level){.children = children, .count = count, .map = tree->kind == TREE_MAP};
    if (ret->map) {
        qsort(children, count, sizeof *children, by_key);
    }
    (void)fputc(ret->map ? '{' : '[', out);
    return true;
}

static bool write_tree(FILE *out, const struct tree *root, struct arena *arena)
{
    struct level levels[TREE_DEPTH_MAX + 1];
    size_t depth = 0;
    if (root->kind == TREE_TEXT) {
        write_scalar(out, root);
        return true;
    }
    if (!open_level(out, root, arena, &levels[depth++])) {
        return false;
    }
    while (depth > 0) {
        struct level *level = &levels[depth - 1];
        if (level->next == level->count) {
            (void)fputc(level->map ? '}' : ']', out);
            depth--;
            continue;
        }
        const struct tree *child = level->children[level->next++];
        (void)fputs(level->next > 1 ? "," : "", out);
        if (level->map) {
            write_text(out, child->key);
            (void)fputc(':', out);
        }
        if (child->kind == TREE_TEXT) {
            write_scalar(out, child);
        } else {
            ensure(depth < TREE_DEPTH_MAX + 1);
            if (!open_level(out, child, arena, &levels[depth++])) {
                return false;
            }
        }
    }
    return true;
}

const char *tree_canonical(const struct tree *root, struct arena *arena)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ensure(out != NULL);
    bool written = write_tree(out, root, arena);
    ensure(fclose(out) == 0);
    const char *copy = written ? (const char *)arena_copy(arena, bytes_of(text, size)).data : NULL;
    free(text);
    return copy;
}
