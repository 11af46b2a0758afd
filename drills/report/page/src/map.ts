// SPDX-License-Identifier: Apache-2.0
/* The map, and the same as a table. */
import { type Child, fitted, folded, h, section } from './dom';
import { count, percent, span } from './format';
import { class_name } from './names';
import { ARROWS, arrows, map_picture } from './map_picture';
import type { Drill } from './read';
import { table } from './table';
import { texts } from './texts';

const t = texts.map;
const LISTED = 200;

export function map(drill: Drill): HTMLElement {
    const flows = drill.report.flows.slice().sort((a, b) => b.n - a.n);
    const rows = (): Child[][] => flows.slice(0, LISTED).map((f) => [
        f.from,
        f.to,
        f.class ? class_name(f.class) : texts.all,
        count(f.n),
        Object.entries(f.by_type)
            .map(([type, n]) => `${count(n)} ${type}`)
            .join(', '),
        f.on_time === null ? texts.none : percent(f.on_time),
        f.n < 5 ? texts.none : span(f.p50),
    ]);
    const real = drill.report.states.filter((st) => st.real).length;
    const where = real === 0 ? t.ring : real < drill.report.states.length ? `${t.world} ${t.below}` : t.world;
    const ways = arrows(drill).length;
    return section(
        'map',
        t.title,
        h('p', {}, `${t.how} ${where}`),
        ways > ARROWS && h('p', { class: 'note' }, t.widest(count(ARROWS), count(ways))),
        fitted((width) => map_picture(drill, width, t.label, false).element),
        folded(texts.show_as_table, () => [
            table({
                caption: t.flows,
                columns: [
                    { head: t.from },
                    { head: t.to },
                    { head: texts.class },
                    { head: t.n, num: true },
                    { head: t.types },
                    { head: t.on_time, num: true },
                    { head: t.p50, num: true },
                ],
                rows: rows(),
            }),
            ...(flows.length > LISTED ? [h('p', { class: 'note' }, texts.more(count(LISTED), count(flows.length)))] : []),
        ]),
    );
}
