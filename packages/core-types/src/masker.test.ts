import { expect, test } from 'vitest';
import { masker } from './masker.ts';

const value = 's3cret/+ va"lue?';
const key = '-----BEGIN KEY-----\nMIIEvgIBADANBgkq\n  hkiG9w0BAQEF\nab\n-----END KEY-----\n';
const b64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<readonly [what: string, values: readonly string[], text: string, expected: string]>([
  ['a value', [value], `before ${value} after`, 'before *** after'],
  ['a value more than once', ['abcdef'], 'abcdef abcdef', '*** ***'],
  ['nothing else', [value], 'before s3cret after', 'before s3cret after'],
  ['the longer of two values that begin alike', ['abcdef', 'abcdefgh'], 'x abcdefgh', 'x ***'],
  ['all of two values that overlap', ['abcdef', 'defghi'], 'abcdefghi', '***'],
  ['a value at the very start', ['abcdef'], 'abcdefxabcdef', '***x***'],
  ['no value shorter than six characters', ['abcde'], 'abcde', 'abcde'],
  ['a value of six', ['abcdef'], 'abcdef', '***'],
  ['each line of a value of many', [key], 'it is MIIEvgIBADANBgkq, hkiG9w0BAQEF, ab', 'it is ***, ***, ab'],
  ['a value without the line end it was kept with', ['hunter22\n'], 'hunter22', '***'],
  ['base64', [value], `is ${b64(value)}`, 'is ***=='],
  ['base64 for URLs', ['~~~???>>>'], Buffer.from('~~~???>>>').toString('base64url'), '***'],
  ['percent-encoding', [value], `q=${encodeURIComponent(value)}&`, 'q=***&'],
  ['percent-encoding in small letters', [value], encodeURIComponent(value).replaceAll(/%../g, (code) => code.toLowerCase()), '***'],
  ['a value in a form', [value], String(new URLSearchParams({ q: value })), 'q=***'],
  ['a value in JSON', [value], JSON.stringify({ q: value }), '{"q":"***"}'],
  ['each text in a value that is JSON', ['{"user":"ada","password":"hunter22"}'], 'ada hunter22', 'ada ***'],
  ['nothing where a value is empty', [''], 'text', 'text'],
  ['a value with half a character in it', ['abcdef\ud800'], 'abcdef\ud800', '***'],
  ['signs that mean something in patterns', ['a.*b$^[c'], 'axxb a.*b$^[c', 'axxb ***'],
])('masks %s', (_, values, text, expected) => expect(masker(values)(text)).toBe(expected));

test.each([0, 1, 2, 3, 4, 5])('masks base64 of a value that %i characters stand before', (count) => {
  const encoded = b64(`${'x'.repeat(count)}hunter22hunter22:more`);
  const masked = masker(['hunter22hunter22'])(encoded);
  expect(masked).toContain('***');
  expect(Buffer.from(masked.split('***')[0]!, 'base64').toString()).not.toContain('hu');
});

test('masks base64 that is broken into lines', () => {
  const long = Array.from({ length: 40 }, (_, at) => `word${at}`).join('-');
  const lines = b64(long).match(/.{1,76}/g)!;
  expect(lines.map(masker([long])).join('').replaceAll(/[*=]/g, '')).toBe('');
});
