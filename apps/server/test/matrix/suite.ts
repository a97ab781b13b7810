import { afterAll, beforeAll, test } from 'vitest';
import { type Cast, raiseCurtain } from './cast.ts';
import { checkNames, checkOther, checkOwn, checkReads, eachRow } from './check.ts';
import { table } from './table.ts';

/** Every way into the API, asked as every caller: once as it is, once with the wall switched off by the file that asks. */
export function matrixSuite(): void {
  const rows = table();
  let cast: Cast;
  beforeAll(async () => void (cast = await raiseCurtain('postgres')));
  afterAll(() => cast[Symbol.asyncDispose]());

  checkNames(rows);

  eachRow(rows, (row) => {
    test('of their own', () => checkOwn(cast, row));
    test('of another tenant', () => checkOther(cast, row.name));
  });
  checkReads(() => cast);
}
