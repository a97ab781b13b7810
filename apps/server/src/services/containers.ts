import { type Attempt, isNebError, NebError, parseSelector, type Provider } from '@neb/core-types';
import type { Resource, World } from '@neb/scheduler';
import type { Caller, Containers, Explanation, Ref } from '@neb/sdk/contract';
import type { Verb } from '../auth/authorise.ts';
import { seenBy } from '../auth/view-of.ts';
import type { Explain } from './candidates.ts';
import type { Access } from './access.ts';
import { deedTo, type Recorder } from './audit.ts';
import { containerLogs } from './logs/logs.ts';
import type { MoveViewOf } from './move-view.ts';
import { objects } from './objects.ts';
import { sentenceOf } from './sentence.ts';
import { containerView, titleOf } from './views.ts';

export interface ContainersOptions {
  readonly world: World;
  readonly explain: Explain;
  readonly move: MoveViewOf;
  readonly access: Access;
  readonly recorder: Recorder;
  readonly onFeed?: ((lagMs: number) => void) | undefined;
}

type InstanceRef = Parameters<Provider['inspect']>[0];
type Facet = 'exec' | 'dial' | 'files' | 'usage';

/** What may be done with containers: what runs is asked of its platform, all else of the store. */
export function containerService({ world, explain, move: moveOf, access, recorder, onFeed }: ContainersOptions): Containers {
  const { store, providers, clock } = world;

  /** The running instance of a container and what its platform can do with it. Throws `conflict` where none runs, `unsupported` where it cannot. */
  async function running<F extends Facet>(facet: F, asked: { readonly who: Caller; readonly verb: Verb; readonly ref: Ref }): Promise<{ readonly ref: InstanceRef; readonly use: NonNullable<Provider[F]>; readonly title: string }> {
    const container = await access.need(asked.who, asked.verb, { kind: 'Container', ref: asked.ref });
    const { attempt, status } = container.status;
    if (attempt?.ref === undefined || attempt.started_at === undefined || attempt.ended_at !== undefined || container.goneAt !== undefined) {
      throw new NebError('conflict', `${sentenceOf(container)}, not running`, { hint: hintFor(status) });
    }
    const provider = providers.find(({ name }) => name === attempt.platform);
    if (!provider) throw new NebError('unsupported', `${titleOf(container)} runs on ${attempt.platform}, which this server does not serve any more`);
    const use = provider[facet];
    if (!use) throw new NebError('unsupported', `platform ${provider.name} cannot do this: it has no ${facet}`);
    if (asked.verb !== 'usage') await recorder.done(asked.who, deedTo(asked.verb, container));
    return { ref: attempt.ref as InstanceRef, use, title: titleOf(container) };
  }

  return {
    ...objects({ kind: 'Container', view: containerView, store, access, recorder, clock, onFeed }),

    async rows(who, { selector, ...query }) {
      const position = await store.cursor();
      const { items, next } = await seenBy(who, store).containerRows({ ...query, labels: selector === undefined ? undefined : parseSelector(selector) });
      const seen = items.filter(({ metadata: { owner, namespace } }) => access.may(who, 'list', { kind: 'Container', owner, namespace }));
      return { items: seen, position, ...(next !== undefined && { next }) };
    },
    async *logs(who, input, signal) {
      const container = await access.need(who, 'logs', { kind: 'Container', ref: input.ref });
      yield* containerLogs({ store: seenBy(who, store), providers, clock, secrets: world.secrets }, { container, input, signal });
    },
    async usage(who, ref) {
      const instance = await running('usage', { who, verb: 'usage', ref });
      return await instance.use(instance.ref);
    },
    async explain(who, ref): Promise<Explanation> {
      const container = await access.need(who, 'explain', { kind: 'Container', ref });
      const seen = seenBy(who, store);
      const [attempts, events, { places, candidates }, move] = await Promise.all([
        seen.attempts(container.id),
        seen.events({ objectId: container.id, limit: 50 }),
        explain(container),
        moveOf(container),
      ]);
      return {
        container: containerView(container),
        attempts: withCurrent(attempts, container.status.attempt),
        events: events.items,
        places: places.map(({ platform, fits, why, pricePerHour }) => ({ platform, fits, why, ...(pricePerHour !== undefined && { pricePerHour }) })),
        candidates,
        ...(move && { move }),
      };
    },
    async exec(who, ref, ...[request, signal]) {
      const instance = await running('exec', { who, verb: 'exec', ref });
      return await instance.use(instance.ref, request, { signal });
    },
    async dial(who, ref, ...[port, signal]) {
      const instance = await running('dial', { who, verb: 'dial', ref });
      return await instance.use(instance.ref, port, { signal });
    },
    async readFiles(who, ref, path) {
      const instance = await running('files', { who, verb: 'read_files', ref });
      return await instance.use.read(instance.ref, path).catch(noSuchPath(path, instance.title));
    },
    async writeFiles(who, ref, ...[path, tar]) {
      const instance = await running('files', { who, verb: 'write_files', ref });
      await instance.use.write(instance.ref, path, tar).catch(noSuchPath(path, instance.title));
    },
  };
}

function hintFor(status: Resource<'Container'>['status']['status']): string {
  return ['completed', 'failed', 'stopped', 'deleted', 'deleting'].includes(status) ? '`neb logs` shows what it left behind.' : '`neb wait --for=ready` waits for it.';
}

/** A platform knows its instance by a name that nobody gave it: the container's own is told. */
function noSuchPath(path: string, title: string): (error: unknown) => never {
  return (error) => {
    throw isNebError(error, 'not_found') ? new NebError('not_found', `there is no ${path} in ${title}`, { cause: error }) : error;
  };
}

/** The ledger has what is over; the object the one under way, or the last one. */
function withCurrent(ledger: readonly Attempt[], current: Attempt | undefined): readonly Attempt[] {
  return current && !ledger.some(({ number }) => number === current.number) ? [current, ...ledger] : ledger;
}
