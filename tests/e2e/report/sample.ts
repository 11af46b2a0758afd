// SPDX-License-Identifier: Apache-2.0
/*
 * A report as a drill would write it, for the tests of the page: the same numbers each time, plausible, and of no drill that was
 * played. Percentiles are those of what came, not by Kaplan and Meier: the page shows numbers and computes none.
 *
 * write_sample.ts writes it; that of 60 cases is tests/data/report/long-weekend.json.
 */
import type {
    Buckets,
    Case,
    CaseEvent,
    Class,
    Expectation,
    Flow,
    Heat,
    Hours,
    Load,
    Measure,
    MeasureRow,
    Ms,
    Report,
    Rows,
    State,
} from '../../../drills/report/page/src/report';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2016, 1, 4, 12);
const CLASSES: readonly Class[] = ['E', 'U', 'R'];
const TARGETS: Record<string, Record<Class, Ms>> = {
    M1: { E: 30 * MINUTE, U: HOUR, R: 12 * HOUR },
    M4: { E: 4 * HOUR, U: 24 * HOUR, R: 72 * HOUR },
    M5: { E: 12 * HOUR, U: 48 * HOUR, R: 5 * DAY },
};

/** xorshift32: whole numbers below `n`, the same on every machine. */
function random(seed: number): (n: number) => number {
    let x = seed;
    return (n) => {
        x ^= x << 13;
        x ^= x >>> 17;
        x ^= x << 5;
        return (x >>> 0) % n;
    };
}

const LONG_WEEKEND: [code: string, name: string, zone: string, offset: number, lat: number, lon: number][] = [
    ['BD', 'Bangladesh', 'Asia/Dhaka', 6, 23.8, 90.4],
    ['US', 'United States', 'America/New_York', -5, 40.7, -74],
    ['PH', 'Philippines', 'Asia/Manila', 8, 14.6, 121],
    ['LK', 'Sri Lanka', 'Asia/Colombo', 5, 6.9, 79.9],
];

function fictional(n: number): typeof LONG_WEEKEND {
    const zones: [string, number][] = [
        ['Asia/Manila', 8],
        ['Europe/Paris', 1],
        ['Africa/Lagos', 1],
        ['America/Lima', -5],
    ];
    return Array.from({ length: n }, (_, i) => {
        const [zone, offset] = zones[i % zones.length] ?? ['UTC', 0];
        const code = `${'QX'[Math.floor(i / 26) % 2]}${String.fromCharCode(65 + (i % 26))}`;
        return [code, `State of ${code}`, zone, offset, 0, 0];
    });
}

const hex = (n: number, digits: number, pick: (n: number) => number): string =>
    Array.from({ length: digits }, () => pick(16).toString(16)).join('') + (n < 0 ? '' : n.toString(16).padStart(4, '0'));

const quantile = (sorted: Ms[], share: number): Ms | null =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;

/** Desk's local hour decides: 8 to 17 on weekdays there are people. */
function hours_at(ms: Ms, offset: number): Hours {
    const there = new Date(ms + offset * HOUR);
    const week_end = there.getUTCDay() === 0 || there.getUTCDay() === 6;
    const hour = there.getUTCHours();
    if (!week_end && hour >= 8 && hour < 17) return 'S';
    return hour >= 17 || hour < 1 ? 'C' : 'X';
}

