/** The idempotency key of a container's instance: a new one for every attempt. */
export function attemptKey(containerId: string, number: number): string {
  return `${containerId}-${number}`;
}

/** Which attempt of which container made an instance with this key; `undefined` if none of ours. */
export function parseAttemptKey(key: string): { readonly containerId: string; readonly number: number } | undefined {
  const match = /^(.+)-([1-9]\d{0,8})$/.exec(key);
  return match ? { containerId: match[1]!, number: Number(match[2]) } : undefined;
}
