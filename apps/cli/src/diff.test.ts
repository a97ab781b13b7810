import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { unifiedDiff } from './diff.ts';

test('the same text has no diff', () => {
  expect(unifiedDiff('a\nb\n', 'a\nb\n')).toEqual([]);
});

test('a change is shown with what is around it', () => {
  expect(unifiedDiff('1\n2\n3\n4\n5\n6\n7\n8\n', '1\n2\n3\n4\nfive\n6\n7\n8\n')).toEqual(['@@ -2,7 +2,7 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6', ' 7', ' 8']);
  expect(unifiedDiff('', 'a\n')).toEqual(['@@ -0,0 +1 @@', '+a']);
  expect(unifiedDiff('a\n', '')).toEqual(['@@ -1 +0,0 @@', '-a']);
});

test('patch turns the one text into the other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neb-diff-'));
  const chance = seededRandom(7);
  const text = (): string => Array.from({ length: 40 }, () => `line ${Math.floor(fraction(chance) * 12)}\n`).join('');
  for (let round = 0; round < 20; round++) {
    const [before, after] = [text(), text()];
    writeFileSync(join(folder, 'file'), before);
    writeFileSync(join(folder, 'patch'), `--- file\n+++ file\n${unifiedDiff(before, after).join('\n')}\n`);
    // git's own patcher needs no other program.
    const applied = spawnSync('git', ['apply', '--unidiff-zero', '-p0', 'patch'], { cwd: folder, encoding: 'utf8' });
    expect([applied.stderr, spawnSync('cat', [join(folder, 'file')], { encoding: 'utf8' }).stdout]).toEqual(['', after]);
  }
  rmSync(folder, { recursive: true });
});