function make_cases(n: number, states: typeof LONG_WEEKEND, spread: Ms, end: Ms, pick: (n: number) => number): Case[] {
    const cases: Case[] = [];
    for (let i = 0; i < n; i += 1) {
        const from = states[i % 5 === 0 ? pick(states.length) : 0] ?? states[0];
        const to = states[1 + pick(states.length - 1)];
        if (!from || !to || from === to) {
            i -= 1;
            continue;
        }
        const kind: Class = i % 9 === 0 ? 'E' : i % 4 === 3 ? 'R' : 'U';
        const opened = START + 90 * MINUTE + Math.floor((i * spread) / n) + pick(HOUR);
        const delivered = opened + 800 + pick(4000);
        const asleep = { S: 8, C: 26, X: 240, all: 1 }[hours_at(delivered, to[3])];
        const seen = delivered + (4 + pick(20 + asleep * 2)) * MINUTE;
        const silent = i % 17 === 16;
        const decided = silent ? null : seen + (10 + pick(60 + asleep * 4)) * MINUTE;
        const refused = i % 11 === 10;
        const held = decided === null || refused ? null : decided + (20 + pick(900)) * MINUTE;
        const until = held === null ? null : Math.ceil((held + 60 * DAY) / DAY) * DAY;
        const mla = held !== null && i % 3 === 0 ? held + (20 + pick(36)) * DAY : null;
        const lapsed = held !== null && mla === null && i % 13 === 2;
        const closed = refused
            ? decided
            : mla !== null
              ? mla + (10 + pick(60)) * DAY
              : lapsed && until
                ? until + 80 * HOUR
                : null;
        const result = refused ? 'REFUSED' : lapsed ? 'EXPIRED' : mla !== null ? 'DISCLOSED' : null;
        const past = (ms: Ms | null): Ms | null => (ms !== null && ms <= end ? ms : null);
        cases.push({
            reference: `${from[0]}-NCC-2016-${String(i + 1).padStart(4, '0')}`,
            id: hex(i, 12, pick),
            machine: 'hold',
            class: kind,
            from: `${from[0]}/poc`,
            to: `${to[0]}/poc`,
            opened,
            delivered,
            acknowledged: silent ? null : past(seen),
            decided: past(decided),
            held_from: past(held),
            hold_until: past(held) === null ? null : until,
            mla: past(mla),
            dies: i % 4 === 0 ? opened + (2 + pick(6)) * DAY : null,
            ended: past(closed),
            result: past(closed) === null ? null : result,
            inject: i === 0 ? 'accounts' : i === 1 ? 'correspondent' : null,
        });
    }
    return cases;
}

function make_events(cases: Case[], some: number): CaseEvent[] {
    const events: CaseEvent[] = [];
    cases.slice(0, some).forEach((c, row) => {
        let seq = 0;
        const letter = (kind: string, side: 'Q' | 'R', at: Ms | null, why: string | null = null): void => {
            if (at === null) return;
            seq += 1;
            const [writer, reader] = side === 'Q' ? [c.from, c.to] : [c.to, c.from];
            const one = (event: string, party: string, later: Ms): void => {
                events.push({
                    case: row,
                    at: at + later,
                    party,
                    event,
                    letter: kind,
                    why,
                    side,
                    seq,
                    item: kind === 'HELD' ? 1 : null,
                    detail: null,
                });
            };
            one('sealed', writer, -300);
            one('accepted', writer, 0);
            one('delivered', reader, 1500);
            one('opened', reader, 4 * MINUTE);
        };
        letter('REQUEST', 'Q', c.opened);
        letter('ACK', 'R', c.acknowledged);
        letter(c.result === 'REFUSED' ? 'REFUSED' : 'ORDERED', 'R', c.decided, c.result === 'REFUSED' ? 'SECURITY' : null);
        letter('HELD', 'R', c.held_from);
        letter('MLA_RECEIVED', 'R', c.mla);
        if (c.result === 'EXPIRED') letter('RELEASED', 'R', c.ended, 'EXPIRED');
        if (c.result === 'DISCLOSED') letter('RELEASED', 'R', c.ended, 'DISCLOSED');
    });
    return events.sort((a, b) => a.at - b.at);
}

function pack<T extends object>(columns: (keyof T & string)[], objects: T[]): Rows {
    return { columns, rows: objects.map((o) => columns.map((c) => o[c] as string | number | null)) };
}

