import { isNebError, type Quota, type Route, type ServiceManifest, serviceManifest, timestamp } from '@neb/core-types';
import { containersOf } from '../src/crew/containers-of.ts';
import { routeOf } from '../src/routes/route-of.ts';
import { newServiceStatus } from '../src/service/status.ts';
import type { Resource } from '../src/store.ts';
import type { World } from '../src/world.ts';
import { type Stage, stage, type StageOptions } from './harness.ts';
import { memoryTraffic, type MemoryTraffic } from './memory-traffic.ts';

/** A service `web` in a namespace `n`, with gateways in memory. */
export interface ServiceStage extends Stage {
  readonly traffic: MemoryTraffic;
  service(): Promise<Resource<'Service'>>;
  word(): Promise<string>;
  replicas(): Promise<readonly Resource<'Container'>[]>;
  /** Those that are ready and were not asked to go, by their image. */
  ready(image?: string): Promise<number>;
  route(): Promise<Route | undefined>;
  /** As the API changes it. */
  edit(change: (service: Resource<'Service'>) => Resource<'Service'>): Promise<void>;
  /** As whoever applies a manifest with another image, and more. */
  apply(image: string, more?: Partial<ServiceManifest>): Promise<void>;
  /** As whoever holds a request does. */
  wake(): Promise<void>;
  readonly inService: World;
}

export type ServiceFields = Partial<Omit<ServiceManifest, 'container'>> & { readonly container?: Partial<ServiceManifest['container']> };

export async function serviceStage(fields: ServiceFields = {}, { quota, ...options }: StageOptions & { readonly quota?: Quota } = {}): Promise<ServiceStage> {
  const s = stage({ startMs: 2_000, ...options });
  const traffic = memoryTraffic();
  const { kind, metadata: _, ...spec } = serviceManifest.parse({ ...fields, container: { image: 'v1', restart: 'Always', ports: [8000], ...fields.container } });
  const now = timestamp(s.clock.now());
  const base = { owner: 'o', labels: {}, seq: 0, version: 0, generation: 1, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now };
  await s.store.commit([
    { do: 'put', resource: { ...base, kind: 'Namespace', id: 'ns', namespace: '', name: 'n', spec: quota ? { quota } : {}, status: { status: 'active', conditions: [] } } },
    { do: 'put', resource: { ...base, kind, id: 's', namespace: 'n', name: 'web', spec, status: newServiceStatus } },
    { do: 'wake', kind: 'Service', id: 's' },
  ]);
  const inService = { ...s.world, traffic };
  s.start(inService);
  const service = async (): Promise<Resource<'Service'>> => (await s.store.get('Service', 's'))!;
  const replicas = async (): Promise<readonly Resource<'Container'>[]> => await containersOf(s.store, { kind: 'Service', id: 's', namespace: 'n' });
  const edit: ServiceStage['edit'] = async (change) => {
    for (;;) {
      try {
        return void (await s.store.commit([{ do: 'put', resource: change(await service()) }, { do: 'wake', kind: 'Service', id: 's' }]));
      } catch (error) {
        if (!isNebError(error, 'conflict')) throw error;
      }
    }
  };
  return {
    ...s, traffic, service, replicas, edit, inService,
    word: async () => (await service()).status.status,
    async ready(image) {
      const draining = (await service()).status.draining ?? [];
      return (await replicas()).filter((one) => one.status.ready && one.deletedAt === undefined && !draining.some(({ id }) => id === one.id) && (image === undefined || one.spec.image === image)).length;
    },
    route: async () => routeOf(await service(), await replicas(), () => false),
    apply: (image, more = {}) => edit((of) => ({ ...of, generation: of.generation + 1, spec: { ...of.spec, ...more, container: { ...of.spec.container, image } } })),
    wake: async () => { await s.store.commit([{ do: 'wake', kind: 'Service', id: 's' }]); },
  };
}
