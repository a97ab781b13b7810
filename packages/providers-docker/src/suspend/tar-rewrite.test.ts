import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { seededRandom } from '@neb/core-types/testing';
import { inPieces } from '../../test/framed.ts';
import { tarOf } from '../tar.ts';
import { filesOf, rewriteTar } from './tar-rewrite.ts';

const tar = tarOf({ 'config.dump': 'old', 'ctr.log': 'said', 'checkpoint/pages-1.img': 'x'.repeat(3_000) });
const pieces = (bytes: Uint8Array): AsyncIterable<Uint8Array> => inPieces(bytes, seededRandom(1), 700);

it('replaces, drops and keeps entries of whatever pieces a tar comes in', async () => {
  const replaced = await buffer(rewriteTar(pieces(tar), (name) => (name === 'config.dump' ? Buffer.from('a new one') : name === 'ctr.log' ? 'drop' : 'keep')));
  const files = await filesOf(pieces(replaced), ['config.dump', 'ctr.log', 'checkpoint/pages-1.img']);
  expect([...files].map(([name, bytes]) => [name, bytes.toString()])).toEqual([['config.dump', 'a new one'], ['checkpoint/pages-1.img', 'x'.repeat(3_000)]]);
});

it('tells of a tar that is cut off', async () => {
  await expect(buffer(rewriteTar(pieces(tar.subarray(0, 2_000)), () => 'keep'))).rejects.toThrow();
});

it('stops reading once it has what was asked for', async () => {
  let read = 0;
  const endless = (async function* () {
    for (const chunk of [tar.subarray(0, 1_024)]) yield chunk;
    for (;; read++) yield new Uint8Array(512);
  })();
  expect((await filesOf(endless, ['config.dump'])).get('config.dump')?.toString()).toBe('old');
  expect(read).toBeLessThan(1_000);
});
