/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a scenario includes: maps are merged, lists appended, what stands twice is a mistake that names both places. A
 * file that comes in by two ways is taken once; one that includes itself is a mistake.
 */
#include <string.h>

#include "drills/scenario/tree.h"

#define PATH_BYTES_MAX 512

/* A file that is being read: what it includes comes before what it says itself. */
struct frame {
    const struct scenario_file *file;
    struct tree *tree;
    const struct tree *next; /* the next to be included */
};

struct assembly {
    struct reading *r;
    struct frame frames[INCLUDE_DEPTH_MAX + 1];
    size_t depth;
    const char *seen[INCLUDE_FILES_MAX];
    size_t seen_count;
    struct tree *root;
    bool failed;
};

/* --- paths --- */

/* "drills/scenarios/ping/" of "drills/scenarios/ping/scenario.yaml": its length. */
static size_t directory_size(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* Takes "x/../" and "./" out of a path, in place. */
static void normalise(char *path)
{
    char *parts[PATH_BYTES_MAX / 2];
    size_t count = 0;
    bool rooted = path[0] == '/';
    char copy[PATH_BYTES_MAX];
    memcpy(copy, path, strlen(path) + 1);
    char *rest = copy;
    for (char *part = strtok_r(copy, "/", &rest); part != NULL; part = strtok_r(NULL, "/", &rest)) {
        if (strcmp(part, ".") == 0) {
            continue;
        }
        if (strcmp(part, "..") == 0 && count > 0 && strcmp(parts[count - 1], "..") != 0) {
            count--;
            continue;
        }
        parts[count++] = part;
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(parts[i]);
        if (i > 0 || rooted) {
            path[at++] = '/';
        }
        memcpy(path + at, parts[i], size);
        at += size;
    }
    path[at] = '\0';
}

static bool path_good(const char *name)
{
    const char *end = strrchr(name, '.');
    return name[0] != '/' && name[0] != '\0' && end != NULL &&
           (strcmp(end, ".yaml") == 0 || strcmp(end, ".yml") == 0);
}

/* The path of what a file includes; NULL with what is wrong. */
static const char *included_path(struct assembly *a, const struct scenario_file *by, const struct tree *name)
{
    size_t directory = directory_size(by->path);
    if (name->kind != TREE_TEXT || !path_good(name->text)) {
        mistake_at(a->r->mistakes, name->place,
                   N_("here stands the name of a file; write it as it lies beside this one, such as "
                      "../common/desks.yaml"));
        return NULL;
    }
    if (directory + strlen(name->text) >= PATH_BYTES_MAX) {
        mistake_at(a->r->mistakes, name->place,
                   N_("the name of this file is longer than %d bytes; move it nearer"), PATH_BYTES_MAX - 1);
        return NULL;
    }
    char *path = arena_format(a->r->arena, "%.*s%s", (int)directory, by->path, name->text);
    if (path != NULL) {
        normalise(path);
    }
    return path;
}

/* --- merging --- */

static void say_twice(struct assembly *a, const struct tree *again, const struct tree *there)
{
    struct scenario_mistakes *m = a->r->mistakes;
    mistake_at(m, again->key_place, N_("\"%s\" stands twice; the first is at %s: keep one"),
               mistake_quote(m, again->key), mistake_place(there->key_place, a->r->arena));
}

static void merge_map(struct assembly *a, struct tree *into, struct tree *from)
{
    for (struct tree *next, *child = from->first; child != NULL; child = next) {
        const struct tree *there = tree_find(into, child->key);
        next = child->next;
        if (there != NULL) {
            say_twice(a, child, there);
        } else if (into->count == TREE_KEYS_MAX) {
            mistake_at(a->r->mistakes, child->key_place,
                       N_("a map has at most %d keys; make it a list, or several files"), TREE_KEYS_MAX);
            return;
        } else {
            tree_append(into, child);
        }
    }
}

static void merge_list(struct tree *into, struct tree *from)
{
    for (struct tree *next, *child = from->first; child != NULL; child = next) {
        next = child->next;
        tree_append(into, child);
    }
}

static void merge(struct assembly *a, struct tree *from)
{
    for (struct tree *next, *child = from->first; child != NULL; child = next) {
        struct tree *there = tree_find(a->root, child->key);
        next = child->next;
        if (strcmp(child->key, "include") == 0) {
            continue;
        }
        if (there == NULL) {
            tree_append(a->root, child);
        } else if (there->kind == TREE_MAP && child->kind == TREE_MAP) {
            merge_map(a, there, child);
        } else if (there->kind == TREE_LIST && child->kind == TREE_LIST) {
            merge_list(there, child);
        } else {
            say_twice(a, child, there);
        }
    }
}

/* --- files --- */

static const struct tree *first_include(struct assembly *a, const struct tree *tree)
{
    const struct tree *include = tree_find(tree, "include");
    if (include == NULL || include->kind == TREE_LIST) {
        return include == NULL ? NULL : include->first;
    }
    mistake_at(a->r->mistakes, include->place, N_("include is a list of files; write: include: [%s]"),
               "../common/desks.yaml");
    a->failed = true;
    return NULL;
}

static void open_file(struct assembly *a, const char *path, struct scenario_place by)
{
    struct reading *r = a->r;
    struct scenario_file *file = arena_zero(r->arena, 1, sizeof *file);
    struct bytes text = bytes_of(NULL, 0);
    const char *why = NULL;
    struct tree *tree = NULL;
    a->failed = true;
    if (file == NULL) {
        return;
    }
    *file = (struct scenario_file){.path = path, .included = by};
    struct scenario_place start = {.file = file, .line = 1, .column = 1};
    bool is_read = r->source->file(r->source->context, path, TREE_BYTES_MAX, r->arena, &text, &why);
    if (!is_read && why != NULL) {
        mistake_at(r->mistakes, start, "%s", why);
    } else if (!is_read || text.size > TREE_BYTES_MAX) {
        mistake_at(r->mistakes, start,
                   N_("the file has more than %zu bytes; divide it, and include the parts"), TREE_BYTES_MAX);
    } else {
        tree = tree_read_yaml(r, file, text);
    }
    if (tree != NULL) {
        a->failed = false;
        a->seen[a->seen_count++] = path;
        a->frames[a->depth++] = (struct frame){.file = file, .tree = tree, .next = first_include(a, tree)};
    }
}

/* The chain from the file on, as "a.yaml -> b.yaml -> a.yaml". */
static const char *cycle_text(struct assembly *a, size_t from, const char *path)
{
    const char *text = "";
    for (size_t i = from; text != NULL && i < a->depth; i++) {
        text = arena_format(a->r->arena, "%s%s -> ", text,
                            mistake_quote(a->r->mistakes, a->frames[i].file->path));
    }
    text = text == NULL ? NULL : arena_format(a->r->arena, "%s%s", text, mistake_quote(a->r->mistakes, path));
    return text == NULL ? "?" : text;
}

static bool is_cycle(struct assembly *a, const char *path, struct scenario_place place)
{
    for (size_t i = 0; i < a->depth; i++) {
        if (strcmp(a->frames[i].file->path, path) == 0) {
            mistake_at(a->r->mistakes, place, N_("this includes itself: %s; take one of these out"),
                       cycle_text(a, i, path));
            return true;
        }
    }
    return false;
}

static bool is_seen(const struct assembly *a, const char *path)
{
    for (size_t i = 0; i < a->seen_count; i++) {
        if (strcmp(a->seen[i], path) == 0) {
            return true;
        }
    }
    return false;
}

static void open_include(struct assembly *a, const struct scenario_file *by, const struct tree *name)
{
    struct scenario_mistakes *m = a->r->mistakes;
    const char *path = included_path(a, by, name);
    if (path == NULL || is_cycle(a, path, name->place)) {
        a->failed = true;
    } else if (is_seen(a, path)) {
        return;
    } else if (a->depth > INCLUDE_DEPTH_MAX) {
        mistake_at(m, name->place, N_("files include each other deeper than %d; include it further up"),
                   INCLUDE_DEPTH_MAX);
        a->failed = true;
    } else if (a->seen_count == INCLUDE_FILES_MAX) {
        mistake_at(m, name->place, N_("there are more than %d files; put some together"), INCLUDE_FILES_MAX);
        a->failed = true;
    } else {
        open_file(a, path, name->place);
    }
}

struct tree *tree_read_files(struct reading *r, const char *path)
{
    struct assembly a = {.r = r, .root = arena_zero(r->arena, 1, sizeof *a.root)};
    if (a.root == NULL || strlen(path) >= PATH_BYTES_MAX) {
        mistake_at(r->mistakes, (struct scenario_place){NULL, 0, 0},
                   N_("the name of this file is longer than %d bytes; move it nearer"), PATH_BYTES_MAX - 1);
        return NULL;
    }
    a.root->kind = TREE_MAP;
    a.root->text = "";
    open_file(&a, path, (struct scenario_place){NULL, 0, 0});
    while (!a.failed && a.depth > 0) {
        struct frame *frame = &a.frames[a.depth - 1];
        if (frame->next != NULL) {
            const struct tree *name = frame->next;
            frame->next = name->next;
            open_include(&a, frame->file, name);
        } else {
            a.root->place = frame->tree->place; /* at last: that of the file itself */
            merge(&a, frame->tree);
            a.depth--;
        }
    }
    return a.failed ? NULL : a.root;
}
