import { isDeepStrictEqual } from 'node:util';
import { endedWords, isNebError, NebError, newId } from '@neb/core-types';
import { type Change, needsRestart, newContainerStatus, newSnapshotStatus, type Resource, type SecretSpec } from '@neb/scheduler';
import type { Applied, ApplyInput } from '@neb/sdk/contract';
import { titleOf } from '../views.ts';
import { differences } from './differences.ts';
import { budgetWanted } from './plan-budget.ts';
import { processorWanted } from './plan-processor.ts';
import { serviceWanted } from './plan-service.ts';
import type { Planning } from './planning.ts';
import type { Wanted, WantedOf } from './wanted.ts';

/** What one manifest comes to. */
export interface Planned {
  readonly applied: Applied;
  readonly changes: readonly Change[];
  /** The value a secret gets. */
  readonly seal?: { readonly secret: Resource<'Secret'>; readonly value: string } | undefined;
  /** What has to be gone before: its name is taken. */
  readonly replaces?: Resource<'Container'> | undefined;
}

type Stored = 'Budget' | 'Container' | 'Namespace' | 'Processor' | 'Secret' | 'Service' | 'Snapshot';
type Fields = Readonly<Record<string, unknown>>;

/** What `wanted` changes, from what is there. Throws what is in the way. */
export async function planOne(planning: Planning, mode: ApplyInput['mode'], wanted: Wanted): Promise<Planned> {
  switch (wanted.kind) {
    case 'Budget': return await planBudget(planning, mode, wanted);
    case 'Container': return await planContainer(planning, mode, wanted);
    case 'Namespace': return await planNamespace(planning, mode, wanted);
    case 'Secret': return await planSecret(planning, mode, wanted);
    case 'Processor': return await planProcessor(planning, mode, wanted);
    case 'Service': return await planService(planning, mode, wanted);
    case 'Snapshot': return await planSnapshot(planning, mode, wanted);
  }
}

async function planContainer(planning: Planning, mode: ApplyInput['mode'], wanted: WantedOf<'Container'>): Promise<Planned> {
  const { kind: _, metadata, namespace, name, ...spec } = wanted;
  const found = await planning.existing('Container', wanted);
  const replaces = found && mode === 'replace' && (endedWords.includes(found.status.status) || needsRestart(found.spec, spec)) ? found : undefined;
  const before = checked(replaces ? undefined : found, mode);
  const base = before ?? (await planning.blank('Container', wanted, { spec, status: newContainerStatus }));
  const after: Resource<'Container'> = { ...base, spec, labels: metadata.labels ?? {}, ownerRef: metadata.owner_ref };
  const [refused, warnings] = [await planning.fault(after), planning.warnings(spec)];
  if (refused) throw new NebError(refused.code, `${titleOf(wanted)}: ${refused.message}`, { hint: refused.hint, details: refused.details, cause: refused });
  const restarts = before !== undefined && needsRestart(before.spec, spec);
  const { changes: budgeted, reserved } = before ? { changes: [], reserved: undefined } : await planning.reserve(after);
  const shown = { before: before ?? replaces, after: reserved ? { ...after, status: { ...after.status, reserved: { ...reserved } } } : after, restarts, warnings };
  return { ...planned(shown, [...(await planning.bounds(after, before)), ...budgeted, { do: 'wake', kind: 'Container', id: after.id }]), ...(replaces && { replaces }) };
}

async function planNamespace(planning: Planning, mode: ApplyInput['mode'], wanted: WantedOf<'Namespace'>): Promise<Planned> {
  const { metadata, name } = wanted;
  const found = await planning.namespaces.need(name);
  const before = found.version === 0 ? undefined : checked(found, mode);
  planning.allow(before ? 'update' : 'create', { kind: 'Namespace', name, owner: found.owner, isNew: before === undefined });
  if (metadata.owner !== undefined && metadata.owner !== found.owner) {
    throw new NebError('invalid', `namespace ${name} belongs to ${found.owner}, and a namespace keeps its owner`, { hint: 'Leave `owner` out, or make a namespace of another name.' });
  }
  const quota = wanted.quota ?? found.spec.quota;
  const limits = quota && Object.keys(quota).length > 0 ? { quota } : {};
  if (!isDeepStrictEqual(limits, found.spec)) planning.allowQuota(found);
  const after = { ...found, spec: limits, labels: metadata.labels ?? {} };
  return planned({ before, after, restarts: false, warnings: [] }, [{ do: 'wake', kind: 'Namespace', id: after.id }]);
}

