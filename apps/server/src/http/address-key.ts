import { isIPv6 } from 'node:net';

/** Whom an address stands for: of IPv6 a household has all that share the first 64 bits. */
export function addressKey(address: string | undefined): string {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = plain.includes('::') && tail !== '' ? tail.split(':') : [];
  const full = plain.includes('::') ? [...groups, ...Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0'), ...after] : groups;
  return full.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
