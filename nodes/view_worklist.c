/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WORKLIST: what waits for a person between the cases of one State: holds that no request for assistance keeps open, such requests
 * for which no hold was found, ends that an officer has to draw, cases handed over.
 */
#include <string.h>

#include "base/text.h"
#include "nodes/command.h"
#include "nodes/store_letters.h"
#include "nodes/tie.h"
#include "nodes/view.h"

#define ENTRIES_MAX 500 /* of a page */

/* In this order; within each, where it goes on: a link, a number as entered, when a case began and its id. */
enum section { SECTION_TIES, SECTION_LOOSE, SECTION_HOLDS, SECTIONS };
struct worklist {
    struct call *call;
    json_t *list;
    size_t max;
    const char *only; /* entries of that what; NULL: all */
    enum section section;
    uint64_t number;
    struct case_id id;
};

static bool is_full(const struct worklist *w)
{
    return json_array_size(w->list) == w->max;
}

static bool is_wanted(const struct worklist *w, const char *what)
{
    return w->only == NULL || strcmp(w->only, what) == 0;
}

/* "2.1796000000000.HEX" */
static const char *place_text(const struct worklist *w)
{
    const char *hex = hex_new(w->call->arena, bytes_of(w->id.bytes, sizeof w->id.bytes));
    return arena_format(w->call->arena, "%d.%llu.%s", (int)w->section, (unsigned long long)w->number,
                        hex == NULL ? "" : hex);
}

static bool place_read(const char *text, struct worklist *w)
{
    uint64_t section = 0;
    if (!place_number(&text, &section) || !place_number(&text, &w->number) ||
        !hex_read(w->id.bytes, sizeof w->id.bytes, bytes_of_text(text)) || section >= SECTIONS) {
        return false;
    }
    w->section = (enum section)section;
    return true;
}

static const struct bytes none = {.data = NULL, .size = 0};

static struct bytes case_known(const struct case_id *id)
{
    struct bytes bytes = bytes_of(id->bytes, sizeof id->bytes);
    return bytes_all_zero(bytes) ? none : bytes;
}

static void put_case(struct call *call, json_t *json, const char *name, const struct case_id *id)
{
    if (case_known(id).size != 0) {
        put_hex(call, json, name, case_known(id));
    }
}

static const char *channel_name(Comity__Channel channel)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&comity__channel__descriptor, (int)channel);
    return channel == 0 || value == NULL ? "" : value->name;
}

static const char *why_ended(Comity__MlaEnded__Why why)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&comity__mla_ended__why__descriptor, (int)why);
    return why == 0 || value == NULL ? "" : value->name;
}

/* --- ties --- */

/* A case that this party asked for, and that moved (moved_seen.c). */
static bool is_move(const struct tie *tie)
{
    return tie->event == COMITY__TIE__EVENT__HAND_OVER && tie->alone;
}

static const char *what_of_move(const struct tie *tie, const char **ret_next)
{
    if (tie->state == ITEM_LINKED) {
        *ret_next =
            N_("what was taken over is less than what stood before, or nobody handed it over: look at the "
               "case, call them, then settle this: comity settle");
        return "TAKEN_OVER_WRONG";
    }
    if (tie->stuck) {
        *ret_next =
            N_("the case moved to a party that cannot take it over: call who had it, and ask to open it "
               "again (REOPEN_ASK)");
        return "MOVED_NOWHERE";
    }
    *ret_next = N_("the case moved, and nobody has taken it over yet: call the party that it moved to");
    return "MOVED_ON";
}

#define ASSISTANCE_ENDED                                                                                     \
    "ASSISTANCE_ENDED" /* what_waits() says it of ties that are ending, and of no other */

