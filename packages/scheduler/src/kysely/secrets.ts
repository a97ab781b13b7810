import { type Kysely, sql } from 'kysely';
import type { SecretStore } from '../store.ts';
import { rowsOf } from './trouble.ts';

/** The sealed values and the namespaces' wrapped keys, in tables of their own. */
export function kyselySecrets(db: Kysely<unknown>): SecretStore {
  return {
    async sealed(id) {
      const [row] = await rowsOf(db, sql<{ sealed: string }>`select sealed from secrets where id = ${id}`);
      return row && Buffer.from(row.sealed, 'base64');
    },
    async seal(id, value) {
      await rowsOf(db, sql`insert into secrets (id, sealed) values (${id}, ${base64(value)}) on conflict (id) do update set sealed = excluded.sealed`);
    },
    async dataKey(namespace, make) {
      const known = await wrapped(namespace);
      if (known) return known;
      await rowsOf(db, sql`insert into data_keys (namespace, wrapped) values (${namespace}, ${base64(make())}) on conflict do nothing`);
      return (await wrapped(namespace))!;
    },
    async dataKeys(after = '') {
      const rows = await rowsOf(db, sql<{ namespace: string; wrapped: string }>`select namespace, wrapped from data_keys where namespace collate "C" > ${after} order by namespace collate "C" limit 100`);
      return rows.map((row) => ({ namespace: row.namespace, wrapped: Buffer.from(row.wrapped, 'base64') }));
    },
    async replaceDataKey({ namespace, wrapped: old }, by) {
      const rows = await rowsOf(db, sql`update data_keys set wrapped = ${base64(by)} where namespace = ${namespace} and wrapped = ${base64(old)} returning 1`);
      return rows.length > 0;
    },
  };

  async function wrapped(namespace: string): Promise<Uint8Array | undefined> {
    const [row] = await rowsOf(db, sql<{ wrapped: string }>`select wrapped from data_keys where namespace = ${namespace}`);
    return row && Buffer.from(row.wrapped, 'base64');
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
