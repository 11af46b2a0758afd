/* SPDX-License-Identifier: Apache-2.0 */
/* What both daemons' mains share: arguments, the directory a daemon lives in, its configuration and its roster files. */
#ifndef COMITY_BASE_DAEMON_PROGRAM_H
#define COMITY_BASE_DAEMON_PROGRAM_H

#include "base/config.h"
#include "base/daemon/files.h"
#include "base/daemon/record.h"
#include "base/exercise_clock.h"

#define COMITY_VERSION "0.1.0"

/* Exit codes of every program of ours. */
enum exit_code { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

struct program {
    const char *name;     /* "comity-broker" */
    const char *does;     /* one sentence */
    const char *lives_in; /* what is in its directory, lines for --help */
    const char *config;   /* file in the directory: "broker.conf" */
    const struct config_table *table;
};

/* What a command line asks to be recorded. */
struct record_wish {
    const char *file;   /* --record; NULL: nothing */
    const char *key;    /* --record-key; NULL: not given */
    uint64_t bytes_max; /* --record-max; 0: not given */
};

/*
 * Reads "-C DIR" (else COMITY_DIR) and what to record, answers --help, --version and --sample-config and exits; exits 2 with
 * one line that names the next step on anything else. Returns the directory as an absolute path (malloc'd, for the program's
 * life).
 */
MUST_USE char *program_directory(const struct program *, int argc, char **argv, struct record_wish *ret_wish);

/* Begins the record that is wished for, sealed if there is a key. NULL with an error. */
MUST_USE struct record *program_record(const struct program *, const struct record_wish *, struct logger *,
                                       struct error *);

/* Reads DIR/config into ret by the table. False with every fault in the error's text. */
MUST_USE bool program_configure(const struct program *, const char *directory, void *ret, struct arena *,
                                struct error *);

/* The log on stderr from that level on, the word of the configuration's key `log`. NULL with an error. */
MUST_USE struct logger *program_logger(const struct program *, const char *level, struct error *);

/* What the key exercise_clock says; rate 0: none. False with an error. */
MUST_USE bool program_exercise_clock(const struct program *, const char *text, struct exercise_clock *ret,
                                     struct error *);

/*
 * Puts the exercise's clock, if there is one, in the place of the machine's as soon as a roster is held (held) and says that it
 * is one of exercises only; to be called when the store was opened and after each turn. False with an error: it is not.
 */
MUST_USE bool program_keep_clock(const struct program *, const struct exercise_clock *, bool held,
                                 bool exercises_only, struct error *);

/* "DIR/name" in the arena, or name itself when it is absolute. NULL: exhausted. */
MUST_USE char *program_path(struct arena *, const char *directory, const char *name);

#define ROSTER_FILE_MINISIGS_MAX 64
struct roster_file {
    struct bytes json;
    struct bytes minisigs[ROSTER_FILE_MINISIGS_MAX];
    size_t count;
};
/* DIR/VERSION/roster.json with its roster.json.*.minisig. FILES_ABSENT: there is no such version. */
MUST_USE enum files_outcome program_roster_file(const char *directory, uint64_t version, struct arena *,
                                                struct roster_file *ret, struct error *);

/*
 * Offers the versions in DIR/VERSION to a core, from that one on until one is absent or does not hold, which is logged. offer()
 * gets a file that is borrowed for the call; ret_refused: the code of why it does not hold, untouched if it is taken.
 */
struct roster_taker {
    enum door (*offer)(void *context, const struct roster_file *, const char **ret_refused, struct error *);
    void *context;
};
MUST_USE enum door program_rosters(const char *directory, uint64_t version, struct roster_taker,
                                   struct logger *);

#endif
