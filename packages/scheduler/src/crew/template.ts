import type { ContainerSpec } from '@neb/core-types';
import { createHash } from 'node:crypto';
import { launchFingerprint } from '../container/fingerprint.ts';

/** Equal for containers that need not be replaced by one another. */
export function templateOf(spec: ContainerSpec): string {
  const { health_check, timeout, restart } = spec;
  return shortHash([launchFingerprint(spec), health_check, timeout, restart]);
}

/** Equal for equal values. */
export function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
