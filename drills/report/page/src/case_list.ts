// SPDX-License-Identifier: Apache-2.0
/*
 * A list of any length: only the rows in sight are in the page. The box has the focus and names the row that is chosen
 * (aria-activedescendant), so that rows may come and go while a keyboard or a screen reader stands on the list.
 */
import { fresh_id, h } from './dom';
import { class_name, plain } from './names';
import type { Case, Ms } from './report';
import { ladder, ladder_axis, type LadderScale } from './ladder';
import { texts } from './texts';

const t = texts.cases;
const SPARE = 6; // rows above and below those in sight

export interface CaseList {
    element: HTMLElement;
    show: (cases: Case[], scale: LadderScale) => void;
    focus: () => void;
}

const columns = (): string[] => [t.reference, t.way, t.ladder, t.result];

export function case_list(end: Ms, open: (c: Case) => void): CaseList {
    const id = fresh_id('cases');
    const axis = h('div', { class: 'case head', role: 'row' });
    const rows = h('div', { class: 'rows', role: 'rowgroup' });
    const box = h(
        'div',
        { class: 'cases', role: 'grid', tabindex: 0, 'aria-label': t.list },
        h('div', { role: 'rowgroup', class: 'heads' }, axis),
        rows,
    );
    let cases: Case[] = [];
    let scale: LadderScale | null = null;
    let active = 0;

    /** From the style sheet: rows are higher on a narrow screen. */
    const row_height = (): number => Number.parseFloat(getComputedStyle(box).getPropertyValue('--row')) || 40;

    const row = (i: number, height: number): HTMLElement | null => {
        const c = cases[i];
        if (!c || !scale) return null;
        const element = h(
            'div',
            {
                class: `case ${i === active ? 'active' : ''} ${i % 2 ? 'odd' : ''}`,
                role: 'row',
                id: `${id}-${i}`,
                'aria-rowindex': i + 2,
                'aria-selected': i === active ? 'true' : 'false',
                onclick: () => {
                    active = i;
                    open(c);
                    draw();
                },
            },
            h(
                'span',
                { role: 'rowheader', class: 'ref' },
                c.class !== null && h('b', { class: `class ${c.class}`, title: class_name(c.class) }, c.class),
                ` ${c.reference}`,
            ),
            h('span', { role: 'gridcell', class: 'way' }, `${c.from} → ${c.to}`),
            h('span', { role: 'gridcell', class: 'bar' }, ladder(c, scale, end)),
            h('span', { role: 'gridcell', class: 'end' }, c.result ? plain(c.result) : t.open),
        );
        element.style.top = `${i * height}px`;
        return element;
    };

    const draw = (): void => {
        const height = row_height();
        rows.style.height = `${cases.length * height}px`; // first: the box is as high as its rows, up to a limit
        const first = Math.max(0, Math.floor(box.scrollTop / height) - SPARE);
        const last = Math.min(cases.length, Math.ceil((box.scrollTop + box.clientHeight) / height) + SPARE);
        const shown: HTMLElement[] = [];
        // The chosen row stays in the page out of sight, too: the box refers to it.
        if (active < first || active >= last) shown.push(...[row(active, height)].filter((r) => r !== null));
        for (let i = first; i < last; i += 1) shown.push(...[row(i, height)].filter((r) => r !== null));
        rows.replaceChildren(...shown);
        if (cases.length > 0) box.setAttribute('aria-activedescendant', `${id}-${active}`);
        else box.removeAttribute('aria-activedescendant');
    };

    const move = (to: number): void => {
        active = Math.min(cases.length - 1, Math.max(0, to));
        const height = row_height();
        const head = axis.offsetHeight;
        const top = active * height;
        if (top < box.scrollTop) box.scrollTop = top;
        else if (top + height > box.scrollTop + box.clientHeight - head)
            box.scrollTop = top + height + head - box.clientHeight;
        draw();
    };

    box.addEventListener('keydown', (event) => {
        const page = Math.max(1, Math.floor(box.clientHeight / row_height()) - 1);
        const chosen = cases[active];
        const to: Record<string, number> = {
            ArrowDown: active + 1,
            ArrowUp: active - 1,
            PageDown: active + page,
            PageUp: active - page,
            Home: 0,
            End: cases.length - 1,
        };
        const target = to[event.key];
        if (target !== undefined) move(target);
        else if ((event.key === 'Enter' || event.key === ' ') && chosen) open(chosen);
        else return;
        event.preventDefault();
    });
    let waiting = false;
    box.addEventListener('scroll', () => {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
            waiting = false;
            draw();
        });
    });
    new ResizeObserver(draw).observe(box);

    return {
        element: box,
        show: (list, where) => {
            cases = list;
            scale = where;
            active = 0;
            box.scrollTop = 0;
            box.setAttribute('aria-rowcount', String(cases.length + 1));
            axis.replaceChildren(
                ...columns().map((head, i) =>
                    h(
                        'span',
                        { role: 'columnheader', class: ['ref', 'way', 'bar', 'end'][i] ?? '' },
                        i === 2 ? h('span', { class: 'heard' }, head) : head,
                        i === 2 && ladder_axis(where),
                    ),
                ),
            );
            draw();
        },
        focus: () => box.focus(),
    };
}
