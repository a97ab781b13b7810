import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect } from '@neb/core-types';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pack } from './pack.ts';
import { readTar } from './read-tar.ts';
import { writeHeader } from './tar-header.ts';
import { unpack } from './unpack.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'neb-tar-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const tally = () => ({ files: 0, bytes: 0 });
const skipped: string[] = [];
const onSkip = (path: string): void => void skipped.push(path);
beforeEach(() => void skipped.splice(0));

async function bytes(tar: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await collect(tar));
}

/** One byte at a time, so that nothing leans on where chunks happen to end. */
async function* dripping(data: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

const longName = `${'a-name-that-is-long-'.repeat(6)}é.txt`;

function someTree(): string {
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'sub/empty'), { recursive: true });
  writeFileSync(join(tree, 'a.txt'), 'hello\n');
  writeFileSync(join(tree, 'sub', longName), 'x'.repeat(1_500));
  writeFileSync(join(tree, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(tree, 'zero'), '');
  symlinkSync('a.txt', join(tree, 'link'));
  return tree;
}

test('what we pack, tar unpacks', async () => {
  const tree = someTree();
  const archive = join(folder, 'x.tar');
  const count = tally();
  writeFileSync(archive, await bytes(pack(tree, 'tree', count)));
  const out = join(folder, 'out');
  mkdirSync(out);
  execFileSync('tar', ['-xf', archive, '-C', out]);
  expect(execFileSync('diff', ['-r', '--no-dereference', tree, join(out, 'tree')], { encoding: 'utf8' })).toBe('');
  expect(statSync(join(out, 'tree/run.sh')).mode & 0o777).toBe(0o755);
  expect(count).toEqual({ files: 4, bytes: 6 + 1_500 + 10 });
});

test.each(['gnu', 'pax', 'ustar', 'v7'])('what tar packs as %s, we unpack', async (format) => {
  const tree = someTree();
  if (format === 'ustar' || format === 'v7') rmSync(join(tree, 'sub', longName));
  const archive = join(folder, 'x.tar');
  execFileSync('tar', ['-cf', archive, `--format=${format}`, '-C', folder, 'tree']);
  const out = join(folder, 'copy');
  await unpack(dripping(readFileSync(archive)), { from: 'tree', to: out, tally: tally(), onSkip });
  expect(execFileSync('diff', ['-r', '--no-dereference', tree, out], { encoding: 'utf8' })).toBe('');
  expect(readlinkSync(join(out, 'link'))).toBe('a.txt');
  expect(skipped).toEqual([]);
});

test('entries can be passed over without reading them', async () => {
  const found: string[] = [];
  for await (const entry of readTar(dripping(await bytes(pack(someTree(), 'tree', tally())), 1_000))) found.push(entry.path);
  expect(found).toEqual(['tree', 'tree/a.txt', 'tree/link', 'tree/run.sh', 'tree/sub', 'tree/sub/a-name-that-is-long-'.concat('a-name-that-is-long-'.repeat(5), 'é.txt'), 'tree/sub/empty', 'tree/zero']);
});

function evil(...entries: { path: string; type: 'file' | 'symlink' | 'hardlink' | 'folder'; target?: string }[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const data = entry.type === 'file' ? Buffer.concat([Buffer.from('evil'), Buffer.alloc(508)]) : Buffer.alloc(0);
    return [writeHeader({ mode: 0o644, modified: 0, size: entry.type === 'file' ? 4 : 0, target: '', ...entry }), data];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

test.each([
  ['..', evil({ path: 'tree/../../escaped', type: 'file' })],
  ['an absolute name', evil({ path: '/tmp/neb-escaped', type: 'file' })],
  ['a name beside it', evil({ path: 'trees', type: 'file' })],
  ['a link out of it', evil({ path: 'tree/out', type: 'symlink', target: '../../..' })],
  ['an absolute link', evil({ path: 'tree/out', type: 'symlink', target: '/etc' })],
  ['a hard link out of it', evil({ path: 'tree/out', type: 'hardlink', target: '../etc/passwd' })],
])('an archive cannot get out by %s', async (_, archive) => {
  const to = join(folder, 'in/side');
  mkdirSync(to, { recursive: true });
  await unpack(dripping(archive), { from: 'tree', to, tally: tally(), onSkip });
  expect(skipped).toHaveLength(1);
  expect(readdirSync(to)).toEqual([]);
  expect(readdirSync(folder)).toEqual(['in']);
  expect(existsSync('/tmp/neb-escaped')).toBe(false);
});

test('a file is not written through a link that the same archive brought', async () => {
  const to = join(folder, 'copy');
  writeFileSync(join(folder, 'victim'), 'mine');
  await unpack(dripping(evil({ path: 'tree/a', type: 'symlink', target: 'b' }, { path: 'tree/a', type: 'file' })), { from: 'tree', to, tally: tally(), onSkip });
  expect(lstatSync(join(to, 'a')).isSymbolicLink()).toBe(true);
  expect(existsSync(join(to, 'b'))).toBe(false);
});

test('a file is not written through a link that was there before', async () => {
  const to = join(folder, 'copy');
  mkdirSync(to);
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync('../elsewhere', join(to, 'sub'));
  await expect(unpack(dripping(evil({ path: 'tree/sub/f', type: 'file' })), { from: 'tree', to, tally: tally(), onSkip })).rejects.toThrow(/is a link/);
  symlinkSync('../elsewhere/f', join(to, 'f'));
  await unpack(dripping(evil({ path: 'tree/f', type: 'file' })), { from: 'tree', to, tally: tally(), onSkip });
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual([]);
  expect(readFileSync(join(to, 'f'), 'utf8')).toBe('evil');
});

test('an archive that is cut short or damaged says so', async () => {
  const whole = await bytes(pack(someTree(), 'tree', tally()));
  await expect(unpack(dripping(whole.subarray(0, 1_500)), { from: 'tree', to: join(folder, 'o'), tally: tally(), onSkip })).rejects.toThrow(/ended too early/);
  const damaged = Buffer.from(whole);
  damaged[600] = 77;
  await expect(unpack(dripping(damaged), { from: 'tree', to: join(folder, 'o'), tally: tally(), onSkip })).rejects.toThrow(/checksum/);
});
