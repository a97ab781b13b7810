import { execFileSync } from 'node:child_process';

/** In PEM. */
export interface SelfSigned {
  readonly cert: string;
  readonly key: string;
}

/** A new certificate for localhost that signs itself and is good for a day, with its key. Needs the `openssl` command. */
export function selfSigned(commonName: string): SelfSigned {
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-', '-subj', `/CN=${commonName}`, '-days', '1', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const text = execFileSync('openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return { cert: block(text, 'CERTIFICATE'), key: block(text, 'PRIVATE KEY') };
}

function block(text: string, what: string): string {
  const [found] = new RegExp(`-----BEGIN ${what}-----[^-]+-----END ${what}-----\n`).exec(text) ?? [];
  if (found === undefined) throw new Error(`openssl made no ${what.toLowerCase()}`);
  return found;
}
