import { systemClock, systemRandom } from '@neb/core-types';
import { openDatabase } from '../src/database/open.ts';

// Opens the database of the folder given, says which fleet it is, and holds it until it is killed.
const [dataDir = '', systemDir] = process.argv.slice(2);
const database = await openDatabase({ dataDir, systemDir, engine: 'postgres', searchPath: process.env.PATH ?? '', warn: () => {} }, { clock: systemClock, random: systemRandom });
console.log(await database.store.fleet());
setInterval(() => {}, 1_000);
