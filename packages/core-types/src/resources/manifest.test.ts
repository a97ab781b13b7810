import { describe, expect, test } from 'vitest';
import { isNebError } from '../errors.ts';
import type { Kind } from './kinds.ts';
import { checkManifest, type CheckOptions, describePath, parseManifest } from './manifest.ts';

/** What is wrong, a line each, as `path: message`. */
function problems(document: unknown, fallback?: Kind, options?: CheckOptions): readonly string[] {
  const checked = checkManifest(document, fallback, options);
  return checked.ok ? [] : checked.problems.map(({ path, message }) => `${describePath(path)}${message}`);
}

describe('a problem says where and what', () => {
  test.each<[string, object, string]>([
    ['an unknown field', { imag: 'x' }, 'imag: "imag" is not a field here. Did you mean "image"?'],
    ['an unknown field like none', { zebra: 1 }, 'zebra: "zebra" is not a field here.'],
    ['a field a level too high', { name: 'x' }, 'name: "name" is not a field here. It belongs in "metadata".'],
    ['a field of resources at the top', { min_memory: 1 }, 'min_memory: "min_memory" is not a field here. It belongs in "resources".'],
    ['an unknown field further down', { health_check: { intervall: '5s' } }, 'health_check.intervall: "intervall" is not a field here. Did you mean "interval"?'],
    ['an unknown field in a list', { env: [{ key: 'A', valeu: 'x' }] }, 'env[0].valeu: "valeu" is not a field here. Did you mean "value"?'],
    ['a number for text', { image: 5 }, 'image: must be text, not a number: put it in quotes'],
    ['a list for text', { image: ['x'] }, 'image: must be text, not a list'],
    ['text for a map', { resources: 'much' }, 'resources: must be a map of fields, not text'],
    ['nothing for a list', { volumes: null }, 'volumes: is empty: give it a list, or leave it out'],
    ['an empty text', { image: '' }, 'image: must not be empty'],
    ['a wrong word', { restart: 'Alwyas' }, 'restart: must be Always, OnFailure or Never, not "Alwyas". Did you mean "Always"?'],
    ['a number where there is a choice', { restart: 1 }, 'restart: must be Always, OnFailure or Never, not a number'],
    ['neither form of a union', { command: 5 }, 'command: must be text or a list, not a number: put it in quotes'],
    ['an element of the form that was meant', { command: ['echo', 5] }, 'command[1]: must be text, not a number: put it in quotes'],
    ['an unknown accelerator', { accelerators: ['2:A1000'] }, 'accelerators[0]: "A1000" is not a known accelerator; did you mean "A100"?'],
    ['a number too large', { proxy_port: 70_000 }, 'proxy_port: must be at most 65535'],
    ['a label key', { metadata: { labels: { 'a b': 'x' } } }, 'metadata.labels["a b"]: "a b" must be letters, digits, ".", "_", "-" or "/", with a letter or digit at both ends'],
    ['a name', { metadata: { name: 'a b' } }, 'metadata.name: must be 1 to 128 letters, digits, ".", "_" or "-", with a letter or digit at both ends'],
    ['a negative price', { max_price: -1 }, 'max_price: must not be negative'],
  ])('%s', (_what, document, problem) => {
    expect(problems({ kind: 'Container', ...document })).toEqual([problem]);
  });
});

