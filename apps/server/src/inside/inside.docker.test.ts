import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, systemClock, systemRandom } from '@neb/core-types';
import { docker } from '@neb/providers-docker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { busyboxImage } from '../../test/busybox.ts';
import { ada, stage, type Stage } from '../../test/stage.ts';
import { loadConfig } from '../config.ts';
import { type GatewayPlane, gatewayPlane } from '../gateway/plane.ts';
import { type InsideDoors } from './inside-doors.ts';
import { openInside } from './open-inside.ts';
import { withInside } from './with-inside.ts';

const [shop, other] = [`shop-${newId()}`, `other-${newId()}`];
const provider = docker({ networkLingerMs: 0 });
let box: Awaited<ReturnType<typeof busyboxImage>>;
let dataDir: string;
let plane: GatewayPlane;
let inside: InsideDoors;
let s: Stage;

const ref = (name: string, namespace = shop) => ({ namespace, name });
const serves = (word: string, port: number) => `busybox mkdir /www && echo ${word} > /www/index.html; trap exit TERM; busybox httpd -f -p ${port} -h /www & wait`;
const container = (name: string, namespace: string, more: object = {}) => ({ kind: 'Container', metadata: { name, namespace }, image: box.image, command: 'trap exit TERM; sleep 1000 & wait', platform: 'memory', ...more });
const service = (name: string) => ({ kind: 'Service', metadata: ref(name), container: { image: box.image, command: serves(`hello-from-${name}`, 8_000), platform: 'memory' }, port: 8_000, min_containers: 0, max_containers: 1, hold: '60s', drain: '1s' });
const apply = async (...manifests: readonly object[]): Promise<readonly string[]> => (await s.api.apply(ada, { manifests, mode: 'apply' })).map(({ id }) => id!);

/** What a shell in a container prints. */
async function say(command: string, from = ref('box')): Promise<string> {
  await using session = await s.api.containers.exec(ada, from, { command: ['sh', '-c', command] }, AbortSignal.timeout(60_000));
  let text = '';
  for await (const { data } of session.output) text += Buffer.from(data).toString();
  return text;
}

/** What is answered to a plain request that a container sends there. Its side stays open, since whoever closes it has left. */
async function ask(host: string, { port = 80, from = ref('box'), at = host } = {}): Promise<string> {
  return await say(`pipe=/tmp/$$; busybox mkfifo $pipe; exec 3<>$pipe; printf 'GET / HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n' >&3; busybox timeout 50 busybox nc ${at} ${port} <&3`, from);
}
const knows = async (name: string, from = ref('box')): Promise<boolean> => (await say(`cat /etc/hosts`, from)).split(/\s+/).includes(name);
const eventually = async (check: () => Promise<void>): Promise<void> => await vi.waitFor(check, { timeout: 30_000, interval: 100 });

const counted = new Map<string, number>();

/** Whoever looks takes what there was, and a service's reconciler looks whenever it likes. */
function look(id: string): ReturnType<InsideDoors['look']> {
  const seen = inside?.look(id);
  counted.set(id, (counted.get(id) ?? 0) + (seen?.gauge.answered ?? 0));
  return seen;
}

/** How many were answered there from the beginning. */
function answered(id: string): number {
  look(id);
  return counted.get(id)!;
}

function open(): Promise<InsideDoors> {
  return s.store.fleet().then((fleet) => openInside({ ...door(), store: s.store, fleet, providers: [provider] }));
}

