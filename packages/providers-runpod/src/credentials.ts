import { type Clock, isNebError, NebError, type RegistryCredentials } from '@neb/core-types';
import type { RunpodClient } from './client.ts';
import { type Owner, podName, variables } from './names.ts';
import { redactor } from './redact.ts';
import type { Pod } from './replies.ts';

/** Registry credentials that RunPod keeps for as long as one pod pulls its image. */
export interface Credentials {
  /** Hands them over for the owner's pod; resolves to their id. */
  lend(owner: Owner, credentials: RegistryCredentials, signal: AbortSignal | undefined): Promise<string>;
  /** Takes back what no pod was bought for. Never rejects: what is left here is taken back by `tidy`. */
  takeBack(id: string): Promise<void>;
  /** Takes back those of the fleet whose pod has its image, or has been gone for ten minutes. Looks at most once a minute, and seldom where none are lent. */
  tidy(fleet: string, pods: readonly Pod[]): Promise<void>;
}

const lookEveryMs = 60_000;
/** How often to look for what a process that crashed has left. */
const lookAnywayMs = 3_600_000;
const graceMs = 600_000;
const hasImage = ['RUNNING', 'EXITED', 'ERROR'];

export function credentials(client: Pick<RunpodClient, 'listRegistries' | 'createRegistry' | 'deleteRegistry'>, clock: Clock): Credentials {
  /** When each one without a pod was first seen. */
  const suspects = new Map<string, number>();
  let lent = true;
  let lookedAt = -Infinity;

  async function takeBack(id: string): Promise<void> {
    await client.deleteRegistry(id, undefined).catch(() => undefined);
  }

  return {
    async lend(owner, { username, password }, signal) {
      lent = true;
      try {
        // A name of its own for each: one that a crash or a lost answer has left may still be there.
        return (await client.createRegistry({ name: `${podName(owner)}.${clock.now().toString(36)}`, username, password }, signal)).id;
      } catch (error) {
        if (!isNebError(error)) throw error;
        throw new NebError(error.code, redactor([username, password])(error.message), { hint: error.hint, retryAfterMs: error.retryAfterMs });
      }
    },
    takeBack,
    async tidy(fleet, pods) {
      const now = clock.now();
      if (now - lookedAt < (lent ? lookEveryMs : lookAnywayMs)) return;
      lookedAt = now;
      const ours = (await client.listRegistries(undefined)).filter(({ name }) => name.startsWith(podName({ fleet, key: '' })));
      for (const { id, name } of ours) {
        const pod = pods.find(({ env }) => name.startsWith(`${podName({ fleet: env[variables.fleet] ?? '', key: env[variables.key] ?? '' })}.`));
        const since = suspects.get(id) ?? now;
        if (!pod) suspects.set(id, since);
        if (pod ? hasImage.includes(pod.status) : now - since >= graceMs) await takeBack(id);
      }
      for (const id of suspects.keys()) if (!ours.some((one) => one.id === id)) suspects.delete(id);
      lent = ours.length > 0;
    },
  };
}
