import { expect, it } from 'vitest';
import { failureIn } from './words.ts';

it.each([
  [['create container app', 'error pulling image: manifest unknown'], 'not_found', 'error pulling image: manifest unknown'],
  [['pull access denied for app, repository does not exist or may require authorization'], 'unauthorized', 'pull access denied'],
  [['error starting container: exec: "nope": executable file not found in $PATH'], 'invalid', 'executable file not found'],
  [['worker failed somehow', 'stop container'], 'failed', 'worker failed somehow'],
])('of %j RunPod is said to have meant %s', (lines, code, words) => {
  expect(failureIn(lines, { image: 'app' })).toEqual({ code, message: expect.stringContaining(words) });
});

it('of lines that tell nothing nothing is made', () => {
  expect(failureIn(['create container app', 'start container'], { image: 'app' })).toBeUndefined();
});
