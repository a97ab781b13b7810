import { expect, test } from 'vitest';
import { keysOf, nameTrouble, workerPatterns } from './keys.ts';

test.for(['processor:my-app:translator', 'my-app:workers:translator', 'a', 'a.b', 'a/b@c+d=e_f-g'])('%s may be a stream', (name) => {
  expect(nameTrouble(name)).toBeUndefined();
});

test.for(['', 'a b', 'a*', 'a?', 'a[b]', 'a\\b', 'a\n', 'ä', 'x'.repeat(257)])('%j may not', (name) => {
  expect(nameTrouble(name)).toEqual(expect.any(String));
});

test('no key beside a stream may itself be a stream', () => {
  const { main, answer, feed, healthAnswer, sent, drain, ...rest } = keysOf({ stream: 'a', group: 'g' });
  expect(nameTrouble(main)).toBeUndefined();
  for (const key of [...Object.values(rest), answer('x'), feed('x'), healthAnswer('x'), sent('x'), drain('x'), `${rest.done}.1`, 'a.state.x']) expect(nameTrouble(key), key).toEqual(expect.any(String));
});

test("no pattern of a stream's workers matches another stream whose name begins alike", () => {
  const matching = workerPatterns({ stream: 'a', group: 'g' }).map((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`));
  for (const stream of ['ab', 'a.b', 'a:b', 'a-health', 'b']) {
    const { main, answer, feed, healthAnswer, sent, drain, ...rest } = keysOf({ stream, group: 'g' });
    for (const key of [main, answer('1'), feed('1'), healthAnswer('1'), sent('1'), drain('1'), ...Object.values(rest)]) expect(matching.some((pattern) => pattern.test(key)), key).toBe(false);
  }
});
