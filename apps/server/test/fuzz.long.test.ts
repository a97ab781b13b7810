import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createNeb } from '@neb/sdk';
import { expect, test } from 'vitest';
import { dataFolder } from './data-folder.ts';
import { fuzz } from './fuzz.ts';

const token = 'right-right-right-right';
const requestsARound = 500;
const heapMiB = 24;

test('a hundred thousand hostile requests of everybody find no fault, no hang and no leak', async () => {
  const count = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) * requestsARound;
  const seed = Number(process.env['NEB_TEST_SEED'] ?? 20_261_125);
  await using server = await apart();
  const asked = { url: server.url, ...(await company(server.url)), concurrency: 8 };
  // What is kept for ever of each call, such as what it compiled, is there after these.
  const first = await fuzz({ ...asked, seed: seed + 1, count: Math.max(2_000, count / 10) });
  const before = await server.heapBytes();
  const start = performance.now();
  const { faults, statuses } = await fuzz({ ...asked, seed, count });
  const seconds = (performance.now() - start) / 1_000;
  const grownMiB = (await server.heapBytes() - before) / 2 ** 20;
  console.log(`${count} requests in ${seconds.toFixed(0)} s, heap ${(before / 2 ** 20).toFixed(1)} MiB and ${grownMiB.toFixed(1)} MiB more after them; answered ${JSON.stringify(statuses)}`);
  expect([...first.faults, ...faults].slice(0, 20), `seed ${seed}`).toEqual([]);
  expect(grownMiB).toBeLessThan(heapMiB);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});

/** Who asks: the administrator, a tenant, keys of its that are narrower, a wrong one and nobody; and what there is for them to meet. */
async function company(url: string): Promise<{ readonly tokens: readonly (string | undefined)[]; readonly known: readonly string[] }> {
  const [owner, other] = ['ada@example.com', 'bob@example.com'];
  const root = createNeb({ url, token });
  const scopes = [undefined, { namespaces: ['shop'] }, { verbs: ['read', 'run'] }];
  const keys = await Promise.all(scopes.map((scope, n) => root.keys.create({ name: `k${n}`, owner, scope })));
  const ada = createNeb({ url, token: keys[0]!.token, namespace: 'shop' });
  await ada.organisations.create({ name: 'acme' });
  // Whom the administrator may disable without changing who asks.
  await ada.members.add({ organisation: 'acme', user: other, role: 'viewer' });
  const applied = await ada.apply([
    { kind: 'Namespace', metadata: { name: 'shop' } },
    { kind: 'Container', metadata: { name: 'web', namespace: 'shop' }, image: 'busybox' },
    { kind: 'Secret', metadata: { name: 'key', namespace: 'shop' }, value: 'sesame' },
  ]);
  return {
    tokens: [token, ...keys.map((one) => one.token), undefined, 'wrong'],
    known: ['shop', 'web', 'key', 'acme', other, 'local', ...applied.map(({ id }) => id!)],
  };
}

interface Apart extends AsyncDisposable {
  readonly url: string;
  /** After everything that can be freed is. */
  heapBytes(): Promise<number>;
}

/** A server in a process of its own, so that its heap is its own too. */
async function apart(): Promise<Apart> {
  const folder = await dataFolder();
  const env = { ...process.env, NEB_DATA_DIR: folder.path, NEB_PORT: '0', NEB_PLATFORMS: 'memory', NEB_LOG_LEVEL: 'silent', NEB_TOKEN: token, NEB_RATE_LIMIT: 'off' };
  const child = fork(join(import.meta.dirname, 'serve.ts'), { env, execArgv: ['--expose-gc'] });
  const answer = async <T>(): Promise<T> => ((await once(child, 'message')) as [T])[0];
  const url = await answer<string>();
  return {
    url,
    async heapBytes() {
      child.send('heap');
      return await answer<number>();
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await folder.remove();
    },
  };
}
