import { fakeClock } from '@neb/core-types/testing';
import { expect, it } from 'vitest';
import { bookkeeping, type BookkeepingOptions } from './bookkeeping.ts';
import type { MachineEvent } from './machinery.ts';

const workload = { image: 'app', args: '', env: {} };

function started(options: Partial<BookkeepingOptions> = {}) {
  const clock = fakeClock();
  const machinery = bookkeeping({ clock, pullMs: 100, ...options });
  const events: MachineEvent[] = [];
  machinery.start('m', workload, (event) => events.push(event));
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  const told = () => events.filter(({ kind }) => kind !== 'line').map((event) => (event.kind === 'exited' ? `exited ${event.exitCode}` : event.kind));
  return { machinery, events, pass, told };
}

it('a machine runs once its image is pulled', async () => {
  const { pass, told, events } = started();
  await pass(99);
  expect(told()).toEqual([]);
  await pass(1);
  expect(told()).toEqual(['running']);
  expect(events.at(-1)).toEqual({ kind: 'line', source: 'container', text: 'running app' });
});

it('a machine tells how its program ended', async () => {
  const { pass, told } = started({
    program: async ({ sleep }) => {
      await sleep(50);
      return 3;
    },
  });
  await pass(100);
  await pass(50);
  expect(told()).toEqual(['running', 'exited 3']);
});

it('a machine whose image is missing has failed', async () => {
  const { pass, told } = started({ missing: () => 'no such image' });
  await pass(100);
  expect(told()).toEqual(['failed']);
});

it.each(['stop', 'remove'] as const)('a machine tells nothing after its %s', async (verb) => {
  const { machinery, events, pass } = started();
  await pass(100);
  await machinery[verb]('m');
  const before = events.length;
  await pass(10_000);
  expect(events.length).toBe(before);
  await machinery[verb]('m');
});

it('a machine that is started anew runs anew', async () => {
  const { machinery, pass, told } = started();
  await pass(100);
  const again: MachineEvent[] = [];
  machinery.start('m', workload, (event) => again.push(event));
  await pass(100);
  expect(told()).toEqual(['running']);
  expect(again.some(({ kind }) => kind === 'running')).toBe(true);
});
