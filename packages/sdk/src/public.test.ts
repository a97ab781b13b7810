import { execFileSync } from 'node:child_process';
import type { Container, ContainerManifest, Namespace, Page, Processor, ProcessorManifest, Secret, Service, ServiceManifest } from '@neb/core-types';
import { expect, expectTypeOf, test } from 'vitest';
import * as contract from './contract/index.ts';
import * as sdk from './index.ts';
import * as manifest from './manifest/index.ts';
import * as work from './worker.ts';
import type {
  AnswerEntry, ContainerInput, DeadLetter, EventEntry, ExecSession, Listed, LogEntry, Neb, ProcessorExplanation, ProcessorHealth, ProcessorInput, RolloutView, RunResult, SentMessage, ServiceExplanation, ServiceInput, StreamMessage, Watched, WholeAnswer,
} from './index.ts';

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
  expect(names(work)).toMatchInlineSnapshot(`
    [
      "messageSchema",
      "worker",
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
  expect(loaded).not.toMatch(/zod|@trpc|ioredis|ajv|packages\/streams|\/ws\/|yaml|core-types\/src\/index|contract\/router/);
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
    expectTypeOf(neb.processors.create({ container: { image: 'x' }, min_workers: 0 })).resolves.toEqualTypeOf<Processor>();
    expectTypeOf(neb.processors.list()).toExtend<AsyncIterable<Processor>>();
    expectTypeOf(neb.processors.watch()).toEqualTypeOf<AsyncIterable<Watched<Processor>>>();
    expectTypeOf(neb.processors.send({ name: 'a' }, { any: 1 }, { key: 'k' })).resolves.toEqualTypeOf<SentMessage>();
    expectTypeOf(neb.processors.sendAll({ name: 'a' }, [{ content: 1, key: 'k' }])).resolves.toEqualTypeOf<readonly SentMessage[]>();
    expectTypeOf(neb.processors.ask({ name: 'a' }, 1, { waitMs: 1 })).resolves.toEqualTypeOf<WholeAnswer>();
    expectTypeOf(neb.processors.stream({ name: 'a' }, 1)).toEqualTypeOf<AsyncIterable<unknown>>();
    expectTypeOf(neb.processors.answer({ name: 'a' }, 'm')).resolves.toEqualTypeOf<WholeAnswer>();
    expectTypeOf(neb.processors.answers({ name: 'a' }, 'm', { after: 'p' })).toEqualTypeOf<AsyncIterable<AnswerEntry>>();
    expectTypeOf(neb.processors.read({ name: 'a' })).resolves.toEqualTypeOf<Page<StreamMessage>>();
    expectTypeOf(neb.processors.deadLetters.list({ name: 'a' })).toExtend<AsyncIterable<DeadLetter>>();
    expectTypeOf(neb.processors.deadLetters.replay({ name: 'a' }, { id: 'd' })).resolves.toBeNumber();
    expectTypeOf(neb.processors.deadLetters.purge({ name: 'a' })).resolves.toBeNumber();
    expectTypeOf(neb.processors.scale({ name: 'a' }, 'auto')).resolves.toEqualTypeOf<Processor>();
    expectTypeOf(neb.processors.health({ name: 'a' }, { waitMs: 1 })).resolves.toEqualTypeOf<ProcessorHealth>();
    expectTypeOf(neb.processors.explain({ name: 'a' })).resolves.toEqualTypeOf<ProcessorExplanation>();
    expectTypeOf(neb.services.create({ container: { image: 'x' }, min_containers: 0 })).resolves.toEqualTypeOf<Service>();
    expectTypeOf(neb.services.watch()).toEqualTypeOf<AsyncIterable<Watched<Service>>>();
    expectTypeOf(neb.services.scale({ name: 'a' }, 'auto')).resolves.toEqualTypeOf<Service>();
    expectTypeOf(neb.services.explain({ name: 'a' })).resolves.toEqualTypeOf<ServiceExplanation>();
    expectTypeOf(neb.services.rollout.status({ name: 'a' })).resolves.toEqualTypeOf<RolloutView>();
    expectTypeOf(neb.services.rollout.history({ name: 'a' })).resolves.toEqualTypeOf<RolloutView['history']>();
    expectTypeOf(neb.services.rollout.undo({ name: 'a' }, { toRevision: 1 })).resolves.toEqualTypeOf<Service>();
    expectTypeOf(neb.services.rollout.restart({ name: 'a' })).resolves.toEqualTypeOf<Service>();
    // @ts-expect-error a service has a container
    void neb.services.create({ min_containers: 0 });
    // @ts-expect-error a number of workers, or auto
    void neb.processors.scale({ name: 'a' }, 'many');
    // @ts-expect-error a processor has a container
    void neb.processors.create({ min_workers: 0 });
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

test('a processor can be written with every field of its manifest, and in its looser forms', () => {
  expectTypeOf<keyof ProcessorInput>().toEqualTypeOf<keyof ProcessorManifest | 'min_workers' | 'max_workers'>();
  expectTypeOf<ProcessorManifest>().toExtend<ProcessorInput>();
  expectTypeOf({ container: { image: 'x', env: { A: 1 } }, max_workers: 3, scale: { zero: { duration: 30 } }, visibility: 90, schema: { type: 'object' } }).toExtend<ProcessorInput>();
  expectTypeOf<{ container: { image: string }; min_replicas: string }>().not.toExtend<ProcessorInput>();
});

test('a service can be written with every field of its manifest, and in its looser forms', () => {
  expectTypeOf<keyof ServiceInput>().toEqualTypeOf<keyof ServiceManifest | 'min_containers' | 'max_containers'>();
  expectTypeOf<ServiceManifest>().toExtend<ServiceInput>();
  expectTypeOf({ container: { image: 'x' }, max_containers: 3, scale: { up: { above_latency: '100ms', duration: 10 } }, hold: 60, update: { progress_deadline: 30 }, meters: [{ unit: 'token', currency: 'USD', response_json_value: '$.n' }] }).toExtend<ServiceInput>();
  expectTypeOf<{ container: { image: string }; rate_limit: { per: string } }>().not.toExtend<ServiceInput>();
});

test('a worker is told what its schema makes of a message', () => {
  const text: work.StandardSchema<{ text: string }> = { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { text: '' } }) } };
  const check = (neb: work.WorkerOptions): void => {
    expectTypeOf(work.worker(neb, text, async (message) => await Promise.resolve(message.content.text.length))).toEqualTypeOf<work.Worker>();
    work.worker(neb, text, function* (message) {
      expectTypeOf(message).toEqualTypeOf<work.Message<{ text: string }>>();
      yield message.content.text;
    });
    work.worker({ env: process.env, concurrency: 4 }, (message, { effect, key, signal }) => {
      expectTypeOf(message.content).toBeUnknown();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      effect('INCR', key('n'));
    });
    // @ts-expect-error a handler comes last
    work.worker(neb, text);
  };
  expect(check).toBeTypeOf('function');
});

test('the router takes and gives what its services do', () => {
  type Record_ = contract.Router['_def']['record'];
  expectTypeOf<Record_['containers']['get']['_def']['$types']['output']>().toEqualTypeOf<Container>();
  expectTypeOf<Record_['containers']['list']['_def']['$types']['output']>().toEqualTypeOf<Listed<Container>>();
  expectTypeOf<Record_['services']['get']['_def']['$types']['output']>().toEqualTypeOf<Service>();
  expectTypeOf<Record_['processors']['get']['_def']['$types']['output']>().toEqualTypeOf<Processor>();
  expectTypeOf<Record_['processors']['read']['_def']['$types']['output']>().toEqualTypeOf<Page<StreamMessage>>();
  expectTypeOf<Record_['whoami']['_def']['$types']['output']>().not.toBeAny();
  expectTypeOf<Record_['manifests']['write']['_def']['$types']['output']>().toEqualTypeOf<readonly contract.Applied[]>();
});
