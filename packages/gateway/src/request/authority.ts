/** A host name or address as it is looked up: lower case, without port and the dot at its end; `undefined` if it is none. */
export function hostOf(authority: string): string | undefined {
  const known = seen.get(authority);
  if (known !== undefined) return known;
  const parts = /^(?:([a-z0-9_](?:[a-z0-9._-]{0,252}))|(\[[0-9a-f:.]{2,45}\]))(?::\d{0,5})?$/i.exec(authority);
  const name = (parts?.[1] ?? parts?.[2])?.toLowerCase();
  if (name === undefined || name.includes('..')) return undefined;
  const host = name.replace(/\.$/, '');
  // The same few names come all the time.
  if (seen.size >= 1_000) seen.clear();
  seen.set(authority, host);
  return host;
}

const seen = new Map<string, string>();
