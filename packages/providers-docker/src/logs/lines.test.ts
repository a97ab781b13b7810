import { collect, fraction, type LogLine } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import { type Frame, framed, inPieces } from '../../test/framed.ts';
import { frames } from '../frames.ts';
import { logLines, longestLineBytes } from './lines.ts';

const at = (nanoseconds: number): string => `2026-01-31T12:00:00.${String(nanoseconds).padStart(9, '0')}Z`;
const read = (sent: readonly Frame[], most = 1 << 20, seed = 1): Promise<LogLine[]> =>
  collect(logLines(frames(inPieces(Buffer.concat(sent.map(framed)), seededRandom(seed), most))));

describe('log lines', () => {
  it.each([1, 2, 5, 31, 32, 33, 1_000])('are the same however the stream is cut, here by at most %i bytes', async (most) => {
    const random = seededRandom(most);
    const words = ['', ' ', 'é', '日本', '🚀', 'plain words', '\r', '\t tab'];
    const lines: LogLine[] = Array.from({ length: 100 }, (_, nth) => ({
      at: at(nth),
      stream: fraction(random) < 0.5 ? 'stdout' : 'stderr',
      text: Array.from({ length: Math.floor(fraction(random) * 8) }, () => words[Math.floor(fraction(random) * words.length)]).join(''),
    }));
    const sent = lines.map((line): Frame => ({ stream: line.stream as 'stdout', text: `${line.at} ${line.text}\n` }));
    expect(await read(sent, most, most)).toEqual(lines);
  });

  it('show the last one even if no newline ends it', async () => {
    expect(await read([{ stream: 'stdout', text: `${at(1)} no end` }])).toEqual([{ at: at(1), stream: 'stdout', text: 'no end' }]);
  });

  it('come in pieces where they are long, none of them longer than the bound', async () => {
    // As an engine stores a long line: in entries of 16 KiB, each with a time, the last with the newline.
    const text = 'é'.repeat(20_000);
    const bytes = Buffer.from(text);
    const cuts = [0, 1, 2].map((nth) => bytes.subarray(nth * longestLineBytes, (nth + 1) * longestLineBytes));
    const sent = cuts.map((cut, nth): Frame => ({ stream: 'stdout', text: Buffer.concat([Buffer.from(`${at(7)} `), cut, Buffer.from(nth === 2 ? '\n' : '')]) }));
    const lines = await read(sent);
    expect(lines.map((line) => line.text).join('')).toBe(text);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line.text)))).toBeLessThanOrEqual(longestLineBytes + 3);
    expect(new Set(lines.map((line) => line.at))).toEqual(new Set([at(7)]));
  });

  it('are cut even where one frame holds more than the bound', async () => {
    const lines = await read([{ stream: 'stderr', text: `${at(1)} ${'x'.repeat(100_000)}\n` }], 4_096);
    expect(lines.length).toBe(7);
    expect(lines.map((line) => line.text.length).reduce((sum, length) => sum + length)).toBe(100_000);
  });

  it('of exactly the bound are one line, not one and an empty one', async () => {
    const sent: Frame[] = [
      { stream: 'stdout', text: `${at(1)} ${'x'.repeat(longestLineBytes)}` },
      { stream: 'stdout', text: `${at(1)} \n` },
      { stream: 'stdout', text: `${at(2)} next\n` },
    ];
    expect((await read(sent)).map((line) => line.text.length)).toEqual([longestLineBytes, 4]);
  });

  it('keep the words of a frame that has no time', async () => {
    expect((await read([{ stream: 'stdout', text: `${at(1)} a\n` }, { stream: 'stdout', text: 'no time here\n' }])).map((line) => line.text)).toEqual(['a', 'no time here']);
  });

  it('of two streams do not mix', async () => {
    const sent: Frame[] = [
      { stream: 'stdout', text: `${at(1)} ${'o'.repeat(longestLineBytes)}` },
      { stream: 'stderr', text: `${at(2)} e\n` },
      { stream: 'stdout', text: `${at(3)} o\n` },
    ];
    expect((await read(sent)).map(({ stream, text }) => [stream, text.at(-1)])).toEqual([['stdout', 'o'], ['stderr', 'e'], ['stdout', 'o']]);
  });
});
