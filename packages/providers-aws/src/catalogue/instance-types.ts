import { acceleratorVariants, canonicalAccelerator, accelerators } from '@neb/core-types';
import { gpuRows, type Row } from './gpu-rows.ts';

/** A type of machine. */
export interface InstanceType {
  /** Such as `g6.xlarge`. */
  readonly name: string;
  readonly accelerator?: { readonly name: string; readonly count: number; readonly memoryGiB?: number | undefined } | undefined;
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly arch: 'x86_64' | 'arm64';
  /** On-demand for Linux, in US dollars as decimal strings, by region. Where a region is missing, only spot is offered there. */
  readonly pricePerHour: Readonly<Record<string, string>>;
}

/** Where EC2 names a family, of which it has one member, or spells a name in its own way. */
const exact = new Map([['H100', 'H100_SXM'], ['H200', 'H200_SXM'], ['RTX PRO Server 6000', 'RTX_PRO_6000']]);

/** The GPU types that are known without asking. */
export const gpuTypes: readonly InstanceType[] = gpuRows.map(typeOf);

function typeOf([name, gpu, count, gpuMiB, cpus, memoryGiB, pricePerHour]: Row): InstanceType {
  const canonical = acceleratorOf(gpu, gpuMiB);
  const memory = accelerators[canonical]?.memoryGB ?? Math.round(gpuMiB / 1_024);
  return { name, accelerator: { name: canonical, count, memoryGiB: memory }, cpus, memoryGiB, arch: name.startsWith('g5g.') ? 'arm64' : 'x86_64', pricePerHour };
}

/** The canonical name of a GPU; EC2's own words, joined, where the table of core-types does not know it. */
export function acceleratorOf(gpu: string, gpuMiB: number): string {
  if (gpu === 'A100') return gpuMiB > 50_000 ? 'A100_SXM' : 'A100_SXM_40GB';
  const known = exact.get(gpu) ?? canonicalAccelerator(gpu);
  return known !== undefined && acceleratorVariants(known).includes(known) ? known : gpu.replaceAll(/[^A-Za-z0-9]+/g, '_');
}
