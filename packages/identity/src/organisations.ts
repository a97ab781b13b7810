import { NebError, timestamp } from '@neb/core-types';
import { sql } from 'kysely';
import { checkOrganisation, claim } from './names.ts';
import type { Store } from './store.ts';
import { rowsOf, transact } from './trouble.ts';

export interface Organisation {
  /** Owns things under this name, which no user has and no later organisation gets. */
  readonly name: string;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface Organisations {
  /** With `owner`, a user, as its first member. Throws `conflict` where the name is or was taken, and `not_found` without such a user. */
  create(input: { readonly name: string; readonly createdBy: string; readonly owner?: string | undefined }): Promise<Organisation>;
  find(name: string): Promise<Organisation | undefined>;
  /** All, or those that the user belongs to. */
  list(query?: { readonly member?: string | undefined }): Promise<readonly Organisation[]>;
  /** With its members, service accounts and their keys. Its name stays taken. Deleting what is gone succeeds. */
  delete(name: string): Promise<void>;
}

interface Row {
  readonly name: string;
  readonly created_at: Date;
  readonly created_by: string;
}

const columns = sql.raw('o.name, o.created_at, o.created_by');

export function organisations({ db, clock, reserved, changed }: Store): Organisations {
  return {
    async create({ name: given, createdBy, owner }) {
      const name = checkOrganisation(given);
      const now = timestamp(clock.now());
      const made = await transact(db, async (on) => {
        if (reserved.includes(name) || !(await claim(on, name))) {
          throw new NebError('conflict', `the name ${name} is taken`, { hint: 'Names of users and of deleted organisations are not given again: choose another.', details: { final: true } });
        }
        const [row] = await rowsOf(on, sql<Row>`insert into identity_organisations as o (name, created_at, created_by) values (${name}, ${now}, ${createdBy}) returning ${columns}`, 'uncertain');
        if (owner !== undefined) {
          const [member] = await rowsOf(on, sql`insert into identity_members (organisation, user_id, role, created_at)
            select ${name}, id, 'owner', ${now} from identity_users where id = ${owner.toLowerCase()} returning user_id`, 'uncertain');
          if (!member) throw new NebError('not_found', `there is no user ${owner}`);
        }
        return fromRow(row!);
      });
      changed();
      return made;
    },
    async find(name) {
      const [row] = await rowsOf(db, sql<Row>`select ${columns} from identity_organisations o where name = ${name}`);
      return row && fromRow(row);
    },
    async list({ member } = {}) {
      const those = member === undefined ? sql`` : sql`join identity_members m on m.organisation = o.name and m.user_id = ${member}`;
      return (await rowsOf(db, sql<Row>`select ${columns} from identity_organisations o ${those} order by o.name`)).map(fromRow);
    },
    async delete(name) {
      await rowsOf(db, sql`delete from identity_organisations where name = ${name}`, 'uncertain');
      changed();
    },
  };
}

function fromRow({ name, created_at, created_by }: Row): Organisation {
  return { name, createdAt: created_at.toISOString(), createdBy: created_by };
}
