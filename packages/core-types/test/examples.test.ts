import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkManifest, containerSpec, type Manifest } from '../src/index.ts';

const examples = join(import.meta.dirname, '../../../examples');
const files = globSync('{budgets,containers,namespaces,secrets,processors,service,snapshots}/*.yaml', { cwd: examples }).sort();

function documentsIn(file: string): readonly unknown[] {
  return parseAllDocuments(readFileSync(join(examples, file), 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as unknown;
  });
}

function manifestsIn(file: string): readonly Manifest[] {
  return documentsIn(file).flatMap((document) => {
    const checked = checkManifest(document);
    return checked.ok ? [checked.manifest] : [];
  });
}

test.each(files)('%s is a manifest', (file) => {
  for (const document of documentsIn(file)) expect(checkManifest(document)).toEqual({ ok: true, manifest: expect.anything() });
});

test.each(files)('%s says in its first line what it shows', (file) => {
  expect(readFileSync(join(examples, file), 'utf8')).toMatch(/^# .{20,160}\n(?!#)/);
});

describe('each field of a container has an example', () => {
  const used = new Set(files.flatMap(manifestsIn).flatMap((manifest) => (manifest.kind === 'Container' ? Object.keys(manifest) : [])));
  test.each(Object.keys(containerSpec.shape))('%s', (field) => {
    expect(used).toContain(field);
    expect(files.some((file) => basename(file).startsWith(field.replaceAll('_', '-')) || field === 'command' || field === 'volumes')).toBe(true);
  });
});

test('no two examples claim one name', () => {
  const names = files.flatMap(manifestsIn).map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
