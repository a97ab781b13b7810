import type { Identity } from '@neb/identity';
import type { Store } from '@neb/scheduler';
import type { IdentityServices } from '@neb/sdk/contract';
import type { Access } from '../access.ts';
import type { Recorder } from '../audit.ts';
import { can } from './can.ts';
import { desk } from './desk.ts';
import { keyService, type KeyServiceOptions } from './keys.ts';
import { memberService, serviceAccountService } from './members.ts';
import { organisationService } from './organisations.ts';
import { userService } from './users.ts';

export interface IdentityServiceOptions extends KeyServiceOptions {
  readonly identity: Identity;
  readonly recorder: Recorder;
  readonly store: Store;
  readonly access: Access;
}

/** Who there is, behind `authorise` as everything is. */
export function identityService({ identity, recorder, store, access, administrator }: IdentityServiceOptions): IdentityServices {
  const front = desk({ identity, recorder });
  return {
    organisations: organisationService(front, store),
    members: memberService(front),
    serviceAccounts: serviceAccountService(front),
    keys: keyService(front, { administrator }),
    users: userService({ identity, recorder }),
    async logout({ credential }) {
      if (credential === undefined || (await identity.credential(credential))?.kind !== 'session') return { ended: false };
      await identity.sessions.end(credential);
      return { ended: true };
    },
    can: (who, input) => can(who, input, (namespace) => access.anyOwnerOf(namespace)),
  };
}
