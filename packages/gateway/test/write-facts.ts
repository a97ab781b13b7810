// Tells numbered facts until it is killed, and says on stdout up to which number they are on disk.
import { systemClock } from '@neb/core-types';
import { factJournal } from '../src/meters/journal.ts';
import { factNumber } from './fact-number.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const journal = await factJournal({ folder, clock: systemClock, warn: () => undefined, everyMs: 1, segmentBytes: 20_000 });
let number = Number(first);
for (;;) {
  const group = Array.from({ length: 1 + (number % 40) }, () => factNumber(number++));
  journal.tell(group);
  await journal.synced();
  process.stdout.write(`${number}\n`);
}
