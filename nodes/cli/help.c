/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/help.h"

#include <string.h>

#include "base/columns.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"

#define NAME_COLUMNS   16
#define OPTION_COLUMNS 22

static bool group_is_new(const struct subcommand *const *table, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(table[i]->group, table[index]->group) == 0) {
            return false;
        }
    }
    return true;
}

static void print_group(FILE *out, const struct catalogue *words, const struct subcommand *const *table,
                        const char *group)
{
    (void)fprintf(out, "\n%s\n", say(words, group));
    for (size_t i = 0; table[i] != NULL; i++) {
        if (strcmp(table[i]->group, group) == 0) {
            char first[64];
            (void)snprintf(first, sizeof first, "  %-*s ", NAME_COLUMNS, table[i]->name);
            screen_wrapped(out, first, NAME_COLUMNS + 3, say(words, table[i]->does), 0);
        }
    }
}

void help_all(FILE *out, const struct catalogue *words, const struct subcommand *const *table)
{
    (void)fputs(say(words, "usage: comity [-C DIR] [--json] COMMAND ...\n\n"
                           "Requests between authorities of States, to preserve data and for assistance:\n"
                           "signed by officers, sealed, and answered with receipts. DIR is the directory of\n"
                           "your node (else COMITY_DIR).\n"),
                out);
    for (size_t i = 0; table[i] != NULL; i++) {
        if (group_is_new(table, i)) {
            print_group(out, words, table, table[i]->group);
        }
    }
    (void)fputs(say(words,
                    "\nHelp on a command: comity help COMMAND. Exit codes: 0 done, 1 refused or failed,\n"
                    "2 usage, 3 the node is not reachable.\n"),
                out);
}

static void print_option(FILE *out, const struct catalogue *words, const char *left, const char *help,
                         bool repeats)
{
    char first[80], text[256];
    (void)snprintf(first, sizeof first, "  %-*s ", OPTION_COLUMNS, left);
    (void)snprintf(text, sizeof text, "%s%s", say(words, help),
                   repeats ? say(words, N_(" (may be repeated)")) : "");
    screen_wrapped(out, first, OPTION_COLUMNS + 3, text, 0);
}

static void print_options(FILE *out, const struct catalogue *words, const struct option_spec *list)
{
    for (; list != NULL && list->name != NULL; list++) {
        char left[64];
        (void)snprintf(left, sizeof left, "--%s%s%s", list->name, list->argument == NULL ? "" : " ",
                       list->argument == NULL ? "" : list->argument);
        print_option(out, words, left, list->help, list->repeats);
    }
}

/*
 * Lines that begin with a blank are examples and stand as they are, and so do empty ones; the others are joined to paragraphs
 * and wrapped.
 */
static void print_text(FILE *out, const char *text)
{
    char paragraph[2048] = "";
    size_t used = 0;
    for (const char *line = text; *line != '\0';) {
        int size = (int)strcspn(line, "\n");
        const char *next = line + size + (line[size] == '\n');
        bool stands = size == 0 || line[0] == ' ';
        if (stands) {
            (void)fprintf(out, "%.*s\n", size, line);
        } else if (used + (size_t)size + 2 < sizeof paragraph) {
            used += (size_t)snprintf(paragraph + used, sizeof paragraph - used, "%s%.*s",
                                     used == 0 ? "" : " ", size, line);
        }
        if (used != 0 && (*next == '\0' || *next == '\n' || *next == ' ')) {
            screen_wrapped(out, "", 0, paragraph, 0);
            used = 0;
        }
        line = next;
    }
}

void help_one(FILE *out, const struct catalogue *words, const struct subcommand *subcommand)
{
    char usage[512];
    (void)snprintf(usage, sizeof usage, "comity%s %s%s%s", subcommand->needs_directory ? " [-C DIR]" : "",
                   subcommand->name, subcommand->synopsis[0] == '\0' ? "" : " ", subcommand->synopsis);
    const char *begins = say(words, "usage: ");
    screen_wrapped(out, begins, columns_of_text(begins), usage, 0);
    (void)fputc('\n', out);
    screen_wrapped(out, "", 0, say(words, subcommand->does), 0);
    (void)fprintf(out, "\n%s\n", say(words, "Options"));
    print_options(out, words, subcommand->options);
    if (subcommand->needs_directory) {
        print_option(out, words, "-C DIR", N_("the node's directory (else COMITY_DIR)"), false);
    }
    print_options(out, words, common_options);
    if (subcommand->help != NULL && subcommand->help[0] != '\0') {
        (void)fputc('\n', out);
        print_text(out, say(words, subcommand->help));
    }
}

void help_family(FILE *out, const struct catalogue *words, const struct subcommand *const *table,
                 const char *family)
{
    bool first = true;
    for (size_t i = 0; table[i] != NULL; i++) {
        const struct subcommand *const alone[] = {table[i], NULL};
        if (family == NULL || subcommand_is_family(alone, family)) {
            (void)fputs(first ? "" : "\n", out);
            help_one(out, words, table[i]);
            first = false;
        }
    }
}

