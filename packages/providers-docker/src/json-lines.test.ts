import { collect } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { expect, it } from 'vitest';
import { inPieces } from '../test/framed.ts';
import { jsonLines } from './json-lines.ts';

it.each([1, 3, 50])('values come out whole however the stream is cut, here by at most %i bytes', async (most) => {
  const values = ['é'.repeat(20), { a: [1, 2] }, 7, 'x'];
  const bytes = Buffer.from(`${values.map((value) => JSON.stringify(value)).join('\r\n')}\n\nnot json\n{"last":true}`);
  expect(await collect(jsonLines(inPieces(bytes, seededRandom(most), most)))).toEqual([...values, { last: true }]);
});
