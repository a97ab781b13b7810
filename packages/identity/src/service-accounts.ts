import { NebError, type Role, role as roleSchema, timestamp } from '@neb/core-types';
import { sql } from 'kysely';
import { checked, checkServiceAccount } from './names.ts';
import type { Store } from './store.ts';
import { rowsOf } from './trouble.ts';

/** What a program is known as: it belongs to an organisation, and has no role anywhere else. */
export interface ServiceAccount {
  /** `name@organisation`. */
  readonly id: string;
  readonly organisation: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface ServiceAccounts {
  /** Throws `conflict` where the name is taken, and `not_found` without such an organisation. */
  create(input: { readonly organisation: string; readonly name: string; readonly role: Role; readonly createdBy: string }): Promise<ServiceAccount>;
  find(id: string): Promise<ServiceAccount | undefined>;
  list(organisation: string): Promise<readonly ServiceAccount[]>;
  /** With its keys. Deleting what is gone succeeds. */
  delete(id: string): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly organisation: string;
  readonly role: Role;
  readonly created_at: Date;
  readonly created_by: string;
}

const columns = sql.raw('id, organisation, role, created_at, created_by');

export function serviceAccounts({ db, clock, changed }: Store): ServiceAccounts {
  return {
    async create({ organisation, name, role, createdBy }) {
      const id = `${checkServiceAccount(name)}@${organisation}`;
      const [row] = await rowsOf(db, sql<Row>`insert into identity_service_accounts (${columns})
        select ${id}, name, ${checked(roleSchema, role, 'a role')}, ${timestamp(clock.now())}, ${createdBy} from identity_organisations where name = ${organisation}
        on conflict do nothing returning ${columns}`, 'uncertain');
      if (row) return fromRow(row);
      const [there] = await rowsOf(db, sql`select name from identity_organisations where name = ${organisation}`);
      if (!there) throw new NebError('not_found', `there is no organisation ${organisation}`);
      throw new NebError('conflict', `there is a service account ${id} already`, { details: { final: true } });
    },
    async find(id) {
      const [row] = await rowsOf(db, sql<Row>`select ${columns} from identity_service_accounts where id = ${id}`);
      return row && fromRow(row);
    },
    async list(organisation) {
      return (await rowsOf(db, sql<Row>`select ${columns} from identity_service_accounts where organisation = ${organisation} order by id`)).map(fromRow);
    },
    async delete(id) {
      await rowsOf(db, sql`delete from identity_service_accounts where id = ${id}`, 'uncertain');
      changed();
    },
  };
}

function fromRow({ id, organisation, role, created_at, created_by }: Row): ServiceAccount {
  return { id, organisation, role, createdAt: created_at.toISOString(), createdBy: created_by };
}
