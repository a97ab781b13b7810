import { NebError } from '@neb/core-types';
import type { Credential, Holder, Key } from '@neb/identity';
import type { Caller, IdentityServices, KeyInput, KeyView } from '@neb/sdk/contract';
import { checkVerbs } from './can.ts';
import { type Desk, mayHandle } from './desk.ts';
import { credentialOf, keyBehind } from './maker.ts';
import { type Bounds, within } from './narrower.ts';

export interface KeyServiceOptions {
  /** The local administrator's identity: keys that it makes with the local token are the administrator's. */
  readonly administrator: string;
}

export function keyService({ identity, seen, missing, need }: Desk, { administrator }: KeyServiceOptions): IdentityServices['keys'] {
  return {
    async create(who, input) {
      const own = await credentialOf(identity, who);
      const { holder, owner } = await holderFor(who, input, own?.facts);
      const maker = own && (await keyBehind(identity, own));
      const held: Bounds = { scope: who.scope, ...(maker && { expiresAt: maker.facts.expiresAt, spendCap: maker.facts.spendCap }) };
      const wanted: Bounds = { scope: input.scope, expiresAt: input.expires_at, spendCap: input.spend_cap };
      await need(who, { verb: 'create', kind: 'Key', owner, title: input.service_account === undefined ? `user ${owner}` : `service account ${input.service_account}`, name: input.name, rules: async () => {
        await mayHold(who, holder);
        checkVerbs(input.scope?.verbs ?? []);
        within(held, wanted);
      } });
      const bounds = within(held, wanted);
      if (holder.is === 'user' && holder.id !== who.id) await identity.users.invite(holder.id);
      const { key, token } = await seen(who).keys.create({ name: input.name, holder, ...bounds, parent: maker?.id, createdBy: who.id });
      return { key: view(key), token };
    },
    async list(who, { owner = who.roles[who.id] ? who.id : Object.keys(who.roles)[0] ?? who.id }) {
      await need(who, { verb: 'list', kind: 'Key', owner, title: `owner ${owner}` });
      return (await seen(who).keys.list({ owner })).map(view);
    },
    async revoke(who, { id }) {
      const key = await seen(who).keys.find(id);
      if (!key) throw missing(who, { verb: 'delete', kind: 'Key', title: `key ${id}`, name: id }, async () => (await identity.keys.find(id))?.owner);
      const own = id === who.credential;
      await need(who, { verb: 'delete', kind: 'Key', owner: key.owner, title: `key ${id}`, name: key.name, own, ...(!own && { rules: () => mayHold(who, key.holder) }) });
      await seen(who).keys.revoke(id);
      return view(key);
    },
  };

  async function holderFor(who: Caller, { name, owner, service_account: account }: KeyInput, own: Credential | undefined): Promise<{ readonly holder: Holder; readonly owner: string }> {
    if (account !== undefined) {
      if (owner !== undefined) throw new NebError('invalid', 'a key is either of a user or of a service account');
      const organisation = (await seen(who).serviceAccounts.find(account))?.organisation;
      if (organisation === undefined) throw missing(who, { verb: 'create', kind: 'Key', title: `service account ${account}`, name }, async () => (await identity.serviceAccounts.find(account))?.organisation);
      return { holder: { is: 'service_account', id: account }, owner: organisation };
    }
    if (owner !== undefined && owner.toLowerCase() !== who.id) {
      return { holder: { is: 'user', id: owner.toLowerCase() }, owner: owner.toLowerCase() };
    }
    const holder: Holder = own?.holder ?? (who.admin && who.id === administrator ? { is: 'administrator' } : { is: 'user', id: who.id });
    return { holder, owner: holder.is === 'service_account' ? (await identity.serviceAccounts.find(holder.id))?.organisation ?? who.id : who.id };
  }

  /** An owner's service account is an owner: an admin who had its key would be one. */
  async function mayHold(who: Caller, holder: Holder): Promise<void> {
    if (holder.is !== 'service_account') return;
    const account = await identity.serviceAccounts.find(holder.id);
    if (account) mayHandle(who, account.organisation, account.role);
  }

  function view({ id, name, owner, holder, scope, spendCap, createdAt, createdBy, expiresAt, lastUsedAt }: Key): KeyView {
    return {
      id, name, owner, scope,
      holder: holder.is === 'administrator' ? administrator : holder.id,
      spend_cap: spendCap, created_at: createdAt, created_by: createdBy, expires_at: expiresAt, last_used_at: lastUsedAt,
    };
  }
}