function row_of(
    of: Class,
    state: string | null,
    hours: Hours,
    all: Case[],
    rung: 'acknowledged' | 'decided' | 'held_from',
    target: Ms,
    end: Ms,
): MeasureRow | null {
    if (all.length === 0) return null;
    const spans = all
        .filter((c) => c[rung] !== null)
        .map((c) => (c[rung] ?? 0) - (c.delivered ?? 0))
        .sort((a, b) => a - b);
    const mature = all.filter((c) => (c.delivered ?? 0) + target <= end);
    const came = spans.length / all.length;
    const at = (share: number): Ms | null =>
        all.length >= 5 && came >= share ? quantile(spans, share / came - 1e-9) : null;
    return {
        class: of,
        state,
        hours,
        clock: 'gross',
        n: all.length,
        done: spans.length,
        open: all.length - spans.length,
        missed: mature.filter((c) => c[rung] === null || (c[rung] ?? 0) - (c.delivered ?? 0) > target).length,
        left: 0,
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        worst: spans.at(-1) ?? null,
        beyond: came < 0.99,
        mature: mature.length,
        on_time: mature.filter((c) => c[rung] !== null && (c[rung] ?? 0) - (c.delivered ?? 0) <= target).length,
        ...(all.length < 5 ? { values: spans } : {}),
    };
}

function measure(
    id: string,
    word: string,
    text: string,
    rung: 'acknowledged' | 'decided' | 'held_from',
    cases: Case[],
    states: typeof LONG_WEEKEND,
    end: Ms,
): Measure {
    const targets = TARGETS[id] ?? { E: 0, U: 0, R: 0 };
    const rows: MeasureRow[] = [];
    const curve: Measure['curve'] = [];
    for (const c of CLASSES) {
        const of = cases.filter((x) => x.class === c);
        const add = (state: string | null, hours: Hours, all: Case[]): void => {
            const row = row_of(c, state, hours, all, rung, targets[c], end);
            if (row) rows.push(row);
        };
        add(null, 'all', of);
        const net = row_of(c, null, 'all', of, rung, targets[c], end);
        if (net && id === 'M4')
            rows.push({ ...net, clock: 'net', p50: net.p50 === null ? null : Math.round(net.p50 * 0.9) });
        for (const [code, , , offset] of states.slice(0, 30)) {
            const there = of.filter((x) => x.to.startsWith(code));
            add(code, 'all', there);
            for (const hours of ['S', 'C', 'X'] as const)
                add(
                    code,
                    hours,
                    there.filter((x) => hours_at(x.delivered ?? 0, offset) === hours),
                );
        }
        const spans = of
            .filter((x) => x[rung] !== null)
            .map((x) => (x[rung] ?? 0) - (x.delivered ?? 0))
            .sort((a, b) => a - b);
        const step = Math.max(1, Math.ceil(spans.length / 200));
        const points = spans
            .map((ms, i): [Ms, number] => [ms, Math.floor(((i + 1) * 1000) / of.length)])
            .filter((_, i) => i % step === 0 || i === spans.length - 1);
        if (points.length > 0) curve.push({ class: c, state: null, points });
    }
    return { id, word, text, kind: 'span', targets, rows, curve, left_out: [{ why: 'duplicates', n: 2 }] };
}

function share(id: string, word: string, text: string, so: number, of: number): Measure {
    const row: MeasureRow = {
        class: 'U',
        state: null,
        hours: 'all',
        clock: 'gross',
        n: of + 3,
        done: of,
        open: 3,
        missed: of - so,
        left: 1,
        p50: null,
        p90: null,
        p99: null,
        worst: null,
        beyond: false,
        mature: of,
        on_time: so,
    };
    return { id, word, text, kind: 'share', targets: { E: null, U: null, R: null }, rows: [row], curve: [] };
}

const BUCKETS = [
    'frozen',
    'transport',
    'recipient away',
    'requesting side owes',
    'closed',
    'on call',
    'staffed, not acknowledged',
    'deciding',
    'custodian',
    'domestic order',
    'assistance, requesting side',
    'translation',
    'assistance, requested side',
    'executing',
    'postponed',
    'evidence transfer',
    'verifying',
];

