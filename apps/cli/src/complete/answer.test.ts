import { expect, test } from 'vitest';
import { environment } from '../config.ts';
import { answer } from './answer.ts';

const asked: unknown[] = [];
const options = {
  env: environment({ HOME: '/nonexistent' }),
  names: async (kind: string, namespace: string | undefined) => {
    asked.push([kind, namespace]);
    return kind === 'Namespace' ? ['default', 'training'] : kind === 'Processor' ? ['translator'] : kind === 'Service' ? ['web'] : ['hello', 'trl-job'];
  },
  flagsOf: async () => [{ word: '--watch', about: '' }],
};
const words = async (line: string): Promise<readonly string[]> => (await answer(line.split(' '), options)).map(({ word }) => word);

test('verbs come first', async () => {
  expect(await words('')).toEqual(expect.arrayContaining(['create', 'get', 'exec', 'completion']));
  expect(await words('')).not.toContain('show');
});

test.each<[string, readonly string[]]>([
  ['get ', ['containers', 'namespaces', 'secrets', 'processors', 'services', 'snapshots', 'budgets', 'organisations', 'serviceaccounts', 'keys', 'users', 'events', 'audit', 'quotas', 'platforms', 'accelerators']],
  ['ls ', ['containers', 'namespaces', 'secrets', 'processors', 'services', 'snapshots', 'budgets', 'organisations', 'serviceaccounts', 'keys', 'users', 'events', 'audit', 'quotas', 'platforms', 'accelerators']],
  ['get containers ', ['hello', 'trl-job']],
  ['get containers hello ', ['trl-job']],
  ['get container/', ['container/hello', 'container/trl-job']],
  ['delete co/h', ['co/hello', 'co/trl-job']],
  ['logs ', ['hello', 'trl-job']],
  ['logs -f ', ['hello', 'trl-job']],
  ['exec hello ', []],
  ['cp ', ['hello:', 'trl-job:']],
  ['get containers -n ', ['default', 'training']],
  ['create -f ', ['__files__']],
  ['apply ', ['__files__']],
  ['get containers -w', ['--watch']],
  ['get containers --color ', ['auto', 'always', 'never']],
  ['describe ', ['container', 'namespace', 'secret', 'processor', 'service', 'snapshot', 'budget']],
  ['describe processor ', ['translator']],
  ['send ', ['processor', 'translator']],
  ['send processor ', ['translator']],
  ['read processor/', ['processor/translator']],
  ['scale ', ['processor', 'service']],
  ['scale processor ', ['translator']],
  ['scale service ', ['web']],
  ['rollout ', ['status', 'history', 'undo', 'restart']],
  ['rollout undo ', ['service', 'web']],
  ['rollout status service ', ['web']],
  ['rollout status service/', ['service/web']],
  ['curl ', ['service', 'web']],
  ['open svc/', ['svc/web']],
  ['logs service/', ['service/web']],
  ['port-forward service/', ['service/web']],
  ['port-forward ', ['hello', 'trl-job']],
  ['port-forward hello ', []],
  ['dead-letters ', ['processor', 'translator']],
  ['logs processor/', ['processor/translator']],
  ['explain processor ', ['translator']],
  ['completion ', ['bash', 'zsh', 'fish']],
  ['get platforms ', []],
  ['suspend ', ['hello', 'trl-job']],
  ['nonsense ', []],
])('after "neb %s" come %j', async (line, candidates) => {
  expect(await words(line)).toEqual(candidates);
});

test('names are asked for in the namespace the line names', async () => {
  asked.splice(0);
  await words('logs -n training ');
  await words('get secrets --namespace=training ');
  expect(asked).toEqual([['Container', 'training'], ['Secret', 'training']]);
});