describe('a meter that could never ask what it says is refused, with what to write instead', () => {
  const costp = { costp: 10, unit: 'hour', currency: 'EUR' };
  const instead = 'costp is percent on top of what the platform asks, which is in USD, and EUR is another currency: write USD, or a cost instead of costp';
  test.each<[object, readonly string[]]>([
    [{ kind: 'Container', meters: [{ cost: 1, unit: 'hour', currency: 'EUR' }, costp] }, [`meters[1].currency: ${instead}`]],
    [{ kind: 'Service', container: { image: 'x', meters: [costp] }, meters: [costp] }, [`meters[0].currency: ${instead}`, `container.meters[0].currency: ${instead}`]],
    [{ kind: 'Processor', container: { image: 'x' }, meters: [{ ...costp, currency: 'USD' }, { cost: 1, unit: 'request', metric: 'requests', currency: 'EUR' }] }, []],
    [{ kind: 'Processor', container: { image: 'x' }, meters: [{ cost: 1, unit: 'token', json_path: '$.n', currency: 'USD' }] }, ['meters[0].metric: response_value is not counted of messages, since workers answer past neb, and what is asked for them is not for them to say: write requests, which counts each message that was handled, or runtime, which is the time of its workers']],
    [{ kind: 'Processor', container: { image: 'x' }, meters: [{ cost: 1, unit: 'token', metric: 'request_value', json_path: '$.n', currency: 'USD' }] }, ['meters[0].metric: request_value is not counted of messages, since neb looks into none to bill it: write requests, which counts each message that was handled, or runtime, which is the time of its workers']],
    [{ kind: 'Processor', container: { image: 'x', meters: [{ cost: 1, unit: 'token', json_path: '$.n', currency: 'USD' }, { cost: 1, unit: 'hour', currency: 'USD' }, { cost: 1, unit: 'request', metric: 'requests', currency: 'USD' }] } }, [
      'container.meters[0].metric: response_value is counted at the door of a container with a proxy_port, and this one has none: write requests among the meters of the processor, which counts each message that was handled, or runtime here, which is the time of a worker',
      'container.meters[2].metric: requests is counted at the door of a container with a proxy_port, and this one has none: write it among the meters of the processor',
    ]],
    [{ kind: 'Processor', container: { image: 'x', proxy_port: 80, meters: [{ cost: 1, unit: 'token', json_path: '$.n', currency: 'USD' }] } }, []],
    [{ kind: 'Service', container: { image: 'x' }, meters: [{ cost: 1, unit: 'token', json_path: '$.n', currency: 'USD' }] }, []],
  ])('%j', (document, expected) => {
    expect(problems(document)).toEqual(expected);
  });
});

describe('a problem is where its author wrote it', () => {
  test.each<[string, object, string]>([
    ['under another name of a field', { min_workers: 'x' }, 'min_workers: must be a number, not text'],
    ['under the name of today', { min_replicas: 'x' }, 'min_replicas: must be a number, not text'],
    ['under another name further down', { container: { resources: { cpu: 'x' } } }, 'container.resources.cpu: must be a number of cores such as 2, 0.5 or 500m'],
    ['under another name in a list', { container: { volumes: [{ name: 'v', mount: 5 }] } }, 'container.volumes[0].mount: must be text, not a number: put it in quotes'],
    ['at the key of a map that stands for a list', { container: { env: { A: 'x', B: [] } } }, 'container.env.B: must be text, a number or true or false, not a list'],
    ['at the short form of a port', { container: { ports: [80, '80:99999'] } }, 'container.ports[1]: must be at most 65535'],
    ['at the second name of a field given twice', { min_workers: 1, min_containers: 2 }, 'min_containers: "min_containers" is another name of "min_replicas", which is given too. Keep one of them.'],
    ['at another name of a field given as itself too', { min_workers: 1, min_replicas: 2 }, 'min_workers: "min_workers" is another name of "min_replicas", which is given too. Keep one of them.'],
    ['at a limit that another crosses', { min_workers: 3, max_workers: 1 }, 'max_workers: must not be less than the fewest'],
    ['where it is missing', { schema: [{ name: 'text' }] }, 'schema[0].type: is required'],
  ])('%s', (_where, document, problem) => {
    expect(problems({ kind: 'Processor', container: {}, ...document })).toEqual([problem]);
  });
});

test('all that is wrong is told at once', () => {
  expect(problems({ kind: 'Container', metadata: { name: 'a b', labels: 'x' }, imag: 'x', restart: 'x', env: [{ value: 1 }, { key: 'A' }], timeout: 'soon', spot: 'yes' })).toHaveLength(8);
});

test('a secret\'s value is in no message', () => {
  const said = [...problems({ kind: 'Secret', value: 314159265 }), ...problems({ kind: 'Secret', value: ['314159265'] }), ...problems({ kind: 'Secret', value: { x: 314159265 } })];
  expect(said).toHaveLength(3);
  expect(said.join()).not.toContain('314159265');
});

