import { expect, test } from 'vitest';
import { parsePath } from './parse.ts';
import { select } from './select.ts';
import { parseTemplate } from './template.ts';

const list = {
  kind: 'List',
  items: [
    { metadata: { name: 'a', labels: { app: 'web', 'a.b/c': 'x' } }, status: { status: 'running', restarts: 2 } },
    { metadata: { name: 'b', labels: {} }, status: { status: 'failed', restarts: 0 } },
  ],
};

test.each<[string, unknown[]]>([
  ['.kind', ['List']],
  ['kind', ['List']],
  ['$.kind', ['List']],
  ['.items[*].metadata.name', ['a', 'b']],
  ['items[0].metadata.name', ['a']],
  ['.items[-1].metadata.name', ['b']],
  ['.items[0,1].metadata.name', ['a', 'b']],
  ['.items[1:].metadata.name', ['b']],
  ['.items[:1].metadata.name', ['a']],
  ['..name', ['a', 'b']],
  ["['kind']", ['List']],
  [".items[0].metadata.labels['a.b/c']", ['x']],
  ['.items[0].metadata.labels.a\\.b/c', ['x']],
  ['.items[?(@.status.status=="failed")].metadata.name', ['b']],
  ['.items[?(@.status.restarts>1)].metadata.name', ['a']],
  ['.items[?(@.status.restarts<=1)].metadata.name', ['b']],
  ['.items[?(@.metadata.labels.app)].metadata.name', ['a']],
  ['.items[*].status.nothing', []],
  ['.nothing.at.all', []],
  ['', [list]],
  ['.', [list]],
])('the path %j finds what kubectl would', (path, found) => {
  expect(select(list, parsePath(path))).toEqual(found);
});

test.each([
  ['{.items[*].metadata.name}', 'a b'],
  ['{range .items[*]}{.metadata.name}{"\\t"}{.status.status}{"\\n"}{end}', 'a\trunning\nb\tfailed\n'],
  ['names: {.items[0].metadata.name}!', 'names: a!'],
  ['.items[0].metadata.labels', '{"app":"web","a.b/c":"x"}'],
  ['{.items[?(@.metadata.name=="}")].kind}', ''],
])('the template %j renders', (template, text) => {
  expect(parseTemplate(template)(list)).toBe(text);
});

test.each(['.items[', '.items[?(x)]', '{.items', '{range .items[*]}', '{end}', '.a b'])('%j is refused with a reason', (text) => {
  expect(() => parseTemplate(text)).toThrow(/cannot be read|not closed|without/);
});
