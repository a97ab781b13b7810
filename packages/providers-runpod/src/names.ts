import type { CreateRequest, InstanceRef, SnapshotRef } from '@neb/core-types';

/** Variables by which a pod is known as ours. RunPod has no labels, but shows a pod's environment in every list. */
export const variables = { key: 'NEB_KEY', fleet: 'NEB_FLEET', wrapper: 'NEB_WRAPPER', command: 'NEB_COMMAND', api: 'NEB_RUNPOD_API', spot: 'NEB_SPOT', ssh: 'NEB_SSH' } as const;

/** Whose pod it is. */
export type Owner = Pick<CreateRequest, 'fleet' | 'key'>;

/** What a pod's name says besides whose it is: the one thing of a pod that can be changed while it runs, and is in every list. */
export type Mark = { readonly kind: 'none' } | Pause | { readonly kind: 'exit'; readonly exitCode: number };

/** Whether it was stopped by a suspend or went on after one, and under which key that was asked for. */
export interface Pause {
  readonly kind: 'suspended' | 'resumed';
  readonly key: string;
}

/** The name of a pod, or of what belongs to it: `neb.<fleet>.<key>`. Fleet and key contain no dots. */
export function podName({ fleet, key }: Owner): string {
  return `neb.${fleet}.${key}`;
}

/** The name with what it says besides; what it said before is replaced. */
export function marked(name: string, { kind, key }: Pause): string {
  return [...name.split('.').slice(0, 3), kind, key].join('.');
}

export function markIn(name: string): Mark {
  const [, , , word = '', key = ''] = name.split('.');
  if (word === 'suspended' || word === 'resumed') return { kind: word, key };
  const [, code] = /^exit-(\d{1,3})$/.exec(word) ?? [];
  return code === undefined ? { kind: 'none' } : { kind: 'exit', exitCode: Number(code) };
}

/** What the save is called that a pod of this name is suspended by; `undefined` if none. */
export function savedAs(name: string): string | undefined {
  const mark = markIn(name);
  return mark.kind === 'suspended' ? mark.key : undefined;
}

/** Named volumes are a namespace's. What RunPod might not take in a name becomes a dash. */
export function volumeName(...parts: readonly [fleet: string, namespace: string, volume: string]): string {
  return ['neb', ...parts.map((part) => part.replaceAll(/[^A-Za-z0-9_-]/g, '-'))].join('.');
}

export function refOf(podId: string): InstanceRef {
  return podId as InstanceRef;
}

/** A stopped pod as the snapshot that it is. */
export function snapshotRef(podId: string, key: string): SnapshotRef {
  return `${podId}/${key}` as SnapshotRef;
}

export function podOf(ref: SnapshotRef): { readonly id: InstanceRef; readonly key: string } {
  const [id = '', key = ''] = ref.split('/');
  return { id: refOf(id), key };
}
