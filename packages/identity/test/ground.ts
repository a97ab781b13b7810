import { type FakeClock, fakeClock } from '@neb/core-types/testing';
import type { Kysely } from 'kysely';
import { type Identity, identity, type IdentityOptions } from '../src/index.ts';

let people = 0;
/** An address that no test has used. */
export const someone = (): string => `ada${people++}@example.com`;
/** An organisation's name that no test has used. */
export const someOrganisation = (): string => `acme-${people++}`;

export const administrator = { id: 'root', handle: 'root-space', epoch: 'first' };

/** An identity on `db` whose time stands still. */
export function ground(db: Kysely<unknown>, options: IdentityOptions = {}): { readonly who: Identity; readonly clock: FakeClock } {
  const clock = fakeClock();
  return { who: identity(db, { clock, administrator, ...options }), clock };
}
