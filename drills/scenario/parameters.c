/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may differ from one run to the next: parameters with their defaults, ${name} in any text, and --set NAME=VALUE, which is
 * a parameter or a path of keys: states.XB.units.poc.people=3.
 */
#include <string.h>

#include "base/text.h"
#include "drills/scenario/tree.h"

#define PARAMETER_BYTES_MAX    200
#define PARAMETERS_IN_TEXT_MAX 64

struct filling {
    struct reading *r;
    struct tree *parameters; /* NULL: none */
};

static const struct scenario_place nowhere;

/* The place of a --set: its own text is the file. */
static struct scenario_place set_place(struct reading *r, const char *set)
{
    struct scenario_file *file = arena_zero(r->arena, 1, sizeof *file);
    const char *path = arena_format(r->arena, "--set %s", set);
    if (file == NULL || path == NULL) {
        return nowhere;
    }
    file->path = path;
    return (struct scenario_place){.file = file, .line = 0, .column = 0};
}

static struct tree *text_new(struct reading *r, const char *key, const char *text,
                             struct scenario_place place)
{
    struct tree *tree = arena_zero(r->arena, 1, sizeof *tree);
    if (tree != NULL) {
        *tree =
            (struct tree){.kind = TREE_TEXT, .text = text, .key = key, .place = place, .key_place = place};
    }
    return tree;
}

/* --- names --- */

/* The keys of a map, for the nearest word. */
static const char *const *keys_of(struct reading *r, const struct tree *map)
{
    static const char *const none[] = {NULL};
    const char **words = map == NULL ? NULL : arena_zero(r->arena, map->count + 1, sizeof *words);
    size_t count = 0;
    if (words == NULL) {
        return none;
    }
    for (const struct tree *child = map->first; child != NULL; child = child->next) {
        words[count++] = child->key;
    }
    return words;
}

static const char *const naming[] = {"code", "name", "id", "label", NULL};

/* What an element of a list is called by; NULL: nothing. */
static const char *name_of(const struct tree *element)
{
    for (size_t i = 0; element->kind == TREE_MAP && naming[i] != NULL; i++) {
        const struct tree *name = tree_find(element, naming[i]);
        if (name != NULL && name->kind == TREE_TEXT) {
            return name->text;
        }
    }
    return NULL;
}

static struct tree *find_element(const struct tree *list, const char *word)
{
    for (struct tree *child = list->first; child != NULL; child = child->next) {
        const char *name = name_of(child);
        if (name != NULL && strcmp(name, word) == 0) {
            return child;
        }
    }
    return NULL;
}

static const char *const *names_of(struct reading *r, const struct tree *list)
{
    static const char *const none[] = {NULL};
    const char **words = arena_zero(r->arena, list->count + 1, sizeof *words);
    size_t count = 0;
    if (words == NULL) {
        return none;
    }
    for (const struct tree *child = list->first; child != NULL; child = child->next) {
        const char *name = name_of(child);
        if (name != NULL) {
            words[count++] = name;
        }
    }
    return words;
}

/* --- paths of --set --- */

/* "desk.XB.people" is short for "states.XB.units.poc.people". */
static const char *long_path(struct reading *r, const char *path)
{
    return strncmp(path, "desk.", 5) == 0 && strlen(path) > 8 && path[7] == '.'
               ? arena_format(r->arena, "states.%.2s.units.poc.%s", path + 5, path + 8)
               : path;
}

/* The value of the path's next word within a map or list; NULL with what is wrong. A map that is not there is made. */
static struct tree *step(struct reading *r, struct tree *at, const char *word, struct scenario_place place)
{
    struct tree *found = at->kind == TREE_MAP    ? tree_find(at, word)
                         : at->kind == TREE_LIST ? find_element(at, word)
                                                 : NULL;
    if (found != NULL) {
        return found;
    }
    if (at->kind == TREE_LIST) {
        tree_unknown(r, place, N_("no element of that list"), word, names_of(r, at));
        return NULL;
    }
    if (at->kind == TREE_TEXT) {
        mistake_at(r->mistakes, place,
                   N_("\"%s\" leads into a value that has no keys; make the path shorter"),
                   mistake_quote(r->mistakes, word));
        return NULL;
    }
    struct tree *made = text_new(r, word, "", place);
    if (made != NULL) {
        made->kind = TREE_MAP;
        tree_append(at, made);
    }
    return made;
}