describe('kinds', () => {
  test.each<[unknown, string]>([
    ['Pod', '"Pod" is not a kind. There are Container'],
    ['container', '"container" is not a kind. Did you mean "Container"?'],
    [7, '"7" is not a kind.'],
    [null, '"null" is not a kind.'],
  ])('%j is told apart from one', (kind, message) => {
    expect(problems({ kind })).toEqual([expect.stringContaining(`kind: ${message}`)]);
  });
  test('one must be named, or fallen back on', () => {
    expect(problems({ image: 'x' })).toEqual(['needs a kind: one of Container, Namespace, Secret, Processor, Service, Snapshot, Budget']);
    expect(problems({ image: 'x' }, 'Container')).toEqual([]);
    expect(problems({ kind: 'Secret', value: 'x' }, 'Container'), 'what is named goes first').toEqual([]);
  });
  test.each([null, 'text', 5, [], [{ kind: 'Container' }]])('%j is not a manifest', (document) => {
    expect(problems(document)).toEqual(['a manifest is a map of fields such as kind, metadata and image']);
  });
});

describe('a fragment', () => {
  const fragment = { fragment: true };
  test('may lack its kind and what a whole one needs', () => {
    expect(problems({ min_workers: 0 }, undefined, fragment)).toEqual([]);
    expect(problems({ kind: 'Service', min_containers: 0 }, undefined, fragment)).toEqual([]);
    expect(problems({ kind: 'Processor', min_workers: 0 })).toEqual(['container: is required']);
  });
  test('is checked for all that is in it', () => {
    expect(problems({ min_workers: -1 }, undefined, fragment)).toEqual(['min_workers: must be at least 0']);
    expect(problems({ schema: [{ name: 'a' }] }, undefined, fragment)).toEqual(['schema[0].type: is required']);
    expect(problems({ container: null, min_workers: 0 }, undefined, fragment)).toEqual(['container: is empty: give it a map of fields, or leave it out']);
    expect(problems({ zebra: 1 }, undefined, fragment)).toEqual(['needs a kind: one of Container, Namespace, Secret, Processor, Service, Snapshot, Budget']);
  });
});

describe('a namespace', () => {
  test('may be named by metadata.namespace, as the product\'s own examples do', () => {
    expect(parseManifest({ kind: 'Namespace', metadata: { namespace: 'my-app', owner: 'acme' } })).toEqual({
      kind: 'Namespace',
      metadata: { name: 'my-app', namespace: 'my-app', owner: 'acme' },
    });
  });
  test('must be named', () => {
    expect(problems({ kind: 'Namespace', metadata: {} })).toEqual(['metadata.name: needs a name']);
    expect(problems({ kind: 'Namespace' })).toEqual(['metadata: is required']);
  });
});

describe('a secret', () => {
  test.each(['2030-01-31T12:00:00Z', '2030-01-31', 1_900_000_000])('expires at %j', (expires_at) => {
    expect(problems({ kind: 'Secret', value: 'x', expires_at })).toEqual([]);
  });
  test('does not expire at no time in particular', () => {
    expect(problems({ kind: 'Secret', value: 'x', expires_at: 'soon' })).toEqual(['expires_at: must be a time such as 2030-01-31T12:00:00Z, or seconds since the epoch']);
    expect(problems({ kind: 'Secret' })).toEqual(['value: is required']);
  });
});

test('what the API returned can be applied again', () => {
  const metadata = { id: 'i', created_at: 't', created_by: 'me', updated_at: 't', deleted_at: 't', generation: 3, version: 9, name: 'x', namespace: 'n', owner: 'me', labels: {} };
  expect(parseManifest({ kind: 'Container', metadata, image: 'y', restart: 'Never', status: { status: 'running' } })).toEqual({
    kind: 'Container', metadata: { name: 'x', namespace: 'n', owner: 'me', labels: {} }, image: 'y', restart: 'Never',
  });
});

test('a program gets one error with every problem in it', () => {
  const error = (() => { try { return parseManifest({ kind: 'Container', imag: 1, restart: 'x' }); } catch (thrown) { return thrown; } })();
  expect(isNebError(error, 'invalid')).toBe(true);
  expect(error).toMatchObject({ message: expect.stringMatching(/^restart: must be .* \(and 1 more\)$/), details: { problems: [{ path: ['restart'] }, { path: ['imag'] }] } });
});

test.each([
  [[], ''],
  [['image'], 'image: '],
  [['env', 0, 'key'], 'env[0].key: '],
  [['metadata', 'labels', 'neb.io/team'], 'metadata.labels["neb.io/team"]: '],
])('the path %j is shown as "%s"', (path, text) => {
  expect(describePath(path)).toBe(text);
});
