/** A request's path in decoded segments, or why servers may not agree on what it names. */
export type UrlPath = { readonly segments: readonly string[] } | { readonly problem: string };

/**
 * The path of a request's target: percent-decoded once, `.` and `..` resolved, empty segments left out. An encoded slash
 * is part of its segment. What a server behind us could still read as another path is a problem, not a path.
 */
export function urlPath(target: string): UrlPath {
  const [path = ''] = target.split('?', 1);
  if (!path.startsWith('/')) return { problem: 'it does not begin with a slash' };
  if (/[^\x21-\x7e]|[\\#]/.test(path)) return { problem: 'it has characters that a path must not have' };
  const raw = path.slice(1).split('/').map(decoded);
  const encoded = raw.filter((segment) => segment !== undefined);
  if (encoded.length < raw.length) return { problem: 'a percent sign in it does not begin an encoded character' };
  // eslint-disable-next-line no-control-regex -- it is control characters that are looked for
  if (encoded.some((segment) => /[\x00-\x1f\x7f]/.test(segment))) return { problem: 'it has encoded control characters' };
  if (encoded.some(hidesDots)) return { problem: 'dots in it are read differently by different servers' };
  if (encoded.includes('..') && encoded.some(isCountedDifferently)) return { problem: 'servers differ in what ".." goes back over in it' };
  return { segments: resolved(encoded) };
}

function resolved(raw: readonly string[]): string[] {
  const segments: string[] = [];
  for (const segment of raw) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments;
}

/** None for some servers, one or more for others. */
function isCountedDifferently(segment: string): boolean {
  return segment === '' || /[/\\;]|%(?:25)*(?:2f|5c|3b)/i.test(segment);
}

/** What some servers take for `.` or `..`: beside an encoded slash or backslash, before a `;`, or encoded more than once. */
function hidesDots(segment: string): boolean {
  if (segment === '.' || segment === '..' || !/[.%]/.test(segment)) return false;
  const again = segment.replaceAll(/%(?:25)+/g, '%').replaceAll(/%2e/gi, '.').replaceAll(/%2f/gi, '/').replaceAll(/%5c/gi, '\\');
  const pieces = again.split(/[/\\]/).map((piece) => piece.split(';', 1)[0]!);
  return pieces.some((piece) => piece === '..' || piece === '.');
}

/** `undefined` for what is not percent-encoded UTF-8. */
export function decoded(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
