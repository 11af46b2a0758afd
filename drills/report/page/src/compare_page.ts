// SPDX-License-Identifier: Apache-2.0
/* compare.json, format comity-drill-compare-1 (drills/report/compare.c): two drills beside each other, what is worse in the second one first. */
import { type Child, choice, h, section } from './dom';
import { count, span, tenths } from './format';
import { class_name, measure_name, plain } from './names';
import { unique } from './read';
import type { Class } from './report';
import { table } from './table';
import { texts } from './texts';

const t = texts.compare;

type Word = 'worse' | 'better' | 'unknown' | 'same';

interface Side {
    title: string;
    way: string;
    scenario_hash: string;
    transcript_hash: string;
    build: string;
    command: string;
}

/** `measure`, `word` and `what` are those of a sweep's column. */
export interface Row {
    measure: string;
    word: string;
    what: string;
    class: Class | null;
    state: string | null;
    unit: 'ms' | 'count' | 'share';
    a: number | null;
    b: number | null;
    /** Of a share the whole, of a time how many were measured. */
    a_of: number | null;
    b_of: number | null;
    /** It had not come by then. */
    a_beyond: boolean;
    b_beyond: boolean;
    /** One of both is of fewer than five. */
    few: boolean;
    result: Word;
}

export interface Compared {
    format: 'comity-drill-compare-1';
    same_scenario: boolean;
    same_transcript: boolean;
    a: Side;
    b: Side;
    rows: Row[];
    better: number;
    worse: number;
    same: number;
}

const SIGNS: Record<Word, string> = { worse: '▼', better: '▲', unknown: '?', same: '=' };
const CLASSES: Record<Word, string> = { worse: 'missed', better: 'met', unknown: 'open', same: 'open' };

/** Throws what is wrong with it. */
export function read_compared(compared: Compared): Compared {
    if (!Array.isArray(compared.rows)) throw new Error('rows');
    return compared;
}

/** As sign and word: neither needs its colour. */
const mark = (result: Word): HTMLElement =>
    h(
        'span',
        { class: `result ${CLASSES[result] ?? ''}` },
        h('span', { 'aria-hidden': 'true' }, SIGNS[result] ?? ''),
        ` ${t.results[result] ?? result}`,
    );

/** Of a share as many as they are: 1 of 2 and 10 of 20 are not the same to whoever decides. */
function value(row: Row, n: number | null, of: number | null, beyond: boolean): Child {
    if (n === null) return texts.none;
    if (row.unit === 'share') return t.of(count(n), count(of ?? 0));
    if (row.unit === 'count') return count(n);
    const text = beyond ? texts.turnaround.beyond(span(n)) : span(n);
    return of === null ? text : h('span', {}, text, h('small', {}, ` ${t.measured(count(of))}`));
}

/** By how much B is more or less; of shares in percentage points, if there are enough for a percentage. */
function apart(row: Row): string {
    if (row.a === null || row.b === null || row.a_beyond || row.b_beyond) return texts.none;
    const share = row.unit === 'share';
    if (share && row.few) return texts.none;
    const [a, b] = share ? [Math.round((row.a * 1000) / (row.a_of ?? 1)), Math.round((row.b * 1000) / (row.b_of ?? 1))] : [row.a, row.b];
    const more = Math.abs(b - a);
    if (more === 0) return texts.none;
    return `${b > a ? '+' : '−'}${share ? t.points(tenths(more)) : row.unit === 'ms' ? span(more) : count(more)}`;
}

function row_name(row: Row): string {
    if (row.what === 'weight') return texts.sweep.weight;
    if (row.what === 'count') return t.lapses;
    if (row.measure === 'expect') return `${texts.sweep.expectation(row.word)}, ${t.what_of[row.what] ?? row.what}`;
    return `${measure_name({ id: row.measure, word: row.word })}: ${t.what_of[row.what] ?? row.what}`;
}

function rows_of(compared: Compared, result: Word, state: string): HTMLElement | null {
    const rows = compared.rows.filter((r) => r.result === result && (state === '' || r.state === state));
    if (rows.length === 0) return null;
    return table({
        caption: `${t.results[result]} (${count(rows.length)})`,
        lines: true,
        columns: [
            { head: texts.measure },
            { head: texts.class },
            { head: texts.state },
            { head: 'A', num: true },
            { head: 'B', num: true },
            { head: t.apart, num: true },
            { head: t.result },
        ],
        rows: rows.map((r) => [
            row_name(r),
            r.class === null ? texts.none : class_name(r.class),
            r.state ?? texts.all,
            value(r, r.a, r.a_of, r.a_beyond),
            value(r, r.b, r.b_of, r.b_beyond),
            apart(r),
            h('span', {}, mark(r.result), r.few && h('small', {}, ` ${t.few}`)),
        ]),
    });
}

function numbers(compared: Compared): HTMLElement {
    const box = h('div', { 'aria-live': 'polite' });
    const states = unique(compared.rows.map((r) => r.state)).filter((st): st is string => st !== null);
    const show = (state: string): void => {
        const same = rows_of(compared, 'same', state);
        const shown = (['worse', 'better', 'unknown'] as const).map((r) => rows_of(compared, r, state));
        box.replaceChildren(...shown.filter((part) => part !== null));
        if (!box.hasChildNodes()) box.append(h('p', {}, t.nothing));
        if (same) box.append(h('details', { class: 'screen' }, h('summary', {}, t.results.same), same));
    };
    show('');
    const options = states.sort().map((code): [string, string] => [code, code]);
    return section('numbers', t.numbers, h('p', {}, t.how), choice(texts.state, [['', texts.all], ...options], '', show), box);
}

function sides(compared: Compared): HTMLElement {
    return table({
        caption: t.sides,
        lines: true,
        columns: [{ head: t.side }, { head: t.title_of }, { head: texts.appendix.rerun }, { head: texts.appendix.transcript }],
        rows: (['a', 'b'] as const).map((side) => [
            side.toUpperCase(),
            `${compared[side].title} (${plain(compared[side].way)})`,
            h('code', {}, compared[side].command),
            h('code', {}, compared[side].transcript_hash),
        ]),
    });
}

export function compare_sections(compared: Compared): HTMLElement[] {
    const list = h('ul', { class: 'numbers' });
    for (const word of ['worse', 'better', 'same'] as const)
        list.append(h('li', { class: CLASSES[word] }, h('strong', {}, count(compared[word])), ' ', mark(word)));
    const about = compared.same_transcript ? t.one_hash : compared.same_scenario ? t.one_scenario : t.two_scenarios;
    return [
        section('summary', texts.summary.title, h('p', {}, about), list, sides(compared)),
        numbers(compared),
    ];
}
