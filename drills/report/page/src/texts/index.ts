// SPDX-License-Identifier: Apache-2.0
/* The texts of the page in the reader's language. Another language: a file beside en.ts of the same type, named here. */
import { en } from './en';

export type Texts = typeof en;

const catalogues: Record<string, Texts> = { en };

export const language: string =
    navigator.languages.map((l) => l.slice(0, 2).toLowerCase()).find((l) => l in catalogues) ?? 'en';

export const texts: Texts = catalogues[language] ?? en;