static void set_path(struct reading *r, struct tree *root, const char *path, const char *value,
                     struct scenario_place place)
{
    struct tree *at = root;
    const char *whole = long_path(r, path);
    char *rest = whole == NULL ? NULL : arena_format(r->arena, "%s", whole);
    size_t depth = 0;
    if (rest == NULL) {
        return;
    }
    for (char *dot = strchr(rest, '.'); at != NULL && dot != NULL; dot = strchr(rest, '.')) {
        *dot = '\0';
        if (++depth == TREE_DEPTH_MAX / 2) {
            mistake_at(r->mistakes, place, N_("this path is too long; write the keys as in the file"));
            return;
        }
        at = step(r, at, rest, place);
        rest = dot + 1;
    }
    if (at == NULL) {
        return;
    }
    struct tree *there = at->kind == TREE_MAP ? tree_find(at, rest) : step(r, at, rest, place);
    if (there != NULL) {
        *there = (struct tree){.kind = TREE_TEXT,
                               .text = value,
                               .key = there->key,
                               .place = place,
                               .key_place = place,
                               .next = there->next};
    } else if (at->kind == TREE_MAP) {
        struct tree *made = text_new(r, rest, value, place);
        if (made != NULL) {
            tree_append(at, made);
        }
    }
}

/* --- parameters --- */

static bool name_good(const char *name)
{
    return name[0] >= 'a' && name[0] <= 'z' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0' && strlen(name) <= 40;
}

static void check_parameters(struct filling *f)
{
    struct scenario_mistakes *m = f->r->mistakes;
    for (const struct tree *p = f->parameters == NULL ? NULL : f->parameters->first; p != NULL; p = p->next) {
        if (!name_good(p->key)) {
            mistake_at(m, p->key_place,
                       N_("\"%s\" is no name of a parameter; write small letters, digits and dashes"),
                       mistake_quote(m, p->key));
        } else if (p->kind != TREE_TEXT || strlen(p->text) > PARAMETER_BYTES_MAX) {
            mistake_at(m, p->place, N_("a parameter is a text of at most %d bytes"), PARAMETER_BYTES_MAX);
        } else if (p->text[0] == '\0' && !p->quoted) {
            mistake_at(m, p->key_place, N_("the parameter \"%s\" is not given; give it: --set %s=VALUE"),
                       mistake_quote(m, p->key), mistake_quote(m, p->key));
        }
    }
}

/* The parameter that a --set names, or NULL. */
static struct tree *parameter_of(struct filling *f, const char *set)
{
    const char *equals = strchr(set, '=');
    const char *name = equals == NULL ? NULL : arena_format(f->r->arena, "%.*s", (int)(equals - set), set);
    struct tree *parameter = name == NULL || f->parameters == NULL ? NULL : tree_find(f->parameters, name);
    return parameter != NULL && parameter->kind == TREE_TEXT ? parameter : NULL;
}

static bool set_good(struct filling *f, const char *set)
{
    const char *equals = strchr(set, '=');
    if (equals != NULL && equals != set && strlen(set) <= 2 * PARAMETER_BYTES_MAX &&
        text_is_line(bytes_of_text(set))) {
        return true;
    }
    mistake_at(f->r->mistakes, set_place(f->r, set),
               N_("--set takes NAME=VALUE; write such as --set desk.XB.people=3"));
    return false;
}

