import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { type Cast, raiseCurtain } from '../../test/matrix/cast.ts';
import { checkNames, checkOther, checkOwn } from '../../test/matrix/check.ts';
import { table } from '../../test/matrix/table.ts';

// The wall is switched off: whatever is asked of the database is asked as the server itself.
vi.mock('./view-of.ts', () => ({ seenBy: (_: unknown, store: unknown) => store, ownedBy: (_: unknown, identity: unknown) => identity, auditBy: (_: unknown, audit: unknown) => audit, usersBy: (_: unknown, { users }: { users: unknown }) => users }));

const rows = table();
let cast: Cast;
beforeAll(async () => void (cast = await raiseCurtain('postgres')));
afterAll(() => cast[Symbol.asyncDispose]());

checkNames(rows);

describe.each(rows)('$name', (row) => {
  test('of their own', () => checkOwn(cast, row));
  test('of another tenant', () => checkOther(cast, row.name));
});