const door = () => ({
  config: { ...loadConfig({ NEB_GATEWAY_PORT: '0' }, { HOME: dataDir }), dataDir, shutdownMs: 2_000 }, clock: systemClock, random: systemRandom,
  authenticate: async (token: string) => (token === 'adas' ? ada : undefined), secrets: { open: async () => '' }, warn: (message: string, error?: unknown) => console.warn(message, error),
});

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'neb-inside-'));
  box = await busyboxImage(newId());
  // The stage's one platform, under the name that it has there.
  s = stage({ provider: () => ({ ...provider, name: 'memory' }), traffic: (store) => withInside(plane = gatewayPlane({ ...door(), store, providers: [] }), { look }) });
  inside = await open();
  await apply(container('box', shop), container('spy', other), container('api', shop, { command: serves('hello-from-api', 8_000), proxy_port: 8_000 }), service('web'));
  await Promise.all([ref('box'), ref('api'), ref('spy', other)].map(async (one) => s.until((await s.api.containers.get(ada, one)).metadata.id, 'running')));
  await eventually(async () => expect(await knows(`web.${shop}`)).toBe(true));
}, 120_000);
afterAll(async () => {
  for (const name of [shop, other]) await s.api.namespaces.delete(ada, { namespace: '', name }).catch(() => undefined);
  await eventually(async () => expect((await s.api.namespaces.list(ada, {})).items.filter(({ metadata: { name } }) => name === shop || name === other)).toEqual([])).catch(() => undefined);
  await s[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
  await box.remove();
  await rm(dataDir, { recursive: true, maxRetries: 10 });
}, 120_000);

test('a container reaches a service of its namespace by both names, wakes it, and is counted', async () => {
  const { metadata: { id } } = await s.api.services.get(ada, ref('web'));
  expect(await ask(`web.${shop}`)).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello-from-web/);
  expect(await ask(`service-${id}`)).toContain('hello-from-web');
  expect(answered(id)).toBe(2);
  expect(await ask('nobody.there')).not.toContain('HTTP');
}, 90_000);

test('a container with a proxy_port is reached through its door by its id, and itself by its name', async () => {
  const { metadata: { id } } = await s.api.containers.get(ada, ref('api'));
  await eventually(async () => expect(await ask(`container-${id}`, { port: 8_000 })).toContain('hello-from-api'));
  const before = answered(id);
  expect(before).toBeGreaterThan(0);
  expect(await ask('api', { port: 8_000 })).toContain('hello-from-api');
  expect(answered(id)).toBe(before);
}, 90_000);

test('from another namespace there is neither a name nor an answer', async () => {
  const spy = ref('spy', other);
  const { metadata: { id } } = await s.api.services.get(ada, ref('web'));
  const address = /^(\S+)\s+web\./m.exec(await say('cat /etc/hosts'))![1]!;
  for (const name of [`web.${shop}`, `service-${id}`]) {
    expect(await knows(name, spy)).toBe(false);
    expect(await ask(name, { from: spy })).not.toContain('HTTP');
  }
  expect(await ask(address)).toContain('HTTP/1.1 404');
  expect(await ask(`web.${shop}`, { at: address })).toContain('hello-from-web');
  expect(await ask(`web.${shop}`, { at: address, from: spy })).toBe('');
}, 90_000);

test('a service that is made later is known to who runs already, and one that is gone no more', async () => {
  const [id] = await apply(service('late'));
  await eventually(async () => expect(await knows(`service-${id}`)).toBe(true));
  expect(await ask(`late.${shop}`)).toContain('hello-from-late');
  await s.api.services.delete(ada, ref('late'));
  await eventually(async () => expect(await knows(`service-${id}`)).toBe(false));
  expect(await knows(`web.${shop}`)).toBe(true);
}, 90_000);

test('while the server is away other names are found as ever, and its own again once it is back', async () => {
  const { metadata: { id } } = await s.api.containers.get(ada, ref('api'));
  await inside[Symbol.asyncDispose]();
  expect(await knows(`web.${shop}`)).toBe(true);
  // Without a door it is itself under its id, as every container is.
  expect(await knows(`container-${id}`)).toBe(false);
  expect(await ask(`container-${id}`, { port: 8_000 })).toContain('hello-from-api');
  expect(await ask(`web.${shop}`)).not.toContain('HTTP');
  inside = await open();
  await eventually(async () => expect(await ask(`web.${shop}`)).toContain('hello-from-web'));
}, 90_000);
