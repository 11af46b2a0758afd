// SPDX-License-Identifier: Apache-2.0
/* One case: its rungs with the local time of who climbed them, and each letter from sealed to opened. */
import { h } from './dom';
import { local, span, state_of, to_the_second } from './format';
import { class_name, plain } from './names';
import type { Drill } from './read';
import type { Case, CaseEvent, Ms } from './report';
import { MARKED, type Rung } from './ladder';
import { table, when } from './table';
import { texts } from './texts';

const t = texts.cases;

/** Whose clock stood on the wall: the requesting side's for what it did. */
const BY_ASKER: readonly Rung[] = ['opened'];

function rungs(drill: Drill, c: Case): HTMLElement {
    const names: Rung[] = ['opened', ...MARKED.filter((m) => m !== 'ended'), 'hold_until', 'ended'];
    const rows = names
        .map((rung) => ({ rung, ms: c[rung] }))
        .filter((r): r is { rung: Rung; ms: Ms } => r.ms !== null)
        .sort((a, b) => a.ms - b.ms)
        .map(({ rung, ms }) => {
            const code = state_of(BY_ASKER.includes(rung) ? c.from : c.to);
            const there = drill.state(code);
            return [t.rungs[rung], when(ms), there ? `${code} ${local(ms, there.zone)}` : texts.none, span(ms - c.opened)];
        });
    return table({
        caption: t.ladder,
        quiet: true,
        columns: [{ head: t.rung }, { head: t.time }, { head: t.there }, { head: t.since, num: true }],
        rows,
    });
}

/** Rungs of a letter on one line; what is not of a letter has a line of its own. */
interface Line {
    first: CaseEvent;
    at: Record<string, Ms>;
    remarks: string[];
}

function lines_of(events: CaseEvent[]): Line[] {
    const letters = new Map<string, Line>();
    const all: Line[] = [];
    for (const e of events) {
        const key = e.letter !== null && e.seq !== null ? `${e.side} ${e.seq}` : null;
        let line = key === null ? undefined : letters.get(key);
        if (!line) {
            line = { first: e, at: {}, remarks: [] };
            all.push(line);
            if (key !== null) letters.set(key, line);
        }
        line.at[e.event] ??= e.at;
        const remark = [e.why && plain(e.why), e.item !== null && t.item(e.item), e.detail].filter(Boolean).join(', ');
        if (remark && !line.remarks.includes(remark)) line.remarks.push(remark);
    }
    return all;
}

const RUNGS_OF_LETTER = ['sealed', 'accepted', 'delivered', 'opened'] as const;

function letters(c: Case, events: CaseEvent[]): HTMLElement {
    const rows = lines_of(events).map((line) => {
        // Its first rung as a time, each next as how long it took from the one before.
        let before: Ms | null = null;
        const climbed = RUNGS_OF_LETTER.map((rung) => {
            const ms = line.at[rung] ?? null;
            if (ms === null) return '';
            const text = before === null ? to_the_second(ms) : `+\u00a0${span(ms - before)}`;
            before = ms;
            return text;
        });
        if (before === null) climbed[0] = to_the_second(line.first.at);
        return [
            line.first.letter ? plain(line.first.letter) : plain(line.first.event),
            line.first.party,
            ...climbed,
            span((line.at['accepted'] ?? line.first.at) - c.opened),
            line.remarks.join('; '),
        ];
    });
    return table({
        caption: t.letters,
        columns: [t.letter, t.by, t.sealed, t.accepted, t.delivered, t.read, t.since, t.why].map((head) => ({ head })),
        rows,
    });
}

export function case_detail(drill: Drill, c: Case, close: () => void): HTMLElement {
    const row = drill.cases.indexOf(c);
    const events = drill.events.filter((e) => e.case === row || e.case === c.id || e.case === c.reference);
    const facts = [`${c.from} → ${c.to}`, c.machine, class_name(c.class), c.result ? plain(c.result) : t.open, c.inject]
        .filter(Boolean)
        .join(' · ');
    return h(
        'div',
        { class: 'detail', role: 'region', 'aria-label': t.detail(c.reference) },
        h('h3', { tabindex: -1 }, t.detail(c.reference)),
        h('p', {}, facts),
        rungs(drill, c),
        events.length > 0 ? letters(c, events) : h('p', { class: 'note' }, t.no_events),
        h('button', { type: 'button', onclick: close }, t.close),
    );
}
