import {
  type Budget, checkManifest, type Container, type ContainerStatus, type Event, type Manifest, type Metadata, type Namespace, NebError, parseManifest, type Processor, processorStream, type Secret, type Service, type SnapshotObject, type TerminalSize, type UsageRecord,
} from '@neb/core-types';
import type { Applied, BillKey, Caller, EventEntry, LogEntry, Ref, Services } from '../src/contract/index.ts';
import { type Feed, feed } from './feed.ts';
import { localConnection, localSession } from './local-session.ts';
import { memoryAside, savedStatus } from './memory-aside.ts';
import { memoryIdentity } from './memory-identity.ts';
import { memoryProcessors, type MemoryProcessors, newProcessorStatus } from './memory-processors.ts';
import { memoryServiceVerbs, newServiceStatus } from './memory-service-verbs.ts';
import { type Change, type Table, table } from './objects.ts';

export interface Memory {
  readonly services: Services;
  readonly containers: Table<Container>;
  readonly processors: Omit<MemoryProcessors, 'services'>;
  readonly changes: Feed<Change>;
  readonly logs: Feed<LogEntry>;
  readonly events: Feed<Event>;
  readonly resized: TerminalSize[];
  /** What was last written by `writeFiles`. */
  readonly files: Map<string, Uint8Array>;
  setStatus(ref: Ref, status: Partial<ContainerStatus>): void;
}

export const alice: Caller = { id: 'alice@example.com', handle: 'alice', roles: { 'alice@example.com': 'owner', acme: 'developer' }, admin: false };

