import assert from 'node:assert/strict';
import { collect } from '../paginate.ts';
import type { ExecSession, Instance, InstanceRef, LaunchSpec, Offer, Provider } from '../provider.ts';

/** A provider under test, with what the kit needs to handle it. */
export interface Subject {
  readonly provider: Provider;
  /** Unlike any other fleet, so that runs do not see each other. */
  readonly fleet: string;
  /** The cheapest workload the cloud will run: it prints a line to stdout, then sleeps until deleted. */
  readonly spec: LaunchSpec;
  /** A workload that exits with 3 soon after its start; absent where that cannot be staged. */
  readonly exits?: LaunchSpec | undefined;
  /** A workload that cannot start, such as one whose image does not exist; absent where that cannot be staged. */
  readonly unstartable?: LaunchSpec | undefined;
  /** Lets time pass, for real or on a fake clock, until `reached` holds or the cloud may have moved on. */
  settle(reached: () => Promise<boolean>): Promise<void>;
  /** Makes the cloud act on the next create but lose its answer; absent where that cannot be staged. */
  loseNextAnswer?(): void;
  dispose(): Promise<void>;
}

export interface ConformanceCase {
  readonly name: string;
  /** `skip` is the runner's own (`t.skip` in vitest and in node:test), so what was left out is on show. */
  run(skip: Skip): Promise<void>;
}

export type Skip = (why: string) => void;

