import type { ExecOutput, Instance, Provider } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { activityOf } from './activity.ts';

const ref = 'r' as Instance['ref'];
const counted = { at: 0, bytes: 1_000 };
const usage: Provider['usage'] = async () => ({ cpus: 0.01, memoryBytes: 1, rxBytes: 1_000, txBytes: 500 });

/** A program in the container that says this. */
function says(text: string, code = 0): NonNullable<Provider['exec']> {
  return async () => ({
    write: async () => undefined, closeInput: async () => undefined, resize: async () => undefined, exit: Promise.resolve(code), [Symbol.asyncDispose]: async () => undefined,
    output: (async function* (): AsyncGenerator<ExecOutput> { yield { stream: 'stdout', data: new TextEncoder().encode(text) }; })(),
  });
}

const busyOf = async (provider: Pick<Provider, 'usage' | 'exec'>, hasAccelerator = false) =>
  (await activityOf({ provider, ref, hasAccelerator, before: counted, now: 60_000 }, new AbortController().signal)).busy;

test('500 bytes in a minute, a hundredth of a core and no accelerator: nothing is done', async () => {
  expect(await busyOf({ usage })).toBeUndefined();
});

describe('with accelerators', () => {
  test.each<[string, NonNullable<Provider['exec']> | undefined, string | undefined]>([
    ['all of them idle', says('0\n3\n'), undefined],
    ['one of them at work', says('0\n87\n'), 'an accelerator is 87 % busy'],
    ['one of them silent', says('0\n[N/A]\n'), 'what its accelerators do is not known'],
    ['no such program', says('sh: nvidia-smi: not found', 127), 'what its accelerators do is not known'],
    ['a program that says nothing', says(''), 'what its accelerators do is not known'],
    ['nobody to ask', undefined, 'what its accelerators do is not known'],
  ])('%s', async (_, exec, expected) => {
    expect(await busyOf({ usage, exec }, true)).toBe(expected);
  });
});

test('what cannot be known counts as being busy', async () => {
  expect(await busyOf({})).toBe('what it uses is not known there');
  expect(await busyOf({ usage: async () => { throw new Error('away'); } })).toBe('what it uses cannot be read: away');
  // Counted anew, as where it was restarted.
  expect(await busyOf({ usage: async () => ({ cpus: 0, memoryBytes: 1, rxBytes: 0, txBytes: 0 }) })).toBe('what it sends and receives was not counted before');
});
