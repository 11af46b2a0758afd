/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/broker_private.h"

/* What version 3 added. */
#define REFUSALS                                                                                             \
    "CREATE TABLE refusals (party INTEGER PRIMARY KEY, day INTEGER NOT NULL, kept INTEGER NOT NULL);"

const char *const broker_upgrades[BROKER_UPGRADES] = {REFUSALS};

/*
 * Everything the broker knows. Rows that grow for ever (chain_link, receipt) are in the order in which they are written,
 * and nothing has a random 32-byte key: an envelope is found by its chain and number (speed: one page a chain, not one
 * an envelope). Only what waits in the spool is also found by its id, because a status question names nothing else.
 */
const char broker_schema[] =
    "CREATE TABLE party (party INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, seen_ms INTEGER NOT NULL "
    "DEFAULT 0);"
    "CREATE TABLE pair (pair INTEGER PRIMARY KEY, sender INTEGER NOT NULL, recipient INTEGER NOT NULL,"
    " waiting_envelopes INTEGER NOT NULL DEFAULT 0, waiting_bytes INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (sender, recipient));"
    "CREATE INDEX pair_of_recipient ON pair (recipient);"
    /* What the two ends have confirmed last, in time, so that a disk that forgot it is found out at the next hello:
     * answered: the number that the recipient gave a receipt for, answered_by: that receipt; told: the number of
     * which the sender settled the end. */
    "CREATE TABLE chain (chain INTEGER PRIMARY KEY, pair INTEGER NOT NULL, lane INTEGER NOT NULL,"
    " incarnation INTEGER NOT NULL, sender INTEGER NOT NULL, head_seq INTEGER NOT NULL DEFAULT 0, head_id "
    "BLOB,"
    " answered INTEGER NOT NULL DEFAULT 0, answered_by INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL "
    "DEFAULT 0,"
    " UNIQUE (pair, lane, incarnation));"
    "CREATE INDEX chain_of_sender ON chain (sender);"
    /* kinds: a bit for each receipt kind known; answer: the receipt that answered the submit; arrival: 0 = not in the
     * spool; leaf: reserved for the ledger. */
    "CREATE TABLE chain_link (chain INTEGER NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, prev BLOB NOT "
    "NULL,"
    " created_ms INTEGER NOT NULL, kinds INTEGER NOT NULL, reason INTEGER NOT NULL, answer INTEGER NOT NULL,"
    " final INTEGER NOT NULL DEFAULT 0, arrival INTEGER NOT NULL, leaf INTEGER, PRIMARY KEY (chain, seq)) "
    "WITHOUT ROWID;"
    "CREATE TABLE fork (chain INTEGER NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, answer INTEGER NOT "
    "NULL,"
    " PRIMARY KEY (chain, seq, id)) WITHOUT ROWID;"
    /* state: enum spool_state; expired: the receipt of a stub. The body stands last so that the rest is on one page. */
    "CREATE TABLE spool (arrival INTEGER PRIMARY KEY, recipient INTEGER NOT NULL, lane INTEGER NOT NULL,"
    " chain INTEGER NOT NULL, seq INTEGER NOT NULL, state INTEGER NOT NULL, accepted_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, id_head INTEGER NOT NULL,"
    " expired INTEGER NOT NULL DEFAULT 0, checksum BLOB NOT NULL, body_hash BLOB NOT NULL, header BLOB, seal "
    "BLOB,"
    " proof BLOB, body BLOB);"
    "CREATE INDEX spool_lane ON spool (recipient, lane, arrival) WHERE state <> 2;"
    "CREATE INDEX spool_chain ON spool (chain, seq);"
    "CREATE INDEX spool_expiry ON spool (expires_ms) WHERE state <> 1;"
    "CREATE INDEX spool_id ON spool (id_head);"
    "CREATE TABLE rotten (sender INTEGER NOT NULL, arrival INTEGER NOT NULL, PRIMARY KEY (sender, arrival))"
    " WITHOUT ROWID;"
    "CREATE TABLE receipt (number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, pair INTEGER NOT NULL,"
    " taken_ms INTEGER NOT NULL, digest BLOB NOT NULL, signed BLOB NOT NULL, loose INTEGER NOT NULL);"
    "CREATE INDEX receipt_loose ON receipt (pair) WHERE loose = 1;"
    "CREATE TABLE owed (party INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (party, number)) "
    "WITHOUT ROWID;"
    "CREATE TABLE roster (version INTEGER PRIMARY KEY, bundle BLOB NOT NULL);"
    "CREATE TABLE roster_fork (hash BLOB PRIMARY KEY, version INTEGER NOT NULL, bundle BLOB NOT NULL) "
    "WITHOUT ROWID;"
    "CREATE TABLE prekeys (party INTEGER PRIMARY KEY, number INTEGER NOT NULL, digest BLOB NOT NULL,"
    " list BLOB NOT NULL);" REFUSALS;
