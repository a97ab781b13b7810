import { describe } from 'vitest';
import { feedCases } from './feed-cases.ts';
import { memoryGround } from './ground.ts';
import { historyCases } from './history-cases.ts';
import { objectCases } from './object-cases.ts';
import { queueCases } from './queue-cases.ts';

describe('memory', () => {
  objectCases(memoryGround);
  historyCases(memoryGround);
  queueCases(memoryGround);
  feedCases(memoryGround);
});
