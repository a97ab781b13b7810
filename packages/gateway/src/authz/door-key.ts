import { createHash, timingSafeEqual } from 'node:crypto';
import { type DoorKey, newId, type Random } from '@neb/core-types';
import type { Visitor } from './visitor.ts';

const secretBytes = 32;
const form = /^nebd_([a-z0-9]{12})_([0-9a-f]{64})$/;
const nobody = Buffer.alloc(32);

/** A new key: `text` is what its holder gets, and the only place where the secret is. */
export function mintDoorKey(random: Random): DoorKey & { readonly text: string } {
  const id = newId(random);
  const secret = Buffer.from(random(secretBytes)).toString('hex');
  return { id, text: `nebd_${id}_${secret}`, sha256: digest(secret).toString('hex') };
}

/** Whether a bearer token is meant as a key of a door, whatever door. */
export function isDoorKey(text: string): boolean {
  return form.test(text);
}

/** Whoever holds one of `keys`; takes the same time however much of the secret is right. `undefined` for any other text. */
export function visitorOfKey(text: string, keys: readonly DoorKey[], nowMs: number): Visitor | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const key = keys.find((known) => known.id === id);
  const isRight = timingSafeEqual(digest(secret), key ? Buffer.from(key.sha256, 'hex') : nobody);
  const isOver = key?.expiresMs !== undefined && key.expiresMs <= nowMs;
  return key && isRight && !isOver ? { id: `key:${id}`, by: 'key', organisations: [] } : undefined;
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
