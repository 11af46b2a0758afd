// SPDX-License-Identifier: Apache-2.0
/* How to run it again and get the same, and what the words of the report mean. */
import { h, section } from './dom';
import { instant, span } from './format';
import { measure_name, measure_text, plain } from './names';
import type { Drill } from './read';
import { table } from './table';
import { texts } from './texts';

const t = texts.appendix;

function run(drill: Drill): HTMLElement {
    const { report } = drill;
    const { clock } = report;
    const jumps = clock.jumps.map((j) => `${instant(j.at)} → ${instant(j.to)}`).join(', ');
    const facts: [string, string | null][] = [
        [t.scenario, report.scenario_hash],
        [t.transcript, report.transcript_hash],
        [t.seed, String(report.seed)],
        [t.build, report.build],
        [t.exercise_id, report.exercise],
        [t.classification, report.classification],
        [t.start, instant(clock.start)],
        [t.end, instant(clock.end)],
        [t.compression, report.way === 'world' ? null : t.times(clock.compression)],
        [t.frozen, clock.frozen_ms > 0 ? span(clock.frozen_ms) : null],
        [t.jumps, jumps || null],
    ];
    return table({
        caption: t.run,
        quiet: true,
        lines: true,
        class: 'facts',
        columns: [{ head: t.key }, { head: t.value }],
        rows: facts.filter(([, value]) => value !== null).map(([key, value]) => [key, h('code', {}, value)]),
    });
}

function load(drill: Drill): HTMLElement | null {
    const { load: parameters } = drill.report;
    if (!parameters) return null;
    return h(
        'div',
        {},
        h('h3', {}, t.load),
        h('p', {}, t.load_how),
        table({
            caption: t.load,
            quiet: true,
            lines: true,
            columns: [{ head: t.parameter }, { head: t.value }, { head: t.sure }],
            rows: Object.entries(parameters).map(([name, p]) => [plain(name), String(p.value), t.sures[p.sure] ?? p.sure]),
        }),
    );
}

export function appendix(drill: Drill): HTMLElement {
    const { report } = drill;
    return section(
        'appendix',
        t.title,
        h('h3', {}, t.rerun),
        h('p', {}, t.rerun_how),
        h('pre', { tabindex: 0, 'aria-label': t.rerun, role: 'region' }, report.command),
        h('h3', {}, t.run),
        run(drill),
        load(drill),
        h('h3', {}, t.definitions),
        table({
            caption: t.definitions,
            quiet: true,
            lines: true,
            columns: [{ head: t.measures }, { head: t.from_to }],
            rows: report.measures.map((m) => [measure_name(m), measure_text(m)]),
        }),
        h(
            'details',
            {},
            h('summary', {}, t.states),
            table({
                caption: t.states,
                columns: [t.code, t.name, t.zone, t.desks].map((head) => ({ head })),
                rows: report.states.map((st) => [
                    st.code,
                    st.white_cell ? `${st.name} (${t.white_cell})` : st.name,
                    st.zone,
                    st.parties.map((p) => t.desk(p.address, p.desk, p.people)).join(', '),
                ]),
            }),
        ),
    );
}
