import { NebError } from '@neb/core-types';
import { findKind, type IdentityKind, identityKind, objectKind, type ObjectKind, shownKind, type ShownKind } from './kinds/table.ts';

/** Objects of one kind, by name; no names stands for all of them. */
export interface Target<K extends string = ShownKind> {
  readonly kind: K;
  readonly names: readonly string[];
}

/**
 * Reads `containers`, `container a b`, `container/a secret/b`. Throws `invalid` where words are missing or mixed,
 * `unsupported` for kinds that are not served yet.
 */
export function targets(words: readonly string[]): readonly Target[] {
  return read(words, (word) => shownKind(word).kind);
}

/** As `targets`, of what can be made and deleted. */
export function objectTargets(words: readonly string[]): readonly Target<ObjectKind>[] {
  return read(words, (word) => objectKind(word).kind);
}

/** As `targets`, of who there is. */
export function identityTargets(words: readonly string[]): readonly Target<IdentityKind>[] {
  return read(words, (word) => {
    const kind = identityKind(word);
    if (kind) return kind;
    throw new NebError('invalid', `${word} is not deleted together with keys, service accounts and organisations`, { hint: 'Delete it by itself.' });
  });
}

/** One object by name; a bare name is a container's. Throws `invalid`. */
export function oneTarget(words: readonly string[]): { readonly kind: ObjectKind; readonly name: string } {
  const [first = '', second, ...more] = words;
  const found = first.includes('/') || second !== undefined ? objectTargets(words) : [{ kind: 'Container' as const, names: [first] }];
  const name = found[0]?.names[0];
  if (found.length === 1 && name !== undefined && found[0]!.names.length === 1 && more.length === 0) return { kind: found[0]!.kind, name };
  throw new NebError('invalid', `"${words.join(' ')}" is not one object`, { hint: 'Give a kind and a name: container hello, or container/hello.' });
}

/** A container by name: `hello`, `container/hello` or `co/hello`. Throws `invalid`. */
export function containerName(word: string): string {
  const { kind, name } = oneTarget([word]);
  if (kind === 'Container') return name;
  throw new NebError('invalid', `${word} is not a container`, { hint: 'Only containers have commands and files; the logs of a processor or a service are those of its containers.' });
}

/** What the original called what is sent to a processor, where a kind stands. */
const messageWords: readonly string[] = ['message', 'messages', 'msg'];

/** A processor by name, and the words after it: `processor translator`, `processor/translator`, or a bare `translator`. Throws `invalid`. */
export function processorTarget(words: readonly string[]): { readonly name: string; readonly rest: readonly string[] } {
  const [first = '', second, ...more] = words;
  if (first.includes('/')) {
    const { kind, name } = oneTarget([first]);
    if (kind !== 'Processor') throw new NebError('invalid', `${first} is not a processor`, { hint: 'Only processors have streams of messages.' });
    return { name, rest: words.slice(1) };
  }
  if (first !== '' && findKind(first)?.kind !== 'Processor' && !messageWords.includes(first)) return { name: first, rest: words.slice(1) };
  if (second !== undefined) return { name: second, rest: more };
  throw new NebError('invalid', 'which processor?', { hint: 'Name one: processor NAME, or processor/NAME.' });
}

/** The one processor that words name. Throws `invalid` where there are more, with `hint` as what to write. */
export function oneProcessor(words: readonly string[], hint: string): string {
  const { name, rest } = processorTarget(words);
  if (rest.length > 0) throw new NebError('invalid', `"${rest[0]}" is one word too many`, { hint });
  return name;
}

/** A service by name, and the words after it: `service web`, `service/web`, or a bare `web`. Throws `invalid`. */
export function serviceTarget(words: readonly string[]): { readonly name: string; readonly rest: readonly string[] } {
  const [first = '', second, ...more] = words;
  if (first.includes('/')) {
    const { kind, name } = oneTarget([first]);
    if (kind !== 'Service') throw new NebError('invalid', `${first} is not a service`, { hint: 'Only services have an address and revisions: service/NAME.' });
    return { name, rest: words.slice(1) };
  }
  if (first !== '' && findKind(first)?.kind !== 'Service') return { name: first, rest: words.slice(1) };
  if (second !== undefined) return { name: second, rest: more };
  throw new NebError('invalid', 'which service?', { hint: 'Name one: service NAME, or service/NAME.' });
}

/** The one service that words name. Throws `invalid` where there are more, with `hint` as what to write. */
export function oneService(words: readonly string[], hint: string): string {
  const { name, rest } = serviceTarget(words);
  if (rest.length > 0) throw new NebError('invalid', `"${rest[0]}" is one word too many`, { hint });
  return name;
}

/** A processor or a service by name; a bare name is a processor's. Throws `invalid` where there are more words, with `hint` as what to write. */
export function oneScaled(words: readonly string[], hint: string): { readonly kind: 'Processor' | 'Service'; readonly name: string } {
  const [first = ''] = words;
  const named = findKind(first.split('/')[0]!)?.kind;
  if (named === 'Service') return { kind: named, name: oneService(words, hint) };
  if (first.includes('/') && named !== 'Processor') throw new NebError('invalid', `${first} is neither a processor nor a service`, { hint });
  return { kind: 'Processor', name: oneProcessor(words, hint) };
}

function read<K extends string>(words: readonly string[], kindOf: (word: string) => K): readonly Target<K>[] {
  const [first, ...names] = words;
  if (first === undefined) throw new NebError('invalid', 'which kind of object?', { hint: 'Name one, such as containers; neb api-resources lists them.' });
  if (!first.includes('/')) {
    const slash = names.find((name) => name.includes('/'));
    if (slash !== undefined) throw new NebError('invalid', `"${slash}" names a kind again`, { hint: 'Write either KIND NAME NAME, or KIND/NAME KIND/NAME.' });
    // `get containers,secrets` lists several kinds.
    return first.split(',').map((word) => ({ kind: kindOf(word), names }));
  }
  const found = new Map<K, string[]>();
  for (const word of words) {
    const [kind = '', name = '', ...rest] = word.split('/');
    if (name === '' || rest.length > 0) throw new NebError('invalid', `"${word}" is not KIND/NAME`, { hint: 'Write either KIND NAME NAME, or KIND/NAME KIND/NAME.' });
    const key = kindOf(kind);
    found.set(key, [...(found.get(key) ?? []), name]);
  }
  return [...found].map(([kind, named]) => ({ kind, names: named }));
}
