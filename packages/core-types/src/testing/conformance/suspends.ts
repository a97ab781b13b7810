import assert from 'node:assert/strict';
import { collect } from '../../paginate.ts';
import type { Instance, InstanceRef } from '../../provider.ts';
import type { SaveRequest, Snapshot, SnapshotRef, Suspend } from '../../suspend.ts';
import { create, firstOffer, forget, listed, reach, running } from './steps.ts';
import { type Check, it, type Memory, type Skip, type Subject } from './subject.ts';

/** What a provider promises that puts instances aside. */
export const suspends: readonly Check[] = [
  only('suspend puts an instance aside and restore goes on with it in its place, where offered', async (s, suspend) => {
    const { ref } = await running(s);
    const snapshot = await saved(s, suspend, { ref, request: aside(s) });
    assert.deepEqual([snapshot.of, snapshot.key, snapshot.keeps], ['a', 'save-1', suspend.keeps]);
    if (suspend.keeps === 'memory') assert.ok(Number.isFinite(Date.parse(snapshot.takenAt ?? '')), 'it tells when it was taken');
    assert.equal((await reach(s, ref, 'suspended')).key, 'a');
    const back = await restore(s, suspend, { ref: snapshot.ref, key: 'a' });
    assert.equal(back.ref, ref);
    assert.equal((await reach(s, ref, 'running')).key, 'a');
    assert.equal((await listed(s)).length, 1);
  }),
  only('restore may be repeated and leaves alone what goes on already, where suspend is offered', async (s, suspend) => {
    const { ref } = await running(s);
    const snapshot = await saved(s, suspend, { ref, request: asideFor(s, suspend) });
    const key = suspend.forks ? 'b' : 'a';
    const [first, again] = [await restore(s, suspend, { ref: snapshot.ref, key }), await restore(s, suspend, { ref: snapshot.ref, key })];
    assert.equal(again.ref, first.ref);
    await reach(s, first.ref, 'running');
    assert.equal((await restore(s, suspend, { ref: snapshot.ref, key })).ref, first.ref);
    await reach(s, first.ref, 'running');
    assert.equal((await listed(s)).filter((one) => one.key === key).length, 1);
  }),
  only('a save that is repeated never saves twice, where suspend is offered', async (s, suspend) => {
    const { ref } = await running(s);
    const first = await suspend.save(ref, aside(s));
    assert.equal((await suspend.save(ref, aside(s))).ref, first.ref);
    await ready(s, suspend, first.ref);
    await reach(s, ref, 'suspended');
    assert.equal((await collect(suspend.snapshots({ fleet: s.fleet }))).length, 1);
    await restore(s, suspend, { ref: first.ref, key: 'a' });
    await reach(s, ref, 'running');
    assert.equal((await suspend.save(ref, aside(s))).ref, first.ref);
    let looks = 0;
    await s.settle(async () => ++looks > 20 || (await s.provider.inspect(ref))?.state === 'suspended');
    assert.equal((await s.provider.inspect(ref))?.state, 'running', 'what went on goes on');
  }),
  only('a save and a restore retried after a lost answer happen once, where suspend is offered', async (s, suspend, skip) => {
    if (!s.loseNextAnswer) return skip('a lost answer cannot be staged here');
    const { ref } = await running(s);
    s.loseNextAnswer('save');
    await assert.rejects(suspend.save(ref, asideFor(s, suspend)), lost);
    const snapshot = await saved(s, suspend, { ref, request: asideFor(s, suspend) });
    await reach(s, ref, 'suspended');
    assert.equal((await collect(suspend.snapshots({ fleet: s.fleet }))).length, 1);
    const key = suspend.forks ? 'b' : 'a';
    s.loseNextAnswer('restore');
    await assert.rejects(restore(s, suspend, { ref: snapshot.ref, key }), lost);
    const back = await restore(s, suspend, { ref: snapshot.ref, key });
    await reach(s, back.ref, 'running');
    assert.equal((await listed(s)).filter((one) => one.key === key).length, 1);
  }),
  only('snapshots shows those the caller has lost track of and none of other fleets, where suspend is offered', async (s, suspend) => {
    const { ref } = await running(s);
    const { key } = await saved(s, suspend, { ref, request: aside(s) });
    assert.deepEqual((await collect(suspend.snapshots({ fleet: s.fleet }))).map((one) => [one.key, one.of, one.state]), [[key, 'a', 'ready']]);
    assert.deepEqual(await collect(suspend.snapshots({ fleet: 'another' })), []);
  }),
  only('forget is idempotent and the snapshot is then gone, where suspend is offered', async (s, suspend) => {
    const { ref } = await running(s);
    const snapshot = await saved(s, suspend, { ref, request: aside(s) });
    await restore(s, suspend, { ref: snapshot.ref, key: 'a' });
    await reach(s, ref, 'running');
    await suspend.forget(snapshot.ref);
    await s.settle(async () => (await suspend.snapshot(snapshot.ref)) === undefined);
    await suspend.forget(snapshot.ref);
    assert.equal(await suspend.snapshot(snapshot.ref), undefined);
    assert.deepEqual(await collect(suspend.snapshots({ fleet: s.fleet })), []);
    await reach(s, ref, 'running');
  }),
  only('what is suspended can be deleted, where suspend is offered', async (s, suspend) => {
    const { ref } = await running(s);
    const snapshot = await saved(s, suspend, { ref, request: aside(s) });
    await reach(s, ref, 'suspended');
    await forget(s, ref);
    await suspend.forget(snapshot.ref);
    assert.deepEqual(await listed(s), []);
    assert.deepEqual(await collect(suspend.snapshots({ fleet: s.fleet })), []);
  }),
  only('what has ended is refused in words, where suspend is offered', async (s, suspend, skip) => {
    if (!s.exits) return skip('an exit cannot be staged here');
    const { ref } = await create(s, 'a', { spec: s.exits });
    await reach(s, ref, 'exited');
    inWords(await suspend.refusal(ref, aside(s)));
    await assert.rejects(suspend.save(ref, aside(s)), { name: 'NebError', code: 'conflict' });
    await reach(s, ref, 'exited');
  }),
  only('what a platform without forks is asked for others is refused in words and stops nothing', async (s, suspend, skip) => {
    if (suspend.forks) return skip('this cloud forks');
    const { ref } = await running(s);
    const request: SaveRequest = { ...aside(s), for: 'any' };
    inWords(await suspend.refusal(ref, request));
    await assert.rejects(suspend.save(ref, request), { name: 'NebError', code: 'unsupported' });
    await reach(s, ref, 'running');
  }),
  only('asking whether it can be saved stops and writes nothing, where suspend is offered', async (s, suspend) => {
    const { ref } = await running(s);
    assert.equal(await suspend.refusal(ref, aside(s)), undefined);
    await reach(s, ref, 'running');
    assert.deepEqual(await collect(suspend.snapshots({ fleet: s.fleet })), []);
  }),
  only('an aborted save or restore does nothing, where suspend is offered', async (s, suspend) => {
    const { ref } = await running(s);
    const call = { signal: AbortSignal.abort() };
    await assert.rejects(suspend.save(ref, aside(s), call), { name: 'AbortError' });
    await reach(s, ref, 'running');
    const snapshot = await saved(s, suspend, { ref, request: aside(s) });
    await reach(s, ref, 'suspended');
    const request = { key: 'a', fleet: s.fleet, spec: s.spec, offer: await firstOffer(s) };
    await assert.rejects(suspend.restore(snapshot.ref, request, call), { name: 'AbortError' });
    assert.equal((await s.provider.inspect(ref))?.state, 'suspended');
  }),
  remembering('what was in memory is there when it goes on', async (s, { suspend, memory }) => {
    const { ref } = await remembered(s, memory);
    const before = await memory.recall(ref, s.provider);
    const snapshot = await saved(s, suspend, { ref, request: aside(s) });
    await reach(s, ref, 'suspended');
    await restore(s, suspend, { ref: snapshot.ref, key: 'a', memory });
    await reach(s, ref, 'running');
    assert.equal(await memory.recall(ref, s.provider), before);
    await memory.tell(ref, 'two', s.provider);
    assert.equal(await memory.recall(ref, s.provider), `${before} two`);
  }),
  remembering('forks go on from one memory and then diverge, and their origin runs on', async (s, { suspend, memory, skip }) => {
    if (!suspend.forks) return skip('this cloud does not fork');
    const { ref } = await remembered(s, memory);
    const before = await memory.recall(ref, s.provider);
    const snapshot = await saved(s, suspend, { ref, request: forAny(s) });
    const left = await reach(s, (await restore(s, suspend, { ref: snapshot.ref, key: 'b', memory })).ref, 'running');
    const right = await reach(s, (await restore(s, suspend, { ref: snapshot.ref, key: 'c', memory })).ref, 'running');
    assert.deepEqual([left.key, right.key], ['b', 'c']);
    for (const [one, word] of [[left.ref, 'left'], [right.ref, 'right'], [ref, 'origin']] as const) await memory.tell(one, word, s.provider);
    assert.equal(await memory.recall(left.ref, s.provider), `${before} left`);
    assert.equal(await memory.recall(right.ref, s.provider), `${before} right`);
    assert.equal(await memory.recall((await reach(s, ref, 'running')).ref, s.provider), `${before} origin`);
    assert.equal((await listed(s)).length, 3);
  }),
  remembering('a snapshot for any outlives the instance it was taken of', async (s, { suspend, memory, skip }) => {
    if (!suspend.forks) return skip('this cloud does not fork');
    const { ref } = await remembered(s, memory);
    const before = await memory.recall(ref, s.provider);
    const snapshot = await saved(s, suspend, { ref, request: { ...forAny(s), then: 'suspend' } });
    await forget(s, ref);
    const fork = await reach(s, (await restore(s, suspend, { ref: snapshot.ref, key: 'b', memory })).ref, 'running');
    assert.equal(await memory.recall(fork.ref, s.provider), before);
  }),
  only('a snapshot that would not go on here is refused in words, where memory is kept', async (s, suspend, skip) => {
    if (suspend.keeps !== 'memory') return skip('this cloud keeps disks only');
    const { ref } = await running(s);
    const snapshot = await saved(s, suspend, { ref, request: suspend.forks ? forAny(s) : aside(s) });
    const offer = await firstOffer(s);
    assert.equal(await suspend.misfit(snapshot, offer), undefined);
    inWords(await suspend.misfit({ ...snapshot, made: { ...snapshot.made, arch: 'pdp11' } }, offer));
    if (!suspend.forks) await restore(s, suspend, { ref: snapshot.ref, key: 'a' });
    await reach(s, ref, 'running');
  }),
  remembering('an archive goes on at another place, under its key once', async (s, { suspend, memory, skip }) => {
    const { elsewhere } = s;
    if (!suspend.archives) return skip('this cloud has no archives');
    if (!elsewhere?.suspend?.archives) return skip('another place cannot be staged here');
    const { ref } = await remembered(s, memory);
    const before = await memory.recall(ref, s.provider);
    const facts = await saved(s, suspend, { ref, request: forAny(s) });
    const there: Subject = { ...s, provider: elsewhere };
    const request = { key: 'brought', fleet: s.fleet, offer: await firstOffer(there), facts };
    const brought = async (): Promise<Snapshot> => await elsewhere.suspend!.archives!.write(await suspend.archives!.read(facts.ref), request);
    const first = await brought();
    await ready(there, elsewhere.suspend, first.ref);
    assert.equal((await brought()).ref, first.ref);
    assert.deepEqual((await collect(elsewhere.suspend.snapshots({ fleet: s.fleet }))).map((one) => [one.key, one.of]), [['brought', 'a']]);
    const moved = await restore(there, elsewhere.suspend, { ref: first.ref, key: 'b', memory });
    await reach(there, moved.ref, 'running');
    assert.equal(await memory.recall(moved.ref, elsewhere), before);
    await elsewhere.delete(moved.ref, { graceMs: 100 });
    await elsewhere.suspend.forget(first.ref);
  }),
];

