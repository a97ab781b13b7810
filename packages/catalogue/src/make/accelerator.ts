import { accelerators, acceleratorVariants, canonicalAccelerator } from '@neb/core-types';

/** The first of these spellings that means one accelerator and no family; the last one's own words, joined, where core-types knows none. */
export function acceleratorNamed(...spellings: readonly string[]): string {
  const known = spellings.map(canonicalAccelerator).find((name) => name !== undefined && acceleratorVariants(name).includes(name));
  return known ?? (spellings.at(-1) ?? '').replace(/^(?:NVIDIA|AMD)\s+/, '').replaceAll(/[^A-Za-z0-9]+/g, '_');
}

/** Its memory in GB as the vendor states it: clouds round it, each in a way of its own. */
export function memoryOf(accelerator: string, told: number): number {
  return accelerators[accelerator]?.memoryGB ?? told;
}
