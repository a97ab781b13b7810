import { NebError } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { rowsOf } from './trouble.ts';

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const rule = 'must be 1 to 63 small letters, digits or "-", with a letter or digit at both ends';

/** No dot and no @ in it, so that it is never mistaken for an e-mail address or for what follows one's @. */
const organisationName = z.string().regex(label, { error: rule });
const serviceAccountName = z.string().regex(label, { error: rule });
const emailAddress = z.email({ error: 'must be an e-mail address' }).max(254).transform((text) => text.toLowerCase());

/** Throws `invalid`. */
export const checkOrganisation = (text: string): string => checked(organisationName, text, 'the name of an organisation');
export const checkServiceAccount = (text: string): string => checked(serviceAccountName, text, 'the name of a service account');
/** In small letters. Throws `invalid`. */
export const checkEmail = (text: string): string => checked(emailAddress, text, 'a user');

/** `value` as `schema` makes it. Throws `invalid`, saying what the value was for. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new NebError('invalid', `${what} ${parsed.error.issues[0]!.message}`);
}

/** The namespace of a user: the address with its dots and @ turned into dashes. */
export function handleOf(email: string): string {
  return email.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 50).replace(/-+$/, '') || 'user';
}

/** Takes a name for ever; false where it is taken. */
export async function claim(db: Kysely<unknown>, name: string): Promise<boolean> {
  const taken = await rowsOf(db, sql`insert into identity_names (name) values (${name}) on conflict do nothing returning name`, 'uncertain');
  return taken.length > 0;
}
