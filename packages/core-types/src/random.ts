import { randomBytes } from 'node:crypto';

/** Fills `size` bytes; an argument wherever chance is needed, so that tests can seed it. */
export type Random = (size: number) => Uint8Array;

/** The machine's own chance, fit for secrets. */
export const systemRandom: Random = (size) => {
  if (size > poolBytes / 16) return randomBytes(size);
  if (left < size) [pool, left] = [randomBytes(poolBytes), poolBytes];
  left -= size;
  // A piece is handed out once.
  return pool.subarray(left, left + size);
};

/** Asking the system for a few bytes at a time takes longer than all that is done with them. */
const poolBytes = 4_096;
let pool = Buffer.alloc(0);
let left = 0;

const letters = 'abcdefghjkmnpqrstvwxyz';
const alphabet = `0123456789${letters}`;

/** A fresh object id: 12 characters, a letter first, so that `container-<id>` is a host name. About 59 bits. */
export function newId(random: Random = systemRandom): string {
  const bytes = random(12);
  let id = letters[bytes[0]! % letters.length]!;
  for (const byte of bytes.subarray(1)) id += alphabet[byte % alphabet.length]!;
  return id;
}

/** A number in [0, 1). */
export function fraction(random: Random): number {
  const [a = 0, b = 0, c = 0, d = 0] = random(4);
  return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32;
}
