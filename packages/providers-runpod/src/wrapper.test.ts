import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandOf, exitIn, isWrapped, shellWords } from './wrapper.ts';

describe('a command', () => {
  it('of its own is wrapped, and told by variables', () => {
    const { args, env } = commandOf({ entrypoint: ['sh', '-c', 'echo $HOME; exit 3'], args: ['more'] }, 'https://api');
    expect(args).toBe(`sh -c 'eval "$NEB_WRAPPER"'`);
    expect(env).toMatchObject({ NEB_COMMAND: "sh -c 'echo $HOME; exit 3' more", NEB_RUNPOD_API: 'https://api' });
    expect(isWrapped({ env })).toBe(true);
  });

  it('of the image is left to it', () => {
    expect(commandOf({ args: ['--model', 'a b'] }, '')).toEqual({ args: "--model 'a b'", env: {} });
    expect(commandOf({}, '')).toEqual({ args: undefined, env: {} });
  });
});

it.each([[['a']], [['a b', "it's", '$HOME', '`id`', '"', '', '*', '\\', 'a\nb', '-n', 'ä']]])('a shell splits %j as it was', (words) => {
  const printed = execFileSync('sh', ['-c', `eval "set -- $WORDS"; for word; do printf '%s\\0' "$word"; done`], { env: { WORDS: shellWords(words) } }).toString();
  expect(printed.split('\0').slice(0, -1)).toEqual(words);
});

it.each([
  ['neb: a-1 exited with 3', { exitCode: 3, before: '' }],
  ['last words without an endneb: a-1 exited with 143', { exitCode: 143, before: 'last words without an end' }],
  ['neb: b-1 exited with 3', undefined],
  ['neb: a-1 exited with 3 times', undefined],
  ['exited with 3', undefined],
])('"%s" tells %o', (line, told) => {
  expect(exitIn(line, { key: 'a-1' })).toEqual(told);
});
