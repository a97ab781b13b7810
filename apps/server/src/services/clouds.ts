import { didYouMean, NebError } from '@neb/core-types';

/** A platform that exists, and that this server cannot use: what it would need. */
interface Cloud {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly needs: string;
}

/** Clouds this version has no provider for, so that asking for one says more than that it is unknown. */
export const clouds: readonly Cloud[] = [
  { name: 'runpod', aliases: [], needs: 'RUNPOD_API_KEY' },
  { name: 'aws', aliases: ['ec2', 'amazon'], needs: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY' },
  { name: 'gce', aliases: ['gcp', 'google'], needs: 'GOOGLE_APPLICATION_CREDENTIALS' },
  { name: 'azure', aliases: [], needs: 'AZURE_CLIENT_ID and AZURE_CLIENT_SECRET' },
  { name: 'kube', aliases: ['kubernetes', 'k8s'], needs: 'KUBECONFIG' },
  { name: 'nebius', aliases: [], needs: 'NEBIUS_API_KEY' },
];

/** What is in the way of `platform`, where this server serves `served`; `undefined` if nothing is. */
export function platformFault(platform: string, served: readonly string[]): NebError | undefined {
  if (served.includes(platform)) return undefined;
  const have = `This server has ${served.join(', ') || 'none'}.`;
  const cloud = clouds.find(({ name, aliases }) => [name, ...aliases].includes(platform.toLowerCase()));
  if (cloud) {
    return new NebError('unsupported', `platform ${cloud.name} is not set up: ${missing(cloud)}`, { hint: `${have} Leave \`platform\` out to run on any that fits.`, details: { platform: cloud.name, needs: cloud.needs } });
  }
  if (platform === 'ssh') {
    return new NebError('unsupported', 'platform ssh has no hosts: it needs NEB_SSH_HOSTS, or ssh_hosts in server.yaml', { hint: have });
  }
  const known = [...served, ...clouds.map(({ name }) => name), 'ssh'];
  return new NebError('invalid', `platform: "${platform}" is not a platform.${didYouMean(platform, known)} There are ${[...new Set(known)].join(', ')}.`, { hint: `${have} \`neb get platforms\` says what each needs.`, details: { problems: [{ path: ['platform'], message: `"${platform}" is not a platform` }] } });
}

/** What a cloud waits for, in words for the operator. */
export function missing({ needs }: Cloud): string {
  return `it needs ${needs}, and a version of neb that serves it; this one does not yet`;
}
