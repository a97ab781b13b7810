import { randomBytes } from 'node:crypto';
import type { Clock } from '@neb/core-types';
import { type LiveSubject, type LiveTerms, liveTerms } from '@neb/core-types/testing';
import { aws, type AwsOptions, type AwsProvider, type InstanceType } from '../src/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether something is bought of AWS, and for how much. */
export const awsTerms = (env: Environment): LiveTerms => liveTerms({ platform: 'aws', needs: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'] }, env);

/** Far below the GPU types, for a life that needs no GPU. AWS's list prices of June 2026. */
const small: InstanceType = { name: 'm7i.large', cpus: 2, memoryGiB: 8, arch: 'x86_64', pricePerHour: { 'us-east-1': '0.1008', 'us-east-2': '0.1008', 'us-west-2': '0.1008' } };

const lifeMs = 1_200_000;

/**
 * EC2 for a short life: its account is that of `AWS_ACCESS_KEY_ID`, its address that of `NEB_AWS_URL` where that is set. The
 * machine ends itself after ten minutes without a word from here.
 */
export function awsLive(env: Environment, more: Pick<AwsOptions, 'access'> & { readonly clock?: Clock } = {}): LiveSubject & { readonly provider: AwsProvider } {
  const provider = aws({
    regions: [env['AWS_REGION'] ?? ''], endpoint: env['NEB_AWS_URL'] || undefined, types: [small], diskGiB: 30, silenceMs: 600_000, secret: randomBytes(32).toString('hex'),
    credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '', sessionToken: env['AWS_SESSION_TOKEN'] || undefined },
    ...more,
  });
  return {
    provider, fleet: 'neb-live', says: 'neb is alive', lifeMs, sweepMs: 600_000,
    // Thirty GiB of disk and a public address.
    extrasPerHour: '0.02',
    spec: {
      image: 'alpine:3.22', entrypoint: ['sh', '-c', `echo neb is alive; sleep ${lifeMs / 1_000}`],
      env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'default', hostnames: [] }, labels: {},
    },
  };
}
