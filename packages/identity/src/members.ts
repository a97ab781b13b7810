import { NebError, type Role, role as roleSchema, timestamp } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { checked } from './names.ts';
import type { Store } from './store.ts';
import { rowsOf, transact } from './trouble.ts';

export interface Member {
  readonly organisation: string;
  /** A user's id. */
  readonly user: string;
  readonly role: Role;
  readonly createdAt: string;
}

/** Who belongs to an organisation. One that has an `owner` never loses its last. */
export interface Members {
  /** Throws `conflict` for one who is a member in another role, and `not_found` without such an organisation or user. */
  add(input: { readonly organisation: string; readonly user: string; readonly role: Role }): Promise<Member>;
  /** Throws `not_found` for one who is no member, and `conflict` for the last owner. */
  setRole(input: { readonly organisation: string; readonly user: string; readonly role: Role }): Promise<Member>;
  /** Removing one who is no member succeeds. Throws `conflict` for the last owner. */
  remove(input: { readonly organisation: string; readonly user: string }): Promise<void>;
  find(organisation: string, user: string): Promise<Member | undefined>;
  list(organisation: string): Promise<readonly Member[]>;
}

interface Row {
  readonly organisation: string;
  readonly user_id: string;
  readonly role: Role;
  readonly created_at: Date;
}

const columns = sql.raw('organisation, user_id, role, created_at');

export function members({ db, clock, changed }: Store): Members {
  const find = async (on: Store['db'], organisation: string, user: string): Promise<Member | undefined> => {
    const [row] = await rowsOf(on, sql<Row>`select ${columns} from identity_members where organisation = ${organisation} and user_id = ${user.toLowerCase()}`);
    return row && fromRow(row);
  };
  /** One change of an organisation's members after the other: else two owners could remove each other at once. */
  const inTurn = async <T>(organisation: string, work: (on: Kysely<unknown>) => Promise<T>): Promise<T> => {
    const done = await transact(db, async (on) => {
      const [row] = await rowsOf(on, sql`select name from identity_organisations where name = ${organisation} for update`);
      if (!row) throw new NebError('not_found', `there is no organisation ${organisation}`);
      return await work(on);
    });
    changed();
    return done;
  };

  return {
    find: (organisation, user) => find(db, organisation, user),
    async list(organisation) {
      return (await rowsOf(db, sql<Row>`select ${columns} from identity_members where organisation = ${organisation} order by user_id`)).map(fromRow);
    },
    add: ({ organisation, user, role: given }) =>
      inTurn(organisation, async (on) => {
        const role = checkRole(given);
        const there = await find(on, organisation, user);
        if (there && there.role !== role) throw new NebError('conflict', `${user} is ${there.role} of ${organisation} already`, { hint: `neb members ${organisation} set ${user} --role ${role} changes that.`, details: { final: true } });
        if (there) return there;
        const [row] = await rowsOf(on, sql<Row>`insert into identity_members (organisation, user_id, role, created_at)
          select ${organisation}, id, ${role}, ${timestamp(clock.now())} from identity_users where id = ${user.toLowerCase()} returning ${columns}`, 'uncertain');
        if (!row) throw new NebError('not_found', `there is no user ${user}`);
        return fromRow(row);
      }),
    setRole: ({ organisation, user, role: given }) =>
      inTurn(organisation, async (on) => {
        const role = checkRole(given);
        const there = await find(on, organisation, user);
        if (!there) throw new NebError('not_found', `${user} is no member of ${organisation}`);
        if (role !== 'owner') await keepOneOwner(on, there);
        const [row] = await rowsOf(on, sql<Row>`update identity_members set role = ${role} where organisation = ${organisation} and user_id = ${there.user} returning ${columns}`, 'uncertain');
        return fromRow(row!);
      }),
    remove: ({ organisation, user }) =>
      inTurn(organisation, async (on) => {
        const there = await find(on, organisation, user);
        if (!there) return;
        await keepOneOwner(on, there);
        await rowsOf(on, sql`delete from identity_members where organisation = ${organisation} and user_id = ${there.user}`, 'uncertain');
      }),
  };
}

const checkRole = (given: Role): Role => checked(roleSchema, given, 'a role');

async function keepOneOwner(on: Kysely<unknown>, { organisation, user, role }: Member): Promise<void> {
  if (role !== 'owner') return;
  const [other] = await rowsOf(on, sql`select user_id from identity_members where organisation = ${organisation} and role = 'owner' and user_id <> ${user} limit 1`);
  if (!other) throw new NebError('conflict', `${user} is the last owner of ${organisation}`, { hint: 'Make somebody else an owner first.', details: { final: true } });
}

function fromRow({ organisation, user_id, role, created_at }: Row): Member {
  return { organisation, user: user_id, role, createdAt: created_at.toISOString() };
}