function make_buckets(states: typeof LONG_WEEKEND, pick: (n: number) => number): Buckets[] {
    const weights = [0, 1, 6, 40, 300, 90, 25, 120, 260, 0, 180, 90, 210, 60, 0, 12, 9];
    const one = (of: Class, state: string | null, cases: number): Buckets => ({
        class: of,
        state,
        names: BUCKETS,
        ms: weights.map((w) => (w * (60 + pick(80)) * cases * MINUTE) / 10),
        cases,
    });
    return CLASSES.flatMap((c) => [one(c, null, 20), ...states.slice(1, 5).map(([code]) => one(c, code, 6))]);
}

function make_people(states: typeof LONG_WEEKEND, pick: (n: number) => number): Load[] {
    return states.slice(0, 4).flatMap(([code, , , offset]) =>
        Array.from({ length: 5 }, (_, day) => ({
            party: `${code}/poc`,
            day: new Date(Date.UTC(2016, 1, 4 + day)).toISOString().slice(0, 10),
            hours: Array.from({ length: 24 }, (__, hour) => {
                const at = Date.UTC(2016, 1, 4 + day, hour);
                const staffed = { S: 2, C: 1, X: 0, all: 0 }[hours_at(at, offset)];
                return { at, span: HOUR, staffed, busy_ms: staffed * pick(50) * MINUTE, queue: staffed === 0 ? 2 + pick(6) : pick(3) };
            }),
        })),
    );
}

function make_heat(states: typeof LONG_WEEKEND, pick: (n: number) => number): Heat[] {
    return states.slice(1, 4).map(([state]) => ({
        state,
        measure: 'M1',
        class: 'U',
        cells: Array.from({ length: 168 }, (_, i): [number, Ms | null] => {
            const [day, hour] = [Math.floor(i / 24), i % 24];
            const n = pick(14);
            const open = day < 5 && hour >= 8 && hour < 17;
            return [n, n < 5 ? null : (open ? 6 + pick(30) : 90 + pick(600)) * MINUTE];
        }),
    }));
}

function make_flows(cases: Case[]): Flow[] {
    const flows = new Map<string, Flow>();
    for (const c of cases) {
        if (c.class === null) continue;
        const [from = '', to = ''] = [c.from.split('/')[0], c.to.split('/')[0]];
        const key = `${from} ${to} ${c.class}`;
        const f = flows.get(key) ?? {
            from,
            to,
            class: c.class,
            n: 0,
            by_type: { preserve: 0 },
            on_time: 800,
            p50: 47 * MINUTE,
        };
        f.n += 1;
        f.by_type['preserve'] = f.n;
        flows.set(key, f);
    }
    return [...flows.values()];
}

function make_expectations(cases: Case[]): Expectation[] {
    const of = (n: number): Case | undefined => cases[n];
    const one = (id: string, n: number, what: string, by: Ms, at: Ms | null, open = false): Expectation => ({
        id,
        objective: n % 2 ? 'told' : 'data',
        who: of(n)?.to.split('/')[0] ?? '',
        what,
        of: id,
        by,
        weight: 1 + (n % 3),
        result: at === null ? (open ? 'open' : 'missed') : at <= by ? 'met' : 'late',
        at,
        margin: at === null ? null : by - at,
        case: of(n)?.id ?? null,
    });
    return cases
        .slice(0, 12)
        .flatMap((c, i) => [
            one(`accounts-${i}`, i, 'acknowledged', c.opened + HOUR, c.acknowledged),
            one(`accounts-${i}`, i, 'held', c.opened + 16 * HOUR, c.held_from, i > 10),
        ]);
}

