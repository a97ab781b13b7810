import { describe, expect, test } from 'vitest';
import type { Instance, Provider } from '../../provider.ts';
import { memoryCloud } from '../memory/cloud.ts';
import { conformanceCases } from './cases.ts';
import type { Subject } from './subject.ts';

const spec = (image: string) => ({ image, env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'test', hostnames: [] }, labels: {} });

/** The memory cloud, with a fault put into its provider. */
function subject(spoil: (provider: Provider) => Partial<Provider> = () => ({})): Subject {
  const cloud = memoryCloud();
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
    async settle(reached) {
      // Twenty turns of the loop are for ever to a cloud that does everything in one.
      for (let turn = 0; turn < 20 && !(await reached()); turn++) {
        cloud.tick();
        await exitWhereAsked();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    loseNextAnswer: () => cloud.loseNextAnswer(),
    dispose: async () => {},
  };
}

describe('the memory cloud keeps every promise', () => {
  for (const { name, run } of conformanceCases(async () => subject())) test(name, (t) => run((why) => t.skip(why)));
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
    'suspend keeps the key and restore with a new key forks, where offered',
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
});

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
