import { isHopHeader } from '../request/onward.ts';

/** Headers as undici tells them: lower case, several values of one name as a list. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The headers a client gets, names and values in turn: those of the replica less what is for one hop only, and `added` in place of any of its names. */
export function answerHeaders(headers: AnswerHeaders, id: string, added?: Readonly<Record<string, string>>): string[] {
  const listed = typeof headers['connection'] === 'string' ? headers['connection'].toLowerCase().split(',').map((name) => name.trim()) : undefined;
  const onward: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || (isHopHeader(name) && name !== 'trailer') || name === 'x-request-id' || listed?.includes(name) || added?.[name] !== undefined) continue;
    if (typeof value === 'string') onward.push(name, value);
    // What is said twice in the same words is said; HTTP/2 would refuse some of it.
    else for (const one of name === 'set-cookie' ? value : new Set(value)) onward.push(name, one);
  }
  for (const name in added) onward.push(name, added[name]!);
  onward.push('x-request-id', id);
  return onward;
}
