import type { Route } from './route.ts';

export type Matched =
  | { readonly found: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** The path is known, with other methods. */
  | { readonly found: 'path'; readonly methods: readonly string[] }
  | { readonly found: 'nothing' };

/** Finds routes by method and path. A segment that a route spells out wins over a parameter, so `/x/{id}/logs` over `/{namespace}/{name}`. */
export function matcher(routes: readonly Route[]): (method: string, pathname: string) => Matched {
  const compiled = routes
    .map((route) => ({ route, parts: route.path.split('/') }))
    .sort((a, b) => spelt(b.parts) - spelt(a.parts));
  return (method, pathname) => {
    const segments = pathname.replace(/\/+$/, '').split('/').map(decoded);
    const fitting = compiled.filter(({ parts }) => fits(parts, segments));
    const chosen = fitting.find(({ route }) => route.method === method);
    if (chosen) return { found: 'route', route: chosen.route, params: paramsOf(chosen.parts, segments) };
    return fitting.length > 0 ? { found: 'path', methods: [...new Set(fitting.map(({ route }) => route.method))] } : { found: 'nothing' };
  };
}

function fits(parts: readonly string[], segments: readonly (string | undefined)[]): boolean {
  return parts.length === segments.length && parts.every((part, at) => (isParameter(part) ? segments[at] : part === segments[at]));
}

function paramsOf(parts: readonly string[], segments: readonly (string | undefined)[]): Record<string, string> {
  return Object.fromEntries(parts.flatMap((part, at) => (isParameter(part) ? [[part.slice(1, -1), segments[at] ?? '']] : [])));
}

function spelt(parts: readonly string[]): number {
  return parts.filter((part) => !isParameter(part)).length;
}

function isParameter(part: string): boolean {
  return part.startsWith('{');
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
