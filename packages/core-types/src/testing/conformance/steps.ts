import assert from 'node:assert/strict';
import { collect } from '../../paginate.ts';
import type { ExecSession } from '../../facets.ts';
import type { LaunchSpec } from '../../launch-spec.ts';
import type { Offer } from '../../offer.ts';
import type { Instance, InstanceRef } from '../../provider.ts';
import type { Subject } from './subject.ts';

/** Creates an instance of the first offer. */
export async function create(s: Subject, key: string, more: CreateMore = {}): Promise<Instance> {
  const offer = await firstOffer(s);
  return await s.provider.create({ key, fleet: more.fleet ?? s.fleet, offer, spec: more.spec ?? s.spec }, { signal: more.signal });
}

/** What differs from the subject's own. */
export interface CreateMore {
  readonly spec?: LaunchSpec;
  readonly signal?: AbortSignal;
  readonly fleet?: string;
}

/** Waits for a state, and fails with what the cloud says where it is not reached. */
export async function reach(s: Subject, ref: InstanceRef, state: Instance['state']): Promise<Instance> {
  await s.settle(async () => (await s.provider.inspect(ref))?.state === state);
  const seen = await s.provider.inspect(ref);
  assert.equal(seen?.state, state, seen?.failure?.message);
  return seen;
}

/** A fresh instance that runs. */
export async function running(s: Subject, key = 'a'): Promise<Instance> {
  const { ref } = await create(s, key);
  return await reach(s, ref, 'running');
}

/** Deletes, and waits until the cloud has forgotten. */
export async function forget(s: Subject, ref: InstanceRef): Promise<void> {
  await s.provider.delete(ref, { graceMs: 100 });
  await s.settle(async () => (await s.provider.inspect(ref)) === undefined);
  assert.equal(await s.provider.inspect(ref), undefined);
}

/** Every instance of the subject's fleet. */
export const listed = (s: Subject): Promise<Instance[]> => collect(s.provider.list({ fleet: s.fleet }));

/** What a command printed on both its streams, once it has ended. */
export async function outputOf(session: ExecSession): Promise<string> {
  const chunks = await collect(session.output);
  return Buffer.concat(chunks.map((chunk) => chunk.data)).toString();
}

/** Where the subject is tried. */
export async function firstOffer({ provider }: Subject): Promise<Offer> {
  for await (const offer of provider.offers({})) return offer;
  throw new assert.AssertionError({ message: 'the provider has no offers to test with' });
}
