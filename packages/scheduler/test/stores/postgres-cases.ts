import { systemClock, type Random } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { fraction } from '@neb/core-types';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { commitOperation } from '../../src/kysely/operations.ts';
import { kyselyStore, migrate, signals } from '../../src/kysely/index.ts';
import type { Change } from '../../src/store.ts';
import { follow } from './feed-cases.ts';
import { inState, newContainer, type NewGround, put } from './ground.ts';
import { event } from './object-cases.ts';
import { startCluster, type TestCluster } from './postgres-cluster.ts';
import { reachPostgres } from './reach.ts';

/** Where the cases run: the server, and the connections that a ground's store has to it. */
interface Place {
  server(): TestCluster;
  pool(): pg.Pool;
}

/** What only a server with many connections can show. */
export function postgresCases(newGround: NewGround, { server, pool }: Place): void {
  const random: Random = seededRandom(7);

  /** Does a commit's work within a transaction that the test ends when it likes. */
  async function open(pool: pg.Pool, changes: readonly Change[]): Promise<{ end(how: 'commit' | 'rollback'): Promise<void> }> {
    const client = await pool.connect();
    const { json, ids, keys } = commitOperation(changes, { clock: systemClock, random });
    await client.query('begin');
    await client.query('select neb_write($1::jsonb, $2, $3, true)', [`[${json}]`, ids, keys]);
    return {
      async end(how) {
        await client.query(how);
        client.release();
      },
    };
  }

  describe('transactions that overlap', () => {
    test.for(['commit', 'rollback'] as const)('one that began first and ends last (%s) is not passed by', async (how) => {
      await using ground = await newGround();
      await using reach = reachPostgres(server().host);
      const follower = await follow(ground.store);
      const early = await open(reach.pool, [{ do: 'put', resource: newContainer('early') }]);
      await put(ground.store, newContainer('late'));
      const cursor = await ground.store.cursor();
      await sleep(50);
      expect(follower.entries).toEqual([]);
      await early.end(how);
      const ids = how === 'commit' ? ['early', 'late'] : ['late'];
      expect((await follower.heard(ids.length)).map(({ id }) => id)).toEqual(ids);
      const after = await follow(ground.store, cursor);
      expect((await after.heard(ids.length)).map(({ id }) => id)).toEqual(ids);
      await follower.stop();
      await after.stop();
    });

    test('a conflict with one that is not over waits for it, and goes by what it did', async () => {
      await using ground = await newGround();
      await using reach = reachPostgres(server().host);
      const known = await put(ground.store, newContainer('c1'));
      const first = await open(reach.pool, [{ do: 'put', resource: known }, { do: 'put', resource: newContainer('a', { name: 'web' }) }]);
      const second = Promise.allSettled([put(ground.store, known), put(ground.store, newContainer('b', { name: 'web' })), put(ground.store, newContainer('free'))]);
      await sleep(50);
      await first.end('commit');
      expect((await second).map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error).message : 'ok'))).toEqual([
        'container c1 in namespace space was changed by someone else meanwhile', 'a container named web exists in namespace space', 'ok',
      ]);
    });

    test('a commit that loses to one that is not over leaves nothing of itself behind', async () => {
      await using ground = await newGround();
      await using reach = reachPostgres(server().host);
      const [a, b] = [await put(ground.store, newContainer('a')), await put(ground.store, newContainer('b'))];
      const first = await open(reach.pool, [{ do: 'put', resource: a }]);
      const late = Promise.allSettled([
        ground.store.commit([{ do: 'put', resource: newContainer('fresh') }, { do: 'put', resource: a }, { do: 'tell', event: event('fresh') }]),
        ground.store.commit([{ do: 'put', resource: inState(b, 'running') }, { do: 'drop', resource: a }]),
        ground.store.commit([{ do: 'drop', resource: a }]),
      ]);
      await sleep(50);
      await first.end('commit');
      expect((await late).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      expect(await ground.store.get('Container', 'fresh')).toBeUndefined();
      expect((await ground.store.events({})).items).toEqual([]);
      expect(await ground.store.get('Container', 'b')).toEqual(b);
      expect((await ground.store.get('Container', 'a'))!.version).toBe(2);
    });

    test.for([1, 2, 3])('however they overlap, followers that come and go hear each committed change once (seed %i)', async (seed) => {
      await using ground = await newGround();
      await using reach = reachPostgres(server().host);
      const chance = seededRandom(seed);
      const pick = (below: number): number => Math.floor(fraction(chance) * below);
      const committed = new Set<string>();
      let cursor = await ground.store.cursor();
      const heard: string[] = [];

      const writing = Promise.all(Array.from({ length: 5 }, async (_, writer) => {
        for (let n = 0; n < 15; n++) {
          const id = `w${writer}-${n}`;
          if (pick(2) === 0) await put(ground.store, newContainer(id));
          else {
            const held = await open(reach.pool, [{ do: 'put', resource: newContainer(id) }]);
            await sleep(pick(12));
            const how = pick(4) === 0 ? 'rollback' : 'commit';
            await held.end(how);
            if (how === 'rollback') continue;
          }
          committed.add(id);
        }
      }));
      let over = false;
      void writing.finally(() => { over = true; });
      while (!over || heard.length < committed.size) {
        const follower = await follow(ground.store, cursor);
        await sleep(pick(15));
        await follower.stop();
        heard.push(...follower.entries.map(({ id }) => id));
        cursor = follower.entries.at(-1)?.cursor ?? cursor;
        if (over && heard.length >= committed.size) break;
      }
      await writing;
      expect(heard.toSorted()).toEqual([...committed].toSorted());
    });
  });

  test('replicas that write the same objects, names and keys in any order all get on', async () => {
    await using ground = await newGround();
    const other = await ground.replica!();
    const chance = seededRandom(11);
    const pick = (below: number): number => Math.floor(fraction(chance) * below);
    const known = await ground.store.commit(Array.from({ length: 6 }, (_, n) => ({ do: 'put', resource: newContainer(`c${n}`) })));
    const versions = new Map(known.map(({ id, version }) => [id, version]));
    let conflicts = 0;

    await Promise.all(Array.from({ length: 24 }, async (_, writer) => {
      const { store } = writer % 2 === 0 ? ground : other;
      for (let n = 0; n < 10; n++) {
        const ids = [...new Set([pick(6), pick(6), pick(6)])].map((id) => `c${id}`);
        const changes = ids.flatMap((id): Change[] => [{ do: 'put', resource: { ...known[0]!, id, name: id, version: versions.get(id)! } }, { do: 'wake', kind: 'Container', id }, { do: 'tell', event: event(id) }]);
        try {
          for (const { id, version } of await store.commit(changes)) versions.set(id, version);
        } catch (error) {
          expect(error).toMatchObject({ code: 'conflict' });
          conflicts++;
        }
      }
    }));
    const stored = await ground.store.list({ kind: 'Container' });
    expect(Object.fromEntries(stored.items.map(({ id, version }) => [id, version]))).toEqual(Object.fromEntries(versions));
    const told = (await ground.store.events({ limit: 100 })).items.reduce((sum, { count }) => sum + count, 0);
    expect(told).toBe([...versions.values()].reduce((sum, version) => sum + version - 1, 0));
    expect(conflicts).toBeGreaterThan(0);
  });

  test('replicas that start at once bring an empty database to its tables once', async () => {
    await using admin = reachPostgres(server().host);
    await sql`create database fresh`.execute(admin.db);
    const replicas = Array.from({ length: 4 }, () => reachPostgres(server().host, 'fresh'));
    await Promise.all(replicas.map(({ db }) => migrate(db)));
    await Promise.all(replicas.map(({ db }) => migrate(db)));
    const store = kyselyStore(replicas[3]!.db, { clock: systemClock, random, signals: await signals({ id: 'x' }) });
    expect(await put(store, newContainer('c1'))).toMatchObject({ version: 1 });
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
    await sql`drop database fresh`.execute(admin.db);
  });

  test('a database that was copied into another server has a feed again', async () => {
    await using ground = await newGround();
    await using reach = reachPostgres(server().host);
    const old = '900000000000.1';
    await sql`insert into changes (tx, kind, id, namespace, name, dropped) values (900000000000, 'Container', 'old', 'space', 'old', false)`.execute(reach.db);
    await sql`insert into settings (name, value) values ('feed_pruned', '800000000000')`.execute(reach.db);
    await migrate(reach.db);
    const follower = await follow(ground.store);
    await put(ground.store, newContainer('new'));
    expect((await follower.heard(1)).map(({ id }) => id)).toEqual(['new']);
    await follower.stop();
    await expect(follow(ground.store, old).then((late) => late.heard(1))).rejects.toMatchObject({ code: 'expired' });
  });

  test('no read or write looks through a whole table, also where the plans were made while there was nothing', { timeout: 120_000 }, async () => {
    await using ground = await newGround();
    await using reach = reachPostgres(server().host);
    const { store } = ground;
    const [tenant, stranger] = [store.as({ owners: ['alice', 'acme'] }), store.as({ owners: ['bob'], namespaces: ['bobs'] })];
    const queue = ground.queue('Container');
    const spec = { ...newContainer('x').spec, queue: 'q' };
    const all = async (from: number, count: number): Promise<void> => {
      await store.commit(Array.from({ length: count }, (_, n): Change => ({ do: 'put', resource: newContainer(`c${from + n}`, { labels: { n: String(n) }, spec }) })));
      await store.commit(Array.from({ length: count }, (_, n): Change => ({ do: 'tell', event: event(`c${from + n}`) })));
      await store.commit(Array.from({ length: count }, (_, n): Change => ({ do: 'wake', kind: 'Container', id: `c${from + n}`, afterMs: 60_000 })));
    };
    let stirred = 0;
    const everything = async (n: number): Promise<void> => {
      const found = (await store.get('Container', `c${n}`))!;
      await store.commit([{ do: 'put', resource: inState(found, 'running') }, { do: 'tell', event: event(found.id) }, { do: 'wake', kind: 'Container', id: found.id }]);
      await queue.release((await queue.take(5)).map((lease) => ({ lease, failed: false })));
      await store.find({ kind: 'Container', namespace: 'space', name: `c${n}` });
      await store.list({ kind: 'Container', limit: 10 });
      await store.list({ kind: 'Container', namespace: 'space', limit: 10, gone: true });
      await store.queueHead('space', 'q');
      await store.forgettable('Container', found.createdAt);
      await store.events({ objectId: found.id });
      await store.events({ namespace: 'space', limit: 5 });
      await store.attempts(found.id);
      await store.keptLog(found.id);
      await queue.nextDueMs();
      await tenant.get('Container', found.id);
      await tenant.find({ kind: 'Container', namespace: 'space', name: `c${n}` });
      await tenant.list({ kind: 'Container', limit: 10 });
      await tenant.list({ kind: 'Container', namespace: 'space', limit: 10 });
      await tenant.events({ objectId: found.id });
      await tenant.events({ limit: 5 });
      await tenant.attempts(found.id);
      await tenant.keptLog(found.id);
      await stranger.list({ kind: 'Container', limit: 10 });
      await stranger.events({ limit: 5 });
      for (const of of ['owner', 'namespace'] as const) await tenant.usage({ of, name: of === 'owner' ? 'alice' : 'space' });
      await tenant.commit([{ do: 'limit', scope: { of: 'owner', name: 'alice' }, quota: { containers: 10_000 } }, { do: 'put', resource: newContainer(`limited${n}-${stirred++}`) }]);
    };
    await all(0, 3);
    await sql`vacuum analyze`.execute(reach.db);
    for (let n = 0; n < 12; n++) await everything(n % 3);
    await all(3, 3_000);
    const scans = async (): Promise<unknown> => {
      await tellAll(pool());
      return (await sql`select relname, seq_scan::int from pg_stat_user_tables where relname in ('resources', 'work', 'events', 'changes') order by relname`.execute(reach.db)).rows;
    };
    const before = await scans();
    for (let n = 0; n < 12; n++) await everything(n * 100);
    expect(await scans()).toEqual(before);
  });

  test('when the server crashes, callers are told so, and what was answered is there', async () => {
    await using durable = await startCluster(server().binaries);
    await using reach = reachPostgres(durable.host);
    await migrate(reach.db);
    await using heard = await signals({ id: 'x' });
    const store = kyselyStore(reach.db, { clock: systemClock, random, signals: heard });
    const known = await put(store, newContainer('c1'));
    const writing = Promise.allSettled(Array.from({ length: 40 }, async (_, n) => {
      await sleep(n * 10);
      return await put(store, newContainer(`n${n}`));
    }));
    await sleep(100);
    await durable.crash();
    const outcomes = await writing;
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/^(uncertain|unavailable)$/) });
    expect(await store.get('Container', 'c1')).toEqual(known);
    const answered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.id] : []));
    for (const id of answered) expect(await store.get('Container', id), id).toBeDefined();
    expect(answered.length).toBeLessThan(40);
  });
}

/** Has every connection that rests tell now what it did, which it would else do within ten seconds. */
async function tellAll(pool: pg.Pool): Promise<void> {
  const clients = await Promise.all(Array.from({ length: pool.idleCount }, () => pool.connect()));
  for (const client of clients) {
    await client.query('select pg_stat_force_next_flush()');
    client.release();
  }
}
