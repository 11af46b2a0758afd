// SPDX-License-Identifier: Apache-2.0
/* Every case: found by words, State, class and result; in an order; as a ladder since its request, or by date. */
import { choice, h, section } from './dom';
import { count, state_of } from './format';
import { CLASSES, class_name, plain } from './names';
import { type Drill, unique } from './read';
import type { Case, Ms } from './report';
import { case_detail } from './case_detail';
import { case_list } from './case_list';
import { ladder, ladder_legend, ladder_scale } from './ladder';
import { table, when } from './table';
import { texts } from './texts';

const t = texts.cases;
const PRINTED = 40;

type Order = keyof typeof t.orders;

/** How long it took, or has been taking. */
const length = (c: Case, end: Ms): Ms => (c.ended ?? end) - c.opened;

function sorted(cases: Case[], order: Order, end: Ms): Case[] {
    const key: Record<Order, (c: Case) => number> = {
        opened: (c) => c.opened,
        slow: (c) => -length(c, end),
        acknowledged: (c) => -((c.acknowledged ?? end) - (c.delivered ?? c.opened)),
    };
    return cases.slice().sort((a, b) => key[order](a) - key[order](b));
}

/** Paper shows the slowest only: ten thousand rows on it would help nobody. */
function printed(drill: Drill, end: Ms): HTMLElement {
    const some = sorted(drill.cases, 'slow', end).slice(0, PRINTED);
    const scale = ladder_scale('since', some, drill.report.clock.start, end, true);
    return h(
        'div',
        { class: 'paper' },
        table({
            caption: t.printed(count(some.length), count(drill.cases.length)),
            columns: [t.reference, t.way, t.rungs.opened, t.ladder, t.result].map((head) => ({ head })),
            rows: some.map((c) => [
                [c.class, c.reference].filter(Boolean).join(' '),
                `${c.from} → ${c.to}`,
                when(c.opened),
                ladder(c, scale, end),
                c.result ? plain(c.result) : t.open,
            ]),
        }),
    );
}

export function cases(drill: Drill): HTMLElement {
    const { start, end } = drill.report.clock;
    const wanted = {
        words: '',
        state: '',
        class: '',
        result: '',
        order: 'opened' as Order,
        scale: 'since' as 'since' | 'calendar',
    };
    const said = new Map<Case, string>(); // of a case, for the search: made when first looked for
    const words_of = (c: Case): string => {
        const known =
            said.get(c) ??
            [c.reference, c.id, c.from, c.to, c.machine, c.inject, c.result && plain(c.result)].join(' ').toLowerCase();
        said.set(c, known);
        return known;
    };
    const shown = h('p', { class: 'note', role: 'status' });
    const place = h('div', {});
    const narrow = matchMedia('(max-width: 640px)');
    const list = case_list(end, (c) => {
        place.replaceChildren(
            case_detail(drill, c, () => {
                place.replaceChildren();
                list.focus();
            }),
        );
        place.querySelector('h3')?.focus();
    });

    const update = (): void => {
        const words = wanted.words.toLowerCase().split(/\s+/).filter(Boolean);
        const found = drill.cases.filter(
            (c) =>
                (wanted.class === '' || c.class === wanted.class) &&
                (wanted.state === '' || state_of(c.from) === wanted.state || state_of(c.to) === wanted.state) &&
                (wanted.result === '' || (c.result ?? t.open) === wanted.result) &&
                words.every((w) => words_of(c).includes(w)),
        );
        list.show(sorted(found, wanted.order, end), ladder_scale(wanted.scale, drill.cases, start, end, narrow.matches));
        shown.textContent = `${t.shown(count(found.length), count(drill.cases.length))}. ${t.keys}`;
    };
    const pick =
        <K extends keyof typeof wanted>(key: K) =>
        (value: string): void => {
            wanted[key] = value as (typeof wanted)[K];
            update();
        };
    const search = h('input', {
        type: 'search',
        placeholder: t.search_hint,
        oninput: () => pick('words')(search.value),
    });
    const states = unique(drill.cases.flatMap((c) => [state_of(c.from), state_of(c.to)])).sort();
    const results = unique(drill.cases.map((c) => c.result ?? t.open)).sort();
    update();
    return section(
        'cases',
        t.title,
        h('p', { class: 'screen' }, t.how),
        h(
            'div',
            { class: 'controls', role: 'search', 'aria-label': t.title },
            h('label', { class: 'choice wide' }, h('span', {}, t.search), search),
            choice(texts.state, [['', t.any_state], ...states.map((c): [string, string] => [c, c])], '', pick('state')),
            choice(
                texts.class,
                [['', t.any_class], ...CLASSES.map((c): [string, string] => [c, class_name(c)])],
                '',
                pick('class'),
            ),
            choice(
                t.result,
                [['', t.any_result], ...results.map((r): [string, string] => [r, plain(r)])],
                '',
                pick('result'),
            ),
            choice(t.order, Object.entries(t.orders), wanted.order, pick('order')),
            choice(t.scale, Object.entries(t.scales), wanted.scale, pick('scale')),
        ),
        ladder_legend(),
        shown,
        list.element,
        place,
        drill.cases.length > 0 && printed(drill, end),
        drill.report.events_of === 'some' &&
            h('p', { class: 'note' }, t.letters_of(count(new Set(drill.events.map((e) => e.case)).size))),
    );
}
