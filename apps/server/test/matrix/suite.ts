import { afterAll, beforeAll, test } from 'vitest';
import { type Cast, raiseCurtain } from './cast.ts';
import { type Asking, checkNames, checkOther, checkOwn, checkRest, eachRow } from './check.ts';
import { table } from './table.ts';

/**
 * Every way into the API, asked as every caller: once as it is, once with the wall switched off by the file that asks. There it is about who is
 * refused: for those who may change something nothing else is tried than where the wall is.
 */
export function matrixSuite(asking: Asking): void {
  const rows = table();
  let cast: Cast;
  beforeAll(async () => void (cast = await raiseCurtain('postgres')));
  afterAll(() => cast[Symbol.asyncDispose]());

  checkNames(rows);

  eachRow(rows, (row) => {
    test('of their own', () => checkOwn(cast, row, asking));
    test('of another tenant', () => checkOther(cast, row.name));
  });
  checkRest(() => cast);
}
