// SPDX-License-Identifier: Apache-2.0
/*
 * sweep.json, format comity-drill-sweep-1: the contract between who sweeps (drills/sweep/*.c) and this page. The same keys as a table:
 * docs/drills/sweep.md. Spans are ms; shares and chances permille; means thousandths; all whole numbers.
 */
import type { Class, Ms } from './report';

export interface Sweep {
    format: 'comity-drill-sweep-1';
    title: string | null;
    summary: string | null;
    classification: string | null;
    /** What the scenario asks and expects, by id. */
    texts: { answer: Record<string, string | null>; expect: Record<string, string | null> };
    build: string;
    command: string;
    /** The first one; each point has it and those behind it. */
    seed: number;
    runs: number;
    done: number;
    of: number;
    names: { name: string; values: string[] }[];
    /** `at`: beside `names`, which of the values. */
    points: { at: number[]; scenario_hash: string; runs: number }[];
    columns: SweepColumn[];
}

export type Kind = 'span' | 'share' | 'chance' | 'mean';

export interface SweepColumn {
    /** M1 to D5; `expect` and `answer` of what the scenario expects and asks, whose id is `word`. */
    measure: string;
    word: string | null;
    class: Class | null;
    state: string | null;
    what: string;
    kind: Kind;
    differs: boolean;
    /** Beside `points`; null: no run measured it. */
    cells: (Cell | null)[];
}

export interface Cell {
    n: number;
    /** null: not reached; the last observed stands in `beyond`. */
    value: Ms | null;
    beyond?: Ms;
    /** Whether low and high hold: of too few runs nobody can say. null: beyond all. */
    sure: boolean;
    low?: Ms | null;
    high?: Ms | null;
    each?: [number, number][];
}
