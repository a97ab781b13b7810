/** The fields of a secret's value; `undefined` where it is no JSON object. */
export function secretFields(value: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json = JSON.parse(value) as unknown;
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
