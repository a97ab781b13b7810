import { type Asked, type InstanceRef, NebError, newId, type Provider, timestamp } from '@neb/core-types';
import { boundOnce, type Change, dearerOf, moveQuestion, newContainerStatus, newSnapshotStatus, ownerOf, type Resource, suspendAsked, type World } from '@neb/scheduler';
import type { AsideVerbs, Caller, Ref } from '@neb/sdk/contract';
import type { Verb } from '../auth/authorise.ts';
import { seenBy } from '../auth/view-of.ts';
import { type Access, put, retried } from './access.ts';
import { madeUpName } from './apply/made-up-name.ts';
import type { Planning } from './apply/planning.ts';
import { deedTo, type Recorder } from './audit.ts';
import { inTime } from './in-time.ts';
import { sentenceOf } from './sentence.ts';
import { containerView, snapshotView, titleOf } from './views.ts';

export interface AsideOptions {
  readonly world: World;
  readonly access: Access;
  readonly recorder: Recorder;
  readonly planningFor: (who: Caller) => Pick<Planning, 'fault' | 'blank' | 'bounds' | 'existing' | 'reserve'>;
}

/** Putting containers aside, forking and moving them: what cannot be is refused before anything is written, and the control loop does the rest. */
export function asideService({ world, access, recorder, planningFor }: AsideOptions): AsideVerbs {
  const { store, clock, random, providers } = world;
  const question = moveQuestion(world);

  /** One that runs and that nothing else is asked of. */
  async function running(who: Caller, verb: Verb, ref: Ref): Promise<Resource<'Container'>> {
    const found = await settled(who, verb, ref);
    if (found.status.status !== 'running' || found.status.attempt?.ref === undefined) throw final(`${sentenceOf(found)}, not running`, found.status.status === 'paused' ? '`neb resume` goes on with it.' : '`neb wait --for=running` waits for it.');
    return found;
  }

  async function settled(who: Caller, verb: Verb, ref: Ref): Promise<Resource<'Container'>> {
    const found = await access.need(who, verb, { kind: 'Container', ref });
    if (found.deletedAt !== undefined) throw final(`${titleOf(found)} is being deleted`);
    const { asked, move } = found.status;
    if (move) throw final(`${titleOf(found)} is on its way to ${move.to.platform}`, 'Wait until it has arrived: `neb get containers` shows it.');
    if (asked && asked.do !== verbOf[verb]) throw final(`${titleOf(found)} is asked to ${asked.do} already`);
    return found;
  }

  function platformOf({ status: { attempt } }: Resource<'Container'>): Provider {
    const provider = providers.find(({ name }) => name === attempt?.platform);
    if (!provider) throw new NebError('unsupported', `platform ${attempt?.platform ?? ''} is no longer set up on this server`);
    return provider;
  }

  /** Throws what its platform says against saving it so. */
  async function refuse(container: Resource<'Container'>, request: { readonly then: 'suspend' | 'run'; readonly for: 'itself' | 'any'; readonly connections?: 'close' | 'keep' | undefined }): Promise<void> {
    const { name, suspend } = platformOf(container);
    const title = titleOf(container);
    if (!suspend) throw new NebError('unsupported', `${title} cannot be put aside: ${name} suspends nothing`, { hint: '`neb get platforms` shows what each can do; `needs: [suspend]` keeps a container where it can be suspended.' });
    if (request.for === 'any' && !suspend.forks) throw new NebError('unsupported', `${title} cannot be saved for others: ${name} goes on with a container in its place only`, { hint: '`needs: [fork]` keeps a container where it can be forked.' });
    const { connections, ...rest } = request;
    const why = await inTime(async (call) => await suspend.refusal(container.status.attempt!.ref as InstanceRef, { key: 'ask', fleet: await store.fleet(), ...rest, ...(connections && { connections }) }, call));
    if (why !== undefined) throw new NebError('unsupported', `${title} cannot be put aside: ${why}`, { details: { final: true } });
  }

  /** Writes down what is asked for, wakes the control loop and keeps record. */
  async function ask(who: Caller, verb: Verb, { container, asked, bounds = [] }: { readonly container: Resource<'Container'>; readonly asked: Asked; readonly bounds?: readonly Change[] }): Promise<Resource<'Container'>> {
    const { kind, id, namespace, name } = container;
    const reason = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}Asked`;
    const event = { type: 'normal' as const, reason, message: `${who.id} asked to ${verb} it`, object: { kind, namespace, name, id } };
    const written = await put(seenBy(who, store), { ...container, status: { ...container.status, asked }, updatedAt: timestamp(clock.now()) }, { do: 'wake', kind, id }, { do: 'tell', event }, ...bounds);
    await recorder.done(who, deedTo(verb, written));
    return written;
  }

  return {
    suspend: (who, { ref, connections }) => retried(async () => {
      const container = await settled(who, 'suspend', ref);
      // Asking for what is so already changes nothing.
      if (container.status.suspended && container.status.status === 'paused' && !container.status.asked) return containerView(container);
      if (container.status.asked) return containerView(container);
      await running(who, 'suspend', { id: container.id });
      if (ownerOf(container)) throw final(`${titleOf(container)} is one of several that its ${ownerOf(container)!.kind.toLowerCase()} keeps running`, `Scale the ${ownerOf(container)!.kind.toLowerCase()} instead.`);
      await refuse(container, { then: 'suspend', for: 'itself', connections });
      return containerView(await ask(who, 'suspend', { container, asked: { ...suspendAsked(container, clock.now()), ...(connections && { connections }) } }));
    }),

    resume: (who, ref) => retried(async () => {
      const container = await settled(who, 'resume', ref);
      if (container.status.status === 'running' || container.status.asked) return containerView(container);
      if (container.status.status !== 'paused') throw final(`${sentenceOf(container)}, not suspended`);
      // What goes on costs again.
      const { changes, reserved } = (await world.budgets?.reserve(container, container.status.suspended?.price_per_hour ?? '0')) ?? { changes: [], reserved: container.status.reserved };
      const { reserved: _, ...status } = container.status;
      const bounded = { ...container, status: { ...status, ...(reserved && { reserved: { ...reserved } }) } };
      const asked: Asked = { do: 'resume', at: timestamp(clock.now()) };
      // It takes an accelerator again.
      const bounds = await planningFor(who).bounds({ ...bounded, status: { ...bounded.status, asked } }, container);
      return containerView(await ask(who, 'resume', { container: bounded, asked, bounds: boundOnce([...changes, ...bounds]) }));
    }),

    migrate: (who, { ref, platform, region, cheapest, connections }) => retried(async () => {
      const container = await running(who, 'migrate', ref);
      if (container.status.asked) return containerView(container);
      await refuse(container, { then: 'suspend', for: 'any', connections });
      const to = { ...(platform !== undefined && { platform }), ...(region !== undefined && { region }), ...(cheapest !== undefined && { cheapest }), ...(connections && { connections }) };
      const target = await inTime(({ signal }) => question(container, to, signal!));
      if (target.do === 'stay') throw new NebError('unsupported', `${titleOf(container)} stays where it is: ${target.why}`, { hint: '`neb explain` and `neb get platforms` show where it could be.', details: { final: true } });
      const { reserved: here } = container.status;
      const { changes, reserved: there } = (await world.budgets?.reserve(container, target.choice.offer.pricePerHour, { goesOn: true })) ?? { changes: [], reserved: undefined };
      const bounded = there ? { ...container, status: { ...container.status, reserved: dearerOf(here, there)! } } : container;
      return containerView(await ask(who, 'migrate', { container: bounded, bounds: changes, asked: { do: 'move', at: timestamp(clock.now()), ...to, ...(there && here && { reserved_here: here }) } }));
    }),

    checkpoint: (who, { ref, name = madeUpName(random), ttl, connections }) => retried(async () => {
      const container = await running(who, 'fork', ref);
      await refuse(container, { then: 'run', for: 'any', connections });
      const { snapshot, changes } = await newSnapshot(who, container, { name, spec: { container: container.name, ...(ttl !== undefined && { ttl }), ...(connections && { connections }) } });
      const [written] = await seenBy(who, store).commit(changes);
      await recorder.done(who, deedTo('create', snapshot));
      return snapshotView(written as Resource<'Snapshot'>);
    }),

    fork: (who, { ref, name, count = 1, platform, connections }) => retried(async () => {
      const container = await running(who, 'fork', ref);
      await refuse(container, { then: 'run', for: 'any', connections });
      const planning = planningFor(who);
      const names = count === 1 ? [name] : Array.from({ length: count }, (_, at) => `${name}-${at + 1}`);
      const taken = newId(random);
      const spec = { ...container.spec, snapshot: `${name}-${taken}`, platform };
      const forks = await Promise.all(names.map(async (one): Promise<Resource<'Container'>> => {
        const at = { namespace: container.namespace, name: one };
        if (await planning.existing('Container', at)) throw final(`container ${container.namespace}/${one} exists already`, 'Choose another name.');
        return { ...(await planning.blank('Container', at, { spec: unowned(spec), status: newContainerStatus })), labels: ownLabels(container.labels) };
      }));
      const fault = await planning.fault(forks[0]!);
      if (fault) throw fault;
      const { snapshot, changes } = await newSnapshot(who, container, { name: spec.snapshot, spec: { container: container.name, for_containers: forks.map(({ id }) => id), ...(connections && { connections }) } });
      const bounds = (await Promise.all(forks.map((fork) => planning.bounds(fork, undefined)))).flat();
      // They cost what their source does, or what the cheapest place does where they may go.
      const paid = await Promise.all(forks.map((fork) => planning.reserve(fork)));
      const bounded = forks.map((fork, nth): Resource<'Container'> => (paid[nth]!.reserved ? { ...fork, status: { ...fork.status, reserved: { ...paid[nth]!.reserved } } } : fork));
      const written = await seenBy(who, store).commit(boundOnce([...changes, ...paid.flatMap((one) => one.changes), ...bounded.flatMap((resource): Change[] => [{ do: 'put', resource }, { do: 'wake', kind: 'Container', id: resource.id }]), ...bounds]));
      await Promise.all([snapshot, ...forks].map((made) => recorder.done(who, deedTo('create', made))));
      const made = written.filter((one) => one.kind === 'Container') as readonly Resource<'Container'>[];
      return { snapshot: snapshotView(written.find((one) => one.kind === 'Snapshot') as Resource<'Snapshot'>), containers: made.map(containerView) };
    }),
  };

  async function newSnapshot(who: Caller, { namespace }: Resource<'Container'>, { name, spec }: { readonly name: string; readonly spec: Resource<'Snapshot'>['spec'] }): Promise<{ readonly snapshot: Resource<'Snapshot'>; readonly changes: readonly Change[] }> {
    const planning = planningFor(who);
    const at = { namespace, name };
    if (await planning.existing('Snapshot', at)) throw final(`snapshot ${namespace}/${name} exists already`, 'Choose another name.');
    const snapshot = await planning.blank('Snapshot', at, { spec, status: newSnapshotStatus });
    return { snapshot, changes: [{ do: 'put', resource: snapshot }, { do: 'wake', kind: 'Snapshot', id: snapshot.id }, ...(await planning.bounds(snapshot, undefined))] };
  }
}

const verbOf: Partial<Record<Verb, Asked['do']>> = { suspend: 'suspend', resume: 'resume', migrate: 'move' };

/** A fork of one of several is nobody's. */
function ownLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith('neb.')));
}

/** Ports of the host are taken by whom it is forked from. */
function unowned(spec: Resource<'Container'>['spec']): Resource<'Container'>['spec'] {
  const ports = spec.ports?.map(({ host_port: taken, ...port }) => ({ ...port, ...(taken !== undefined && { public: true }) }));
  return Object.fromEntries(Object.entries({ ...spec, ports, queue: undefined }).filter(([, value]) => value !== undefined)) as Resource<'Container'>['spec'];
}

function final(message: string, hint?: string): NebError {
  return new NebError('conflict', message, { hint, details: { final: true } });
}