async function planBudget(planning: Planning, mode: ApplyInput['mode'], wanted: WantedOf<'Budget'>): Promise<Planned> {
  const before = checked(await planning.existing('Budget', wanted), mode);
  const after = await budgetWanted(planning, wanted, before);
  return planned({ before, after, restarts: false, warnings: [] }, [...(await planning.bounds(after, before)), { do: 'wake', kind: 'Budget', id: after.id }]);
}

async function planProcessor(planning: Planning, mode: ApplyInput['mode'], wanted: WantedOf<'Processor'>): Promise<Planned> {
  const before = checked(await planning.existing('Processor', wanted), mode);
  const { after, warnings } = await processorWanted(planning, wanted, before);
  return planned({ before, after, restarts: false, warnings }, [...(await planning.bounds(after, before)), { do: 'wake', kind: 'Processor', id: after.id }]);
}

async function planService(planning: Planning, mode: ApplyInput['mode'], wanted: WantedOf<'Service'>): Promise<Planned> {
  const before = checked(await planning.existing('Service', wanted), mode);
  const { after, warnings } = await serviceWanted(planning, wanted, before);
  return planned({ before, after, restarts: false, warnings }, [...(await planning.bounds(after, before)), { do: 'wake', kind: 'Service', id: after.id }]);
}

/** To apply a snapshot is to take one. What was taken stays as it is. */
async function planSnapshot(planning: Planning, mode: ApplyInput['mode'], wanted: WantedOf<'Snapshot'>): Promise<Planned> {
  const { kind: _, metadata, namespace, name, ...spec } = wanted;
  const before = checked(await planning.existing('Snapshot', wanted), mode);
  if (before && before.spec.container !== spec.container) throw final(`${titleOf(before)} is of container ${before.spec.container}, and stays so`, 'Take one of another name, or delete this one first.');
  const base = before ?? (await planning.blank('Snapshot', wanted, { spec, status: newSnapshotStatus }));
  const after: Resource<'Snapshot'> = { ...base, spec: { ...base.spec, ...spec }, labels: metadata.labels ?? {}, ownerRef: metadata.owner_ref };
  if (!before && (await planning.namespaces.need(namespace)).version === 0) throw new NebError('not_found', `there is no namespace ${namespace}`);
  if (!before && !(await planning.existing('Container', { namespace, name: spec.container }))) throw new NebError('not_found', `there is no container ${namespace}/${spec.container} to take a snapshot of`);
  return planned({ before, after, restarts: false, warnings: [] }, [...(await planning.bounds(after, before)), { do: 'wake', kind: 'Snapshot', id: after.id }]);
}

async function planSecret(planning: Planning, mode: ApplyInput['mode'], wanted: WantedOf<'Secret'>): Promise<Planned> {
  const { metadata, value } = wanted;
  const before = checked(await planning.existing('Secret', wanted), mode);
  const expiresAt = expiry(wanted);
  const same = before !== undefined && (await hasValue(planning, before, value));
  const spec: SecretSpec = { value_version: same ? before.spec.value_version : newId(planning.random), ...(expiresAt !== undefined && { expires_at: expiresAt }) };
  const base = before ?? (await planning.blank('Secret', wanted, { spec, status: {} }));
  const after: Resource<'Secret'> = { ...base, spec, labels: metadata.labels ?? {}, ownerRef: metadata.owner_ref };
  const warnings = expiresAt !== undefined && Date.parse(expiresAt) <= planning.clock.now() ? [`it expired at ${expiresAt} already`] : [];
  return { ...planned({ before, after, restarts: false, warnings }, await planning.bounds(after, before)), ...(!same && { seal: { secret: after, value } }) };
}

