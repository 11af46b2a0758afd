// SPDX-License-Identifier: Apache-2.0
/* node write_sample.cjs [CASES [fictional]]: the sample report to standard output. */
import { sample } from './sample';

const [cases = '60', kind] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(sample(Number(cases), kind === 'fictional'))}\n`);
