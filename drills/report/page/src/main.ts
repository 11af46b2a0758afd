// SPDX-License-Identifier: Apache-2.0
/* The page: reads the report that lies in it and shows its sections. */
import { appendix } from './appendix';
import { bottlenecks } from './bottlenecks';
import { cases } from './cases';
import { h } from './dom';
import { expectations } from './expectations';
import { happened, lapses } from './happened';
import { heat } from './heat';
import { improvements } from './improvements';
import { map } from './map';
import { people } from './people';
import { type Drill, read_report } from './read';
import { replay } from './replay';
import { summary } from './summary';
import { language, texts } from './texts';
import { turnaround } from './turnaround';

/** In the order of the page. A section that has nothing to say is null and not listed. */
const SECTIONS: ((drill: Drill) => HTMLElement | null)[] = [
    summary,
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

/** Heads and feet of the printed pages: what they say is known here only, so the rule is added here. */
function page_heads(drill: Drill): void {
    const { report } = drill;
    const mark = [texts.exercise, report.classification].filter(Boolean).join(' · ');
    document.styleSheets[0]?.insertRule(
        `@page { @top-left { content: ${css_text(mark)} } @top-right { content: ${css_text(report.title)} } ` +
            `@bottom-left { content: ${css_text(`${texts.appendix.transcript} ${report.transcript_hash.slice(0, 16)}`)} } ` +
            `@bottom-right { content: ${css_text(`${texts.page_of} `)} counter(page) " / " counter(pages) } }`,
    );
}

/** What is folded on the screen is open on paper, and folded again afterwards. */
function open_for_print(): void {
    let opened: HTMLDetailsElement[] = [];
    addEventListener('beforeprint', () => {
        opened = [...document.querySelectorAll('details')].filter((d) => !d.open);
        for (const d of opened) d.open = true;
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

function show(drill: Drill): void {
    const { report } = drill;
    document.title = `${report.title} · ${texts.exercise}`;
    const sections = SECTIONS.map((make) => make(drill)).filter((sec) => sec !== null);
    document.body.replaceChildren(
        h('a', { class: 'skip', href: '#summary' }, texts.skip),
        h(
            'header',
            {},
            h('p', { class: 'banner' }, h('strong', {}, texts.exercise_long), h('span', {}, texts.not_real)),
            h('h1', {}, report.title),
            report.classification && h('p', { class: 'classification' }, report.classification),
        ),
        contents(sections),
        h('main', {}, ...sections),
        h('footer', {}, h('p', {}, `${texts.exercise} · ${texts.not_real}`)),
    );
    page_heads(drill);
}

document.documentElement.lang = language;
open_for_print(); // before the charts, which draw themselves anew when printed
try {
    show(read_report(document.getElementById('report')?.textContent ?? ''));
} catch (error) {
    document.title = texts.unreadable;
    document.body.replaceChildren(
        h('main', {}, h('h1', {}, texts.unreadable), h('p', {}, texts.no_report), h('p', {}, h('code', {}, String(error)))),
    );
    throw error;
}
