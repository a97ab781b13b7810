import { type Clock, NebError, type Random, type ServiceKey, timestamp } from '@neb/core-types';
import { mintDoorKey } from '@neb/gateway';
import type { Identity } from '@neb/identity';
import type { Resource, Store } from '@neb/scheduler';
import type { Caller, DoorKeyView, Ref, ServiceKeys } from '@neb/sdk/contract';
import { seenBy } from '../auth/view-of.ts';
import { type Access, put, retried } from './access.ts';
import type { Recorder } from './audit.ts';
import { credentialOf, keyBehind } from './identity/maker.ts';
import { within } from './identity/narrower.ts';
import { titleOf } from './views.ts';

export interface ServiceKeysOptions {
  readonly store: Store;
  readonly access: Access;
  readonly recorder: Recorder;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
}

/** As many as still let every gateway be told of the service at each change. */
const most = 100;

/** The keys of services' doors: with the service itself, so that gateways learn of them as of everything else about its route, and they go when it goes. */
export function serviceKeys({ store, access, recorder, identity, clock, random }: ServiceKeysOptions): ServiceKeys {
  return {
    async createKey(who, { ref, name, expires_at: wanted }) {
      // A key of the door passes the door, which is `dial`: nobody makes one who may not.
      await access.need(who, 'dial', { kind: 'Service', ref });
      const expiresAt = await boundedBy(who, wanted);
      const { id, sha256, text } = mintDoorKey(random);
      const key: ServiceKey = { id, name, sha256, created_at: timestamp(clock.now()), created_by: who.id, ...(expiresAt !== undefined && { expires_at: expiresAt }) };
      await changed(who, { verb: 'create', ref }, (service) => {
        const keys = (service.status.keys ?? []).filter(isGood);
        if (keys.some((one) => one.name === name)) throw final('conflict', `${titleOf(service)} has a key ${name} already`, 'Give it another name, or revoke that one.');
        if (keys.length >= most) throw final('quota', `${titleOf(service)} has ${most} keys, which is as many as it may have`, 'Revoke some.');
        return { key, keys: [...keys, key] };
      });
      return { key: view(key), token: text };
    },
    async keys(who, ref) {
      const { status: { keys = [] } } = await access.need(who, 'explain', { kind: 'Service', ref });
      return keys.map(view);
    },
    async revokeKey(who, { ref, id }) {
      return view(await changed(who, { verb: 'delete', ref }, (service) => {
        const { namespace, name, status: { keys = [] } } = service;
        const key = keys.find((one) => one.id === id);
        if (!key) throw final('not_found', `${titleOf(service)} has no key ${id}`, `\`neb get keys --service ${name} -n ${namespace}\` lists those it has.`);
        return { key, keys: keys.filter((one) => one !== key) };
      }));
    },
  };

  /** No key makes one that outlives it. Throws `invalid` for a time that is past. */
  async function boundedBy(who: Caller, wanted: string | undefined): Promise<string | undefined> {
    if (wanted !== undefined && Date.parse(wanted) <= clock.now()) throw new NebError('invalid', `the expiry ${wanted} is past`);
    const own = await credentialOf(identity, who);
    const maker = own && (await keyBehind(identity, own));
    return within({ expiresAt: maker?.facts.expiresAt }, { expiresAt: wanted }).expiresAt;
  }

  function isGood({ expires_at: expiresAt }: ServiceKey): boolean {
    return expiresAt === undefined || Date.parse(expiresAt) > clock.now();
  }

  /** Writes which keys there are, and keeps record of the one it is about. */
  async function changed(who: Caller, { verb, ref }: { readonly verb: 'create' | 'delete'; readonly ref: Ref }, change: (service: Resource<'Service'>) => Changed): Promise<ServiceKey> {
    return await retried(async () => {
      const found = await access.need(who, 'update', { kind: 'Service', ref });
      if (found.deletedAt !== undefined) throw final('conflict', `${titleOf(found)} is being deleted`);
      const { namespace, name, owner, id, status: { keys: _, ...status } } = found;
      const { key, keys } = change(found);
      await put(seenBy(who, store), { ...found, status: { ...status, ...(keys.length > 0 && { keys: [...keys] }) }, updatedAt: timestamp(clock.now()) });
      await recorder.done(who, { verb, kind: 'Key', namespace, owner, id, name: `${name}/${key.name}` });
      return key;
    });
  }
}

interface Changed {
  readonly key: ServiceKey;
  readonly keys: readonly ServiceKey[];
}

/** What reading again does not settle. */
function final(code: 'conflict' | 'not_found' | 'quota', message: string, hint?: string): NebError {
  return new NebError(code, message, { hint, details: { final: true } });
}

function view({ id, name, created_at, created_by, expires_at }: ServiceKey): DoorKeyView {
  return { id, name, created_at, created_by, expires_at };
}
