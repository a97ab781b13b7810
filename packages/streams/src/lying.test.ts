import { expect, test } from 'vitest';
import { type Consumer, isInHand, type LiveWorker } from './lying.ts';

const consumer = (name: string, idleMs: number): Consumer => ({ name, idleMs });
const w: LiveWorker = { name: 'container-1', runsMs: 300_000 };

test.each<[string, boolean, { idleMs?: number; holder?: string; live?: readonly LiveWorker[]; consumers?: readonly Consumer[] }]>([
  ['its worker has asked for nothing since', true, {}],
  ['nobody knows its worker', false, { live: [] }],
  ['its worker has begun anew since', false, { live: [{ ...w, runsMs: 89_000 }] }],
  ['its worker has asked for more since, and so has left it', false, { consumers: [consumer('container-1', 4_000)] }],
  ['another process of its worker has asked since, which may follow one that died', false, { consumers: [consumer('container-1', 90_000), consumer('consumer-9-container-1', 4_000)] }],
  ['another worker has asked since', true, { consumers: [consumer('container-1', 90_000), consumer('container-2', 10)] }],
  ['its name is within its consumer\'s', true, { holder: 'consumer-7-container-1', consumers: [consumer('consumer-7-container-1', 90_000)] }],
  ['it has taken ten times visibility', false, { idleMs: 600_000, live: [{ ...w, runsMs: 900_000 }], consumers: [consumer('container-1', 600_000)] }],
])('%s: %s', (_, expected, { idleMs = 90_000, holder = 'container-1', live = [w], consumers = [consumer('container-1', 90_000)] }) => {
  expect(isInHand({ entryId: '1-1', consumer: holder, idleMs, attempts: 1 }, { live, consumers, visibilityMs: 60_000 })).toBe(expected);
});
