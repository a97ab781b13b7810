import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { billKeyId, type BillSignature, type BillStatement, signBill } from '@neb/billing/bill';
import { inDatabaseWords } from '@neb/core-types';
import type { BillKey } from '@neb/sdk/contract';
import { sql } from 'kysely';
import type { Database } from '../database/open.ts';
import type { SecretIdentity, Vault } from '../secrets/vault.ts';

/** The keys that bills are signed with, shared by all servers on the database. */
export interface BillKeys {
  /** Signs with the current key, which is made the first time. */
  sign(statement: BillStatement): Promise<BillSignature>;
  /** Every public key that ever signed, the current one first; none before the first signature. */
  list(): Promise<readonly BillKey[]>;
  /** Makes another key the current one. What the one before signed can be checked for ever. */
  rotate(): Promise<BillKey>;
}

export interface BillKeysOptions {
  readonly db: Database['db'];
  readonly vault: Pick<Vault, 'seal' | 'unseal'>;
}

interface Row {
  readonly id: string;
  readonly public_key: string;
  readonly sealed: Uint8Array;
  readonly made_at: Date;
  readonly retired_at: Date | null;
}

/** Private keys are sealed as secrets are, under the key of no namespace: a rotation of the server's encryption key takes them along. */
export function billKeys({ db, vault }: BillKeysOptions): BillKeys {
  let last: { readonly id: string; readonly key: KeyObject } | undefined;

  async function current(): Promise<KeyObject> {
    const row = (await currentRow()) ?? (await made());
    // Another server may have rotated it.
    if (last?.id !== row.id) last = { id: row.id, key: createPrivateKey((await vault.unseal(identity(row.id), row.sealed)).reveal()) };
    return last.key;
  }

  async function currentRow(): Promise<Row | undefined> {
    return (await inDatabaseWords('unavailable', () => sql<Row>`select * from billing_keys where retired_at is null`.execute(db))).rows[0];
  }

  async function made(): Promise<Row> {
    const fresh = await freshKey();
    await inDatabaseWords('uncertain', () => insert(fresh).execute(db));
    return (await currentRow())!;
  }

  async function freshKey(): Promise<Pick<Row, 'id' | 'public_key' | 'sealed'>> {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const id = billKeyId(publicKey);
    return { id, public_key: pem(publicKey), sealed: await vault.seal(identity(id), privateKey.export({ format: 'pem', type: 'pkcs8' }) as string) };
  }

  return {
    sign: async (statement) => signBill(statement, await current()),
    async list() {
      const { rows } = await inDatabaseWords('unavailable', () => sql<Row>`select * from billing_keys order by retired_at is null desc, made_at desc`.execute(db));
      return rows.map(view);
    },
    async rotate() {
      const fresh = await freshKey();
      await inDatabaseWords('uncertain', () => db.transaction().execute(async (inside) => {
        await sql`update billing_keys set retired_at = now() where retired_at is null`.execute(inside);
        await insert(fresh).execute(inside);
      }));
      return view((await currentRow())!);
    },
  };
}

/** Of two servers that make one at once, one does. */
function insert({ id, public_key: publicKey, sealed }: Pick<Row, 'id' | 'public_key' | 'sealed'>) {
  return sql`insert into billing_keys (id, public_key, sealed) values (${id}, ${publicKey}, ${sealed}) on conflict do nothing`;
}

function view({ id, public_key: publicKey, made_at: madeAt, retired_at: retiredAt }: Row): BillKey {
  return { id, algorithm: 'Ed25519', public_key: pem(createPublicKey(publicKey)), made_at: madeAt.toISOString(), ...(retiredAt && { retired_at: retiredAt.toISOString() }) };
}

const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }) as string;

/** No namespace can have this name. */
const identity = (id: string): SecretIdentity => ({ id, namespace: '.server', name: 'bill-key' });