/** The promises every provider keeps, as plain cases for any test runner. */
export function conformanceCases(setUp: () => Promise<Subject>): readonly ConformanceCase[] {
  const it = (name: string, check: (s: Subject, skip: Skip) => Promise<void>): ConformanceCase => ({
    name,
    async run(skip) {
      const subject = await setUp();
      try {
        await check(subject, skip);
      } finally {
        await subject.dispose();
      }
    },
  });

  return [
    it('create answers before the container runs', async (s) => {
      const made = await create(s, 'a');
      assert.equal(made.key, 'a');
      assert.ok(['pending', 'running'].includes(made.state));
    }),
    it('create twice with one key buys once', async (s) => {
      const [first, again] = [await create(s, 'a'), await create(s, 'a')];
      assert.equal(again.ref, first.ref);
      await reach(s, first.ref, 'running');
      assert.equal((await create(s, 'a')).ref, first.ref);
      assert.equal((await listed(s)).length, 1);
    }),
    it('create retried after a lost answer buys once', async (s, skip) => {
      if (!s.loseNextAnswer) return skip('a lost answer cannot be staged here');
      s.loseNextAnswer();
      await assert.rejects(create(s, 'a'), { code: 'uncertain' });
      const { ref } = await create(s, 'a');
      await reach(s, ref, 'running');
      assert.equal((await listed(s)).length, 1);
    }),
    it('racing creates with one key buy once, where the traits promise it', async (s, skip) => {
      if (s.provider.traits.idempotency !== 'native') return skip('this cloud has no idempotency token');
      const [one, two] = await Promise.all([create(s, 'a'), create(s, 'a')]);
      assert.equal(one.ref, two.ref);
      await reach(s, one.ref, 'running');
      assert.equal((await listed(s)).length, 1);
    }),
    it('reaches running', async (s) => {
      const { ref } = await create(s, 'a');
      const seen = await reach(s, ref, 'running');
      assert.equal(seen.key, 'a');
    }),
    it('list returns each instance with the key it was made with', async (s) => {
      for (const key of ['a', 'b']) await reach(s, (await create(s, key)).ref, 'running');
      assert.deepEqual((await listed(s)).map((i) => i.key).sort(), ['a', 'b']);
    }),
    it('list is blind to other fleets', async (s) => {
      await reach(s, (await create(s, 'a')).ref, 'running');
      assert.deepEqual(await collect(s.provider.list({ fleet: 'another' })), []);
    }),
    it('delete is idempotent and inspect then forgets', async (s) => {
      const { ref } = await create(s, 'a');
      await reach(s, ref, 'running');
      await s.provider.delete(ref, { graceMs: 100 });
      await s.provider.delete(ref, { graceMs: 100 });
      await s.settle(async () => (await s.provider.inspect(ref)) === undefined);
      assert.equal(await s.provider.inspect(ref), undefined);
      await s.provider.delete(ref);
      assert.deepEqual(await listed(s), []);
    }),
    it('an aborted call rejects', async (s) => {
      await assert.rejects(create(s, 'a', { signal: AbortSignal.abort() }), { name: 'AbortError' });
    }),
    it('an exit is told with its code', async (s, skip) => {
      if (!s.exits) return skip('an exit cannot be staged here');
      const { ref } = await create(s, 'a', { spec: s.exits });
      assert.equal((await reach(s, ref, 'exited')).exitCode, 3);
    }),
    it('a container that cannot start says why', async (s, skip) => {
      if (!s.unstartable) return skip('a failing start cannot be staged here');
      const { ref } = await create(s, 'a', { spec: s.unstartable });
      const { failure } = await reach(s, ref, 'failed');
      assert.ok(failure && failure.message.length > 10, 'a failure carries a sentence');
      await s.provider.delete(ref);
      await s.settle(async () => (await s.provider.inspect(ref)) === undefined);
      assert.equal(await s.provider.inspect(ref), undefined);
    }),
    it('logs show what the container wrote, where offered', async (s, skip) => {
      const { logs } = s.provider;
      if (!logs) return skip('this cloud has no logs');
      const { ref } = await create(s, 'a');
      await reach(s, ref, 'running');
      await s.settle(async () => (await collect(logs(ref, {}))).length > 0);
      const [line] = await collect(logs(ref, { tail: 1 }));
      assert.ok(line && line.text !== '' && line.stream === 'stdout');
      assert.ok(Number.isFinite(Date.parse(line.at)));
    }),
    it('exec runs a command and tells its exit code, where offered', async (s, skip) => {
      const { exec } = s.provider;
      if (!exec) return skip('this cloud has no exec');
      const { ref } = await create(s, 'a');
      await reach(s, ref, 'running');
      await using session = await exec(ref, { command: ['echo', 'hello'] });
      assert.match(await outputOf(session), /hello/);
      assert.equal(await session.exit, 0);
    }),
    it('watch tells the key of an instance that changes, where offered', async (s, skip) => {
      const { watch } = s.provider;
      if (!watch) return skip('this cloud tells of no changes');
      const stop = new AbortController();
      const keys = watch({ fleet: s.fleet }, { signal: stop.signal })[Symbol.asyncIterator]();
      const first = keys.next();
      const { ref } = await create(s, 'a');
      await reach(s, ref, 'running');
      assert.equal((await first).value, 'a');
      stop.abort();
      await keys.return?.();
    }),
    it('suspend keeps the key and restore with a new key forks, where offered', async (s, skip) => {
      const { suspend } = s.provider;
      if (!suspend) return skip('this cloud cannot suspend');
      const { ref } = await create(s, 'a');
      await reach(s, ref, 'running');
      const snapshot = await suspend.save(ref);
      await reach(s, ref, 'suspended');
      const back = await suspend.restore(snapshot, { key: suspend.forks ? 'b' : 'a' });
      await reach(s, back.ref, 'running');
    }),
  ];
}

async function create(s: Subject, key: string, more: { spec?: LaunchSpec; signal?: AbortSignal } = {}): Promise<Instance> {
  const offer = await cheapest(s.provider.offers({}));
  return await s.provider.create({ key, fleet: s.fleet, offer, spec: more.spec ?? s.spec }, { signal: more.signal });
}

async function reach(s: Subject, ref: InstanceRef, state: Instance['state']): Promise<Instance> {
  await s.settle(async () => (await s.provider.inspect(ref))?.state === state);
  const seen = await s.provider.inspect(ref);
  assert.equal(seen?.state, state, seen?.failure?.message);
  return seen;
}

const listed = (s: Subject): Promise<Instance[]> => collect(s.provider.list({ fleet: s.fleet }));

async function outputOf(session: ExecSession): Promise<string> {
  const chunks = await collect(session.output);
  return Buffer.concat(chunks.map((chunk) => chunk.data)).toString();
}

async function cheapest(offers: AsyncIterable<Offer>): Promise<Offer> {
  for await (const offer of offers) return offer;
  throw new assert.AssertionError({ message: 'the provider has no offers to test with' });
}
