// SPDX-License-Identifier: Apache-2.0
/* The report as it lies in the page, with its compact rows taken apart once. */
import type { Case, CaseEvent, CaseName, Report, Rows, State } from './report';

/** What every section gets. */
export interface Drill {
    report: Report;
    cases: Case[];
    events: CaseEvent[];
    /** Of a case by its id, reference or row. */
    find_case: (name: CaseName | null) => Case | null;
    state: (code: string) => State | undefined;
}

const LISTS = [
    'headline',
    'answers',
    'objectives',
    'expectations',
    'states',
    'measures',
    'buckets',
    'people',
    'heat',
    'flows',
    'bottlenecks',
    'lapses',
    'injects',
    'faults',
    'notes',
    'improvements',
] as const satisfies (keyof Report)[];

function unpack<T>(rows: Rows): T[] {
    const { columns } = rows;
    return rows.rows.map((row) => {
        const object: Record<string, unknown> = {};
        for (let i = 0; i < columns.length; i += 1) object[columns[i] ?? ''] = row[i] ?? null;
        return object as T;
    });
}

/** Cases by id and by reference: an id goes first. */
function by_name(cases: Case[]): Map<string, Case> {
    const names = new Map<string, Case>();
    for (const c of cases) names.set(c.reference, c);
    for (const c of cases) names.set(c.id, c);
    return names;
}

/** Of what lies in the page; throws what is wrong with it. Lists that a writer left out are empty. */
export function read_report(report: Report): Drill {
    if (report.format !== 'comity-drill-report-1') throw new Error(`format: ${String(report.format)}`);
    for (const key of LISTS) (report as unknown as Record<string, unknown>)[key] ??= [];
    report.cases ??= { columns: [], rows: [] };
    report.events ??= { columns: [], rows: [] };
    const cases = unpack<Case>(report.cases);
    let names: Map<string, Case> | null = null; // made when first asked: most writers name a case by its row
    const states = new Map(report.states.map((state) => [state.code, state]));
    const find_case = (name: CaseName | null): Case | null => {
        if (name === null || name === undefined) return null;
        if (typeof name === 'number') return cases[name] ?? null;
        names ??= by_name(cases);
        return names.get(name) ?? null;
    };
    return { report, cases, events: unpack<CaseEvent>(report.events), find_case, state: (code) => states.get(code) };
}

/** In order, without repeats. */
export const unique = <T>(values: T[]): T[] => [...new Set(values)];
