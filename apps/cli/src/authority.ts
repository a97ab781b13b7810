import { readFileSync } from 'node:fs';
import { messageOf, NebError } from '@neb/core-types';

/** Lets every connection of this process trust the certificates in a PEM file besides the usual authorities. Throws `invalid` where there are none. */
export async function trustAuthority(file: string): Promise<void> {
  const tls = await import('node:tls');
  // Node 22.18 lacks it.
  if (typeof tls.setDefaultCACertificates !== 'function') throw new NebError('unsupported', 'NEB_CA_FILE needs Node 22.19 or newer', { hint: `NODE_EXTRA_CA_CERTS=${file} does the same.` });
  try {
    const authority = readFileSync(file, 'utf8');
    if (!authority.includes('-----BEGIN CERTIFICATE-----')) throw new Error('there is no BEGIN CERTIFICATE in it');
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority]);
  } catch (cause) {
    throw new NebError('invalid', `NEB_CA_FILE names ${file}, which holds no certificate that can be read: ${messageOf(cause)}`, { cause });
  }
}
