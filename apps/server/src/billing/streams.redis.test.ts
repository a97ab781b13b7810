import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@neb/core-types';
import { memoryCloud } from '@neb/core-types/testing';
import { createNeb } from '@neb/sdk';
import { worker } from '@neb/streams';
import { expect, test } from 'vitest';
import { freePort } from '@neb/core-types/testing';
import { dataFolder } from '../../test/data-folder.ts';
import { startServer } from '../compose.ts';

test('each message that workers handled is in the ledger, at the latest when its processor goes, and the time of workers too', async () => {
  const port = await freePort('0.0.0.0');
  const url = `redis://127.0.0.1:${port}`;
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
  const folder = await dataFolder();
  const cloud = memoryCloud({ clock: systemClock, startMs: 1 });
  const server = await startServer(folder.config({ NEB_DATABASE: 'pglite', REDIS_URL: url, REDIS_PUBLISH_URL: url }), { providers: [cloud.provider] });
  try {
    const neb = createNeb({ url: server.url, token: (await readFile(join(folder.path, 'token'), 'utf8')).trim(), namespace: 'shop' });
    await neb.apply([{
      kind: 'Processor', metadata: { name: 'work', namespace: 'shop', labels: { team: 'search' } }, container: { image: 'a' }, max_attempts: 1,
      meters: [{ cost: '0.01', unit: 'request', currency: 'USD', metric: 'requests' }, { cost: '3600', unit: 'hour', currency: 'USD', metric: 'runtime' }],
    }]);
    const ref = { name: 'work', namespace: 'shop' };
    await expect.poll(async () => (await neb.processors.get(ref)).status.replicas.ready, { timeout: 20_000 }).toBe(1);
    const { status: { stream, group } } = await neb.processors.get(ref);
    {
      await using _worker = worker({ url, stream, group, maxAttempts: 1, stopOn: [] }, ({ content }) => {
        if (content === 'bad') throw new Error('it is bad');
        return content;
      });
      for (const content of ['a', 'b', 'bad', 'c', 'd']) await neb.processors.ask(ref, content).catch(() => undefined);
    }
    await neb.processors.delete(ref);
    const counted = async () => (await neb.billing.usage({ by: ['processor', 'label:team'], kind: 'stream' })).items;
    await expect.poll(counted, { timeout: 20_000 }).toMatchObject([{ by: { processor: 'work', 'label:team': 'search' }, metric: 'requests', unit: 'request', quantity: '4', amount: '0.04', cost: '0' }]);
    await expect.poll(async () => Number((await neb.billing.usage({ by: ['processor'], kind: 'runtime' })).items[0]?.amount ?? 0), { timeout: 20_000 }).toBeGreaterThan(0);
  } finally {
    await server.close();
    await folder.remove();
    redis.kill('SIGKILL');
    await once(redis, 'exit');
  }
}, 90_000);
