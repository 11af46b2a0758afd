// SPDX-License-Identifier: Apache-2.0
/* What a minister reads in a minute: sentences, answers, and how much of what was expected came. */
import { h, section } from './dom';
import { count, instant, percent, span } from './format';
import { plain } from './names';
import type { Drill } from './read';
import type { Result } from './report';
import { table, whole } from './table';
import { texts } from './texts';

const t = texts.summary;
const RESULTS: readonly Result[] = ['met', 'late', 'missed', 'open', 'cut'];
const SIGNS: Record<Result, string> = { met: '✓', late: '◔', missed: '✗', open: '○', cut: '—' };

/** Result as sign and word: neither needs its colour. */
export function result_mark(result: Result): HTMLElement {
    return h(
        'span',
        { class: `result ${result}` },
        h('span', { 'aria-hidden': 'true' }, SIGNS[result] ?? ''),
        ` ${t.results[result] ?? result}`,
    );
}

function numbers(drill: Drill): HTMLElement {
    const { report } = drill;
    const tally = new Map<Result, number>();
    for (const e of report.expectations) tally.set(e.result, (tally.get(e.result) ?? 0) + 1);
    const list = h('ul', { class: 'numbers' });
    for (const result of RESULTS) {
        const n = tally.get(result) ?? 0;
        if (n === 0 && result !== 'met' && result !== 'missed') continue;
        list.append(
            h(
                'li',
                { class: result },
                h('strong', {}, count(n)),
                ' ',
                result_mark(result),
                h('small', {}, ` ${t.of(report.expectations.length)}`),
            ),
        );
    }
    for (const [n, word] of [
        [report.lapses.length, t.lapses],
        // A link binds two cases, and is none by itself.
        [drill.cases.filter((c) => c.machine !== 'LINK').length, t.cases],
        [report.states.length, t.states],
    ] as const) {
        list.append(h('li', {}, h('strong', {}, count(n)), ' ', word(n)));
    }
    return list;
}

function answers(drill: Drill): HTMLElement | null {
    if (drill.report.answers.length === 0) return null;
    const list = h('dl', { class: 'answers' });
    for (const a of drill.report.answers)
        list.append(h('div', {}, h('dt', {}, a.question), h('dd', { class: 'answer' }, a.answer)));
    return h('div', {}, h('h3', {}, t.answers), list);
}

function objectives(drill: Drill): HTMLElement | null {
    const rows = drill.report.objectives.map((o) => [
        o.text,
        count(o.met),
        count(o.missed),
        count(o.open),
        o.weight > 0 ? percent(Math.round((o.weight_met * 1000) / o.weight)) : texts.none,
        h('input', { class: 'fill short', 'aria-label': t.rating_of(o.text), autocomplete: 'off', maxlength: 40 }),
    ]);
    if (rows.length === 0) return null;
    return h(
        'div',
        {},
        h('h3', {}, t.objectives),
        table({
            caption: t.objectives,
            quiet: true,
            lines: true,
            columns: [
                { head: t.objective },
                { head: t.results.met, num: true },
                { head: t.objective_missed, num: true },
                { head: t.results.open, num: true },
                { head: t.weight, num: true },
                { head: t.rating },
            ],
            rows,
        }),
        h('p', { class: 'note' }, t.rating_note),
    );
}

export function summary(drill: Drill): HTMLElement {
    const { report } = drill;
    const { clock } = report;
    return section(
        'summary',
        t.title,
        h('ul', { class: 'headline' }, ...report.headline.map((sentence) => h('li', {}, sentence))),
        numbers(drill),
        answers(drill),
        objectives(drill),
        h(
            'div',
            { class: 'about' },
            h('h3', {}, t.teaches),
            h('p', {}, report.summary),
            report.teaches && h('p', {}, report.teaches),
            report.inspired_by && h('p', {}, `${t.inspired}: ${report.inspired_by}`),
            h(
                'p',
                {},
                `${texts.ways[report.way] ?? plain(report.way)}. `,
                `${t.period}: `,
                whole(instant(clock.start, false)),
                ' – ',
                whole(instant(clock.end)),
                ` (${span(clock.end - clock.start)}).`,
            ),
        ),
    );
}