export function sample(n: number, made_up: boolean): Report {
    const pick = random(20160204);
    const length = n > 100 ? 365 * DAY : 130 * DAY;
    const end = START + length;
    const states = made_up ? fictional(n > 100 ? 40 : 6) : LONG_WEEKEND;
    const cases = make_cases(n, states, n > 100 ? length * 0.8 : 4 * DAY, end, pick);
    const some = Math.min(n, 500);
    const lapsed = cases.filter((c) => c.result === 'EXPIRED').slice(0, 40);
    const expectations = make_expectations(cases);
    const tally = (objective: string, results: string[]): number =>
        expectations.filter((e) => e.objective === objective && results.includes(e.result)).length;
    const objective = (id: string, text: string): Report['objectives'][number] => ({
        id,
        text,
        met: tally(id, ['met']),
        missed: tally(id, ['missed', 'late']),
        open: tally(id, ['open']),
        weight_met: tally(id, ['met']),
        weight: tally(id, ['met', 'missed', 'late', 'open']),
    });
    const [, second = 'US', third = 'PH'] = states.map(([code]) => code);
    const held = cases.find((c) => c.to.startsWith(third) && c.held_from !== null);
    return {
        format: 'comity-drill-report-1',
        title: made_up ? 'A year of requests' : 'The long weekend',
        summary:
            'A theft by forged payment orders on a Thursday evening, and four offices whose weekends and holidays do not fall on the same days.',
        teaches:
            'What round-the-clock points of contact change, and what they cannot: a court that sits on Monday sits on Monday.',
        inspired_by: made_up ? null : 'the 2016 theft from a central bank, by its public record',
        classification: 'TLP:GREEN',
        way: 'world',
        exercise: 'b1946ac92492d2347c6235b4d2611184',
        scenario_hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        transcript_hash: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
        seed: 42,
        build: '9ec72c3d01ab (release)',
        command: `comity drill run drills/scenarios/long-weekend.yaml --set seed=42 --out report`,
        clock: {
            start: START,
            end,
            zone: 'UTC',
            compression: 1,
            frozen_ms: 0,
            jumps: [{ at: START + 5 * DAY, to: START + 57 * DAY }],
        },
        headline: [
            `With points of contact open at all hours, the data of the accounts in ${third} would have been preserved 9 hours 12 minutes after the request.`,
            `As the desks are staffed today it took 3 days 4 hours: two thirds of that time nobody was on duty.`,
            `${lapsed.length} holds ended before assistance came. Each of them could have been extended.`,
        ],
        answers: [
            {
                id: 'data',
                question: `From which minute on were the data of the accounts in ${third} preserved?`,
                answer: 'From Friday 04:12 UTC on',
                at: held?.held_from ?? null,
                span: held?.held_from ? held.held_from - held.opened : null,
            },
            {
                id: 'bank',
                question: 'From which minute on was the bank told?',
                answer: 'Never: the alert was read when the money was gone </script><!-- & </b>',
                at: null,
                span: null,
            },
            {
                id: 'desk',
                question: `What does the staffing of ${second} do to these minutes?`,
                answer: 'Two people more on Saturdays: 41 hours less',
                at: null,
                span: 41 * HOUR,
            },
        ],
        objectives: [
            objective('data', 'Data are safe before they die'),
            objective('told', 'Whoever can stop the money is told'),
        ],
        expectations,
        states: states.map(([code, name, zone, , lat, lon], i): State => ({
            code,
            name,
            zone,
            lat: made_up ? null : lat,
            lon: made_up ? null : lon,
            real: !made_up,
            white_cell: i === 3,
            parties: [{ address: `${code}/poc`, role: 'poc', desk: i === 0 ? '24/7' : 'office', people: 2 }],
        })),
        measures: [
            measure(
                'M1',
                'acknowledge',
                'request delivered, to the first letter that an officer signed',
                'acknowledged',
                cases,
                states,
                end,
            ),
            measure(
                'M4',
                'decide',
                'an item: request delivered, to ordered, held, not held, refused or referred',
                'decided',
                cases,
                states,
                end,
            ),
            measure(
                'M5',
                'safe',
                'an item: request delivered, to held from (declared); what is never held counts',
                'held_from',
                cases,
                states,
                end,
            ),
            share(
                'M6',
                'saved-in-time',
                'an item whose end is known: held from (declared) is not after the data would have died',
                9,
                14,
            ),
            share(
                'M7',
                'kept-for-assistance',
                'an item whose request for assistance was sent: it was received by the date of the hold',
                17,
                19,
            ),
        ],
        buckets: make_buckets(states, pick),
        people: make_people(states, pick),
        heat: make_heat(states, pick),
        flows: make_flows(cases),
        bottlenecks: [
            {
                rank: 1,
                state: third,
                party: `${third}/poc`,
                bucket: 'closed',
                ms: 64 * HOUR,
                share: 412,
                text: 'Requests that came in from Friday evening to Tuesday morning waited for the office to open.',
                what_if: 'One officer on call at weekends: half acknowledged in 25 min in place of 2 d 09 h.',
            },
            {
                rank: 2,
                state: second,
                party: `${second}/poc`,
                bucket: 'custodian',
                ms: 31 * HOUR,
                share: 198,
                text: 'The bank answers orders on working days.',
                what_if: null,
            },
            {
                rank: 3,
                state: states[0]?.[0] ?? '',
                party: '',
                bucket: 'assistance, requesting side',
                ms: 22 * DAY,
                share: 121,
                text: 'Translation began after the draft was signed.',
                what_if: 'Both at once: 12 days earlier, and no hold lapses.',
            },
        ],
        lapses: lapsed.map((c) => ({
            case: c.id,
            item: 1,
            at: c.ended ?? end,
            what: 'EXPIRED',
            owed_by: c.from,
            owed_what: 'an extension, or the request for assistance',
            text: 'The request for assistance was still being translated; nobody asked for an extension.',
        })),
        injects: [
            {
                id: 'accounts',
                kind: 'request',
                planned: START + 2 * HOUR,
                released: START + 2 * HOUR,
                received: START + 2 * HOUR + 3000,
                state: 'done',
                to: `${third}/poc`,
                text: 'Four accounts at one bank: keep their records.',
            },
            {
                id: 'press',
                kind: 'phone',
                planned: START + 30 * HOUR,
                released: START + 31 * HOUR,
                received: null,
                state: 'released',
                to: `${second}/poc`,
                text: 'A newspaper asks whether it is true.',
            },
            {
                id: 'court',
                kind: 'paper',
                planned: START + 9 * DAY,
                released: null,
                received: null,
                state: 'skipped',
                to: `${third}/central`,
                text: 'An order of the court comes by courier.',
            },
        ],
        faults: [{ id: 'line', kind: 'partition', where: third, from: START + 40 * HOUR, until: START + 43 * HOUR }],
        notes: [
            {
                at: START + 5 * HOUR,
                by: `${second} evaluator`,
                case: cases[0]?.id ?? null,
                text: 'The duty officer rang back within four minutes; the number in the directory was the old one.',
                corrects: null,
            },
            {
                at: START + 33 * HOUR,
                by: 'director',
                case: null,
                text: 'The inject was read out one hour late.',
                corrects: 'inject press',
            },
        ],
        cases: pack<Case>(
            [
                'reference',
                'id',
                'machine',
                'class',
                'from',
                'to',
                'opened',
                'delivered',
                'acknowledged',
                'decided',
                'held_from',
                'hold_until',
                'mla',
                'dies',
                'ended',
                'result',
                'inject',
            ],
            cases,
        ),
        events: pack<CaseEvent>(
            ['case', 'at', 'party', 'event', 'letter', 'why', 'side', 'seq', 'item', 'detail'],
            make_events(cases, some),
        ),
        events_of: some < n ? 'some' : 'all',
        improvements: [
            {
                finding: 'Nobody on duty from Friday evening to Tuesday',
                measure: 'M1',
                state: third,
                suggestion: 'An officer on call at weekends and on holidays',
                owner: '',
                date: '',
            },
            {
                finding: 'The number in the directory was out of date',
                measure: 'M23',
                state: second,
                suggestion: 'Ping every contact point each quarter',
                owner: '',
                date: '',
            },
            {
                finding: `${lapsed.length} holds lapsed while assistance was drafted`,
                measure: 'M7',
                state: null,
                suggestion: 'Ask for an extension when the draft is begun',
                owner: '',
                date: '',
            },
        ],
        load: made_up ? { requests: { value: 28000, sure: 'l' }, holds: { value: '70 %', sure: 'm' } } : null,
    };
}
