import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/security.md', root), 'utf8');
const named = [...page.matchAll(/\| `([^`]+\.ts)`: (.+) \|$/gm)].map(([, file = '', title = '']) => ({ file, title }));

test('every promise of docs/security.md names a test', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && line !== '| promise | test |');
  expect(rows).toHaveLength(named.length);
  expect(named.length).toBeGreaterThan(30);
});

test.each(named)('$file: $title', ({ file, title }) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toContain(title);
});
