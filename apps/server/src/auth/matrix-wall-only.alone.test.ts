import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { type Cast, raiseCurtain } from '../../test/matrix/cast.ts';
import { checkRest, checkWall, eachRow } from '../../test/matrix/check.ts';
import { table } from '../../test/matrix/table.ts';

// Every check is forgotten at once: nothing but row-level security is left.
vi.mock('./authorise.ts', async (original) => ({ ...(await original<object>()), authorise: () => ({ do: 'allow' }) }));

// Both have the same policies, and ./test.sh asks one of them.
const engines = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) >= 20 ? (['postgres', 'pglite'] as const) : (['postgres'] as const);

describe.each(engines)('in %s', (engine) => {
  let cast: Cast;
  beforeAll(async () => void (cast = await raiseCurtain(engine)));
  afterAll(() => cast[Symbol.asyncDispose]());

  eachRow(table(), ({ name }) => test('of another tenant', () => checkWall(cast, name)));
  checkRest(() => cast);
});