json_t *help_json(const struct subcommand *const *table)
{
    json_t *list = json_array();
    for (size_t i = 0; table[i] != NULL; i++) {
        const struct subcommand *s = table[i];
        json_t *options = json_array();
        for (const struct option_spec *o = s->options; o != NULL && o->name != NULL; o++) {
            (void)json_array_append_new(options,
                                        json_pack("{s:s, s:s?, s:b, s:s}", "name", o->name, "argument",
                                                  o->argument, "repeats", o->repeats, "help", o->help));
        }
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o}", "name", s->name,
                                                    "group", s->group, "synopsis", s->synopsis, "does",
                                                    s->does, "help", s->help, "options", options));
    }
    return json_pack("{s:o}", "commands", list);
}

/* The first words, each once. */
static void print_first_words(FILE *out, const struct subcommand *const *table)
{
    for (size_t i = 0; table[i] != NULL; i++) {
        size_t size = strcspn(table[i]->name, " ");
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = strncmp(table[k]->name, table[i]->name, size) == 0 &&
                   (table[k]->name[size] == ' ' || table[k]->name[size] == '\0');
        }
        if (!seen) {
            (void)fprintf(out, "%s%.*s", i == 0 ? "" : " ", (int)size, table[i]->name);
        }
    }
}

static void print_second_words(FILE *out, const struct subcommand *const *table, const char *name,
                               size_t size)
{
    for (size_t i = 0; table[i] != NULL; i++) {
        if (strncmp(table[i]->name, name, size + 1) == 0) {
            (void)fprintf(out, " %s", table[i]->name + size + 1);
        }
    }
}

static void print_families(FILE *out, const struct subcommand *const *table)
{
    for (size_t i = 0; table[i] != NULL; i++) {
        size_t size = strcspn(table[i]->name, " ");
        bool first = table[i]->name[size] == ' ';
        for (size_t k = 0; k < i && first; k++) {
            first = strncmp(table[k]->name, table[i]->name, size + 1) != 0;
        }
        const char *const *members = table[i]->members;
        if (first || members != NULL) {
            (void)fprintf(out, "        %.*s) words=\"", (int)size, table[i]->name);
            if (first) {
                print_second_words(out, table, table[i]->name, size);
            }
            for (; members != NULL && *members != NULL; members++) {
                (void)fprintf(out, " %s", *members);
            }
            (void)fputs("\" ;;\n", out);
        }
    }
}

static void print_command_options(FILE *out, const struct subcommand *subcommand)
{
    (void)fprintf(out, "        '%s') words=\"", subcommand->name);
    for (const struct option_spec *o = subcommand->options; o != NULL && o->name != NULL; o++) {
        (void)fprintf(out, "--%s ", o->name);
    }
    (void)fputs("--json --help\" ;;\n", out);
}

void help_completion_bash(FILE *out, const struct subcommand *const *table)
{
    (void)fputs("# SPDX-License-Identifier: Apache-2.0\n"
                "# bash completion for comity(1); made by: comity completion bash\n"
                "_comity() {\n"
                "    local word=${COMP_WORDS[COMP_CWORD]} first='' second='' words='' i\n"
                "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                "        case ${COMP_WORDS[i]} in\n"
                "        -C) ((i++)) ;;\n"
                "        -*) ;;\n"
                "        *) if [ -z \"$first\" ]; then first=${COMP_WORDS[i]}\n"
                "           elif [ -z \"$second\" ]; then second=${COMP_WORDS[i]}; fi ;;\n"
                "        esac\n"
                "    done\n"
                "    if [ -z \"$first\" ]; then\n"
                "        words=\"",
                out);
    print_first_words(out, table);
    (void)fputs(" -C --json --help --version\"\n"
                "    elif [[ $word == -* ]]; then\n"
                "        case $first in\n",
                out);
    for (size_t i = 0; table[i] != NULL; i++) {
        if (strchr(table[i]->name, ' ') == NULL) {
            print_command_options(out, table[i]);
        }
    }
    (void)fputs("        esac\n"
                "        case \"$first $second\" in\n",
                out);
    for (size_t i = 0; table[i] != NULL; i++) {
        if (strchr(table[i]->name, ' ') != NULL) {
            print_command_options(out, table[i]);
        }
    }
    (void)fputs("        esac\n"
                "    elif [ -z \"$second\" ]; then\n"
                "        case $first in\n",
                out);
    print_families(out, table);
    (void)fputs("        esac\n"
                "    fi\n"
                "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                "    [ ${#COMPREPLY[@]} -ne 0 ] || compopt -o default\n"
                "}\n"
                "complete -F _comity comity\n",
                out);
}
