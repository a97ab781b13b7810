import { lstat, mkdir, mkdtemp, open, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isBeside, lend, linkTo, setBeside, takeBack, wholeOf } from './lent-memory.ts';
import { tarParts } from './tar-splice.ts';

let at: (name: string) => string;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'neb-lent-'));
  at = (name) => join(folder, name);
});
afterEach(() => rm(at('.'), { recursive: true }));

const pages = Buffer.alloc(3 * 2 ** 20 + 5, 'p');

function archived(more: readonly (readonly [name: string, content: string])[] = []): AsyncIterable<Uint8Array> {
  const out = pack();
  out.entry({ name: 'config.dump' }, 'told');
  out.entry({ name: 'artifacts/', type: 'directory' });
  out.entry({ name: 'checkpoint/', type: 'directory' });
  out.entry({ name: 'checkpoint/pages-1.img' }, pages);
  for (const [name, content] of more) out.entry({ name }, content);
  out.entry({ name: 'rootfs-diff.tar' }, 'files');
  out.finalize();
  return out as AsyncIterable<Uint8Array>;
}

async function entriesOf(tar: AsyncIterable<Uint8Array>): Promise<readonly (readonly [name: string, content: string, link: string | undefined])[]> {
  const input = extract();
  input.end(Buffer.concat(await Array.fromAsync(tar)));
  const found: (readonly [string, string, string | undefined])[] = [];
  for await (const entry of input) found.push([entry.header.name, (await buffer(entry)).toString(), entry.header.linkname ?? undefined]);
  return found;
}

it('sets the memory of an archive beside it, and gives out the same archive again', async () => {
  const told: number[] = [];
  await setBeside(archived(), { archive: at('a.tar'), folder: at('memory'), progress: (done) => told.push(done) });
  expect((await readFile(at('memory/pages-1.img'))).equals(pages)).toBe(true);
  expect(told.at(-1)).toBe(pages.length + 'told'.length + 'files'.length);
  await using file = await open(at('a.tar'));
  expect(isBeside(await tarParts(file))).toBe(true);
  expect((await file.stat()).size).toBeLessThan(10_000);
  const sorted = (entries: Awaited<ReturnType<typeof entriesOf>>): unknown => entries.toSorted(([a], [b]) => a.localeCompare(b));
  expect(sorted(await entriesOf(wholeOf(at('a.tar'), at('memory'))))).toEqual(sorted(await entriesOf(archived())));
});

it.each(['checkpoint/..', 'checkpoint/.'])('takes no archive with %s in it', async (name) => {
  const setting = setBeside(archived([[name, 'x']]), { archive: at('a.tar'), folder: at('memory'), progress: () => undefined });
  await expect(setting).rejects.toThrow('Podman did not make it');
  expect(await readdir(at('.'))).not.toContain('a.tar');
});

it('leaves no archive of one that is cut off', async () => {
  const cut = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of archived()) yield bytes.subarray(0, 1_000);
    throw new Error('cut off');
  };
  await expect(setBeside(cut(), { archive: at('a.tar'), folder: at('memory'), progress: () => undefined })).rejects.toThrow();
  expect(await readdir(at('.'))).not.toContain('a.tar');
});

it('points at its memory wherever that is, however long its path', async () => {
  const path = `/${'deep/'.repeat(40)}memory`;
  expect(await entriesOf(linkTo(path))).toEqual([['checkpoint', '', path]]);
});

it('lends a container a place that is empty, takes it back, and leaves alone a folder that is the container\'s own', async () => {
  await mkdir(at('container/checkpoint'), { recursive: true });
  await mkdir(at('memory'));
  await writeFile(at('memory/old.img'), 'of before');
  await takeBack(at('container'));
  expect((await lstat(at('container/checkpoint'))).isDirectory()).toBe(true);
  expect(await lend(at('memory'), at('container'))).toBe(true);
  expect(await readlink(at('container/checkpoint'))).toBe(at('memory'));
  expect(await readdir(at('memory'))).toEqual([]);
  await takeBack(at('container'));
  expect(await readdir(at('container'))).toEqual([]);
  expect(await lend(at('memory'), at('elsewhere'))).toBe(false);
  expect(await lend(at('memory'), '')).toBe(false);
});
