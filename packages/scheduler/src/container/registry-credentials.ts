import { NebError, type RegistryCredentials } from '@neb/core-types';
import { z } from 'zod';

const login = z.object({ username: z.string(), password: z.string() });
const dockerEntry = z.object({ auth: z.string().optional(), username: z.string().optional(), password: z.string().optional(), identitytoken: z.string().optional() });
const dockerConfig = z.object({ auths: z.record(z.string(), dockerEntry) });

/**
 * The credentials a pull secret holds for the registry of `image`: `user:password`, JSON with `username` and `password`,
 * or a Docker config.json. Throws `invalid`, never with a word of the value.
 */
export function registryCredentials(value: string, { image, secret }: { image: string; secret: string }): RegistryCredentials {
  const text = value.trim();
  if (!text.startsWith('{')) return userAndPassword(text) ?? fail(secret, 'is neither user:password nor JSON');
  const json = parseJson(text) ?? fail(secret, 'looks like JSON but cannot be read');
  const direct = login.safeParse(json);
  if (direct.success) return direct.data;
  const config = dockerConfig.safeParse(json);
  if (!config.success) return fail(secret, 'has neither "username" and "password" nor "auths"');
  const registry = registryOf(image);
  const entry = Object.entries(config.data.auths).find(([host]) => sameRegistry(host, registry))?.[1];
  if (!entry) return fail(secret, `has no credentials for ${registry}`);
  if (entry.identitytoken) return { username: '<token>', password: entry.identitytoken };
  const named = login.safeParse(entry);
  if (named.success) return named.data;
  return userAndPassword(Buffer.from(entry.auth ?? '', 'base64').toString()) ?? fail(secret, `has unreadable credentials for ${registry}`);
}

/** As Docker tells a registry's host from the first part of a path: by its dot, port, or being localhost. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

function sameRegistry(host: string, registry: string): boolean {
  const bare = host.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return plain(bare) === plain(registry);
}

const plain = (host: string): string => (['index.docker.io', 'registry-1.docker.io', 'docker.io'].includes(host) ? 'docker.io' : host);

function userAndPassword(text: string): RegistryCredentials | undefined {
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function fail(secret: string, what: string): never {
  throw new NebError('invalid', `the pull secret "${secret}" ${what}`, { hint: 'Store user:password, or the content of a Docker config.json.' });
}
