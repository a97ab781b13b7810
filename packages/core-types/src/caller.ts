import { z } from 'zod';

/** What a member may do with what its organisation owns; everybody is `owner` of their own. */
export const roles = ['owner', 'admin', 'developer', 'viewer', 'billing'] as const;
export type Role = (typeof roles)[number];
export const role = z.enum(roles);

/** What a key is narrowed down to; it never gives more than its holder may. Absent parts narrow nothing. */
export interface Scope {
  readonly namespaces?: readonly string[] | undefined;
  readonly verbs?: readonly string[] | undefined;
}

/** Who is asking. */
export interface Caller {
  /** Stable identity: a user's e-mail address, or `name@organisation` of a service account. */
  readonly id: string;
  /** The namespace `-` stands for. */
  readonly handle: string;
  /** Its role for every owner whose objects it may see: itself and its organisations. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Runs the server: may do everything that its scope allows, for every owner. */
  readonly admin: boolean;
  readonly scope?: Scope | undefined;
  /** The key or session it came with, for the audit log; never the secret itself. */
  readonly credential?: string | undefined;
  /** The request it is asking by, for the audit log. */
  readonly via?: { readonly request: string; readonly address?: string | undefined } | undefined;
}
