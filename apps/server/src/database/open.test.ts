import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@neb/core-types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secretText } from '../secrets/secret-text.ts';
import { type Database, type DatabaseOptions, openDatabase } from './open.ts';

let root: string;
let warnings: string[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'neb-open-'));
  await chmod(root, 0o755);
});
afterAll(() => rm(root, { recursive: true }));

async function open(more: Partial<DatabaseOptions> = {}): Promise<Database> {
  warnings = [];
  return await openDatabase({ dataDir: join(root, 'data'), systemDir: join(root, 'system'), engine: 'auto', searchPath: '', warn: (message) => warnings.push(message), ...more }, { clock: systemClock, random: systemRandom });
}

describe('a database that is named', () => {
  test.for([
    ['nobody listens', 'postgres://neb:hunter2secret@127.0.0.1:1/neb'],
    ['the host is unknown', 'postgres://neb:hunter2secret@nowhere.invalid/neb'],
    ['the address is none', 'postgres://neb:hunter2secret@[::1/neb'],
  ])('and cannot be reached (%s) is told of without its password', async ([, url]) => {
    const error: unknown = await open({ url: secretText(url!) }).then(() => undefined, (thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(unavailable|invalid)$/), message: expect.stringMatching(/the database at|DATABASE_URL/) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)).not.toContain('hunter2secret');
  });

  test('and answers with something else is told of too', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const { port } = server.address() as { port: number };
    await expect(open({ url: secretText(`postgres://neb:x@127.0.0.1:${port}/neb`) })).rejects.toMatchObject({ code: 'unavailable' });
    server.close();
  });
});

describe('PGlite', () => {
  test('is used where PostgreSQL cannot run, keeps its data, and stays in use once it has some', { timeout: 90_000 }, async () => {
    const programs = join(root, 'programs');
    await mkdir(programs);
    await writeFile(join(programs, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 16.1"\n');
    await writeFile(join(programs, 'initdb'), '#!/bin/sh\necho "no room" >&2; exit 1\n');
    for (const program of ['postgres', 'initdb']) await chmod(join(programs, program), 0o755);
    const first = await open({ searchPath: programs });
    expect(first.describe).toMatch(/^PGlite \d+\.\d+ \(in this process, without fsync\)$/);
    expect(warnings).toEqual([expect.stringMatching(/no room[^]*PGlite is used instead/)]);
    const fleet = await first.store.fleet();
    await expect(open({ engine: 'pglite' })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(`another process (${process.pid}) holds`) });
    await first[Symbol.asyncDispose]();
    const second = await open();
    expect(await second.store.fleet()).toBe(fleet);
    expect(warnings).toEqual([expect.stringContaining('as the data is there already')]);
    await second[Symbol.asyncDispose]();
  });
});
