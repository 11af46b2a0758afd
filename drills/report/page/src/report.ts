// SPDX-License-Identifier: Apache-2.0
/*
 * report.json, format comity-drill-report-1: the contract between who measures (drills/report/*.c) and this page. The same keys as
 * a table: docs/drills/report.md. All times are ms since 1970 UTC, all spans ms, shares permille, all whole numbers (places on the
 * map aside); what is absent is null. A key with a question mark may be left out: an older writer's report still opens.
 *
 * Texts come from scenarios and from people. They are shown as text and never read as markup.
 */

export type Ms = number;
export type Class = 'E' | 'U' | 'R';
export type Hours = 'all' | 'S' | 'C' | 'X';
export type Clock = 'gross' | 'net' | 'staffed';
export type Result = 'met' | 'late' | 'missed' | 'open' | 'cut';
/** Of an inject (D1). */
export type InjectState = 'planned' | 'released' | 'received' | 'done' | 'skipped' | 'unknown';
export type DisputeWhat =
    | 'reference'
    | 'kind'
    | 'class'
    | 'letter'
    | 'signed'
    | 'accepted'
    | 'delivered'
    | 'opened'
    | 'effect'
    | 'STOP';
/** A case where one is named: its id, else its reference; as a number, its row in `cases`. */
export type CaseName = string | number;
type Cell = string | number | boolean | null;

/** Rows by named columns: compact, and open to more columns. */
export interface Rows {
    columns: string[];
    rows: Cell[][];
}

export interface Report {
    format: 'comity-drill-report-1';
    title: string;
    summary: string;
    teaches: string | null;
    inspired_by: string | null;
    /** A word of the traffic light protocol. */
    classification: string | null;
    way: 'world' | 'rehearsal' | 'live';
    /** The exercise's id in hex; null where none was made, as in a world. */
    exercise: string | null;

    scenario_hash: string;
    transcript_hash: string;
    /** A string where it does not fit 53 bits. */
    seed: number | string;
    build: string;
    /** What to type to run it again. */
    command: string;

    clock: {
        start: Ms;
        end: Ms;
        zone: string;
        compression: number;
        frozen_ms: Ms;
        jumps: { at: Ms; to: Ms }[];
    };

    /** Three sentences at most. */
    headline: string[];
    answers: { id: string; question: string; answer: string; at: Ms | null; span: Ms | null }[];
    objectives: Objective[];
    expectations: Expectation[];
    states: State[];
    measures: Measure[];
    buckets: Buckets[];
    people: Load[];
    heat: Heat[];
    flows: Flow[];
    bottlenecks: Bottleneck[];
    lapses: Lapse[];
    injects: Inject[];
    faults: { id: string; kind: string; where: string; from: Ms; until: Ms | null }[];
    notes: { at: Ms; by: string; case: CaseName | null; text: string; corrects: string | null }[];
    /** Of a live exercise of several sides: who gave a record, and in what they differ. */
    sides?: Side[];
    disputes?: Dispute[];
    /** Columns: the keys of Case. */
    cases: Rows;
    /** Columns: the keys of CaseEvent. In order of time. */
    events: Rows;
    /** Whether `events` has those of all cases, or of those that matter most. */
    events_of: 'all' | 'some';
    improvements: Improvement[];
    /** Parameters of the load model, with how sure they are: name -> {value, sure: h, m or l}. */
    load: Record<string, { value: string | number; sure: string }> | null;
}

export interface Objective {
    id: string;
    text: string;
    met: number;
    missed: number;
    open: number;
    weight_met: number;
    weight: number;
}

export interface Expectation {
    id: string;
    objective: string | null;
    who: string;
    what: string;
    of: string;
    by: Ms;
    weight: number;
    /** cut: the drill ended, or froze, before it could be said. */
    result: Result;
    at: Ms | null;
    /** by - at: negative when late. */
    margin: Ms | null;
    case: CaseName | null;
}

export interface State {
    code: string;
    name: string;
    zone: string;
    lat: number | null;
    lon: number | null;
    /** The code is one of ISO 3166, and stands at its place on the map. */
    real: boolean;
    white_cell: boolean;
    parties: { address: string; role: string; desk: string; people: number }[];
}

export interface Measure {
    /** M1 to M27, D1 to D5. */
    id: string;
    word: string;
    /** From what to what. */
    text: string;
    kind: 'span' | 'share' | 'count';
    targets: Record<Class, Ms | null>;
    rows: MeasureRow[];
    /** Share of those done by a span, by Kaplan and Meier; at most 200 points a curve. */
    curve: { class: Class | null; state: string | null; points: [Ms, number][] }[];
    /** What was left out, and why (duplicates, void letters, white cell). */
    left_out?: { why: string; n: number }[];
}

