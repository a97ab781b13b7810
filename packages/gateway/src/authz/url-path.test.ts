import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, test } from 'vitest';
import { matchesPath, matchesValue, pattern } from './pattern.ts';
import { urlPath } from './url-path.ts';

const random = seededRandom(11);
const below = (limit: number): number => { const [a = 0, b = 0] = random(2); return (a * 256 + b) % limit; };
const draw = (pieces: readonly string[], most: number): string => Array.from({ length: below(most) + 1 }, () => pieces[below(pieces.length)]!).join('');
const pieces = ['/', '/', '/', 'a', 'a', 'b', 'secret', '.', '..', '../', '%2e', '%2E', '%2f', '%5c', '\\', '%252e', '%252f', '%25', '%2525', ';', ';x=1', '?', '%00', '%', '**', 'é', '%c3%a9', ' '];

/** How servers behind us may come to a path: what they decode, how often, and what they split by. */
const readers = [1, 2, 3].flatMap((times) => [/\//, /[/\\]/].flatMap((by) => [true, false].flatMap((beforeSplit) => [true, false].flatMap((parameters) => [true, false].map((empty) => ({ times, by, beforeSplit, parameters, empty }))))));

function readBy({ times, by, beforeSplit, parameters, empty }: (typeof readers)[number], target: string): string[] | undefined {
  const decode = (text: string): string => { for (let time = 0; time < times; time++) text = decodeURIComponent(text); return text; };
  const resolved: string[] = [];
  try {
    const path = target.split('?')[0]!;
    for (const raw of (beforeSplit ? decode(path) : path).slice(1).split(by)) {
      const cut = parameters ? raw.split(';')[0]! : raw;
      const segment = beforeSplit ? cut : decode(cut);
      if (segment === '..') resolved.pop();
      else if (segment !== '.' && (empty || segment !== '')) resolved.push(segment);
    }
    return resolved.filter((segment) => segment !== '');
  } catch {
    return undefined;
  }
}

describe('a path that a pattern allows', () => {
  test('is below it for every server that could read it', () => {
    const wanted = pattern('/a/**');
    let allowed = 0;
    for (let round = 0; round < 5_000; round++) {
      const target = `/${round % 2 ? '' : 'a/'}${draw(pieces, 9)}`;
      if (matchesPath(wanted, urlPath(target), {}) !== 'yes') continue;
      allowed++;
      for (const reader of readers) {
        const read = readBy(reader, target);
        if (read?.length) expect(read[0], `${target} as ${JSON.stringify(reader)}`).toBe('a');
      }
    }
    expect(allowed).toBeGreaterThan(500);
  });

  test('is the same once it is written out', () => {
    for (let round = 0; round < 3_000; round++) {
      const path = urlPath(`/${draw(pieces, 9)}`);
      if ('segments' in path) expect(urlPath(`/${path.segments.map(encodeURIComponent).join('/')}`)).toEqual(path);
    }
  });
});

test('a value fills its place as it is, whatever it is', () => {
  for (let round = 0; round < 5_000; round++) {
    const handle = draw(pieces, 5);
    const target = `/u/${draw(pieces, 6)}`;
    const path = urlPath(target);
    const match = matchesPath(pattern('/u/${handle}/**'), path, { handle });
    expect(match === 'yes', `${handle} ${target}`).toBe('segments' in path && path.segments[0] === 'u' && path.segments[1] === handle);
    const value = draw(pieces, 6);
    if (matchesValue(pattern('${handle}/**'), value, { handle }) === 'yes') expect(value === handle || value.startsWith(`${handle}/`)).toBe(true);
  }
});
