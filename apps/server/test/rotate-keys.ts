import { join } from 'node:path';
import { systemClock, systemRandom } from '@neb/core-types';
import { openDatabase } from '../src/database/open.ts';
import { encryptionKeys } from '../src/secrets/encryption-keys.ts';
import type { SecretText } from '../src/secrets/secret-text.ts';
import { rotateKey } from '../src/secrets/rotation.ts';

// Rotates the key of the folder given, slowly, until it is killed or done.
const [dataDir = '', systemDir] = process.argv.slice(2);
const tools = { clock: systemClock, random: systemRandom };
const database = await openDatabase({ dataDir, systemDir, engine: 'postgres', searchPath: process.env.PATH ?? '', warn: () => {} }, tools);
const keys = await encryptionKeys({ encryption: { key: undefined, file: join(dataDir, 'encryption.key'), previous: [] as SecretText[] } }, tools);
console.log('rotating');
await rotateKey({ store: { ...database.store, replaceDataKey: async (...given) => systemClock.sleep(2).then(() => database.store.replaceDataKey(...given)) }, ...keys, random: systemRandom });
await database[Symbol.asyncDispose]();