static void set_parameter(struct filling *f, const char *set)
{
    struct tree *parameter = parameter_of(f, set);
    if (parameter != NULL) {
        parameter->text = strchr(set, '=') + 1;
        parameter->place = set_place(f->r, set);
        parameter->quoted = true; /* given, even when empty */
    }
}

static void set_value(struct filling *f, struct tree *root, const char *set)
{
    struct reading *r = f->r;
    const char *equals = strchr(set, '=');
    const char *name = arena_format(r->arena, "%.*s", (int)(equals - set), set);
    struct scenario_place place = set_place(r, set);
    if (name == NULL || parameter_of(f, set) != NULL) {
        return;
    }
    if (strchr(name, '.') != NULL || tree_find(root, name) != NULL) {
        set_path(r, root, name, equals + 1, place);
    } else {
        tree_unknown(r, place, N_("no parameter and no path"), name, keys_of(r, f->parameters));
    }
}

/* The value of the parameter named at `at`, just after "${"; NULL: said what is wrong. *ret_end: after "}". */
static const char *parameter_at(struct filling *f, const struct tree *tree, const char *at,
                                const char **ret_end)
{
    struct reading *r = f->r;
    const char *end = strchr(at, '}');
    const char *name = end == NULL ? NULL : arena_format(r->arena, "%.*s", (int)(end - at), at);
    if (name == NULL) {
        mistake_at(r->mistakes, tree->place, N_("here \"${\" has no end; write ${name}"));
        return NULL;
    }
    const struct tree *parameter = f->parameters == NULL ? NULL : tree_find(f->parameters, name);
    if (parameter == NULL) {
        tree_unknown(r, tree->place, N_("no parameter"), name, keys_of(r, f->parameters));
        return NULL;
    }
    *ret_end = end + 1;
    return parameter->kind == TREE_TEXT ? parameter->text : "";
}

static bool fill_in(void *context, struct tree *tree)
{
    struct filling *f = context;
    const char *done = "";
    const char *rest = tree->text;
    size_t count = 0;
    const char *open = tree->kind == TREE_TEXT ? strstr(rest, "${") : NULL;
    for (; open != NULL && done != NULL; open = strstr(rest, "${")) {
        const char *after = rest;
        const char *value = parameter_at(f, tree, open + 2, &after);
        if (value == NULL) {
            return true;
        }
        if (++count > PARAMETERS_IN_TEXT_MAX) {
            mistake_at(f->r->mistakes, tree->place, N_("a text has at most %d parameters"),
                       PARAMETERS_IN_TEXT_MAX);
            return true;
        }
        done = arena_format(f->r->arena, "%s%.*s%s", done, (int)(open - rest), rest, value);
        rest = after;
    }
    if (count > 0 && done != NULL) {
        done = arena_format(f->r->arena, "%s%s", done, rest);
    }
    if (done == NULL) {
        mistake_at(f->r->mistakes, tree->place, N_("there is no memory left; make the scenario smaller"));
    } else if (count > 0) {
        tree->text = done;
    }
    return true;
}

bool tree_set(struct reading *r, struct tree *root, const char *const *sets, size_t set_count)
{
    size_t before = r->mistakes->count + r->mistakes->more;
    struct filling f = {.r = r, .parameters = tree_find(root, "parameters")};
    if (f.parameters != NULL) {
        (void)tree_remove(root, f.parameters);
        if (f.parameters->kind != TREE_MAP) {
            mistake_at(r->mistakes, f.parameters->place,
                       N_("parameters is a map; write: parameters: {people: 2}"));
            return false;
        }
    }
    bool good = true;
    for (size_t i = 0; i < set_count; i++) {
        good = set_good(&f, sets[i]) && good;
    }
    if (!good) {
        return false;
    }
    for (size_t i = 0; i < set_count; i++) {
        set_parameter(&f, sets[i]);
    }
    check_parameters(&f);
    tree_each(root, fill_in, &f);
    for (size_t i = 0; i < set_count; i++) {
        set_value(&f, root, sets[i]);
    }
    return r->mistakes->count + r->mistakes->more == before;
}
