import { NebError } from '@neb/core-types';
import type { Admin, KeyRotation } from '@neb/sdk/contract';
import { authorise } from '../auth/authorise.ts';
import type { Recorder } from './audit.ts';

export interface AdminOptions {
  readonly recorder: Recorder;
  readonly rotate: () => Promise<KeyRotation>;
}

/** What only who runs the server may do. */
export function adminService({ recorder, rotate }: AdminOptions): Admin {
  return {
    async rotateKey(who) {
      const deed = { verb: 'rotate_key', kind: 'Server' };
      if (authorise(who, 'update', { kind: 'Server' }).do !== 'allow') {
        recorder.denied(who, deed);
        throw new NebError('unauthorized', 'only an administrator of the server may rotate its key');
      }
      await recorder.done(who, deed);
      return await rotate();
    },
  };
}
