import { NebError, type Route } from '@neb/core-types';
import { secretFields, type SecretReader } from '@neb/scheduler';

/** What the tokens of a route's own are signed with; `undefined` where it names no secret, or that has no such field. */
export function routeSecret(secrets: Pick<SecretReader, 'open'>): (route: Pick<Route, 'authz' | 'namespace'>) => Promise<string | undefined> {
  return async ({ authz, namespace }) => {
    const ref = authz?.jwt?.secret_ref;
    if (!ref) return undefined;
    const value = await secrets.open(namespace, ref.name);
    if (ref.key === undefined) return value;
    const fields = secretFields(value);
    if (!fields) throw new NebError('invalid', `the secret "${ref.name}" is no JSON object, and the field "${ref.key}" of it is what tokens are signed with`);
    const field = Object.hasOwn(fields, ref.key) ? fields[ref.key] : undefined;
    return typeof field === 'string' ? field : undefined;
  };
}
