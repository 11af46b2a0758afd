/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_node.h"

static const char to_6[] =
#include "nodes/schema_6.def"
    "UPDATE case_file SET dirty = 1;";

static const char to_7[] =
#include "nodes/schema_7.def"
    ;

const char *const node_upgrades[NODE_UPGRADES] = {to_6, to_7};

/*
 * Ids and hashes are blobs, addresses text, times milliseconds UTC. Rows of letters, envelopes and receipts are never
 * deleted: they are the file.
 */
const char node_schema[] =
    /* trust */
    "CREATE TABLE roster(version INTEGER PRIMARY KEY, hash BLOB NOT NULL, bundle BLOB NOT NULL);"
    /* own sealing keys: lists as signed, and their private halves until they are erased */
    "CREATE TABLE prekey_list(number INTEGER PRIMARY KEY, first_ms INTEGER NOT NULL, keys INTEGER NOT NULL,"
    " digest BLOB NOT NULL, list BLOB NOT NULL, taken_ms INTEGER NOT NULL);"
    "CREATE TABLE prekey(public BLOB PRIMARY KEY, secret BLOB, list INTEGER NOT NULL, erase_ms INTEGER) "
    "WITHOUT ROWID;"
    "CREATE INDEX prekey_erase ON prekey(erase_ms) WHERE secret IS NOT NULL;"
    /* other parties: their newest list, when the broker last answered for it, and whether sealing waits for something */
    "CREATE TABLE peer(party TEXT PRIMARY KEY, number INTEGER NOT NULL, digest BLOB, list BLOB,"
    " checked_ms INTEGER NOT NULL, asked_ms INTEGER NOT NULL, waits INTEGER NOT NULL) WITHOUT ROWID;"
    /* chains: ours, and what the broker told us to hold; theirs, and numbers of theirs that are gone */
    "CREATE TABLE chain_out(party TEXT, lane INTEGER, incarnation INTEGER, seq INTEGER NOT NULL, id BLOB,"
    " created_ms INTEGER NOT NULL, closed INTEGER NOT NULL, broker_seq INTEGER NOT NULL, behind INTEGER NOT "
    "NULL,"
    " PRIMARY KEY(party, lane, incarnation)) WITHOUT ROWID;"
    "CREATE TABLE chain_blocked(party TEXT, lane INTEGER, PRIMARY KEY(party, lane)) WITHOUT ROWID;"
    "CREATE TABLE chain_void(party TEXT, lane INTEGER, incarnation INTEGER, seq INTEGER, id BLOB NOT NULL, "
    "told BLOB,"
    " PRIMARY KEY(party, lane, incarnation, seq)) WITHOUT ROWID;"
    "CREATE INDEX chain_void_told ON chain_void(told) WHERE told IS NOT NULL;"
    "CREATE TABLE chain_in(party TEXT, lane INTEGER, incarnation INTEGER, through INTEGER NOT NULL,"
    " highest INTEGER NOT NULL, asked INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(party, lane, incarnation)) WITHOUT ROWID;"
    "CREATE INDEX chain_in_gap ON chain_in(party) WHERE through < highest;"
    "CREATE TABLE chain_gone(party TEXT, lane INTEGER, incarnation INTEGER, seq INTEGER,"
    " PRIMARY KEY(party, lane, incarnation, seq)) WITHOUT ROWID;"
    "CREATE TABLE chain_fork(id BLOB PRIMARY KEY, party TEXT NOT NULL, lane INTEGER NOT NULL,"
    " incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, seen_ms INTEGER NOT NULL, raw BLOB NOT NULL) "
    "WITHOUT ROWID;"
    /* envelopes; SQLite takes envelope_out_open only for a query that says "state < 3" as well */
    "CREATE TABLE envelope_out(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, letter BLOB NOT NULL, party "
    "TEXT NOT NULL,"
    " lane INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL, header BLOB NOT NULL, seal BLOB NOT NULL, body BLOB, proof BLOB NOT NULL,"
    " state INTEGER NOT NULL, reason INTEGER NOT NULL, detail TEXT, parked INTEGER NOT NULL, said INTEGER "
    "NOT NULL,"
    " accepted_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, status INTEGER NOT NULL, status_ms INTEGER "
    "NOT NULL,"
    " status_before INTEGER NOT NULL, seen_ms INTEGER NOT NULL, here INTEGER NOT NULL,"
    " UNIQUE(party, lane, incarnation, seq));"
    "CREATE INDEX envelope_out_open ON envelope_out(state, lane, n, parked, party) WHERE state < 3;"
    "CREATE INDEX envelope_out_void ON envelope_out(expires_ms) WHERE state = 1 AND (said = 0 OR parked = 1);"
    "CREATE INDEX envelope_out_parked ON envelope_out(parked) WHERE parked = 1;"
    "CREATE INDEX envelope_out_unanswered ON envelope_out(lane, n) WHERE state > 2 AND body IS NOT NULL;"
    "CREATE INDEX envelope_out_letter ON envelope_out(letter);"
    "CREATE TABLE envelope_in(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, party TEXT NOT NULL, lane "
    "INTEGER NOT NULL,"
    " incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, prev BLOB, created_ms INTEGER NOT NULL,"
    " accepted_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, in_chain INTEGER NOT NULL, outcome INTEGER "
    "NOT NULL,"
    " reason INTEGER NOT NULL, due INTEGER NOT NULL, letter BLOB, raw BLOB);"
    "CREATE UNIQUE INDEX envelope_in_chain ON envelope_in(party, lane, incarnation, seq) WHERE in_chain = 1;"
    "CREATE INDEX envelope_in_due ON envelope_in(party, due, n) WHERE due <> 0;"
    "CREATE INDEX envelope_in_letter ON envelope_in(letter) WHERE letter IS NOT NULL;"
    /* receipts, as they were signed */
    "CREATE TABLE receipt(n INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, kind INTEGER NOT NULL, party "
    "TEXT NOT NULL,"
    " own INTEGER NOT NULL, settled INTEGER NOT NULL, at_ms INTEGER NOT NULL, by_key BLOB NOT NULL, raw BLOB "
    "NOT NULL);"
    "CREATE INDEX receipt_owed ON receipt(n) WHERE own = 1 AND settled = 0;"
    "CREATE TABLE receipt_item(envelope BLOB, kind INTEGER, receipt INTEGER,"
    " PRIMARY KEY(envelope, kind, receipt)) WITHOUT ROWID;"
    /* the case file */
    /* returned: 1 it came back from the other side, 2 it was here and its times came */
    "CREATE TABLE letter(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, case_id BLOB NOT NULL, own INTEGER "
    "NOT NULL,"
    " author INTEGER NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, kind INTEGER NOT NULL,"
    " lane INTEGER NOT NULL, case_seq INTEGER NOT NULL, prev BLOB, seen BLOB, signed_ms INTEGER NOT NULL,"
    " filed_ms INTEGER NOT NULL, accepted_ms INTEGER NOT NULL, delivered_ms INTEGER NOT NULL, opened_ms "
    "INTEGER NOT NULL,"
    " opened_here_ms INTEGER NOT NULL, context BLOB NOT NULL, letter BLOB NOT NULL, proofs BLOB NOT NULL, "
    "envelope BLOB,"
    " place INTEGER NOT NULL, sending INTEGER NOT NULL, reason INTEGER NOT NULL, seals INTEGER NOT NULL,"
    " stale INTEGER NOT NULL, returned INTEGER NOT NULL);"
    "CREATE INDEX letter_case ON letter(case_id, sender, case_seq);"
    "CREATE INDEX letter_shared ON letter((CASE own WHEN 1 THEN recipient ELSE sender END), case_id, author,"
    " case_seq) WHERE place <> 3;"
    "CREATE INDEX letter_wanted ON letter(lane, n, recipient) WHERE sending = 1;"
    "CREATE INDEX letter_held ON letter(sender, case_id) WHERE place = 2;"
    "CREATE TABLE case_file(case_id BLOB PRIMARY KEY, own_side INTEGER NOT NULL, q TEXT NOT NULL, r TEXT NOT "
    "NULL,"
    " lane INTEGER NOT NULL, q_reference TEXT NOT NULL, r_reference TEXT NOT NULL, exercise BLOB,"
    " created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, stale INTEGER NOT NULL, dirty INTEGER NOT "
    "NULL,"
    " state INTEGER NOT NULL, own_dues INTEGER NOT NULL, own_clock INTEGER NOT NULL, own_due_ms INTEGER NOT "
    "NULL,"
    " their_dues INTEGER NOT NULL, their_clock INTEGER NOT NULL, their_due_ms INTEGER NOT NULL) WITHOUT "
    "ROWID;"
    "CREATE INDEX case_dirty ON case_file(dirty) WHERE dirty = 1;"
    "CREATE INDEX case_q_reference ON case_file(q_reference);"
    "CREATE INDEX case_r_reference ON case_file(r_reference);"
    /* cases that are being rebuilt from the file of their other side (recall.h): one row a party; what the broker's
     * heads showed; letters given back that do not hold; the page that another party waits for */
    "CREATE TABLE recall(party TEXT PRIMARY KEY, lost_ms INTEGER NOT NULL, mark INTEGER NOT NULL,"
    " number INTEGER NOT NULL, pass_ms INTEGER NOT NULL, after BLOB, envelope BLOB, next_ms INTEGER NOT NULL,"
    " tries INTEGER NOT NULL, passes INTEGER NOT NULL, letters INTEGER NOT NULL, held INTEGER NOT NULL,"
    " shown INTEGER NOT NULL, loss INTEGER NOT NULL, shown_ms INTEGER NOT NULL, pages INTEGER NOT NULL,"
    " done_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX recall_due ON recall(next_ms, party) WHERE done_ms = 0 AND envelope IS NULL;"
    "CREATE TABLE recall_chain(party TEXT, side INTEGER, lane INTEGER, incarnation INTEGER, seq INTEGER NOT "
    "NULL,"
    " done INTEGER NOT NULL, PRIMARY KEY(party, side, lane, incarnation)) WITHOUT ROWID;"
    "CREATE TABLE recall_refused(id BLOB PRIMARY KEY, party TEXT NOT NULL, case_id BLOB NOT NULL, own "
    "INTEGER "
    "NOT NULL,"
    " reason INTEGER NOT NULL, at_ms INTEGER NOT NULL, context BLOB NOT NULL, letter BLOB NOT NULL,"
    " proofs BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX recall_refused_case ON recall_refused(case_id);"
    "CREATE INDEX recall_refused_party ON recall_refused(party);"
    "CREATE TABLE recall_answer(party TEXT PRIMARY KEY, number INTEGER NOT NULL, after BLOB, envelope BLOB,"
    " answered INTEGER NOT NULL, tries INTEGER NOT NULL, next_ms INTEGER NOT NULL, asked_ms INTEGER NOT NULL,"
    " loss INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE INDEX recall_answer_due ON recall_answer(next_ms, party) WHERE number <> 0 AND envelope IS NULL;"
    /* parties that are to be told how far the chains are */
    "CREATE TABLE standing(party TEXT PRIMARY KEY, envelope BLOB, tries INTEGER NOT NULL) WITHOUT ROWID;"
    /* a few times by name: store_noticed.h */
    "CREATE TABLE noticed(what TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;"
    /* answers to commands */
    "CREATE TABLE command(id BLOB PRIMARY KEY, status INTEGER NOT NULL, json BLOB NOT NULL, at_ms INTEGER "
    "NOT NULL)"
    " WITHOUT ROWID;"
#include "nodes/schema_6.def"
#include "nodes/schema_7.def"
    ;

void store_waiting(struct store *store, uint64_t *ret_out, uint64_t *ret_in)
{
    *ret_out = query_number(store_query(store, "SELECT count(*) FROM letter WHERE sending = 1")) +
               query_number(store_query(store, "SELECT count(*) FROM envelope_out WHERE state < 3"));
    *ret_in = query_number(store_query(store, "SELECT count(*) FROM letter WHERE place = 2"));
}
