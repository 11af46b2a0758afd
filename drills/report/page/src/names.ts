// SPDX-License-Identifier: Apache-2.0
/* How things of the report are called on the page. */
import type { Class, Measure } from './report';
import { texts } from './texts';

/** Emergencies first, as a desk sorts them. */
export const CLASSES: readonly Class[] = ['E', 'U', 'R'];

/** Also of what has none: a shift, an inject. */
export const class_name = (c: Class | null): string => (c === null ? texts.none : (texts.classes[c] ?? c));

/** Where it stands among the others; what has none is last. */
export const class_rank = (c: Class | null): number => (c === null ? CLASSES.length : CLASSES.indexOf(c));

/** For the style sheet. */
export const class_style = (c: Class | null): string => c ?? 'none';

/** Data safe. */
export function measure_title(measure: Pick<Measure, 'id' | 'word'>): string {
    return texts.measures_by_word[measure.word] ?? texts.measures[measure.id] ?? measure.word;
}

/** M5 Data safe. */
export function measure_name(measure: Pick<Measure, 'id' | 'word'>): string {
    return `${measure.id} ${measure_title(measure)}`;
}

/** From what to what; the id, which a title says, is not said again. */
export const measure_text = (measure: Pick<Measure, 'id' | 'text'>): string =>
    measure.text.replace(new RegExp(`^${measure.id}[:,] `), '');

/** HELD_OPEN -> held open, for words of the record in a sentence. */
export const plain = (word: string): string => word.toLowerCase().replaceAll('_', ' ');
