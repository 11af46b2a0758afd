// SPDX-License-Identifier: Apache-2.0
/* Elements from calls. Texts become text nodes: nothing here, and nothing in the page, reads a string as markup. */

export type Child = Node | string | number | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: Event) => void);
type Attributes = Record<string, Value>;

const SVG = 'http://www.w3.org/2000/svg';

function fill(element: Element, attributes: Attributes, children: Child[]): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (typeof value === 'function') element.addEventListener(name.slice(2), value);
        else element.setAttribute(name, value === true ? '' : String(value));
    }
    for (const child of children) {
        if (child === null || child === undefined || child === false) continue;
        element.append(child instanceof Node ? child : String(child));
    }
}

/** An HTML element; an attribute that is a function listens to the event after "on". */
export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    fill(element, attributes, children);
    return element;
}

export function s<K extends keyof SVGElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): SVGElementTagNameMap[K] {
    const element = document.createElementNS(SVG, tag);
    fill(element, attributes, children);
    return element;
}

let numbered = 0;
/** An id that no other element of the page has. */
export function fresh_id(stem: string): string {
    numbered += 1;
    return `${stem}-${numbered}`;
}

/** Set through the object model, which the page's policy allows; a style attribute in markup it does not. */
export function at_percent<E extends HTMLElement>(element: E, left: number, width?: number): E {
    element.style.left = `${left.toFixed(2)}%`;
    if (width !== undefined) element.style.width = `${width.toFixed(2)}%`;
    return element;
}

const before_print: (() => void)[] = [];
/** What only paper needs is made. What is made so may have pictures of its own: they stand behind it in the list. */
export function make_for_print(): void {
    for (const act of before_print) act();
}

/** Draws into a box of its own, and again when the box has become much wider or narrower. */
export function fitted(draw: (width: number) => Node, at_most = 1060): HTMLElement {
    const box = h('div', { class: 'fitted' });
    let drawn = 0;
    const redraw = (room: number): void => {
        const width = Math.min(at_most, Math.max(280, Math.round(room)));
        if (room === 0 || Math.abs(width - drawn) < 24) return;
        drawn = width;
        box.replaceChildren(draw(width));
    };
    // As the observer measured it: asking the box would lay out the page once more for each picture.
    new ResizeObserver((seen) => redraw(seen.at(-1)?.contentRect.width ?? 0)).observe(box);
    before_print.push(() => redraw(box.clientWidth)); // what was folded has no picture yet
    return box;
}

/** A choice with a label before it; `chosen` gets the value. */
export function choice(
    label: string,
    options: [value: string, text: string][],
    value: string,
    chosen: (value: string) => void,
): HTMLLabelElement {
    const select = h('select', { onchange: () => chosen(select.value) });
    for (const [v, text] of options) select.append(h('option', { value: v, selected: v === value }, text));
    return h('label', { class: 'choice' }, h('span', {}, label), select);
}

/** Folded, and made when somebody opens it, or prints it: few do, and tables of many States are long. */
export function folded(head: Child, make: () => Node[], on_paper = true): HTMLDetailsElement {
    const details = h('details', { class: on_paper ? null : 'screen' }, h('summary', {}, head));
    let made = false;
    const fill_once = (): void => {
        if (!made) details.append(...make());
        made = true;
    };
    details.addEventListener('toggle', () => details.open && fill_once());
    if (on_paper) before_print.push(fill_once);
    return details;
}

export function section(id: string, title: string, ...children: Child[]): HTMLElement {
    return h('section', { id, 'aria-labelledby': `${id}-h` }, h('h2', { id: `${id}-h`, tabindex: -1 }, title), ...children);
}
