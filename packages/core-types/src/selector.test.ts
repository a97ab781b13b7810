import { expect, test } from 'vitest';
import { matchesSelector, parseSelector } from './selector.ts';

const web = { app: 'web', tier: 'front', 'neb.io/team': 'a', empty: '', image: 'busybox:latest' };

test.each([
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web', true],
  ['app=api', false],
  ['app!=api', true],
  ['app!=web', false],
  ['missing!=x', true],
  ['missing=', false],
  ['empty=', true],
  ['app', true],
  ['missing', false],
  ['!missing', true],
  ['!app', false],
  ['neb.io/team=a', true],
  ['image=busybox:latest', true],
  ['app in (web,api)', true],
  ['app in(web)', true],
  ['app in ( api , web )', true],
  ['app notin (web)', false],
  ['missing notin (web)', true],
  ['app in (web),tier=front', true],
  ['app in (web),tier in (back)', false],
  ['app=web,tier!=back,!missing,empty', true],
  ['constructor', false],
  ['!constructor', true],
])('%j asks for the web container: %s', (text, expected) => {
  expect(matchesSelector(web, parseSelector(text))).toBe(expected);
});

test.each(['a=b=c', '=b', 'a in b', 'a in ()', 'a,,b', ',', 'a,', 'a=b c', 'a in (b', 'a b'])('%j is refused, with what to write', (text) => {
  expect(() => parseSelector(text)).toThrow(expect.objectContaining({ code: 'invalid', hint: expect.stringContaining('key=value') }));
});
