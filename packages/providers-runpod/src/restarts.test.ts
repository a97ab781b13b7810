import { expect, it } from 'vitest';
import type { Pod } from './replies.ts';
import { restarts } from './restarts.ts';

const seen = (status: string, uptime?: number, startedAt = 'once') => ({ id: 'p', status, startedAt, runtime: uptime === undefined ? null : { uptime } }) as Pod;

it.each([
  ['runs on', [seen('RUNNING', 0), seen('RUNNING', 5), seen('RUNNING', 5), seen('RUNNING', 9)], false],
  ['was started again', [seen('RUNNING', 0), seen('RUNNING', 5), seen('RUNNING', 1)], true],
  ['was started again a while ago', [seen('RUNNING', 5), seen('RUNNING', 1), seen('RUNNING', 9)], true],
  ['was stopped and started', [seen('RUNNING', 5), seen('EXITED'), seen('RUNNING', 1)], false],
  ['was stopped and started unseen', [seen('RUNNING', 5), seen('RUNNING', 1, 'twice')], false],
  ['does not tell', [seen('RUNNING', 5), seen('RUNNING')], false],
])('a container that %s', (_, sights, noticed) => {
  const { noticed: notice } = restarts();
  expect(sights.map((pod) => notice(pod)).at(-1)).toBe(noticed);
});
