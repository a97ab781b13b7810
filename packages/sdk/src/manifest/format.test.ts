import { expect, test } from 'vitest';
import { formatManifest, formatObject, parseOrThrow } from './index.ts';

const metadata = {
  name: 'web', namespace: 'app', id: 'abc', owner: 'acme', labels: {}, created_at: '2026-11-24T00:00:00Z', created_by: 'me', updated_at: '2026-11-24T00:00:00Z',
  generation: 1, version: 3,
};

test('an object reads back as its author would write it', () => {
  const text = formatManifest({ kind: 'Container', metadata, image: 'busybox', command: 'set -e\necho hi\n', env: [{ key: 'A', value: '1' }], status: { status: 'running' } } as never);
  expect(text).toBe('kind: Container\nmetadata:\n  name: web\n  namespace: app\nimage: busybox\ncommand: |\n  set -e\n  echo hi\nenv:\n  - key: A\n    value: "1"\n');
  expect(parseOrThrow(text)).toHaveLength(1);
});

test('a namespace keeps its owner', () => {
  expect(formatManifest({ kind: 'Namespace', metadata: { ...metadata, namespace: '', labels: { team: 'a' } } })).toBe('kind: Namespace\nmetadata:\n  name: web\n  owner: acme\n  labels:\n    team: a\n');
});

test('any object is written whole', () => {
  expect(formatObject({ b: 1, a: undefined, long: 'word '.repeat(40) })).toBe(`b: 1\nlong: ${JSON.stringify('word '.repeat(40))}\n`);
});