/* What a person has to do about it; NULL: nothing. *ret_next: how. */
static const char *what_waits(const struct tie *tie, const char **ret_next)
{
    if (is_move(tie)) {
        return what_of_move(tie, ret_next);
    }
    if (tie->event == COMITY__TIE__EVENT__HAND_OVER && tie->stuck && tie->state == ITEM_ASKED) {
        *ret_next = tie->asked
                        ? N_("the case is too large to go along: export it, and bring it to that party")
                        : N_("the request was too large to go along: ask who had the case for an "
                             "export, and take it over with that");
        return "HAND_OVER_TOO_LARGE";
    }
    if (tie->event == COMITY__TIE__EVENT__HAND_OVER && tie->stuck) {
        *ret_next =
            N_("they do not take the case over: open it again with REOPENED, or hand it to another party");
        return "HAND_OVER_DECLINED";
    }
    if (tie->event == COMITY__TIE__EVENT__HAND_OVER) {
        *ret_next = tie->asked
                        ? N_("the party that was asked to take the case over has not answered: call it")
                        : N_("take the case over (comity draft --as takeover writes the form), or say no: "
                             "comity decline");
        return tie->asked ? "MOVED_ON" : "TAKE_OVER";
    }
    if (tie->event == COMITY__TIE__EVENT__ESCALATED) {
        *ret_next = N_("see why nobody answers for that case");
        return tie->asked ? NULL : "ESCALATED";
    }
    if (tie->ending && tie->stuck && !tie->asked) {
        *ret_next =
            N_("the hold goes on at another party, as its case says: tell that one, then end this link "
               "with RELEASED CLOSED");
        return ASSISTANCE_ENDED;
    }
    if (tie->ending && !(tie->asked && !tie->alone)) {
        *ret_next = tie->why == COMITY__MLA_ENDED__WHY__COMPLETED
                        ? N_("the evidence was received: comity mla-ended --why COMPLETED, then comity "
                             "release --why DISCLOSED")
                        : N_("say how long the data are held on: comity mla-ended");
        return ASSISTANCE_ENDED;
    }
    if (tie->stuck) {
        *ret_next =
            N_("the hold has ended: say so with comity status, or comity reopen if the data still exist");
        return "HOLD_ENDED";
    }
    if (tie->state == ITEM_ASKED) {
        *ret_next =
            tie->asked
                ? N_("no hold was found there: name another reference, or call")
                : N_("find the hold and say which it is, comity tied --match MATCHED, or ask who sent it");
        return "MLA_WITHOUT_HOLD";
    }
    return NULL;
}

static void add_tie(struct worklist *w, const struct tie *tie)
{
    struct call *call = w->call;
    const char *next = NULL;
    const char *what = what_waits(tie, &next);
    if (what == NULL || !is_wanted(w, what)) {
        return;
    }
    json_t *json = json_object();
    put_text(call, json, "what", what);
    if (!tie->alone) {
        put_case(call, json, "link", &tie->link);
    }
    if (is_move(tie)) {
        put_case(call, json, "entry", &tie->link);
    }
    put_case(call, json, "hold", case_known(&tie->here).size != 0 ? &tie->here : &tie->hold);
    put_text(call, json, "hold_reference", tie->hold_reference);
    put_case(call, json, "mla", &tie->mla);
    put_text(call, json, "mla_reference", tie->mla_reference);
    put_text(call, json, "channel", channel_name(tie->channel));
    put_text(call, json, "why", why_ended(tie->why));
    put_text(call, json, "with", tie->other.text);
    put_text(call, json, "overdue", tie->overdue);
    if (tie->item != 0) {
        put_number(call, json, "item", tie->item);
    }
    put_ms(call, json, "since", tie->at_ms);
    put_text(call, json, "next", say(call->words, next));
    append(call, w->list, json);
}

static void add_ties(struct worklist *w)
{
    struct tie *ties = arena_zero(w->call->arena, ENTRIES_MAX, sizeof *ties);
    size_t count = ties == NULL ? 0 : ENTRIES_MAX;
    enum ties_open which =
        w->only != NULL && strcmp(w->only, ASSISTANCE_ENDED) == 0 ? TIES_ENDING : TIES_OPEN;
    while (count == ENTRIES_MAX && !is_full(w)) {
        count = store_ties_open(w->call->node->store, which, &w->id, ENTRIES_MAX, w->call->arena, ties);
        for (size_t i = 0; i < count && !is_full(w); i++) {
            add_tie(w, &ties[i]);
            w->id = ties[i].link;
        }
    }
}

