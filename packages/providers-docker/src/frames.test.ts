import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import { framed, inPieces } from '../test/framed.ts';
import { frames } from './frames.ts';

describe('frames', () => {
  it.each([1, 2, 3, 7, 8, 9, 64, 4_096])('come out whole however the stream is cut, here by at most %i bytes', async (most) => {
    const random = seededRandom(most);
    const sent = Array.from({ length: 200 }, (_, at) => {
      const stream = fraction(random) < 0.5 ? ('stdout' as const) : ('stderr' as const);
      return { stream, text: `${at}:`.repeat(Math.floor(fraction(random) * 40)) };
    });
    const got: { stream: string; text: string }[] = [];
    let text = '';
    for await (const part of frames(inPieces(Buffer.concat(sent.map(framed)), random, most))) {
      if (part.opens) text = '';
      text += Buffer.from(part.data).toString();
      if (part.closes) got.push({ stream: part.stream, text });
    }
    expect(got).toEqual(sent);
  });

  it('pass a long frame on before it has ended', async () => {
    const bytes = framed({ stream: 'stdout', text: 'x'.repeat(1_000) });
    const parts = frames((async function* () {
      yield bytes.subarray(0, 108);
      throw new Error('the rest must not be asked for first');
    })());
    const { value } = await parts.next();
    expect(value).toMatchObject({ opens: true, closes: false });
    expect(value?.data.length).toBe(100);
  });
});
