import { acceleratorVariants, alike, canonicalAccelerator, NebError } from '@neb/core-types';

/** One accelerator that is asked for. */
export interface Asked {
  /** As it was written. */
  readonly text: string;
  /** How many in one machine, where that was written too. */
  readonly count?: number | undefined;
  /** Whether `accelerator` is one of those it stands for. */
  means(accelerator: string): boolean;
}

/** Reads `H100`, `a100-sxm` or `2:L4`; a cloud's own name for what manifests do not know means itself. */
export function asked(text: string): Asked {
  const [, count, name = ''] = /^\s*(?:(\d+)\s*[:x]\s*)?(.*?)\s*$/i.exec(text) ?? [];
  const known = canonicalAccelerator(name);
  const variants = known === undefined ? [] : acceleratorVariants(known);
  const means = (accelerator: string): boolean => (known === undefined ? fold(accelerator) === fold(name) : variants.includes(accelerator));
  return { text: name, means, ...(count !== undefined && { count: Number(count) }) };
}

/** What to say where none of the accelerators that are `sold` is the one asked for: the names most like it, if any is. */
export function nobodySells({ text }: Pick<Asked, 'text'>, sold: readonly string[], platform: string | undefined): NebError {
  const nearest = alike(text, new Set([...sold, ...sold.flatMap(familyOf)]), 3);
  const near = nearest.length === 0 ? '' : ` Did you mean ${nearest.map((name) => `"${name}"`).join(' or ')}?`;
  return new NebError('not_found', `${platform ?? 'nobody'} sells ${platform === undefined ? 'an' : 'no'} accelerator "${text}".${near}`, {
    hint: `neb get accelerators${platform === undefined ? '' : ` --platform ${platform}`} lists what is sold, neb get accelerators --known all names.`,
    details: { accelerator: text, nearest },
  });
}

/** `H100` for `H100_SXM`: what a person who mistypes most likely meant. */
function familyOf(accelerator: string): readonly string[] {
  const family = canonicalAccelerator(accelerator.split('_')[0] ?? '');
  return family !== undefined && acceleratorVariants(family).includes(accelerator) ? [family] : [];
}

const fold = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
