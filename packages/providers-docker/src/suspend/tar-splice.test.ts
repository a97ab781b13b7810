import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { partOf, spliced, tarParts } from './tar-splice.ts';

/** As another's tar has them. */
async function contents(tar: Buffer): Promise<readonly (readonly [name: string, content: string])[]> {
  const input = extract();
  input.end(tar);
  const found: (readonly [string, string])[] = [];
  for await (const entry of input) found.push([entry.header.name, (await buffer(entry)).toString()]);
  return found;
}

it('replaces, leaves out and keeps entries, those with extended headers and large ones too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'neb-tar-'));
  const long = `checkpoint/${'n'.repeat(150)}`;
  const large = 'x'.repeat(3 * 2 ** 20 + 5);
  const made = pack();
  made.entry({ name: 'config.dump' }, 'old');
  made.entry({ name: 'checkpoint/', type: 'directory' });
  made.entry({ name: long, pax: { size: '4' } }, 'kept');
  made.entry({ name: 'ctr.log' }, 'said');
  made.entry({ name: 'checkpoint/pages-1.img' }, large);
  made.finalize();
  await writeFile(join(folder, 'a.tar'), await buffer(made));
  await using file = await open(join(folder, 'a.tar'));
  const parts = await tarParts(file);
  expect(parts).toHaveLength(5);
  expect((await partOf(file, parts.find(({ name }) => name === 'config.dump')!)).toString()).toBe('old');
  const after = await buffer(spliced(file, parts, { instead: new Map([['config.dump', Buffer.from('a new one')], ['ctr.log', undefined]]) }));
  expect(await contents(after)).toEqual([['config.dump', 'a new one'], ['checkpoint/', ''], [long, 'kept'], ['checkpoint/pages-1.img', large]]);
  await rm(folder, { recursive: true });
});
