/** How long a client that would rather not wait waits for its answer, in milliseconds; `undefined` where it waits. As RFC 7240 has it: `Prefer: respond-async, wait=10`. */
export function patienceOf(prefer: string | readonly string[] | undefined): number | undefined {
  if (prefer === undefined) return undefined;
  const preferences = new Map<string, string>();
  for (const part of String(prefer).split(',')) {
    const [name = '', value = ''] = part.split(';')[0]!.split('=').map((one) => one.trim());
    // What is said twice counts as it was said first.
    if (!preferences.has(name.toLowerCase())) preferences.set(name.toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  if (!preferences.has('respond-async')) return undefined;
  const wait = preferences.get('wait') ?? '';
  return /^\d{1,6}$/.test(wait) ? Number(wait) * 1_000 : 0;
}
