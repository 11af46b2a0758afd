// SPDX-License-Identifier: Apache-2.0
/* Each expectation of the scenario, and what came of it. */
import { choice, h, section } from './dom';
import { count, span } from './format';
import { plain } from './names';
import { type Drill, unique } from './read';
import type { Expectation } from './report';
import { result_mark } from './summary';
import { table, when, whole } from './table';
import { texts } from './texts';

const t = texts.expectations;

function margin(e: Expectation): string {
    if (e.margin === null) return texts.none;
    return e.margin < 0 ? t.late_by(span(-e.margin)) : t.spare(span(e.margin));
}

export function expectations(drill: Drill): HTMLElement {
    const all = drill.report.expectations;
    if (all.length === 0) return section('expectations', t.title, h('p', {}, t.none));
    const box = h('div', { 'aria-live': 'polite' });
    const show = (result: string): void => {
        const rows = all
            .filter((e) => result === '' || e.result === result)
            .map((e) => [
                h('span', {}, h('strong', {}, e.who), ` ${plain(e.what)}`, h('small', {}, ` ${e.of}`)),
                when(e.by),
                when(e.at),
                margin(e),
                result_mark(e.result),
                count(e.weight),
                whole(String(drill.find_case(e.case)?.reference ?? e.case ?? texts.none)),
            ]);
        box.replaceChildren(
            table({
                caption: t.caption,
                lines: true,
                columns: [
                    { head: t.what },
                    { head: t.by },
                    { head: t.at },
                    { head: t.margin },
                    { head: t.result },
                    { head: t.weight, num: true },
                    { head: texts.cases.reference },
                ],
                rows,
            }),
        );
    };
    show('');
    const kinds = unique(all.map((e) => e.result)).map((r): [string, string] => [r, texts.summary.results[r] ?? r]);
    return section('expectations', t.title, choice(t.show, [['', texts.all], ...kinds], '', show), box);
}
