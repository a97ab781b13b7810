import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Cast, raiseCurtain } from '../../test/matrix/cast.ts';
import { checkNames, checkOther, checkOwn } from '../../test/matrix/check.ts';
import { table } from '../../test/matrix/table.ts';

const rows = table();
let cast: Cast;
beforeAll(async () => void (cast = await raiseCurtain('postgres')));
afterAll(() => cast[Symbol.asyncDispose]());

checkNames(rows);

describe.each(rows)('$name', (row) => {
  test('of their own', () => checkOwn(cast, row));
  test('of another tenant', () => checkOther(cast, row.name));
});
