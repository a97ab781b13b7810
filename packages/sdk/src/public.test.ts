import { execFileSync } from 'node:child_process';
import type { Container, ContainerManifest, Namespace, Secret } from '@neb/core-types';
import { expect, expectTypeOf, test } from 'vitest';
import * as contract from './contract/index.ts';
import * as sdk from './index.ts';
import * as manifest from './manifest/index.ts';
import type { ContainerInput, EventEntry, ExecSession, Listed, LogEntry, Neb, RunResult, Watched } from './index.ts';

const names = (entry: object): string[] => Object.keys(entry).sort();

test('the public names are these', () => {
  expect(names(sdk)).toMatchInlineSnapshot(`
    [
      "NebError",
      "createNeb",
      "errorCodes",
      "failureOf",
      "isNebError",
    ]
  `);
  expect(names(contract)).toMatchInlineSnapshot(`
    [
      "failureOf",
      "httpStatus",
      "isSocketUrl",
      "maxFrameBytes",
      "openApiDocument",
      "refusal",
      "restError",
      "restHandler",
      "retryAfter",
      "router",
      "serveDial",
      "serveExec",
      "serveSocket",
      "targetOf",
      "unauthenticated",
    ]
  `);
  expect(names(manifest)).toMatchInlineSnapshot(`
    [
      "formatManifest",
      "formatObject",
      "parseManifests",
      "parseOrThrow",
      "problemLine",
    ]
  `);
});

test('a client loads neither schemas nor server code, and sockets and YAML only where they are used', () => {
  const script = `
    const { registerHooks } = await import('node:module');
    const loaded = new Set();
    registerHooks({ resolve: (name, context, next) => { const found = next(name, context); loaded.add(found.url); return found; } });
    await import('@neb/sdk');
    console.log([...loaded].join('\\n'));`;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(loaded).toContain('core-types/src/errors.ts');
  expect(loaded).not.toMatch(/zod|@trpc|\/ws\/|yaml|core-types\/src\/index|contract\/router/);
});

test('what a program infers is what it gets', () => {
  expectTypeOf(sdk.createNeb).parameter(0).toExtend<{ url: string; token?: string | undefined }>();
  expectTypeOf(sdk.createNeb).returns.toEqualTypeOf<Neb>();
  const check = (neb: Neb): void => {
    expectTypeOf(neb.containers.create({ image: 'x' })).resolves.toEqualTypeOf<Container>();
    expectTypeOf(neb.containers.list()).resolves.toEqualTypeOf<Listed<Container>>();
    expectTypeOf(neb.containers.list()).toExtend<AsyncIterable<Container>>();
    expectTypeOf(neb.containers.watch()).toEqualTypeOf<AsyncIterable<Watched<Container>>>();
    expectTypeOf(neb.containers.logs({ name: 'a' })).toEqualTypeOf<AsyncIterable<LogEntry>>();
    expectTypeOf(neb.containers.wait({ name: 'a' })).resolves.toEqualTypeOf<Container>();
    expectTypeOf(neb.containers.wait({ name: 'a' }, { for: 'deleted' })).resolves.toEqualTypeOf<Container | undefined>();
    expectTypeOf(neb.containers.exec({ id: 'a' }, { command: ['sh'] })).resolves.toEqualTypeOf<ExecSession>();
    expectTypeOf(neb.containers.run({ name: 'a' }, ['sh'])).resolves.toEqualTypeOf<RunResult>();
    expectTypeOf(neb.namespaces.get({ name: 'a' })).resolves.toEqualTypeOf<Namespace>();
    expectTypeOf(neb.secrets.create({ value: 'a' })).resolves.toEqualTypeOf<Secret>();
    expectTypeOf(neb.secrets.reveal({ name: 'a' })).resolves.toBeString();
    expectTypeOf(neb.events.watch()).toEqualTypeOf<AsyncIterable<EventEntry>>();
    // @ts-expect-error a secret has a value
    void neb.secrets.create({ metadata: { name: 'a' } });
    // @ts-expect-error a field that is not there
    void neb.containers.create({ imag: 'x' });
    // @ts-expect-error a reference needs a name or an id
    void neb.containers.get({ namespace: 'a' });
  };
  expect(check).toBeTypeOf('function');
});

test('a container can be written with every field of its manifest, and in its looser forms', () => {
  expectTypeOf<keyof ContainerInput>().toEqualTypeOf<keyof ContainerManifest>();
  expectTypeOf<ContainerManifest>().toExtend<ContainerInput>();
  expectTypeOf({ image: 'x', env: { A: 1, B: true }, ports: [80, '80:8080', { port: 1 }], timeout: '1h', resources: { min_memory: '16Gi' }, max_price: 2.5 }).toExtend<ContainerInput>();
  expectTypeOf<{ image: string; restart: 'Sometimes' }>().not.toExtend<ContainerInput>();
});

test('the router takes and gives what its services do', () => {
  type Record_ = contract.Router['_def']['record'];
  expectTypeOf<Record_['containers']['get']['_def']['$types']['output']>().toEqualTypeOf<Container>();
  expectTypeOf<Record_['containers']['list']['_def']['$types']['output']>().toEqualTypeOf<Listed<Container>>();
  expectTypeOf<Record_['whoami']['_def']['$types']['output']>().not.toBeAny();
  expectTypeOf<Record_['manifests']['write']['_def']['$types']['output']>().toEqualTypeOf<readonly contract.Applied[]>();
});
