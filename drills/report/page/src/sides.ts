// SPDX-License-Identifier: Apache-2.0
/* A live exercise of several sides: who gave a record, who is missing, and in what they differ. */
import { h, section } from './dom';
import type { Drill } from './read';
import type { Dispute } from './report';
import { table, told, when, whole } from './table';
import { texts } from './texts';

const t = texts.sides;

function disputes(drill: Drill, differ: Dispute[]): HTMLElement {
    const about = (d: Dispute): string =>
        [drill.find_case(d.case)?.reference, d.letter && `${d.letter} (${d.side} ${d.seq})`].filter(Boolean).join(' ');
    return table({
        caption: t.disputes,
        quiet: true,
        lines: true,
        columns: [t.about, texts.happened.text, t.first, t.second].map((head) => ({ head })),
        rows: differ.map((d) => [
            whole(about(d) || t.drill),
            t.what[d.what] ?? d.what,
            t.says(d.first, told(d.first_says) || t.nothing),
            t.says(d.second, told(d.second_says) || t.nothing),
        ]),
    });
}

export function sides(drill: Drill): HTMLElement | null {
    const { sides: all = [], disputes: differ = [] } = drill.report;
    if (all.length === 0) return null;
    const missing = all.filter((side) => !side.given).map((side) => side.party);
    return section(
        'sides',
        t.title,
        h('p', {}, missing.length === 0 ? t.whole : t.missing(missing.join(', '))),
        table({
            caption: t.caption,
            lines: true,
            columns: [
                { head: t.party },
                { head: t.ended },
                { head: t.cases, num: true },
                { head: t.letters, num: true },
                { head: t.trouble },
                { head: t.hash },
            ],
            rows: all.map((side) => [
                whole(side.party),
                side.given ? when(side.ended) : t.none,
                side.given ? side.cases : '',
                side.given ? side.letters : '',
                side.skipped === 0 ? '' : t.not_read(side.skipped, side.trouble),
                side.hash === null ? '' : h('code', {}, side.hash),
            ]),
        }),
        h('h3', {}, t.disputes),
        differ.length === 0 ? h('p', {}, t.agree) : h('p', { class: 'note' }, t.disputes_how),
        differ.length === 0 ? null : disputes(drill, differ),
    );
}
