import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { InstanceRef } from '@neb/core-types';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultyEngine } from '../test/faulty-engine.ts';
import { collectText, engineApi, enginePath, until } from '../test/real-engine.ts';
import { world } from '../test/world.ts';
import { path } from './connection/client.ts';
import { docker } from './index.ts';
import { placeOf } from './names.ts';

const w = world('facets');
let ref: InstanceRef;
beforeAll(async () => {
  ref = (await w.run('host', 'while true; do nc -l -p 7000 -e cat; done', { ports: [{ port: 7000, protocol: 'tcp', public: true }] })).ref;
});

describe('files', () => {
  it('come out as they went in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'neb-files-'));
    const content = Buffer.alloc(3_000_000, 'all work and no play ');
    await writeFile(join(folder, 'report.txt'), content);
    const tar = spawn('tar', ['-c', '-C', folder, 'report.txt'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await w.provider.files!.write(ref, '/tmp', tar.stdout);
    const back = await buffer(await w.provider.files!.read(ref, '/tmp/report.txt'));
    await writeFile(join(folder, 'back.tar'), back);
    execFileSync('tar', ['-x', '-f', 'back.tar', '--transform', 's/report/back/'], { cwd: folder });
    expect((await readFile(join(folder, 'back.txt'))).equals(content)).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('that are not there are not found', async () => {
    await expect(w.provider.files!.read(ref, '/no/such')).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('there is no /no/such') });
    await expect(w.provider.files!.write(ref, '/no/such', (async function* () {})())).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('dial', () => {
  it('carries bytes both ways, and each end of them', async () => {
    const connection = await until(() => w.provider.dial!(ref, 7000).catch(() => undefined), (open) => open !== undefined);
    const sent = Buffer.alloc(300_000, 'abc');
    void connection!.write(sent).then(() => connection!.closeWrite());
    expect(await collectText(connection!.readable)).toBe(sent.toString());
    await connection![Symbol.asyncDispose]();
  });

  it('says that nothing answers', async () => {
    await expect(w.provider.dial!(ref, 7001)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('nothing answers at port 7001') });
  });
});

describe('watch', () => {
  it('goes on after the engine was away, and tells of what changed meanwhile', async () => {
    const engine = await faultyEngine();
    const provider = w.another({ socketPath: engine.socketPath });
    const stop = new AbortController();
    const told = new Set<string>();
    const watching = (async () => {
      for await (const key of provider.watch!({ fleet: w.fleet }, { signal: stop.signal })) told.add(key);
    })();
    await until(async () => engine.requests.includes('GET /events'), (is) => is);
    engine.refuse();
    engine.cut();
    const { ref: away } = await w.run('away', 'sleep 100');
    engine.heal();
    await until(async () => told.has('away'), (is) => is);
    told.clear();
    await w.provider.delete(away, { graceMs: 0 });
    await until(async () => told.has('away'), (is) => is);
    stop.abort();
    await watching;
    await provider[Symbol.asyncDispose]();
    await engine.close();
  });
});

describe('the platform', () => {
  it('is ready where the engine is, and says what is missing elsewhere', async () => {
    await using missing = docker({ socketPath: '/var/run/none.sock' });
    expect(await w.provider.readiness!()).toBeUndefined();
    expect(await missing.readiness!()).toBe('No Docker Engine is running at /var/run/none.sock. Start it (sudo systemctl start docker) or name another (DOCKER_HOST).');
    await expect(missing.offers({})[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('takes the engine\'s address as DOCKER_HOST has it', async () => {
    await using provider = docker({ host: `unix://${enginePath}` });
    expect(await provider.readiness!()).toBeUndefined();
  });

  it('knows only its own hosts', async () => {
    await expect(w.provider.inspect('elsewhere/neb.a.b' as InstanceRef)).rejects.toMatchObject({ code: 'unavailable', message: 'platform docker has no host "elsewhere"' });
  });

  it('shows a container that somebody deleted as gone', async () => {
    const { ref: stolen } = await w.run('stolen', 'sleep 100');
    await engineApi.done({ method: 'DELETE', path: path`/containers/${placeOf(stolen).name}`, query: { force: true } });
    expect(await w.provider.inspect(stolen)).toBeUndefined();
  });
});
