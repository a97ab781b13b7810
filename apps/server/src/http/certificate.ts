import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf, NebError } from '@neb/core-types';

/** Files of PEM: the certificate with those that vouch for it, and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export type Certificate = Required<Pick<SecureContextOptions, 'cert' | 'key' | 'minVersion'>>;

/** Reads the pair. Throws `invalid` where a file cannot be read or the two do not belong together; never quotes them. */
export async function readCertificate({ cert, key }: CertificateFiles): Promise<Certificate> {
  const read = (name: string, path: string): Promise<string> => readFile(path, 'utf8').catch((cause: unknown) => {
    throw new NebError('invalid', `${name} names ${path}, which cannot be read`, { cause });
  });
  const pair = { cert: await read('NEB_TLS_CERT', cert), key: await read('NEB_TLS_KEY', key), minVersion: 'TLSv1.2' } as const;
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new NebError('invalid', `${cert} and ${key} are no certificate with its key: ${messageOf(cause)}`, { cause, hint: 'Both are PEM; the certificate comes first, then those that vouch for it.' });
  }
  return pair;
}

export interface RenewalOptions {
  readonly everyMs: number;
  readonly renewed: (certificate: Certificate) => void;
  /** Told why a change is not taken over. Between the writing of the one file and of the other the two do not fit. */
  readonly failed: (error: unknown) => void;
}

/** Watches the files for changes, links that are moved included, and gives each pair that fits to `renewed`. Answers with what ends it. */
export function watchCertificate(files: CertificateFiles, { everyMs, renewed, failed }: RenewalOptions): () => void {
  const look = (): void => void readCertificate(files).then(renewed).catch(failed);
  const paths = [files.cert, files.key];
  for (const path of paths) watchFile(path, { interval: everyMs, persistent: false }, look);
  return () => paths.forEach((path) => unwatchFile(path, look));
}
