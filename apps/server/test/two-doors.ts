import { auditLog } from '@neb/audit';
import { ledger } from '@neb/billing';
import { type Caller, systemClock as clock, systemRandom as random } from '@neb/core-types';
import { memoryCloud } from '@neb/core-types/testing';
import { sql } from 'kysely';
import { type Authenticate, bearerOf } from '../src/auth/authenticate.ts';
import { openIdentity } from '../src/auth/open-identity.ts';
import { billKeys } from '../src/billing/bill-keys.ts';
import { openDatabase } from '../src/database/open.ts';
import { doors } from '../src/http/doors.ts';
import { limits } from '../src/http/limits.ts';
import { listen } from '../src/http/server.ts';
import type { WhileGood } from '../src/http/staying.ts';
import { makeLog } from '../src/log.ts';
import { metrics } from '../src/metrics.ts';
import { keyring } from '../src/secrets/keyring.ts';
import { plane } from '../src/redis/plane.ts';
import { secretText } from '../src/secrets/secret-text.ts';
import { vault } from '../src/secrets/vault.ts';
import { recorder } from '../src/services/audit.ts';
import { secretReader } from '../src/services/secrets.ts';
import { services } from '../src/services/services.ts';
import { noBlobs } from './no-blobs.ts';
import { noDelivery } from './no-delivery.ts';
import { noRedis } from './no-redis.ts';

// One server's services behind two doors, of which the second lets everybody in unasked: what the first costs more is the
// price of asking. A benchmark tells it what to do, and reads the CPU time that it answers with.
const owner = 'ada@example.com';
const log = makeLog({ level: 'warn', format: 'json', out: process.stderr });
const database = await openDatabase({ url: secretText(process.env['DATABASE_URL'] ?? ''), dataDir: '', engine: 'auto', searchPath: '', warn: () => {} }, { clock, random });
const { store, db } = database;
const people = await openIdentity({ database, clock, random, token: secretText('of nobody here'), owner: 'local', admins: [], sessionMs: 3_600_000 });
const audit = auditLog(db);
const safe = vault({ store, keyring: keyring([secretText('a key for benchmarks')]), clock, random });
const figures = metrics(store);
const queues = { Container: database.queue('Container'), Namespace: database.queue('Namespace'), Processor: database.queue('Processor'), Service: database.queue('Service'), Snapshot: database.queue('Snapshot') };
const api = services({
  world: { store, queues, clock, random, providers: [memoryCloud().provider], secrets: secretReader(store, safe), launch: { image: 'busybox' } },
  plane: plane({ home: noRedis, store, sealed: store, vault: safe, clock, random, warn: () => undefined }), vault: safe, sealed: store, audit, ledger: ledger(db), billKeys: billKeys({ db, vault: safe }), recorder: recorder({ audit, clock, log }), rotate: async () => ({ rewrapped: 0, made: false }), delivery: noDelivery, blobs: noBlobs, identity: people, administrator: 'local',
  about: { version: '1', fleet: await store.fleet(), database: database.describe },
});

const { id } = await people.users.invite(owner);
const { token } = await people.keys.create({ name: 'bench', holder: { is: 'user', id }, createdBy: id });
const caller: Caller = (await people.authenticate(token))!;
await api.apply(caller, { manifests: [{ kind: 'Container', metadata: { name: 'web', namespace: 'bench' }, image: 'busybox', env: { A: 'b' } }], mode: 'apply' });
const asking = await open(bearerOf(people.authenticate), people.whileGood);
const unasked = await open(async () => caller);

process.on('message', (message) => void answer(message).then((said) => process.send?.(said)));
process.send?.({ asking, unasked, token });

async function answer(message: unknown): Promise<unknown> {
  if (message === 'fill') {
    await sql`insert into identity_credentials (id, kind, secret_sha256, name, user_id, created_at, created_by)
      select 'filler' || lpad(n::text, 6, '0'), 'key', repeat('0', 64), 'filler' || n, ${id}, now(), 'bench' from generate_series(1, 100000) n`.execute(db);
    await sql`analyze identity_credentials`.execute(db);
  }
  return process.cpuUsage();
}

async function open(authenticate: Authenticate, whileGood?: WhileGood): Promise<number> {
  const ways = doors({
    gate: { host: '127.0.0.1', allowedHosts: [], corsOrigins: [] }, services: api, version: '1', metrics: figures, log, clock, random, maxBodyBytes: 1_000_000,
    charge: limits({ rate: { perSecond: 1e6, burst: 1e6 }, clock, onLimited: () => {} }), authenticate, whileGood, ping: async () => {}, isStopping: () => false,
  });
  return (await listen(ways, { upgrade: (_, socket) => void socket.destroy(), close: async () => {} }, { host: '127.0.0.1', port: 0 })).port;
}
