import { isNebError } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { parseManifests, type ParseOptions, parseOrThrow, problemLine } from './index.ts';

const lines = (text: string, options: ParseOptions = {}): string[] => parseManifests(text, { file: 'job.yaml', ...options }).problems.map(problemLine);

describe('a problem says where it is, in which field, and what to do', () => {
  test.each([
    ['an unknown field', 'kind: Container\nimage: x\nimag: y\n', ['job.yaml:3:1: imag: "imag" is not a field here. Did you mean "image"?']],
    ['a wrong value in a list', 'kind: Container\naccelerators: ["2:A100X"]\n', ['job.yaml:2:16: accelerators[0]: "A100X" is not a known accelerator; did you mean "A100"?']],
    ['JSON indented with tabs', '{\n\t"kind": "Container",\n\t"image": 3\n}', ['job.yaml:3:2: image: must be text, not a number: put it in quotes']],
    ['a field that is missing in an entry', 'kind: Container\nenv:\n  - key: A\n    value: 1\n  - value: 3\n', ['job.yaml:5:5: env[1].key: is required']],
    ['a document without a kind', 'image: x\n', ['job.yaml:1:1: needs a kind: one of Container, Namespace, Secret, Processor, Service, Snapshot, Budget']],
    ['a kind that does not exist', 'metadata: {name: a}\nkind: Contaner\n', ['job.yaml:2:1: kind: "Contaner" is not a kind. Did you mean "Container"? There are Container, Namespace, Secret, Processor, Service, Snapshot, Budget.']],
    ['text that is no map', '"just text"', ['job.yaml:1:1: a manifest is a map of fields such as kind, metadata and image']],
    ['a tab', 'kind: Container\n\timage: x\n', ['job.yaml:2:1: a tab cannot indent YAML; use spaces']],
    ['a field given twice', 'kind: Container\nimage: x\nimage: y\n', ['job.yaml:3:1: "image" is given twice; keep one of them']],
    ['an open bracket', 'kind: Container\nimage: [a\n', ['job.yaml:3:1: this line is not indented like the ones it belongs to']],
    ['a field in the middle of nowhere', 'kind: Container\nimage: x\n command: y\n', ['job.yaml:2:8: this does not belong here; quote a value that holds ": "']],
    ['a colon in a value', 'kind: Container\ncommand: echo: hi\n', ['job.yaml:2:10: this does not belong here; quote a value that holds ": "']],
    ['a missing colon', 'kind: Container\nimage "x"\nfoo: 1\n', ['job.yaml:2:1: this is not "field: value"; a colon or quotes may be missing']],
    ['an unquoted star', 'kind: Container\ncommand: *foo\n', ['job.yaml:1:1: there is no anchor "&foo"; quote a value that begins with "*"']],
    ['a wrong field behind an anchor', 'kind: Container\nmetadata: &m {name: "?"}\n', ['job.yaml:2:15: metadata.name: must be 1 to 128 letters, digits, ".", "_" or "-", with a letter or digit at both ends']],
    ['an item of a list of objects', 'kind: List\nitems:\n  - kind: Container\n  - kind: Secret\n', ['job.yaml:4:5: items[1].value: is required']],
  ])('%s', (_, text, expected) => expect(lines(text)).toEqual(expected));

  test('in the order of the file', () => {
    expect(lines('kind: Container\nhealth_check:\n  retris: 3\nrestart: x\nimag: y\n').map((line) => line.split(' ')[0])).toEqual(['job.yaml:3:3:', 'job.yaml:4:1:', 'job.yaml:5:1:']);
  });

  test('counted over all documents of the file', () => {
    expect(lines('kind: Container\n---\nkind: Secret\nvalue: a\n---\nkind: Secret\n')).toEqual(['job.yaml:6:1: value: is required']);
  });
});

test('anchors that multiply are refused', () => {
  const bomb = 'a: &a [1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n';
  expect(lines(bomb)).toEqual(['job.yaml:1:1: its anchors refer to each other too often']);
});

test('good documents are read beside bad ones, and empty ones are skipped', () => {
  const { documents, problems } = parseManifests('---\n# nothing here\n---\nkind: Container\nimage: x\n---\n---\nkind: Secret\n---\nkind: Secret\nvalue: a\n');
  expect(documents.map(({ manifest, position, file }) => [manifest.kind, position.line, file])).toEqual([['Container', 4, '<stdin>'], ['Secret', 10, '<stdin>']]);
  expect(problems).toHaveLength(1);
});

test('a document keeps what was written beside what it means', () => {
  const [document] = parseOrThrow('kind: Container\nimage: x\nrestart: onfailure\nenv: {A: true}\n');
  expect(document?.manifest).toMatchObject({ restart: 'OnFailure', env: [{ key: 'A', value: 'true' }] });
  expect(document?.raw).toEqual({ kind: 'Container', image: 'x', restart: 'onfailure', env: { A: true } });
});

test('anchors and merge keys are understood', () => {
  const [document] = parseOrThrow('kind: Container\nresources: &r {min_cpu: 1}\n---\nkind: Container\nhealth_check: {<<: {path: /ok}, port: 80}\n').slice(1);
  expect(document?.manifest).toMatchObject({ health_check: { path: '/ok', port: 80 } });
});

test('a kind can be given for documents that name none, and follows from a fragment\'s fields', () => {
  expect(parseOrThrow('image: x', { fallbackKind: 'Container' }).map((d) => d.manifest.kind)).toEqual(['Container']);
  expect(parseOrThrow('min_workers: 0', { fragment: true }).map((d) => d.manifest.kind)).toEqual(['Processor']);
});

test('a byte order mark and Windows line ends do not matter', () => {
  expect(lines('\uFEFFkind: Container\r\nimage: x\r\nimag: y\r\n')).toEqual(['job.yaml:3:1: imag: "imag" is not a field here. Did you mean "image"?']);
});

test('parseOrThrow says everything in one error', () => {
  try {
    parseOrThrow('kind: Container\nimag: x\nrestart: sometimes\n', { file: 'a.yaml' });
    expect.unreachable();
  } catch (error) {
    expect(isNebError(error, 'invalid') && error.message.split('\n')).toEqual([
      'a.yaml:2:1: imag: "imag" is not a field here. Did you mean "image"?',
      'a.yaml:3:1: restart: must be Always, OnFailure or Never, not "sometimes"',
    ]);
    expect(isNebError(error) && error.details?.problems).toHaveLength(2);
  }
});

test('a problem never quotes a secret\'s value', () => {
  expect(lines('kind: Secret\nvalue: [hunter2]\nexpires_at: {hunter2: 1}\n').join()).not.toContain('hunter2');
});
