import { didYouMean, NebError } from '@neb/core-types';
import type { Caller, CanInput } from '@neb/sdk/contract';
import { authorise, type Target, type Verb, verbGroups } from '../../auth/authorise.ts';

const verbs: Readonly<Record<Verb, true>> = {
  get: true, list: true, watch: true, create: true, update: true, delete: true, logs: true, usage: true, explain: true,
  exec: true, dial: true, read_files: true, write_files: true, send: true, reveal: true, mount_host_path: true,
  suspend: true, resume: true, fork: true, migrate: true, export: true, import: true,
};

/** Whose a kind is: of a namespace's owner, of one owner without a namespace, or of the server. */
const kinds: Readonly<Record<Target['kind'], 'namespaced' | 'owned' | 'server'>> = {
  Container: 'namespaced', Processor: 'namespaced', Service: 'namespaced', Snapshot: 'namespaced', Secret: 'namespaced', Namespace: 'namespaced', Event: 'namespaced', Audit: 'namespaced', Usage: 'namespaced', Quota: 'namespaced', Budget: 'namespaced',
  Organisation: 'owned', Member: 'owned', ServiceAccount: 'owned', Key: 'owned', Platform: 'server', Offer: 'server', User: 'server', Server: 'server',
};

/** Whether `who` could do it, by the same decision that the call itself would meet. Throws `invalid` for words that mean nothing. */
export async function can(who: Caller, input: CanInput, ownerOf: (namespace: string) => Promise<string | undefined>): Promise<{ readonly allowed: boolean; readonly why?: string }> {
  const verb = verbNamed(input.verb);
  const kind = kindNamed(input.kind);
  const decision = authorise(who, verb, { kind, ...(await place(kind)) });
  switch (decision.do) {
    case 'allow': return { allowed: true };
    case 'hidden': return { allowed: false, why: 'there is no such thing that you may know of' };
    case 'refused': return { allowed: false, why: decision.why };
  }

  async function place(of: Target['kind']): Promise<Pick<Target, 'owner' | 'namespace'>> {
    if (kinds[of] === 'server') return {};
    if (kinds[of] === 'owned') return { owner: who.id };
    const namespace = input.namespace ?? who.handle;
    // One that is not there would be the caller's.
    return { namespace, owner: (await ownerOf(namespace)) ?? who.id };
  }
}

/** Throws `invalid` for a word of a scope that would allow nothing. */
export function checkVerbs(words: readonly string[]): void {
  for (const word of words) if (!Object.hasOwn(verbGroups, word)) verbNamed(word);
}

function verbNamed(word: string): Verb {
  const verb = word.toLowerCase().replaceAll('-', '_');
  if (Object.hasOwn(verbs, verb)) return verb as Verb;
  throw new NebError('invalid', `there is no verb ${word}.${didYouMean(verb, Object.keys(verbs))}`, { hint: `There are ${Object.keys(verbs).join(', ')}.` });
}

/** However it is written: `ServiceAccount`, `service-accounts`. */
function kindNamed(word: string): Target['kind'] {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '').replace(/s$/, '');
  const found = Object.keys(kinds).find((kind) => plain(kind) === plain(word));
  if (found !== undefined) return found as Target['kind'];
  throw new NebError('invalid', `there is no kind ${word}.${didYouMean(word, Object.keys(kinds))}`, { hint: `There are ${Object.keys(kinds).join(', ')}.` });
}
