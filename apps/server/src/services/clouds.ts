import { didYouMean, NebError } from '@neb/core-types';

/** A platform that is elsewhere: which variables would set it up. */
interface Cloud {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly needs: readonly string[];
  /** Whether this version has a provider for it; false if absent. */
  readonly hasProvider?: boolean;
}

/** Clouds by name, so that asking for one that is not set up says more than that it is unknown. */
export const clouds: readonly Cloud[] = [
  { name: 'podman', aliases: ['libpod'], needs: ['NEB_PODMAN'], hasProvider: true },
  { name: 'runpod', aliases: [], needs: ['RUNPOD_API_KEY'], hasProvider: true },
  { name: 'aws', aliases: ['ec2', 'amazon'], needs: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'], hasProvider: true },
  { name: 'gce', aliases: ['gcp', 'google'], needs: ['GOOGLE_APPLICATION_CREDENTIALS'] },
  { name: 'azure', aliases: [], needs: ['AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'] },
  { name: 'kube', aliases: ['kubernetes', 'k8s'], needs: ['KUBECONFIG'] },
  { name: 'nebius', aliases: [], needs: ['NEBIUS_API_KEY'] },
];

/** The cloud that `text` names in any of its spellings; `undefined` if none. */
export function cloudNamed(text: string): Cloud | undefined {
  return clouds.find(({ name, aliases }) => [name, ...aliases].includes(text.toLowerCase()));
}

/** What is in the way of `platform`, where this server serves `served`; `undefined` if nothing is. */
export function platformFault(platform: string, served: readonly string[]): NebError | undefined {
  if (served.includes(platform)) return undefined;
  const have = `This server has ${served.join(', ') || 'none'}.`;
  const cloud = cloudNamed(platform);
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
export function missing({ name, needs, hasProvider }: Cloud): string {
  const variables = needs.join(' and ');
  if (hasProvider) return `it needs ${variables}, and ${name} in NEB_PLATFORMS where that is set`;
  return `it needs ${variables}, and a version of neb that serves it; this one does not yet`;
}
