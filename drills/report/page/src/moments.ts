// SPDX-License-Identifier: Apache-2.0
/* What happened in the drill, one line a moment, in order of time: letters, injects, faults and notes. */
import { state_of } from './format';
import { plain } from './names';
import type { Drill } from './read';
import type { CaseEvent, Ms } from './report';
import { way_of } from './map_picture';
import { texts } from './texts';

const t = texts.replay;

export interface Moment {
    at: Ms;
    who: string;
    text: string;
    /** The way of a letter, to be lit on the map. */
    way: string | null;
}

/** Sealing and reading are shown in the case; in a debriefing they would hide what went from State to State. */
const UNSAID = ['sealed', 'opened', 'delivered'];

function of_case(drill: Drill, e: CaseEvent): Moment {
    const c = drill.find_case(e.case);
    const words = [
        e.letter ? plain(e.letter) : plain(e.event),
        e.why && plain(e.why),
        e.item !== null && texts.cases.item(e.item),
    ];
    let way: string | null = null;
    if (c && e.letter !== null) {
        const [from, to] = [state_of(c.from), state_of(c.to)];
        const by_asker = e.side === null ? state_of(e.party) === from : e.side === 'Q';
        way = by_asker ? way_of(from, to) : way_of(to, from);
    }
    const text = `${words.filter(Boolean).join(', ')}${c ? ` · ${c.reference}` : ''}`;
    return { at: e.at, who: e.party, text, way };
}

export function moments(drill: Drill): Moment[] {
    const { report } = drill;
    const all: Moment[] = drill.events.filter((e) => !UNSAID.includes(e.event)).map((e) => of_case(drill, e));
    for (const i of report.injects) {
        const at = i.released ?? i.received;
        if (at !== null) all.push({ at, who: i.to, text: `${t.inject} ${i.id}: ${i.text}`, way: null });
    }
    for (const f of report.faults) {
        all.push({ at: f.from, who: f.where, text: `${t.fault}: ${f.kind}`, way: null });
        if (f.until !== null) all.push({ at: f.until, who: f.where, text: `${t.fault_over}: ${f.kind}`, way: null });
    }
    for (const n of report.notes) all.push({ at: n.at, who: n.by, text: `${t.note}: ${n.text}`, way: null });
    return all.sort((a, b) => a.at - b.at);
}
