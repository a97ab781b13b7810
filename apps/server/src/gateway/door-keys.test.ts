import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@neb/core-types';
import { expect, onTestFinished, test } from 'vitest';
import { ada, stage, type Stage } from '../../test/stage.ts';
import { loadConfig } from '../config.ts';
import { type GatewayPlane, gatewayPlane } from './plane.ts';

const mine = 'a-token-of-adas';
const names = ['web', 'other'] as const;

/** Two services behind a gateway, whose replicas never come. */
async function opened(): Promise<{ readonly s: Stage; at(name: (typeof names)[number], token: string): Promise<number> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'neb-door-keys-'));
  let plane: GatewayPlane | undefined;
  const s = stage({ traffic: (store) => (plane = gatewayPlane({
    config: { ...loadConfig({ NEB_GATEWAY_PORT: '0', NEB_PLATFORMS: 'memory' }, { HOME: dataDir }), dataDir }, store, providers: [], clock: systemClock, random: systemRandom,
    authenticate: async (token) => (token === mine ? ada : undefined), secrets: { open: async () => '' }, warn: (message, error) => console.warn(message, error),
  })) });
  onTestFinished(async () => {
    await s[Symbol.asyncDispose]();
    await plane![Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, maxRetries: 10 });
  });
  await s.api.apply(ada, { manifests: names.map((name) => ({ kind: 'Service', metadata: { name, namespace: 'shop' }, container: { image: 'a' }, min_containers: 0, max_containers: 0, hold: '10ms' })), mode: 'apply' });
  const at = async (name: string, token: string): Promise<number> => {
    const { status: { address } } = await s.api.services.get(ada, { namespace: 'shop', name });
    return address === undefined ? 0 : (await fetch(`http://${address}/`, { headers: { authorization: `Bearer ${token}` } }).catch(() => ({ status: 0 }))).status;
  };
  for (const name of names) await expect.poll(() => at(name, mine), { timeout: 30_000, interval: 50 }).toBe(passes);
  return { s, at };
}

/** Whoever passes waits for a replica that does not come; to others it looks as if nothing were there. */
const [passes, isHidden] = [503, 404];
const ref = { namespace: 'shop', name: 'web' };

test('a key of a door opens that one, no other, and none once it is revoked', async () => {
  const { s, at } = await opened();
  const { key, token } = await s.api.services.createKey(ada, { ref, name: 'front' });
  await expect.poll(() => at('web', token), { timeout: 10_000, interval: 10 }).toBe(passes);
  expect(await at('other', token)).toBe(isHidden);
  expect(await at('web', `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`)).toBe(isHidden);
  await s.api.services.revokeKey(ada, { ref, id: key.id });
  await expect.poll(() => at('web', token), { timeout: 10_000, interval: 10 }).toBe(isHidden);
}, 60_000);
