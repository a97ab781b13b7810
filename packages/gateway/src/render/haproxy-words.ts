import { isIP } from 'node:net';

/** A name that HAProxy takes, different for different ids: whatever is not plain is written by its code. */
export function sectionName(kind: string, id: string): string {
  return `${kind.toLowerCase()}_${id.replaceAll(/[^A-Za-z0-9_-]/gu, (char) => `.${char.codePointAt(0)!.toString(16)}.`)}`;
}

/** Text for a comment, on one line. */
export function commentText(text: string): string {
  return text.replaceAll(/[^\w./@-]/gu, '?');
}

/** Whether it can be a key of a map file: one word, that is no comment. */
export function isMapKey(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && text.length <= 512;
}

/** Address and port of an origin as HAProxy writes them; `undefined` for what is none over plain HTTP. */
export function serverAddress(origin: string): string | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url?.protocol !== 'http:' || url.pathname !== '/' || url.search + url.hash + url.username + url.password !== '') return undefined;
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  if (isIP(host) === 0 && !/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(host)) return undefined;
  return `${isIP(host) === 6 ? `[${host}]` : host}:${url.port || '80'}`;
}

/** A time as HAProxy takes it, at least one millisecond: 0 would be without end. */
export function timeout(ms: number): string {
  return `${Math.min(2 ** 31 - 1, Math.max(1, Math.ceil(ms)))}ms`;
}
