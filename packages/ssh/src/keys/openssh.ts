import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';

/** An SSH key, both halves as OpenSSH writes them. */
export interface SshKey {
  readonly privateKey: string;
  /** The private half as Dropbear writes it, in Base64. */
  readonly dropbearKey: string;
  /** As in `authorized_keys` and `known_hosts`, without a comment. */
  readonly publicKey: string;
}

const type = 'ssh-ed25519';
/** PKCS #8 of an Ed25519 key, up to its 32 bytes (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const base64Width = 70;

/** The Ed25519 key of a 32-byte seed: the same seed, the same text. */
export function sshKeyOf(seed: Uint8Array): SshKey {
  const secret = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  const point = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
  const blob = Buffer.concat([text(type), text(point)]);
  const dropbear = Buffer.concat([text(type), text(Buffer.concat([seed, point]))]);
  return { publicKey: `${type} ${blob.toString('base64')}`, privateKey: armoured(blob, { seed, point }), dropbearKey: dropbear.toString('base64') };
}

/** PROTOCOL.key of OpenSSH, without a passphrase. */
function armoured(blob: Buffer, { seed, point }: { readonly seed: Uint8Array; readonly point: Uint8Array }): string {
  // Only says whether a passphrase was right; drawn from the key, so that the text is always the same.
  const check = createHash('sha256').update(blob).digest().subarray(0, 4);
  const inside = Buffer.concat([check, check, text(type), text(point), text(Buffer.concat([seed, point])), text('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (inside.length % 8)) % 8 }, (_, at) => at + 1));
  const whole = Buffer.concat([Buffer.from('openssh-key-v1\0'), text('none'), text('none'), text(''), count(1), text(blob), text(Buffer.concat([inside, padding]))]);
  const lines = whole.toString('base64').match(new RegExp(`.{1,${base64Width}}`, 'g')) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

function text(value: string | Uint8Array): Buffer {
  return Buffer.concat([count(value.length), Buffer.from(value as Uint8Array)]);
}

function count(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