/** A server's services, in memory. */
export function memoryServices(): Memory {
  const changes = feed<Change>();
  const logs = feed<LogEntry>();
  const events = feed<Event>();
  const containers = table<Container>('Container', changes);
  const namespaces = table<Namespace>('Namespace', changes);
  const secrets = table<Secret>('Secret', changes);
  const budgets = table<Budget>('Budget', changes);
  const processors = table<Processor>('Processor', changes);
  const { services: processorServices, ...streams } = memoryProcessors(processors);
  const balanced = table<Service>('Service', changes);
  const snapshots = table<SnapshotObject>('Snapshot', changes);
  const putAside = memoryAside(containers, snapshots);
  const values = new Map<string, string>();
  const resized: TerminalSize[] = [];
  const files = new Map<string, Uint8Array>();
  const owned = (who: Caller, ref: Ref): Promise<Container> => containers.objects.get(who, ref);

  const write = (manifest: Manifest, who: Caller, { mode, dryRun }: { readonly mode: string; readonly dryRun?: boolean | undefined }): Applied => {
    const meta = metadataOf(manifest, who);
    const ref = { namespace: meta.namespace, name: meta.name };
    const rows = { Container: containers, Namespace: namespaces, Secret: secrets, Processor: processors, Service: balanced, Snapshot: snapshots, Budget: budgets }[manifest.kind];
    const old = rows.find(ref);
    if (old && mode === 'create') throw new NebError('conflict', `${manifest.kind.toLowerCase()} ${meta.namespace}/${meta.name} exists`, { hint: 'Use `neb apply`.' });
    const metadata = old ? { ...old.metadata, labels: meta.labels, version: old.metadata.version + 1 } : meta;
    const { metadata: _, ...spec } = manifest;
    const restarts = old?.kind === 'Container' && manifest.kind === 'Container' && old.image !== manifest.image;
    const applied = { kind: manifest.kind, outcome: old ? 'configured' as const : 'created' as const, namespace: meta.namespace, name: meta.name, after: spec, changes: restarts ? ['image'] : [], restarts, warnings: [] };
    if (dryRun) return applied;
    if (manifest.kind === 'Container') containers.put({ ...manifest, metadata, status: old?.kind === 'Container' ? old.status : pending });
    else if (manifest.kind === 'Namespace') namespaces.put({ ...manifest, metadata, status: { status: 'active', conditions: [] } });
    else if (manifest.kind === 'Processor') processors.put({ ...manifest, metadata, status: old?.kind === 'Processor' ? old.status : newProcessorStatus(processorStream({ ...metadata, spec: manifest })) });
    else if (manifest.kind === 'Budget') budgets.put({ ...manifest, metadata, status: old?.kind === 'Budget' ? old.status : { status: 'within', conditions: [] } });
    else if (manifest.kind === 'Service') balanced.put({ ...manifest, metadata, status: old?.kind === 'Service' ? old.status : newServiceStatus(spec) });
    else if (manifest.kind === 'Snapshot') snapshots.put({ ...manifest, metadata, status: savedStatus });
    else {
      values.set(metadata.id, manifest.value);
      secrets.put({ kind: 'Secret', metadata, ...(manifest.expires_at !== undefined && { expires_at: new Date(typeof manifest.expires_at === 'number' ? manifest.expires_at * 1_000 : manifest.expires_at).toISOString() }) });
    }
    return { ...applied, id: metadata.id };
  };

  const services: Services = {
    version: () => ({ version: '1.2.3', fleet: 'f1', database: 'memory' }),
    apply: async (who, { manifests, expected = [], ...options }) => {
      for (const { id, version } of expected) if ((containers.find({ id }) ?? processors.find({ id }) ?? balanced.find({ id }))?.metadata.version !== version) throw new NebError('conflict', `${id} was changed meanwhile`, { details: { stale: true } });
      return manifests.map((manifest) => parseManifest(manifest)).map((manifest) => write(manifest, who, options));
    },
    check: (manifests) => manifests.map((manifest) => checkManifest(manifest)).map((checked) => (checked.ok ? [] : checked.problems)),
    containers: {
      ...containers.objects,
      rows: (who, input) => containers.objects.list(who, input),
      async *logs(who, { ref, follow, after, tail }, signal) {
        await owned(who, ref);
        const end = logs.position;
        const start = after ?? `p${tail === undefined ? 0 : Math.max(0, Number(end.slice(1)) - tail)}`;
        if (!follow && start === end) return;
        for await (const { position, entry } of logs.follow(start, signal)) {
          if (entry.text === 'THE END') return;
          yield { ...entry, position };
          if (!follow && position === end) return;
        }
      },
      usage: async (who, ref) => owned(who, ref).then(() => ({ cpus: 0.5, memoryBytes: 1024 })),
      explain: async (who, ref) => ({ container: await owned(who, ref), attempts: [], events: [], places: [{ platform: 'docker', fits: true, why: 'it has room' }], candidates: [] }),
      exec: async (who, ref, request) => {
        await owned(who, ref);
        if (request.command[0] === 'missing') throw new NebError('not_found', 'there is no command "missing"');
        return localSession(request, (size) => resized.push(size));
      },
      dial: async (who, ref, port) => owned(who, ref).then(() => localConnection(port)),
      readFiles: async (who, ref, path) => {
        await owned(who, ref);
        const found = files.get(path);
        if (!found) throw new NebError('not_found', `there is no ${path} in the container`);
        return chunked(found);
      },
      writeFiles: async (who, ref, path, tar) => {
        await owned(who, ref);
        const chunks: Uint8Array[] = [];
        for await (const chunk of tar) chunks.push(chunk);
        files.set(path, Buffer.concat(chunks));
      },
    },
    budgets: budgets.objects,
    namespaces: namespaces.objects,
    secrets: {
      ...secrets.objects,
      reveal: async (who, ref) => ({ value: values.get((await secrets.objects.get(who, ref)).metadata.id) ?? '' }),
    },
    processors: processorServices,
    services: memoryServiceVerbs(balanced),
    ...putAside,
    events: async () => ({ items: [] }),
    async *watchEvents(_who, { after }, signal): AsyncGenerator<EventEntry> {
      for await (const { position, entry } of events.follow(after, signal)) yield { ...entry, position };
    },
    audit: {
      list: async (who) => ({ items: [{ seq: 1, hash: 'h1', entry: { at: '2026-11-24T08:00:00.000Z', who: who.id, verb: 'reveal', kind: 'Secret', outcome: 'denied' } }] }),
      async *records() {
        for (const seq of [1, 2]) yield { seq, hash: `h${seq}`, entry: { at: '2026-11-24T08:00:00.000Z', who: 'alice@example.com', verb: 'exec', kind: 'Container', outcome: 'ok' }, position: String(seq) };
      },
      verify: async () => ({ ok: true, records: 2, end: { seq: 2, hash: 'h2' } }),
    },
    billing: {
      usage: async (_, { by = [] }) => ({ items: [{ by: Object.fromEntries(by.map((one) => [one, 'x'])), metric: 'runtime', unit: 'second', quantity: '3600', ...money }], more: false }),
      cost: async (_, { by = [], labels = {} }) => ({ items: [{ by: Object.fromEntries([...by.map((one) => [one, 'x']), ...Object.entries(labels)]), ...money }], more: false }),
      spending: async (_, { objects }) => ({
        at: '2026-11-24T08:00:00.000Z', until: '2026-12-01T00:00:00.000Z',
        items: objects.map(({ id }) => ({ id, runs: 1, seconds: '3600', asked: [], platform: [{ currency: 'USD', per_hour: '0.3', spent: '0.3', projected: '48.3' }], problems: [] })),
      }),
      bill: async (who, { owner = who.id, since, until, cursor = '0' }) => ({
        owner, since, until, after: { seq: 0, hash: '0'.repeat(64) }, end: { seq: 2, hash: 'f'.repeat(64) }, made_at: '2026-11-24T08:00:00.000Z', signature: { key: billKey.id, value: 'AA==' },
        items: [usedBy(owner, Number.parseInt(cursor, 10) + 1)], ...(cursor === '0' && { next: '1-2' }),
      }),
      keys: async () => [billKey],
      rotateKey: async () => billKey,
    },
    identity: memoryIdentity(),
    quotas: {
      list: async (who, { owner = who.id }) => [{ of: 'owner', name: owner, quota: {}, usage: nothingTaken }],
      set: async (_, { owner, quota = {} }) => ({ of: 'owner', name: owner, quota, usage: nothingTaken }),
    },
    admin: { rotateKey: async () => ({ rewrapped: 3, made: true }) },
    openmeter: {
      retry: async () => ({ delivered: 1, undelivered: 0 }),
      status: async () => ({ configured: true, position: 4, behind: 1, undelivered: 0, refused: [] }),
      sync: async () => ({ meters: [{ slug: 'neb_value_runtime', event_type: 'runtime', outcome: 'created', differences: [] }], subjects: 2, delivered: 0, undelivered: 0 }),
    },
    platforms: async () => [{ name: 'docker', ready: true, capabilities: ['logs'], running: 0 }],
    offers: async (_, { platform = 'docker', ...asked }) => ({ offers: [{ platform, region: asked.region ?? 'local', count: asked.count ?? 0, available: 'yes', price_per_hour: asked.maxPrice ?? '0', from: 'live', type: JSON.stringify(asked) }], unanswered: [] }),
  };

  return {
    services, containers, processors: streams, changes, logs, events, resized, files,
    setStatus: (ref, status) => {
      const found = containers.find(ref);
      if (!found) throw new Error('no such container');
      containers.put({ ...found, status: { ...found.status, ...status } });
    },
  };
}

