import { createHash, createHmac } from 'node:crypto';

/** Which keys a host may show: pinned ones, or those of a `known_hosts` file. */
export interface HostTrust {
  /** As in `known_hosts` (`ssh-ed25519 AAAA…`) or as a fingerprint (`SHA256:…`); any of them is accepted. */
  readonly hostKeys?: readonly string[] | undefined;
  /** The text of a `known_hosts` file. */
  readonly knownHosts?: string | undefined;
}

export type Verdict = 'trusted' | 'unknown' | 'different' | 'revoked';

/** Whether `key`, in SSH's wire form, is the host's. `unknown`: nothing is known of this host. */
export function judgeHostKey(trust: HostTrust, host: { readonly host: string; readonly port: number }, key: Buffer): Verdict {
  const pinned = trust.hostKeys ?? [];
  if (pinned.some((text) => text.trim() === fingerprint(key) || blobOf(text) === key.toString('base64'))) return 'trusted';
  const lines = parse(trust.knownHosts ?? '').filter((line) => line.hosts.some((pattern) => matches(pattern, host)) && !excluded(line.hosts, host));
  const same = lines.filter((line) => line.blob === key.toString('base64'));
  if (same.some((line) => line.marker === '@revoked')) return 'revoked';
  if (same.some((line) => line.marker === undefined)) return 'trusted';
  return pinned.length > 0 || lines.some((line) => line.marker === undefined) ? 'different' : 'unknown';
}

/** The kinds of key known for the host, so that it is asked for one of those; empty where none is known. */
export function knownKeyTypes(trust: HostTrust, host: { readonly host: string; readonly port: number }): readonly string[] {
  const pinned = (trust.hostKeys ?? []).map((text) => text.trim().split(/\s+/)[0] ?? '').filter((type) => !type.startsWith('SHA256:'));
  const listed = parse(trust.knownHosts ?? '').filter((line) => line.marker === undefined && line.hosts.some((pattern) => matches(pattern, host)));
  const types = new Set([...pinned, ...listed.map((line) => line.type)]);
  return [...types].flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]));
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

interface Line {
  readonly marker: string | undefined;
  readonly hosts: readonly string[];
  readonly type: string;
  readonly blob: string;
}

function parse(text: string): readonly Line[] {
  return text.split('\n').flatMap((raw) => {
    const words = raw.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [hosts = '', type = '', blob = ''] = words;
    return blob === '' || hosts.startsWith('#') ? [] : [{ marker, hosts: hosts.split(','), type, blob }];
  });
}

function blobOf(text: string): string | undefined {
  return text.trim().split(/\s+/)[1];
}

function matches(pattern: string, { host, port }: { readonly host: string; readonly port: number }): boolean {
  const name = port === 22 ? host : `[${host}]:${port}`;
  if (!pattern.startsWith('|1|')) return !pattern.startsWith('!') && globbed(pattern, name);
  const [, , salt = '', hash = ''] = pattern.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function excluded(patterns: readonly string[], host: { readonly host: string; readonly port: number }): boolean {
  return patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), host));
}

function globbed(pattern: string, name: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(name);
}
