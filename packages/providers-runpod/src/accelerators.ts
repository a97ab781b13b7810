import { acceleratorVariants, canonicalAccelerator } from '@neb/core-types';

/** The canonical name of one of RunPod's GPU types; its own words, joined, where the table of core-types does not know it. */
export function acceleratorOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return exact.get(id) ?? single(id) ?? single(name) ?? name.replace(/^(?:NVIDIA|AMD)\s+/, '').replaceAll(/[^A-Za-z0-9]+/g, '_');
}

/** Where an id names a family, of which RunPod has one member. */
const exact = new Map([['NVIDIA H200', 'H200_SXM']]);

function single(spelt: string): string | undefined {
  const name = canonicalAccelerator(spelt);
  return name !== undefined && acceleratorVariants(name).includes(name) ? name : undefined;
}
