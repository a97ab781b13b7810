import { feedCases, replicaCases } from './feed-cases.ts';
import type { NewGround } from './ground.ts';
import { historyCases } from './history-cases.ts';
import { objectCases } from './object-cases.ts';
import { queueCases } from './queue-cases.ts';
import { quotaCases } from './quota-cases.ts';
import { wallCases } from './wall-cases.ts';

/** Every promise that every store keeps. */
export function storeSuites(newGround: NewGround): void {
  objectCases(newGround);
  historyCases(newGround);
  queueCases(newGround);
  feedCases(newGround);
  wallCases(newGround);
  quotaCases(newGround);
}

export { replicaCases };
