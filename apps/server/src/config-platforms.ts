import { didYouMean, NebError } from '@neb/core-types';
import type { SecretText } from './secrets/secret-text.ts';

export const servedPlatforms = ['docker', 'podman', 'ssh', 'runpod', 'aws', 'memory'] as const;
export type ServedPlatform = (typeof servedPlatforms)[number];

/** The platforms of these names, each once. Throws `invalid` for one that this server does not have. */
export function platformsOf(names: readonly string[]): readonly ServedPlatform[] {
  return [...new Set(names)].map((name) => {
    const served = servedPlatforms.find((platform) => platform === name);
    if (served) return served;
    throw new NebError('invalid', `NEB_PLATFORMS names "${name}", which this server does not have.${didYouMean(name, servedPlatforms)}`, { hint: `There are ${servedPlatforms.join(', ')}.` });
  });
}

/** The parts of an AWS key, as far as they are set. */
export interface AwsKeyParts {
  readonly id: SecretText | undefined;
  readonly secret: SecretText | undefined;
  readonly sessionToken: SecretText | undefined;
}

/** A key of an AWS account; without one, what the AWS SDK finds; or which variable is missing for one. */
export type AwsKeys =
  | { readonly kind: 'given'; readonly id: SecretText; readonly secret: SecretText; readonly sessionToken: SecretText | undefined }
  | { readonly kind: 'found' }
  | { readonly kind: 'half'; readonly missing: 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' };

/** Half a key is told where it is used: a shell may have one that nobody meant for this server. */
export function awsKeysOf({ id, secret, sessionToken }: AwsKeyParts): AwsKeys {
  if (id && secret) return { kind: 'given', id, secret, sessionToken };
  if (id || secret) return { kind: 'half', missing: id ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID' };
  return { kind: 'found' };
}
