import type { PlatformsConfig } from '../../platforms.ts';
import { type SecretText, secretText } from '../../secrets/secret-text.ts';

const mark = 'neb.secret';

/** The configuration of platforms as text, secrets in the clear: for a socket that nobody else hears. */
export function setupText({ platforms, docker, podman, snapshotsFolder, sshHosts, runpod, aws, machines }: PlatformsConfig): string {
  const setup: PlatformsConfig = { platforms, docker, podman, snapshotsFolder, sshHosts, runpod, aws, machines };
  return JSON.stringify(setup, function (this: Record<string, unknown>, key, value: unknown) {
    const told = this[key];
    return isSecret(told) ? { [mark]: told.reveal() } : value;
  });
}

/** The same configuration again. */
export function setupOf(text: string): PlatformsConfig {
  return JSON.parse(text, (_, value: unknown) => {
    const secret = (value as Record<string, unknown> | null)?.[mark];
    return typeof secret === 'string' ? secretText(secret) : value;
  }) as PlatformsConfig;
}

function isSecret(value: unknown): value is SecretText {
  return typeof (value as Partial<SecretText> | null | undefined)?.reveal === 'function';
}
