import type { Clock } from '@neb/core-types';
import { type LiveSubject, type LiveTerms, liveTerms } from '@neb/core-types/testing';
import { runpod } from '../src/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether something is bought of RunPod, and for how much. */
export const runpodTerms = (env: Environment): LiveTerms => liveTerms({ platform: 'runpod', needs: ['RUNPOD_API_KEY'] }, env);

const lifeMs = 900_000;

/** RunPod for a short life: its account is that of `RUNPOD_API_KEY`, its address that of `NEB_RUNPOD_URL` where that is set. */
export function runpodLive(env: Environment, clock?: Clock): LiveSubject {
  // Pods of the smallest CPU flavours take no larger disk.
  const provider = runpod({ apiKey: env['RUNPOD_API_KEY'] ?? '', baseUrl: env['NEB_RUNPOD_URL'] || undefined, diskGB: 5, clock });
  return {
    provider, fleet: 'neb-live', says: 'neb is alive', lifeMs, sweepMs: 300_000,
    // Five GB of disk are a tenth of a cent.
    extrasPerHour: '0.01',
    spec: {
      image: 'alpine:3.22', entrypoint: ['sh', '-c', `echo neb is alive; sleep ${lifeMs / 1_000}`],
      env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'default', hostnames: [] }, labels: {},
    },
  };
}