function only(name: string, check: (s: Subject, suspend: Suspend, skip: Skip) => Promise<void>): Check {
  return it(name, async (s, skip) => (s.provider.suspend ? await check(s, s.provider.suspend, skip) : skip('this cloud cannot suspend')));
}

type Remembering = (s: Subject, more: { readonly suspend: Suspend; readonly memory: Memory; readonly skip: Skip }) => Promise<void>;

function remembering(name: string, check: Remembering): Check {
  return only(`${name}, where memory is kept`, async (s, suspend, skip) => {
    if (suspend.keeps !== 'memory') return skip('this cloud keeps disks only');
    if (!s.remembers) return skip('a workload that remembers cannot be staged here');
    await check(s, { suspend, memory: s.remembers, skip });
  });
}

const aside = (s: Subject): SaveRequest => ({ key: 'save-1', fleet: s.fleet, then: 'suspend', for: 'itself' });
/** As what it can be restored from under most keys. */
const asideFor = (s: Subject, { forks }: Suspend): SaveRequest => ({ ...aside(s), for: forks ? 'any' : 'itself' });
const forAny = (s: Subject): SaveRequest => ({ key: 'save-2', fleet: s.fleet, then: 'run', for: 'any' });

/** These verbs are safe to repeat, so a platform need not tell apart whether it was reached. */
const lost = { name: 'NebError', code: /^(uncertain|unavailable)$/ };

