import { describe, expect, test } from 'vitest';
import type { Instance, Provider } from '../../provider.ts';
import type { Suspend } from '../../suspend.ts';
import { fakeClock } from '../fake-clock.ts';
import { type MemoryCloud, memoryCloud } from '../memory/cloud.ts';
import { conformanceCases } from './cases.ts';
import type { Subject } from './subject.ts';

const spec = (image: string) => ({ image, env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'test', hostnames: [] }, labels: {} });

/** The memory cloud, with a fault put into its provider. */
function subject(spoil: (provider: Provider) => Partial<Provider> = () => ({}), saveMs?: number): Subject {
  const clock = fakeClock();
  const cloud = memoryCloud({ clock, ...(saveMs !== undefined && { saveMs }) });
  const other = memoryCloud({ clock, name: 'other' });
  const of = (provider: Provider): MemoryCloud => (provider === other.provider ? other : cloud);
  cloud.failImage('missing', { code: 'not_found', message: 'there is no image called missing' });
  const fleet = 'conformance';
  async function exitWhereAsked(): Promise<void> {
    for await (const { key, state } of cloud.provider.list({ fleet })) if (state === 'running' && cloud.spec(key)?.image === 'exits') cloud.exit(key, 3);
  }
  return {
    provider: { ...cloud.provider, ...spoil(cloud.provider) },
    fleet,
    spec: spec('sleeper'),
    exits: spec('exits'),
    unstartable: spec('missing'),
    listens: { spec: spec('echo'), port: 80, send: 'over there', says: 'over there' },
    remembers: { spec: spec('sleeper'), tell: async (ref, word, provider) => of(provider).remember(ref, word), recall: async (ref, provider) => of(provider).recall(ref) },
    elsewhere: other.provider,
    async settle(reached) {
      // Twenty turns of the loop are for ever to a cloud that does everything in one.
      for (let turn = 0; turn < 20 && !(await reached()); turn++) {
        cloud.tick();
        other.tick();
        clock.advance(1_000);
        await exitWhereAsked();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    loseNextAnswer: (verb) => cloud.loseNextAnswer(verb),
    dispose: async () => {},
  };
}

describe.each([['at once', undefined], ['in a while', 5_000]])('the memory cloud that saves %s keeps every promise', (_, saveMs) => {
  for (const { name, run } of conformanceCases(async () => subject(undefined, saveMs))) test(name, (t) => run((why) => t.skip(why)));
});

test('a case that cannot be staged is skipped with its reason', async () => {
  const reasons: string[] = [];
  const bare = ({ provider, fleet, spec, settle, dispose }: Subject): Subject => {
    const { watch, logs, exec, dial, usage, suspend, ...rest } = provider;
    return { provider: { ...rest, traits: { ...rest.traits, idempotency: 'lookup', secretFiles: false } }, fleet, spec, settle, dispose };
  };
  for (const { run } of conformanceCases(async () => bare(subject()))) await run((why) => reasons.push(why));
  expect(new Set(reasons)).toEqual(new Set([
    'a lost answer cannot be staged here', 'this cloud has no idempotency token', 'an exit cannot be staged here', 'a failing start cannot be staged here',
    'this cloud has no logs', 'this cloud has no exec', 'this cloud takes no secret files', 'this cloud opens no connections', 'this cloud measures nothing', 'this cloud tells of no changes', 'this cloud cannot suspend',
  ]));
});

describe('the kit catches', () => {
  const broken = (fault: string, spoil: (provider: Provider) => Partial<Provider>, caught: readonly string[]): void =>
    test(fault, async () => {
      const failed: string[] = [];
      for (const { name, run } of conformanceCases(async () => subject(spoil))) await run(() => {}).catch(() => failed.push(name));
      expect(failed).toEqual(caught);
    });

  let made = 0;
  broken('a create that forgets its key', (p) => ({ create: (request, call) => p.create({ ...request, key: `${request.key}${made++}` }, call) }), [
    'create answers before the container runs',
    'create twice with one key buys once',
    'create retried after a lost answer buys once',
    'racing creates with one key buy once, where the traits promise it',
    'one key in two fleets is two instances',
    'reaches running',
    'list returns each instance with the key it was made with',
    'watch tells the key of an instance that changes, and of none in another fleet, where offered',
    'suspend puts an instance aside and restore goes on with it in its place, where offered',
    'a save that is repeated never saves twice, where suspend is offered',
    'snapshots shows those the caller has lost track of and none of other fleets, where suspend is offered',
    'forget is idempotent and the snapshot is then gone, where suspend is offered',
    'what was in memory is there when it goes on, where memory is kept',
    'an archive goes on at another place, under its key once, where memory is kept',
  ]);
  broken('a promise of secret files that is not kept', (p) => ({ create: (request, call) => p.create({ ...request, spec: { ...request.spec, secretFiles: [] } }, call) }), [
    'secret files are there when the container runs, where the traits promise them',
  ]);
  broken('a list that sees other fleets', (p) => ({ list: (_query, call) => p.list({ fleet: 'conformance' }, call) }), [
    'list is blind to other fleets',
  ]);
  broken('a delete that minds twice', (p) => ({ delete: deleteIf(p, (seen) => { if (!seen) throw new Error('gone'); return true; }) }), [
    'delete is idempotent and inspect then forgets',
  ]);
  broken('a create deaf to abort', (p) => ({ create: (request) => p.create(request) }), ['an aborted call rejects']);
  broken('a delete deaf to abort', (p) => ({ delete: (ref) => p.delete(ref) }), ['an aborted call rejects']);
  broken('one key for all fleets', (p) => ({ create: (request, call) => p.create({ ...request, fleet: 'conformance' }, call) }), [
    'one key in two fleets is two instances',
    'watch tells the key of an instance that changes, and of none in another fleet, where offered',
  ]);
  broken('a list without what is pending', (p) => ({ list: (query, call) => only(p.list(query, call), ({ state }) => state !== 'pending') }), [
    'list shows an instance from its create on',
  ]);
  broken('a list without what has ended', (p) => ({ list: (query, call) => only(p.list(query, call), ({ state }) => state !== 'exited') }), [
    'an exit is told with its code, and kept until it is deleted',
  ]);
  broken('a delete that overlooks what is pending', (p) => ({ delete: deleteIf(p, (seen) => seen?.state !== 'pending') }), [
    'one key in two fleets is two instances',
    'delete of one that has not started yet leaves nothing',
    'watch tells the key of an instance that changes, and of none in another fleet, where offered',
  ]);
  broken('an exit without its code', (p) => ({ inspect: async (...of) => changed(await p.inspect(...of), { exitCode: undefined }) }), [
    'an exit is told with its code, and kept until it is deleted',
  ]);
  broken('a failure without a word', (p) => ({ inspect: async (...of) => changed(await p.inspect(...of), { failure: undefined }) }), [
    'a container that cannot start says why',
  ]);
  broken('a price as people write it', (p) => ({ offers: (...of) => each(p.offers(...of), (offer) => ({ ...offer, pricePerHour: '$0.50' })) }), [
    'offers are told apart by their id and priced in decimal strings',
  ]);
  broken('a tail that is not heeded', (p) => ({ logs: (...of) => twice(p.logs!(...of)) }), ['logs show what the container wrote, where offered']);
  broken('a log that is followed for ever', (p) => ({ logs: (...of) => endless(p.logs!(...of), of[1].follow ? of[2]?.signal : undefined) }), [
    'followed logs end when the instance does, where offered',
  ]);
  broken('an exec that always ends well', (p) => ({ exec: async (...of) => ({ ...(await p.exec!(...of)), exit: Promise.resolve(0) }) }), [
    'exec runs a command and tells its exit code, where offered',
    'exec of a command that is not there ends as in a shell, where offered',
  ]);
  broken('an exec deaf to its input', (p) => ({ exec: async (...of) => ({ ...(await p.exec!(...of)), write: async () => {} }) }), [
    'exec hands on what is written to it, and its end, where offered',
  ]);
  broken('a port that is not there', () => ({ dial: async () => { throw new Error('connection refused'); } }), ['dial reaches a port, where offered']);
  broken('a usage of nothing', () => ({ usage: async () => ({ cpus: 0, memoryBytes: 0 }) }), ['usage reads what an instance takes, where offered']);
  broken('a watch that sees other fleets', (p) => ({ watch: (_query, call) => p.watch!({ fleet: 'conformance-2' }, call) }), [
    'watch tells the key of an instance that changes, and of none in another fleet, where offered',
  ]);

  const suspend = (change: (suspend: Suspend, p: Provider) => Partial<Suspend>) => (p: Provider): Partial<Provider> => ({ suspend: { ...p.suspend!, ...change(p.suspend!, p) } });
  const offered = 'where suspend is offered';
  const remembered = 'where memory is kept';
  broken('a save that saves again', suspend((own) => ({ save: (ref, request, call) => own.save(ref, { ...request, key: `${request.key}${made++}` }, call) })), [
    'suspend puts an instance aside and restore goes on with it in its place, where offered',
    `a save that is repeated never saves twice, ${offered}`,
    `a save and a restore retried after a lost answer happen once, ${offered}`,
  ]);
  broken('a restore that begins anew', suspend((own, p) => ({ restore: (ref, request, call) => (request.key === 'a' ? own.restore(ref, request, call) : p.create(request, call)) })), [
    `a save and a restore retried after a lost answer happen once, ${offered}`,
    `forks go on from one memory and then diverge, and their origin runs on, ${remembered}`,
    `a snapshot for any outlives the instance it was taken of, ${remembered}`,
  ]);
  broken('a save that always suspends', suspend((own) => ({ save: (ref, request, call) => own.save(ref, { ...request, then: 'suspend' }, call) })), [
    `forks go on from one memory and then diverge, and their origin runs on, ${remembered}`,
    `a snapshot that would not go on here is refused in words, ${remembered}`,
  ]);
  broken('a snapshot that goes with its instance', suspend((own) => ({ save: (ref, request, call) => own.save(ref, { ...request, for: 'itself' }, call) })), [
    `restore may be repeated and leaves alone what goes on already, ${offered}`,
    `a save and a restore retried after a lost answer happen once, ${offered}`,
    `forks go on from one memory and then diverge, and their origin runs on, ${remembered}`,
    `a snapshot for any outlives the instance it was taken of, ${remembered}`,
  ]);
  broken('a forget that does not', suspend(() => ({ forget: async () => {} })), [`forget is idempotent and the snapshot is then gone, ${offered}`]);
  broken('a place where everything goes on', suspend(() => ({ misfit: async () => undefined })), [`a snapshot that would not go on here is refused in words, ${remembered}`]);
  broken('a place where nothing goes on', suspend(() => ({ misfit: async () => 'it would not go on here' })), [`a snapshot that would not go on here is refused in words, ${remembered}`]);
  broken('a refusal of nothing', suspend(() => ({ refusal: async () => undefined })), [`what has ended is refused in words, ${offered}`]);
  broken('a question that saves', suspend((own) => ({ refusal: async (ref, request, call) => void (await own.save(ref, request, call)) })), [
    `what has ended is refused in words, ${offered}`,
    `asking whether it can be saved stops and writes nothing, ${offered}`,
  ]);
  broken('snapshots of other fleets', suspend((own) => ({ snapshots: (_query, call) => own.snapshots({ fleet: 'conformance' }, call) })), [
    `snapshots shows those the caller has lost track of and none of other fleets, ${offered}`,
  ]);
  broken('a save deaf to abort', suspend((own) => ({ save: (ref, request) => own.save(ref, request) })), [`an aborted save or restore does nothing, ${offered}`]);
  broken('an archive of nothing', suspend((own) => ({ archives: { ...own.archives!, read: async () => nothing() } })), [`an archive goes on at another place, under its key once, ${remembered}`]);
});

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('neb memory archive\nend\n');
}

function deleteIf(p: Provider, wanted: (seen: Instance | undefined) => boolean): Provider['delete'] {
  return async (ref, options, call) => {
    if (wanted(await p.inspect(ref, call))) await p.delete(ref, options, call);
  };
}

function changed(seen: Instance | undefined, change: Partial<Instance>): Instance | undefined {
  return seen && { ...seen, ...change };
}

async function* only<T>(items: AsyncIterable<T>, wanted: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (wanted(item)) yield item;
}

async function* each<T>(items: AsyncIterable<T>, change: (item: T) => T): AsyncGenerator<T> {
  for await (const item of items) yield change(item);
}

async function* twice<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) yield* [item, item];
}

async function* endless<T>(items: AsyncIterable<T>, until: AbortSignal | undefined): AsyncGenerator<T> {
  yield* items;
  if (until) await new Promise((resolve) => until.addEventListener('abort', resolve));
}
