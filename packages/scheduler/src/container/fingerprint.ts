import { createHash } from 'node:crypto';
import type { ContainerSpec } from '@neb/core-types';

/** What an instance is made from: everything else takes effect while it runs. */
const launchFields = [
  'image', 'platform', 'region', 'command', 'args', 'env', 'volumes', 'accelerators', 'resources', 'ports', 'pull_secret', 'spot', 'ssh_keys',
] as const satisfies readonly (keyof ContainerSpec)[];

/** Whether a container that runs `before` needs a new instance to run `after`. Names, labels, meters and limits of time do not. */
export function needsRestart(before: ContainerSpec, after: ContainerSpec): boolean {
  return launchFingerprint(before) !== launchFingerprint(after);
}

/** Equal for specs that are launched alike, whatever the order of their fields. */
export function launchFingerprint(spec: ContainerSpec): string {
  // Newer fields count where they are used, so that no container is replaced because the server is.
  const launched = [...launchFields.map((field) => spec[field]), ...(spec.secret_files ? [spec.secret_files] : []), ...(spec.needs ? [{ needs: spec.needs }] : [])];
  return createHash('sha256').update(JSON.stringify(launched, sortedKeys)).digest('hex').slice(0, 16);
}

/** Databases do not keep the order of fields. */
function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
