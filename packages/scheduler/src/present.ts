/** As JSON would keep it: without what is `undefined`. */
export function present<T extends object>(value: T): T {
  const kept: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    if (item === undefined) continue;
    kept[key] = typeof item === 'object' && item !== null && !Array.isArray(item) ? present(item) : item;
  }
  return kept as T;
}