const billKey: BillKey = { id: '0123456789abcdef0123456789abcdef', algorithm: 'Ed25519', public_key: '-----BEGIN PUBLIC KEY-----', made_at: '2026-11-24T08:00:00.000Z' };
const money = { currency: 'USD', amount: '0.37', cost: '0.3', margin: '0.07', facts: 2 };
const usedBy = (owner: string, seq: number): UsageRecord => ({
  seq, hash: String(seq).repeat(64),
  fact: {
    id: `fact-${seq}`, kind: 'runtime', from: '2026-11-24T08:00:00.000Z', to: '2026-11-24T09:00:00.000Z', owner, namespace: 'shop', object: { kind: 'Container', id: 'c1', name: 'web' }, labels: {},
    metric: 'runtime', quantity: '3600', unit: 'second', currency: 'USD', amount: '0.37', cost: '0',
  },
});

const pending: ContainerStatus = { status: 'pending', ready: false, attempts: 0, restart_count: 0, launch_failures: 0, conditions: [], cost_per_hr: '0.25' };
let ids = 0;

function metadataOf({ kind, metadata }: Manifest, who: Caller): Metadata {
  const { name = `unnamed-${ids}`, namespace = who.handle, labels = {} } = metadata ?? {};
  const time = '2026-11-24T08:00:00.000Z';
  return {
    name, namespace: kind === 'Namespace' ? '' : namespace === '-' ? who.handle : namespace, labels, id: `id${ids++}`, owner: who.id, created_by: who.id,
    created_at: time, updated_at: time, generation: 1, version: 1,
  };
}

async function* chunked(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += 10_000) yield data.subarray(at, at + 10_000);
}

const nothingTaken = { containers: 0, accelerators: 0, cpu: 0, memory: 0, volumes: 0 };
