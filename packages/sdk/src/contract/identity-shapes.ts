import { instant, role } from '@neb/core-types';
import { z } from 'zod';
import type { KeyView, MemberView, NewKeyView, OrganisationView, ServiceAccountView, UserView } from './identity.ts';

const word = z.string().min(1).max(254);
const words = z.array(z.string().min(1).max(128)).max(100).readonly();
const scope = z.strictObject({
  namespaces: words.optional().describe('Only in these namespaces.'),
  verbs: words.optional().describe('Only these verbs; read, write and run stand for several.'),
});

export const nameInput = z.strictObject({ name: word });
export const idInput = z.strictObject({ id: word });
export const organisationInput = z.strictObject({ organisation: word });
export const newOrganisation = z.strictObject({ name: word, owner: word.optional().describe('A user, for administrators of the server; you if absent.') });
export const memberRef = z.strictObject({ organisation: word, user: word });
export const memberInput = memberRef.extend({ role });
export const newServiceAccount = z.strictObject({ organisation: word, name: word, role });
export const keyInput = z.strictObject({
  name: word,
  owner: word.optional().describe('A user, for administrators of the server; you if absent.'),
  service_account: word.optional().describe('Instead of a user: name@organisation.'),
  scope: scope.optional().describe('What it is narrowed down to.'),
  spend_cap: z.string().optional().describe('Most that may be spent with it.'),
  expires_at: instant.optional().describe('Never if absent.'),
});
export const keysInput = z.strictObject({ owner: word.optional().describe('An organisation, or for administrators of the server a user; you if absent.') }).default({});
export const canInput = z.strictObject({ verb: word, kind: word, namespace: z.string().optional() });

export const userPageInput = z.strictObject({ limit: z.int().min(1).max(1_000).optional().describe('Most to answer with at once.'), cursor: z.string().optional().describe('`next` of the page before.') }).default({});
export const userChange = z.strictObject({ user: word, admin: z.boolean().optional().describe('Whether it runs the server.'), disabled: z.boolean().optional().describe('Whether it may not come in.') });

// What gets out: no field that is not here.
export const organisation = z.object({ name: z.string(), role: role.optional(), created_at: z.string(), created_by: z.string() }) satisfies z.ZodType<OrganisationView>;
export const member = z.object({ organisation: z.string(), user: z.string(), role, created_at: z.string() }) satisfies z.ZodType<MemberView>;
export const serviceAccount = z.object({ id: z.string(), organisation: z.string(), role, created_at: z.string(), created_by: z.string() }) satisfies z.ZodType<ServiceAccountView>;
export const key = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string().describe('Who answers for it: a user, or the organisation of a service account.'),
  holder: z.string().describe('Whom it speaks for.'),
  scope: z.object({ namespaces: words.optional(), verbs: words.optional() }).optional(),
  spend_cap: z.string().optional(),
  created_at: z.string(),
  created_by: z.string(),
  expires_at: z.string().optional(),
  last_used_at: z.string().optional().describe('To the minute.'),
}) satisfies z.ZodType<KeyView>;
export const newKey = z.object({ key, token: z.string().describe('Shown here and never again.') }) satisfies z.ZodType<NewKeyView>;
export const user = z.object({
  id: z.string(), handle: z.string(), display_name: z.string().optional(), admin: z.boolean(), created_at: z.string(), disabled_at: z.string().optional().describe('Absent for one who may come in.'),
}) satisfies z.ZodType<UserView>;
export const userPage = z.object({ items: z.array(user), next: z.string().optional() });
export const ended = z.object({ ended: z.boolean() });
export const verdict = z.object({ allowed: z.boolean(), why: z.string().optional() });
