import { expect, test } from 'vitest';
import { alike, didYouMean, nearest } from './nearest.ts';

const fields = ['image', 'env', 'volumes', 'restart', 'health_check', 'max_price', 'command', 'args'];

test.each([
  ['imag', 'image'],
  ['imgae', 'image'],
  ['Image', 'image'],
  ['healthCheck', 'health_check'],
  ['max-price', 'max_price'],
  ['volume', 'volumes'],
  ['comand', 'command'],
  ['environment', 'env'],
  ['restartPolicy', 'restart'],
  ['arg', 'args'],
])('%s is near %s', (word, candidate) => {
  expect(nearest(word, fields)).toBe(candidate);
});

test.each(['', 'x', 'q', 'replicas', 'resources', 'en_passant'])('%j is near none', (word) => {
  expect(nearest(word, fields)).toBeUndefined();
});

test('a letter mistyped goes before a word cut short, and a first letter kept before one changed', () => {
  expect(nearest('volum', ['volumesfrom', 'volume'])).toBe('volume');
  expect(nearest('H10', ['A10', 'H100'])).toBe('H100');
});

test('the likest of several come first, and no more than are asked for', () => {
  expect(alike('H10', ['A10', 'H100_SXM', 'H100', 'B200', 'H100_NVL'], 3)).toEqual(['H100', 'A10', 'H100_SXM']);
});

test('a single letter is not near another', () => {
  expect(nearest('a', ['b', 'c'])).toBeUndefined();
});

test('a suggestion is a sentence, or nothing', () => {
  expect(didYouMean('imag', fields)).toBe(' Did you mean "image"?');
  expect(didYouMean('zebra', fields)).toBe('');
});