function inWords(refusal: string | undefined): void {
  assert.ok(refusal !== undefined && refusal.length > 10, `it says "${refusal}"`);
}

/** One that runs and was told something. */
async function remembered(s: Subject, memory: Memory): Promise<Instance> {
  const { ref } = await create(s, 'a', { spec: memory.spec });
  const instance = await reach(s, ref, 'running');
  await memory.tell(ref, 'one', s.provider);
  assert.match(await memory.recall(ref, s.provider), /^\S+ one$/);
  return instance;
}

async function saved(s: Subject, suspend: Suspend, { ref, request }: { readonly ref: InstanceRef; readonly request: SaveRequest }): Promise<Snapshot> {
  return await ready(s, suspend, (await suspend.save(ref, request)).ref);
}

async function ready(s: Subject, suspend: Suspend, ref: SnapshotRef): Promise<Snapshot> {
  await s.settle(async () => (await suspend.snapshot(ref))?.state !== 'saving');
  const seen = await suspend.snapshot(ref);
  assert.equal(seen?.state, 'ready', seen?.failure?.message);
  return seen;
}

async function restore(s: Subject, suspend: Suspend, { ref, key, memory }: Restored): Promise<Instance> {
  return await suspend.restore(ref, { key, fleet: s.fleet, spec: memory?.spec ?? s.spec, offer: await firstOffer(s) });
}

interface Restored {
  readonly ref: SnapshotRef;
  readonly key: string;
  /** Whose workload it is; the subject's own if absent. */
  readonly memory?: Memory;
}
