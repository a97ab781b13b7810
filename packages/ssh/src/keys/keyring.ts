import { hkdfSync } from 'node:crypto';
import { NebError } from '@neb/core-types';
import { type SshKey, sshKeyOf } from './openssh.ts';

/** The SSH keys of a control plane. They are derived, so that nothing has to be kept: every process with the secret has them. */
export interface Keyring {
  /** With which the control plane logs in on the fleet's machines. Its private half never leaves the process. */
  user(fleet: string): SshKey;
  /** Which the machine of that fleet and key shows, so that it is known before it is first met. */
  host(owner: { readonly fleet: string; readonly key: string }): SshKey;
}

const shortestSecret = 32;

/** Throws `invalid` for a secret of less than 32 characters. */
export function keyring(secret: string): Keyring {
  if (secret.length < shortestSecret) throw new NebError('invalid', `the secret that SSH keys are derived from has ${secret.length} characters`, { hint: `Give it at least ${shortestSecret} characters of chance.` });
  const derived = (purpose: string): SshKey => sshKeyOf(new Uint8Array(hkdfSync('sha256', secret, '', `neb ssh ${purpose}`, 32)));
  return {
    user: (fleet) => derived(`user ${fleet}`),
    host: ({ fleet, key }) => derived(`host ${fleet}/${key}`),
  };
}
