import { NebError } from '@neb/core-types';
import type { Identity, User } from '@neb/identity';
import type { Caller, IdentityServices, UserView } from '@neb/sdk/contract';
import { authorise, type Verb } from '../../auth/authorise.ts';
import { usersBy } from '../../auth/view-of.ts';
import type { Recorder } from '../audit.ts';

/** Users are the server's, and so its administrators' to see and change. */
export function userService({ identity, recorder }: { readonly identity: Identity; readonly recorder: Recorder }): IdentityServices['users'] {
  return {
    async list(who, { limit = 100, cursor }) {
      await need(who, 'list');
      const found = (await usersBy(who, identity)?.list({ after: cursor, limit: limit + 1 })) ?? [];
      const items = found.slice(0, limit).map(view);
      return found.length > limit ? { items, next: items.at(-1)!.id } : { items };
    },
    async set(who, { user, admin, disabled }) {
      await need(who, 'update', user);
      if (user.toLowerCase() === who.id && (disabled === true || admin === false)) {
        throw new NebError('conflict', 'you would lock yourself out', { hint: 'Another administrator can do this, or the holder of the server\'s token.', details: { final: true } });
      }
      const users = usersBy(who, identity);
      let changed = await users?.find(user);
      if (!users || !changed) throw new NebError('not_found', `there is no user ${user}`);
      if (admin !== undefined) changed = await users.setAdmin(user, admin);
      if (disabled !== undefined) changed = await users.setDisabled(user, disabled);
      return view(changed);
    },
  };

  async function need(who: Caller, verb: Verb, name?: string): Promise<void> {
    const deed = { verb, kind: 'User', name };
    const decision = authorise(who, verb, { kind: 'User' });
    const why = decision.do === 'refused' ? decision.why : decision.do === 'hidden' ? 'this takes an administrator of the server' : verb === 'update' && who.scope ? 'a key that is narrowed down changes no user' : undefined;
    if (why !== undefined) {
      recorder.denied(who, { ...deed, why });
      throw new NebError('unauthorized', `${verb} of users is not allowed: ${why}`);
    }
    if (verb === 'update') await recorder.done(who, deed);
  }
}

function view({ id, handle, displayName, admin, createdAt, disabledAt }: User): UserView {
  return { id, handle, admin, created_at: createdAt, ...(displayName !== undefined && { display_name: displayName }), ...(disabledAt !== undefined && { disabled_at: disabledAt }) };
}
