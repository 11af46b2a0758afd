// SPDX-License-Identifier: Apache-2.0
/* Where the time went (M20) as bars that are whole, and the narrowest places with what would have widened them. */
import { choice, fitted, folded, h, s, section } from './dom';
import { percent, permilles, span, tenths } from './format';
import { CLASSES, class_name } from './names';
import { type Drill, unique } from './read';
import type { Buckets, Ms } from './report';
import { table } from './table';
import { texts } from './texts';
import { part } from './textures';

const t = texts.bottlenecks;
const NUMBERED = 26; // px: room for the number of a part
const LETTER = 7.4; // px: of its name, if that fits, too
const BAR = 34;
const SHOWN = 24; // bars at once
const MOST = 850; // permille: a part that leaves the others no room; they are drawn once more

/** What stands over a bar; `ms` beside the names of its parts. */
interface Bar {
    title: string;
    names: string[];
    ms: Ms[];
}

const bar_name = (b: Buckets): string => `${class_name(b.class)}${b.state ? ` · ${b.state}` : ''}`;

/** Parts that any of the bars has, by their place in the list of all. */
const parts_of = (bars: Buckets[]): string[] => unique(bars.flatMap((b) => b.names.filter((_, i) => (b.ms[i] ?? 0) > 0)));

const bar_of = (b: Buckets): Bar => ({ title: `${bar_name(b)} · ${t.cases(b.cases)}`, names: b.names, ms: b.ms });

/** All of it; and where one part fills most of that, the others once more, as long as a bar is. */
function with_rest(b: Buckets): Bar[] {
    const shares = permilles(b.ms);
    const most = shares.indexOf(Math.max(...shares));
    const rest = 1000 - (shares[most] ?? 0);
    if (rest === 0 || rest > 1000 - MOST) return [bar_of(b)];
    const title = `${bar_name(b)} · ${t.rest(tenths(rest))}`;
    return [bar_of(b), { title, names: b.names, ms: b.ms.map((ms, i) => (i === most ? 0 : ms)) }];
}

function picture(bars: Bar[], parts: string[], width: number): SVGElement {
    const svg = s('svg', {
        class: 'chart stack',
        viewBox: `0 0 ${width} ${bars.length * (BAR + 26) + 4}`,
        role: 'img',
        'aria-label': t.label(bars.map((b) => b.title).join(', ')),
    });
    bars.forEach((b, row) => {
        const y = row * (BAR + 26) + 20;
        svg.append(s('text', { class: 'name', x: 0, y: y - 5 }, b.title));
        const shares = permilles(b.ms);
        let x = 0;
        b.names.forEach((name, i) => {
            const wide = ((shares[i] ?? 0) * width) / 1000;
            if (wide <= 0) return;
            const no = parts.indexOf(name);
            const drawn = part(no, x, y, wide, BAR);
            drawn.append(s('title', {}, `${name}: ${tenths(shares[i] ?? 0)}`));
            svg.append(drawn);
            const long = `${no + 1} ${name}`;
            const label = wide >= long.length * LETTER + 20 ? long : wide >= NUMBERED ? String(no + 1) : '';
            if (label) {
                const plate = label.length * LETTER + 8;
                svg.append(
                    s('rect', {
                        class: 'plate',
                        x: x + (wide - plate) / 2,
                        y: y + BAR / 2 - 9,
                        width: plate,
                        height: 18,
                        rx: 9,
                    }),
                    s('text', { class: 'part-no', x: x + wide / 2, y: y + BAR / 2 + 4, 'text-anchor': 'middle' }, label),
                );
            }
            x += wide;
        });
    });
    return svg;
}

function numbers(bars: Buckets[], parts: string[], caption: string): HTMLElement {
    const shares = bars.map((b) => permilles(b.ms));
    const rows = parts.map((name, no) => [
        `${no + 1} ${name}`,
        ...bars.map((b, i) => {
            const at = b.names.indexOf(name);
            const share = shares[i]?.[at] ?? 0;
            const ms = b.ms[at] ?? 0;
            if (ms === 0) return texts.none;
            return h('span', {}, share === 0 ? t.little : tenths(share), h('small', {}, ` ${span(ms)}`));
        }),
    ]);
    const sum = bars.map((b) =>
        h(
            'span',
            {},
            h('b', {}, tenths(b.ms.some((ms) => ms > 0) ? 1000 : 0)),
            h('small', {}, ` ${span(b.ms.reduce((a, ms) => a + ms, 0))}`),
        ),
    );
    return table({
        caption,
        class: 'tight',
        columns: [{ head: t.part }, ...bars.map((b) => ({ head: bar_name(b), num: true }))],
        rows: [...rows, [h('b', {}, t.sum), ...sum]],
    });
}

function worst(drill: Drill): HTMLElement | null {
    const rows = drill.report.bottlenecks
        .slice()
        .sort((a, b) => a.rank - b.rank)
        .map((b) => [
            `${b.rank}. ${b.party || b.state}: ${b.bucket}`,
            percent(b.share),
            span(b.ms),
            b.text,
            b.what_if ?? texts.none,
        ]);
    if (rows.length === 0) return null;
    return h(
        'div',
        {},
        h('h3', {}, t.worst),
        table({
            caption: t.worst,
            quiet: true,
            lines: true,
            columns: [
                { head: t.where },
                { head: t.share, num: true },
                { head: t.time, num: true },
                { head: texts.happened.text },
                { head: t.what_if },
            ],
            rows,
        }),
    );
}

/** All of them if they are few, else those of one State at a time, which paper leaves out. */
function by_state(parted: Buckets[], parts: string[]): HTMLElement {
    const states = unique(parted.map((b) => b.state ?? '')).sort();
    const few = parted.length <= SHOWN;
    const box = h('div', {});
    const show = (bars: Buckets[]): void => {
        const of_class = CLASSES.map((c) => bars.filter((b) => b.class === c)).filter((some) => some.length > 0);
        const tables = few
            ? of_class.map((some) => numbers(some, parts, t.label(`${t.by_state}, ${class_name(some[0]?.class ?? 'U')}`)))
            : [numbers(bars, parts, t.label(bars[0]?.state ?? ''))];
        box.replaceChildren(
            fitted((width) => picture(bars.map(bar_of), parts, width)),
            ...tables,
        );
    };
    const pick = (state: string): void => show(parted.filter((b) => b.state === state));
    const options = states.map((code): [string, string] => [code, code]);
    return folded(
        t.by_state,
        () => {
            if (few) show(parted);
            else pick(states[0] ?? '');
            return few ? [box] : [choice(texts.state, options, states[0] ?? '', pick), box];
        },
        few,
    );
}

export function bottlenecks(drill: Drill): HTMLElement | null {
    const by_class = (a: Buckets, b: Buckets): number => CLASSES.indexOf(a.class) - CLASSES.indexOf(b.class);
    const some = drill.report.buckets.filter((b) => b.ms.some((ms) => ms > 0));
    if (some.length === 0 && drill.report.bottlenecks.length === 0) return null;
    const whole = some.filter((b) => b.state === null).sort(by_class);
    const parted = some
        .filter((b) => b.state !== null)
        .sort((a, b) => by_class(a, b) || ((a.state ?? '') < (b.state ?? '') ? -1 : 1));
    const parts = parts_of(some);
    return section(
        'bottlenecks',
        t.title,
        h('p', {}, t.how),
        worst(drill),
        h('h3', {}, t.all_states),
        fitted((width) => picture(whole.flatMap(with_rest), parts, width)),
        numbers(whole, parts, t.label(t.all_states)),
        parted.length > 0 && by_state(parted, parts),
    );
}
