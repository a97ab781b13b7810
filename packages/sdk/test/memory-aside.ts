import { type Container, NebError, type SnapshotObject, type SnapshotStatus } from '@neb/core-types';
import type { AsideVerbs, Snapshots } from '../src/contract/index.ts';
import type { Table } from './objects.ts';

export const savedStatus: SnapshotStatus = { status: 'ready', keeps: 'memory', platform: 'docker', size_bytes: 3, conditions: [] };

/** Putting aside, in memory: what is asked for is so at once. */
export function memoryAside(containers: Table<Container>, snapshots: Table<SnapshotObject>): { readonly aside: AsideVerbs; readonly snapshots: Snapshots } {
  const files = new Map<string, Uint8Array>();
  const become = async (container: Container, status: Partial<Container['status']>): Promise<Container> => {
    const after: Container = { ...container, status: { ...container.status, ...status } };
    containers.put(after);
    return after;
  };
  const taken = (of: Container, name: string): SnapshotObject => {
    const snapshot: SnapshotObject = { kind: 'Snapshot', metadata: { ...of.metadata, name, id: `s-${name}` }, container: of.metadata.name, status: savedStatus };
    snapshots.put(snapshot);
    return snapshot;
  };
  return {
    aside: {
      suspend: async (who, { ref }) => become(await containers.objects.get(who, ref), { status: 'paused', ready: false, cost_per_hr: '0' }),
      resume: async (who, ref) => become(await containers.objects.get(who, ref), { status: 'running', ready: true }),
      async migrate(who, { ref, platform = 'elsewhere' }) {
        if (platform === 'nowhere') throw new NebError('unsupported', 'it stays where it is: there is no platform nowhere');
        return become(await containers.objects.get(who, ref), { platform });
      },
      checkpoint: async (who, { ref, name = 'made-up' }) => taken(await containers.objects.get(who, ref), name),
      async fork(who, { ref, name, count = 1 }) {
        const of = await containers.objects.get(who, ref);
        const forks = Array.from({ length: count }, (_, at): Container => ({ ...of, metadata: { ...of.metadata, name: count === 1 ? name : `${name}-${at + 1}`, id: `f-${name}-${at}` }, snapshot: name }));
        for (const fork of forks) containers.put(fork);
        return { snapshot: taken(of, name), containers: forks };
      },
    },
    snapshots: {
      ...snapshots.objects,
      async export(who, ref) {
        const { metadata: { id } } = await snapshots.objects.get(who, ref);
        return pieces(files.get(id) ?? new TextEncoder().encode(`snapshot ${id}`));
      },
      async import(who, { namespace, name }, file) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of file) chunks.push(chunk);
        const snapshot: SnapshotObject = { kind: 'Snapshot', metadata: { name, namespace, id: `s-${name}`, owner: who.id, labels: {}, created_at: at, created_by: who.id, updated_at: at, generation: 1, version: 1 }, container: 'unknown', status: savedStatus };
        files.set(snapshot.metadata.id, Buffer.concat(chunks));
        snapshots.put(snapshot);
        return snapshot;
      },
    },
  };
}

const at = '2026-11-24T08:00:00.000Z';

async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content.subarray(0, 2);
  yield content.subarray(2);
}
