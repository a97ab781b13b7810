import { checkManifest, describePath, type Manifest, NebError, type Problem, type Random } from '@neb/core-types';
import type { Caller } from '@neb/sdk/contract';
import { titleOf } from '../views.ts';
import { madeUpName } from './made-up-name.ts';

/** A manifest that passed its schema, with its name and namespace settled. */
export type Wanted = Manifest & { readonly namespace: string; readonly name: string };
export type WantedOf<K extends Wanted['kind']> = Wanted & { readonly kind: K };

/** What is wrong with each document; an empty list where nothing is. */
export function problemsOfEach(documents: readonly unknown[]): readonly (readonly Problem[])[] {
  return documents.map((document) => {
    const checked = checkManifest(document);
    return checked.ok ? [] : checked.problems;
  });
}

/** What the documents ask for. Throws `invalid` with every problem of every document. */
export function wantedOf(who: Caller, documents: readonly unknown[], random: Random): readonly Wanted[] {
  const checked = documents.map((document) => checkManifest(document));
  const problems = checked.flatMap((one, manifest) => (one.ok ? [] : one.problems.map((problem) => ({ manifest, ...problem }))));
  if (problems.length > 0) throw invalid(problems, documents.length);
  const wanted = checked.flatMap((one) => (one.ok ? [settled(who, one.manifest, random)] : []));
  refuseTwins(wanted);
  return wanted;
}

function settled(who: Caller, manifest: Manifest, random: Random): Wanted {
  const { namespace, name = madeUpName(random) } = manifest.metadata;
  const own = namespace === undefined || namespace === '-' ? who.handle : namespace;
  if (manifest.kind !== 'Namespace') return { ...manifest, namespace: own, name };
  return { ...manifest, namespace: '', name: name === '-' ? who.handle : name };
}

function refuseTwins(wanted: readonly Wanted[]): void {
  const seen = new Set<string>();
  for (const one of wanted) {
    const title = titleOf(one);
    if (seen.has(title)) throw new NebError('invalid', `${title} is in this request twice`, { hint: 'Give one of them another name.' });
    seen.add(title);
  }
}

function invalid(problems: readonly (Problem & { readonly manifest: number })[], documents: number): NebError {
  const [first] = problems;
  const where = documents > 1 ? `manifest ${first!.manifest + 1}: ` : '';
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new NebError('invalid', `${where}${describePath(first!.path)}${first!.message}${more}`, { details: { problems } });
}
