// SPDX-License-Identifier: Apache-2.0
/* The page: reads what lies in it - a report, a sweep, or two reports compared - and shows its sections. */
import { appendix } from './appendix';
import { bottlenecks } from './bottlenecks';
import { cases } from './cases';
import { type Compared, compare_sections, read_compared } from './compare_page';
import { h, make_for_print } from './dom';
import { expectations } from './expectations';
import { happened, lapses } from './happened';
import { heat } from './heat';
import { improvements } from './improvements';
import { map } from './map';
import { people } from './people';
import { type Drill, read_report } from './read';
import { replay } from './replay';
import type { Report } from './report';
import { sides } from './sides';
import { summary } from './summary';
import type { Sweep } from './sweep';
import { read_sweep, sweep_sections } from './sweep_page';
import { language, texts } from './texts';
import { turnaround } from './turnaround';

/** In the order of the page. A section that has nothing to say is null and not listed. */
const SECTIONS: ((drill: Drill) => HTMLElement | null)[] = [
    summary,
    sides,
    expectations,
    turnaround,
    bottlenecks,
    lapses,
    map,
    cases,
    replay,
    heat,
    people,
    happened,
    improvements,
    appendix,
];

/** A text as a string of CSS. */
const css_text = (text: string): string => `"${text.replace(/[^\p{L}\p{N} .,:·–—-]/gu, ' ')}"`;

/** What a page says of itself, whatever is in it. */
interface Head {
    title: string;
    classification: string | null;
    /** In the foot of each printed page. */
    foot: string;
}

/** Heads and feet of the printed pages: what they say is known here only, so the rule is added here. */
function page_heads(head: Head): void {
    const mark = [texts.exercise, head.classification].filter(Boolean).join(' · ');
    document.styleSheets[0]?.insertRule(
        `@page { @top-left { content: ${css_text(mark)}; font-weight: 700; color: #000 } @top-right { content: ${css_text(head.title)} } ` +
            `@bottom-left { content: ${css_text(head.foot)} } ` +
            `@bottom-right { content: ${css_text(`${texts.page_of} `)} counter(page) " / " counter(pages) } }`,
    );
}

/** What is folded on the screen is open on paper, and folded again afterwards. */
function open_for_print(): void {
    let opened: HTMLDetailsElement[] = [];
    addEventListener('beforeprint', () => {
        opened = [...document.querySelectorAll('details')].filter((d) => !d.open);
        for (const d of opened) d.open = true;
        make_for_print();
    });
    addEventListener('afterprint', () => {
        for (const d of opened) d.open = false;
    });
}

function contents(sections: HTMLElement[]): HTMLElement {
    const list = h('ul', {});
    for (const sec of sections)
        list.append(h('li', {}, h('a', { href: `#${sec.id}` }, sec.querySelector('h2')?.textContent)));
    return h('nav', { 'aria-label': texts.contents }, list);
}

const IN_SIGHT = 2; // sections of the first screen
const BUSY_MS = 100; // so long a section waits for a moment without other work
const FIRST_LOOK_MS = 500; // the first screen is drawn and answers by then

/** What lies below the first screen is laid out when the page has nothing else to do, and at once when somebody jumps to a place in it. */
function lay_out_later(sections: HTMLElement[]): void {
    const below = sections.slice(IN_SIGHT);
    const lay_out = (count: number): void => {
        for (const sec of below.splice(0, count)) sec.classList.remove('later');
    };
    const when_idle = globalThis.requestIdleCallback ?? ((then: () => void) => setTimeout(then, BUSY_MS / 2)); // Safari has none
    const idle = (then: () => void): unknown => when_idle(then, { timeout: BUSY_MS });
    const next = (): void => {
        lay_out(1);
        if (below.length > 0) idle(next);
    };
    if (location.hash) return;
    for (const sec of below) sec.classList.add('later');
    // Two frames later the pictures between here and there are drawn, and the place lies where it stays.
    const jump = (hash: string): void => {
        if (!hash || below.length === 0) return;
        lay_out(below.length);
        const place = document.getElementById(hash.slice(1));
        requestAnimationFrame(() => requestAnimationFrame(() => place?.scrollIntoView()));
    };
    addEventListener('click', (event) => jump((event.target as Element).closest('a')?.hash ?? ''), { capture: true });
    addEventListener('hashchange', () => jump(location.hash));
    setTimeout(() => idle(next), FIRST_LOOK_MS);
}

function show(head: Head, sections: HTMLElement[]): void {
    document.title = `${head.title} · ${texts.exercise}`;
    lay_out_later(sections);
    document.body.replaceChildren(
        h('a', { class: 'skip', href: '#summary' }, texts.skip),
        h(
            'header',
            {},
            h('p', { class: 'banner' }, h('strong', {}, texts.exercise_long), h('span', {}, texts.not_real)),
            h('h1', {}, head.title),
            head.classification && h('p', { class: 'classification' }, head.classification),
        ),
        contents(sections),
        h('main', {}, ...sections),
        h('footer', {}, h('p', {}, `${texts.exercise} · ${texts.not_real}`)),
    );
    page_heads(head);
}

function show_report(report: Report): void {
    const drill = read_report(report);
    const sections = SECTIONS.map((make) => make(drill)).filter((sec) => sec !== null);
    show({ ...report, foot: `${texts.appendix.transcript} ${report.transcript_hash.slice(0, 16)}` }, sections);
}

function show_sweep(of: Sweep): void {
    const sweep = read_sweep(of);
    const title = texts.sweep.title(sweep.title ?? '');
    show({ title, classification: sweep.classification, foot: sweep.build }, sweep_sections(sweep));
}

function show_compared(of: Compared): void {
    const compared = read_compared(of);
    const title = texts.compare.title(compared.a.title, compared.b.title);
    show({ title, classification: null, foot: `${compared.a.build}` }, compare_sections(compared));
}

/** What is no sweep and no comparison is a report, or nothing that this page can show. The text is parsed once: it may be long. */
function show_any(text: string): void {
    const any = JSON.parse(text) as Sweep | Compared | Report;
    if (any.format === 'comity-drill-sweep-1') show_sweep(any);
    else if (any.format === 'comity-drill-compare-1') show_compared(any);
    else show_report(any);
}

document.documentElement.lang = language;
open_for_print();
try {
    show_any(document.getElementById('report')?.textContent ?? '');
} catch (error) {
    document.title = texts.unreadable;
    document.body.replaceChildren(
        h('main', {}, h('h1', {}, texts.unreadable), h('p', {}, texts.no_report), h('p', {}, h('code', {}, String(error)))),
    );
    throw error;
}
