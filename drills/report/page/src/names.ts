// SPDX-License-Identifier: Apache-2.0
/* How things of the report are called on the page. */
import type { Class, Measure } from './report';
import { texts } from './texts';

/** Emergencies first, as a desk sorts them. */
export const CLASSES: readonly Class[] = ['E', 'U', 'R'];

export const class_name = (c: Class): string => texts.classes[c] ?? c;

/** Data safe. */
export function measure_title(measure: Pick<Measure, 'id' | 'word'>): string {
    return texts.measures_by_word[measure.word] ?? texts.measures[measure.id] ?? measure.word;
}

/** M5 Data safe. */
export function measure_name(measure: Pick<Measure, 'id' | 'word'>): string {
    return `${measure.id} ${measure_title(measure)}`;
}

/** HELD_OPEN -> held open, for words of the record in a sentence. */
export const plain = (word: string): string => word.toLowerCase().replaceAll('_', ' ');