export interface MeasureRow {
    /** null: of no case, as a shift or an inject. */
    class: Class | null;
    /** null: all of them. */
    state: string | null;
    /** When the time started at who owes: staffed, on call, closed. */
    hours: Hours;
    clock: Clock;
    n: number;
    done: number;
    open: number;
    missed: number;
    left: number;
    p50: Ms | null;
    p90: Ms | null;
    p99: Ms | null;
    worst: Ms | null;
    /** The curve does not reach every percentile: the last observed stands in `worst`. */
    beyond: boolean;
    /** Those whose whole target time has passed, and of them those in time. Of a share: those decided, and those that were so. */
    mature: number;
    on_time: number;
    /** Each span, when n < 5. */
    values?: Ms[];
}

/** Where the time went (M20): `ms` beside `names`, each moment in one of them. */
export interface Buckets {
    class: Class;
    state: string | null;
    names: string[];
    ms: Ms[];
    cases: number;
}

/** Of one desk on one day (D5), by the hour; hours that were alike are one, over `span`. */
export interface Load {
    party: string;
    day: string | number;
    /** busy_ms: in each hour; queue: what waited at its end, read or not. */
    hours: { at: Ms; span: Ms; staffed: number; busy_ms: Ms; queue: number }[];
}

/** By the local time of the State, Monday 00:00 first: cells[day * 24 + hour] = [n, median]. */
export interface Heat {
    state: string;
    measure: string;
    class?: Class;
    cells: [number, Ms | null][];
}

export interface Flow {
    from: string;
    to: string;
    class?: Class;
    n: number;
    by_type: Record<string, number>;
    /** Permille; null when nothing is due yet. */
    on_time: number | null;
    p50: Ms | null;
}

export interface Bottleneck {
    rank: number;
    state: string;
    party: string;
    bucket: string;
    ms: Ms;
    share: number;
    text: string;
    what_if: string | null;
}

export interface Lapse {
    case: CaseName;
    item: number;
    at: Ms;
    /** EXPIRED, LAW_END or LOST. */
    what: string;
    owed_by: string;
    owed_what: string;
    text: string;
}

/** A side of a live exercise; what is not given is not known. */
export interface Side {
    party: string;
    given: boolean;
    hash: string | null;
    ended: Ms | null;
    cases: number;
    letters: number;
    skipped: number;
    trouble: string;
}

/** Two sides say something else of a case, of one of its letters, or of the drill. */
export interface Dispute {
    what: DisputeWhat;
    case: CaseName | null;
    letter: string | null;
    side: 'Q' | 'R' | null;
    seq: number | null;
    first: string;
    first_says: string;
    second: string;
    /** Empty: it does not have it. */
    second_says: string;
}

export interface Inject {
    id: string;
    kind: string;
    planned: Ms | null;
    released: Ms | null;
    received: Ms | null;
    state: InjectState;
    to: string;
    text: string;
}

export interface Improvement {
    finding: string;
    measure: string | null;
    state: string | null;
    suggestion: string;
    /** Empty: to be filled in by people. */
    owner: string;
    date: string;
}

/** A row of `cases`. The times are those of its earliest item, from the broker where it has them. */
export interface Case {
    reference: string;
    id: string;
    machine: string;
    /** null: no letter of it said so. */
    class: Class | null;
    from: string;
    to: string;
    /** The request was accepted. */
    opened: Ms;
    delivered: Ms | null;
    /** First letter that an officer of the requested side signed. */
    acknowledged: Ms | null;
    decided: Ms | null;
    held_from: Ms | null;
    hold_until: Ms | null;
    /** Assistance was received. */
    mla: Ms | null;
    /** When the data die if nobody acts. */
    dies: Ms | null;
    ended: Ms | null;
    result: string | null;
    inject: string | null;
}

/** A row of `events`. */
export interface CaseEvent {
    /** Row in `cases`. */
    case: CaseName;
    at: Ms;
    /** Who did it: the writer of what was sealed or accepted, the reader of what was delivered or opened. */
    party: string;
    /** sealed, accepted, delivered, opened, or another word of the record (called, told, overdue, ...). */
    event: string;
    /** Kind of the letter; null when the event is none of a letter. */
    letter: string | null;
    why: string | null;
    /** The side that wrote the letter, and its number there: the rungs of one letter have the same. */
    side: 'Q' | 'R' | null;
    seq: number | null;
    item: number | null;
    detail: string | null;
}