interface Shown<K extends Stored> {
  readonly before: Resource<K> | undefined;
  readonly after: Resource<K>;
  readonly restarts: boolean;
  readonly warnings: readonly string[];
}

function planned<K extends Stored>({ before, after, restarts, warnings }: Shown<K>, more: readonly Change[]): Planned {
  const shown = { before: before && shownFields(before), after: shownFields(after) };
  const changes = shown.before ? [...differences(shown.before, shown.after), ...(before && isPinned(before) && !isPinned(after) ? [pin] : [])] : [];
  const outcome = before === undefined ? 'created' : before.id !== after.id ? 'replaced' : changes.length > 0 ? 'configured' : 'unchanged';
  const { kind, id, namespace, name } = after;
  const applied: Applied = { kind, outcome, id, namespace, name, ...shown, changes, restarts: restarts || outcome === 'replaced', warnings };
  if (outcome === 'unchanged') return { applied, changes: [] };
  const specChanged = changes.some((path) => path !== pin && !path.startsWith('metadata.'));
  const resource = { ...after, generation: outcome === 'configured' && specChanged ? after.generation + 1 : after.generation };
  const news = outcome === 'configured' && kind === 'Container' ? [configured(after, changes)] : [];
  return { applied, changes: [{ do: 'put', resource }, ...more, ...news] };
}

/** A number asked for by hand goes with the next manifest, though that says what the one before did. */
const pin = 'status.pinned';
const isPinned = ({ status }: Resource): boolean => 'pinned' in status && status.pinned !== undefined;

function configured({ kind, namespace, name, id }: Resource, changes: readonly string[]): Change {
  return { do: 'tell', event: { type: 'normal', reason: 'Configured', message: `changed ${changes.join(', ')}`, object: { kind, namespace, name, id } } };
}

/** Written as a manifest is, without what is secret. */
function shownFields({ kind, namespace, name, labels, ownerRef, spec }: Resource): Fields {
  const { value_version: version, ...fields } = spec as Fields;
  const metadata = { name, ...(kind !== 'Namespace' && { namespace }), ...(Object.keys(labels).length > 0 && { labels }), ...(ownerRef !== undefined && { owner_ref: ownerRef }) };
  return { kind, metadata, ...fields, ...(typeof version === 'string' && { value: `*** (${version})` }) };
}

/** The object to change, where there is one; throws where `mode` or its state forbids. */
function checked<K extends Stored>(found: Resource<K> | undefined, mode: ApplyInput['mode']): Resource<K> | undefined {
  if (!found) return undefined;
  const { kind, name, namespace } = found;
  const wait = `\`neb wait ${kind.toLowerCase()} ${name}${kind === 'Namespace' ? '' : ` -n ${namespace}`} --for=delete\` waits for the end of it.`;
  if (mode === 'create') throw final(`${titleOf(found)} exists already`, '`neb apply` changes what is there; or choose another name.');
  if (found.deletedAt !== undefined) throw final(`${titleOf(found)} is being deleted`, wait);
  return found;
}

/** A conflict that reading again does not settle. */
function final(message: string, hint: string): NebError {
  return new NebError('conflict', message, { hint, details: { final: true } });
}

async function hasValue(planning: Planning, secret: Resource<'Secret'>, value: string): Promise<boolean> {
  try {
    return (await planning.vault.open(secret)).reveal() === value;
  } catch (error) {
    if (isNebError(error, 'expired') || isNebError(error, 'not_found')) return false;
    throw error;
  }
}

function expiry({ expires_at: at, name }: WantedOf<'Secret'>): string | undefined {
  if (at === undefined) return undefined;
  const ms = typeof at === 'number' ? at * 1_000 : Date.parse(at);
  if (Number.isNaN(ms)) throw new NebError('invalid', `secret ${name}: expires_at: must be a time such as 2027-01-31T00:00:00Z, or seconds since 1970`, { details: { problems: [{ path: ['expires_at'], message: 'is not a time' }] } });
  return new Date(ms).toISOString();
}