/* --- entered by hand, and not yet for a hold --- */

static void add_loose(struct worklist *w)
{
    struct call *call = w->call;
    struct logged_mla *loose = arena_zero(call->arena, w->max, sizeof *loose);
    size_t room = w->max - json_array_size(w->list);
    size_t count =
        loose == NULL ? 0 : store_logged_mla_loose(call->node->store, w->number, room, call->arena, loose);
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_object();
        put_text(call, json, "what", "MLA_WITHOUT_HOLD");
        put_text(call, json, "mla_reference", loose[i].reference);
        put_text(call, json, "from", loose[i].from);
        put_text(call, json, "channel", channel_name(loose[i].channel));
        put_ms(call, json, "since", loose[i].received_ms);
        put_text(call, json, "next",
                 say(call->words, N_("find out which hold it is for, and enter it again with that")));
        append(call, w->list, json);
        w->number = loose[i].number;
    }
}

/* --- holds that nothing keeps open --- */

static void add_hold(struct worklist *w, const struct case_row *row)
{
    struct call *call = w->call;
    json_t *json = json_object();
    bool of_q = row->own_side == SIDE_Q;
    put_text(call, json, "what", "HOLD_WITHOUT_MLA");
    put_hex(call, json, "hold", bytes_of(row->id.bytes, sizeof row->id.bytes));
    put_text(call, json, "hold_reference", of_q ? row->q_reference : row->r_reference);
    put_text(call, json, "with", of_q ? row->r.text : row->q.text);
    put_ms(call, json, "since", row->created_ms);
    put_ms(call, json, "due", row->own_dues == 0 ? row->their_due_ms : row->own_due_ms);
    put_text(call, json, "next",
             say(call->words, of_q ? N_("send the request for assistance that it is for, or withdraw it")
                                   : N_("see whether a request for assistance has come for it")));
    append(call, w->list, json);
}

static void add_holds(struct worklist *w)
{
    struct call *call = w->call;
    struct case_row *rows = arena_zero(call->arena, w->max, sizeof *rows);
    size_t room = w->max - json_array_size(w->list);
    size_t count =
        rows == NULL ? 0 : store_cases_held(call->node->store, w->number, &w->id, room, call->arena, rows);
    for (size_t i = 0; i < count; i++) {
        add_hold(w, &rows[i]);
        w->number = rows[i].created_ms;
        w->id = rows[i].id;
    }
}

static void fill(struct worklist *w)
{
    static const struct {
        void (*add)(struct worklist *);
        const char *what; /* of all its entries; NULL: each says its own */
    } sections[SECTIONS] = {
        {add_ties, NULL}, {add_loose, "MLA_WITHOUT_HOLD"}, {add_holds, "HOLD_WITHOUT_MLA"}};
    for (;;) {
        if (sections[w->section].what == NULL || is_wanted(w, sections[w->section].what)) {
            sections[w->section].add(w);
        }
        if (is_full(w) || w->section + 1 == SECTIONS) {
            return;
        }
        w->section++;
        w->number = 0;
        memset(&w->id, 0, sizeof w->id);
    }
}

void view_worklist(struct call *call)
{
    struct worklist w = {.call = call, .only = query_value(call, "what")};
    const char *after = NULL;
    if (!call_has_roster(call) || !page_asked(call, ENTRIES_MAX, &w.max, &after)) {
        return;
    }
    if (after != NULL && !place_read(after, &w)) {
        answer_no_page(call);
        return;
    }
    w.list = json_array();
    fill(&w);
    json_t *json = json_object();
    put(call, json, "entries", w.list);
    if (is_full(&w)) {
        put_text(call, json, "more", place_text(&w));
    }
    answer_json(call, json);
}
